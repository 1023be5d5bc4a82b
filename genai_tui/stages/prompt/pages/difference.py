"""What differs between two prompts: parts, lines, and words within lines; each with a sign, not by colour alone."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.prompts import Prompt
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.prompt.diff import Kind, Line, Section, difference
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Look, Role
from genai_tui.widgets.marked_text import Marked, MarkedText, Words

CONTEXT = 2  # lines that are the same, shown around those that differ
SIGNS: dict[Kind, str] = {"same": "  ", "removed": "- ", "added": "+ "}
ROLES: dict[Kind, Role] = {"same": "text", "removed": "bad", "added": "good"}
BRACKETS: dict[Kind, tuple[str, str]] = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}


def difference_lines(sections: Sequence[Section], look: Look, *, whole: bool = False) -> Iterator[Marked]:
    """What differs as lines; `whole`: what is the same, too."""
    shown = [section for section in sections if (whole and section.lines) or section.changed]
    if not shown:
        yield Marked((Words("They send the same.", "soft"),))
    for number, section in enumerate(shown):
        if number:
            yield Marked(())
        yield Marked((Words(section.title, "strong"),) if section.changed else (Words(section.title, "soft"),))
        yield from _section(section.lines, look, whole=whole)


def _section(lines: Sequence[Line], look: Look, *, whole: bool) -> Iterator[Marked]:
    changed = [number for number, line in enumerate(lines) if line.kind != "same"]
    near = {number + step for number in changed for step in range(-CONTEXT, CONTEXT + 1)}
    left_out = 0
    for number, line in enumerate(lines):
        if whole or number in near:
            if left_out:
                yield _left_out(left_out)
            left_out = 0
            yield difference_line(line, look)
        else:
            left_out += 1
    if left_out:
        yield _left_out(left_out)


def _left_out(count: int) -> Marked:
    return Marked((Words(f"… {count:,} line{'s' if count > 1 else ''} the same", "soft"),), "  ")


def difference_line(line: Line, look: Look) -> Marked:
    """A line; within it the changed words are coloured, bold where there is no colour, bracketed where it is read."""
    if line.kind == "same":
        return Marked((Words(line.text, "soft"),), SIGNS["same"])
    plain, colourless = look.plain, look.styles["good"].color is None
    words: list[Words] = []
    for piece in line.pieces:
        alone = len(line.pieces) == 1
        role: Role = ROLES[piece.kind]
        if colourless:
            role = "text" if piece.kind == "same" or alone else "strong"
        before, after = BRACKETS[piece.kind] if plain and not alone else ("", "")
        words.append(Words(f"{before}{piece.text}{after}", role))
    return Marked(tuple(words), SIGNS[line.kind], ROLES[line.kind])


def changed_parts(sections: Sequence[Section]) -> str:
    """Which parts differ, for a heading."""
    return ", ".join(dict.fromkeys(section.title for section in sections if section.changed)) or "nothing differs"


def name_of(prompt: Prompt) -> str:
    """A version by its number; what is not saved by that."""
    return f"v{prompt.number}" if prompt.number else "the sheet"


class Difference(FramedPage):
    """From `before` to `after`; either may be unsaved (number 0)."""

    WHERE = "difference"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("difference.whole", "space,d", "whole", "show what is the same, too, or only what differs"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("space", "all of it"), Key("↑↓", "scroll"), Key("esc", "back"))

    def __init__(self, before: Prompt, after: Prompt) -> None:
        super().__init__()
        self.before, self.after, self.whole = before, after, False
        self.sections: tuple[Section, ...] | None = None

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = MarkedText(empty=("They are being compared …",))
        return (self.text,)

    def on_mount(self) -> None:
        """The arrow keys scroll at once; comparing long texts takes a while."""
        self.text.focus()
        self.run_worker(self._compare(), exit_on_error=False)

    async def _compare(self) -> None:
        self.sections = await asyncio.to_thread(difference, self.before, self.after)
        self._show()

    def show_look(self) -> None:
        """Words are marked otherwise where there are no colours."""
        self._show()
        super().show_look()

    def _show(self) -> None:
        if self.sections is None:
            return
        lines = difference_lines(self.sections, self.host.look, whole=self.whole)
        title = f"{name_of(self.before)} → {name_of(self.after)}"
        self.text.show(lines, f"{title} · {changed_parts(self.sections)}", note="all" if self.whole else "")

    def action_whole(self) -> None:
        """Show what is the same, too, or no longer."""
        self.whole = not self.whole
        self._show()

    def command(self) -> str:
        """The difference as a command, where both are saved."""
        a, b = self.before.number, self.after.number
        return f"genai-tui prompt diff {a} {b}" if a and b else ""

    def copy_text(self) -> str:
        """The text itself where no command can give it."""
        return "" if self.command() else self.text.plain_text()

    def help_lines(self) -> Sequence[str]:
        """How to read it."""
        return (
            f"What differs from {name_of(self.before)} to {name_of(self.after)}: lines with - were taken away, lines "
            "with + came; within them the words that differ are marked. Parts that are the same are left out; space "
            "shows them.",
        )
