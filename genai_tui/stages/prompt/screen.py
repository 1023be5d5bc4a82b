"""3 Prompt: the versions there are, and trying one on a row of the dataset or on what is typed."""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.fetching import fetch_if_missing, offer_weights, weights_lacking
from genai_tui.screens.folding import Folding
from genai_tui.screens.lists import prompt_pages, try_pages
from genai_tui.screens.streaming import stream_into
from genai_tui.stages.prompt.rows import Rows
from genai_tui.stages.prompt.trying import Inputs, answered, answering, money, subjects
from genai_tui.store.facts import expected_of, is_right
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.prompt_text import draw_prompt, draw_try, how_it_came, prompt_parts
from genai_tui.widgets.stream import StreamView
from genai_tui.widgets.text_view import Part, TextView, error_parts

if TYPE_CHECKING:
    from genai_tui.project import Project

NO_VERSIONS = (
    "No prompt version yet.", "",
    "A version is a text of messages with {{ variables }}:", "genai-tui prompt save FILE",
    "keeps one, and it stands here.",
)  # fmt: skip
NO_ANSWER = ("enter asks the model in use with this version", "and these variables; the answer comes here.")
LARGE = 24  # rows between head and foot from which the variables have more of them
NO_TRIES = ("No try yet. Every answer that is asked for here", "is kept, and found again here.")


class PromptScreen(Folding):
    """Left what is sent, right what comes back."""

    CSS_PATH = "screen.tcss"
    STAGE = 3
    TAB_NAMES = ("Prompt", "Answer")
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("prompt.run", "ctrl+r,enter", "run", "ask with this version", "enter or ^r"),
        Act("prompt.next_row", "right,plus", "row(1)", "the next row of the dataset", "→ or +"),
        Act("prompt.previous_row", "left,minus", "row(-1)", "the row before", "← or -"),
        Act("prompt.row", "r", "type_row", "type a row, as dev:14"),
        Act("prompt.variables", "v", "variables", "type the variables"),
        Act("prompt.how", "i", "how", "how the numbers of this answer came about"),
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
        self._expected: dict[int, object] = {}  # the expected answers of the rows that were tried, by example
        self._shown_version = 0
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
            "Tries", try_pages(self.host.project), self._draw_try, empty=NO_TRIES, id="tries",
            filtered=lambda text: try_pages(self.host.project, text),
            spoken=lambda each: f"try {each.id}, version {each.prompt}: {each.text.strip()}",
        )  # fmt: skip
        self.box = LineEdit(id="box")
        self.box.display = False
        self.told: Generation | None = None
        panes = self.fold_into((self.versions, self.shown, self.inputs), (self.answer, self.tries), self.error)
        return (*panes, self.box)

    async def on_mount(self) -> None:
        """The latest version is chosen, the versions have the keys."""
        self.versions.go_to(self.versions.count - 1)
        self._show_prompt()
        self._show_inputs()
        self.fold(self.app.size)
        self.versions.focus()
        self.before_box = self.versions
        if weights_lacking(self.host.project):
            self.show_keys((Key("w", "fetch the weights"), *self.KEYS))
        await self.host.typed.take_up()
        if typed := self.host.typed.of("prompt"):
            self.rows.type(typed)
            self._show_inputs()

    def fold(self, size: Size) -> None:
        """Lists take the rows they need, texts the others."""
        rows = size.height - 4
        self.versions.styles.height = 1 + min(max(self.versions.count or len(NO_VERSIONS), 3), max(3, rows // 3))
        self.inputs.styles.height = 6 if rows < LARGE else 8
        self.tries.styles.height = max(7, rows // 3)
        super().fold(size)

    def folded(self, low: bool) -> None:
        """An error stands under the answer; on a low screen in its place, and a list has all of it."""
        self.error.display = self.fault is not None and (not low or self.answer.display)
        if low:
            self.answer.display = self.answer.display and not self.error.display
            for part in (*self.columns[0], *self.columns[1]):
                part.styles.height = "1fr"
        self.error.styles.height = "1fr" if low else 7

    def show_board(self, board: Board | None) -> None:
        """There may be new versions and tries."""
        super().show_board(board)
        if self.is_mounted:
            self.versions.replace(prompt_pages(self.host.project))
            self.tries.replace(try_pages(self.host.project, self.tries.filter_text))
            if not self._shown_version:
                self._show_prompt()

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

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Say which version is shown where it is not the chosen one: all of it is not sent again for every move."""
        if event.table is self.versions and self._shown_version != event.row.number:
            self.shown.set_note(f"space shows v{event.row.number}")
        elif event.table is self.versions:
            self.shown.set_note("")

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
        if weights_lacking(project):
            offer_weights(self, self.action_run)
            return
        self._show_prompt()
        self.show_part(self.answer)
        self._show_fault(None)
        self.told = None
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
        self.told = generation
        right, cost = self._right(generation), money(generation.cost_usd)
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
        """Fetch the weights of the embedded model, after a yes."""
        if not self.running:
            fetch_if_missing(self)

    def action_how(self) -> None:
        """Tell how the numbers of the answer that is shown came about."""
        each, project = self.told or (self.tries.row if self.focused is self.tries else None), self.host.project
        if each is None or project is None:
            self.say("There is no answer yet whose numbers could be told.")
            return
        from genai_tui.screens.how import How
        from genai_tui.stages.prompt.explaining import explain

        said = tuple(explain(each, project.settings.endpoints.get(each.endpoint)))
        self.app.push_screen(How(f"How try {each.id} came about", said, stage=self.STAGE, command="genai-tui status"))

    def _right(self, each: Generation) -> bool | None:
        """Whether a try gave the answer that is expected of its row; None where none is, or it is not whole."""
        whole = each.error is None and each.finish_reason != "cancelled"
        if each.example is None or not whole or self.host.project is None:
            return None
        if each.example not in self._expected:
            self._expected[each.example] = expected_of(self.host.project.reader, each.example)
        expected = self._expected[each.example]
        return None if expected is None else is_right(each.text, expected)

    def _draw_try(self, canvas: Canvas, x: int, y: int, width: int, each: Generation) -> None:
        draw_try(canvas, x, y, width, each, self._right(each))

    def _show_fault(self, error: GenaiError | None) -> None:
        self.fault = error
        self.error.show(error_parts(error) if error is not None else ())
        self.fold(self.size or self.app.size)

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
            self._shown_version = prompt.number
            self.shown.set_note("")
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
