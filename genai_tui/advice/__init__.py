"""The next best step, with its evidence: rules over what the project knows. Pure; reads nothing."""

from collections.abc import Callable, Iterator

from genai_tui.advice import beginnings, last_word, runs, trainings, tries
from genai_tui.records.counts import count
from genai_tui.records.stages import Advice, ProjectFacts


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


Rule = Callable[[ProjectFacts], Iterator[Advice]]

RULES: tuple[Rule, ...] = (
    beginnings.scope_missing,
    beginnings.scope_contradicts,
    beginnings.no_weights,
    beginnings.no_model,
    beginnings.no_data,
    beginnings.no_prompt,
    beginnings.nothing_tried,
    trainings.training_now,
    beginnings.few_rows_measured,
    runs.seen,
    last_word.met_on_test,
    last_word.reached_on_test,
    last_word.on_test_once,
    trainings.trained_unmeasured,
    trainings.training_broke_off,
    runs.measure_newest,
    tries.newest,
    beginnings.nothing_measured,
    last_word.below_on_test,
    trainings.not_better,
    runs.too_few_dev,
    runs.show_examples,
    runs.ask_for_form,
    trainings.finetune,
    trainings.after_training,
    runs.larger_model,
    beginnings.no_candidate,
    tries.another_model,
    beginnings.small_test,
)
