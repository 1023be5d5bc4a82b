"""Advice: the first step whose reason holds, always with evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.advice import advise
from genai_tui.lifecycle import BY_KEY
from genai_tui.records.stages import ProjectFacts

DONE = ProjectFacts(
    scope_problem=True, scope_metric="exact", scope_target=0.9, model_in_use="embedded/smollm2-135m",
    weights_present=True, prompts=3, few_shot_prompts=1, latest_prompt=3, datasets=1, dataset_in_use="tickets",
    train_rows=240, dev_rows=60, test_rows=200, tries=10, tries_right=5, tries_judged=10, candidates=1, runs=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "stage", "words"),
    [
        ({"scope_target": None, "scope_metric": None}, "scope", "metric and target"),
        ({"model_in_use": None, "weights_present": False}, "select", "Fetch"),
        ({"weights_present": False}, "select", "Fetch"),
        ({"datasets": 0}, "evaluate", "Import"),
        ({"prompts": 0, "latest_prompt": None}, "prompt", "first prompt"),
        ({"tries": 0, "tries_judged": 0, "tries_right": 0}, "prompt", "Run prompt 3"),
        ({"few_shot_prompts": 0, "tries_right": 1}, "prompt", "few examples"),
        ({"candidates": 0}, "prompt", "candidate"),
        ({"test_rows": 20}, "evaluate", "more rows"),
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
        dataset_in_use=st.none() | st.just("d"),
        train_rows=st.integers(0, 300),
        dev_rows=st.integers(0, 300),
        test_rows=st.integers(0, 300),
        tries=st.integers(0, 9),
        tries_right=st.integers(0, 9),
        tries_judged=st.integers(0, 9),
        candidates=st.integers(0, 2),
        runs=st.integers(0, 2),
    )
)
def test_there_is_always_a_step_with_evidence(facts: ProjectFacts) -> None:
    advice = advise(facts)
    assert advice.stage in BY_KEY
    assert advice.text
    assert advice.evidence
    assert all(advice.evidence)
