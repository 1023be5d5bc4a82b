"""Rules over runs on dev: what is not measured yet, and what lifts a candidate that stays below the target."""

import math
import shlex
from collections.abc import Iterator

from genai_tui.advice.words import against_target, editing, scored, takes, with_examples
from genai_tui.records.counts import count
from genai_tui.records.stages import Advice, ProjectFacts

FEWEST_CHANGED = 6  # answers that must all change one way for a paired test to tell it: 2 x 0.5 ** 6 < 0.05


def seen(facts: ProjectFacts) -> Iterator[Advice]:
    """The best score is of rows that its model was trained on: it is not to be believed."""
    for split in ("test", "dev"):
        best = facts.best(split)
        if best is not None and best.seen:
            yield Advice(
                "evaluate",
                f"Measure on rows nobody trained on: the score of {best.candidate} on {split} is not to be believed.",
                (best.seen, scored(best)),
                f"genai-tui data import FILE --split {split}",
            )


def measure_newest(facts: ProjectFacts) -> Iterator[Advice]:
    """A candidate was made since the last run over dev: only a run tells whether it is better."""
    best, name = facts.best("dev"), facts.shown.unmeasured
    if best is not None and name is not None:
        yield Advice(
            "evaluate",
            f"Measure {name} on all of dev{takes(best, facts.dev_rows)}, to hold it against {best.candidate}.",
            (f"{name} is the newest candidate, and was not measured on all of dev.", scored(best)),
            f"genai-tui eval run {shlex.quote(name)}",
        )


def too_few_dev(facts: ProjectFacts) -> Iterator[Advice]:
    """The gap to the target is so few answers of dev that no paired test could tell it was closed."""
    best = facts.below_target()
    if best is None or facts.scope_target is None:
        return
    gap = abs(facts.scope_target - best.score)
    changed = gap * best.value.n
    if changed < FEWEST_CHANGED:
        rows = math.ceil(FEWEST_CHANGED / gap)
        yield Advice(
            "evaluate",
            f"Add rows to dev, up to ≈ {rows:,}: with {best.value.n:,} no test can tell whether the target's gap was "
            "closed.",
            (
                scored(best),
                against_target(facts, best),
                f"The gap of {gap:.2f} is {changed:.1f} answers; {FEWEST_CHANGED} must change one way to be told from "
                "luck.",
            ),
            "genai-tui data import FILE --split dev",
        )


def show_examples(facts: ProjectFacts) -> Iterator[Advice]:
    """Merely asking was measured below the target, and no version with examples was."""
    best = facts.below_target()
    if best is None or facts.shown.trained or not facts.train_rows:
        return
    if any(run.shots > 0 for run in facts.shown.measured):
        return
    shown = min(max(3, facts.train_answers), facts.train_rows)
    evidence = (scored(best), against_target(facts, best))
    version = facts.shown.few_shot_prompt
    if (made := dict(facts.shown.few_shot_candidates).get(best.model)) is not None:
        yield Advice(
            "evaluate",
            f"Measure {made}, which shows examples, on all of dev{takes(best, facts.dev_rows)}.",
            (*evidence, f"{made} is prompt {version} with its examples, and was not measured on all of dev."),
            f"genai-tui eval run {shlex.quote(made)}",
        )
        return
    if version is not None:
        yield Advice(
            "prompt",
            f"Make prompt {version}, which shows examples, a candidate and measure it on dev.",
            (*evidence, f"Prompt {version} shows examples, and no version that does was measured."),
            f"genai-tui candidate make --prompt {version} --model {shlex.quote(best.model)}",
        )
        return
    yield Advice(
        "prompt",
        "Show the model a few examples of train: merely asking stays below the target.",
        (*evidence, f"No version with examples was saved; train has {count(facts.train_rows, 'row')}."),
        with_examples(best.prompt, shown),
    )


def ask_for_form(facts: ProjectFacts) -> Iterator[Advice]:
    """Most wrong answers have the right words among others: a form would leave only those."""
    best = facts.below_target()
    if best is None or best.schema or best.parent or best.wrong < 2:
        return
    if best.more * 2 >= best.wrong:
        yield Advice(
            "prompt",
            "Ask for JSON by a schema, or for the answer alone: the right words are there, among others.",
            (scored(best), f"{best.more} of {count(best.wrong, 'wrong answer')} contain the expected text."),
            editing(best.prompt),
        )


def larger_model(facts: ProjectFacts) -> Iterator[Advice]:
    """Nothing else holds, and what was measured lies below the target."""
    best = facts.below_target()
    if best is not None:
        yield Advice(
            "select",
            f"Ask another model with prompt {best.prompt}: {best.model} stays below the target.",
            (scored(best), against_target(facts, best)),
            "genai-tui model list",
        )
