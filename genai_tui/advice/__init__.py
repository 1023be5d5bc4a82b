"""The next best step, with its evidence: rules over what the project knows. Pure; reads nothing."""

from collections.abc import Callable, Iterator

from genai_tui.advice import runs, tries
from genai_tui.advice.words import count
from genai_tui.records.stages import Advice, ProjectFacts

EMBEDDED = "embedded/smollm2-135m"
ENOUGH_TEST_ROWS = 100  # below it a 95 % interval is wider than about ±0.10 (Wilson, share 0.5)


def advise(facts: ProjectFacts) -> Advice:
    """The first step whose reason holds, in the order of the lifecycle."""
    for rule in RULES:
        for advice in rule(facts):
            return advice
    return Advice(
        "prompt",
        "Try the latest prompt on more rows of dev, and look at what fails.",
        (f"{count(facts.prompts, 'prompt version')} and {count(facts.tries, 'try', 'tries')} are kept.",),
        f"genai-tui prompt run {facts.latest_prompt} --row dev:1",
    )


def _scope_missing(facts: ProjectFacts) -> Iterator[Advice]:
    missing = [
        name
        for name, there in (
            ("problem", facts.scope_problem),
            ("metric", facts.scope_metric is not None),
            ("target", facts.scope_target is not None),
        )
        if not there
    ]
    if missing:
        named = " and ".join([", ".join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing)
        yield Advice(
            "scope",
            f"Say what it must do and when it is good enough: the scope has no {named}.",
            (f"The scope has no {named}.", "Every later stage measures against the scope's metric and target."),
            "genai-tui scope set problem='…' metric=exact target=0.9",
        )


def _scope_contradicts(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.scope_fault is not None:
        what, do = facts.scope_fault
        evidence = (what, do) if do else (what,)
        yield Advice("scope", f"Mend the scope, which contradicts itself: {what}", evidence, "genai-tui scope check")


def _no_data(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.datasets:
        yield Advice(
            "evaluate",
            "Import examples with the answers you expect: without them nothing can be measured.",
            ("The project has no dataset.",),
            "genai-tui data import FILE.csv --expected COLUMN",
        )


def _no_prompt(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.prompts:
        yield Advice(
            "prompt",
            "Save a first prompt, without examples, to see what merely asking gives.",
            (
                "The project has no prompt version.",
                f"{count(facts.datasets, 'dataset')}, {count(facts.dev_rows, 'row')} of dev to try it on.",
            ),
            "genai-tui prompt save FILE",
        )


def _no_weights(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.model_in_use in (None, EMBEDDED) and not facts.weights_present:
        in_use = f"The model in use is {EMBEDDED}." if facts.model_in_use else "No model is in use."
        yield Advice(
            "select",
            "Fetch the embedded model (about 93 MB, once), or connect an endpoint.",
            (in_use, "The weights of the embedded model are not on this machine."),
            f"genai-tui model pull {EMBEDDED}",
        )


def _no_model(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.model_in_use is None and facts.weights_present:
        yield Advice(
            "select",
            "Choose the model that is asked: the embedded one costs nothing, `model list` shows what else answers.",
            ("No model is in use.", f"The weights of {EMBEDDED} are on this machine."),
            f"genai-tui model use {EMBEDDED}",
        )


def _nothing_tried(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.tries and not facts.runs:
        where = "--row dev:1" if facts.dev_rows else ""
        yield Advice(
            "prompt",
            f"Run prompt {facts.latest_prompt} once and look at the answer.",
            (f"{count(facts.prompts, 'prompt version is', 'prompt versions are')} saved, and none has been tried.",),
            f"genai-tui prompt run {facts.latest_prompt} {where}".rstrip(),
        )


def _few_rows_measured(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.runs and facts.candidates and facts.dev_rows and not facts.tries and not facts.shown.measured:
        yield Advice(
            "evaluate",
            f"Measure your candidates on all {facts.dev_rows:,} rows of dev.",
            (f"{count(facts.runs, 'run is', 'runs are')} there, and none went over a whole split to its end.",),
            "genai-tui eval run C",
        )


def _of_tries(facts: ProjectFacts) -> Iterator[Advice]:
    """What tries say, while they are of something newer than what was measured."""
    newest = max((run.prompt for run in facts.shown.measured), default=0)
    if facts.shown.measured and (facts.tried is None or facts.tried.on_dev is not None or facts.tried.prompt <= newest):
        return
    for rule in TRIES:
        yield from rule(facts)


def _no_candidate(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.tries and not facts.candidates:
        yield Advice(
            "prompt",
            f"Make prompt {facts.latest_prompt} and its model a candidate: what can be measured and shipped.",
            (f"{count(facts.tries, 'try is', 'tries are')} kept, and there is no candidate.",),
            f"genai-tui candidate make --prompt {facts.latest_prompt}",
        )


def _small_test(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.datasets and facts.test_rows < ENOUGH_TEST_ROWS:
        rows = count(facts.test_rows, "row")
        yield Advice(
            "evaluate",
            f"Collect more rows for test: with {facts.test_rows} the last word will be vague.",
            (f"test has {rows}; below {ENOUGH_TEST_ROWS} a 95 % interval is wider than ±0.10.",),
            "genai-tui data import FILE --split test",
        )


Rule = Callable[[ProjectFacts], Iterator[Advice]]

TRIES: tuple[Rule, ...] = (
    tries.evaluate,
    tries.untried,
    tries.no_json,
    tries.few_shot,
    tries.says_more,
    tries.cut,
    tries.worst,
    tries.similar,
    tries.measure,
)
RULES: tuple[Rule, ...] = (
    _scope_missing,
    _scope_contradicts,
    _no_weights,
    _no_model,
    _no_data,
    _no_prompt,
    _nothing_tried,
    runs.training_now,
    _few_rows_measured,
    runs.seen,
    runs.met_on_test,
    runs.reached_on_test,
    runs.test_once,
    runs.trained_unmeasured,
    runs.training_broke_off,
    runs.measure_newest,
    _of_tries,
    runs.below_on_test,
    runs.not_better,
    runs.too_few_dev,
    runs.show_examples,
    runs.ask_for_form,
    runs.finetune,
    runs.after_training,
    runs.larger_model,
    _no_candidate,
    tries.another_model,
    _small_test,
)
