"""The gate: whether a run may pass, condition by condition, with the reasons that CI would give."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.gating import Asked, Check, checks
from genai_tui.stages.evaluate.pages.by_key import by_key
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.looks import look_at
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project

NAMES = 12  # columns of what a condition is about


class GatePage(FramedPage):
    """`against` is the baseline, where there is one."""

    WHERE = "gate"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("gate.reached", "m", "turn_reached", "the target met, or reached only"),
        Act("gate.part", "p", "turn_part", "a run over the first rows of its split too, or whole ones only"),
        Act("gate.against", "b", "turn_against", "with the comparison against the baseline, or without"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("m", "met / reached"), Key("p", "part / whole"), Key("b", "baseline"), Key("y", "command"),
        Key("esc", "back"),
    )  # fmt: skip

    def __init__(self, project: "Project", run: Run, against: Run | None) -> None:
        super().__init__()
        self.project, self.run, self.base = project, run, against
        self.asked = Asked(against=against)

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView(f"Gate: run {self.run.id}", id="gate")
        return (self.text,)

    def on_mount(self) -> None:
        """Ask at once."""
        self.text.focus()
        self._ask()

    def action_turn_reached(self) -> None:
        """Met, or reached only."""
        self.asked = self.asked._replace(reached=not self.asked.reached)
        self._ask()

    def action_turn_part(self) -> None:
        """A run over a part of its split too, or whole ones only."""
        self.asked = self.asked._replace(part=not self.asked.part)
        self._ask()

    def action_turn_against(self) -> None:
        """With the baseline or without."""
        if self.base is None:
            self.say("There is no baseline: b in Runs makes a run one.")
            return
        self.asked = self.asked._replace(against=None if self.asked.against is not None else self.base)
        self._ask()

    def _ask(self) -> None:
        self.text.show([Part("Reading …", "soft")], f"Gate: run {self.run.id}")
        begin(self, partial(self._read, self.asked), "gate")

    async def _read(self, asked: Asked) -> None:
        try:
            found = await asyncio.to_thread(checks, self.project.reader, self.run, asked)
            await self.project.writer.put(look_at([self.run]))
        except GenaiError as error:
            self.text.show([part._replace(text=by_key(part.text)) for part in error_parts(error)])
            return
        passes = all(check.met for check in found)
        parts = [
            Part(f"Run {self.run.id} passes.", "good") if passes else Part(f"Run {self.run.id} does not pass.", "bad"),
            Part(""),
            *(Part(by_key(each.sentence), "text", *_sign(each)) for each in found),
            Part(""),
            Part("A run passes when", "head"),
            *(Part(said, "soft", f"  {name}".ljust(NAMES), "soft") for name, said in self._wanted()),
        ]
        self.text.show(parts, f"Gate: run {self.run.id}")

    def _wanted(self) -> Sequence[tuple[str, str]]:
        """What is asked of a run as the keys have set it, and which key sets it otherwise."""
        asked = self.asked
        rows = "the first rows of its split were asked (p: every row)" if asked.part else (
            "every row of its split was asked (p: the first rows are enough)"
        )  # fmt: skip
        target = "its score is at the scope's target (m: the end of its interval has to be)" if asked.reached else (
            "the end of its interval is at the scope's target (m: the score alone is enough)"
        )  # fmt: skip
        base = "it is held against no baseline (b in Runs makes a run one)"
        if asked.against is not None:
            base = f"it is not significantly worse than run {asked.against.id}, the baseline (b: without)"
        elif self.base is not None:
            base = f"it is held against no baseline (b: against run {self.base.id})"
        unseen = "none of them was trained on, or shown as an example"
        speed = "its p95 is within the scope's limit, where there is one"
        return (("rows", rows), ("unseen", unseen), ("target", target), ("baseline", base), ("latency", speed))

    def command(self) -> str:
        """The same on the command line, for CI."""
        against = f" --against {self.asked.against.id}" if self.asked.against is not None else ""
        options = (" --reached" if self.asked.reached else "") + (" --part" if self.asked.part else "")
        return f"genai-tui eval gate {self.run.id}{against}{options}"


def _sign(check: Check) -> tuple[str, Role]:
    return ("✘ ", "bad") if not check.met else ("! ", "warn") if check.warns else ("✔ ", "good")
