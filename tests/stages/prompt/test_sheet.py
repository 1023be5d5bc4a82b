"""The sheet: a prompt comes back out of the boxes to the same hash; drafts are read tolerantly; tries open again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.errors import UsageFault
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.stages.prompt.sheet import Column, Sheet, from_json, messages_of, sheet_of, sheet_of_try, subject_of
from genai_tui.stages.prompt.trying import Inputs, answered, answering
from genai_tui.store.generations import find_generation
from genai_tui.store.prompts import save_prompt
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import project_with

ODD = ["user:", "\\user:", "a\nsystem:\nb", "\n\nx\n\n", "---\n", "a\r\nb", " lead", "user: ", "\\\\assistant:\t", ""]
TEXT = (
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
    | st.sampled_from(ODD)
    | st.lists(st.sampled_from(ODD), max_size=4).map("\n".join)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SHOTS = st.lists(st.builds(FewShot, st.dictionaries(TEXT, JSON), JSON), max_size=3).map(tuple)
PICKS = st.sampled_from(["similar", "diverse"])
RULES = st.builds(ExampleRule, st.just("fixed"), SHOTS) | st.builds(
    ExampleRule, PICKS, st.just(()), st.integers(1, 9), st.integers(), st.just("g1:00")
)
PROMPTS = st.builds(
    Prompt,
    st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), TEXT), min_size=1, max_size=5).map(
        tuple
    ),
    RULES,
    st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    st.none() | st.dictionaries(st.text(max_size=5), JSON, max_size=3).map(lambda schema: {"schema": schema}),
)


@given(PROMPTS)
def test_a_prompt_comes_back_to_the_same_hash(prompt: Prompt) -> None:
    assert sheet_of(prompt).prompt().hash == prompt.hash


@given(PROMPTS)
def test_a_draft_comes_back_whole(prompt: Prompt) -> None:
    sheet = replace(sheet_of(prompt), columns=(Column("a/b", 3, {"temperature": 1}), Column()))
    assert from_json(json.loads(json.dumps(sheet.as_json()))) == sheet


@given(st.dictionaries(st.sampled_from([*Sheet.__dataclass_fields__, "later"]), JSON))
def test_a_broken_draft_is_read_as_far_as_it_can_be(data: dict) -> None:
    read = from_json(data)
    assert isinstance(read, Sheet)
    assert from_json(json.loads(json.dumps(read.as_json()))) == read
    if isinstance(data.get("template"), str):
        assert read.template == data["template"]


def test_system_and_one_message_stand_plain_in_their_boxes() -> None:
    sheet = sheet_of(Prompt((Message("system", "S"), Message("user", "T {{ x }}\n"))))
    assert (sheet.system, sheet.template) == ("S", "T {{ x }}\n")


def test_several_messages_have_role_lines() -> None:
    sheet = sheet_of(Prompt((Message("user", "a"), Message("assistant", "b"), Message("user", "user:"))))
    assert sheet.template == "user:\na\n\nassistant:\nb\n\nuser:\n\\user:"


def test_role_lines_are_read_as_people_type_them() -> None:
    assert messages_of("\nuser:\nHello\nassistant: \n\nHi\n\nuser:\nbye") == (
        Message("user", "Hello"), Message("assistant", "\nHi"), Message("user", "bye"),
    )  # fmt: skip


def test_text_before_the_first_role_line_is_a_fault_that_says_the_ways_out() -> None:
    with pytest.raises(UsageFault) as fault:
        messages_of("Hello\n\nassistant:\nHi")
    assert "line 3" in str(fault.value)
    assert "\\assistant:" in fault.value.do


def test_nothing_to_send_is_a_fault() -> None:
    with pytest.raises(UsageFault):
        Sheet().prompt()


def test_what_does_not_differ_is_the_version_itself(tmp_path: Path) -> None:
    with project_with(tmp_path / "p") as project:
        [saved] = project.writer.put_now(save_prompt(Prompt((Message("user", "{{ x }}"),), parameters={"t": 0})))
        sheet = sheet_of(saved)
        assert sheet.prompt().number == saved.number
        assert not sheet.changed
        changed = replace(sheet, template="{{ x }}?")
        assert (changed.prompt().number, changed.prompt().parent, changed.changed) == (0, saved.number, True)
        back = replace(changed, template="{{ x }}", parameters={"t": 0.0})
        assert back.prompt().number == saved.number


def test_a_column_has_its_own_model_version_and_parameters(tmp_path: Path) -> None:
    with project_with(tmp_path / "p", FakeEndpoint(port=9)) as project:
        first, second = project.writer.put_now(
            save_prompt(Prompt((Message("user", "one"),), parameters={"temperature": 0, "seed": 1})),
            save_prompt(Prompt((Message("user", "one"),), parameters={"temperature": 1})),
        )
        sheet = replace(sheet_of(first), template="typed")
        own = subject_of(project, sheet, Column("fake/m"))
        assert (own.endpoint.name, own.model_id, own.prompt.number, own.prompt.parent) == ("fake", "m", 0, first.number)
        assert subject_of(project, sheet, Column("fake/m", first.number)).prompt == first
        laid = subject_of(project, sheet, Column("fake/m", first.number, {"temperature": 2})).prompt
        assert (laid.number, laid.parameters) == (0, {"temperature": 2, "seed": 1})
        same = subject_of(project, sheet, Column("fake/m", first.number, {"temperature": 1, "seed": None})).prompt
        assert same.number == second.number  # what it comes to is a version already
        with pytest.raises(UsageFault):
            subject_of(project, sheet, Column("fake/m", 99))
        with pytest.raises(UsageFault):
            subject_of(project, sheet, Column("nowhere/m"))


@pytest.mark.parametrize("saved", [True, False])
async def test_a_try_opens_again_as_it_was(tmp_path: Path, saved: bool) -> None:
    rule = ExampleRule(fixed=(FewShot({"ticket": "{{ a }}"}, {"label": "ü"}),))
    prompt = Prompt(
        (Message("system", "S"), Message("user", "T {{ ticket }}"), Message("system", "user:")),
        rule, {"temperature": 0.5}, {"schema": {"type": "object"}},
    )  # fmt: skip
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            if saved:
                [prompt] = project.writer.put_now(save_prompt(prompt))
            sheet = sheet_of(prompt)
            subject = subject_of(project, sheet, Column("fake/echo"))
            async with project.asking() as asking:
                answer = await answering(
                    project, subject, Inputs({"ticket": "hello"}), asking=asking, stream=True, extra={"logprobs": True}
                )
                [*_, generation] = [item async for item in answered(answer)]
            kept = find_generation(project.reader, generation.id)
            again = sheet_of_try(project, kept)
            assert again == replace(sheet, columns=(Column("fake/echo"),))
            assert kept.inputs == {"ticket": "hello"}
            assert kept.prompt == (prompt.number or None)


async def test_a_try_that_kept_no_prompt_opens_with_what_was_sent(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = Sheet("S", "{{ x }}")
            async with project.asking() as asking:
                subject = subject_of(project, sheet, Column("fake/echo"))
                sent = 'a {{ b }} {% c %} {# d #} {{{ " \\ }}'
                answer = await answering(project, subject, Inputs({"x": sent}), asking=asking, stream=True)
                [*_, generation] = [item async for item in answered(answer)]
            project.writer.put_now(lambda connection: connection.execute("DELETE FROM unsaved_prompt"))
            again = sheet_of_try(project, replace(generation, exchanges=()))
            from genai_tui.answering.render import render

            assert [m.content for m in render(again.prompt(), {})] == ["S", sent]
