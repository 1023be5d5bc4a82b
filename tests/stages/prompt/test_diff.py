"""The difference of two versions: everything of both sides is in it, and words are marked within lines."""

from hypothesis import given
from hypothesis import strategies as st

from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.stages.prompt.diff import difference, line_difference

LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=12), max_size=6)


@given(LINES, LINES)
def test_both_sides_can_be_read_back(a: list[str], b: list[str]) -> None:
    lines = list(line_difference(a, b))
    assert [line.text for line in lines if line.kind != "added"] == a
    assert [line.text for line in lines if line.kind != "removed"] == b


@given(LINES)
def test_nothing_differs_from_itself(a: list[str]) -> None:
    assert all(line.kind == "same" for line in line_difference(a, a))


def test_a_changed_word_is_marked_within_its_line() -> None:
    removed, added = line_difference(["Sort the ticket."], ["Sort this ticket."])
    assert [piece.text for piece in removed.pieces if piece.kind == "removed"] == ["the"]
    assert [piece.text for piece in added.pieces if piece.kind == "added"] == ["this"]


def test_parameters_examples_and_messages_are_parts() -> None:
    a = Prompt((Message("system", "S"), Message("user", "{{ x }}")), parameters={"temperature": 0})
    shots = ExampleRule(fixed=(FewShot({"x": "late"}, "shipping"),))
    b = Prompt((Message("system", "S"), Message("user", "{{ x }}?")), shots, {"temperature": 0.5, "seed": 1})
    changed = {
        section.title: [line.text for line in section.lines if line.kind == "added"] for section in difference(a, b)
    }
    assert changed["system"] == []
    assert changed["user"] == ["{{ x }}?"]
    assert changed["examples"] == ["late → shipping"]
    assert changed["parameters"] == ["seed: 1", "temperature: 0.5"]
