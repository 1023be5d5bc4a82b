"""Fine-tune on the screen: rows with what is wrong with them, the plan as it is typed, trainings over each other."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.jobs import Point
from genai_tui.store.artifacts import save_model
from genai_tui.store.jobs import beat_job, begin_job, end_job, queue_job, take_job
from genai_tui.store.processes import this_process
from genai_tui.widgets.curve_view import CurveView
from tests.support.panes import Panes, a_terminal, opened
from tests.support.typed import its_program_ends, kept
from tests.support.weights import fetched_weights, weights

__all__ = ["fetched_weights", "weights"]
pytestmark = pytest.mark.usefixtures("weights")
SETTINGS = {"method": "lora", "rate": 0.002, "batch": 8}


def training(project: Project, name: str, steps: int = 40, speed: float = 10.0, **args: Any) -> int:
    """A training that this process works on."""
    what = {"name": name, "model": "embedded/smollm2-135m", "prompt": 1, "dataset_version": 1, "settings": SETTINGS}
    [number] = project.writer.put_now(
        queue_job("finetune", "genai_tui.stages.finetune.work:finetune", {**what, **args}, estimate={})
    )
    project.writer.put_now(take_job(number, this_process()))
    project.writer.put_now(begin_job(number, this_process()))
    losses = [4.0 * math.exp(-step / speed) + 0.02 for step in range(1, steps + 1)]
    points = [Point("loss/train", step, loss) for step, loss in enumerate(losses, 1)]
    points += [Point("loss/dev", step, loss * 1.1) for step, loss in enumerate(losses, 1) if step % 10 == 0]
    points += [Point("rate", step, 0.002) for step in range(1, steps + 1)]
    metrics = {"loss/train": losses[-1], "loss/dev": losses[-1] * 1.1, "left_s": 75.0}
    project.writer.put_now(beat_job(number, steps / 80, metrics, points, worked_s=12.0))
    return int(number)


def made(project: Project, number: int, name: str) -> None:
    result = {"model": f"embedded/{name}", "metrics": {"parent_dev_loss": 4.1, "dev_loss": 0.05, "best_step": 30}}
    project.writer.put_now(end_job(number, "done", "", result=result, measured={"wall_s": 80.0}))
    project.writer.put_now(save_model(f"embedded/{name}", {"name": name}, {"job": number}))


async def on_stage(panes: Panes, tab: str = "") -> None:
    await panes.press("4")
    await panes.until(lambda: panes.where == "FineTune" and panes.shows("Data"))
    if tab:
        await panes.press(tab)
    await panes.until(lambda: getattr(panes.app.screen, "settled"))  # noqa: B009 - of this screen alone


# Data


async def test_rows_are_told_with_what_is_wrong_with_them(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes)
        assert "tickets v1" in panes.part("#sources")
        assert "train 240 · dev 60" in panes.part("#sources")
        assert "test 200, never shown" in panes.part("#sources")
        assert "No row of dev or test is one of train" in panes.part("#findings")
        assert "billing" in panes.part("#shape")
        assert "48" in panes.part("#shape")
        first = panes.part("#row")
        await panes.press(".")
        await panes.until(lambda: "train:2" in panes.part("#row"))
        assert panes.part("#row") != first
        await panes.press("y")
        assert "genai-tui finetune plan" in panes.last_line


async def test_without_a_dataset_it_says_how_one_comes(empty: Project) -> None:
    async with opened(empty, (80, 24)) as panes:
        await on_stage(panes)
        assert panes.shows("No dataset yet")
        assert panes.shows("i adds one, I imports a file")
        await panes.press("s")
        await panes.until(lambda: "There is no dataset yet" in panes.last_line)
        assert not empty.reader.rows("SELECT 1 FROM job")
        assert not panes.shows("They are counted")
        assert not panes.shows("words of its own")
        await panes.press("p")
        await panes.until(lambda: panes.shows("What it will take"))
        assert "…" not in panes.part("#plan")


# Plan


async def test_what_is_typed_counts_at_once_and_can_be_taken_back(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "p")
        await panes.until(lambda: panes.shows("embedded/lora-1"))
        assert "[lora]" in panes.part("#plan")
        await panes.press("j", "j", "j", "enter")
        await panes.until(lambda: "[qlora]" in panes.part("#plan") and panes.shows("embedded/qlora-1"))
        await panes.press("u", "j", "enter", *"5e-4")
        await panes.until(lambda: "0.0005" in panes.part("#plan"))
        assert getattr(panes.app.focused, "TEXT_BOX", False)
        await panes.press("enter", "y")
        assert "genai-tui finetune start --set rate=5e-4" in panes.last_line
        await panes.press("u")
        await panes.until(lambda: "0.002" in panes.part("#plan"))


async def test_a_setting_that_cannot_be_says_why_and_nothing_starts(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "p")
        await panes.press("j", "j", "j", "j", "enter", *"7", "enter")
        await panes.until(lambda: panes.shows("makes no model"))
        await panes.press("s")
        await panes.until(lambda: "makes no model" in panes.last_line)
        assert not sample.reader.rows("SELECT 1 FROM job")


async def test_a_setting_that_cannot_be_and_was_left_is_mended_where_it_stands(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "p")
        await panes.until(lambda: panes.shows("embedded/lora-1"))
        await panes.press("j", "j", "j", "j", "enter", *"abc", "enter")
        await panes.until(lambda: panes.shows("must be a number") and "abc" in kept(sample))
    its_program_ends(sample)
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "p")
        await panes.until(lambda: panes.shows("must be a number"))
        await panes.until(lambda: "abc" in panes.part("#plan"))
        await panes.press("j", "j", "j", "j", "enter", *"0.001", "enter")
        await panes.until(lambda: "0.001" in panes.part("#plan") and not panes.shows("must be a number"))


# Jobs


async def test_trainings_are_listed_with_state_share_loss_and_time_left(sample: Project) -> None:
    training(sample, "lora-1")
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes)
        await panes.until(lambda: "lora-1" in panes.part("#trainings"))
        line = panes.part("#trainings").splitlines()[1]
        assert "running" in line
        assert "50 %" in line
        assert "train 0.093" in line
        assert "75 s left" in line
        assert "─ train" in panes.part("#curves")
        assert "● dev" in panes.part("#curves")
        assert "1 job ▸ 50 %" in panes.text.splitlines()[0]
        assert panes.shows("x cancel")
        await panes.press("enter")
        await panes.until(lambda: panes.where == "JobPage")


async def test_curves_of_several_lie_over_each_other_and_one_is_pinned(sample: Project) -> None:
    made(sample, training(sample, "lora-1", speed=20.0), "lora-1")
    training(sample, "lora-2")
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes)
        await panes.until(lambda: "lora-2" in panes.part("#trainings"))
        await panes.press("j", "t")
        await panes.until(lambda: "is pinned" in panes.last_line)
        await panes.press("k")
        await panes.until(lambda: "#1 lora-1" in panes.part("#curves") and "#2 lora-2" in panes.part("#curves"))
        assert "pinned" in panes.part("#curves")
        assert "(-0." in panes.part("#curves")
        await panes.press("tab", "left", "left")
        assert "at step 39" in panes.part("#curves").splitlines()[0]
        await panes.press("l")
        assert "log" in panes.part("#curves").splitlines()[0]
        assert "train loss  dev loss  rate" in panes.part("#curves").splitlines()[0]
        await panes.press("v")
        assert panes.app.screen.query_one(CurveView).spoken().startswith("dev loss at step 39: #2 lora-2 0.2")


async def test_the_list_is_filtered_by_typing(sample: Project) -> None:
    made(sample, training(sample, "first"), "first")
    training(sample, "other")
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "b")
        await panes.until(lambda: "other" in panes.part("#trainings"))
        await panes.press("slash", *"first", "enter")
        await panes.until(lambda: "other" not in panes.part("#trainings"))
        assert "✔ #1" in panes.part("#trainings")


async def test_what_is_done_names_the_model_and_how_to_prove_it(sample: Project) -> None:
    number = training(sample, "lora-1")
    made(sample, number, "lora-1")
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "b")
        await panes.until(lambda: "embedded/lora-1" in panes.part("#about"))
        assert "dev loss 4.100 of its parent, 0.050" in panes.part("#about")
        assert "e measures it against its parent" in panes.part("#about")
        await panes.press("m")
        await panes.until(lambda: sample.model_in_use == "embedded/lora-1")
        await panes.press("h")
        await panes.until(lambda: panes.shows("1 model made"))


async def test_what_ended_badly_says_why_and_offers_to_go_on(sample: Project) -> None:
    number = training(sample, "lora-1")
    sample.writer.put_now(end_job(number, "failed", "The loss is no number at step 3.", result={}, measured={}))
    async with opened(sample, (80, 24)) as panes:
        await on_stage(panes, "b")
        await panes.until(lambda: "no number at step 3" in panes.part("#about"))
        assert panes.shows("r resume")
        await panes.press("e")
        await panes.until(lambda: "has made no model" in panes.last_line)


async def test_in_ascii_and_in_plain_lines_it_says_the_same(sample: Project) -> None:
    training(sample, "lora-1")
    for environ in ({"LANG": "C"}, {"ACCESSIBLE": "1"}):
        async with opened(sample, (80, 24), a_terminal(**environ)) as panes:
            for tab in ("d", "p", "b"):
                await on_stage(panes, tab)
                assert "LANG" not in environ or panes.text.isascii()
            await panes.until(partial(panes.shows, "train 0.09"))
            await panes.press("v")
            assert "ACCESSIBLE" not in environ or "rate: 0.002" in panes.last_line


async def test_two_terminals_see_the_same(sample: Project) -> None:
    number = training(sample, "lora-1")
    with Project.open(sample.folder) as other:
        async with opened(sample, (80, 24)) as panes, opened(other, (120, 36)) as more:
            for each in (panes, more):
                await on_stage(each, "b")
                await each.until(partial(each.shows, "running 50 %"))
            sample.writer.put_now(beat_job(number, 0.75, {"loss/train": 0.5}, [Point("loss/train", 41, 0.5)], 14.0))
            for each in (panes, more):
                await each.until(partial(each.shows, "running 75 %"))
                await each.until(partial(each.shows, "─ train 0.5"))


async def test_without_its_weights_it_offers_to_fetch_them(empty: Project, weights: Path) -> None:
    for file in weights.iterdir():
        file.unlink()
    async with opened(empty, (80, 24)) as panes:
        await on_stage(panes)
        assert panes.shows("are not here")
        await panes.press("w")
        await panes.until(lambda: panes.where == "Fetching")
