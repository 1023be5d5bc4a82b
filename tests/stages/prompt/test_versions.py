"""Every saved version: listed, drawn as a tree, compared, gone back to."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.stages.prompt.pages.difference import Difference
from genai_tui.stages.prompt.pages.versions import Versions
from genai_tui.stages.prompt.versions import tree
from genai_tui.store.datasets import find_dataset, find_example
from genai_tui.store.generations import save_generation
from genai_tui.store.prompts import find_prompt, save_prompt
from tests.support.commands import genai
from tests.support.panes import Panes, a_terminal, opened
from tests.support.playground import project_with

SHOT = FewShot({"ticket": "card charged twice"}, "billing")


def version(text: str, parent: int | None = None, **more: object) -> Prompt:
    messages = (Message("system", "You sort support tickets.\nOne word."), Message("user", text))
    return Prompt(messages, parent=parent, **more)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Iterator[Project]:
    """Five versions: 1 → 2 → 4, 1 → 3, and 5 from nothing; 2 was tried twice."""
    with Project.create(tmp_path / "tickets", environ=os.environ) as made:
        made.writer.put_now(
            save_prompt(version("Ticket: {{ ticket }}\nCategory:")),
            save_prompt(version("Ticket: {{ ticket }}\nLabel:", 1, note="shorter word")),
            save_prompt(version("Ticket: {{ ticket }}\nCategory:", 1, examples=ExampleRule(fixed=(SHOT,)))),
            save_prompt(version("Ticket: {{ ticket }}\nLabel:", 2, parameters={"temperature": 0.0})),
            save_prompt(Prompt((Message("user", "Guess.\x1b[2J{{ ticket }}"),))),
        )
        made.writer.put_now(*(save_generation(a_try(text)) for text in ("billing", "tech")))
        yield made


def a_try(text: str) -> Generation:
    return Generation("try", "fake", "m", text, "stop", Usage(9, 1), 0.0, Moments(1.0, wall=1e9), prompt=2)


class Page:
    """The page, and what it gave back."""

    def __init__(self, project: Project, **more: Any) -> None:
        self.taken: list[Prompt] = []
        self.compared: list[tuple[Prompt, Prompt]] = []
        self.page = Versions(
            project, on_take=self.taken.append, on_compare=lambda *two: self.compared.append(two), **more
        )

    @classmethod
    async def open(cls, panes: Panes, project: Project, **more: object) -> "Page":
        page = cls(project, **more)
        await panes.app.push_screen(page.page)
        return page


SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_chosen_version_stands_beside_the_list(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        page = await Page.open(panes, project, current=4)
        await panes.until(lambda: panes.shows("v4 · zero-shot · from v2"))
        assert panes.shows("temperature 0.0")
        await panes.press("down", "down")
        await panes.until(lambda: panes.shows("v2 · zero-shot · from v1"))
        await panes.until(lambda: panes.shows("2 tries"))
        assert panes.shows("shorter word")
        await panes.press("enter")
        assert [prompt.number for prompt in page.taken] == [2]
        assert panes.where != "Versions"


async def test_the_tree_shows_who_comes_from_whom_and_keeps_the_choice(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project, current=3)
        await panes.until(lambda: panes.shows("v3 · one-shot"))
        await panes.press("t")
        drawn = [line[4:12].rstrip() for line in panes.part("#versions").split("\n")[1:6]]
        assert drawn == ["○   v1", "├─● v3◀", "●   v2", "●   v4", "○   v5"]
        assert page.page.chosen is not None
        assert page.page.chosen.number == 3
        await panes.press("y")
        await panes.until(lambda: "genai-tui prompt list --tree" in panes.last_line)


async def test_the_tree_has_a_form_in_ascii(project: Project) -> None:
    async with opened(project, terminal=a_terminal(LANG="C")) as panes:
        await Page.open(panes, project, current=3)
        await panes.press("t")
        drawn = [line[4:12].rstrip() for line in panes.part("#versions").split("\n")[1:6]]
        assert drawn == ["o   v1", "+-* v3<", "*   v2", "*   v4", "o   v5"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_columns_of_the_list_stand_in_fixed_places(project: Project, size: tuple[int, int]) -> None:
    project.writer.put_now(*(save_prompt(version(f"{number}", note="one-shot: a note")) for number in range(96)))
    async with opened(project, size) as panes:
        page = await Page.open(panes, project)
        await panes.press("G")
        await panes.until(lambda: 2 in page.page.tried and panes.shows("shorter word"))
        rows = [line for line in panes.part("#versions").split("\n")[1:] if "-shot" in line]
        assert len({line.index("-shot") - len(line[: line.index("-shot")].split()[-1]) for line in rows}) == 1
        [tried] = [line for line in rows if "2×" in line]
        assert tried.index("shorter") == next(line for line in rows if "Guess" in line).index("Guess")


async def test_a_note_is_given_and_changed_and_nothing_else_of_a_version(project: Project) -> None:
    before = find_prompt(project.reader, "2")
    async with opened(project) as panes:
        await Page.open(panes, project, current=2)
        await panes.press("N")
        assert panes.shows("note of v2 ▸ shorter word")
        await panes.press("ctrl+u", *"dnt", "enter")
        await panes.until(lambda: "v2 has that note" in panes.last_line)
        await panes.until(lambda: "dnt" in panes.part("#versions"))
        await panes.press("N", "ctrl+u", *"not this", "escape")
        assert panes.where != "Help"
    after = find_prompt(project.reader, "2")
    assert after == replace(before, note="dnt")
    assert after.hash == before.hash


def test_a_note_by_a_command(project: Project) -> None:
    assert genai("prompt", "note", "1", "the first one", "-p", project.folder).code == 0
    assert find_prompt(project.reader, "1").note == "the first one"
    assert genai("prompt", "note", "1", "", "--json", "-p", project.folder).json == {"prompt": 1, "note": ""}
    assert genai("prompt", "note", "99", "none", "-p", project.folder).code == 2


async def test_a_version_into_a_file_and_from_one(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a path that is long is broken wherever the line ends
    path = "three.txt"
    async with opened(project) as panes:
        page = await Page.open(panes, project, current=3)
        await panes.press("E")
        assert panes.shows("v3 into file ▸ prompt-3.txt")
        await panes.press("ctrl+u", *path, "enter")
        await panes.until(lambda: "v3 stands in" in panes.last_line)
        await panes.press("E", "ctrl+u", *path, "enter")
        await panes.until(lambda: "is there already" in panes.last_line)
        assert page.page.box.value == path  # what was typed is not lost
        await panes.press("escape", "I", *path, "enter")
        await panes.until(lambda: "three.txt: v3." in panes.last_line)
        assert page.page.table.count == 5
    assert genai("prompt", "save", path, "--json", "-p", project.folder).json["prompt"] == 3


async def test_files_of_other_programs_become_versions(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat.json").write_text('[{"role": "user", "content": "Sort {{ ticket }}"}]')
    (tmp_path / "two.txt").write_text("One {{ ticket }}\n---\nTwo {{ ticket }}\n")
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("I", *"none.txt", "enter")
        await panes.until(lambda: "cannot be read" in panes.last_line)
        await panes.press("escape", "I", *"chat.json", "enter")
        await panes.until(lambda: "chat.json: v6." in panes.last_line)
        await panes.press("I", *"two.txt", "enter")
        await panes.until(lambda: "v7, v8." in panes.last_line)
        assert page.page.chosen is not None
        assert page.page.chosen.number == 8


async def test_a_difference_has_signs_and_only_what_changed(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project, current=2)
        await panes.press("d")
        await panes.until(lambda: panes.shows("v1 → v2 · user"))
        assert panes.shows("- Category:")
        assert panes.shows("+ Label:")
        assert not panes.shows("You sort support tickets")
        await panes.press("a")
        await panes.until(lambda: panes.shows("You sort support tickets"))
        await panes.press("y")
        await panes.until(lambda: "genai-tui prompt diff 1 2" in panes.last_line)
        await panes.press("space", "down", "down", "a")
        page.page.table.go_to(2)
        await panes.until(lambda: panes.shows("v2 → v3 · user, examples"))
        await panes.press("c")
        assert [(a.number, b.number) for a, b in page.compared] == [(2, 3)]


async def test_a_version_is_found_by_number_and_by_text(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("slash", *"label")
        assert page.page.table.count == 2
        await panes.press("enter", "slash", "ctrl+u", *"v3", "enter", "enter")
        assert [prompt.number for prompt in page.taken] == [3]


async def test_comparing_needs_a_mark(project: Project) -> None:
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.press("c")
        assert "space marks" in panes.last_line
        assert not page.compared


async def test_what_would_be_here_is_said(tmp_path: Path, home: Path) -> None:
    with Project.create(tmp_path / "nothing") as nothing:
        async with opened(nothing, (120, 36)) as panes:
            page = await Page.open(panes, nothing)
            await panes.until(lambda: panes.shows("No version is saved yet"))
            assert "…" not in panes.part("#versions")
            await panes.press("t", "d", "space", "enter", "c", "question_mark")
            assert panes.where == "Help"
            assert panes.shows("Every saved version stays")
            assert not page.taken


async def test_no_colour_carries_meaning_alone(project: Project) -> None:
    async with opened(project, terminal=a_terminal(NO_COLOR="1")) as panes:
        await Page.open(panes, project, current=4)
        await panes.press("d")
        await panes.until(lambda: panes.shows("v2 → v4 · parameters"))
        assert panes.shows("+ temperature: 0")


async def test_hostile_text_is_harmless_and_the_zoom_gives_it_the_page(project: Project) -> None:
    async with opened(project) as panes:
        await Page.open(panes, project, current=5)
        await panes.until(lambda: panes.shows("v5 · zero-shot"))
        assert "\x1b" not in panes.text
        await panes.press("tab", "z")
        assert not panes.shows("Versions ─")
        await panes.press("z")
        assert panes.shows("Versions ─")


async def test_an_unsaved_sheet_against_its_parent(project: Project) -> None:
    parent = find_prompt(project.reader, "2")
    sheet = replace(parent, messages=(parent.messages[0], Message("user", "Ticket: {{ text }}\nLabel:")), number=0)
    async with opened(project) as panes:
        panes.app.push_screen(Difference(parent, sheet))
        await panes.until(lambda: panes.shows("v2 → the sheet · user"))
        assert panes.shows("- Ticket: {{ ticket }}")
        assert panes.shows("+ Ticket: {{ text }}")
        assert not panes.shows("One word.")
        await panes.press("space")
        await panes.until(lambda: panes.shows("One word."))
        await panes.press("y")
        await panes.until(lambda: "Sent 105 characters" in panes.last_line)


def test_a_chain_of_any_length_stays_in_one_column() -> None:
    chain = [(number, number - 1 or None) for number in range(1, 2_001)]
    assert {len(twig.lines) for twig in tree(chain)} == {1}
    assert [twig.number for twig in tree(chain)] == [number for number, _ in chain]
    comb = [(number, (number - 2 if number % 2 else number - 1) if number > 1 else None) for number in range(1, 200)]
    assert max(len(twig.lines) for twig in tree(comb)) <= 15
    assert sorted(twig.number for twig in tree(comb)) == [number for number, _ in comb]


def test_the_line_to_the_latest_goes_on_straight() -> None:
    twigs = tree([(1, None), (2, 1), (3, 1), (4, 2), (7, 99)])
    assert [(twig.lines, twig.number) for twig in twigs] == [("○", 1), ("├─●", 3), ("●", 2), ("●", 4), ("○", 7)]


def test_a_chain_and_three_children_look_different() -> None:
    chain, children = tree([(1, None), (2, 1), (3, 2), (4, 3)]), tree([(1, None), (2, 1), (3, 1), (4, 1)])
    assert [twig.lines for twig in chain] == ["○", "●", "●", "●"]
    assert [twig.lines for twig in children] == ["○", "├─●", "├─●", "●"]
    below = tree([(1, None), (2, 1), (3, 2), (4, 1)])
    assert [twig.lines for twig in below] == ["○", "├─●", "│ ●", "●"]


def test_the_command_draws_the_tree(project: Project) -> None:
    drawn = genai("prompt", "list", "--tree", "-p", project.folder)
    assert [line[:20].rstrip() for line in drawn.out.splitlines()] == [
        "○    v1  zero-shot", "├─●  v3  one-shot", "●    v2  zero-shot", "●    v4  zero-shot", "○    v5  zero-shot",
    ]  # fmt: skip
    assert len(genai("prompt", "list", "--tree", "--json", "-p", project.folder).json["prompts"]) == 5


async def test_thousands_of_versions_open_at_the_latest(project: Project) -> None:
    project.writer.put_now(*(save_prompt(version(f"Number {number}", 5)) for number in range(1_500)))
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.until(lambda: panes.shows("v1505 · zero-shot · from v5"))
        assert len(page.page.table.near(10_000)) <= 200
        await panes.press("G")
        await panes.until(lambda: panes.shows("v1 · zero-shot"))
        await panes.press("t")
        await panes.until(lambda: panes.shows("─── v1,505") or panes.shows("Versions, from parent to child"))
        await panes.press("G")
        await panes.until(lambda: panes.shows("v1505 · zero-shot · from v5"))


async def test_a_huge_message_is_shown_from_its_beginning(project: Project) -> None:
    project.writer.put_now(save_prompt(version("é" * 1_000_000)))
    async with opened(project) as panes:
        page = await Page.open(panes, project)
        await panes.until(lambda: panes.shows("v6 · zero-shot"))
        await panes.press("tab", "G")
        await panes.until(lambda: panes.shows("… 980,000 more characters"))
        await panes.press("shift+tab", "enter")
        assert len(page.taken[0].messages[-1].content) == 1_000_000


async def test_what_came_of_tries_is_said_without_a_sign_of_success_where_there_was_none(
    tmp_path: Path, home: Path
) -> None:
    moments = Moments(0.0, 0.0, 0.04, 0.04, 0.2, 1.0)
    with project_with(tmp_path / "tickets") as project:
        row = find_example(project.reader, find_dataset(project.reader), "dev", 1)
        for number, answers in ((1, ("no", "no")), (2, ("billing", "no")), (3, ("billing", "billing"))):
            project.writer.put_now(save_prompt(version(f"the text of version {number}")))
            for text in answers:
                said = Generation("try", "fake", "m", text, "stop", Usage(40, 2), 0.0, moments, prompt=number)
                project.writer.put_now(save_generation(replace(said, example=row.id)))
        async with opened(project, (80, 24)) as panes:
            page = await Page.open(panes, project)
            await panes.until(lambda: page.page.tried)
            rows = panes.part("#versions").split("\n")[1:4]
            assert [next(word for word in ("2/2 ✔", "1/2  ", "0/2 ✘") if word in row) for row in rows]
        for size in ((20, 5), (22, 8), (30, 12)):
            async with opened(project, size) as panes:
                page = await Page.open(panes, project)
                await panes.until(lambda page=page: page.page.tried)  # type: ignore[misc]
                rows = panes.part("#versions").split("\n")[1:4]
                assert all(re.search(r"v\d +the [a-z ]*…$", row.rstrip()) for row in rows), rows
