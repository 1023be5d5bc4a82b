"""JSON as it is met: one document, lines, or objects one after the other; each value with the line where it starts."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from math import isinf
from typing import Any

from genai_tui.datasets.model import Record, file_fault
from genai_tui.datasets.opening import Opened, count_lines

_BLANK = re.compile(r"[ \t\n\r]*")
_BLANK_OR_MARK = re.compile(r"[ \t\n\r\ufeff]*")
_FOLLOWS = {",": "a comma follows the value", "\0": "a NUL character follows the value"}
_NO_OBJECT = "the record is no object but {}"


class Broken(ValueError):
    """Text that is no JSON: where, and in words."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


class Rounded(float):
    """The nearest number to one that was written with more digits than are kept."""


class Decoder:
    """Decodes one value at a time and remembers a key that stood twice in one of its objects."""

    def __init__(self) -> None:
        self.twice: str | None = None
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_float=_number)

    def value(self, text: str, position: int = 0) -> tuple[Any, int]:
        """The value that begins at `position`, and where it ends. Raises Broken."""
        self.twice = None
        try:
            return self._decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise Broken(error.pos, _in_words(text, error)) from None
        except RecursionError:
            raise Broken(position, "nested too deeply") from None
        except ValueError:  # an integer of more digits than Python takes
            raise Broken(position, "a number too long to be kept") from None

    def alone(self, text: str) -> Any:
        """The value that `text` is, blanks around it. Raises Broken."""
        start = _end(_BLANK, text, 0)
        value, end = self.value(text, start)
        rest = _end(_BLANK, text, end)
        if rest != len(text):
            raise Broken(rest, _FOLLOWS.get(text[rest], "something follows the first value"))
        return value

    def record(self, line: int, value: Any) -> Record:
        """The value just decoded as a record."""
        if self.twice is not None:
            return Record(line, {}, f"the key {self.twice[:60]!r} stands twice in an object")
        if not isinstance(value, dict):
            return Record(line, {}, _NO_OBJECT.format(kind(value)))
        return Record(line, value)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs) and self.twice is None:
            seen: set[str] = set()
            self.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return values


def _number(text: str) -> float:
    """A number with a point or an exponent; what is beyond all numbers is infinite."""
    number = float(text)
    short = len(text) <= 15 and "e" not in text and "E" not in text  # so many digits are always kept
    if short or repr(number) == text or isinf(number):
        return number
    if number == 0:
        return Rounded(number) if text.lower().partition("e")[0].strip("-0.") else number
    return number if Decimal(text) == Decimal(repr(number)) else Rounded(number)


def _in_words(text: str, error: json.JSONDecodeError) -> str:
    """What is wrong, as the decoder says it; a character that no JSON has is named."""
    if text[error.pos : error.pos + 1] == "\0":
        return "a NUL character stands there"
    if error.msg.startswith("Invalid control character"):
        return f"the character U+{ord(text[error.pos]):04X} stands in a text as it is, not as an escape"
    return "a text is not closed" if error.msg.startswith("Unterminated") else error.msg


def plain_json(text: str) -> Any:
    """`text` as one JSON value that can be kept as it is written.

    Raises ValueError, in words, for what is no JSON, a key that stands twice in an object, NaN and infinities.
    """
    decoder = Decoder()
    try:
        value = decoder.alone(text)
    except Broken as error:
        raise ValueError(f"{error}, at character {error.position + 1}") from None
    if decoder.twice is not None:
        raise ValueError(f"the key {decoder.twice[:60]!r} stands twice in an object")
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        raise ValueError("it holds NaN, an infinity or a number that no JSON can hold") from None
    return value


def kind(value: Any) -> str:
    """What a JSON value is, in a word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"


class JsonLines:
    """A value a line. Blank lines are nothing; a line that is no object is a fault of that row."""

    format = "jsonl"

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    def records(self) -> Iterator[Record]:
        """One record a line that is not blank."""
        decoder = Decoder()
        for number, line in enumerate(self.opened.lines(), 1):
            text = line.strip(" \t\r\n\ufeff")
            if not text:
                continue
            try:
                value = decoder.alone(text)
            except Broken as error:
                yield Record(number, {}, f"the line is no json: {error}, at character {error.position + 1}")
            else:
                yield decoder.record(number, value)


class JsonArray:
    """An array, the document or (`inner`) within it: a record an element. What breaks it is a fault of the file."""

    format = "json"

    def __init__(self, opened: Opened, text: str, start: int = 0, *, inner: bool = False) -> None:
        self.opened, self.text, self.start, self.inner = opened, text, start, inner

    def records(self) -> Iterator[Record]:
        """One record an element."""
        decoder = Decoder()
        line, counted = 1 + count_lines(self.text, 0, self.start), self.start
        for start, value in self._elements(decoder):
            line += count_lines(self.text, counted, start)
            counted = start
            yield decoder.record(line, value)

    def _elements(self, decoder: Decoder) -> Iterator[tuple[int, Any]]:
        text = self.text
        position = began = _end(_BLANK, text, self.start)
        try:
            position = _end(_BLANK, text, position + 1)
            while text[position : position + 1] != "]":
                began = position
                value, end = decoder.value(text, position)
                yield position, value
                position = _end(_BLANK, text, end)
                mark = text[position : position + 1]
                if mark == ",":
                    position = _end(_BLANK, text, position + 1)
                    if text[position : position + 1] == "]":
                        raise Broken(position, "a comma before the ]")
                elif mark != "]":
                    raise Broken(position, "a comma or ] is missing" if mark else "the array is cut off")
            rest = _end(_BLANK, text, position + 1)
            if not self.inner and rest != len(text):
                began = rest
                raise Broken(rest, "something follows the array")
        except Broken as error:
            raise broken_document(self.opened, text, began, error) from None


class JsonSequence:
    """Objects one after the other, over as many lines as they like. What breaks one is a fault of the file."""

    format = "json"

    def __init__(self, opened: Opened, text: str) -> None:
        self.opened, self.text = opened, text

    def records(self) -> Iterator[Record]:
        """One record a value."""
        decoder = Decoder()
        line, counted = 1, 0
        position = _end(_BLANK_OR_MARK, self.text, 0)
        while position < len(self.text):
            try:
                value, end = decoder.value(self.text, position)
            except Broken as error:
                raise broken_document(self.opened, self.text, position, error) from None
            line += count_lines(self.text, counted, position)
            counted = position
            yield decoder.record(line, value)
            began, position = position, _end(_BLANK_OR_MARK, self.text, end)
            if self.text[position : position + 1] == ",":
                broken = Broken(position, "a comma follows the value, and no [ stands before the first")
                raise broken_document(self.opened, self.text, began, broken)


def broken_document(opened: Opened, text: str, record: int, error: Broken) -> Exception:
    """The fault of a document: the line where the broken record starts is to blame."""
    line = 1 + count_lines(text, 0, record)
    at = 1 + count_lines(text, 0, error.position)
    return file_fault(
        f"{opened.path}:{line}: the file is no json.",
        f"json: {error}" + (f", on line {at}" if at != line else ""),
        "Correct it there; nothing of it was taken.",
        line=line,
    )


def blank_end(text: str, position: int) -> int:
    """Where the blanks at `position` end."""
    return _end(_BLANK, text, position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
