"""The heading of one column of answers: its letter, how it stands, who answers and with what, in any width."""

from genai_tui.untrusted import one_line
from genai_tui.widgets.answer_signs import SIGNS_OF, AnswerState
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import fit, width_of
from genai_tui.widgets.look import Role

LEAST_MODEL = 6  # cells of a model's name below which the rest is left out


def draw_answer_heading(  # noqa: PLR0913 - what it says, each once
    canvas: Canvas, letter: str, model: str, what: str, state: AnswerState, lit: bool, *, faded: bool = False
) -> None:
    """Row 0. Where it does not fit, the model's endpoint goes first, then words of `what` from their end."""
    look, width = canvas.look, canvas.width
    if not look.plain:
        canvas.fill(0, 0, width, "─", "frame")
    x = 0 if look.plain or width < 24 else 1
    sign, role, _ = SIGNS_OF[state]
    head: Role = "key" if lit else "head"
    x = canvas.put(x, 0, f" {letter} " if letter else " ", head)
    x = canvas.put(x, 0, f"{look.signs[sign]} ", "soft" if faded else role)
    room = width - x - 1
    name, rest = _what_fits(one_line(look.text(model)), one_line(look.text(what)), room)
    name = fit(name, room - (2 + width_of(rest) if rest else 0), look.signs["ellipsis"])
    x = canvas.put(x, 0, name, "key" if lit else "strong")
    if rest:
        x = canvas.put(x, 0, f"  {rest}", head)
    canvas.put(x, 0, " ", head)


def _what_fits(model: str, what: str, room: int) -> tuple[str, str]:
    short, words = model.rpartition("/")[2], what.split()
    ways = [(model, what), *((short, " ".join(words[:number])) for number in range(len(words), 0, -1))]
    for name, rest in ways:
        if width_of(name) + (2 + width_of(rest) if rest else 0) <= room:
            return name, rest
    first = words[0] if words and LEAST_MODEL + 2 + width_of(words[0]) <= room else ""
    return short, first
