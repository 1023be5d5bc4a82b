"""Few-shot examples by a rule: out of the pool alone, never the row itself, the same for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.answering.picking import Pool, pool_hash
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import ExampleRule

WORDS = st.lists(st.sampled_from("invoice lamp parcel password wish refund app login".split()), min_size=1, max_size=6)
ROWS = st.lists(
    st.builds(lambda words, label: Example({"t": " ".join(words)}, label), WORDS, st.sampled_from(["a", "b", None])),
    min_size=1, max_size=25, unique_by=lambda row: row.hash,
)  # fmt: skip
RULES = st.builds(
    ExampleRule, pick=st.sampled_from(["similar", "diverse"]), number=st.integers(1, 6), seed=st.integers(0, 3)
)


@given(ROWS, RULES, WORDS)
def test_what_is_picked_is_of_the_pool_never_the_row_itself_and_always_the_same(
    rows: list[Example], rule: ExampleRule, words: list[str]
) -> None:
    inputs = {"t": " ".join(words)}
    picked = Pool(rows).pick(rule, inputs)
    allowed = [(row.inputs, row.expected) for row in rows if row.expected is not None and row.inputs != inputs]
    assert all((shot.inputs, shot.expected) in allowed for shot in picked)
    assert len(picked) <= rule.number
    if rule.pick == "similar":
        assert len(picked) == min(rule.number, len(allowed))
    assert Pool(rows[::-1]).pick(rule, inputs) == picked


def test_the_likest_stands_next_to_the_question() -> None:
    rows = [Example({"t": text}, "x") for text in ("my parcel is late", "cannot sign in", "parcel arrived late again")]
    picked = Pool(rows).pick(ExampleRule("similar", number=2), {"t": "parcel again arrived late"})
    assert [shot.inputs["t"] for shot in picked] == ["my parcel is late", "parcel arrived late again"]


def test_diverse_rows_show_each_answer_before_one_twice() -> None:
    rows = [Example({"t": f"row {n} {'lamp' * (n % 2)}"}, "ab"[n % 2]) for n in range(10)]
    picked = Pool(rows).pick(ExampleRule("diverse", number=4), {"t": "new"})
    assert sorted(shot.expected for shot in picked) == ["a", "a", "b", "b"]


def test_a_pool_that_was_changed_is_refused() -> None:
    rows = [Example({"t": "x"}, "a")]
    rule = ExampleRule("similar", number=1, pool=pool_hash(rows))
    assert Pool(rows).pick(rule, {"t": "y"})
    with pytest.raises(UsageFault, match="changed"):
        Pool([*rows, Example({"t": "z"}, "b")]).pick(rule, {"t": "y"})
