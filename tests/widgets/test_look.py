"""Themes: every text can be read, in 256 and in 16 colours; no colour means none; every role has a style."""

import itertools
from typing import get_args

import pytest
from rich.color import ColorSystem

from genai_tui.widgets.look import PALETTES, PALETTES_16, THEMES, Role, Theme, make_look

ROLES = get_args(Role)
SIGNS_AND_FRAMES = {"frame", "track"}
XTERM = (
    "000000", "cd0000", "00cd00", "cdcd00", "0000ee", "cd00cd", "00cdcd", "e5e5e5",
    "7f7f7f", "ff0000", "00ff00", "ffff00", "5c5cff", "ff00ff", "00ffff", "ffffff",
)  # fmt: skip
STEPS = (0, 95, 135, 175, 215, 255)
OWN_GROUND: tuple[Theme, ...] = ("dark", "light", "high-contrast")


def rgb(number: int) -> tuple[int, int, int]:
    if number < 16:
        return tuple(bytes.fromhex(XTERM[number]))  # type: ignore[return-value]
    if number < 232:
        number -= 16
        return STEPS[number // 36], STEPS[number // 6 % 6], STEPS[number % 6]
    return (8 + 10 * (number - 232),) * 3


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: int, other: int) -> float:
    high, low = sorted((luminance(rgb(one)), luminance(rgb(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "colours"), itertools.product(OWN_GROUND, ("256", "16")))
def test_every_text_stands_out_from_its_ground(theme: Theme, colours: str) -> None:
    look = make_look(theme, colours)  # type: ignore[arg-type]
    poor = {}
    for role, style in look.styles.items():
        assert style.color is not None, role
        assert style.bgcolor is not None, role
        assert style.color.number is not None
        assert style.bgcolor.number is not None
        found = contrast(style.color.number, style.bgcolor.number)
        if found < (3.0 if role in SIGNS_AND_FRAMES else 4.5):
            poor[role] = round(found, 2)
    assert poor == {}


@pytest.mark.parametrize("theme", THEMES)
def test_sixteen_colours_are_the_terminals_own(theme: Theme) -> None:
    for style in make_look(theme, "16").styles.values():
        codes = style.render("x", color_system=ColorSystem.STANDARD)
        assert ";5;" not in codes
        assert ";2;" not in codes
        assert all(colour is None or (colour.number or 0) < 16 for colour in (style.color, style.bgcolor))


def test_without_colours_no_style_has_one_and_what_is_chosen_is_still_seen() -> None:
    styles = make_look("dark", "none").styles
    assert all(style.color is None and style.bgcolor is None for style in styles.values())
    assert styles["pick"].reverse
    assert styles["railnow"].reverse
    assert styles["strong"].bold


@pytest.mark.parametrize(("theme", "colours"), itertools.product(THEMES, ("none", "16", "256", "truecolor")))
def test_every_role_has_a_style(theme: Theme, colours: str) -> None:
    assert set(make_look(theme, colours).styles) == set(ROLES)  # type: ignore[arg-type]


def test_the_terminals_own_theme_names_no_ground() -> None:
    for palettes in (PALETTES, PALETTES_16):
        assert palettes["terminal"].ground is None
    assert all(style.bgcolor is None for style in make_look("terminal").styles.values())


def test_every_phase_has_a_colour_of_its_own() -> None:
    for theme, colours in itertools.product(THEMES, ("256", "16")):
        styles = make_look(theme, colours).styles  # type: ignore[arg-type]
        assert len({styles[f"phase{number}"].color for number in range(4)}) == 4
