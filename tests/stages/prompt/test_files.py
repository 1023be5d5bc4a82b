"""Prompt files: what is exported and saved again is the same version."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genai_tui.answering.render import variables
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.stages.prompt.files import ROLES, read_prompt, write_prompt

ODD = [
    "user:",
    "a\nsystem:\nb",
    "\n\nx\n\n",
    "---\n",
    "a\r\nb",
    " lead",
    "trail ",
    "\tx",
    "#c",
    "no",
    "2020-01-01",
    "a: b",
]
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(ODD)

LEVELS = "".join(f" {new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghij"))
BOMB = f"---\nparameters:\n a: &a [xxxxxxxxx]\n{LEVELS}---\nhello"

FILE = """---
model: a note for people
parameters: {temperature: 0, max_tokens: 6}
examples:
  - inputs: {ticket: card charged twice}
    expected: no
output:
  schema: {type: object}
---
system:
You sort.

user:

Ticket: {{ ticket }}

Category:

"""


def test_a_file_says_messages_parameters_examples_and_output() -> None:
    prompt = read_prompt(FILE)
    assert prompt.messages == (Message("system", "You sort."), Message("user", "Ticket: {{ ticket }}\n\nCategory:"))
    assert prompt.parameters == {"temperature": 0, "max_tokens": 6}
    assert prompt.examples.fixed == (FewShot({"ticket": "card charged twice"}, "no"),)
    assert prompt.output == {"schema": {"type": "object"}}


def test_the_model_is_a_note_that_is_not_hashed() -> None:
    assert read_prompt(FILE).hash == read_prompt(FILE.replace("model: a note for people\n", "")).hash


def test_zero_and_zero_point_zero_are_one() -> None:
    assert read_prompt(FILE).hash == read_prompt(FILE.replace("temperature: 0", "temperature: 0.0")).hash


def test_a_text_without_role_lines_is_one_user_message() -> None:
    assert read_prompt("\n\nHello {{ x }}\nuser: not alone on its line\n\n").messages == (
        Message("user", "Hello {{ x }}\nuser: not alone on its line"),
    )


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_and_a_bom_do_not_matter(ends: str) -> None:
    assert read_prompt("\ufeff" + FILE.replace("\n", ends)).hash == read_prompt(FILE).hash


@given(
    st.lists(st.tuples(st.sampled_from(ROLES), TEXT), min_size=1, max_size=4),
    st.lists(st.tuples(TEXT, TEXT | st.integers() | st.none()), max_size=3),
)
def test_exporting_and_saving_again_gives_the_same_hash(messages: list, shots: list) -> None:
    rule = ExampleRule(fixed=tuple(FewShot({"a": a}, expected) for a, expected in shots))
    prompt = Prompt(tuple(Message(role, text) for role, text in messages), rule, {"temperature": 0.0})
    try:
        variables(prompt)
    except UsageFault:
        assume(False)
    assert read_prompt(write_prompt(prompt)).hash == prompt.hash


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nparameters: {temperature: 0}\nhello", ["line 1", "never closed"]),
        ("---\nexample: []\n---\nhello", ["unknown key: example", "examples"]),
        ("---\nparameters: [1\n---\nhello", ["no YAML"]),
        ("---\n- a\n---\nhello", ["no mapping"]),
        ("---\nparameters: {model: x}\n---\nhello", ["model", "--model"]),
        ("---\noutput: {type: object}\n---\nhello", ["schema"]),
        ("---\nexamples: [{inputs: {a: 1}}]\n---\nhello", ["Example 1", "expected"]),
        ("---\ninputs: [tickte]\n---\n{{ ticket }}", ["ask for ticket"]),
        ("---\nmessages: [{robot: x}]\n---\n", ["messages", "Roles are"]),
        ("intro\nuser:\nx", ["line 1", "first role line"]),
        ("", ["no message"]),
        ("{{ x", ["line 1"]),
        ("---\nparameters: {x: .nan}\n---\nhello", ["JSON cannot"]),
        ("---\nparameters: &a {b: *a}\n---\nhello", ["holds itself"]),
        (BOMB, ["aliases", "1,000,000"]),
        ("---\nexamples: {pick: similar, number: 2, seed: x}\n---\nhello", ["seed"]),
        ("---\nexamples: {pick: similar, number: true}\n---\nhello", ["number"]),
    ],
)
def test_a_fault_in_a_file_is_a_sentence(text: str, says: list[str]) -> None:
    with pytest.raises((FileFault, UsageFault)) as fault:
        read_prompt(text)
    assert all(word in str(fault.value) for word in says), str(fault.value)
