"""Every action by its name: one table that the bindings, the palette, the help pages and the README read.

An id is public: users remap ids in their settings, never keys. Nothing hangs on a ctrl key alone, for some terminals
keep those: `:` opens the palette, which has everything.
"""

from collections.abc import Iterable
from typing import NamedTuple

from textual.binding import Binding, BindingType

from genai_tui.lifecycle import STAGES


class Act(NamedTuple):
    """One action: its public id, its keys in Textual's names, what is run, and what it does in words.

    `shown` is how its keys are written for people; empty: as `keys`. An act without a key is in the palette alone.
    `also` are words that people look for it by.
    """

    id: str
    keys: str
    action: str
    name: str
    shown: str = ""
    priority: bool = False
    also: str = ""


def _stage_acts() -> Iterable[Act]:
    for stage in STAGES:
        yield Act(f"stage.{stage.key}", str(stage.number), f"app.stage({stage.number})", f"go to {stage.title}")


APP_ACTS: tuple[Act, ...] = (
    *_stage_acts(),
    Act("home", "h", "app.home", "go home: the lifecycle"),
    Act("back", "escape", "app.leave", "leave the box; else stop, clear the message or go back", "esc"),
    Act("next", "n", "app.next", "the next best step"),
    Act("command", "y", "app.command", "show and copy the command that does this"),
    Act("help", "question_mark,f1", "app.help", "help for this screen", "?"),
    Act("palette", "colon,ctrl+p", "app.palette", "everything by name", ": or ^p"),
    Act("jump", "ctrl+o", "app.jump", "jump to any part of the screen by a letter", "^o"),
    Act("zoom", "z", "app.zoom", "give this part the whole screen, or back"),
    Act("jobs", "J", "app.jobs", "jobs: long work"),
    Act("money", "dollar_sign", "app.money", "money: what was spent, and how that is known", "$"),
    Act("projects", "", "app.welcome", "open or make another project"),
    Act("theme.dark", "", "app.theme('dark')", "theme: dark"),
    Act("theme.light", "", "app.theme('light')", "theme: light"),
    Act("theme.contrast", "", "app.theme('high-contrast')", "theme: high contrast"),
    Act("theme.terminal", "", "app.theme('terminal')", "theme: the terminal's own colours"),
    Act("redraw", "ctrl+l", "app.redraw", "draw everything again", "^l"),
    Act("suspend", "ctrl+z", "app.suspend_here", "suspend; `fg` comes back", "^z"),
    Act("stop", "ctrl+c", "app.stop", "stop the answer that streams", "^c"),
    Act("quit", "ctrl+q", "app.quit_now", "quit; everything is saved", "^q", priority=True),
)


def bindings(acts: Iterable[Act]) -> list[BindingType]:
    """The acts that have keys, as Textual's bindings."""
    return [
        Binding(act.keys, act.action, act.name, show=False, id=act.id, priority=act.priority)
        for act in acts
        if act.keys
    ]


def written(act: Act) -> str:
    """The keys of an act as people write them."""
    return act.shown or act.keys.replace("ctrl+", "^").replace(",", " or ")


# Cyrillic and Greek letters, and the Latin ones on the same keys: outside text boxes the key counts.
_RUSSIAN = dict(zip("йцукенгшщзфывапролдячсмитьЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ",
                    "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM", strict=True))  # fmt: skip
_UKRAINIAN = {"і": "s", "І": "S"}
_GREEK = dict(zip("ςερτυθιοπασδφγηξκλζχψωβνμΕΡΤΥΘΙΟΠΑΣΔΦΓΗΞΚΛΖΧΨΩΒΝΜ",
                  "wertyuiopasdfghjklzxcvbnmERTYUIOPASDFGHJKLZXCVBNM", strict=True))  # fmt: skip
LATIN = _RUSSIAN | _UKRAINIAN | _GREEK
