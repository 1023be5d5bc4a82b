"""Models side by side as text for 80 columns: a name at the left, each model's value wrapped in a column of its own."""

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from genai_tui.stages.select.comparing import Column
from genai_tui.stages.select.estimate_text import WIDE
from genai_tui.untrusted import one_line

GAP = "  "
BREAKS_AFTER = "/-_"  # in a word that is wider than its column


def compare_lines(columns: Sequence[Column]) -> list[str]:
    """The rows of all columns, with a rule under the names of the models."""
    rows = [column.rows() for column in columns]
    names = max(len(name) for name, _ in rows[0])
    each = (WIDE - names) // len(columns) - len(GAP)
    lines = list[str]()
    for values in zip(*rows, strict=True):
        cells = [_wrapped(one_line(value), each) for _, value in values]
        for number in range(max(map(len, cells))):
            name = values[0][0] if number == 0 else ""
            texts = [cell[number] if number < len(cell) else "" for cell in cells]
            lines.append(GAP.join([name.ljust(names), *(_padded(text, each) for text in texts)]).rstrip())
        if values[0][0] == "model":
            lines.append(GAP.join("─" * width for width in (names, *(each for _ in columns))))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many cells, broken between words, else after a sign that parts a name, else anywhere."""
    lines = [""]
    for word in text.split(" "):
        for text, hangs in _pieces(word, width):
            longer = lines[-1] + ("" if hangs or not lines[-1] else " ") + text
            if _cells(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(text)
    return lines


def _pieces(word: str, width: int) -> list[tuple[str, bool]]:
    """A word in pieces that fit; whether one hangs on the piece before it."""
    if _cells(word) <= width:
        return [(word, False)]
    pieces, piece = list[str](), ""
    for sign in word:
        if _cells(piece + sign) > width:
            pieces.append(piece)
            piece = ""
        piece += sign
        if sign in BREAKS_AFTER:
            pieces.append(piece)
            piece = ""
    return [(each, place > 0) for place, each in enumerate([*pieces, piece]) if each]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Cells that a terminal gives it: two for wide characters, none for those that stand on others."""
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)
