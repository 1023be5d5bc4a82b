"""How narrow a scope is, by rule: every reason is said, with what would make it narrower."""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.tasks import BY_NAME

Verdict = Literal["unknown", "narrow", "rather wide", "wide"]
LONG_PROBLEM = 60  # words
LONG_ANSWER, SHORT_ANSWER = 400, 50  # tokens
LONG_INPUT = 8_000
MANY_LANGUAGES = 3
LOOKED_AT = 10_000  # characters of the problem in which promises are looked for
CLOSED_SET = 4  # words of the longest output of examples that may be a closed set
_PROMISES = re.compile(
    r"\b(anything|everything|any (?:question|topic|kind|task|request)|all (?:kinds|sorts|questions|topics)|various"
    r"|etc\b|and so on|whatever|general[- ]purpose|assistant for everything)",
    re.IGNORECASE,
)


class Reason(NamedTuple):
    """One thing that makes it wide (`weight` above 0) or narrow (0), and what to do about it."""

    weight: int
    text: str
    do: str = ""


class Narrowness(NamedTuple):
    """The verdict, and the reasons: those that weigh most first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """As `scope check --json` prints it."""
        return {"verdict": self.verdict, "reasons": [{"text": r.text, "do": r.do} for r in self.reasons]}


def narrowness(scope: Scope) -> Narrowness:
    """Two points make it rather wide, four wide; where neither problem nor tasks are said, nothing can be told."""
    reasons = sorted((reason for rule in RULES for reason in rule(scope)), key=lambda reason: -reason.weight)
    if not scope.tasks and not scope.problem:
        return Narrowness("unknown", (Reason(0, "Nothing can be told yet.", "Say a problem and its task type."),))
    points = sum(reason.weight for reason in reasons)
    verdict: Verdict = "wide" if points >= 4 else "rather wide" if points >= 2 else "narrow"
    return Narrowness(verdict, tuple(reasons))


def _tasks(scope: Scope) -> Iterator[Reason]:
    known = [BY_NAME[name] for name in scope.tasks if name in BY_NAME]
    open_ended = [task.name for task in known if not task.closed]
    closed = [task.name for task in known if task.closed]
    count = len(scope.tasks)
    if not count:
        yield Reason(1, "No task type is said.", "Name the one it is: metric, model and data follow from it.")
    elif count == 1:
        kind = "whose answers are right or wrong by rule" if closed else "with free-form output" if open_ended else ""
        yield Reason(0, f"One task type: {f'{scope.tasks[0]}, {kind}' if kind else scope.tasks[0]}.")
    else:
        form = " and free-form output" if open_ended else ""
        do = "Make each a project of its own: it is then measured by its own metric."
        if closed and open_ended:
            they = "it" if len(closed) == 1 else "they"
            do = f"Split off the {_joined(closed)}: {they} can be measured by rule, and a small model may do."
        yield Reason(min(count, 4) - 1 + bool(open_ended and closed), f"{_number(count)} task types{form}.", do)
    for name in open_ended:
        if name in ("chat", "agent", "long-form writing"):
            yield Reason(
                2,
                f"{name[0].upper()}{name[1:]} has no end: nearly anything may be asked or answered.",
                "Say which requests it must serve, and what it does with all others.",
            )


def _problem(scope: Scope) -> Iterator[Reason]:
    words = scope.problem.split()
    if not words:
        yield Reason(1, "The problem is not said.", "One sentence: what goes in, what must come out, for whom.")
        return
    if promise := _PROMISES.search(scope.problem, 0, LOOKED_AT):
        yield Reason(2, f"“{promise[0]}” promises everything.", "Name what it is for; what else comes is declined.")
    if len(words) > LONG_PROBLEM:
        yield Reason(1, f"The problem takes {len(words)} words.", "What takes one or two sentences is narrow.")


def _output(scope: Scope) -> Iterator[Reason]:
    tokens = scope.output_tokens
    if tokens is not None and tokens > LONG_ANSWER:
        yield Reason(
            1,
            f"Answers of {tokens:,} tokens are long: much in them may be wrong at once.",
            "Ask for less, or for a form with fields that are judged one by one.",
        )
    elif tokens is not None and tokens <= SHORT_ANSWER:
        yield Reason(0, f"Answers are short: {tokens:,} tokens.")
    if scope.input_tokens is not None and scope.input_tokens > LONG_INPUT:
        yield Reason(
            1,
            f"Requests of {scope.input_tokens:,} tokens are long.",
            "Send the part that matters: find it first (stage 8), or cut the text.",
        )


def _languages(scope: Scope) -> Iterator[Reason]:
    count = len(scope.languages)
    if count > MANY_LANGUAGES:
        yield Reason(
            1,
            f"{_number(count)} languages: each needs test examples of its own.",
            "Begin with the one that most requests come in.",
        )


def _examples(scope: Scope) -> Iterator[Reason]:
    examples = scope.examples
    if not examples:
        yield Reason(0, "No example is shown.", "Write three: of what really comes, with the output you want.")
        return
    outputs = [example.output for example in examples if example.output]
    different = {output.casefold() for output in outputs}
    longest = max((len(output.split()) for output in outputs), default=0)
    if len(outputs) < len(examples):
        yield Reason(
            1,
            f"{len(examples) - len(outputs)} of {len(examples)} examples have no output.",
            "If you cannot say what is right, nothing can measure it.",
        )
    elif len(outputs) > len(different) and longest <= CLOSED_SET:
        yield Reason(0, f"The examples have {len(different)} short outputs between them: a closed set.")


RULES = (_tasks, _problem, _output, _languages, _examples)


def _number(count: int) -> str:
    return (
        ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")[count]
        if count <= 10
        else str(count)
    )


def _joined(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
