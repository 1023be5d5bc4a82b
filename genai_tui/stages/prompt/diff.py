"""The difference of two prompt versions: lines, words within lines, parameters, examples, output."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from genai_tui.records.expected import answer_text
from genai_tui.records.hashing import canonical_json
from genai_tui.records.prompts import FewShot, Prompt

Kind = Literal["same", "removed", "added"]
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.4  # lines less alike than this are shown as one removed and one added, without words marked


class Piece(NamedTuple):
    """A run of words of a line, and whether the other side has it."""

    kind: Kind
    text: str


class Line(NamedTuple):
    """One line of the difference; `pieces` joined are its text."""

    kind: Kind
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(piece.text for piece in self.pieces)


class Section(NamedTuple):
    """One part of a prompt with its lines: a message, the parameters, the examples, the output."""

    title: str
    lines: tuple[Line, ...]

    @property
    def changed(self) -> bool:
        """Whether anything in it differs."""
        return any(line.kind != "same" for line in self.lines)


def difference(a: Prompt, b: Prompt) -> tuple[Section, ...]:
    """What differs from `a` to `b`, part by part; parts that are the same are there too, unchanged."""
    sections = []
    for index in range(max(len(a.messages), len(b.messages))):
        before = a.messages[index] if index < len(a.messages) else None
        after = b.messages[index] if index < len(b.messages) else None
        roles = [message.role for message in (before, after) if message is not None]
        title = roles[0] if len(set(roles)) == 1 else " → ".join(roles)
        texts = [message.content.split("\n") if message is not None else [] for message in (before, after)]
        sections.append(Section(title, tuple(line_difference(*texts))))
    rules = [_rule_lines(prompt) for prompt in (a, b)]
    sections.append(Section("examples", tuple(line_difference(*rules))))
    sections.append(Section("parameters", tuple(line_difference(*(_value_lines(p.parameters) for p in (a, b))))))
    sections.append(Section("output", tuple(line_difference(*(_value_lines(p.output or {}) for p in (a, b))))))
    return tuple(sections)


def line_difference(a: Sequence[str], b: Sequence[str]) -> Iterator[Line]:
    """The lines of both; where a line was changed, its words are marked."""
    for how, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if how == "equal":
            yield from (Line("same", (Piece("same", line),)) for line in a[a1:a2])
            continue
        paired = min(a2 - a1, b2 - b1)
        for offset in range(paired):
            yield from _changed(a[a1 + offset], b[b1 + offset])
        yield from (Line("removed", (Piece("removed", line),)) for line in a[a1 + paired : a2])
        yield from (Line("added", (Piece("added", line),)) for line in b[b1 + paired : b2])


def _changed(a: str, b: str) -> Iterator[Line]:
    before, after = _WORDS.findall(a), _WORDS.findall(b)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield Line("removed", (Piece("removed", a),))
        yield Line("added", (Piece("added", b),))
        return
    removed, added = [], []
    for how, a1, a2, b1, b2 in matcher.get_opcodes():
        same = how == "equal"
        if a2 > a1:
            removed.append(Piece("same" if same else "removed", "".join(before[a1:a2])))
        if b2 > b1:
            added.append(Piece("same" if same else "added", "".join(after[b1:b2])))
    yield Line("removed", tuple(removed))
    yield Line("added", tuple(added))


def _rule_lines(prompt: Prompt) -> list[str]:
    rule = prompt.examples
    if rule.pick != "fixed":
        return [f"{rule.number} {rule.pick} rows of train, seed {rule.seed}"]
    return [f"{_inputs(example)} → {answer_text(example.expected)}" for example in rule.fixed]


def _inputs(example: FewShot) -> str:
    if len(example.inputs) == 1:
        return answer_text(next(iter(example.inputs.values())))
    return canonical_json(example.inputs)


def _value_lines(values: dict[str, Any]) -> list[str]:
    return [f"{key}: {canonical_json(value)}" for key, value in sorted(values.items())]
