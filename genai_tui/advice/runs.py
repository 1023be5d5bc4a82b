"""Rules over runs and trainings: what the next step is once something was measured on all of dev or test."""

import math
import shlex
from collections.abc import Iterator

from genai_tui.advice.words import count, line, of_pairs, scored, short, sign_test
from genai_tui.records.intervals import Z, score_interval
from genai_tui.records.measured import MeasuredRun
from genai_tui.records.runs import Value
from genai_tui.records.scales import bound, sign_of
from genai_tui.records.stages import Advice, ProjectFacts

ENOUGH_TO_TRAIN = 50  # rows of train, below which a training mostly learns those by heart
MANY_TO_TRAIN = 1_000  # rows of train, from which more of the same seldom helps a model that still fails
FEWEST_CHANGED = 6  # answers that must all change one way for a paired test to tell it: 2 x 0.5 ** 6 < 0.05
TOO_MANY = 20  # times as many rows as there are: more than anybody would collect to show it
WORN_OUT = 7  # looks at test, from which its best score is too good by half its interval


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


def seen(facts: ProjectFacts) -> Iterator[Advice]:
    """The best score is of rows that its model was trained on: it is not to be believed."""
    for split in ("test", "dev"):
        best = _best(facts, split)
        if best is not None and best.seen:
            yield Advice(
                "evaluate",
                f"Measure on rows nobody trained on: the score of {best.candidate} on {split} is not to be believed.",
                (best.seen, scored(best)),
                f"genai-tui data import FILE --split {split}",
            )


def met_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """Adapting is over: what is left is to make it small, to serve it and to hand it over."""
    best = _best(facts, "test")
    if best is None or best.standing(facts.scope_target) != "met":
        return
    evidence = [scored(best), _target(facts, best)]
    if facts.shown.looks >= WORN_OUT:
        yield Advice(
            "evaluate",
            f"Collect new rows for test: it was looked at {facts.shown.looks} times, and {best.candidate} is the best "
            "of them by luck too.",
            (*evidence, f"From {WORN_OUT} looks on the best seems better by half the width of its interval."),
            "genai-tui data import FILE --split test",
        )
        return
    if best.parent:
        here = "until stage 7 does it, `finetune merge` writes the model as one GGUF file, at half the size if asked"
        command = f"genai-tui finetune merge {shlex.quote(best.model)} --half"
    else:
        here = "stage 7 does not do that yet; a gate in CI keeps what was reached"
        command = f"genai-tui eval gate {shlex.quote(best.candidate)} --split test"
    yield Advice(
        "deploy",
        f"{best.candidate} meets the target on test: quantise it and serve it ({here}).",
        tuple(evidence),
        command,
    )


def reached_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target, but the interval straddles it: more rows would tell, or nothing sensible would."""
    best = _best(facts, "test")
    if best is None or best.standing(facts.scope_target) != "reached" or facts.scope_target is None:
        return
    rows = _rows_to_meet(best, facts.scope_target)
    if rows is None or rows > TOO_MANY * best.value.n:
        needed = "no number of rows" if rows is None else f"no less than ≈ {rows:,} rows"
        yield Advice(
            "evaluate",
            f"Nothing more can be shown with test as it is: {best.candidate} is at the target, and {needed} would "
            "tell it from just below.",
            (scored(best), _target(facts, best)),
            f"genai-tui eval show {best.run}",
        )
        return
    yield Advice(
        "evaluate",
        f"Add ≈ {rows - best.value.n:,} rows to test: {best.candidate} reaches the target, and is not yet sure to.",
        (
            scored(best),
            _target(facts, best),
            f"If its score stays, the end of its interval is at the target with ≈ {rows:,} rows.",
        ),
        "genai-tui data import FILE --split test",
    )


def test_once(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target on dev, and never measured on test: the last word, once, where test can give it."""
    best = _best(facts, "dev")
    if best is None or facts.scope_target is None or best.standing(facts.scope_target) not in ("met", "reached"):
        return
    if any(run.candidate == best.candidate for run in facts.shown.measured if run.split == "test"):
        return
    fewest = _fewest(facts.scope_target, best)
    if facts.test_rows < fewest:
        yield Advice(
            "evaluate",
            f"Import rows for test, {fewest:,} at least: {best.candidate} is at the target on dev, and test has "
            f"{facts.test_rows:,}.",
            (
                scored(best),
                f"Of fewer than {fewest:,} rows not even all right ones would show {bound(best.scorer)} "
                f"{facts.scope_target:.2f}.",
            ),
            "genai-tui data import FILE --split test",
        )
        return
    standing = best.standing(facts.scope_target)
    looks = facts.shown.looks
    told = "dev was chosen by, and says too much" if standing == "met" else "dev reaches it, and does not show it"
    yield Advice(
        "evaluate",
        f"Measure {best.candidate} on test, once{_cost(best, facts.test_rows)}: {told}.",
        (
            scored(best),
            _target(facts, best),
            f"test has {count(facts.test_rows, 'row')}, and was looked at {looks} {'time' if looks == 1 else 'times'}.",
        ),
        f"genai-tui eval run {shlex.quote(best.candidate)} --split test",
    )


