"""Rules over the latest tries: how answers fail, what helps against that, and when to measure instead of guessing."""

import shlex
from collections.abc import Iterator

from genai_tui.advice.words import editing, short, with_examples
from genai_tui.records.counts import count
from genai_tui.records.intervals import interval_said, score_interval
from genai_tui.records.scales import sign_of
from genai_tui.records.stages import Advice, ProjectFacts, TriedVersion

ENOUGH_TRIES = 3  # rows tried, below which nothing is concluded from them


def newest(facts: ProjectFacts) -> Iterator[Advice]:
    """What tries say, while they are of something newer than what was measured."""
    measured = max((run.prompt for run in facts.shown.measured), default=0)
    if facts.shown.measured and (
        facts.tried is None or facts.tried.on_dev is not None or facts.tried.prompt <= measured
    ):
        return
    for rule in (evaluate, untried, no_json, few_shot, says_more, cut, worst, similar, measure):
        yield from rule(facts)


def evaluate(facts: ProjectFacts) -> Iterator[Advice]:
    """A few tries look right often enough: only all of dev can say whether they are."""
    if facts.tried is not None and facts.tried.rows >= ENOUGH_TRIES and _promising(facts):
        yield from _measured(facts, "the tries look right often enough, and are too few to be sure")


def measure(facts: ProjectFacts) -> Iterator[Advice]:
    """Nothing more is known that helps: what others are compared with must be measured."""
    if facts.tried is not None and facts.tried.rows >= ENOUGH_TRIES:
        yield from _measured(facts, "what other models and fine-tuning reach is compared with it")


def _measured(facts: ProjectFacts, why: str) -> Iterator[Advice]:
    tried = facts.tried
    if tried is None or tried.on_dev is not None or not facts.dev_rows:
        return
    low, high = score_interval(tried.right, tried.rows)
    share = tried.right / tried.rows
    after = score_interval(share * facts.dev_rows, facts.dev_rows)
    evidence = (
        f"{tried.right} of {tried.rows} rows tried with prompt {tried.prompt} were right: "
        f"{share:.2f}{interval_said(low, high)}{'' if _less(facts) else f'; the target is {_target(facts):.2f}'}.",
        f"dev has {count(facts.dev_rows, 'row')}: they would tell it to within ±{(after[1] - after[0]) / 2:.2f}.",
    )
    if tried.candidate is not None:
        yield Advice(
            "evaluate",
            f"Measure {tried.candidate} on all of dev: {why}.",
            evidence,
            f"genai-tui eval run {shlex.quote(tried.candidate)}",
        )
    else:
        yield Advice(
            "prompt",
            f"Make prompt {tried.prompt} a candidate, to measure it on all of dev: {why}.",
            evidence,
            f"genai-tui candidate make --prompt {tried.prompt} --model {shlex.quote(tried.model)}",
        )


def another_model(facts: ProjectFacts) -> Iterator[Advice]:
    """It was measured, and its whole interval lies below the target."""
    tried = facts.tried
    if _less(facts):
        return
    if tried is not None and tried.on_dev is not None and tried.on_dev[2] < _target(facts):
        value, low, high, n = tried.on_dev
        yield Advice(
            "select",
            f"Ask another model with prompt {tried.prompt}: this one stays below the target.",
            (
                f"{tried.candidate} reached {value:.2f} on dev{interval_said(low, high)}, n = {n:,}; "
                f"the target is {_target(facts):.2f}.",
            ),
            "genai-tui model list",
        )


def untried(facts: ProjectFacts) -> Iterator[Advice]:
    """A version that was saved since may be better already."""
    tried = _failing(facts)
    if tried and tried.untried is not None:
        yield Advice(
            "prompt",
            f"Run prompt {tried.untried} on the same rows.",
            (_right(tried), f"Prompt {tried.untried} was saved since, and has not been tried."),
            f"genai-tui prompt run {tried.untried}{' --row dev:1' if facts.dev_rows else ''}",
        )


def few_shot(facts: ProjectFacts) -> Iterator[Advice]:
    """Merely asking fails, and no version has examples."""
    tried = _failing(facts)
    if tried and not tried.shots and not facts.few_shot_prompts and facts.train_rows:
        shown = min(3, facts.train_rows)
        yield Advice(
            "prompt",
            "Show the model a few examples of train: merely asking is not right often enough.",
            (_right(tried), "No prompt version has examples yet."),
            with_examples(tried.prompt, shown),
        )


