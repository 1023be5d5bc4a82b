"""Writes a picture of every screen: `python -m genai_tui.screens.pictures [FOLDER]`, default ./screenshots.

The sample project is made in a folder that is gone afterwards, each screen is walked to with keys, at 80×24 and
120×36, and drawn as SVG. The answers in them are the embedded model's own, asked for then, and so are the runs. What
differs by machine is set: whether that model is awake, how long it takes, dates, the user's settings, folders. With
`--check` nothing is written, and the exit code is 1 where a picture is no longer true. Another version of Textual or
Rich draws otherwise; then it refuses and says which.
"""

import asyncio
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from textual.pilot import Pilot

from genai_tui.advice import advise
from genai_tui.board import gather
from genai_tui.errors import GenaiError, MissingPiece, NoAnswer
from genai_tui.estimation.machine import Cpu, Machine
from genai_tui.project import DEFAULT_MODEL, Project
from genai_tui.records.generations import Generation
from genai_tui.records.stages import Board
from genai_tui.sample import make_sample
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictured import with_trainings
from genai_tui.stages.evaluate.limits import Limits
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.running import plan_run, run_candidates
from genai_tui.stages.prompt.onward import candidate
from genai_tui.stages.prompt.pages.slots import Asked
from genai_tui.stages.prompt.screen import PromptScreen
from genai_tui.stages.prompt.sheet import Column, sheet_of
from genai_tui.stages.prompt.trying import answering, gather_inputs, subjects
from genai_tui.stages.select import comparing
from genai_tui.store.generations import page_generations
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import keep_result
from genai_tui.terminal.environment import read_terminal

A_MACHINE = Machine((), Cpu("a processor", 8, 32 * 1024**3, 24 * 1024**3))
NOON = "2024-02-03T12:00:00.000Z"
SIZES = ((80, 24), (120, 36))
DRAWN_WITH = {"textual": "8.2.8", "rich": "15.0.0"}
SCREENS: dict[str, tuple[str, ...]] = {
    "home": (), "scope": ("1",), "scope-follows": ("1", "tab"),
    "select": ("2",), "prompt": ("3",), "prompt-answer": ("3", "T"),
    "align": ("5",), "evaluate-datasets": ("6", "d"),
    "evaluate-scorers": ("6", "s"), "deploy": ("7",), "augment": ("8",), "help": ("question_mark",),
    "palette": ("colon",),
}  # fmt: skip
MEASURED: dict[str, tuple[str, ...]] = {"evaluate": ("6",)}  # once there are runs
TRAINED: dict[str, tuple[str, ...]] = {  # once there are trainings
    "finetune": ("4", "b"), "finetune-compare": ("4", "b", "j", "j", "t", "k"), "jobs": ("J",), "job": ("J", "enter"),
}  # fmt: skip
ASKED_OF, VERSIONS, ROWS = "dev:7", (1, 3), 30  # whose answers are shown, and how many rows of dev are measured
THEMES = ("light", "high-contrast", "terminal")
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_NAMES = re.compile(r"terminal-\d+")


def steady(project: Project) -> Board:
    """The board as it is on a machine that has the weights, with the model asleep."""
    facts = project.facts()._replace(weights_present=True)
    return gather(project)._replace(model_state="asleep", advice=advise(facts))


async def with_tries(project: Project) -> None:
    """Ask the embedded model with two versions, really. Not streamed: text and usage are alike on every machine.

    Raises MissingPiece where its weights are not here: nothing is put into a picture that no model said.
    """
    inputs = gather_inputs(project, row=ASKED_OF, dataset=None, variables=None, pairs=())
    async with project.asking() as asking:
        for version in VERSIONS:
            [subject] = subjects(project, find_prompt(project.reader, str(version)), (DEFAULT_MODEL,))
            async for item in await answering(project, subject, inputs, asking=asking, stream=False):
                if isinstance(item, Generation) and item.error is not None:
                    raise NoAnswer(item.error.what, item.error.why, item.error.do)


async def with_runs(project: Project) -> None:
    """Measure both versions on rows of dev, really, one answer after the other: so they are alike on every machine."""
    candidates = [candidate(project, sheet_of(find_prompt(project.reader, str(version)))) for version in VERSIONS]
    plan = plan_run(project, split="dev", rows=ROWS, limits=Limits(in_flight=1))
    runs = [run async for run in run_candidates(project, candidates, plan)]
    project.writer.put_now(_at_noon)
    for run in runs:
        project.writer.put_now(keep_result(run.id, result_of(project.reader, run)))


