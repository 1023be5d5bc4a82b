"""`status`, `next`, and opening the app."""

import os
from pathlib import Path
from typing import Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.errors import UsageFault
from genai_tui.lifecycle import ASCII_SIGNS, BY_KEY, SIGNS, STAGES
from genai_tui.records.stages import Board
from genai_tui.untrusted import one_line


@click.command(cls=Command)
@pass_frame
def status(frame: Frame) -> None:
    """Print the lifecycle board."""
    from genai_tui.board import gather

    with frame.project() as project:
        board = gather(project)
    if frame.say.json:
        frame.say.document(board_as_json(board))
    else:
        frame.say.lines(board_lines(board, utf8=frame.terminal.utf8))


@click.command("next", cls=Command)
@pass_frame
def next_step(frame: Frame) -> None:
    """Print the next best step, with its evidence and the command that does it."""
    from genai_tui.board import gather

    with frame.project() as project:
        advice = gather(project).advice
    if frame.say.json:
        frame.say.document(_advice(advice) | {"command": advice.command})
        return
    stage = BY_KEY[advice.stage]
    frame.say.lines([f"{stage.number} {stage.title}: {advice.text}", *(f"  - {line}" for line in advice.evidence)])
    if advice.command:
        frame.say.text(f"  {advice.command}")


@click.command("open", cls=Command, hidden=True)
@click.argument("path", required=False)
@pass_frame
def open_app(frame: Frame, path: str | None) -> int:
    """Open the app on a folder; without a terminal print the board."""
    if path is None and frame.path is None:
        from genai_tui.errors import NoProject
        from genai_tui.project import find_project

        try:
            return open_folder(frame, find_project(Path.cwd()))
        except NoProject:
            if frame.terminal.dumb:
                raise
            return open_folder(frame, Path.cwd())
    return open_folder(frame, Path(path or frame.path or "."))


def open_folder(frame: Frame, folder: Path) -> int:
    """Open the app (or its welcome) on a folder; without a terminal print the board. Returns the exit code."""
    from genai_tui.project import find_project

    if frame.terminal.dumb or frame.say.json:
        frame.path = str(find_project(folder, upwards=False))
        click.get_current_context().invoke(status)
        return 0
    if not os.path.isdir(folder):
        raise UsageFault(f"There is no folder {folder}.", "", "`genai-tui init PATH` makes a project there.")
    from genai_tui.app import run_app

    return run_app(folder, plain=frame.plain, environ=os.environ)


def board_as_json(board: Board) -> dict[str, Any]:
    """The board as `status --json` prints it."""
    return {
        "project": board.project,
        "stages": [
            {
                "number": stage.number,
                "key": stage.key,
                "title": stage.title,
                "phase": stage.phase,
                "state": status.state,
                "summary": status.summary,
            }
            for stage, status in zip(STAGES, board.stages, strict=True)
        ],
        "next": _advice(board.advice),
        "spend": {"usd": board.usd, "known_usd": board.known_usd, "budget_usd": board.budget_usd},
        "jobs": {"running": board.jobs_running},
    }


def _advice(advice: Any) -> dict[str, Any]:
    return {"stage": advice.stage, "text": advice.text, "evidence": list(advice.evidence)}


def board_lines(board: Board, *, utf8: bool) -> list[str]:
    """The board for people: a line a stage, and the next step. Readable from top to bottom, without columns."""
    from genai_tui.stages.prompt.trying import money

    signs = SIGNS if utf8 else ASCII_SIGNS
    known = money(board.known_usd)
    spent = known if board.usd is not None else f"≥ {known}" if board.known_usd else "$?"
    of = "" if board.budget_usd is None else f" of {money(board.budget_usd)}"
    lines = [f"{one_line(board.project)}   {one_line(board.model)} {board.model_state}   {spent}{of}", ""]
    phase = ""
    for stage, told in zip(STAGES, board.stages, strict=True):
        if stage.phase != phase:
            phase = stage.phase
            lines.append(phase)
        lines.append(f"  {stage.number} {signs[told.state]} {stage.title:<10} {one_line(told.summary)}")
    advice = board.advice
    lines += ["", f"NEXT  {BY_KEY[advice.stage].title}: {one_line(advice.text)}"]
    lines += [f"  - {one_line(line)}" for line in advice.evidence]
    return lines if not advice.command else [*lines, f"  {one_line(advice.command)}"]
