"""Rules over trainings: what is under way, what came of the last one, and when to train, or to train again."""

import shlex
from collections.abc import Iterator

from genai_tui.advice.words import against_target, fails_most, line, of_pairs, scored, short, sign_test, takes
from genai_tui.records.counts import count
from genai_tui.records.endpoints import EMBEDDED_MODEL
from genai_tui.records.scales import sign_of
from genai_tui.records.stages import Advice, ProjectFacts

ENOUGH_TO_TRAIN = 50  # rows of train, below which a training mostly learns those by heart
MANY_TO_TRAIN = 1_000  # rows of train, from which more of the same seldom helps a model that still fails


def training_now(facts: ProjectFacts) -> Iterator[Advice]:
    """A training is under way: everything else waits for what comes of it."""
    training = facts.shown.training
    if training is not None and training.state in ("queued", "running"):
        far = "it waits for its turn" if training.state == "queued" else "it runs"
        share = "" if training.progress is None else f", {training.progress * 100:.0f} % are done"
        yield Advice(
            "finetune",
            f"Wait for job {training.job}: it trains {training.name}. Nothing else has to be done.",
            (f"Job {training.job} is {training.state}: {far}{share}.",),
            f"genai-tui job show {training.job}",
        )


def trained_unmeasured(facts: ProjectFacts) -> Iterator[Advice]:
    """A model was trained, and nobody knows whether it is better than its parent."""
    if not facts.shown.trained:
        return
    made = facts.shown.trained[0]
    if any(run.model == made.model for run in facts.shown.measured):
        return
    parent = max(
        (run for run in facts.shown.measured if run.model == made.parent and run.split == "dev"),
        key=lambda run: sign_of(run.scorer) * run.score,
        default=None,
    )
    evidence = (
        f"{made.model} was trained from {made.parent}, and no run has measured it.",
        *(() if parent is None else (f"Its parent: {scored(parent)}",)),
    )
    if made.candidate is None:
        prompt = made.prompt or facts.latest_prompt
        yield Advice(
            "finetune",
            f"Make {made.model} a candidate, to measure it against its parent.",
            evidence,
            f"genai-tui candidate make --model {shlex.quote(made.model)} --prompt {prompt}",
        )
    elif facts.dev_rows:
        cost = "" if parent is None else takes(parent, facts.dev_rows)
        yield Advice(
            "evaluate",
            f"Measure {made.candidate} on all of dev{cost}: it was trained, and is held against its parent then.",
            evidence,
            f"genai-tui eval run {shlex.quote(made.candidate)}",
        )


def training_broke_off(facts: ProjectFacts) -> Iterator[Advice]:
    """The last training did not come to its end, and nothing was made of it since."""
    training = facts.shown.training
    if training is not None and training.state in ("interrupted", "failed"):
        yield Advice(
            "finetune",
            f"Go on with job {training.job}, which was to train {training.name}, from its last checkpoint.",
            (f"Job {training.job} is {training.state}.", *((line(training.reason),) if training.reason else ())),
            f"genai-tui job resume {training.job}",
        )


def not_better(facts: ProjectFacts) -> Iterator[Advice]:
    """Trained, and no better than its parent on the same rows: something is wrong with the rows or the settings."""
    pairs = facts.shown.pairs
    if pairs is None or facts.below_target() is None:
        return
    if pairs.better <= pairs.worse:
        what = "is worse than" if pairs.better < pairs.worse and sign_test(pairs) < 0.05 else "is not better than"
        yield Advice(
            "finetune",
            f"Look at the rows that were trained on, and at the loss: {pairs.trained} {what} {pairs.parent}, its "
            "parent.",
            (of_pairs(pairs), "Wrong answers in train, a rate too high or too many epochs do that."),
            "genai-tui finetune plan",
        )


def finetune(facts: ProjectFacts) -> Iterator[Advice]:
    """Prompting was tried and stays below the target: train, where there are rows to train on; else collect them."""
    best = facts.below_target()
    if best is None or facts.shown.trained:
        return
    evidence = (*_prompting(facts), against_target(facts, best))
    if facts.train_rows < ENOUGH_TO_TRAIN:
        yield Advice(
            "finetune",
            f"Collect rows for train, {ENOUGH_TO_TRAIN} at least: prompting stays below the target, and "
            f"{count(facts.train_rows, 'row is', 'rows are')} too few to train on.",
            (*evidence, *fails_most(best)),
            "genai-tui data import FILE --split train",
        )
        return
    takes = f" ({facts.training_takes})" if facts.training_takes else ""
    model = "" if best.model == EMBEDDED_MODEL else f" --model {shlex.quote(best.model)}"
    yield Advice(
        "finetune",
        f"Fine-tune {best.model} on the {count(facts.train_rows, 'row')} of train{takes}: prompting stays below the "
        "target.",
        (*evidence, *fails_most(best)),
        f"genai-tui finetune start{model}",
    )


def after_training(facts: ProjectFacts) -> Iterator[Advice]:
    """Trained and better, and still below the target: more rows, of what fails; then a model that is larger."""
    best = facts.below_target()
    if best is None or not facts.shown.trained:
        return
    pairs = () if facts.shown.pairs is None else (of_pairs(facts.shown.pairs),)
    evidence = (scored(best), against_target(facts, best), *pairs)
    if facts.train_rows < MANY_TO_TRAIN:
        like = f", of “{short(best.worst[0])}” first" if best.worst else ""
        yield Advice(
            "finetune",
            f"Collect more rows for train{like}, and train again: {facts.train_rows:,} did not suffice.",
            (*evidence, *fails_most(best)),
            "genai-tui data import FILE --split train",
        )
    else:
        yield Advice(
            "select",
            f"Train a larger model: {facts.train_rows:,} rows of train did not lift this one to the target.",
            evidence,
            "genai-tui model list",
        )


def _prompting(facts: ProjectFacts) -> Iterator[str]:
    """The best of each way of asking on dev: without examples, with examples, with a schema."""
    asked = [run for run in facts.shown.measured if run.split == "dev" and not run.parent]
    ways = (
        ("Without examples", [run for run in asked if not run.shots and not run.schema]),
        ("With examples", [run for run in asked if run.shots and not run.schema]),
        ("With a JSON schema", [run for run in asked if run.schema]),
    )
    for said, runs in ways:
        if runs:
            yield f"{said}: {scored(max(runs, key=lambda run: sign_of(run.scorer) * run.score))}"
