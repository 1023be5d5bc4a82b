"""The terminal as the environment tells it: read once at the start, before Textual is imported.

`read_terminal` is pure. `this_terminal` reads the running process, and `prepare_environment` changes `os.environ` so
that Textual behaves; it must run before anything of Textual is imported, because Textual reads it once, on import.
"""

import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Drawing = Literal["unicode", "ascii"]
Colours = Literal["none", "16", "256", "truecolor"]
Keyboard = Literal["full", "plain"]

_COLOUR_SYSTEM: dict[Colours, str] = {"none": "standard", "16": "standard", "256": "256", "truecolor": "truecolor"}
_RICH_NAMES = re.compile(r"(xterm-)?(kitty|ghostty|alacritty|foot|wezterm|contour|rio|st|iterm2?)(-.*)?")
_WITHOUT = re.compile(r"vt\d.*|.*-(m|mono)")
_LIGHT_GROUNDS = {"7", "9", "10", "11", "12", "13", "14", "15"}
_NAMES_OF_16 = {"screen", "tmux", "linux", "ansi"}


@dataclass(frozen=True)
class Terminal:
    """What one terminal can do and what is wanted of it; never changes while the program runs."""

    term: str
    """The value of TERM, as it came."""
    dumb: bool
    """No screen can be drawn here: TERM is empty or `dumb`, or input or output is no terminal."""
    utf8: bool
    """The locale, as it came, is one of UTF-8."""
    drawing: Drawing
    """Which signs frames and charts are drawn with; with `ascii` no byte above 127 is written."""
    colours: Colours
    """The largest colour system of which a sequence may be written; `none`: no colour sequence at all."""
    keyboard: Keyboard
    """`plain`: the kitty keyboard protocol is not asked for."""
    light: bool | None
    """Whether COLORFGBG tells of a light ground; None where it says nothing. The terminal itself is never asked."""
    mouse: bool
    bell: bool
    plain: bool
    """For a screen reader: no frames, no partial lines (ACCESSIBLE=1 or `--plain`)."""
    ssh: bool
    tmux: bool
    screen: bool
    """GNU screen (or a multiplexer that gives its name), which has no alternate screen by default."""
    vscode: bool
    zellij: bool

    @property
    def keeps_ctrl_keys(self) -> bool:
        """Whether this terminal is known to keep ctrl keys for itself: then the key line shows `:`, not `^p ^q`."""
        return self.vscode or self.zellij


def read_terminal(
    environ: Mapping[str, str],
    *,
    proc_environ: Mapping[str, str] | None = None,
    stdin_tty: bool = True,
    stdout_tty: bool = True,
    drawing: str | None = None,
    keyboard: str | None = None,
    mouse: bool | None = None,
    bell: bool | None = None,
    plain: bool = False,
) -> Terminal:
    """Judge a terminal by its environment; `drawing` … `bell` are the user's settings (None or `auto`: as it fits).

    `proc_environ` is the environment as it came (`initial_environment`): Python rewrites LC_CTYPE at its start, so
    the locale is judged by that one; without it by `environ`.
    """
    term = environ.get("TERM", "")
    locale_environ = environ if proc_environ is None else proc_environ
    utf8 = _is_utf8(locale_environ)
    ssh = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
    chosen: Drawing = "unicode" if utf8 else "ascii"
    if drawing == "ascii":
        chosen = "ascii"
    elif drawing == "unicode":
        chosen = "unicode"
    return Terminal(
        term=term,
        dumb=term in ("", "dumb") or not stdin_tty or not stdout_tty,
        utf8=utf8,
        drawing=chosen,
        colours=_colours(environ, term),
        keyboard="plain" if keyboard == "plain" else "full",
        light=_light(environ.get("COLORFGBG", "")),
        mouse=not ssh if mouse is None else mouse,
        bell=True if bell is None else bell,
        plain=plain or environ.get("ACCESSIBLE", "0") not in ("", "0"),
        ssh=ssh,
        tmux=bool(environ.get("TMUX")),
        screen=bool(environ.get("STY")) or term == "screen" or term.startswith(("screen.", "screen-")),
        vscode=environ.get("TERM_PROGRAM") == "vscode",
        zellij="ZELLIJ" in environ,
    )


