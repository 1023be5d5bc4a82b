"""Where rows come from on the screen: moved and taken back, answered by another model, measured too and allowed."""

from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example, Split
from genai_tui.store.datasets import find_dataset
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.runs import begin_run, keep_result, let_go, page_runs
from tests.screens.conftest import endpoint
from tests.support.evaluated import with_run
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, opened
from tests.support.weights import fetched_weights, weights

__all__ = ["endpoint", "fetched_weights", "weights"]
pytestmark = pytest.mark.usefixtures("weights")
LABELS = ("billing", "account")


def with_rows(project: Project, splits: dict[Split, list[Example]]) -> None:
    """Another version of the sample's dataset."""
    version = project.writer.put_now(begin_import("tickets", "made.jsonl", "by hand"))[0]
    for split, rows in splits.items():
        project.writer.put_now(add_examples(version, split, 1, rows))
    project.writer.put_now(finish_import(version))


def tickets(first: int, count: int, *, answered: bool = True) -> list[Example]:
    """Rows that are like no other."""
    places = range(first, first + count)
    words = ["".join(chr(97 + place // 26**power % 26) for power in range(4)) for place in places]
    return [
        Example({"ticket": f"{word} {word[::-1]} is {word * 2}"}, LABELS[place % 2] if answered else None)
        for place, word in zip(places, words, strict=True)
    ]


async def on_data(panes: Panes) -> None:
    await panes.press("4")
    await panes.until(lambda: panes.where == "FineTune" and panes.part("#sources").count("\n"))
    await panes.until(lambda: getattr(panes.app.screen, "settled"))  # noqa: B009 - of this screen alone


async def choose(panes: Panes, name: str) -> None:
    """Put the cursor on a source and press enter."""
    await panes.press("g")
    for _ in range(9):
        if any(name in line and "▸" in line for line in panes.part("#sources").splitlines()):
            break
        await panes.press("j")
    await panes.press("enter")


async def test_failures_that_were_moved_are_taken_back_with_one_key(sample: Project, endpoint: FakeEndpoint) -> None:
    with_run(sample, "small", lambda place, row: "billing")
    before = dict(find_dataset(sample.reader).splits)
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await choose(panes, "failures of")
        assert "Enter again moves them" in panes.last_line
        assert find_dataset(sample.reader).splits == before
        await panes.press("enter")
        await panes.until(lambda: "u takes it back" in panes.last_line)
        assert find_dataset(sample.reader).splits["train"] == before["train"] + 48
        await panes.until(lambda: "48 rows moved from dev to train" in panes.part("#sources"))
        await panes.press("u")
        await panes.until(lambda: "is as v1 was" in panes.last_line)
        assert "48 rows moved" in panes.last_line
        assert find_dataset(sample.reader).splits == before
        await choose(panes, "last change")
        await panes.until(lambda: "is as v2 was" in panes.last_line)
        assert find_dataset(sample.reader).splits["train"] == before["train"] + 48


async def test_wrong_answers_of_repeats_are_not_called_rows(sample: Project, endpoint: FakeEndpoint) -> None:
    run = with_run(sample, "small", lambda place, row: "billing")
    sample.writer.put_now(begin_run(replace(run, id=0, repeats=2)))
    [again] = page_runs(sample.reader, None, 1)
    sample.writer.put_now(keep_result(again.id, run.result), let_go(again.id, "done", "", 1.0))
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await panes.until(lambda: "run 1: 48 wrong of dev, moved to train" in panes.part("#sources"))
        assert "run 2: 48 wrong answers, dev rows to train" in panes.part("#sources")


async def test_rows_that_another_terminal_changed_are_looked_at_anew(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        with_rows(sample, {"train": tickets(0, 20), "dev": tickets(40, 8)})
        await panes.until(lambda: "tickets v2" in panes.part("#sources") and "aaaa aaaa is" in panes.part("#row"))
        await panes.press("p")
        await panes.until(lambda: "tickets v2: 20 train, 8 dev" in panes.part("#plan"))
        assert "tickets v1" not in panes.text


async def test_without_a_version_before_nothing_is_taken_back(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await panes.press("u")
        await panes.until(lambda: "has no version before" in panes.last_line)
    assert find_dataset(sample.reader).version == 1


async def test_a_stronger_model_answers_rows_and_its_terms_are_kept(sample: Project, endpoint: FakeEndpoint) -> None:
    with_rows(sample, {"train": tickets(0, 20, answered=False), "dev": tickets(40, 8)})
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await choose(panes, "stronger model")
        assert "w turns the split to train" in panes.last_line
        with_run(sample, "large", lambda place, row: "billing", split="train")
        await panes.until(lambda: "fake/large answered them in run 1" in panes.part("#sources"))
        await choose(panes, "stronger model")
        await panes.until(lambda: panes.where == "Answers")
        assert panes.shows("20 rows of train have no answer")
        assert panes.shows("May its answers train another model?")
        await panes.press("tab", *"MIT", "enter", "y")
        assert panes.shows("genai-tui finetune take answers 1 --licence MIT")
        await panes.press("a")
        await panes.until(lambda: "licence: MIT" in panes.last_line)
        assert find_dataset(sample.reader).source == "20 answers by fake/large (run 1); licence: MIT"
        await panes.until(lambda: "stronger model" not in panes.part("#sources"))


async def test_an_overlap_stands_in_the_way_until_it_is_allowed(sample: Project) -> None:
    with_rows(sample, {"train": tickets(0, 30), "dev": [*tickets(40, 8), *tickets(0, 3)]})
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await panes.until(lambda: "✘" in panes.part("#findings"))
        assert panes.shows("a train all the same")
        await panes.press("a")
        assert "every later score of the model says so" in panes.last_line
        await panes.until(lambda: "Allowed: " in panes.part("#findings") and "✘" not in panes.part("#findings"))
        await panes.press("y")
        assert "--allow-leaks" in panes.last_line
        await panes.press("p")
        await panes.until(lambda: panes.shows("every later score says so. a refuses them again."))
        await panes.press("a")
        await panes.until(lambda: panes.shows("it does not start before; a trains all the same"))
        assert not sample.reader.rows("SELECT 1 FROM job")


async def test_without_an_overlap_there_is_nothing_to_allow(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_data(panes)
        await panes.press("a")
        assert "nothing to allow" in panes.last_line


@pytest.mark.parametrize("known", [False, True], ids=["a service", "OpenAI"])
async def test_a_service_trains_after_what_leaves_this_machine_was_told(
    sample: Project, endpoint: FakeEndpoint, home: Path, known: bool
) -> None:
    if known:
        settings = home / ".config" / "genai-tui" / "settings.toml"
        settings.write_text('[endpoints.fake]\nbase_url = "https://api.openai.com/v1"\n', "utf-8")
    async with opened(sample, (80, 24)) as panes:
        panes.app.typed.keep("finetune", "model", "fake/large")
        await panes.press("4", "p")
        await panes.until(lambda: panes.shows("240 rows of train"))
        assert panes.shows("a model at fake, of fake/large")
        assert panes.shows("60 rows of dev")
        assert panes.shows("The scope's data rules allow fake."), panes.text
        assert panes.shows("its price list says it")
        assert (panes.shows("January 2027") or panes.shows("end of 2026 only")) == known
        assert "rank" not in panes.part("#plan")
        await panes.press("j", "j", "j", "enter", *"3", "enter")
        await panes.until(lambda: panes.shows("tokens in 3 epochs"))
        await panes.press("d")
        await panes.until(lambda: "user: " in panes.part("#row"))
        await panes.press("p", "s")
        await panes.until(lambda: panes.where == "Sending")
        assert panes.shows("esc goes back; nothing is sent")
        await panes.press("y")
        assert panes.shows("genai-tui finetune start --model fake/large --set epochs=3")
        await panes.press("escape", "escape")
        await panes.until(lambda: panes.where == "FineTune")
        assert not sample.reader.rows("SELECT 1 FROM job")
        assert not endpoint.received