def no_json(facts: ProjectFacts) -> Iterator[Advice]:
    """The schema is not obeyed, and not because answers are cut."""
    tried = _failing(facts)
    if tried and tried.broken >= 2 and tried.cut * 2 < tried.broken:
        yield Advice(
            "prompt",
            "Ask for JSON in the text too: the endpoint does not hold its answers to the schema.",
            (
                f"{tried.broken} of {count(tried.rows, 'answer')} of {tried.model} are no JSON.",
                f"Prompt {tried.prompt} asks for JSON by a schema.",
            ),
            editing(tried.prompt),
        )


def says_more(facts: ProjectFacts) -> Iterator[Advice]:
    """Most wrong answers have the right words among others."""
    tried = _failing(facts)
    if tried and not tried.schema and tried.more >= 2 and tried.more * 2 >= tried.rows - tried.right:
        yield Advice(
            "prompt",
            "Ask for the answer alone, or for JSON by a schema: answers have the right words, and say more.",
            (
                f"{tried.more} of {count(tried.rows - tried.right, 'wrong answer')} contain the expected one among "
                "other words.",
                "An answer is right where it is the expected text and nothing else.",
            ),
            editing(tried.prompt),
        )


def cut(facts: ProjectFacts) -> Iterator[Advice]:
    """Most wrong answers ended by length."""
    tried = _failing(facts)
    if tried and tried.cut >= 2 and tried.cut * 2 >= tried.rows - tried.right:
        limit = f"max_tokens is {tried.max_tokens}" if tried.max_tokens is not None else "no max_tokens is set"
        yield Advice(
            "prompt",
            "Ask for shorter answers, or allow longer ones: they are cut by length.",
            (
                f"{tried.cut} of {count(tried.rows - tried.right, 'wrong answer')} ended by length.",
                f"In prompt {tried.prompt} {limit}.",
            ),
            editing(tried.prompt),
        )


def worst(facts: ProjectFacts) -> Iterator[Advice]:
    """The class that fails most has no example: with one of each class it has."""
    tried = _failing(facts)
    if not tried or not tried.worst or tried.worst_shown or not tried.shots or tried.pick != "fixed":
        return
    name, wrong, rows = tried.worst
    others, wrong_others = tried.rows - rows, tried.rows - tried.right - wrong
    if wrong >= 2 and wrong * 2 >= rows and wrong * others >= wrong_others * rows and facts.train_answers > 1:
        rest = f"; of the other rows {wrong_others} of {others}" if others else ""
        yield Advice(
            "prompt",
            f"Show an example of “{short(name)}” too: it fails most.",
            (
                f"{wrong} of {count(rows, 'row')} that expect “{short(name)}” were answered wrongly{rest}.",
                f"None of the {count(tried.shots, 'example')} of prompt {tried.prompt} shows it; one of each of the "
                f"{facts.train_answers} answers of train would.",
            ),
            with_examples(tried.prompt, facts.train_answers),
        )


def similar(facts: ProjectFacts) -> Iterator[Advice]:
    """Fixed examples do not help: those like each row may."""
    tried = _failing(facts)
    if (
        not tried
        or tried.shots < 2
        or tried.pick != "fixed"
        or facts.similar_prompts
        or facts.train_rows <= tried.shots
    ):
        return
    evidence = []
    if tried.without is not None and tried.without[2] >= ENOUGH_TRIES and tried.without[0] <= tried.without[1]:
        with_them, without, rows = tried.without
        evidence.append(
            f"Of {count(rows, 'row')} tried both ways, {with_them} were right with examples and {without} without."
        )
    if tried.rows >= 5 and tried.right * 2 < tried.rows:
        evidence.append(_right(tried))
    if evidence:
        yield Advice(
            "prompt",
            "Show the examples of train that are most like each row: the same ones for all do not help.",
            (
                *evidence,
                f"The {tried.shots} examples of prompt {tried.prompt} are fixed; train has {facts.train_rows:,}.",
            ),
            with_examples(tried.prompt, tried.shots, " --pick similar"),
        )


def _failing(facts: ProjectFacts) -> TriedVersion | None:
    """The version that was tried, where enough rows were and some of them failed."""
    tried = facts.tried
    return tried if tried is not None and tried.right < tried.rows >= ENOUGH_TRIES else None


def _promising(facts: ProjectFacts) -> bool:
    """Whether the tries leave it possible that the target is met."""
    assert facts.tried is not None
    return _less(facts) or score_interval(facts.tried.right, facts.tried.rows)[1] >= _target(facts)


def _less(facts: ProjectFacts) -> bool:
    """Whether less is better by the scope's metric: right answers then say nothing of its target."""
    return facts.scope_metric is not None and sign_of(facts.scope_metric) < 0


def _target(facts: ProjectFacts) -> float:
    return 1.0 if facts.scope_target is None else facts.scope_target


def _right(tried: TriedVersion) -> str:
    return f"{tried.right} of {count(tried.rows, 'row')} tried with prompt {tried.prompt} were right."
