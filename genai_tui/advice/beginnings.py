"""Rules over what a project must have before anything can be measured: scope, model, rows, prompt, candidate."""

import shlex
from collections.abc import Iterator

from genai_tui.records.counts import count
from genai_tui.records.endpoints import EMBEDDED_MODEL
from genai_tui.records.stages import Advice, ProjectFacts

ENOUGH_TEST_ROWS = 100  # below it a 95 % interval is wider than about ±0.10 (Wilson, share 0.5)


def scope_missing(facts: ProjectFacts) -> Iterator[Advice]:
    """Nobody said what is wanted: every later stage measures against it."""
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


def scope_contradicts(facts: ProjectFacts) -> Iterator[Advice]:
    """What is wanted contradicts itself."""
    if facts.scope_fault is not None:
        what, do = facts.scope_fault
        evidence = (what, do) if do else (what,)
        yield Advice("scope", f"Mend the scope, which contradicts itself: {what}", evidence, "genai-tui scope check")


def no_data(facts: ProjectFacts) -> Iterator[Advice]:
    """Without rows nothing can be measured."""
    if not facts.datasets:
        yield Advice(
            "evaluate",
            "Import examples with the answers you expect: without them nothing can be measured.",
            ("The project has no dataset.",),
            "genai-tui data import FILE.csv --expected COLUMN",
        )


def no_prompt(facts: ProjectFacts) -> Iterator[Advice]:
    """Without a prompt nothing can be asked."""
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


def no_weights(facts: ProjectFacts) -> Iterator[Advice]:
    """The model in use is the embedded one, whose weights are not here."""
    if facts.model_in_use in (None, EMBEDDED_MODEL) and not facts.weights_present:
        in_use = f"The model in use is {EMBEDDED_MODEL}." if facts.model_in_use else "No model is in use."
        yield Advice(
            "select",
            "Fetch the embedded model (about 93 MB, once), or connect an endpoint.",
            (in_use, "The weights of the embedded model are not on this machine."),
            f"genai-tui model pull {EMBEDDED_MODEL}",
        )


def no_model(facts: ProjectFacts) -> Iterator[Advice]:
    """The embedded model could be asked, and none is chosen."""
    if facts.model_in_use is None and facts.weights_present:
        yield Advice(
            "select",
            "Choose the model that is asked: the embedded one costs nothing, `model list` shows what else answers.",
            ("No model is in use.", f"The weights of {EMBEDDED_MODEL} are on this machine."),
            f"genai-tui model use {EMBEDDED_MODEL}",
        )


def nothing_tried(facts: ProjectFacts) -> Iterator[Advice]:
    """A prompt is saved, and nobody has seen an answer to it."""
    if not facts.tries and not facts.runs:
        where = "--row dev:1" if facts.dev_rows else ""
        yield Advice(
            "prompt",
            f"Run prompt {facts.latest_prompt} once and look at the answer.",
            (f"{count(facts.prompts, 'prompt version is', 'prompt versions are')} saved, and none has been tried.",),
            f"genai-tui prompt run {facts.latest_prompt} {where}".rstrip(),
        )


def few_rows_measured(facts: ProjectFacts) -> Iterator[Advice]:
    """There are runs and no tries, and none of them says how good anything is."""
    if facts.runs and not facts.tries:
        yield from _measure(facts)


def nothing_measured(facts: ProjectFacts) -> Iterator[Advice]:
    """There is a candidate that was not measured, and nothing to hold it against."""
    if facts.shown.unmeasured is not None:
        yield from _measure(facts)


def _measure(facts: ProjectFacts) -> Iterator[Advice]:
    """Advise a run over all of dev, where no run has a score over a whole split."""
    if not facts.candidates or not facts.dev_rows or facts.shown.measured:
        return
    name = facts.shown.unmeasured
    by = f" by {facts.scope_metric}" if facts.scope_metric else ""
    there = f"{count(facts.candidates, 'candidate is', 'candidates are')} there, and no run."
    if facts.runs:
        lack = f"none has a score{by} over all of dev or test of the dataset in use"
        there = f"{count(facts.runs, 'run is', 'runs are')} there, and {lack}."
    yield Advice(
        "evaluate",
        f"Measure {name or 'your candidates'} on all {count(facts.dev_rows, 'row')} of dev.",
        (there,),
        f"genai-tui eval run {shlex.quote(name) if name else 'C'}",
    )


def no_candidate(facts: ProjectFacts) -> Iterator[Advice]:
    """There are tries, and nothing that can be measured."""
    if facts.tries and not facts.candidates:
        yield Advice(
            "prompt",
            f"Make prompt {facts.latest_prompt} and its model a candidate: what can be measured and shipped.",
            (f"{count(facts.tries, 'try is', 'tries are')} kept, and there is no candidate.",),
            f"genai-tui candidate make --prompt {facts.latest_prompt}",
        )


def small_test(facts: ProjectFacts) -> Iterator[Advice]:
    """Test is too small for a last word."""
    if facts.datasets and facts.test_rows < ENOUGH_TEST_ROWS:
        rows = count(facts.test_rows, "row")
        yield Advice(
            "evaluate",
            f"Collect more rows for test: with {facts.test_rows} the last word will be vague.",
            (f"test has {rows}; below {ENOUGH_TEST_ROWS} a 95 % interval is wider than ±0.10.",),
            "genai-tui data import FILE --split test",
        )