def below_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target on dev, below it on test: dev was chosen by too often, or is too small."""
    best, dev = _best(facts, "test"), _best(facts, "dev")
    if best is None or dev is None or dev.standing(facts.scope_target) not in ("met", "reached"):
        return
    if best.standing(facts.scope_target) == "missed":
        yield Advice(
            "evaluate",
            "Add rows to dev, like those of test: dev promised more than test keeps.",
            (scored(dev), scored(best), "What is chosen by dev looks better on dev than it is."),
            "genai-tui data import FILE --split dev",
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
        cost = "" if parent is None else _cost(parent, facts.dev_rows)
        yield Advice(
            "evaluate",
            f"Measure {made.candidate} on all of dev{cost}: it was trained, and is held against its parent then.",
            evidence,
            f"genai-tui eval run {shlex.quote(made.candidate)}",
        )


def measure_newest(facts: ProjectFacts) -> Iterator[Advice]:
    """A candidate was made since the last run over dev: only a run tells whether it is better."""
    best, name = _best(facts, "dev"), facts.shown.unmeasured
    if best is not None and name is not None:
        yield Advice(
            "evaluate",
            f"Measure {name} on all of dev{_cost(best, facts.dev_rows)}, to hold it against {best.candidate}.",
            (f"{name} is the newest candidate, and was not measured on dev.", scored(best)),
            f"genai-tui eval run {shlex.quote(name)}",
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
    if pairs is None or not _below(facts):
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


def too_few_dev(facts: ProjectFacts) -> Iterator[Advice]:
    """The gap to the target is so few answers of dev that no paired test could tell it was closed."""
    best = _best(facts, "dev")
    if best is None or not _below(facts) or facts.scope_target is None:
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
                _target(facts, best),
                f"The gap of {gap:.2f} is {changed:.1f} answers; {FEWEST_CHANGED} must change one way to be told from "
                "luck.",
            ),
            "genai-tui data import FILE --split dev",
        )


def show_examples(facts: ProjectFacts) -> Iterator[Advice]:
    """Merely asking was measured below the target, and no version with examples was."""
    best = _best(facts, "dev")
    if best is None or not _below(facts) or facts.shown.trained or not facts.train_rows:
        return
    if any(run.shots > 0 for run in facts.shown.measured):
        return
    shown = min(max(3, facts.train_answers), facts.train_rows)
    evidence = (scored(best), _target(facts, best))
    if (version := facts.shown.few_shot_prompt) is not None:
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
        f"genai-tui prompt export {best.prompt} | genai-tui prompt save - --from {best.prompt} --few-shot {shown}",
    )


def ask_for_form(facts: ProjectFacts) -> Iterator[Advice]:
    """Most wrong answers have the right words among others: a form would leave only those."""
    best = _best(facts, "dev")
    if best is None or not _below(facts) or best.schema or best.parent or best.wrong < 2:
        return
    if best.more * 2 >= best.wrong:
        file = "prompt.txt"
        yield Advice(
            "prompt",
            "Ask for JSON by a schema, or for the answer alone: the right words are there, among others.",
            (scored(best), f"{best.more} of {count(best.wrong, 'wrong answer')} contain the expected text."),
            f"genai-tui prompt export {best.prompt} > {file} && ${{EDITOR:-vi}} {file} && "
            f"genai-tui prompt save {file} --from {best.prompt}",
        )


def finetune(facts: ProjectFacts) -> Iterator[Advice]:
    """Prompting was tried and stays below the target: train, where there are rows to train on; else collect them."""
    best = _best(facts, "dev")
    if best is None or not _below(facts) or facts.shown.trained:
        return
    evidence = (*_prompting(facts), _target(facts, best))
    if facts.train_rows < ENOUGH_TO_TRAIN:
        yield Advice(
            "finetune",
            f"Collect rows for train, {ENOUGH_TO_TRAIN} at least: prompting stays below the target, and "
            f"{count(facts.train_rows, 'row is', 'rows are')} too few to train on.",
            (*evidence, *_worst(best)),
            "genai-tui data import FILE --split train",
        )
        return
    takes = f" ({facts.training_takes})" if facts.training_takes else ""
    embedded = best.model.startswith("embedded/")
    model = f" --model {shlex.quote(best.model)}" if not embedded or best.model != "embedded/smollm2-135m" else ""
    yield Advice(
        "finetune",
        f"Fine-tune {best.model} on the {count(facts.train_rows, 'row')} of train{takes}: prompting stays below the "
        "target.",
        (*evidence, *_worst(best)),
        f"genai-tui finetune start{model}",
    )


def after_training(facts: ProjectFacts) -> Iterator[Advice]:
    """Trained and better, and still below the target: more rows, of what fails; then a model that is larger."""
    best = _best(facts, "dev")
    if best is None or not _below(facts) or not facts.shown.trained:
        return
    pairs = () if facts.shown.pairs is None else (of_pairs(facts.shown.pairs),)
    evidence = (scored(best), _target(facts, best), *pairs)
    if facts.train_rows < MANY_TO_TRAIN:
        like = f", of “{short(best.worst[0])}” first" if best.worst else ""
        yield Advice(
            "finetune",
            f"Collect more rows for train{like}, and train again: {facts.train_rows:,} did not suffice.",
            (*evidence, *_worst(best)),
            "genai-tui data import FILE --split train",
        )
    else:
        yield Advice(
            "select",
            f"Train a larger model: {facts.train_rows:,} rows of train did not lift this one to the target.",
            evidence,
            "genai-tui model list",
        )


def larger_model(facts: ProjectFacts) -> Iterator[Advice]:
    """Nothing else holds, and what was measured lies below the target."""
    best = _best(facts, "dev")
    if best is not None and _below(facts):
        yield Advice(
            "select",
            f"Ask another model with prompt {best.prompt}: {best.model} stays below the target.",
            (scored(best), _target(facts, best)),
            "genai-tui model list",
        )


def _best(facts: ProjectFacts, split: str) -> MeasuredRun | None:
    of_it = [run for run in facts.shown.measured if run.split == split]
    return max(of_it, key=lambda run: (sign_of(run.scorer) * run.score, run.run), default=None)


def _below(facts: ProjectFacts) -> bool:
    """Whether the best on dev misses the target."""
    best = _best(facts, "dev")
    return best is not None and best.standing(facts.scope_target) == "missed"


def _target(facts: ProjectFacts, run: MeasuredRun) -> str:
    said = {"met": "met", "reached": "reached, not met", "missed": "not reached", "": "not said"}
    target = "–" if facts.scope_target is None else f"{facts.scope_target:.2f}"
    return f"The target, {run.scorer} {bound(run.scorer)} {target}, is {said[run.standing(facts.scope_target)]}."


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


def _worst(run: MeasuredRun) -> Iterator[str]:
    if run.worst is not None:
        name, wrong, rows = run.worst
        yield f"{wrong} of {count(rows, 'row')} that expect “{short(name)}” fail: the most of all."


def _rows_to_meet(run: MeasuredRun, target: float) -> int | None:
    """Rows with which the worse end of the interval would be at the target: its half shrinks with the root of n."""
    value: Value = run.value
    end = value.low if sign_of(run.scorer) > 0 else value.high
    gap = abs(run.score - target)
    if end is None or gap == 0:
        return None
    return math.ceil(value.n * (abs(run.score - end) / gap) ** 2)


def _fewest(target: float, run: MeasuredRun) -> int:
    """Rows that show a share without one fault: n / (n + z²) at the target (score interval, Wilson 1927)."""
    wanted = target if sign_of(run.scorer) > 0 else 1 - target
    if not 0 < wanted < 1:
        return 1
    rows = math.ceil(wanted * Z * Z / (1 - wanted))
    while score_interval(rows, rows)[0] < wanted:  # rounding
        rows += 1
    return rows


def _cost(run: MeasuredRun, rows: int) -> str:
    """What measuring so many rows should take, by what a row of an earlier run took."""
    parts = []
    if run.seconds is not None:
        seconds = run.seconds * rows
        parts.append(f"≈ {seconds:.0f} s" if seconds < 120 else f"≈ {seconds / 60:.0f} min")
    if run.usd:
        parts.append(f"≈ ${run.usd * rows:.2g}")
    return f" ({', '.join(parts)})" if parts else ""
