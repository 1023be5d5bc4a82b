"""Rendering: what is sent for a prompt and its inputs, and what a template may not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.answering.render import render, variables
from genai_tui.errors import UsageFault
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


def asked(template: str, **inputs: object) -> str:
    """The text of the last message."""
    return render(Prompt((Message("user", template),)), inputs)[-1].content


def test_examples_stand_between_the_system_message_and_the_question() -> None:
    shots = ExampleRule(fixed=(FewShot({"ticket": "a"}, "billing"), FewShot({"ticket": "b"}, {"n": 1})))
    prompt = Prompt((Message("system", "Sort."), Message("user", "T: {{ ticket }}")), shots)
    assert [(m.role, m.content) for m in render(prompt, {"ticket": "c"})] == [
        ("system", "Sort."),
        ("user", "T: a"),
        ("assistant", "billing"),
        ("user", "T: b"),
        ("assistant", '{"n": 1}'),
        ("user", "T: c"),
    ]


@given(TEXT)
def test_any_value_stands_in_the_message_once_and_is_no_template(value: str) -> None:
    assert asked("<{{ x }}>", x=value) == f"<{value}>"


@pytest.mark.parametrize("name", ["self", "name", "source", "range", "loop", "inputs"])
def test_a_column_may_have_any_name_of_the_engine(name: str) -> None:
    assert asked("{{ " + name + " }}", **{name: "V"}) == "V"


def test_variables_are_those_the_templates_ask_for() -> None:
    prompt = Prompt((Message("system", "{{ b }}"), Message("user", "{% for x in xs %}{{ x }}{% endfor %}{{ a }}")))
    assert variables(prompt) == ("a", "b", "xs")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("one\n{{ missing }}", ["user message in line 2", "missing", "Given are: x"]),
        ("{{ x", ["line 1", "end of variable block"]),
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", ["works too long"]),
        ("{{ 'a' * 10**9 }}", ["too long"]),
        ("{{ x.__class__.__mro__ }}", ["line 1"]),
        ("{% include '/etc/passwd' %}", ["line 1"]),
    ],
)
def test_a_fault_names_the_message_and_the_line(template: str, says: list[str]) -> None:
    with pytest.raises(UsageFault) as fault:
        asked(template, x=1)
    assert all(word in str(fault.value) for word in says), str(fault.value)


def test_half_a_surrogate_pair_in_a_template_is_a_sentence() -> None:
    with pytest.raises(UsageFault, match="cannot be filled in"):
        asked("\ud800 {{ x }}", x="a")


@given(st.dictionaries(st.sampled_from("abc"), TEXT | st.integers() | st.none() | st.lists(TEXT, max_size=3)))
def test_rendering_is_pure(inputs: dict[str, object]) -> None:
    prompt = Prompt((Message("user", "{{ inputs | default('x') }}{% if a is defined %}{{ a }}{% endif %}"),))
    assert render(prompt, inputs) == render(prompt, dict(inputs))
