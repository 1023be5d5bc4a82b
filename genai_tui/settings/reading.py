"""Reads settings.toml: every fault begins with path:line; nothing falls back to a default in silence."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_tui.errors import SettingsFault
from genai_tui.records.endpoints import Endpoint, Limits, Price
from genai_tui.settings.checks import (
    clean_base_url,
    has_variable,
    is_endpoint_name,
    is_key,
    is_secret_name,
    is_variable,
)
from genai_tui.settings.folders import settings_file
from genai_tui.settings.model import DRAWINGS, KEYBOARDS, THEMES, Settings
from genai_tui.settings.presets import PRESETS, find_preset
from genai_tui.settings.source import Source, Table

LARGEST = 1_000_000  # bytes; settings are a few lines
_TOP = ("endpoints", "theme", "keyboard", "drawing", "bell", "mouse", "keys", "paths", "slurm")
OPENAI_URL = "https://api.openai.com/v1"


def load_settings(environ: Mapping[str, str] = os.environ, source: Source | None = None) -> Settings:
    """Read the user's settings; no file means defaults. Nothing is contacted, nothing is written.

    `source` is read instead of the file (before it is written). Raises SettingsFault, `what` beginning with path:line,
    for a file that is there and cannot be taken as it is.
    """
    path = settings_file()
    notes: tuple[str, ...] = ()
    if source is None:
        source, notes = _source(path)
    top = Table(source, source.values, ())
    top.only(_TOP)
    endpoints = {"embedded": Endpoint("embedded", "", price=Price(0.0, 0.0), builtin=True)}
    openai = _openai_from(environ)
    if openai is not None:
        endpoints["openai"] = openai
    table = top.table("endpoints")
    for name in table.values:
        endpoints[name] = _endpoint(table.table(name), name, endpoints.get(name))
    return Settings(
        endpoints=endpoints,
        path=path,
        theme=top.one_of("theme", THEMES),
        keyboard=top.one_of("keyboard", KEYBOARDS) or "full",  # type: ignore[arg-type]
        drawing=top.one_of("drawing", DRAWINGS) or "auto",  # type: ignore[arg-type]
        bell=top.flag("bell") is not False,
        mouse=top.flag("mouse"),
        keys=_keys(top.table("keys")),
        paths=_paths(top.table("paths"), path.parent),
        slurm=_slurm(top.table("slurm")),
        notes=notes,
    )


def read_paths() -> dict[str, Path]:
    """The `paths` of the settings file alone."""
    path = settings_file()
    source, _ = _source(path)
    return _paths(Table(source, source.values, ()).table("paths"), path.parent)


def settings_fault(path: Path, dotted: str, expected: str) -> SettingsFault:
    """A fault at the setting `dotted` (`keys.next_step`), found by who knows what may stand there."""
    source, _ = _source(path)
    return source.fault(tuple(dotted.split(".")), expected)


def _source(path: Path) -> tuple[Source, tuple[str, ...]]:
    """The file parsed, and sentences on what could not be looked at."""
    try:
        raw = _bytes(path)
    except FileNotFoundError:
        if path.is_symlink():
            raise SettingsFault(
                f"{path}:1: expected a settings file, found a link to {os.readlink(path)}, which is not there.",
                "",
                "Bring the file back or remove the link.",
            ) from None
        return Source(path, "", {}), ()
    except _NotLookedAt as error:
        return Source(path, "", {}), (f"{path} could not be looked at: {error}; defaults hold.",)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsFault(
            f"{path}:{line}: expected UTF-8, found other bytes.", "", "Save the file as UTF-8."
        ) from None
    return Source.parsed(path, text), ()


class _NotLookedAt(Exception):  # noqa: N818 - it is no error: the folder is not ours to see
    pass


def _bytes(path: Path) -> bytes:
    """The file's bytes. FileNotFoundError where there is none, _NotLookedAt where its folder cannot be entered."""
    try:
        path.lstat()
    except PermissionError as error:
        raise _NotLookedAt(error.strerror or "no permission") from None
    except NotADirectoryError:
        raise FileNotFoundError(path) from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _NotLookedAt(error.strerror or str(error)) from None
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            kind = "a folder" if stat.S_ISDIR(info.st_mode) else "something else"
            raise SettingsFault(f"{path}:1: expected a file, found {kind}.", "", "Move it away.")
        if info.st_size > LARGEST:
            raise SettingsFault(
                f"{path}:1: expected settings, found a file of {info.st_size:,} bytes.", "", "Move it away."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingsFault(
            f"{path}:1: the settings cannot be read.", f"{error.strerror or error}.", "Make the file readable."
        ) from None


def _openai_from(environ: Mapping[str, str]) -> Endpoint | None:
    """The endpoint that OPENAI_API_KEY or OPENAI_BASE_URL gives; blank is as unset."""
    key = bool(environ.get("OPENAI_API_KEY", "").strip())
    url = environ.get("OPENAI_BASE_URL", "").strip()
    if not key and not url:
        return None
    try:
        base_url = clean_base_url(url) if url else OPENAI_URL
    except ValueError as error:
        raise SettingsFault(
            f"The environment variable OPENAI_BASE_URL: expected {error}.", "", "Correct it, or unset it."
        ) from None
    at_home = base_url == OPENAI_URL
    return Endpoint(
        "openai",
        base_url,
        key_env="OPENAI_API_KEY",
        preset="openai" if at_home else None,
        provider="openai" if at_home else None,
        builtin=True,
    )


_ENDPOINT = (
    "base_url", "key_env", "keyring", "preset", "provider", "in_flight", "requests_a_minute", "tokens_a_minute",
    "input_usd_per_million", "output_usd_per_million", "headers", "query", "ca_file",
)  # fmt: skip


def _endpoint(table: Table, name: str, taken: Endpoint | None) -> Endpoint:
    """One endpoint of the file; `taken` is the one that is always there under this name."""
    table.only(_ENDPOINT)
    if not is_endpoint_name(name):
        raise table.fault("a name of at most 64 letters, digits, `_`, `-` and `.`")
    if name == "embedded":
        raise table.fault("another name: `embedded` is the model that genai-tui serves itself")
    if taken is not None and {"base_url", "preset", "key_env", "keyring"} & table.values.keys():
        own = _address(table, name, taken.base_url)
        if own.base_url != taken.base_url or own.key_env not in (None, taken.key_env) or own.keyring:
            raise table.fault(
                "another name: OPENAI_API_KEY or OPENAI_BASE_URL is set, so `openai` is there already, with another"
                " address or key"
            )
    base = taken or _address(table, name)
    return Endpoint(
        name,
        base.base_url,
        key_env=base.key_env,
        keyring=base.keyring,
        preset=base.preset,
        provider=table.text("provider") or base.provider,
        limits=Limits(*(table.whole(key) for key in ("in_flight", "requests_a_minute", "tokens_a_minute"))),
        price=_price(table),
        headers=_fields(table.table("headers")),
        query=_fields(table.table("query")),
        ca_file=_ca_file(table),
        builtin=taken is not None,
    )


def _address(table: Table, name: str, default: str | None = None) -> Endpoint:
    """Where it is, who has its key and who bills: what the preset says, unless the file says otherwise."""
    preset = None
    wanted = table.text("preset")
    if wanted is not None:
        preset = find_preset(wanted)
        if preset is None:
            raise table.fault(f"one of the presets {', '.join(PRESETS)}", "preset")
    url = table.text("base_url") or (default if preset is None else None)
    if url is None and preset is None:
        raise table.fault('base_url = "http…" or a preset')
    try:
        base_url = clean_base_url(url) if url is not None else preset.base_url if preset else ""
    except ValueError as error:
        raise table.fault(str(error), "base_url") from None
    key_env = table.text("key_env")
    if key_env is not None and not is_variable(key_env):
        if is_key(key_env) or len(key_env) >= 20:
            raise table.fault(
                "the NAME of an environment variable; this looks like a key, and keys are never stored", "key_env"
            )
        raise table.fault("the name of an environment variable, such as MY_KEY", "key_env")
    keyring = table.flag("keyring") is True
    at_home = preset is not None and base_url == preset.base_url  # a key goes nowhere that nobody named for it
    return Endpoint(
        name,
        base_url,
        key_env=key_env or (preset.key_env if preset and at_home and not keyring else None),
        keyring=keyring,
        preset=preset.name if preset else None,
        provider=preset.provider if preset and at_home else None,
    )


def _price(table: Table) -> Price | None:
    names = ("input_usd_per_million", "output_usd_per_million")
    values = [table.number(name) for name in names]
    if values[0] is None and values[1] is None:
        return None
    for name, value in zip(names, values, strict=True):
        if value is None:
            raise table.fault(f"{name} too: a price has both, in US dollars a million tokens")
    return Price(values[0] or 0.0, values[1] or 0.0)


def _fields(table: Table) -> dict[str, str]:
    """Header or query fields; one that carries a key names an environment variable."""
    fields: dict[str, str] = {}
    for name in table.values:
        value = table.text(name, empty=True) or ""
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in name + value) or not name.strip():
            raise table.fault("a name and a text without control characters", name)
        if not has_variable(value) and (is_key(value) or (value and is_secret_name(name))):
            raise table.fault(
                'the name of an environment variable, such as "$MY_KEY"; this looks like a key, and keys are never'
                " stored",
                name,
            )
        fields[name] = value
    return fields


