"""3 Prompt: the versions there are, and trying one on a row of the dataset or on what is typed."""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import Column, StageScreen, Tabs
from genai_tui.screens.lists import prompt_pages, try_pages
from genai_tui.screens.streaming import stream_into
from genai_tui.stages.prompt.rows import Rows
from genai_tui.stages.prompt.trying import Inputs, answered, answering, money, subjects
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.prompt_text import draw_prompt, draw_try, how_it_came, prompt_parts
from genai_tui.widgets.stream import StreamView
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project

SIDE_BY_SIDE = 100  # columns below which the two columns become tabs
NO_VERSIONS = (
    "No prompt version yet.", "",
    "A version is a text of messages with {{ variables }}:", "genai-tui prompt save FILE",
    "keeps one, and it stands here.",
)  # fmt: skip
NO_ANSWER = ("enter asks the model in use with this version", "and these variables; the answer comes here.")
NO_TRIES = ("No try yet. Every answer that is asked for here", "is kept, and found again here.")


class PromptScreen(StageScreen):
    """Left what is sent, right what comes back."""

    CSS_PATH = "screen.tcss"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("prompt.run", "ctrl+r,enter", "run", "ask with this version", "enter or ^r"),
        Act("prompt.next_row", "right,plus", "row(1)", "the next row of the dataset", "→ or +"),
        Act("prompt.previous_row", "left,minus", "row(-1)", "the row before", "← or -"),
        Act("prompt.row", "r", "type_row", "type a row, as dev:14"),
        Act("prompt.variables", "v", "variables", "type the variables"),
        Act("prompt.fetch", "w", "fetch", "fetch the embedded model's weights"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "run"), Key("space", "show"), Key("←→", "row"), Key("v", "variables"),
        Key("tab", "next part"), Key("esc", "home"),
    )  # fmt: skip

    def body(self) -> Sequence[Widget]:
        """Two columns, or tabs; a box, hidden until it is needed."""
        self.rows = Rows(self.host.project)
        self.worker: Worker[None] | None = None
        self.fault: GenaiError | None = None
        self.asked_for = ""
        self.versions: LineTable[Prompt] = LineTable(
            "Versions", prompt_pages(self.host.project), draw_prompt, empty=NO_VERSIONS, id="versions",
            spoken=lambda prompt: f"version {prompt.number}, {prompt.shots}. {prompt.note}",
        )  # fmt: skip
        self.shown = TextView("Prompt", id="shown")
        self.inputs = TextView("Variables", id="inputs")
        self.answer = StreamView("Answer", empty=NO_ANSWER, id="answer")
        self.error = TextView("Not answered", id="error")
        self.error.display = False
        self.tries: LineTable[Generation] = LineTable(
            "Tries", try_pages(self.host.project), draw_try, empty=NO_TRIES, id="tries",
            filtered=lambda text: try_pages(self.host.project, text),
            spoken=lambda each: f"try {each.id}, version {each.prompt}: {each.text.strip()}",
        )  # fmt: skip
        self.box = LineEdit(id="box")
        self.box.display = False
        self.tabs = Tabs(("Prompt", "Answer"))
        self.left = Column(self.versions, self.shown, self.inputs, id="left")
        self.right = Column(self.answer, self.error, self.tries, id="right")
        return (self.tabs, Column(self.left, self.right, id="panes"), self.box)

    async def on_mount(self) -> None:
        """The latest version is chosen, the versions have the keys."""
        self.versions.go_to(self.versions.count - 1)
        self._show_prompt()
        self._show_inputs()
        self._fold(self.size.width)
        self.versions.focus()
        self.before_box = self.versions
        await self.host.typed.take_up()
        if typed := self.host.typed.of("prompt"):
            self.rows.type(typed)
            self._show_inputs()

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room, else tabs."""
        self._fold(event.size.width)

    def _fold(self, width: int, tab: int | None = None) -> None:
        narrow = width < SIDE_BY_SIDE
        self.tabs.current = self.tabs.current if tab is None else tab
        self.tabs.display = narrow
        self.set_class(narrow, "-narrow")
        self.left.display = not narrow or self.tabs.current == 0
        self.right.display = not narrow or self.tabs.current == 1
        hidden = self.right if self.tabs.current == 0 else self.left
        if narrow and self.focused is not None and hidden in self.focused.ancestors:
            (self.answer if self.tabs.current else self.versions).focus()
        self.tabs.repaint()

    def show_board(self, board: Board | None) -> None:
        """There may be new versions and tries."""
        super().show_board(board)
        if self.is_mounted:
            self.versions.replace(prompt_pages(self.host.project))
            self.tries.replace(try_pages(self.host.project, self.tries.filter_text))
            self._show_prompt()

    def action_next_part(self, step: int) -> None:
        """Go round all parts, in both tabs."""
        if self.zoomed:
            self.zoom()
        parts = [self.versions, self.shown, self.inputs, self.answer, self.tries]
        here = parts.index(self.focused) if self.focused in parts else -1
        there = parts[(here + step) % len(parts)]
        self._fold(self.size.width, 0 if there in parts[:3] else 1)
        there.focus()

    def command(self) -> str:
        """The command that asks what this screen is set to ask."""
        prompt = self.versions.row
        return (
            "genai-tui prompt list" if prompt is None else f"genai-tui prompt run {prompt.number}{self.rows.options()}"
        )

    def copy_text(self) -> str:
        """The error while one is shown, the answer where the keys go there."""
        if self.fault is not None:
            return self.error.plain_text()
        return self.answer.text if self.focused is self.answer else ""

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Show what the chosen version sends, or the whole of a try."""
        if event.table is self.versions:
            self._show_prompt()
            self._show_inputs()
        else:
            self._show_try(event.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """A version is asked, a try is shown."""
        if event.table is self.versions:
            self.action_run()
        else:
            self._show_try(event.row)

    def action_row(self, step: int) -> None:
        """Another row of the dataset."""
        self._told(self.rows.move, step)

    def action_type_row(self) -> None:
        """Type which row."""
        self._open_box("row", " row ▸ ", self.rows.reference or "dev:1")

    def action_variables(self) -> None:
        """Type the variables, one after the other."""
        names = self.rows.names(self.versions.row)
        if names:
            self._open_box(names[0], f" {names[0]} ▸ ", str(self.rows.values.get(names[0], "")))
        else:
            self.say("This version has no variables.")

    def _open_box(self, what: str, label: str, value: str) -> None:
        self.asked_for, self.box.label = what, label
        self.box.set_value(value)
        self.box.display = True
        self.before_box = self.focused or self.versions
        self.box.focus()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """What is typed is the variable at once, and a draft."""
        if event.box is self.box and self.asked_for != "row":
            self.rows.type({self.asked_for: event.value})
            self.host.typed.keep("prompt", self.asked_for, event.value)
            self._show_inputs()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """The next variable, or back."""
        if event.box is not self.box:
            return
        names = self.rows.names(self.versions.row)
        if self.asked_for == "row":
            self._told(self.rows.go_to, event.value.strip())
        elif self.asked_for in names[:-1]:
            following = names[names.index(self.asked_for) + 1]
            self._open_box(following, f" {following} ▸ ", str(self.rows.values.get(following, "")))
            return
        (self.before_box or self.versions).focus()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        if event.box is self.box and self.focused is not self.box:
            self.box.display = False

    def _told(self, go: Any, where: Any) -> None:
        try:
            go(where)
        except GenaiError as error:
            self.say(str(error), "warn")
        else:
            self.host.typed.forget("prompt")
        self._show_inputs()

    def action_run(self) -> None:
        """Ask, in a worker of the app: it goes on when another screen is looked at."""
        prompt, project = self.versions.row, self.host.project
        if prompt is None or project is None or self.running:
            return
        self._show_prompt()
        self._fold(self.size.width, 1)
        self._show_fault(None)
        self.answer.clear(f"Answer · v{prompt.number} · {self.rows.reference or 'typed'}")
        self._work(self._run(project, prompt, self.rows.inputs()))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        self.worker = self.app.run_worker(work, group="answer", exclusive=True, exit_on_error=False)

    @property
    def running(self) -> bool:
        """Whether an answer is coming."""
        return self.worker is not None and not self.worker.is_finished

    async def _run(self, project: "Project", prompt: Prompt, inputs: Inputs) -> None:
        answer = None
        try:
            asking = await self.host.asking()
            [subject] = subjects(project, prompt, ())
            answer = await answering(project, subject, inputs, asking=asking, stream=True)
            await stream_into(self.answer, answered(answer))
        except GenaiError as error:
            self.answer.show_status("")
            self._show_fault(error)
        finally:
            if answer is not None and answer.generation is not None:
                self._tell(answer.generation)
                self.host.look_again()

    def _tell(self, generation: Generation) -> None:
        if self.message is not None and self.message.tone == "wait":
            self.forget_message()
        right, cost = self.rows.judge(generation), money(generation.cost_usd)
        if generation.error is not None:
            failure = generation.error
            self.answer.show_status("")
            self._show_fault(GenaiError(failure.what, failure.why, failure.do))
        else:
            self.answer.show_status(*how_it_came(generation, cost, right, self.host.look.signs))

    def stop_work(self) -> bool:
        """Stop the answer; what came is kept."""
        if not self.running or self.worker is None:
            return False
        self.worker.cancel()
        self.say("Stopped; what came is kept.")
        return True

    def action_fetch(self) -> None:
        """Fetch the weights of the embedded model, with the user's own pip."""
        if not self.running:
            self._show_fault(None)
            self._fold(self.size.width, 1)
            self.answer.clear("The embedded model's weights")
            self._work(self._fetch())

    async def _fetch(self) -> None:
        from genai_tui.inference.embedded.weights import fetch

        def tell(done: int, total: int) -> None:
            self.app.call_later(
                self.answer.show_status, f"fetching, {done / 1e6:,.0f} of {total / 1e6:,.0f} MB · ^c stops it"
            )

        try:
            await fetch(tell)
        except GenaiError as error:
            self.answer.show_status("")
            self._show_fault(error)
        else:
            self.answer.show_status("The weights are here; enter asks.", "good")
            self.host.look_again()

    def _show_fault(self, error: GenaiError | None) -> None:
        self.fault = error
        self.error.display = error is not None
        self.error.show(error_parts(error) if error is not None else ())

    def _show_try(self, each: Generation) -> None:
        if not self.running:
            self.answer.clear(f"Answer · v{each.prompt or '–'} · try {each.id}")
            self.answer.feed(each.text)
            self.answer.finish()
            self._show_fault(None)
            self._tell(each)

    def _show_prompt(self) -> None:
        prompt = self.versions.row
        if prompt is not None:
            parent = f" · from v{prompt.parent}" if prompt.parent else ""
            self.shown.show(prompt_parts(prompt), f"v{prompt.number} · {prompt.shots}{parent}")

    def _show_inputs(self) -> None:
        names = self.rows.names(self.versions.row)
        values = self.rows.values
        parts = [Part(str(values.get(name, "")) or "(empty: v types it)", "text", f"{name}  ") for name in names]
        if self.rows.expected is not None:
            parts.append(Part(str(self.rows.expected), "soft", "expected  "))
        self.inputs.show(parts, f"Variables · {self.rows.where()}")


SCREEN = PromptScreen
