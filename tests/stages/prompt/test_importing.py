"""Prompts of other programs: what means the same comes in, what does not is refused by name."""

import json

import pytest

from genai_tui.answering.render import render, variables
from genai_tui.errors import FileFault
from genai_tui.records.prompts import Message
from genai_tui.stages.prompt.importing import import_prompts


def test_a_messages_json() -> None:
    [found] = import_prompts(
        '[{"role": "developer", "content": "S"}, {"role": "user", "content": "{{ x }}"}]', "a.json"
    )
    assert found.prompt.messages == (Message("system", "S"), Message("user", "{{ x }}"))


def test_a_request_body_keeps_what_decides_the_answer_and_says_the_rest() -> None:
    body = {
        "model": "m", "temperature": 0.2, "stream": True, "x_own": 1,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    }  # fmt: skip
    [found] = import_prompts(json.dumps(body), "body.json")
    assert found.prompt.parameters == {"temperature": 0.2}
    assert found.prompt.messages == (Message("user", "ab"),)
    assert any("x_own" in note for note in found.notes)
    assert any("model m" in note for note in found.notes)


def test_a_promptfoo_text_file_holds_several() -> None:
    found = import_prompts("Sort: {{ x }}\n---\nSort it, {{ x | dump }}\n----\nnot parted\n", "prompts.txt")
    assert [item.prompt.messages[0].content for item in found] == [
        "Sort: {{ x }}", "Sort it, {{ x | tojson }}\n----\nnot parted",
    ]  # fmt: skip
    assert found[1].notes == ("`dump` was rewritten as `tojson`.",)


def test_a_promptfoo_yaml_chat() -> None:
    [found] = import_prompts("- role: system\n  content: no\n- role: user\n  content: '{{ x }}'\n", "chat.yaml")
    assert found.prompt.messages == (Message("system", "no"), Message("user", "{{ x }}"))


def test_a_promptfoo_table_is_a_prompt_a_row() -> None:
    found = import_prompts('label,prompt\nshort,"Say, {{ x }}"\n\n,"two\nlines"\n', "prompts.csv")
    assert [item.prompt.messages[0].content for item in found] == ["Say, {{ x }}", "two\nlines"]
    assert [item.notes for item in found] == [("Its label is short.",), ()]
    one_column = import_prompts("Say {{ x }}\nSing {{ x }}\n", "prompts.csv")
    assert [item.prompt.messages[0].content for item in one_column] == ["Say {{ x }}", "Sing {{ x }}"]


def test_macros_come_in_and_are_filled_in() -> None:
    text = (
        "{% macro tag(x, y='!') %}<{{ x }}{{ y }}>{% endmacro %}{{ tag(a) }}"
        "{% macro box(x) %}{{ x }}: {{ caller() }}{% endmacro %}{% call box(a) %}in{% endcall %}"
    )
    [found] = import_prompts(text, "p.txt")
    assert variables(found.prompt) == ("a",)
    assert render(found.prompt, {"a": 1})[0].content == "<1!>1: in"


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("{% include 'other' %}", "p.txt", "include"),
        ("{% asyncEach x in xs %}{{ x }}{% endeach %}", "p.txt", "p.txt: The template of the user message"),
        ("{% asyncEach x in xs %}{{ x }}{% endeach %}", "p.txt", "asyncEach"),
        ("{{ xs | replace(r/a/, 'b') }}", "p.txt", "a regular expression"),
        ("hi {{ env.HOME }}", "p.txt", "env."),
        ("{{ xs.map(f) }}", "p.txt", "JavaScript"),
        ("module.exports = 1", "p.js", "nothing of it is run"),
        ('[{"role": "tool", "content": "x"}]', "m.json", "tool"),
        ('[{"role": "user", "content": [{"type": "image_url"}]}]', "m.json", "no text"),
        ("[1, 2", "m.json", "begins like JSON"),
        ('{"prompt": "x"}', "m.json", "no messages"),
        ("\n\n", "p.txt", "no prompt"),
        ("prompts: [a, b]\nproviders: [openai:x]\n", "promptfooconfig.yaml", "eval run --config promptfooconfig.yaml"),
        ("text,label\nhi,x\n", "p.csv", "no column called prompt"),
        ('prompt\n"never closed\n', "p.csv", "no table"),
        ("prompt,label\n,x\n", "p.csv", "no prompt"),
    ],
)
def test_what_cannot_be_imported_is_named(text: str, name: str, says: str) -> None:
    with pytest.raises(FileFault) as fault:
        import_prompts(text, name)
    assert says in str(fault.value)
