"""The tab Models: every model known here, held against the scope and this machine."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Size

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL
from genai_tui.records.cards import ModelCard
from genai_tui.records.endpoints import ListedModel
from genai_tui.screens.acts import Act
from genai_tui.screens.fetching import fetch_if_missing, weights_lacking
from genai_tui.screens.folding import Want
from genai_tui.stages.select.card_text import short_count
from genai_tui.stages.select.cards import Known
from genai_tui.stages.select.choosing import known_models, use_model
from genai_tui.stages.select.comparing import MOST, Column
from genai_tui.stages.select.gathering import Gathered, gathered
from genai_tui.stages.select.pages.about import about
from genai_tui.stages.select.pages.model_cells import NARROW, cells_of, cols_of
from genai_tui.stages.select.pages.tabs import Tab
from genai_tui.stages.select.sifting import KEYS, read_wish, sifted, wish_of_scope
from genai_tui.store.scopes import current_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.columns import ColumnTable, put_cells
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

EMPTY = ("No model is known here.", "l asks your endpoints for theirs, m takes one by its name.")
RESTS_S = 0.15  # seconds on a row after which what is said below is of that row
ORDERS = ("", *KEYS)


class Models(Tab):
    """The list, and under it what decides about the chosen one."""

    ID = "models"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("models.mark", "space", "do('mark')", "mark this model for Compare, or no longer"),
        Act("models.use", "u", "do('use')", "use the chosen model, and say why"),
        Act("models.sort", "s", "do('sort')", "another order: context, price, month, size, memory, score, published"),
        Act("models.needs", "f", "do('needs')", "only what the scope needs, or all", also="filter fit scope"),
        Act("models.list", "l", "do('list_live')", "ask all endpoints for their models", also="refresh live"),
        Act("models.type", "m", "do('type_one')", "type a model that no list has"),
        Act("models.fetch", "w", "do('fetch')", "fetch the embedded model's weights"),
    )
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "card"), Key("space", "mark"), Key("u", "use"), Key("s", "sort"), Key("/", "filter"),
        Key("f", "scope’s needs"), Key("l", "list live"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.columns: Sequence[Column] = ()
        self.listed: dict[str, ListedModel] = {}
        self.faults: list[GenaiError] = []
        self._found: Gathered | None = None
        self.read = False  # whether what stands there was held against scope and machine
        self.by = ""
        self.table: ColumnTable[Column] = ColumnTable(
            "Models", ListPages([]), self._draw, empty=EMPTY, filtered=self._filtered, spoken=self._spoken, id="known"
        )
        self.table.cols = NARROW
        self.about = TextView("Model")
        super().__init__(self.table, self.about)

    def fold(self, size: Size) -> None:
        """More columns where there is room."""
        self.table.cols = cols_of(size.width)
        super().fold(size)

    def wants(self) -> Sequence[Want]:
        """The models have most."""
        return (Want(4, 12, 3), Want(4, 7, 1))

    def keys(self) -> Sequence[Key]:
        """What lacks first."""
        return (Key("w", "fetch the weights"), *self.KEYS) if weights_lacking(self.project) else self.KEYS

    # What is shown

    def show_rows(self) -> None:
        """The names at once; what they are held against as soon as it is read, and again where it is another."""
        if not self.columns:
            named = (*known_models(self.project), *self.listed.values())
            endpoints = self.project.settings.endpoints
            self._take(
                [
                    Column(Known(one.model, ModelCard(one.model, ""), endpoints.get(one.endpoint)))
                    for one in dict.fromkeys(named)
                ]
            )
            names = [column.known.name for column in self.columns]
            if self._in_use() in names:
                self.table.go_to(names.index(self._in_use()))
        self.begin(self._read, "models")

    async def _read(self) -> None:
        found = await asyncio.to_thread(gathered, self.project, tuple(self.listed.values()), self._found)
        if found is self._found:  # which model is in use may be another all the same
            self.table.repaint()
            self._tell()
            return
        self._found, self.read = found, True
        self._take(found.columns)

    def _take(self, columns: Sequence[Column]) -> None:
        """Show these; the cursor stays on its model."""
        before = self.table.row
        self.columns = columns
        pages = self._sifted(self.table.filter_text)
        names = [column.known.name for column in pages.rows]
        place = names.index(before.known.name) if before is not None and before.known.name in names else None
        self.table.replace(pages, place)
        self._tell()

    def _sifted(self, text: str) -> ListPages[Column]:
        """Words as `model list --where` takes them; a condition that is typed half filters nothing yet."""
        words = [word for word in text.split() if word[-1] not in "<>="]
        try:
            wish = read_wish(" ".join(words))
        except GenaiError:
            wish = read_wish("")
        return ListPages(sifted(self.columns, wish, self.by))

    def _filtered(self, text: str) -> ListPages[Column]:
        """What is typed filters; below, the row that the cursor comes to rest on is told of."""
        self.set_timer(RESTS_S, self._tell)
        return self._sifted(text)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Tell of the row that the cursor rests on: a move itself stays small."""
        event.stop()
        self.faults = []
        self.set_timer(RESTS_S, self._tell)

    def _tell(self) -> None:
        row = self.table.row
        if not self.faults and row is not None:
            self.about.show(about(self.project, row, read=self.read), row.known.name)

    def chosen(self, row: Column) -> None:
        """Its whole card, once it is read."""
        if self.read:
            self._open(row)
        else:
            self.begin(lambda: self._read_and_open(row.known.name), "card")

    async def _read_and_open(self, name: str) -> None:
        await self._read()
        for row in self.columns:
            if row.known.name == name:
                self._open(row)
                return

    def _open(self, row: Column) -> None:
        from genai_tui.stages.select.pages.card import card_page

        self.page.app.push_screen(card_page(self.project, row))

    def shown(self, row: Column) -> None:
        """Space is the list's own key."""
        self.do_mark()

    # What is done

    def do_mark(self) -> None:
        """Mark the model for Compare, or take the mark away."""
        row, marked = self.table.row, self.page.compare.names or []
        if row is None:
            return
        name = row.known.name
        if name not in marked and len(marked) >= MOST:
            self.page.say(f"{MOST} models stand side by side: space takes the mark from one of them.", "warn")
            return
        self.page.compare.names = [each for each in marked if each != name] + [name] * (name not in marked)
        self.table.action_move(1)
        self.table.repaint()

    def do_use(self) -> None:
        """Use the chosen model; why is asked in one line."""
        row = self.table.row
        if row is None:
            return
        if row.known.endpoint is None:
            self.page.say(
                f"{row.known.name} is a card alone: no endpoint here serves it. It can be compared and estimated.",
                "warn",
            )
            return
        name = row.known.name
        label = f" why {name} ▸ " if self.size.width > 2 * len(name) else " why ▸ "
        self.page.ask(label, lambda why: self._use(name, why), hint="enter: no reason")

    def do_type_one(self, typed: str = "") -> None:
        """Take a model by its name: an id need not be in any list."""
        self.page.ask(" endpoint/model-id ▸ ", self._use, value=typed, hint="as its server calls it: openai/gpt-x")

    def _use(self, reference: str, why: str = "") -> None:
        if reference:
            self.begin(lambda: self._keep(reference, why), "use")

    async def _keep(self, reference: str, why: str) -> None:
        try:
            model = await use_model(self.project, reference, (), why)
        except GenaiError as error:
            self.faults = [error]
            self.about.show(error_parts(error), "Not chosen")
            self.do_type_one(reference)
            return
        self.page.host.look_again()
        self.page.say(f"{model} is in use now.", "good")

    def do_sort(self) -> None:
        """The next order; what is unknown stands last."""
        self.by = ORDERS[(ORDERS.index(self.by) + 1) % len(ORDERS)]
        self.table.replace(self._sifted(self.table.filter_text), 0)
        self._title()
        self._tell()

    def do_needs(self) -> None:
        """Only the models that meet the scope, or all."""
        wish = wish_of_scope(current_scope(self.project.reader))
        if not wish:
            self.page.say("The scope asks for no context and no data rules yet: 1 leads to it.")
            return
        self.table.filter_text = "" if self.table.filter_text == wish else wish
        self.table.replace(self._sifted(self.table.filter_text), 0)
        self._tell()

    def _title(self) -> None:
        self.table.title = f"Models by {self.by}" if self.by else "Models"
        self.table.repaint()

    def do_fetch(self) -> None:
        """Fetch the weights of the embedded model, after a yes."""
        fetch_if_missing(self.page)

    def do_list_live(self) -> None:
        """Ask the endpoints for what they have now."""
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
        self.listed |= {model.model: model for model in listing.models}
        self.faults = [error for _, error in listing.failed]
        if self.faults:
            parts = [part for error in self.faults for part in (*error_parts(error), Part(""))]
            self.about.show(parts, f"{len(self.faults)} of {len(asked)} endpoints did not list their models")
        await self._read()
        self.page.say(f"{len(listing.models):,} models of {len(asked)} endpoints.", "warn" if self.faults else "good")

    def command(self) -> str:
        """The command that does what is shown, or uses the chosen model where nothing is filtered."""
        row = self.table.row
        if self.table.filter_text or self.by:
            wish = f" --where '{self.table.filter_text}'" if self.table.filter_text else ""
            return f"genai-tui model list{wish}" + (f" --sort {self.by}" if self.by else "")
        if row is None or row.known.endpoint is None:
            return f"genai-tui model show {row.known.name}" if row is not None else "genai-tui model list"
        return f"genai-tui model use {row.known.name}"

    def copied(self) -> str:
        """The errors, while they are shown."""
        return self.about.plain_text() if self.faults else ""

    # How a row looks

    def _in_use(self) -> str:
        return self.project.model_in_use or DEFAULT_MODEL

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Column) -> None:
        name, signs = row.known.name, canvas.look.signs
        used, served = name == self._in_use(), row.known.endpoint is not None
        canvas.put(x, y, signs["done"] if used else " ", "good")
        canvas.put(x + 1, y, signs["started"] if name in (self.page.compare.names or ()) else " ", "key")
        end = put_cells(canvas, y, x + width - 1, self.table.cols, cells_of(row, self.table.cols, read=self.read))
        said = "  in use" if used else "  refused" if row.refused else ""
        room = end - x - 3
        at = canvas.put(x + 3, y, name, "strong" if used else "text" if served else "soft", room)
        if said and at + len(said) <= end:
            canvas.put(at, y, said, "good" if used else "warn")

    def _spoken(self, row: Column) -> str:
        size = row.known.card.parameters
        said = [row.known.name, f"{short_count(size)} parameters" if size else "size unknown"]
        said += ["in use"] * (row.known.name == self._in_use())
        return ", ".join(said + ["marked"] * (row.known.name in (self.page.compare.names or ())))
