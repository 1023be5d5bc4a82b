"""Columns and samples: at once, each by itself, kept whatever happens; what samples differ in."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.answering.recovering import recover
from genai_tui.answering.together import Came, Together
from genai_tui.errors import MissingPiece, UsageFault
from genai_tui.records.generations import Generation, Moments
from genai_tui.stages.prompt.asking import ask_all, columns
from genai_tui.stages.prompt.samples import AT_ONCE, Agreement, agreement
from genai_tui.stages.prompt.sheet import Column, Sheet, sheet_of_try
from genai_tui.stages.prompt.trying import LOGPROBS, Inputs
from genai_tui.store.generations import find_generation, page_generations
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import project_with

SHEET = Sheet("S", "one two three {{ x }}")
INPUTS = Inputs({"x": "four"})


def asked_of(*models: str) -> Sheet:
    return replace(SHEET, columns=tuple(Column(model) for model in models))


async def gathered(answers: Together) -> dict[int, tuple[str, Came]]:
    """The text of each answer as it came, and its end."""
    texts: dict[int, str] = {}
    ends: dict[int, Came] = {}
    async with answers:
        async for came in answers:
            assert came.place not in ends
            texts[came.place] = texts.get(came.place, "") + came.text
            if came.ended:
                ends[came.place] = came
    return {place: (texts[place], end) for place, end in sorted(ends.items())}


async def test_four_columns_stream_at_once_and_each_is_a_try(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = asked_of("fake/slow-20", "fake/slow-21", "fake/slow-22", "fake/reasoning")
            async with project.asking() as asking:
                ended = await gathered(columns(project, sheet, INPUTS, asking=asking))
            assert fake.most_in_flight >= 3
            assert [text for text, _ in ended.values()] == ["one two three four"] * 4
            for place, (text, end) in ended.items():
                assert end.generation is not None
                kept = find_generation(project.reader, end.generation.id)
                assert (kept.text, kept.purpose, kept.inputs) == (text, "try", INPUTS.values)
                assert kept.model == sheet.columns[place].model
            assert ended[3][1].generation is not None
            assert ended[3][1].generation.reasoning == "Let me think. "


async def test_one_column_fails_alone(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = asked_of("fake/echo", "fake/fault-400", "nowhere/m", "embedded/smollm2-135m")
            async with project.asking() as asking:
                ended = await gathered(columns(project, sheet, INPUTS, asking=asking))
            first, failed, unknown, missing = (ended[place][1] for place in range(4))
            assert first.generation is not None
            assert first.generation.error is None
            assert failed.generation is not None  # it was asked: what came of it is kept
            assert failed.generation.error is not None
            assert (unknown.generation, type(unknown.error)) == (None, UsageFault)
            assert (missing.generation, type(missing.error)) == (None, MissingPiece)


async def test_one_column_or_all_are_stopped_and_what_came_is_kept(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = asked_of("fake/stall", "fake/slow-5", "fake/stall", "fake/stall")
            ends: dict[int, Came] = {}
            async with project.asking() as asking, columns(project, sheet, INPUTS, asking=asking) as answers:
                begun: set[int] = set()
                async for came in answers:
                    begun |= {came.place} if came.text else set()
                    if came.ended:
                        ends[came.place] = came
                    if came.place == 0 and came.text:
                        answers.cancel(0)
                        answers.cancel(0)
                    if set(ends) == {0, 1} and begun == {0, 1, 2, 3} and answers.running == {2, 3}:
                        answers.cancel()
            assert sorted(ends) == [0, 1, 2, 3]
            for place in (0, 2, 3):
                kept = ends[place].generation
                assert kept is not None
                assert (kept.text, kept.finish_reason) == ("one ", "cancelled")
                assert find_generation(project.reader, kept.id).text == "one "
            assert ends[1].generation is not None
            assert ends[1].generation.finish_reason == "stop"


@pytest.mark.parametrize("entered", [True, False])
async def test_who_leaves_stops_all_and_loses_nothing(tmp_path: Path, entered: bool) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = asked_of("fake/stall", "fake/stall")
            async with project.asking() as asking:
                came_of_both = asyncio.Event()

                async def watch() -> None:
                    seen: set[int] = set()
                    answers = columns(project, sheet, INPUTS, asking=asking)
                    async with answers if entered else nullcontext():
                        async for came in answers:
                            seen.add(came.place)
                            if seen == {0, 1}:
                                came_of_both.set()

                task = asyncio.create_task(watch())
                await came_of_both.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            kept = page_generations(project.reader, purpose="try")
            assert [(each.text, each.finish_reason) for each in kept] == [("one ", "cancelled")] * 2


async def test_stopped_before_anything_was_asked(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            sheet = asked_of("fake/echo", "fake/echo")
            async with project.asking() as asking, columns(project, sheet, INPUTS, asking=asking) as answers:
                coming = aiter(answers)
                first = asyncio.ensure_future(anext(coming))
                await asyncio.sleep(0)  # the questions are there, and none was sent
                answers.cancel()
                ended = [await first, await anext(coming)]
            assert [(each.ended, each.generation, each.error) for each in ended] == [(True, None, None)] * 2
            assert not fake.requests


async def test_what_is_laid_over_is_sent_and_is_no_part_of_the_prompt(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            async with project.asking() as asking:
                await gathered(columns(project, asked_of("fake/echo"), INPUTS, asking=asking, extra=LOGPROBS))
            [request] = fake.requests
            assert (request.json["logprobs"], request.json["top_logprobs"]) == (True, 5)
            assert "logprobs" not in SHEET.prompt().parameters


async def test_a_slow_reader_gets_everything(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            text = ""
            async with project.asking() as asking:
                sheet = asked_of("fake/count-3000", "fake/count-10")
                async with columns(project, sheet, INPUTS, asking=asking) as answers:
                    pieces = 0
                    async for came in answers:
                        while not pieces and answers.running:
                            await asyncio.sleep(0)  # the screen is busy until all has come
                        pieces += 1
                        text += came.text if came.place == 0 else ""
            assert text == " ".join(str(number + 1) for number in range(3000))
            assert pieces <= 6


async def test_samples_are_tries_with_their_repeat_numbers(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            async with project.asking() as asking:
                questions = [(Column("fake/slow-5"), repeat) for repeat in range(6)]
                ended = await gathered(
                    ask_all(project, SHEET, INPUTS, asking=asking, questions=questions, at_once=AT_ONCE)
                )
            generations = [end.generation for _, end in ended.values()]
            assert [each.repeat for each in generations if each is not None] == list(range(6))
            assert fake.most_in_flight <= 4
            said = agreement(generations)
            assert (said.asked, said.answered, said.share) == (6, 6, 1.0)
            assert [(each.text, each.times) for each in said.distinct] == [("one two three four", 6)]


def answer(text: str, number: int, finish: str = "stop") -> Generation:
    return Generation("try", "a", "b", text, finish, None, None, Moments(0.0), id=number)


def test_what_samples_differ_in_is_marked_by_words() -> None:
    said = agreement(
        [answer("billing", 1), answer("It is billing.", 2), answer("It is technical.\n", 3),
         answer("It is billing.", 4), answer("It is", 5, "cancelled"), None]
    )  # fmt: skip
    assert (said.asked, said.answered, said.share) == (6, 4, 0.5)
    assert [(each.text, each.times, each.generations) for each in said.distinct] == [
        ("It is billing.", 2, (2, 4)), ("billing", 1, (1,)), ("It is technical.", 1, (3,)),
    ]  # fmt: skip
    [line] = said.distinct[0].lines
    assert line.kind == "same"
    added = [piece.text for line in said.distinct[2].lines for piece in line.pieces if piece.kind == "added"]
    assert added == ["technical"]


def test_where_nothing_was_answered_there_is_no_share() -> None:
    assert agreement([None, answer("x", 1, "cancelled")]) == Agreement((), 2, 0, None)


def test_long_answers_are_counted_and_not_compared() -> None:
    said = agreement([answer("a b " * 100_000, 1), answer("a c " * 100_000, 2)])
    assert [each.times for each in said.distinct] == [1, 1]
    assert all(line.kind == "same" for each in said.distinct for line in each.lines)


async def test_what_comes_is_kept_meanwhile_and_leaves_no_trace_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genai_tui.answering.answer.KEPT_EVERY_S", 0.01)
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            kept: list[int] = []
            async with project.asking() as asking:
                sheet = asked_of("fake/slow-40", "fake/stall")
                async with columns(project, sheet, INPUTS, asking=asking) as answers:
                    async for came in answers:
                        kept += [row[0] for row in project.reader.rows("SELECT count(*) FROM unfinished")]
                        if came.place == 0 and came.ended:
                            answers.cancel()
            assert max(kept) == 2
            assert project.reader.rows("SELECT count(*) FROM unfinished") == [(0,)]
            assert [each.text for each in page_generations(project.reader)] == ["one ", "one two three four"]


async def test_an_answer_of_a_dead_process_is_recovered_once_with_its_unsaved_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genai_tui.answering.answer.KEPT_EVERY_S", 0.01)
    async with FakeEndpoint() as fake:
        with project_with(tmp_path / "p", fake) as project:
            rows: list[tuple[object, ...]] = []
            async with project.asking() as asking:
                sheet = asked_of("fake/slow-40")
                async with columns(project, sheet, INPUTS, asking=asking) as answers:
                    async for _ in answers:
                        rows = project.reader.rows("SELECT * FROM unfinished") or rows
            key, _, started, host, boot, text = rows[0]
            dead = (key, 2**22 - 1, started, host, boot, text)  # as a process that is no more left it
            project.writer.put_now(lambda c: c.execute("INSERT INTO unfinished VALUES (?, ?, ?, ?, ?, ?)", dead))
            numbers = [await recover(project.writer, project.settings.endpoints) for _ in range(2)]
            assert [len(each) for each in numbers] == [1, 0]
            again = find_generation(project.reader, numbers[0][0])
            assert again.text
            assert again.error is not None
            assert again.usage is not None
            assert again.usage.guessed
            assert sheet_of_try(project, again) == replace(SHEET, columns=(Column("fake/slow-40"),))
