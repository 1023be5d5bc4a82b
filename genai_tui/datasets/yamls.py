"""YAML 1.2 as js-yaml reads it, which promptfoo's files are written for: bounded, without tags, with lines.

`no`, `on`, `12:30`, `1_000`, `0b1` and `+0x1` are text, `012` is 12, `1.0` is 1, a date stays as written. Merge keys
are shallow. A key twice, a tag, more than 1,000 unfolded aliases and a second document are refused with their line.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from genai_tui.errors import FileFault, sentence

ALIASES = 1_000  # how often an alias may stand for something, those inside what it stands for included
DEEPEST = 100
LONGEST = 10_000_000  # characters: the parser takes about a second for each 100,000
_TEXT_HERE = "\x85\u2028\u2029\x7f"
_SURROGATE = re.compile("[\ud800-\udfff]")
_NULLS = ("", "~", "null", "Null", "NULL")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DIGITS = {10: 4_000, 16: 3_400, 8: 4_600}  # more are no number that can be written again
_JS_DIGITS = 1e21  # from here on JavaScript writes an exponent


class Node(NamedTuple):
    """A value with the line where it begins; in lists and objects the values are nodes again."""

    line: int
    value: Any

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_yaml(text: str, name: object, *, twice: bool = False) -> Node:
    """The one document in `text`, which came from the file `name`; `twice`: of a key that stands twice the last counts.

    Raises FileFault, with the line under `rejected`.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if len(text) > LONGEST:
        raise _fault(name, 1, f"it is longer than {LONGEST:,} characters")
    if "\0" in text:
        raise _fault(name, 1 + text.count("\n", 0, text.index("\0")), "a NUL character stands there")
    there, back = _stand_ins(text)
    try:
        return _Reader(iter(YAML(typ="safe", pure=True).parse(text.translate(there))), name, back, twice).document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _fault(name, mark.line + 1 if mark is not None else 1, str(problem)) from None
    except RecursionError:
        raise _fault(name, 1, "it is nested too deeply") from None
    except (ValueError, OverflowError):  # of chr: the parser takes any number for a character's
        raise _fault(name, 1, "an escape in it is no character") from None


def _stand_ins(text: str) -> tuple[dict[int, str], dict[int, str]]:
    """Characters for those that the parser takes for line ends or refuses, and YAML 1.2 does not; and back."""
    free = (chr(sign) for sign in range(0xFDD0, 0xFDF0) if chr(sign) not in text)  # no character will ever be these
    there = {ord(sign): other for sign, other in zip(_TEXT_HERE, free, strict=False) if sign in text}
    return there, {ord(other): chr(sign) for sign, other in there.items()}


def scalar(text: str) -> Any:
    """What an unquoted scalar is."""
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _WHOLE.fullmatch(text):
        digits = text.lstrip("+-")
        base = {"0o": 8, "0x": 16}.get(digits[:2], 10)
        if len(digits) > _DIGITS[base]:
            return text
        return int(digits[2:] if base != 10 else digits, base) * (-1 if text[0] == "-" else 1)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return int(number) if abs(number) < _JS_DIGITS and number == int(number) else number
    special = _SPECIAL.fullmatch(text)
    if special:
        return float("nan") if special[3] else float(f"{special[1]}inf")
    return text


def _fault(name: object, line: int, why: str, do: str = "Correct it there; nothing of it was taken.") -> FileFault:
    return FileFault(
        f"{name}:{line}: the file is no YAML that can be taken.",
        sentence(why),
        do,
        extra={"rejected": [{"line": line, "reason": why}]},
    )


class _Reader:
    """Puts values together from the parser's events; an alias is counted each time that it stands for something."""

    def __init__(self, events: Iterator[Any], name: object, back: dict[int, str], twice: bool) -> None:
        self.events = events
        self.name = name
        self.back = back  # for characters that stand in for others
        self.twice = twice
        self.anchors: dict[str, tuple[Node, int]] = {}  # with the aliases inside
        self.open: set[str] = set()
        self.aliases = 0

    def document(self) -> Node:
        kinds: list[str] = []
        found = Node(1, None)
        for event in self.events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if "DocumentStartEvent" in kinds:
                    raise _fault(self.name, _line(event), "a second document begins here; one is read")
                found = self.node(next(self.events), 0)
            kinds.append(kind)
        return found

    def node(self, event: Any, depth: int) -> Node:
        kind = type(event).__name__
        line = _line(event)
        if kind == "AliasEvent":
            return self.alias(event, line)
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag):
            raise _fault(self.name, line, f"the tag {str(tag)[:60]} is not read; write the value without it")
        if depth > DEEPEST:
            raise _fault(self.name, line, "it is nested too deeply")
        before, anchor = self.aliases, event.anchor
        if anchor is not None:
            self.open.add(anchor)
        if kind == "ScalarEvent":
            text = _paired(event.value.translate(self.back) if self.back else event.value)
            node = Node(line, scalar(text) if event.style is None else text)
        elif kind == "SequenceStartEvent":
            node = Node(line, self.sequence(depth + 1))
        else:
            node = Node(line, self.mapping(depth + 1))
        if anchor is not None:
            self.open.discard(anchor)
            self.anchors[anchor] = (node, self.aliases - before)
        return node

    def alias(self, event: Any, line: int) -> Node:
        if event.anchor in self.open or event.anchor not in self.anchors:
            why = "stands inside what it stands for" if event.anchor in self.open else "stands for nothing"
            raise _fault(self.name, line, f"the alias *{event.anchor[:60]} {why}")
        node, inside = self.anchors[event.anchor]
        self.aliases += 1 + inside
        if self.aliases > ALIASES:
            raise _fault(self.name, line, f"its aliases stand for more than {ALIASES:,} things", "Write them out.")
        return node

    def sequence(self, depth: int) -> list[Node]:
        found = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            found.append(self.node(event, depth))
        return found

    def mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        merged: list[Node] = []
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key = self.node(event, depth)
            if isinstance(key.value, (dict, list)):
                raise _fault(self.name, key.line, "a key is a list or an object")
            value = self.node(next(self.events), depth)
            if key.value == "<<" and getattr(event, "style", "") is None:
                merged += value.value if isinstance(value.value, list) else [value]
                continue
            name = _key(key.value)
            if name in found and not self.twice:
                raise _fault(self.name, key.line, f"the key {name[:60]!r} stands twice in an object")
            found[name] = value
        for node in merged:
            if not isinstance(node.value, dict):
                raise _fault(self.name, node.line, "a merge key (<<) needs an object")
            for name, value in node.value.items():
                found.setdefault(name, value)
        return found


def _paired(text: str) -> str:
    """The text, where two escapes that are halves of a character are that character."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _key(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
