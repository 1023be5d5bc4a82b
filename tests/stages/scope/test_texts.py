"""Examples as lines and a scope as Markdown: what is written is read as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.scopes import Scope, ScopeExample
from genai_tui.stages.scope.examples import in_lines, read_lines
from genai_tui.stages.scope.markdown import export, read
from genai_tui.stages.scope.setting import KEYS, changed, same
from genai_tui.stages.scope.versions import changes, rows, summary

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
PARAGRAPHS = st.lists(
    st.sampled_from(["# a", "## Harms", "- **metric**: exact", "```", "\\# b", "–", "", "plain words", "<!-- x -->"]),
    max_size=5,
).map(lambda lines: "\n".join(lines).strip())


def test_examples_are_an_input_an_arrow_and_an_output() -> None:
    assert read_lines("charged twice => billing\n\n app crashes → technical \n") == (
        ScopeExample("charged twice", "billing"),
        ScopeExample("app crashes", "technical"),
    )


@given(st.lists(st.builds(ScopeExample, TEXT, TEXT), max_size=3).map(tuple))
def test_any_examples_come_back(examples: tuple[ScopeExample, ...]) -> None:
    assert read_lines(in_lines(examples)) == examples


def test_a_line_that_is_no_example_is_named() -> None:
    with pytest.raises(UsageFault, match="Line 2 of the examples"):
        read_lines("a => b\nnothing")
    with pytest.raises(UsageFault, match="at most 200"):
        read_lines("a => b\n" * 201)


@given(PARAGRAPHS, PARAGRAPHS, st.none() | st.floats(0, 1), st.lists(st.builds(ScopeExample, TEXT, TEXT), max_size=2))
def test_markdown_comes_back(problem: str, harms: str, target: float | None, examples: list[ScopeExample]) -> None:
    target = None if target is None else float(f"{target:.6g}")
    scope = Scope(problem="" if problem == "–" else problem, harms=harms, target=target, examples=tuple(examples))
    values = read(export(scope))
    assert set(values) == set(KEYS)
    assert same(changed(Scope(problem="another", metric="exact"), values), scope)


def test_markdown_that_people_wrote() -> None:
    found = read("# Scope\n\n## Problem\n\nSort tickets.\n\n- **target**: 0.9\n")
    assert found == {"problem": "Sort tickets.", "target": "0.9"}
    with pytest.raises(FileFault, match="Line 1 names no field"):
        read("## Harm\n\nnone\n")
    with pytest.raises(FileFault, match="no scope"):
        read("# A recipe\n")


def test_what_changed_is_said() -> None:
    before = Scope(version=1, target=0.8, problem="Sort.", harms="a\nb")
    after = Scope(version=2, target=0.9, problem="Sort.", harms="a\nc")
    assert [change.key for change in changes(before, after)] == ["target", "harms"]
    assert list(changes(before, after)[1].lines()) == [(" ", "a"), ("-", "b"), ("+", "c")]
    assert summary(before, after) == "target 0.80 → 0.90, harms"
    assert [told for _, told in rows([after, before], None)] == ["target 0.80 → 0.90, harms", "the first"]
