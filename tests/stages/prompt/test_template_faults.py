"""The fault of a template as it is typed: box and line; a variable that the row does not have is a hint."""

import pytest

from genai_tui.stages.prompt.faults import Fault, fault_of, names_of, unknown
from genai_tui.stages.prompt.sheet import Sheet

LOOP = "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("system", "template", "box", "line", "says"),
    [
        ("", "one\n{{ two", "template", 2, "end of input"),
        ("one\n\n{% if %}", "x", "system", 3, "end of block"),
        ("", "user:\na\n\nassistant:\nb\nc {{ d | nope }}", "template", 6, "nope is unknown"),
        ("", "\\user:\n{% endif %}", "template", 2, "endif"),
        ("", "\n\nuser:\n\\user: {{\n", "template", 4, "Unexpected"),
        ("", "Hello\nuser:\nx", "template", 1, "`user:` in line 2"),
        ("", f"a\n{LOOP}", "template", 2, "Works too long"),
        ("", "{{ 1 / 0 }}", "template", 1, "1 / 0"),
    ],
)
def test_a_fault_names_its_box_and_its_line(system: str, template: str, box: str, line: int, says: str) -> None:
    found = fault_of(Sheet(system, template), {"d": 1})
    assert found is not None
    assert (found.box, found.line) == (box, line)
    assert says in found.sentence


def test_what_only_filling_finds_is_found_with_inputs() -> None:
    assert fault_of(Sheet("", LOOP)) is None
    assert isinstance(fault_of(Sheet("", LOOP), {}), Fault)


def test_a_variable_that_is_not_given_is_no_fault() -> None:
    sheet = Sheet("{{ tone }}", "{{ tikcet }} {{ range(3) }}{% for x in rows %}{{ x }}{% endfor %}")
    assert fault_of(sheet, {}) is None
    assert unknown(sheet, ["ticket", "rows", "tone"]) == "tikcet: no such column; did you mean ticket?"
    assert unknown(sheet, ["tikcet", "rows", "tone"]) == ""
    assert "the row has no columns" in unknown(Sheet("", "{{ a }}"), [])


def test_variables_are_known_while_a_part_has_a_fault() -> None:
    assert names_of(Sheet("{{ a }}", "user:\n{{ b }}\n\nuser:\n{{ c")) == ("a", "b")
    assert names_of(Sheet("{{ a }}", "text\nuser:\n{{ b }}")) == ("a",)
