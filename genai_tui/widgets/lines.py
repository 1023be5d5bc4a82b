"""The lines every screen has: at the top where one is and what it costs, the rail under it, the keys at the bottom."""

from collections.abc import Sequence
from typing import NamedTuple

from genai_tui.lifecycle import STAGES
from genai_tui.records.stages import Board
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import STATE_ROLES, Role

RAIL_WIDTH = 75
TONES: dict[str, Role] = {"note": "strong", "good": "good", "warn": "warn", "bad": "bad"}


class Message(NamedTuple):
    """A sentence in the last line, until the next key: its tone is note, good, warn or bad."""

    text: str
    tone: str = "note"


def money(board: Board) -> str:
    """Spent, of the budget: `$0.02 of $5.00`; what is not wholly known says so."""
    known = f"${board.known_usd:.2f}" if board.known_usd >= 0.005 or not board.known_usd else f"${board.known_usd:.4f}"
    spent = known if board.usd is not None else f"$? + {known}"
    return f"{spent} of ${board.budget_usd:.2f}" if board.budget_usd is not None else spent


def jobs(board: Board, sign: str) -> str:
    """Running jobs, and how far the one is."""
    if not board.jobs_running:
        return "no jobs"
    count = f"{board.jobs_running} job" + ("s" if board.jobs_running > 1 else "")
    return count if board.job_progress is None else f"{count} {sign} {board.job_progress * 100:.0f} %"


def draw_top(canvas: Canvas, y: int, board: Board | None, where: str = "") -> None:
    """The top line: program, project and place, the model in use with its last known state, money, jobs."""
    width, signs = canvas.width, canvas.look.signs
    canvas.fill(0, y, width, " ", "bar")
    wide = width >= 70
    x = canvas.put(1 if wide else 0, y, "genai-tui", "barsoft") + 2 if wide else 0
    if board is None:
        canvas.put(x, y, where, "bar")
        return
    end = width - 1 if wide else width
    pieces: list[list[tuple[str, Role]]] = [[(jobs(board, signs["job"]), "bar" if board.jobs_running else "barsoft")]]
    pieces.append([(money(board), "bar")])
    if board.model:
        state = board.model_state
        sign = signs.get(state, signs["unknown"])
        pieces.append([(board.model, "bar"), (f" {sign} {state}", STATE_ROLES.get(state, "barsoft"))])
    name = board.project
    for piece in pieces:
        length = sum(width_of(canvas.look.text(text)) for text, _ in piece)
        if end - length - 3 < x + min(width_of(name), 12) and piece is not pieces[1]:
            continue
        at = end - length
        for text, role in piece:
            at = canvas.put(at, y, text, role)
        end -= length + (3 if wide else 1)
    canvas.put(x, y, name, "bar", end - x)


def draw_rail(canvas: Canvas, y: int, board: Board | None, current: int) -> None:
    """The stage rail: eight stages with their signs, the current one lit; narrow it keeps keys and signs."""
    canvas.fill(0, y, canvas.width, " ", "rail")
    signs = canvas.look.signs
    full = canvas.width >= RAIL_WIDTH
    x = 0
    for stage in STAGES:
        state = board.stages[stage.number - 1].state if board else "empty"
        text = f"{stage.number}{signs[state]}{stage.title}" if full else f"{stage.number}{signs[state]}"
        here = stage.number == current
        end = canvas.put(x, y, text, "railnow" if here else "rail")
        x = end + (1 if full or canvas.width >= 24 else 0)


class Key(NamedTuple):
    """One key of the last line: as it is written there, and what it does."""

    key: str
    does: str


def draw_keys(canvas: Canvas, y: int, keys: Sequence[Key], message: Message | None = None) -> None:
    """The last line: the message, if there is one, else as many keys as fit, the last (help) always among them."""
    if message is not None:
        canvas.put(1 if canvas.width >= 40 else 0, y, message.text, TONES[message.tone])
        return
    margin = 1 if canvas.width >= 40 else 0
    room = canvas.width - margin
    sizes = [width_of(canvas.look.text(f"{key.key} {key.does}")) + 2 for key in keys]
    shown = list(range(len(keys)))
    while shown and sum(sizes[number] for number in shown) - 2 > room and len(shown) > 1:
        shown.pop(-2 if len(shown) > 2 else 0)
    x = margin
    for number in shown:
        x = canvas.put(x, y, keys[number].key, "key") + 1
        x = canvas.put(x, y, keys[number].does, "keytext") + 2
