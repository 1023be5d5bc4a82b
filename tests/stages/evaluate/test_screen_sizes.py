"""Stage 6 in small terminals: what matters is there still."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.runs import find_run
from tests.support.evaluate_screen import at_six, made, project
from tests.support.panes import opened

__all__ = ["project"]


async def test_in_a_small_terminal_what_is_empty_still_says_what_to_do(project: Project) -> None:
    async with opened(project, (60, 20)) as panes:
        await at_six(panes)
        await panes.press("u")
        assert "Press a and give this as a scorer: judge:model=ENDPOINT/MODEL-ID" in " ".join(
            panes.part("#judged").split()
        )
        await panes.press("r", "v")
        assert "No run has a score by exact over dev yet: a in Runs measures a candidate." in " ".join(
            panes.part("#plot").split()
        )


async def test_where_nothing_is_the_keys_are_the_way_to_something(tmp_path: Path) -> None:
    with Project.create(tmp_path / "empty") as empty:
        async with opened(empty) as panes:
            await at_six(panes)
            for letter, keys in (("c", ["a", "measure"]), ("u", ["a", "measure"]), ("d", ["I", "import"])):
                await panes.press(letter)
                assert panes.last_line.split()[:2] == keys
            await panes.press("r", "a")
            await panes.until(lambda: panes.shows("Nobody can be measured yet."))


async def test_tags_that_do_not_fit_end_in_an_ellipsis(project: Project) -> None:
    [version] = project.writer.put_now(begin_import("tagged", "", "given"))
    rows = [
        Example({"ticket": "x"}, "a", ("first tag", "second tag", "third tag")),
        Example({"ticket": "y"}, "b", ("漢字" * 9,)),
    ]
    project.writer.put_now(add_examples(version, "dev", 1, rows))
    project.writer.put_now(finish_import(version))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d")
        await panes.until(lambda: "tagged v1" in panes.part("#versions"))
        await panes.press("down")
        await panes.until(lambda: "first tag, second tag,…" in panes.part("#rows"))
        assert "漢字" * 5 + "漢…" in panes.part("#rows")


@pytest.mark.parametrize(("size", "tabs"), [((70, 16), 0), ((60, 20), 0), ((70, 12), 2), ((40, 8), 2)])
async def test_what_a_run_will_take_is_seen_or_reached_in_a_small_terminal(
    project: Project, size: tuple[int, int], tabs: int
) -> None:
    made(project, "label-billing")
    async with opened(project, size) as panes:
        await at_six(panes)
        await panes.press("a", *["tab"] * tabs)
        await panes.until(lambda: panes.shows("12: 1 × 12 rows"))
        await panes.press("tab")
        assert panes.shows("Settings") or panes.shows("Candidates")
        await panes.press(*["tab"] * (2 if tabs else 1))
        assert panes.shows("12: 1 × 12 rows")  # all the way round
        await panes.press("r")
        await panes.until(lambda: panes.where == "Evaluate")
        await panes.until(lambda: project.reader.rows("SELECT count(*) FROM run") == [(1,)])
        await panes.until(lambda: find_run(project.reader, 1).state == "done")
