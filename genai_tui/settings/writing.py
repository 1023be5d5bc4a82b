"""Writes single settings into settings.toml; the user's comments, order and line ends survive."""

import os
import re
from collections.abc import Mapping
from typing import Any

from genai_tui.errors import SettingsFault, StorageFault, UsageFault
from genai_tui.records.endpoints import Endpoint
from genai_tui.settings.checks import is_endpoint_name
from genai_tui.settings.files import write_whole
from genai_tui.settings.folders import settings_file
from genai_tui.settings.reading import load_settings
from genai_tui.settings.source import Source
from genai_tui.settings.state import forget_report


def save_endpoint(endpoint: Endpoint, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Store `endpoint` under its name, replacing one of that name; returns it as it will be read.

    Raises UsageFault for a taken or impossible name, SettingsFault for a value that cannot stand there (the file is
    then as it was), StorageFault where the file cannot be written.
    """
    before = load_settings(environ).endpoints.get(endpoint.name)
    if before is not None and before.builtin:
        raise UsageFault(
            f"The name {endpoint.name} is taken: this endpoint is always there.",
            "" if endpoint.embedded else "OPENAI_API_KEY or OPENAI_BASE_URL is set.",
            "Give the endpoint another name.",
        )
    if not is_endpoint_name(endpoint.name) or endpoint.embedded:
        raise UsageFault(
            f"{endpoint.name[:80]!r} cannot be the name of an endpoint.",
            "A name has at most 64 letters, digits, `_`, `-` and `.`, and begins with none of the last two.",
        )
    _change(("endpoints", endpoint.name), _values(endpoint), environ)
    if before is not None and before.base_url != endpoint.base_url:
        forget_report(endpoint.name)
    return load_settings(environ).endpoints[endpoint.name]


def remove_endpoint(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Take an endpoint out of the file, and forget what its test found; UsageFault where it is not the file's."""
    endpoint = load_settings(environ).endpoint(name)
    if endpoint.builtin:
        raise UsageFault(
            f"The endpoint {name} is always there; it cannot be removed.",
            "" if endpoint.embedded else "It stands in the environment: OPENAI_API_KEY or OPENAI_BASE_URL is set.",
        )
    _change(("endpoints", name), None, environ)
    forget_report(name)


def save_setting(name: str, value: str | bool | None, environ: Mapping[str, str] = os.environ) -> None:
    """Store one of theme, keyboard, drawing, bell, mouse; None takes it out. SettingsFault for a value nobody knows."""
    _change((name,), value, environ)


def _values(endpoint: Endpoint) -> dict[str, Any]:
    """What of an endpoint stands in the file: what is not its default."""
    limits, price = endpoint.limits, endpoint.price
    values: dict[str, Any] = {
        "preset": endpoint.preset,
        "base_url": endpoint.base_url,
        "key_env": endpoint.key_env,
        "keyring": endpoint.keyring or None,
        "provider": endpoint.provider,
        "in_flight": limits.in_flight,
        "requests_a_minute": limits.requests_a_minute,
        "tokens_a_minute": limits.tokens_a_minute,
        "input_usd_per_million": price.input_usd_per_million if price else None,
        "output_usd_per_million": price.output_usd_per_million if price else None,
        "headers": endpoint.headers or None,
        "query": endpoint.query or None,
        "ca_file": endpoint.ca_file,
    }
    return {key: value for key, value in values.items() if value is not None}


def _change(dotted: tuple[str, ...], value: Any, environ: Mapping[str, str]) -> None:
    """Set one entry of the file (None: take it out), after the outcome was read as settings."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = settings_file()
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raw = b""
    except OSError as error:
        raise StorageFault(f"{path} cannot be read.", f"{error.strerror}.") from None
    bom, crlf = raw.startswith(b"\xef\xbb\xbf"), b"\r\n" in raw
    text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    document = tomlkit.parse(text)
    table: Any = document
    for key in dotted[:-1]:
        if key not in table:
            table[key] = tomlkit.table(is_super_table=True)
        table = table[key]
    try:
        if value is None:
            table.pop(dotted[-1], None)
        elif isinstance(value, dict) and dotted[-1] in table:
            _replace(table[dotted[-1]], value)
        else:
            table[dotted[-1]] = value
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise UsageFault(
            f"{'.'.join(dotted)} could not be changed in {path}.", f"{error}.", "Change it with an editor."
        ) from None
    try:
        load_settings(environ, Source.parsed(path, text))
    except SettingsFault as fault:  # the file was sound before: what is wrong is what was to be written
        place = re.compile(re.escape(str(path)) + r":\d+: ")
        raise SettingsFault(place.sub("", fault.what), fault.why, f"Nothing was written to {path}.") from None
    data = (text.replace("\n", "\r\n") if crlf else text).encode("utf-8-sig" if bom else "utf-8")
    try:
        write_whole(path, data, lasting=True)
    except OSError as error:
        raise StorageFault(
            f"The settings could not be written to {path}.",
            f"{error.strerror or error}; the file is as it was.",
            "Make room or make the folder writable; or name another with XDG_CONFIG_HOME.",
        ) from None


def _replace(table: Any, values: dict[str, Any]) -> None:
    """Bring a table to `values`, leaving the lines that do not change, and their comments, alone."""
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value
