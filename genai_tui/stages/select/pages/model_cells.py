"""The columns of the list of models: what is unknown is a question mark, what is not read yet an ellipsis."""

from collections.abc import Sequence

from genai_tui.stages.select.card_text import short_count
from genai_tui.stages.select.comparing import Column
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.widgets.columns import Cell, Col

WIDE, WIDEST = 110, 130  # columns of the screen from which there is one for more, and for everything
NARROW = (Col("size", 7), Col("context", 9), Col("$/M in out", 13), Col("fits", 6))
COLS = (
    Col("size", 8), Col("context", 10), Col("$/M in out", 14), Col("a month", 11), Col("memory", 10), Col("fits", 6),
    Col("score", 7), Col("licence", 16), Col("published", 11),
)  # fmt: skip
UNKNOWN = Cell("?", "soft")
FITS = {True: Cell("yes", "good"), False: Cell("no", "bad"), None: UNKNOWN}


def cols_of(width: int) -> Sequence[Col]:
    """The columns that a screen of this width has room for, beside the names."""
    return NARROW if width < WIDE else COLS if width >= WIDEST else COLS[:-1]


def cells_of(row: Column, cols: Sequence[Col], *, read: bool) -> Sequence[Cell]:
    """The cells of one model for these columns."""
    if not read:
        return [Cell("…", "soft") for _ in cols]
    card = row.known.card
    shape = card.architecture
    size = shape.parameters if shape else card.parameters
    price = row.known.input_usd, row.known.output_usd
    all_cells = {
        "size": UNKNOWN if size is None else Cell(short_count(size)),
        "context": UNKNOWN if card.context_tokens is None else Cell(tokens_text(card.context_tokens)),
        "$/M in out": UNKNOWN if None in price else Cell(f"{price[0]:g} {price[1]:g}"),
        "a month": UNKNOWN if row.month_usd is None else Cell(amount_text(row.month_usd, "US dollars")),
        "memory": UNKNOWN if row.memory_bytes is None else Cell(f"≈{amount_text(row.memory_bytes, 'bytes')}"),
        "fits": FITS[row.fits],
        "score": Cell("–", "soft") if row.scored is None else Cell(f"{row.scored.value.value:.2f}", "strong"),
        "published": UNKNOWN if card.published is None else Cell(card.published),
        "licence": UNKNOWN if card.licence is None else Cell(card.licence),
    }
    return [all_cells[col.name] for col in cols]


def tokens_text(tokens: int) -> str:
    """A context in few signs: 8k is 8,192."""
    return f"{tokens:,}" if tokens < 1000 else f"{tokens / 1e6:.3g}M" if tokens >= 1e6 else f"{tokens // 1000}k"
