"""The lines every screen has: at the top where one is and what it costs, the rail under it, the keys at the bottom."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from genai_tui.lifecycle import STAGES
from genai_tui.records.stages import Board
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import STATE_ROLES, Role

RAIL_WIDTH = 75
SHORTEST_NAME = 6  # cells that a project's name is shortened to; with fewer it is left out
TONES: dict[str, Role] = {"note": "strong", "wait": "soft", "good": "good", "warn": "warn", "bad": "bad"}


class Message(NamedTuple):
    """A sentence in the last line, until the next key: its tone is note, wait, good, warn or bad."""

    text: str
    tone: str = "note"


def money(board: Board) -> str:
    """Spent, of the budget: `$0.02 of $5.00`; `≥ $0.02` where part of it has no known price, `$?` where all of it."""
    known = f"${board.known_usd:.2f}" if board.known_usd >= 0.005 or not board.known_usd else f"${board.known_usd:.4f}"
    spent = known if board.usd is not None else f"≥ {known}" if board.known_usd else "$?"
    return f"{spent} of ${board.budget_usd:.2f}" if board.budget_usd is not None else spent


def jobs(board: Board, sign: str) -> str:
    """Running jobs, and how far the one is."""
    if not board.jobs_running:
        return "no jobs"
    count = f"{board.jobs_running} job" + ("s" if board.jobs_running > 1 else "")
    return count if board.job_progress is None else f"{count} {sign} {board.job_progress * 100:.0f} %"


def evaluating(board: Board) -> str:
    """How far the evaluations are that go on: `dev 31/60`, of several the sum; empty where none does."""
    going = board.measuring
    what = going[0].split if len(going) == 1 else f"{len(going)} runs"
    return f"{what} {sum(run.done for run in going):,}/{sum(run.n for run in going):,}" if going else ""


Piece = list[tuple[str, Role]]


def draw_top(canvas: Canvas, y: int, board: Board | None, where: str = "") -> None:
    """The top line: program, project and place, the model in use with its last known state, money, jobs.

    Where it does not fit, the program's name goes first, then what says nothing ("no jobs"), then the model's endpoint,
    then the word beside its sign; the project's name is shortened. An evaluation that goes on keeps its count.
    """
    canvas.fill(0, y, canvas.width, " ", "bar")
    margin = 1 if canvas.width >= 70 else 0
    if board is None:
        x = canvas.put(margin, y, "genai-tui", "barsoft") + 2
        canvas.put(x, y, where, "bar")
        return
    place = f" · {where}" if where else ""
    name = board.project + place
    wanted = min(width_of(canvas.look.text(name)), 24)
    for program, pieces in _ways_to_say(canvas, board):
        gap = 3 if program else 2
        taken = sum(_width(canvas, piece) + gap for piece in pieces) + (11 if program else 0) + 2 * margin
        if taken + wanted <= canvas.width:
            break
    x = canvas.put(margin, y, "genai-tui", "barsoft") + 2 if program else margin
    end = canvas.width - margin
    for piece in reversed(pieces):
        end -= _width(canvas, piece)
        at = end
        for text, role in piece:
            at = canvas.put(at, y, text, role) if at >= 0 else at
        end -= gap
    if width_of(canvas.look.text(name)) > end - x and where:  # the place says more than the project's name
        kept = end - x - width_of(canvas.look.text(place))
        x, place = (canvas.put(x, y, board.project, "bar", kept), place) if kept >= SHORTEST_NAME else (x, where)
        name = place
    canvas.put(x, y, name, "bar", end - x)


def _width(canvas: Canvas, piece: Piece) -> int:
    return sum(width_of(canvas.look.text(text)) for text, _ in piece)


def _ways_to_say(canvas: Canvas, board: Board) -> Iterator[tuple[bool, list[Piece]]]:
    """What stands at the right, from all of it down to what must be said; and whether the program's name has room."""
    signs = canvas.look.signs
    state, role = board.model_state, STATE_ROLES.get(board.model_state, "barsoft")
    sign = signs.get(state, signs["unknown"])
    spent: Piece = [(money(board), "bar")]
    unpriced: Piece = [*spent, (" no price known", "barsoft")] if money(board).startswith("$?") else spent
    measured = evaluating(board)
    work: list[Piece] = [[(jobs(board, signs["job"]), "bar" if board.jobs_running else "barsoft")]]
    if measured:
        work = [[("evaluating ", "barsoft"), (measured, "bar")], *(work if board.jobs_running else ())]
    busy = [spent, *work] if measured or board.jobs_running else [spent]
    brief = [spent, [(f"{signs['job']} {measured}", "bar")]] if measured else busy
    model: Piece = [(board.model, "bar"), (f" {sign} {state}", role)]
    short: Piece = [(board.model.rpartition("/")[2], "bar"), (f" {sign} {state}", role)]
    yield True, [model, unpriced, *work]
    yield False, [model, unpriced, *work]
    yield False, [model, spent, *work]
    yield False, [model, *busy]
    yield False, [short, *busy]
    yield False, [[(short[0][0], "bar"), (f" {sign}", role)], *busy]
    yield False, [[(sign, role)], *busy]
    yield False, [[(sign, role)], *brief]
    yield False, [spent]


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


def margin_of(width: int) -> int:
    """Cells before the last line: none where every cell is needed."""
    return 1 if width >= 40 else 0


def draw_keys(canvas: Canvas, y: int, keys: Sequence[Key], message: Message | None = None) -> None:
    """The last line: the message, if there is one, else as many keys as fit, the last (help) always among them."""
    margin = margin_of(canvas.width)
    if message is not None:
        canvas.put(margin, y, message.text, TONES[message.tone])
        return
    room = canvas.width - margin
    sizes = [width_of(canvas.look.text(f"{key.key} {key.does}")) + 2 for key in keys]
    shown = list(range(len(keys)))
    while shown and sum(sizes[number] for number in shown) - 2 > room and len(shown) > 1:
        shown.pop(-2 if len(shown) > 2 else 0)
    x = margin
    for number in shown:
        x = canvas.put(x, y, keys[number].key, "key") + 1
        x = canvas.put(x, y, keys[number].does, "keytext") + 2
