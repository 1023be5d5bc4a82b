"""Every try is found again: by words, version, model and date; shown whole, and opened as it was."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Exchange, Failure, Generation, Moments, Usage
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.prompt.history import Search, found_tries, parse_filter, since, when
from genai_tui.stages.prompt.pages.history import History
from genai_tui.store.datasets import find_dataset, find_example, use_dataset
from genai_tui.store.generations import save_generation
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.prompts import save_prompt
from genai_tui.store.tries import TryFilter
from tests.support.commands import genai
from tests.support.panes import Panes, a_terminal, opened

NAMES = ("answer", "expected", "row", "version", "model")
SENT = {"messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Where is my parcel?"}]}


def a_try(text: str, **changes: object) -> Generation:
    moments = Moments(1.0, 1.0, 1.04, 1.05, 1.3, 1e9)
    exchange = Exchange("/chat/completions", SENT, 200, {}, Usage(9, 1), 0.0, moments)
    made = Generation("try", "fake", "org/smol", text, "stop", Usage(9, 1), 0.0, moments, exchanges=(exchange,))
    return replace(made, **{"streamed": True, "created": "2026-03-01T12:00:00.000Z", **changes})  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Iterator[Project]:
    """Four tries of two versions; the second failed, the last is of another model."""
    with Project.create(tmp_path / "tickets", environ=os.environ) as made:
        made.writer.put_now(*(save_prompt(Prompt((Message("user", text),))) for text in ("{{ a }}", "{{ b }}")))
        made.writer.put_now(
            save_generation(a_try("shipping", prompt=1, created="2026-01-01T12:00:00.000Z")),
            save_generation(a_try("", prompt=1, error=Failure("It broke off.", "Why.", "Ask again."))),
            save_generation(a_try("billing \x1b[2Jtwice", prompt=2, inputs={"ticket": "card charged"})),
            save_generation(a_try("account", prompt=2, model_id="big")),
        )
        yield made


class Page:
    """The page, and what it gave back."""

    def __init__(self, project: Project, **more: Any) -> None:
        self.opened: list[Generation] = []
        self.page = History(project, on_open=self.opened.append, **more)

    @classmethod
    async def open(cls, panes: Panes, project: Project, **more: object) -> "Page":
        page = cls(project, **more)
        await panes.app.push_screen(page.page)
        return page

    @property
    def numbers(self) -> list[int]:
        return [each.id for each in self.page.table.near(99)]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_chosen_try_stands_beside_the_list(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        page = await Page.open(panes, project)
        await panes.until(lambda: panes.shows("#4 · v2"))
        assert panes.shows("Where is my parcel?")
        assert page.numbers == [4, 3, 2, 1]
        await panes.press("down", "down")
        await panes.until(lambda: "! It broke off.\n   Why.\n   Ask again." in panes.part("#try"))
        await panes.press("up", "enter")
        await panes.until(lambda: page.opened)
        assert (page.opened[0].id, page.opened[0].exchanges[0].body) == (3, SENT)
        assert panes.where != "History"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("v1", [2, 1]), ("m:SMOL", [3, 2, 1]), ("fake/big", [4]), ("failed", [2]), ("parcel", []),
        ("charged", [3]), ("v2 billing", [3]), ("2026-01-01", [1]), ("zebra", []),
    ],
)  # fmt: skip
async def test_words_find_tries_while_they_are_typed(project: Project, words: str, found: list[int]) -> None:
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "genai-tui" / "settings.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[endpoints.fake]\nbase_url = "http://127.0.0.1:9/v1"\n', "utf-8")
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("slash")
        for letter in words:
            await panes.pilot.press("space" if letter == " " else letter)
        await panes.until(lambda: panes.shows(f"{len(found)} found of all tries"))
        assert page.numbers == found
        assert panes.shows("Nothing fits.") == (not found)
        await panes.until(lambda: panes.shows("m:smol        a model") == (not found))
        await panes.press("down")
        assert panes.app.focused is page.page.table
        await panes.press("y")
        await panes.until(lambda: f"genai-tui prompt history {words}" in panes.last_line)


async def test_what_decides_stands_first_in_the_preview(project: Project) -> None:
    writer = project.writer
    [version] = writer.put_now(begin_import("tickets", "tickets.csv", "given"))
    rows = (Example({"ticket": "Twice."}, "billing"), Example({"ticket": "Lost."}, "shipping"))
    writer.put_now(add_examples(version, "dev", 1, rows), finish_import(version), use_dataset("tickets"))
    example = find_example(project.reader, find_dataset(project.reader), "dev", 2).id
    long = "line\n" * 99
    writer.put_now(
        save_generation(a_try("billing", prompt=1, example=example)),
        save_generation(a_try(long, prompt=1, example=example)),
    )
    async with opened(project) as panes:
        await Page.open(panes, project)
        for number in (6, 5):  # a long answer, and a short one
            await panes.until(lambda: panes.shows(f"#{number} · v1"))  # noqa: B023 - waited for within the turn
            lines = [line.strip() for line in panes.part("#try").split("\n")]
            names = [line.split("  ")[0] for line in lines[1:] if line]
            assert [name for name in names if name in NAMES] == list(NAMES), lines
            assert "expected  shipping  ✘ not as expected" in lines
            assert lines.index("row       dev:2") < lines.index("system")
            await panes.press("down")


async def test_an_empty_find_line_tells_what_can_be_asked_for(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("slash", "question_mark")
        assert panes.where == "Help"
        assert panes.shows("m:smol or endpoint/model a model")
        await panes.press("escape", "a", "question_mark")
        assert page.page.box.value == "a?"


async def test_the_words_are_taken_away_and_all_are_there_again(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project, words="v1")
        await panes.until(lambda: page.numbers == [2, 1])
        await panes.press("slash", "ctrl+u", "escape")
        assert panes.where == "History"
        await panes.until(lambda: page.numbers == [4, 3, 2, 1])
        await panes.press("m")
        assert "/ says which" in panes.last_line


async def test_a_long_search_waits_and_goes_further_back(project: Project) -> None:
    project.writer.put_now(*(save_generation(a_try(f"needle {number}")) for number in range(450)))
    async with opened(project) as panes:
        page = await Page.open(panes, project, words="needle")
        await panes.until(lambda: panes.shows("200 found, searched back to"))
        await panes.press("G", "m")
        await panes.until(lambda: panes.shows("400 found, searched back to"))
        assert page.page.table.position == 199
        await panes.press("m")
        await panes.until(lambda: panes.shows("450 found of all tries"))
        await panes.press("m")
        assert "nothing older" in panes.last_line


async def test_the_oldest_is_reached_without_reading_all(project: Project) -> None:
    project.writer.put_now(*(save_generation(a_try(f"n{number}")) for number in range(1_500)))
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("G")
        await panes.until(lambda: panes.shows("#1 · v1"))
        assert page.page.table.position == 1_503
        assert len(page.numbers) <= 200
        await panes.press("g")
        await panes.until(lambda: panes.shows("#1504"))


async def test_what_would_be_here_and_what_can_be_asked_is_said(tmp_path: Path, home: Path) -> None:
    with Project.create(tmp_path / "nothing") as nothing:
        async with opened(nothing) as panes:
            page = await Page.open(panes, nothing)
            await panes.until(lambda: panes.shows("No try yet."))
            await panes.press("enter", "m", "question_mark")
            assert panes.shows("m:smol or endpoint/model a model")
            assert not page.opened


async def test_signs_stand_for_colours_and_foreign_text_is_harmless(project: Project) -> None:
    async with opened(project, terminal=a_terminal(NO_COLOR="1", LANG="C")) as panes:
        await Page.open(panes, project, words="billing")
        await panes.until(lambda: panes.shows("#3 - v2"))
        assert "\x1b" not in panes.text
        assert panes.text.isascii()


def test_a_line_is_read() -> None:
    assert parse_filter("") == TryFilter()
    assert parse_filter("v4 V5") == TryFilter(prompt=5)
    assert parse_filter("version:3 model:slow") == TryFilter(prompt=3, model="slow")
    assert parse_filter("since:2026-11-01") == parse_filter("2026-11-01..")
    assert parse_filter("v4x vague") == TryFilter(texts=("v4x", "vague"))
    assert parse_filter("and/or") == TryFilter(texts=("and/or",))
    assert parse_filter("fake/and/or", ("fake",)) == TryFilter(model="fake/and/or")
    assert parse_filter('"v4 failed" ✘ !') == TryFilter(texts=("v4 failed",), ended=("wrong", "failed"))
    assert parse_filter('"open') == TryFilter(texts=("open",))
    assert parse_filter("2026-13 2026-02-30") == TryFilter(texts=("2026-13", "2026-02-30"))


def test_days_are_local_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Etc/GMT-2")
    time.tzset()
    try:
        found = parse_filter("2026-11-28")
        assert (found.since, found.until) == ("2026-11-27T22:00:00.000Z", "2026-11-28T22:00:00.000Z")
        found = parse_filter("2026-11")
        assert (found.since, found.until) == ("2026-10-31T22:00:00.000Z", "2026-11-30T22:00:00.000Z")
        assert (parse_filter("2026-11-28..").since, parse_filter("2026-11-28..").until) == (since("2026-11-28"), "")
        assert parse_filter("..2026-11-28").until == "2026-11-28T22:00:00.000Z"
        now, each = datetime(2026, 11, 28, 12), a_try("", created="2026-11-28T00:30:00.000Z")
        assert when(each.created, now) == "02:30"
        assert when(each.created, now.replace(month=12)) == "11-28 02:30"
        assert when(each.created, now.replace(year=2027)) == "2026-11-28"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_steps_grow_and_meet_all(project: Project) -> None:
    search = Search(project.reader, parse_filter("i"))
    found = []
    while not search.ended:
        found += [each.id for each in search.step(1)]
    assert found == [3, 1]
    assert [each.id for each in found_tries(project.reader, TryFilter(), 3)] == [4, 3, 2]


def test_the_command_lists_tries(project: Project) -> None:
    there = ("-p", project.folder)
    ended = genai("prompt", "history", "--json", *there)
    assert ended.code == 0
    assert [each["generation"] for each in ended.json["tries"]] == [4, 3, 2, 1]
    assert ended.json["tries"][2]["error"]["what"] == "It broke off."
    assert ended.json["tries"][1]["inputs"] == {"ticket": "card charged"}

    def numbers(*words: str) -> list[int]:
        return [each["generation"] for each in genai("prompt", "history", "--json", *words, *there).json["tries"]]

    assert numbers("--prompt", "1") == [2, 1]
    assert numbers("--model", "smol", "--text", "ship") == [1]
    assert numbers("--since", "2026-02") == [4, 3, 2]
    assert numbers("--limit", "2") == [4, 3]
    assert numbers("v2", "billing") == [3]
    plain = genai("prompt", "history", *there)
    assert plain.out.splitlines()[0].split() == ["try", "when", "prompt", "model", "answer"]
    assert "It broke off." in plain.out
    assert genai("prompt", "history", "zebra", *there).err.startswith("No try fits.")
    wrong = genai("prompt", "history", "--since", "yesterday", *there)
    assert (wrong.code, "is no date" in wrong.err) == (2, True)
