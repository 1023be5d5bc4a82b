"""The same request to all compared models, side by side as they answer; blind, names are hidden until one is chosen."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.answering.together import Came
from genai_tui.errors import GenaiError
from genai_tui.records.expected import answer_text
from genai_tui.records.generations import Generation
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.screens.fetching import fetch_if_missing, weights_lacking
from genai_tui.screens.folding import SIDE_BY_SIDE, Divider
from genai_tui.screens.frame import Column
from genai_tui.screens.streaming import stream_columns
from genai_tui.stages.select.trying import Question, hidden, question_of, tried
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.lines import Key
from genai_tui.widgets.stream import StreamView
from genai_tui.widgets.text_view import Part, TextView, error_parts

LETTERS = "ABCD"


class Trial(FramedPage):
    """What is asked above, a view for each model below; `chosen` is told of the model, all of them, and how."""

    WHERE = "try"
    STAGE = 2
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("trial.again", "r", "again", "ask them all again"),
        Act("trial.next", "w", "write", "write what to ask"),
        Act("trial.row", "full_stop,b", "row(1)", "the next row of dev", ". or b"),
        Act("trial.choose", "u,enter", "choose", "choose the model that has the keys", "u or enter"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("tab", "answer"), Key("b", "next row"), Key("w", "write"), Key("r", "again"), Key("u", "choose this one"),
        Key("esc", "back"),
    )  # fmt: skip
    DEFAULT_CSS = "Trial #answers { layout: horizontal; }  Trial #asked { height: 4; }  Trial #text { dock: bottom; }"

    def __init__(
        self, models: Sequence[str], chosen: Callable[[str, Sequence[str], str], None], *, blind: bool
    ) -> None:
        super().__init__()
        self.models, self.chosen, self.blind = list(models), chosen, blind
        self.seed = random.randrange(10**6)
        if blind:
            random.Random(self.seed).shuffle(self.models)
        self.row, self.text = 1, ""
        self.question: Question | None = None
        self._work: Worker[None] | None = None

    def body(self) -> Sequence[Widget]:
        """What is asked, the answers, a box for what else to ask."""
        self.asked = TextView("Asked", id="asked")
        self.views = [StreamView(id=f"answer-{place}") for place in range(len(self.models))]
        self.dividers = [Divider() for _ in self.views[1:]]
        held: list[Widget] = [self.views[0]]
        for divider, view in zip(self.dividers, self.views[1:], strict=True):
            held += [divider, view]
        self.columns = Column(*held, id="answers")
        self.box = LineEdit(" ask ▸ ", id="text")
        self.box.display = False
        return (self.asked, self.columns, self.box)

    def on_mount(self) -> None:
        """Ask at once: that is what the page was opened for."""
        for place, view in enumerate(self.views):
            view.set_heading(LETTERS[place], "hidden" if self.blind else self.models[place])
        self.fold(self.app.size.width)
        self.set_focus(self.views[0])
        self.before_box = self.views[0]
        self.action_again()

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room."""
        super().on_resize(event)
        self.fold(event.size.width)

    def fold(self, width: int) -> None:
        """Side by side on a wide screen, one under the other on a narrow one."""
        wide = width >= SIDE_BY_SIDE
        self.columns.styles.layout = "horizontal" if wide else "vertical"
        for divider in self.dividers:
            divider.display = wide

    def say(self, text: str, tone: str = "note") -> None:
        """Blind, nothing is said of what is waited for: that names a model which is starting, or its endpoint."""
        if not (self.blind and tone == "wait"):
            super().say(text, tone)

    @property
    def settled(self) -> bool:
        """Whether nothing is awaited."""
        return self._work is None or self._work.is_finished

    def action_again(self) -> None:
        """Ask them all."""
        embedded = any(model.startswith("embedded/") for model in self.models)
        if embedded and weights_lacking(self.host.project):
            fetch_if_missing(self)
            return
        if self.settled:
            self._work = self.run_worker(self._ask(), group="trial", exclusive=True, exit_on_error=False)

    async def _ask(self) -> None:
        project = self.host.project
        assert project is not None  # only a project has this page
        try:
            self.question = await asyncio.to_thread(question_of, project, self.row, self.text)
        except GenaiError as error:
            self.asked.show(error_parts(error), "Nothing is asked")
            return
        values = [Part(answer_text(value), "text", f"{name}  ") for name, value in self.question.inputs.items()]
        self.asked.show(values, f"Asked: {self.question.said}")
        for view in self.views:
            view.clear()
        asking = await self.host.asking()
        async with tried(project, self.models, self.question, asking) as answers:
            await stream_columns(self.views, hidden(answers) if self.blind else answers, self._ended)
        self.host.look_again()

    def _ended(self, place: int, came: Came) -> None:
        if came.generation is not None:
            self.views[place].show_status(*self._status(came.generation))

    def _status(self, generation: Generation) -> tuple[str]:
        """Time and tokens; blind neither, for they tell who it was."""
        parts = []
        if not self.blind:
            total, usage = generation.moments.total_s, generation.usage
            parts += [f"{total:.1f} s"] if total is not None else []
            parts += [f"{usage.output_tokens:,} tokens out"] if usage is not None else []
            parts.append("$?" if generation.cost_usd is None else f"${generation.cost_usd:.4g}")
        if self.question is not None and self.question.example is not None and not generation.error:
            expected = self.question.example.expected
            accepted = [answer_text(each) for each in (expected if isinstance(expected, list) else [expected])]
            parts.append("as expected" if generation.text.strip() in accepted else f"expected {accepted[0]}")
        return (" · ".join(parts),)

    def action_row(self, step: int) -> None:
        """Ask of another row of dev."""
        self.row, self.text = self.row + step, ""
        self.action_again()

    def action_write(self) -> None:
        """Write what to ask instead."""
        self.box.display = True
        self.before_box = self.focused
        self.box.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Ask it."""
        self.text = event.value.strip()
        self.set_focus(self.before_box)
        if self.text:
            self.action_again()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes, its text stays in it."""
        self.box.display = False

    def action_choose(self) -> None:
        """Choose the model whose answer has the keys; blind, say now who they were."""
        place = next((place for place, view in enumerate(self.views) if view is self.focused), None)
        if place is None:
            self.say("tab goes to an answer; u chooses the model that gave it.")
            return
        how = f"its answer to {self.question.said} was preferred" if self.question is not None else ""
        self.app.pop_screen()
        # the screen below takes its focus back first: only then a box of it can have the keys
        self.app.call_after_refresh(self.chosen, self.models[place], self.models, self._blindly() + how)

    def _blindly(self) -> str:
        return f"blind, in an order by seed {self.seed}, " if self.blind else ""

    def stop_work(self) -> bool:
        """Stop the answers; what came is kept."""
        if self.settled or self._work is None:
            return False
        self._work.cancel()
        return True

    def command(self) -> str:
        """Nearly the same on the command line."""
        models = " ".join(f"--model {model}" for model in self.models)
        number = self.question.prompt.number if self.question is not None else 0
        return f"genai-tui prompt run {number or 'V'} {models} --row dev:{self.row}" if not self.blind else ""
