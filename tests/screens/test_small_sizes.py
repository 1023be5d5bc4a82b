"""Every page from 20×5 on: nothing crashes, no row is longer than the screen, and what is cut has an ellipsis."""

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from genai_tui.project import Project
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictures import steady
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.painted import Painted
from tests.snapshots import test_prompt_pages
from tests.snapshots.conftest import small
from tests.snapshots.playground import STATES as PLAYGROUND
from tests.snapshots.playground import keys
from tests.snapshots.test_evaluate import STATES as EVALUATE
from tests.snapshots.test_evaluate import evaluated, settled, walk
from tests.support.panes import a_terminal

__all__ = ["evaluated", "small"]

SMALL = ((20, 5), (22, 8), (40, 12), (60, 20))
LARGE = ((80, 24), (120, 36), (200, 60))
LETTERS = re.compile(r"[^\W_]+")
WORD = re.compile(r"[^\W_]{4,}")
Walk = Callable[[Pilot[Any]], Awaitable[None]]
Rows = list[list[str]]  # of each part that is seen


def pressed(*names: str) -> Walk:
    async def walked(pilot: Pilot[Any]) -> None:
        await keys(pilot, *names)

    return walked


PAGES: dict[str, tuple[str, Walk]] = {
    "home": ("small", pressed()),
    **{f"stage {n}": ("small", pressed(str(n))) for n in range(1, 9)},
    **{f"select {letter}": ("small", pressed("2", letter)) for letter in "cotvpr"},
    "select card": ("small", pressed("2", "enter")),
    "select why": ("small", pressed("2", "u")),
    "help": ("small", pressed("3", "question_mark")),
    "palette": ("small", pressed("colon")),
    "jobs": ("small", pressed("J")),
    "versions list": ("small", pressed("3", "v")),
    "version difference": ("small", pressed("3", "v", "d")),
    **{f"prompt {name}": ("small", state) for name, state in PLAYGROUND.items()},
    **{f"prompt {name}": ("small", state) for name, state in test_prompt_pages.STATES.items()},
    **{f"evaluate {name}": ("evaluated", walk(*names)) for name, names in EVALUATE.items()},
}


def parts(pilot: Pilot[Any]) -> Iterator[Painted]:
    for widget in pilot.app.screen.query(Painted):
        if widget.size and all(getattr(node, "display", True) for node in (widget, *widget.ancestors)):
            yield widget


def seen(pilot: Pilot[Any]) -> Rows:
    """What each part shows; no row is longer than its part, no part wider than the screen."""
    found = []
    for part in parts(pilot):
        assert part.region.right <= pilot.app.size.width, part
        rows = part.text_on_screen().split("\n")
        for y, row in enumerate(rows):
            assert width_of(row) <= part.size.width, (part, row)
            assert part.render_line(y).cell_length == part.size.width, (part, row)
        found.append(rows)
    return found


def words(rows: Rows) -> set[str]:
    return {word for part in rows for row in part for word in WORD.findall(row)}


def cut(rows: Rows, known: set[str]) -> Iterator[str]:
    """Pieces of known words that neither have an ellipsis nor go on in the next row."""
    for part in rows:
        for y, row in enumerate(part):
            for found in WORD.finditer(row):
                word = found.group()
                if word in known or "…" in (row[found.end() : found.end() + 1], row[found.start() - 1 : found.start()]):
                    continue
                before, after = part[y - 1] if y else "", part[y + 1] if y + 1 < len(part) else ""
                joined = {word + first for first in LETTERS.findall(after)[:1]}
                joined |= {last + word for last in LETTERS.findall(before)[-1:]}
                if not joined & known and any(whole.startswith(word) for whole in known):
                    yield f"{word!r} in {row!r}"


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_whole_at_every_size(request: pytest.FixtureRequest, page: str) -> None:
    name, walked = PAGES[page]
    project: Project = request.getfixturevalue(name)
    app = GenaiApp(a_terminal(), project, board=steady(project))
    shown: dict[tuple[int, int], Rows] = {}
    async with app.run_test(size=SMALL[0]) as pilot:
        await pilot.pause()
        await walked(pilot)
        await settled(pilot)
        for size in (*SMALL, *LARGE):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            shown[size] = seen(pilot)
    known = set().union(*(words(shown[size]) for size in LARGE))
    found = {size: list(cut(shown[size], known)) for size in SMALL}
    assert not any(found.values()), found
