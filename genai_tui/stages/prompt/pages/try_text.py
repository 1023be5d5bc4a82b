"""A try as text: first what came of it, then whole what was sent and what was answered."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from genai_tui.answering.render import answer_text
from genai_tui.records.generations import Generation
from genai_tui.stages.prompt.trying import summary
from genai_tui.widgets.answer_signs import SIGNS_OF, state_of
from genai_tui.widgets.look import Role
from genai_tui.widgets.marked_text import Marked, Words, plain_lines

LONGEST_SHOWN = 20_000  # characters of one text; all of it is where the try is opened
FIRST_LINES = 4  # of an answer, before what is said of it
NAMES = 10  # cells for the names of what is said


class Row(NamedTuple):
    """What a try was asked of: where that stands (`dev:3`; empty where it is in no row now), and what it expects."""

    reference: str = ""
    expected: object = None


def try_lines(
    each: Generation, signs: Mapping[str, str], row: Row | None, right: bool | None = None
) -> Iterator[Marked]:
    """Its lines; `right` is whether it gave what its row expects."""
    sign, role, meaning = SIGNS_OF[state_of(each, right)]
    first = each.text.split("\n")[:FIRST_LINES]
    if each.error is not None:
        yield Marked((Words(each.error.what, "strong"),), f"{signs[sign]} ", role)
        yield from plain_lines("\n".join(text for text in (each.error.why, each.error.do) if text), "text", "  ")
    if each.text or each.error is None:
        for number, line in enumerate(first if each.text else ["(nothing)"]):
            yield _said("" if number else "answer", line[:LONGEST_SHOWN], "strong")
    whole = first == each.text.split("\n")
    if not whole:
        yield _said("", "… all of it stands below", "soft")
    if row is not None and row.expected is not None:
        verdict = f"  {signs[sign]} {meaning}" if right is not None else ""
        expected, *more = answer_text(row.expected)[:LONGEST_SHOWN].split("\n")
        yield Marked(
            (Words(expected, "text"), Words(" …" if more else "", "soft"), Words(verdict, role)), *_name("expected")
        )
    if row is not None:
        yield _said("row", row.reference or "it is in the dataset in use no more")
    if each.prompt:
        yield _said("version", f"v{each.prompt}")
    yield _said("model", summary(each), "soft")
    yield from _sent(each)
    if each.reasoning:
        yield Marked((Words("reasoning", "head"),))
        yield from _text(each.reasoning, "soft")
    if not whole:
        yield Marked((Words("answer", "strong"),))
        yield from _text(each.text)


def _sent(each: Generation) -> Iterator[Marked]:
    yield Marked(())
    messages = each.exchanges[-1].body.get("messages", ()) if each.exchanges else ()
    for message in messages if isinstance(messages, list) else ():
        yield Marked((Words(str(message.get("role", "")), "head"),))
        yield from _text(str(message.get("content", "")))
    if not messages and each.inputs:
        yield Marked((Words("inputs", "head"),))
        for name, value in each.inputs.items():
            yield from _text(f"{name}: {value}")


def _said(name: str, text: str, role: Role = "text") -> Marked:
    return Marked((Words(text, role),), *_name(name))


def _name(name: str) -> tuple[str, Role]:
    return f"{name:<{NAMES}}", "head"


def _text(text: str, role: Role = "text") -> Iterator[Marked]:
    yield from plain_lines(text[:LONGEST_SHOWN], role, "  ")
    if len(text) > LONGEST_SHOWN:
        yield Marked((Words(f"… {len(text) - LONGEST_SHOWN:,} more characters", "soft"),), "  ")
