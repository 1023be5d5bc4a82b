"""2 Select: the models there are, and the one in use. No endpoint is contacted until one asks for its list."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL
from genai_tui.records.endpoints import ListedModel
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import StageScreen
from genai_tui.screens.fetching import fetch_if_missing, weights_lacking
from genai_tui.settings import key_state, report_of
from genai_tui.stages.select.choosing import known_models, use_model
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

LOW, VERY_LOW = 18, 9  # rows of the screen below which what is said of a model has fewer, or none


class SelectScreen(StageScreen):
    """Models over what is known of the chosen one."""

    CSS_PATH = "screen.tcss"
    STAGE = 2
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("models.use", "enter", "use", "use the chosen model"),
        Act("models.list", "l", "list_live", "ask all endpoints for their models"),
        Act("models.type", "m", "type_one", "type a model that no list has"),
        Act("models.fetch", "w", "fetch", "fetch the embedded model's weights"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "model"), Key("space", "about it"), Key("enter", "use it"), Key("l", "list live"),
        Key("/", "filter"), Key("esc", "home"),
    )  # fmt: skip

    def body(self) -> Sequence[Widget]:
        """The models, what is known of the chosen one, and a box for a model that no list has."""
        self.models = self._known()
        self.faults: list[GenaiError] = []
        self.table = LineTable(
            "Models",
            ListPages(self.models),
            self._draw,
            empty=("No model is known here.", "l asks your endpoints for theirs, m takes one by its name."),
            filtered=self._filtered,
            spoken=lambda model: model.model + (", in use" if model.model == self._in_use() else ""),
        )
        self.about = TextView("Model", self._about(self.table.row))
        self.box = LineEdit(" endpoint/model-id ▸ ", id="reference")
        self.box.display = False
        return (self.table, self.about, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once, beginning with the model in use."""
        self.table.focus()
        self.before_box = self.table
        if weights_lacking(self.host.project):
            self.show_keys((Key("w", "fetch the weights"), *self.KEYS))
        refs = [model.model for model in self.models]
        if self._in_use() in refs:
            self.table.go_to(refs.index(self._in_use()))

    def on_resize(self, event: Resize) -> None:
        """On a low screen the models have most of it, on a very low one all."""
        rows = event.size.height
        self.about.display = rows >= VERY_LOW
        self.about.styles.height = 7 if rows >= LOW else max(3, (rows - 3) // 2)

    def _known(self) -> list[ListedModel]:
        return known_models(self.host.project) if self.host.project is not None else []

    def _in_use(self) -> str:
        return (self.host.project.model_in_use if self.host.project is not None else None) or DEFAULT_MODEL

    def _filtered(self, text: str) -> ListPages[ListedModel]:
        return ListPages([model for model in self.models if text.lower() in model.model.lower()])

    def show_board(self, board: Board | None) -> None:
        """The model in use may be another."""
        super().show_board(board)
        if self.is_mounted:
            self.table.repaint()

    def command(self) -> str:
        """The command that uses the chosen model."""
        row = self.table.row
        return f"genai-tui model use {row.model}" if row is not None else "genai-tui model list"

    def copy_text(self) -> str:
        """The errors, while they are shown."""
        return self.about.plain_text() if self.faults else ""

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Say what is known of it."""
        self.faults = []
        self.about.show(self._about(event.row), "Model")

    async def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Use it."""
        await self._use(event.row.model)

    async def action_use(self) -> None:
        """Use the chosen model."""
        if self.table.row is not None:
            await self._use(self.table.row.model)

    def action_type_one(self) -> None:
        """Take a model by its name: an id need not be in any list."""
        self.box.display = True
        self.box.focus()

    async def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Use what was typed."""
        if event.value.strip() and await self._use(event.value.strip()):
            self.box.set_value("")
            self.table.focus()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes, its text stays in it."""
        self.box.display = False

    async def _use(self, reference: str) -> bool:
        project = self.host.project
        if project is None:
            return False
        try:
            model = await use_model(project, reference)
        except GenaiError as error:
            self.about.show(error_parts(error), "Not chosen")
            return False
        self._merge(self._known())
        self.host.look_again()
        self.say(f"{model} is in use now.", "good")
        return True

    def action_fetch(self) -> None:
        """Fetch the weights of the embedded model, after a yes."""
        fetch_if_missing(self)

    def action_list_live(self) -> None:
        """Ask the endpoints; each answer is shown as it comes."""
        if self.host.project is not None:
            self.app.run_worker(self._list_live(), group="list models", exclusive=True, exit_on_error=False)

    async def _list_live(self) -> None:
        from genai_tui.stages.select.listing import list_all

        project = self.host.project
        assert project is not None  # the key asks for it
        asked = [endpoint for endpoint in project.settings.endpoints.values() if not endpoint.embedded]
        if not asked:
            self.say(
                "There is no endpoint but the embedded one. Add one: genai-tui endpoint add NAME --url URL", "warn"
            )
            return
        self.say(f"Asking {', '.join(endpoint.name for endpoint in asked)} …", "wait")
        async with project.asking(transport="aiohttp") as asking:
            listing = await list_all(asked, asking)
        self.faults = [error for _, error in listing.failed]
        self._merge(listing.models)
        if self.faults:
            parts = [part for error in self.faults for part in (*error_parts(error), Part(""))]
            self.about.show(parts, f"{len(self.faults)} of {len(asked)} endpoints did not list their models")
        self.say(f"{len(listing.models):,} models of {len(asked)} endpoints.", "warn" if self.faults else "good")

    def _merge(self, models: Sequence[ListedModel]) -> None:
        listed = {model.model: model for model in (*self.models, *models)}
        self.models = list(listed.values())
        self.table.replace(self._filtered(self.table.filter_text))

    def _about(self, model: ListedModel | None) -> Sequence[Part]:
        if model is None or self.host.project is None:
            return ()
        endpoint = self.host.project.settings.endpoints.get(model.endpoint)
        parts = [Part(model.model, "strong")]
        if model.endpoint == "embedded":
            parts.append(
                Part("Served on this machine by a process of its own; costs nothing, sends nothing anywhere.", "soft")
            )
            if weights_lacking(self.host.project):
                parts.append(Part("Its weights are not here yet; w fetches them.", "warn"))
        elif endpoint is not None:
            report = report_of(endpoint.name)
            parts += [
                Part(endpoint.base_url, "text", "endpoint  "),
                Part(key_state(endpoint), "text", "key       "),
                Part(f"{report.state} {report.sentence}".strip(), "text", "last      "),
            ]
        return parts

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, model: ListedModel) -> None:
        used = model.model == self._in_use()
        canvas.put(x, y, canvas.look.signs["done"] if used else " ", "good")
        context = f"{model.context_tokens:,} tokens" if model.context_tokens else ""
        price = (
            ""
            if model.price is None
            else f"${model.price.input_usd_per_million:g} / ${model.price.output_usd_per_million:g}"
        )
        end = x + width - 1
        if model.endpoint == "embedded":
            price = "$0"
        canvas.put(x + 2, y, model.model + ("  in use" if used else ""), "strong" if used else "text", width - 36)
        canvas.right(end, y, price, "soft")
        canvas.right(end - 16, y, context, "soft")


SCREEN = SelectScreen
