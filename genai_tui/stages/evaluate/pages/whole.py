"""One answer whole: what was sent, what came, what it was read as, every score with its reason."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from genai_tui.answering.render import answer_text
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.records.scales import is_right, right_at
from genai_tui.stages.evaluate.pages.expected import expected_said
from genai_tui.stages.evaluate.pages.rows import milliseconds
from genai_tui.stages.evaluate.results import dollars
from genai_tui.store.datasets import example_by_id
from genai_tui.store.generations import find_generation
from genai_tui.store.labels import Label, labels_of
from genai_tui.store.places import place_in
from genai_tui.store.reader import Reader
from genai_tui.store.runs import find_run
from genai_tui.store.scores import scores_of
from genai_tui.untrusted import one_line
from genai_tui.widgets.look import Role
from genai_tui.widgets.marked_text import Marked, Words, plain_lines

LONGEST = 20_000  # characters of one text that are shown
GLANCE = 240  # of a text that stands beside others
NAMES = 13


class Whole(NamedTuple):
    """An answer with the row that it answers, `dev:3` as commands call it, and its scores."""

    name: str
    generation: Generation
    example: Example | None
    scores: list[Score]
    labels: list[Label]


def whole_answer(reader: Reader, number: int) -> Whole:
    """All that is known of an answer; one out of the cache has the messages of the first. Raises UsageFault."""
    found = find_generation(reader, number)
    if found.cached_from is not None and not found.exchanges:
        found = replace(found, exchanges=find_generation(reader, found.cached_from).exchanges)
    example = example_by_id(reader, found.example) if found.example is not None else None
    return Whole(_name(reader, found), found, example, scores_of(reader, number), labels_of(reader, number))


def _name(reader: Reader, generation: Generation) -> str:
    """Which row it answers, and which repeat it is where it is not the first."""
    place = None
    if generation.run is not None and generation.example is not None:
        run = find_run(reader, generation.run)
        place = place_in(reader, run.dataset_version, run.split, generation.example)
    if place is None:
        return f"answer {generation.id}"
    return f"{run.split}:{place}" + (f", repeat {generation.repeat + 1}" if generation.repeat else "")


def answer_lines(whole: Whole, *, messages: bool = False, blind: bool = False) -> Iterator[Marked]:
    """Answer, expected answer, scores and labels; with `messages` also what was sent, `blind` without any verdict."""
    each = whole.generation
    if messages and whole.example is not None:  # the row itself stands far below its few-shot examples
        for name, value in whole.example.inputs.items():
            yield Marked((Words(f"{one_line(name)}  ", "head"), Words(glance(answer_text(value)), "text")))
    if each.error is not None:
        yield Marked((Words(each.error.what, "strong"),), "✘ ", "bad")
        yield from _text("\n".join(text for text in (each.error.why, each.error.do) if text))
    else:
        yield Marked((Words("answer", "head"),))
        yield from _text(each.text or "(nothing)", "strong")
    if each.finish_reason == "length":
        yield Marked((Words("cut off: max_tokens was reached", "warn"),), "  ")
    if whole.example is not None and whole.example.expected is not None:
        yield Marked((Words("expected", "head"),))
        yield from _text(expected_said(whole.example.expected, "\n"))
    yield Marked(())
    for score in () if blind else whole.scores:
        yield from score_lines(score, each.text)
    for label in () if blind else whole.labels:
        yield from label_lines(label)
    yield Marked((Words(took(each), "soft"),))
    yield Marked(())
    if messages and each.exchanges:
        yield from sent_lines(each)
    elif whole.example is not None:
        for name, value in whole.example.inputs.items():
            yield Marked((Words(name, "head"),))
            yield from _text(answer_text(value))
    if whole.example is not None and whole.example.tags:
        yield Marked((Words("tags  ", "head"), Words(", ".join(whole.example.tags), "text")))
    if each.reasoning:
        yield Marked((Words("reasoning", "head"),))
        yield from _text(each.reasoning, "soft")


def score_lines(score: Score, answer: str) -> Iterator[Marked]:
    """A score: its value, what the answer was reduced to where that is another text, and the reason."""
    said = "–" if score.value is None else f"{score.value:.3g}"
    sign, role = _judged(score)
    words = [Words(score.scorer.ljust(NAMES), "text"), Words(f"{said} ", "strong")]
    read = score.label if score.label is not None else score.reduced
    if read is not None and read.strip() != answer.strip():
        words += [Words(" read as ", "soft"), Words(one_line(read)[:200] or "(nothing)", "text")]
    yield Marked(tuple(words), sign, role)
    if score.reason:
        yield Marked((Words(score.reason[:LONGEST], "soft"),), "    ")
    judges: dict[str, Any] = score.detail.get("judges") or {} if isinstance(score.detail, dict) else {}
    for judge, told in judges.items():
        verdict = told.get("winner") or told.get("score")
        yield Marked((Words(f"{judge}: {verdict}", "soft"),), "    ")


def _judged(score: Score) -> tuple[str, Role]:
    """Right, wrong, or neither: a share between both ends, or a measure."""
    if right_at(score.scorer) is None or score.value not in (0, 1, None):
        return "· ", "soft"
    return ("✔ ", "good") if is_right(score.scorer, score.value) else ("✘ ", "bad")


def label_lines(label: Label) -> Iterator[Marked]:
    """What a person says."""
    sign, role = ("✔ ", "good") if label.right else ("✘ ", "bad")
    said = (Words("a person".ljust(NAMES), "text"), Words(f"{'right' if label.right else 'wrong'} ", "strong"))
    yield Marked((*said, Words(f" {one_line(label.person)}", "soft")), sign, role)  # type: ignore[arg-type]
    if label.reason:
        yield Marked((Words(label.reason[:LONGEST], "soft"),), "    ")


def sent_lines(each: Generation) -> Iterator[Marked]:
    """The messages as they were sent."""
    sent = each.exchanges[-1].body.get("messages", ())
    for message in sent if isinstance(sent, list) else ():
        yield Marked((Words(str(message.get("role", "")), "head"),))
        content = message.get("content", "")
        yield from _text(content if isinstance(content, str) else answer_text(content))


def glance(text: str) -> str:
    """The beginning of a text on one line."""
    said = one_line(text)
    return said if len(said) <= GLANCE else f"{said[:GLANCE]}…"


def took(each: Generation) -> str:
    """Time, tokens, money; whether it came out of the cache."""
    moments = each.moments
    seconds = moments.done - moments.sent if moments.done is not None and moments.sent is not None else None
    said = [milliseconds(seconds)]
    if each.usage is not None:
        guess = "≈ " if each.usage.guessed else ""
        said.append(f"{guess}{each.usage.input_tokens:,} tokens in, {guess}{each.usage.output_tokens:,} out")
    said.append(dollars(each.cost_usd))
    if each.cached_from is not None:
        said.append(f"out of the cache, as first measured (answer {each.cached_from})")
    if each.retries:
        said.append(f"asked again {each.retries}×")
    return " · ".join(said)


def _text(text: str, role: Any = "text") -> Iterator[Marked]:
    yield from plain_lines(text[:LONGEST], role, "  ")
    if len(text) > LONGEST:
        yield Marked((Words(f"… {len(text) - LONGEST:,} more characters", "soft"),), "  ")
