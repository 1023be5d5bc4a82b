"""A TOML file with the places of its settings: what turns a wrong value into path:line and a sentence."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genai_tui.errors import SettingsFault

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a table"),
)


@dataclass(frozen=True)
class Source:
    """One settings file: its path, its text (line ends as LF) and its values."""

    path: Path
    text: str
    values: dict[str, Any]

    @classmethod
    def parsed(cls, path: Path, text: str) -> "Source":
        """Parse `text`; SettingsFault with the line where it is no TOML."""
        import tomllib

        text = text.replace("\r\n", "\n")
        try:
            return cls(path, text, tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            line, why = _place(str(error), text)
            raise SettingsFault(
                f"{path}:{line}: expected TOML.", f"{why}.", "Correct that line: https://toml.io shows the form."
            ) from None

    def line_of(self, dotted: Sequence[str]) -> int:
        """The line on which the setting `dotted` begins; 1 where it does not stand in the file."""
        import tomllib

        lines = self.text.split("\n")
        begins = 1
        for count in range(1, len(lines) + 1):
            try:
                values: Any = tomllib.loads("\n".join(lines[:count]))
            except tomllib.TOMLDecodeError:
                continue
            for key in dotted:
                values = values.get(key) if isinstance(values, dict) else None
            if values is not None:
                return begins
            begins = count + 1
        return 1

    def fault(self, dotted: Sequence[str], expected: str, why: str = "") -> SettingsFault:
        """What is wrong at `dotted`; the value itself is never repeated, since it may be a key."""
        name = ".".join(part[:60] for part in dotted)
        return SettingsFault(
            f"{self.path}:{self.line_of(dotted)}: {name}: expected {expected}.", why, "Correct the settings file."
        )


class Table:
    """One table of the file, asked for its settings by name and type; None is what does not stand there."""

    def __init__(self, source: Source, values: Mapping[str, Any], dotted: tuple[str, ...]) -> None:
        self.source = source
        self.values = values
        self.dotted = dotted

    def only(self, known: Iterable[str]) -> None:
        """Refuse names that nobody knows, naming the nearest known one."""
        names = tuple(known)
        for name in self.values:
            if name not in names:
                from difflib import get_close_matches

                near = get_close_matches(name, names, 1, 0.5)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(names)}."
                raise self.source.fault((*self.dotted, name), "a setting that is known", hint)

    def fault(self, expected: str, key: str | None = None) -> SettingsFault:
        """A fault at this table, or at the setting `key` in it."""
        return self.source.fault(self.dotted if key is None else (*self.dotted, key), expected)

    def table(self, key: str) -> "Table":
        """A table within; an empty one where it does not stand."""
        found = self._typed(key, (dict,), "a table")
        return Table(self.source, found or {}, (*self.dotted, key))

    def text(self, key: str, *, empty: bool = False) -> str | None:
        """Text, without white space around."""
        found: str | None = self._typed(key, (str,), "text in quotes")
        if found is None:
            return None
        if not found.strip() and not empty:
            raise self.fault("text that is not empty", key)
        return found.strip()

    def flag(self, key: str) -> bool | None:
        """True or false."""
        found: bool | None = self._typed(key, (bool,), "true or false")
        return found

    def whole(self, key: str) -> int | None:
        """A whole number from 1."""
        found: int | None = self._typed(key, (int,), "a whole number from 1")
        if found is not None and found < 1:
            raise self.fault("a whole number from 1", key)
        return found

    def number(self, key: str) -> float | None:
        """A finite number from 0."""
        found: float | None = self._typed(key, (int, float), "a number from 0")
        if found is not None and not (math.isfinite(found) and found >= 0):
            raise self.fault("a finite number from 0", key)
        return None if found is None else float(found)

    def one_of(self, key: str, names: Sequence[str]) -> str | None:
        """One of `names`."""
        found = self.text(key)
        if found is not None and found not in names:
            raise self.fault("one of " + ", ".join(f'"{name}"' for name in names), key)
        return found

    def _typed(self, key: str, kinds: tuple[type, ...], expected: str) -> Any:
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.fault(f"{expected}, found {_kind(value)}", key)
        return value


def _kind(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a date or time")


def _place(message: str, text: str) -> tuple[int, str]:
    """The line of a TOML error, and its sentence without the place."""
    import re

    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    if found is None:
        return (text.rstrip("\n").count("\n") + 1 if "end of document" in message else 1), message.split("(at")[
            0
        ].strip()
    return int(found[1]), f"{message[: found.start()].strip()}, column {found[2]}"
