"""Keys at the moment of asking: from the environment or the keyring, never from a file, never kept."""

import os
from collections.abc import Mapping

from genai_tui.errors import MissingPiece, NoAnswer, UsageFault
from genai_tui.records.endpoints import Endpoint
from genai_tui.settings.checks import fill_variables, variables_in
from genai_tui.settings.model import Settings

SERVICE = "genai-tui"
KEYRING_WAIT_S = 10.0


def key_of(endpoint: Endpoint, environ: Mapping[str, str] = os.environ) -> str | None:
    """The endpoint's key without white space around; None where it has none: then no Authorization header is sent.

    With `keyring` this can wait up to KEYRING_WAIT_S seconds (an unlock dialog): call it in a thread. Raises UsageFault
    for a key that no header can carry, NoAnswer or MissingPiece where the keyring cannot be asked.
    """
    if endpoint.key_env is not None:
        key = environ.get(endpoint.key_env, "").strip()
        if key:
            return _sendable(key, f"the environment variable {endpoint.key_env}")
    if endpoint.keyring:
        return _sendable(_from_keyring(endpoint), f"the keyring entry {SERVICE}/{endpoint.name}")
    return None


def headers_of(endpoint: Endpoint, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The endpoint's extra headers, `$NAME` filled in from the environment; UsageFault names one that is not set."""
    return _filled(endpoint, endpoint.headers, environ, "header")


def query_of(endpoint: Endpoint, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The endpoint's extra query fields, filled in like its headers."""
    return _filled(endpoint, endpoint.query, environ, "query field")


def key_state(endpoint: Endpoint) -> str:
    """Where its key comes from, in words for a list; the keyring is not asked and no key is shown."""
    if endpoint.keyring:
        return "keyring"
    if endpoint.key_env is None:
        return "no key"
    return f"${endpoint.key_env}" if os.environ.get(endpoint.key_env, "").strip() else f"${endpoint.key_env} is not set"


def secrets_of(settings: Settings) -> list[str]:
    """The environment variables that hold keys, or parts of headers: what no other machine needs to be told."""
    named = {endpoint.key_env for endpoint in settings.endpoints.values() if endpoint.key_env}
    for endpoint in settings.endpoints.values():
        for value in (*endpoint.headers.values(), *endpoint.query.values()):
            named |= variables_in(value)
    return sorted(named)


def _filled(endpoint: Endpoint, fields: Mapping[str, str], environ: Mapping[str, str], kind: str) -> dict[str, str]:
    filled = {}
    for name, value in fields.items():
        try:
            text = fill_variables(value, environ)
        except KeyError as error:
            raise UsageFault(
                f"The {kind} {name} of the endpoint {endpoint.name} needs the environment variable {error.args[0]}.",
                "It is not set.",
                f"export {error.args[0]}=…",
            ) from None
        filled[name] = _sendable(text, f"the {kind} {name} of the endpoint {endpoint.name}", blanks=True)
    return filled


def _sendable(text: str, where: str, *, blanks: bool = False) -> str:
    """`text` if a header can carry it; the text itself is never said."""
    allowed = text.isascii() and text.isprintable() and (blanks or " " not in text)
    if not allowed:
        raise UsageFault(
            f"What stands in {where} cannot be sent.",
            "It holds a blank, a line break or a sign outside ASCII: it may be two values, or a file's content.",
            "Set it to the bare value.",
        )
    return text


def _from_keyring(endpoint: Endpoint) -> str:
    """Ask the keyring in a thread of its own, so that a dialog nobody sees cannot hold us for ever."""
    import threading
    from importlib import import_module

    name = endpoint.key_env or f"{endpoint.name.upper().replace('-', '_').replace('.', '_')}_API_KEY"
    do = f'Set the environment variable {name} instead, and key_env = "{name}" in the settings.'
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise MissingPiece(
            f"The key of {endpoint.name} is in the keyring, and the package keyring is not installed.",
            "",
            f"python -m pip install keyring. {do}",
        ) from None
    answer: list[str | None] = []
    trouble: list[str] = []

    def ask() -> None:
        try:
            answer.append(keyring.get_password(SERVICE, endpoint.name))
        except Exception as error:  # noqa: BLE001 - each system's keyring has errors of its own; all mean: no key
            trouble.append(type(error).__name__)

    thread = threading.Thread(target=ask, daemon=True, name="keyring")
    thread.start()
    thread.join(KEYRING_WAIT_S)
    if answer and answer[0]:
        return answer[0].strip()
    if thread.is_alive():
        why = f"It did not answer within {KEYRING_WAIT_S:.0f} s; it may be waiting to be unlocked."
    elif trouble:
        why = f"This machine has no keyring that can be asked ({trouble[0]})."
    else:
        why = f"It has no entry {SERVICE}/{endpoint.name}."
    raise NoAnswer(f"The key of {endpoint.name} could not be had from the keyring.", why, do)
