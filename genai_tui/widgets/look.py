"""How everything looks: themes as tables of roles, for 256, 16 and no colours, and the signs of both drawings.

Every cell that we draw has a role, and every role has a style: a segment without one ends Textual under NO_COLOR.
Colours are those of xterm's palette by number, so a theme looks the same with 256 colours and with millions, and costs
a third less on the wire. A theme that paints its own ground paints it everywhere.
"""

from typing import Literal, NamedTuple

from rich.color import Color
from rich.style import Style

from genai_tui.untrusted import ascii_only, harmless

Theme = Literal["dark", "light", "high-contrast", "terminal"]
THEMES: tuple[Theme, ...] = ("dark", "light", "high-contrast", "terminal")
Role = Literal[
    "text", "strong", "soft", "frame", "head", "pick", "bar", "barsoft", "rail", "railnow", "key", "keytext",
    "good", "warn", "bad", "phase0", "phase1", "phase2", "phase3", "field", "caret", "track", "bargood", "barbad",
]  # fmt: skip
SIGN_ROLES: dict[str, Role] = {"empty": "soft", "started": "text", "done": "good", "attention": "warn", "failed": "bad"}
STATE_ROLES: dict[str, Role] = {"ready": "bargood", "asleep": "barsoft", "failed": "barbad", "unknown": "barsoft"}
Hue = int | None
Pair = tuple[Hue, Hue]


class Palette(NamedTuple):
    """One theme for one number of colours: (front, ground) of each role by palette number, None: the terminal's own."""

    ground: int | None
    bar: int | None
    fronts: dict[str, int | None]
    pick: Pair
    railnow: Pair
    field: Pair


def _fronts(
    text: Hue, strong: Hue, soft: Hue, frame: Hue, signs: tuple[Hue, Hue, Hue], phases: tuple[Hue, Hue, Hue, Hue],
    key: Hue, bar: Hue, barsoft: Hue,
) -> dict[str, Hue]:  # fmt: skip
    names: dict[str, Hue] = {"text": text, "strong": strong, "soft": soft, "frame": frame, "head": soft, "track": frame}
    names |= dict(zip(("good", "warn", "bad"), signs, strict=True))
    names |= {f"phase{number}": front for number, front in enumerate(phases)}
    names |= {"key": key, "keytext": soft, "bar": bar, "barsoft": barsoft, "rail": barsoft}
    # Red and green are hard to read on the blue line of sixteen colours: there the sign and the word say it.
    return names | {"bargood": bar if barsoft == bar else signs[0], "barbad": bar if barsoft == bar else signs[2]}


PALETTES: dict[Theme, Palette] = {
    "dark": Palette(
        234, 236, _fronts(252, 255, 247, 242, (114, 221, 210), (111, 80, 222, 183), 153, 255, 250),
        (234, 153), (234, 153), (255, 238),
    ),
    "light": Palette(
        231, 254, _fronts(236, 16, 241, 246, (22, 94, 124), (25, 23, 94, 91), 25, 16, 239),
        (231, 25), (231, 25), (16, 255),
    ),
    "high-contrast": Palette(
        16, 16, _fronts(231, 231, 253, 250, (120, 227, 217), (117, 123, 227, 219), 227, 231, 253),
        (16, 227), (16, 227), (231, 16),
    ),
    "terminal": Palette(
        None, None, _fronts(None, None, None, None, (2, 3, 1), (4, 6, 3, 5), 6, None, None),
        (None, None), (None, None), (None, None),
    ),
}  # fmt: skip

PALETTES_16: dict[Theme, Palette] = {
    "dark": Palette(
        0, 4, _fronts(7, 15, 7, 8, (10, 11, 9), (14, 10, 11, 13), 14, 15, 15), (0, 6), (0, 6), (15, 0),
    ),
    "light": Palette(
        15, 4, _fronts(0, 0, 0, 8, (4, 5, 1), (4, 5, 1, 12), 4, 15, 15), (15, 4), (0, 15), (0, 15),
    ),
    "high-contrast": Palette(
        0, 0, _fronts(15, 15, 15, 7, (10, 11, 9), (14, 10, 11, 13), 11, 15, 15), (0, 11), (0, 11), (15, 0),
    ),
    "terminal": PALETTES["terminal"],
}  # fmt: skip

