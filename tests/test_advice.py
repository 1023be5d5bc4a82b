"""Advice: the first step whose reason holds, always with evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.advice import advise
from genai_tui.advice.tries import ENOUGH_TRIES
from genai_tui.lifecycle import BY_KEY
from genai_tui.records.intervals import score_interval
from genai_tui.records.stages import ProjectFacts, TriedVersion
from genai_tui.stages.evaluate.statistics.intervals import wilson

DONE = ProjectFacts(
    scope_problem=True, scope_metric="exact", scope_target=0.9, model_in_use="embedded/smollm2-135m",
    weights_present=True, prompts=3, few_shot_prompts=1, latest_prompt=3, datasets=1,
    train_rows=240, dev_rows=60, test_rows=200, tries=10, candidates=1, runs=0,
)  # fmt: skip

BARE = TriedVersion(
    prompt=3, model="embedded/smollm2-135m", shots=0, pick="fixed", schema=False, max_tokens=8, rows=9, right=1
)


@pytest.mark.parametrize(
    ("change", "stage", "words"),
    [
        ({"scope_target": None, "scope_metric": None}, "scope", "metric and target"),
        ({"model_in_use": None, "weights_present": False}, "select", "Fetch"),
        ({"weights_present": False}, "select", "Fetch"),
        ({"datasets": 0}, "evaluate", "Import"),
        ({"prompts": 0, "latest_prompt": None}, "prompt", "first prompt"),
        ({"tries": 0}, "prompt", "Run prompt 3"),
        ({"few_shot_prompts": 0, "tried": BARE}, "prompt", "few examples"),
        ({"candidates": 0}, "prompt", "candidate"),
        ({"test_rows": 20}, "evaluate", "more rows"),
        ({"tried": BARE._replace(pick="similar", shots=3)}, "prompt", "other models and fine-tuning"),
        ({"tried": BARE._replace(pick="similar", shots=3, candidate="c1")}, "evaluate", "Measure c1"),
        (
            {"tried": BARE._replace(pick="similar", shots=3, candidate="c1", on_dev=(0.5, 0.4, 0.6, 60))},
            "select",
            "another",
        ),
    ],
)
def test_each_rule_speaks_when_its_reason_holds(change: dict, stage: str, words: str) -> None:
    advice = advise(DONE._replace(**change))
    assert advice.stage == stage
    assert words in advice.text
    assert advice.evidence


def test_one_is_said_as_one() -> None:
    assert advise(DONE._replace(candidates=0, tries=1)).evidence == ("1 try is kept, and there is no candidate.",)


@given(
    st.builds(
        ProjectFacts,
        scope_problem=st.booleans(),
        scope_metric=st.none() | st.just("exact"),
        scope_target=st.none() | st.floats(0, 1),
        model_in_use=st.none() | st.just("a/b"),
        weights_present=st.booleans(),
        prompts=st.integers(0, 3),
        few_shot_prompts=st.integers(0, 3),
        latest_prompt=st.none() | st.integers(1, 3),
        datasets=st.integers(0, 2),
        train_rows=st.integers(0, 300),
        dev_rows=st.integers(0, 300),
        test_rows=st.integers(0, 300),
        tries=st.integers(0, 9),
        candidates=st.integers(0, 2),
        runs=st.integers(0, 2),
        tried=st.none()
        | st.builds(
            lambda rows, wrong, more, cut, broken, worst, both, **rest: TriedVersion(
                prompt=3,
                model="a/b c",
                max_tokens=None,
                rows=rows,
                right=rows - min(wrong, rows),
                more=min(more, wrong, rows),
                cut=min(cut, wrong, rows),
                broken=min(broken, wrong, rows),
                worst=(worst, 1, rows) if wrong and rows else None,
                without=(0, both, both) if both else None,
                **rest,
            ),
            rows=st.integers(0, 9),
            wrong=st.integers(0, 9),
            more=st.integers(0, 9),
            cut=st.integers(0, 9),
            broken=st.integers(0, 9),
            worst=st.text(max_size=99),
            both=st.integers(0, 4),
            shots=st.integers(0, 3),
            pick=st.sampled_from(["fixed", "similar"]),
            schema=st.booleans(),
            worst_shown=st.booleans(),
            candidate=st.none() | st.just("c 1"),
            on_dev=st.none() | st.just((0.5, 0.4, 0.6, 60)),
        ),
        similar_prompts=st.integers(0, 1),
        train_answers=st.integers(0, 6),
        scope_fault=st.none() | st.just(("It contradicts itself.", "Mend it.")),
    )
)
def test_there_is_always_a_step_with_evidence(facts: ProjectFacts) -> None:
    advice = advise(facts)
    assert advice.stage in BY_KEY
    assert advice.text
    assert advice.evidence
    assert all(advice.evidence)
    assert all("\n" not in line for line in (advice.text, advice.command, *advice.evidence))
    if facts.tried is not None and facts.tried.rows < ENOUGH_TRIES:
        measured = facts.tried._replace(
            rows=0, right=0, more=0, cut=0, broken=0, worst=None, without=None, untried=None
        )
        nothing_tried = facts._replace(tried=None if measured.on_dev is None else measured)
        assert advice == advise(nothing_tried), "two rows are no evidence; a run over dev is"


@given(st.integers(1, 500), st.integers(0, 500))
def test_the_interval_is_the_one_that_runs_are_given(n: int, right: int) -> None:
    assert score_interval(min(right, n), n) == pytest.approx(wilson(min(right, n), n))