def _ca_file(table: Table) -> str | None:
    text = table.text("ca_file")
    return None if text is None else str(table.source.path.parent / Path(text).expanduser())


def _keys(table: Table) -> dict[str, tuple[str, ...]]:
    """The remap table: the id of an action and its key or keys."""
    keys: dict[str, tuple[str, ...]] = {}
    for action, value in table.values.items():
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(key, str) and key.strip() for key in found):
            raise table.fault('a key or a list of keys, such as "x" or ["x", "f2"]', action)
        keys[action] = tuple(found)
    return keys


def _slurm(table: Table) -> dict[str, Any]:
    """What is asked of Slurm, and whether trainings are given to it where nothing is said."""
    texts = ("partition", "account", "qos", "constraint", "accelerator")
    whole = ("gpus", "cpus", "memory_gb", "minutes")
    table.only(("where", *texts, *whole))
    found = {
        "where": table.one_of("where", ("local", "slurm")),
        **{name: table.text(name) for name in texts},
        **{name: table.whole(name) for name in whole},
    }
    return {name: value for name, value in found.items() if value is not None}


def _paths(table: Table, folder: Path) -> dict[str, Path]:
    """Where large things lie: `data` holds weights/ and vocabularies/."""
    table.only(("data",))
    text = table.text("data")
    return {} if text is None else {"data": Path(os.path.abspath(folder / Path(text).expanduser()))}
