"""Tokens of each part and of the whole: by the server's own tokenizer where it is awake, else as a guess."""

from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.inference.tokens import A_MESSAGE, AN_ANSWER, count
from genai_tui.records.endpoints import EndpointReport
from genai_tui.records.prompts import ExampleRule, FewShot
from genai_tui.settings import save_report
from genai_tui.stages.prompt import shots
from genai_tui.stages.prompt.asking import columns
from genai_tui.stages.prompt.counting import Counting
from genai_tui.stages.prompt.sheet import Column, Sheet
from genai_tui.stages.prompt.trying import Inputs
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import TICKETS, project_with
from tests.support.weights import fetched_weights, weights  # noqa: F401 - fixtures

SHOTS = ExampleRule(
    fixed=(FewShot({"ticket": "card charged twice"}, "billing"), FewShot({"ticket": "it fails"}, "bug"))
)
SHEET = Sheet("You sort tickets.", "Ticket: {{ ticket }}\nCategory:", SHOTS)
INPUTS = {"ticket": "I was billed for a plan I never had"}
PARTS = (
    "You sort tickets.",
    "Ticket: I was billed for a plan I never had\nCategory:",
    ("Ticket: card charged twice\nCategory:", "billing", "Ticket: it fails\nCategory:", "bug"),
)


async def test_each_part_is_counted_as_it_is_sent(tmp_path: Path) -> None:
    with project_with(tmp_path / "p", FakeEndpoint(port=9)) as project:
        counts = await Counting(project).counts(SHEET, Column("fake/gpt-4o"), INPUTS)
        tokens = [count(PARTS[0], "gpt-4o").tokens, count(PARTS[1], "gpt-4o").tokens]
        examples = sum(count(text, "gpt-4o").tokens for text in PARTS[2])
        assert (counts.system, counts.template, counts.examples) == (*tokens, examples)
        assert counts.whole == sum(tokens) + examples + 6 * A_MESSAGE + AN_ANSWER
        assert not counts.guessed
        guess = await Counting(project).counts(SHEET, Column("fake/llama"), INPUTS)
        assert guess.guessed
        assert guess.whole_guessed
        assert guess.template == counts.template  # o200k stands in


async def test_an_exact_count_does_not_make_anothers_guess_exact(tmp_path: Path) -> None:
    with project_with(tmp_path / "p", FakeEndpoint(port=9)) as project:
        counting = Counting(project)
        assert not (await counting.counts(SHEET, Column("fake/gpt-4o"), INPUTS)).guessed
        assert (await counting.counts(SHEET, Column("fake/llama"), INPUTS)).guessed


def ready(name: str) -> None:
    save_report(EndpointReport(name, "ready", models={"echo": {"context_tokens": 20}}))


async def test_a_local_server_that_answered_counts_itself_and_each_text_once(tmp_path: Path) -> None:
    async with FakeEndpoint(tokenizes=True) as fake:
        with project_with(tmp_path / "p", fake) as project:
            ready("fake")
            async with project.asking() as asking:
                counting = Counting(project, asking)
                counts = await counting.counts(SHEET, Column("fake/echo"), INPUTS)
                words = [len(PARTS[0].split()), len(PARTS[1].split()), sum(len(text.split()) for text in PARTS[2])]
                assert [counts.system, counts.template, counts.examples] == words
                assert (counts.guessed, counts.whole_guessed) == (False, True)
                assert counts.context == 20
                assert counts.over == counts.whole - 20 > 0
                asked = len(fake.received)
                await counting.counts(replace(SHEET, template=SHEET.template + "x"), Column("fake/echo"), INPUTS)
                # of six texts the system message and the two answers are as before
                assert len(fake.received) - asked == 3
                await counting.counts(SHEET, Column("fake/echo"), INPUTS)
                assert len(fake.received) - asked == 3


async def test_a_server_without_a_tokenizer_is_asked_once(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            ready("fake")
            async with project.asking() as asking:
                counting = Counting(project, asking)
                for text in ("a", "b", "c"):
                    assert (await counting.counts(Sheet("", text), Column("fake/echo"), {})).guessed
            assert len({received.path for received in fake.received}) == 1
            assert len(fake.received) == 2  # llama.cpp's way, and vLLM's


async def test_a_server_that_never_answered_is_not_contacted(tmp_path: Path) -> None:
    async with FakeEndpoint(tokenizes=True) as fake:
        with project_with(tmp_path / "p", fake) as project:
            async with project.asking() as asking:
                counts = await Counting(project, asking).counts(SHEET, Column("fake/echo"), INPUTS)
            assert counts.guessed
            assert not fake.received


async def test_similar_examples_are_counted_for_the_row(tmp_path: Path) -> None:
    with project_with(tmp_path / "p", FakeEndpoint(port=9)) as project:
        sheet = shots.pick(project, shots.turn(project, shots.turn(project, SHEET)), "similar")
        counting = Counting(project)
        one = await counting.counts(sheet, Column("fake/gpt-4o"), {"ticket": TICKETS["dev"][0][0]})
        zero = await counting.counts(replace(sheet, examples=ExampleRule()), Column("fake/gpt-4o"), INPUTS)
        assert one.examples > 0
        assert zero.examples == 0


async def test_what_cannot_be_filled_is_said(tmp_path: Path) -> None:
    with project_with(tmp_path / "p", FakeEndpoint(port=9)) as project, pytest.raises(UsageFault):
        await Counting(project).counts(SHEET, Column("fake/gpt-4o"), {})


async def test_counting_never_wakes_the_embedded_model_and_asks_it_once_it_is_awake(
    weights: Path,  # noqa: F811 - a fixture
    tmp_path: Path,
) -> None:
    with project_with(tmp_path / "p") as project:
        column = Column("embedded/smollm2-135m")
        async with project.asking() as asking:
            counting = Counting(project, asking)
            asleep = await counting.counts(SHEET, column, INPUTS)
            assert asleep.guessed
            assert asleep.context
            sheet = replace(SHEET, columns=(column,), parameters={"max_tokens": 1})
            async with columns(project, sheet, Inputs(INPUTS), asking=asking) as answers:
                ends = [came async for came in answers if came.ended]
            awake = await counting.counts(SHEET, column, INPUTS)
            assert not awake.guessed
            generation = ends[0].generation
            assert generation is not None
            assert generation.usage is not None
            assert not awake.whole_guessed
            assert awake.whole == generation.usage.input_tokens
