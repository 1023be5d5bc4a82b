"""JSON as promptfoo finds it in answers: objects among other text."""

import re
from typing import Any

from genai_tui.records.javascript import parsed

MOST_OBJECTS = 3_000  # braces in an answer that are tried as the beginning of an object
MOST_YAML = 100_000  # characters of an answer that are tried as YAML, which takes a second
LONGEST = 100_000  # characters of an object; promptfoo does not see a longer one
_LETTER = re.compile("[a-zA-Z]")


def objects(text: str) -> list[Any]:
    """The objects in a text: JSON, or what YAML can read between braces that match; one that is cut off is closed."""
    from genai_tui.datasets.yamls import read_yaml
    from genai_tui.errors import FileFault

    ends, still_open = _braces(text)
    found: list[Any] = []
    place, yaml_left = 0, MOST_YAML
    for _ in range(MOST_OBJECTS):
        place = text.find("{", place)
        if place < 0 or place == len(text) - 1:
            break
        end = ends.get(place, len(text))
        if end - place > LONGEST:
            place += 1
            continue
        part = text[place:end] + "}" * still_open.get(place, 0)
        try:
            value = parsed(part)
        except ValueError:
            value = None
            if len(part) <= yaml_left:
                yaml_left -= len(part)
                try:
                    value = read_yaml("\n".join(map(_commented, part.split("\n"))), "answer", twice=True).plain()
                except FileFault:
                    value = None
        if isinstance(value, dict | list):
            found.append(value)
            place = end
        else:
            place += 1
    return found


def _commented(line: str) -> str:
    """A line with a comment that `//` begins as YAML writes one, unless it stands in quotes or in an address."""
    quote, slashes, address = "", 0, False
    for place, sign in enumerate(line):
        address = (address and not sign.isspace()) or line.startswith("://", place)
        if quote:
            in_word = quote == "'" and _LETTER.match(line, place + 1)
            quote = "" if sign == quote and slashes % 2 == 0 and not in_word else quote
        elif sign == '"' or (sign == "'" and not (place and _LETTER.match(line, place - 1))):
            quote = sign
        elif line.startswith("//", place) and not address:
            rest = line[place:].lstrip("/")
            return line[:place] + "#" * ((len(line) - place - len(rest)) // 2) + rest
        slashes = slashes + 1 if sign == "\\" else 0
    return line


def _braces(text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Where each brace that is closed ends, and how many closing ones each of the others lacks."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for brace in re.finditer("[{}]", text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            ends[opened.pop()] = brace.end()
    return ends, {place: len(opened) - depth for depth, place in enumerate(opened)}