_BOLD = {"strong", "key", "pick", "railnow"}
_REVERSED_WITHOUT_COLOUR = {"pick", "railnow", "caret"}

SIGNS = {
    "empty": "○", "started": "●", "done": "✔", "attention": "!", "failed": "✘", "ready": "●", "asleep": "○",
    "unknown": "·", "here": "▸", "job": "▸", "ellipsis": "…", "point": "●", "target": "┊", "down": "▼", "up": "▲",
    "dot": "·", "best": "◀",
}  # fmt: skip
ASCII_SIGNS = SIGNS | {
    "empty": "o", "started": "*", "done": "+", "failed": "x", "ready": "*", "asleep": "o", "unknown": "-", "here": ">",
    "job": ">", "ellipsis": "~", "point": "*", "target": ":", "down": "v", "up": "^", "dot": "-", "best": "<",
}  # fmt: skip


class Look(NamedTuple):
    """What a screen is drawn with: a style for each role, signs, and whether to keep to ASCII or to plain lines."""

    theme: Theme
    styles: dict[str, Style]
    signs: dict[str, str]
    ascii: bool
    plain: bool

    def text(self, text: str) -> str:
        """Foreign or own text as it may be drawn here: harmless, and in ASCII where nothing else may be written."""
        if text.isascii() and text.isprintable():
            return text
        text = harmless(text)
        if self.ascii:
            for sign, words in _IN_ASCII:
                text = text.replace(sign, words)
            return ascii_only(text)
        return text

    def same_ground(self, one: str, other: str) -> bool:
        """Whether a blank looks the same in both roles, so that it may be written in either."""
        first, second = self.styles[one], self.styles[other]
        return first.bgcolor == second.bgcolor and not (
            first.underline or second.underline or bool(first.reverse) != bool(second.reverse)
            or (first.reverse and first.color != second.color)
        )  # fmt: skip


_IN_ASCII = (("≥", ">="), ("≤", "<="), ("±", "+/-"), ("—", "--"), ("→", "->"), ("✔ ", "+ "))
_LONGER = {sign: len(words) for sign, words in _IN_ASCII if len(sign) == 1}


def ascii_width(char: str) -> int:
    """How many cells a character takes where nothing but ASCII is written."""
    return _LONGER.get(char, 1)


def make_look(
    theme: Theme = "dark",
    colours: Literal["none", "16", "256", "truecolor"] = "256",
    *,
    ascii_only: bool = False,
    plain: bool = False,
) -> Look:
    """The look of `theme` with so many colours. Without colours bold, underline and reverse carry what must be seen."""
    styles = _colourless() if colours == "none" else _coloured(theme, colours == "16")
    return Look(theme, styles, ASCII_SIGNS if ascii_only else SIGNS, ascii_only, plain)


def _coloured(theme: Theme, sixteen: bool) -> dict[str, Style]:
    palette = (PALETTES_16 if sixteen else PALETTES)[theme]
    grounds = dict.fromkeys(("bar", "barsoft", "rail", "bargood", "barbad"), palette.bar)
    pairs: dict[str, Pair] = {
        role: (front, grounds.get(role, palette.ground)) for role, front in palette.fronts.items()
    } | {"pick": palette.pick, "railnow": palette.railnow, "field": palette.field, "caret": palette.pick}
    own_ground = palette.ground is not None
    return {
        role: Style(
            color=None if front is None else Color.from_ansi(front),
            bgcolor=None if ground is None else Color.from_ansi(ground),
            bold=role in _BOLD or None,
            underline=(role == "field" and not own_ground) or None,
            reverse=(role in _REVERSED_WITHOUT_COLOUR and not own_ground) or None,
        )
        for role, (front, ground) in pairs.items()
    }


def _colourless() -> dict[str, Style]:
    roles = [*PALETTES["dark"].fronts, "pick", "railnow", "field", "caret"]
    return {
        role: Style(
            bold=role in _BOLD or None,
            underline=role == "field" or None,
            reverse=role in _REVERSED_WITHOUT_COLOUR or None,
        )
        for role in roles
    }