def this_terminal(
    *,
    drawing: str | None = None,
    keyboard: str | None = None,
    mouse: bool | None = None,
    bell: bool | None = None,
    plain: bool = False,
) -> Terminal:
    """The terminal of this process, with the user's settings; call it before `prepare_environment`."""
    return read_terminal(
        os.environ,
        proc_environ=initial_environment(),
        stdin_tty=_is_terminal(0),
        stdout_tty=_is_terminal(1),
        drawing=drawing,
        keyboard=keyboard,
        mouse=mouse,
        bell=bell,
        plain=plain,
    )


def initial_environment() -> dict[str, str] | None:
    """The environment this process was started with, from /proc/self/environ; None where there is none."""
    try:
        content = Path("/proc/self/environ").read_bytes()
    except OSError:
        return None
    pairs = (entry.partition(b"=") for entry in content.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs} or None


_as_it_was: dict[str, str | None] = {}


def prepare_environment(environ: MutableMapping[str, str], terminal: Terminal) -> None:
    """Change `environ` so that Textual fits `terminal`; only before Textual is imported. `child_environment` undoes it.

    COLUMNS and LINES go (Textual believes them, stale or not), unless there is no terminal; an empty NO_COLOR goes
    (Textual takes it for a set one). Animations and smooth scrolling are off: a remote line pays for every frame.
    """
    wanted: dict[str, str | None] = {
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "TEXTUAL_COLOR_SYSTEM": _COLOUR_SYSTEM[terminal.colours],
    }
    if terminal.keyboard == "plain":
        wanted["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    if not terminal.dumb:
        wanted |= {"COLUMNS": None, "LINES": None}
    if environ.get("NO_COLOR") == "":
        wanted["NO_COLOR"] = None
    for name, value in wanted.items():
        _as_it_was.setdefault(name, environ.get(name))
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for an editor or pager: as it came to us, with a TERM that this machine knows.

    A TERM without an entry in terminfo becomes `xterm-256color`; stale COLUMNS and LINES stay out.
    """
    child = dict(os.environ if environ is None else environ)
    for name, value in _as_it_was.items():
        if name in ("COLUMNS", "LINES"):
            continue
        child.pop(name, None)
        if value is not None:
            child[name] = value
    if not terminfo_has(child.get("TERM", ""), child):
        child["TERM"] = "xterm-256color"
    return child


def terminfo_has(term: str, environ: Mapping[str, str]) -> bool:
    """Whether terminfo has an entry of this name; looks where ncurses looks, both ways of naming its folders."""
    if not term or "/" in term:
        return False
    folders = [environ.get("TERMINFO", ""), os.path.join(environ.get("HOME", ""), ".terminfo")]
    folders += environ.get("TERMINFO_DIRS", "").split(":")
    folders += ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo", "/usr/share/lib/terminfo"]
    initials = (term[0], f"{ord(term[0]):x}")
    return any(os.path.exists(os.path.join(folder, first, term)) for folder in folders if folder for first in initials)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _is_utf8(environ: Mapping[str, str]) -> bool:
    """LC_ALL, else LC_CTYPE, else LANG; an empty one counts as unset, a modifier (`@euro`) as absent.

    `LC_CTYPE=UTF-8`, which macOS sends by ssh and Linux does not know, is one of UTF-8: the terminal there is.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := environ.get(name):
            return value.partition("@")[0].lower().endswith(("utf-8", "utf8"))
    return False


def _colours(environ: Mapping[str, str], term: str) -> Colours:
    if environ.get("NO_COLOR"):
        return "none"
    if _WITHOUT.fullmatch(term):
        return "none"
    # An inherited COLORTERM says nothing of a console or multiplexer that names itself one of 16 colours.
    family = re.split(r"[.-]", term)[0]
    if term.endswith("-16color") or (family in _NAMES_OF_16 and not term.endswith(("256color", "-direct"))):
        return "16"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "truecolor"
    if "256color" in term or _RICH_NAMES.fullmatch(term):
        return "256"
    return "16"


def _light(colorfgbg: str) -> bool | None:
    """The ground is the last field of `15;0` or `0;default;15`; 7 and the bright ones but 8 are light."""
    ground = colorfgbg.rpartition(";")[2]
    return ground in _LIGHT_GROUNDS if ground.isdecimal() else None
