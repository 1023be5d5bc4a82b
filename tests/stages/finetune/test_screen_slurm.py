"""Where a training runs, on the screen: a line of the plan where the settings know a Slurm, and what that is asked."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.settings import settings_file
from tests.stages.finetune.test_screen import on_stage
from tests.support.panes import Panes, opened
from tests.support.training import needs_training
from tests.support.weights import fetched_weights, weights

__all__ = ["fetched_weights", "weights"]
pytestmark = pytest.mark.usefixtures("weights")


@pytest.fixture
def cluster(home: Path) -> None:
    """A user of a cluster."""
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('[slurm]\npartition = "gpu"\n')


async def to_the_line(panes: Panes) -> None:
    await on_stage(panes, "p")
    await panes.until(lambda: panes.shows("[lora]"))
    while not panes.shows("on a node, with what"):
        await panes.press("down")


async def test_without_a_slurm_in_the_settings_there_is_nothing_to_choose(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await on_stage(panes, "p")
        await panes.until(lambda: panes.shows("[lora]"))
        assert not panes.shows("slurm")


async def test_where_it_runs_is_turned_with_a_key_and_stands_in_the_command(sample: Project, cluster: None) -> None:
    async with opened(sample, (120, 36)) as panes:
        await to_the_line(panes)
        assert panes.shows("[local]")
        await panes.press("enter")
        await panes.until(lambda: panes.shows("[slurm]"))
        await panes.press("y")
        await panes.until(lambda: panes.shows("genai-tui finetune start --where slurm"))
        await panes.press("u")
        await panes.until(lambda: panes.shows("[local]"))


@needs_training
async def test_what_slurm_would_be_asked_stands_under_what_it_takes(sample: Project, cluster: None) -> None:
    async with opened(sample, (120, 36)) as panes:
        await to_the_line(panes)
        await panes.press("enter")
        await panes.until(lambda: panes.shows("is asked for 4 CPUs"))
        assert not panes.shows("it runs here")
