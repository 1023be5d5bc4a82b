"""A JSON object with a long list of rows deep in it, gone through once: each row with the line where it begins."""

from collections.abc import Callable, Sequence
from typing import Any

from genai_tui.datasets.jsons import Broken, Decoder, blank_end
from genai_tui.datasets.model import Record
from genai_tui.datasets.opening import count_lines


class Document:
    """The object that `text` is: `top`, in which the list at `path` is empty, and the `rows` of that list.

    `twice` is a key that stands twice in an object, outside of the rows. Raises Broken where the text is no object.
    """

    def __init__(self, text: str, path: Sequence[str]) -> None:
        self.rows: list[Record] = []
        self.twice: str | None = None
        self._text = text
        self._decoder = Decoder()
        start = blank_end(text, 0)
        if text[start : start + 1] != "{":
            raise Broken(start, "it is no object")
        self.top, end = self._object(start, path)
        rest = blank_end(text, end)
        if rest != len(text):
            raise Broken(rest, "something follows the object")

    def _object(self, start: int, path: Sequence[str]) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}

        def member(place: int) -> int:
            name, end = self._decoder.value(self._text, place)
            end = blank_end(self._text, end)
            if not isinstance(name, str) or self._text[end : end + 1] != ":":
                raise Broken(place, "a key and its colon are missing")
            value, end = self._value(blank_end(self._text, end + 1), path[1:] if name == path[0] else None)
            self.twice = name if name in found else self.twice
            found[name] = value
            return end

        return found, self._parts(start, "}", member)

    def _value(self, place: int, path: Sequence[str] | None) -> tuple[Any, int]:
        """A value and where it ends; `path` leads on to the rows, and is empty at their list."""
        mark = self._text[place : place + 1]
        if path and mark == "{":
            return self._object(place, path)
        if path is not None and not path and mark == "[":
            line, counted = 1, 0

            def row(at: int) -> int:
                nonlocal line, counted
                value, end = self._decoder.value(self._text, at)
                line, counted = line + count_lines(self._text, counted, at), at
                self.rows.append(self._decoder.record(line, value))
                return end

            return [], self._parts(place, "]", row)
        value, end = self._decoder.value(self._text, place)
        self.twice = self._decoder.twice if self._decoder.twice is not None else self.twice
        return value, end

    def _parts(self, place: int, close: str, part: Callable[[int], int]) -> int:
        """Where the bracket that opens at `place` is closed; `part` is given where each part begins, and says its end.

        Raises Broken.
        """
        text = self._text
        place = blank_end(text, place + 1)
        while text[place : place + 1] != close:
            place = blank_end(text, part(place))
            if text[place : place + 1] == ",":
                place = blank_end(text, place + 1)
                if text[place : place + 1] == close:
                    raise Broken(place, f"a comma before the {close}")
            elif text[place : place + 1] != close:
                raise Broken(place, f"a comma or {close} is missing")
        return place + 1
