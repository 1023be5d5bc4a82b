"""The tab Models: those known here, with what is known of the chosen one."""

from collections.abc import Sequence
from typing import ClassVar

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL
from genai_tui.records.endpoints import ListedModel
from genai_tui.screens.acts import Act
from genai_tui.screens.fetching import fetch_if_missing, weights_lacking
from genai_tui.screens.folding import Want
from genai_tui.settings import key_state, report_of
from genai_tui.stages.select.choosing import known_models, use_model
from genai_tui.stages.select.pages.tabs import Tab
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts


class Models(Tab):
    """Models over what is known of the chosen one."""

    ID = "models"

    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("models.use", "u", "do('use')", "use the chosen model"),
        Act("models.list", "l", "do('list_live')", "ask all endpoints for their models"),
        Act("models.type", "m", "do('type_one')", "type a model that no list has"),
        Act("models.fetch", "w", "do('fetch')", "fetch the embedded model's weights"),
    )
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "its card"), Key("u", "use it"), Key("l", "list live"), Key("/", "filter"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.models: list[ListedModel] = []
        self.faults: list[GenaiError] = []
        self.table = LineTable(
            "Models",
            ListPages(self.models),
            self._draw,
            empty=("No model is known here.", "l asks your endpoints for theirs, m takes one by its name."),
            filtered=self._filtered,
            spoken=lambda model: model.model + (", in use" if model.model == self._in_use() else ""),
        )
        self.about = TextView("Model")
        super().__init__(self.table, self.about)

    def wants(self) -> Sequence[Want]:
        """The models have most."""
        return (Want(5, 12, 3), Want(3, 7, 1))

    def show_rows(self) -> None:
        """Read them again."""
        self._merge(known_models(self.project))
        if not self.about.parts:
            self.about.show(self._about(self.table.row))

    def keys(self) -> Sequence[Key]:
        """What lacks first."""
        return (Key("w", "fetch the weights"), *self.KEYS) if weights_lacking(self.project) else self.KEYS

    def _in_use(self) -> str:
        return self.project.model_in_use or DEFAULT_MODEL

    def _filtered(self, text: str) -> ListPages[ListedModel]:
        return ListPages([model for model in self.models if text.lower() in model.model.lower()])

    def command(self) -> str:
        """The command that uses the chosen model."""
        row = self.table.row
        return f"genai-tui model use {row.model}" if row is not None else "genai-tui model list"

    def copied(self) -> str:
        """The errors, while they are shown."""
        return self.about.plain_text() if self.faults else ""

    def shown(self, row: ListedModel) -> None:
        """Say what is known of it."""
        self.faults = []
        self.about.show(self._about(row), "Model")

    chosen = shown

    def do_use(self) -> None:
        """Use the chosen model."""
        row = self.table.row
        if row is not None:
            self.begin(lambda: self._use(row.model), "use")

    def do_type_one(self) -> None:
        """Take a model by its name: an id need not be in any list."""
        self.page.ask(" endpoint/model-id ▸ ", lambda typed: self.begin(lambda: self._use(typed), "use"))

    async def _use(self, reference: str) -> None:
        if not reference:
            return
        try:
            model = await use_model(self.project, reference)
        except GenaiError as error:
            self.about.show(error_parts(error), "Not chosen")
            return
        self.show_rows()
        self.page.host.look_again()
        self.page.say(f"{model} is in use now.", "good")

    def do_fetch(self) -> None:
        """Fetch the weights of the embedded model, after a yes."""
        fetch_if_missing(self.page)

    def do_list_live(self) -> None:
        """Ask the endpoints; each answer is shown as it comes."""
        self.begin(self._list_live, "list models")

    async def _list_live(self) -> None:
        from genai_tui.stages.select.listing import list_all

        asked = [endpoint for endpoint in self.project.settings.endpoints.values() if not endpoint.embedded]
        if not asked:
            self.page.say(
                "There is no endpoint but the embedded one. Add one: genai-tui endpoint add NAME --url URL", "warn"
            )
            return
        self.page.say(f"Asking {', '.join(endpoint.name for endpoint in asked)} …", "wait")
        async with self.project.asking(transport="aiohttp") as asking:
            listing = await list_all(asked, asking)
        self.faults = [error for _, error in listing.failed]
        self._merge(listing.models)
        if self.faults:
            parts = [part for error in self.faults for part in (*error_parts(error), Part(""))]
            self.about.show(parts, f"{len(self.faults)} of {len(asked)} endpoints did not list their models")
        self.page.say(f"{len(listing.models):,} models of {len(asked)} endpoints.", "warn" if self.faults else "good")

    def _merge(self, models: Sequence[ListedModel]) -> None:
        listed = {model.model: model for model in (*self.models, *models)}
        self.models = list(listed.values())
        self.table.replace(self._filtered(self.table.filter_text))

    def _about(self, model: ListedModel | None) -> Sequence[Part]:
        if model is None:
            return ()
        endpoint = self.project.settings.endpoints.get(model.endpoint)
        parts = [Part(model.model, "strong")]
        if model.endpoint == "embedded":
            parts.append(
                Part("Served on this machine by a process of its own; costs nothing, sends nothing anywhere.", "soft")
            )
            if weights_lacking(self.project):
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
        canvas.put(x + 2, y, model.model + ("  in use" if used else ""), "strong" if used else "text", width - 4)