def _at_noon(connection: sqlite3.Connection) -> None:
    """What differs by machine: each answer took 0.2 s, and all of it was measured on one noon."""
    connection.execute("UPDATE generation SET queued = 0, sent = 0, first_token = NULL, done = 0.2 WHERE run > 0")
    connection.execute("UPDATE run SET created = ?, ended = ?, worked_s = 0.2 * n", (NOON, NOON))


async def draw(project: Project | None, keys: tuple[str, ...], size: tuple[int, int], theme: str = "dark") -> str:
    """One screen as SVG, without fonts to be fetched and without names that differ from run to run."""
    terminal = read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"})
    board = steady(project) if project is not None else None
    app = GenaiApp(terminal, project, board=board, theme=theme, folder=Path("/home/ada/new-project"))  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in keys:
            await (_show_tries(pilot) if key == "T" else pilot.press(key))
            await pilot.pause()
            await settled(pilot)
        svg = app.export_screenshot(title="genai-tui", simplify=True)
    lines = _NAMES.sub("terminal", _FONTS.sub("", svg)).split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


async def _show_tries(pilot: Pilot[int]) -> None:
    """Open the newest try again, as a person does in the history, and beside it what the other version answered."""
    screen = pilot.app.screen
    assert isinstance(screen, PromptScreen)
    assert screen.host.project is not None
    await pilot.press("H")
    await pilot.pause()
    await pilot.press("enter")
    while not screen.slots[0].view.status[0]:
        await pilot.pause()
    newest, other = page_generations(screen.host.project.reader, purpose="try", limit=2)
    await settled(pilot)
    screen.take(replace(screen.sheet, columns=(Column(), Column(version=other.prompt))))
    values = dict(screen.rows.values)
    for slot, generation in zip(screen.asked, (newest, other), strict=True):
        view = slot.view
        asked = Asked(slot.column, view.model, view.what, ASKED_OF, values, screen.sheet)
        screen.put_answer(slot, asked, generation)
    screen.show_part(screen.slots[0].view)
    screen.show_tabs()
    screen.forget_message()


async def settled(pilot: Pilot[int]) -> None:
    """Wait until a screen that reads or counts in the background has done so."""
    while not getattr(pilot.app.screen, "settled", True):
        await pilot.pause(0.01)


async def pictures() -> dict[str, str]:
    """All pictures by file name."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Settings and what is remembered are not this user's; the weights are, for a picture is of a real answer.
        os.environ.update({f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("STATE", "CONFIG")})
        setattr(comparing, "this_machine", lambda: A_MACHINE)  # noqa: B010 - what fits differs by machine
        with make_sample(Path(folder) / "support-triage", environ=os.environ) as project:
            await with_tries(project)
            for size in SIZES:
                ending = f"{size[0]}x{size[1]}.svg"
                for name, keys in SCREENS.items():
                    found[f"{name}-{ending}"] = await draw(project, keys, size)
                found[f"welcome-{ending}"] = await draw(None, (), size)
            for theme in THEMES:
                found[f"home-{theme}.svg"] = await draw(project, (), SIZES[1], theme)
            await with_runs(project)
            for size in SIZES:
                for name, keys in MEASURED.items():
                    found[f"{name}-{size[0]}x{size[1]}.svg"] = await draw(project, keys, size)
            with_trainings(project)
            for size in SIZES:
                for name, keys in TRAINED.items():
                    found[f"{name}-{size[0]}x{size[1]}.svg"] = await draw(project, keys, size)
    return found


def _other_versions() -> Iterator[str]:
    for name, wanted in DRAWN_WITH.items():
        if version(name) != wanted:
            yield f"{name} {version(name)} is installed, {wanted} is needed"


def main(words: list[str]) -> int:
    """Write or check; returns the exit code."""
    if others := list(_other_versions()):
        fault = MissingPiece("The pictures were not drawn.", "; ".join(others) + ".", "pip install -e '.[dev]'")
        sys.stderr.write(f"{fault}\n")
        return fault.exit_code
    check = "--check" in words
    folder = Path(next((word for word in words if not word.startswith("-")), "screenshots"))
    try:
        found = asyncio.run(pictures())
    except GenaiError as error:
        sys.stderr.write(f"The pictures were not drawn. {error}\n")
        return error.exit_code
    there = {path.name for path in folder.glob("*.svg")}
    wrong = [name for name, svg in found.items() if name not in there or (folder / name).read_text("utf-8") != svg]
    wrong += sorted(there - set(found))
    if check:
        sys.stderr.write("".join(f"{folder / name} is no longer true\n" for name in wrong))
        return 1 if wrong else 0
    folder.mkdir(exist_ok=True)
    for name, svg in found.items():
        (folder / name).write_text(svg, "utf-8")
    for name in there - set(found):
        (folder / name).unlink()
    sys.stderr.write(f"{len(found)} pictures in {folder}, {len(wrong)} of them new.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
