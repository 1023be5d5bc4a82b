"""Adding a column: another version, another model, other parameters, by typing a few words of them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.screens.choosing import Choosing
from genai_tui.stages.prompt.parameters import parameter_of
from genai_tui.stages.prompt.sheet import Column
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.endpoints import Endpoint

BOXES = "column box"  # the name that the draft of its box is stored by
AS_TYPED = "enter adds it"
MOST_VERSIONS = 200  # the newest are offered; any other is typed by its number


class Offer(NamedTuple):
    """A column that can be added, as words that are typed, and more about it."""

    words: str
    about: str


class AddColumn(Choosing[Offer]):
    """A box and a list, like the palette. Words are joined: `v2 fake/echo temperature=1` is one column.

    `refusal` says why none can be added: letters that are typed on all the same are text.
    """

    WHERE = "add a column"
    STAGE = 3
    BOX_KEYS = (Key("↑↓", "choose"), Key("tab", "take the words"), Key("enter", "add"), Key("esc", "back"))
    KEYS = BOX_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "take", show=False)]

    def __init__(self, then: Callable[[Column], None], refusal: str = "") -> None:
        super().__init__()
        self.then, self.refusal = then, refusal  # refused, it is a page still: what is typed on is no command
        again = Offer("the sheet again", "the same question once more, beside the first")
        self.offers: list[Offer] = [] if refusal else [again]

    def body(self) -> Sequence[Widget]:
        """Box and list."""
        self.box = LineEdit(" column ▸ ", hint="v2   or  endpoint/model   or  temperature=1   or several of them")
        self.table = LineTable(
            "Beside it", ListPages(self.offers), _draw, spoken=lambda offer: offer.words, always_lit=True,
            empty=(self.refusal or "Nothing known is called so. Type v2, endpoint/model or name=value.",),
        )  # fmt: skip
        return (self.box, self.table)

    def on_mount(self) -> None:
        """What was left in the box; the models are read meanwhile, and asked for where no list is known."""
        left = self.host.typed.of(BOXES).get("column", "")
        self.box.set_value(left)
        self._filter(left)
        if self.refusal:
            self.call_after_refresh(self.say, self.refusal, "warn")
            return
        self.run_worker(self._read(), group="offers", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        project = self.host.project
        if project is not None:
            self.offers += await asyncio.to_thread(lambda: list(_offers(project)))
            self._filter(self.box.value)
            await asyncio.gather(*(self._list(endpoint) for endpoint in _unlisted(project)))

    async def _list(self, endpoint: "Endpoint") -> None:
        """Offer what an endpoint lists; one that does not answer has its models typed."""
        from genai_tui.inference.listing import list_models

        try:
            asking = await self.host.asking()
            access = await asking.access(endpoint, "")
            found = await list_models(endpoint, access, await asking.transport())
        except GenaiError:
            return
        known = {offer.words for offer in self.offers}
        named = (f"{endpoint.name}/{model.model_id}" for model in found)
        self.offers += [Offer(words, "") for words in named if words not in known]
        self._filter(self.box.value)

    def help_lines(self) -> Sequence[str]:
        """What a column is."""
        return (
            "A column asks what the sheet asks, of somebody else or otherwise: a saved version (v2), a model "
            "(endpoint/model), parameters (temperature=1), or several of them. What is not said follows the sheet.",
        )

    def action_take(self) -> None:
        """Put the chosen words into the box, to go on typing."""
        offer = self.table.row
        if offer is not None and offer is not self.offers[0] and offer.about != AS_TYPED:
            *kept, _ = self.box.value.split(" ") or [""]
            self.box.set_value(" ".join([*kept, offer.words]) + " ")
            self._filter(self.box.value)

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Show what fits."""
        self.host.typed.keep(BOXES, "column", event.value)
        self._filter(event.value)

    def _filter(self, typed: str) -> None:
        """What holds the last word; before it what was typed, where that can be added as it stands."""
        word = typed.split(" ")[-1].lower() if typed else ""
        found = [offer for offer in self.offers if word in f"{offer.words} {offer.about}".lower()]
        if not self.refusal and typed.split() and all(map(_whole, typed.split())):
            found.insert(0, Offer(typed.strip(), AS_TYPED))
        self.table.replace(ListPages(found), 0)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Add what is typed; where that names nothing, what is chosen."""
        self._add(event.value.split())

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Clicked."""
        self._add([])

    def _add(self, words: Sequence[str]) -> None:
        project, offer = self.host.project, self.table.row
        if project is None:
            return
        if self.refusal:
            self.say(self.refusal, "warn")
            return
        whole = all("=" in word or "/" in word or _version(word) for word in words)
        if (not words or not whole) and offer is not None:
            words = [] if offer is self.offers[0] else [*words[:-1], offer.words]
        try:
            column = column_of(project, words)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.host.typed.keep(BOXES, "column", "")
        self.app.pop_screen()
        self.then(column)


def column_of(project: "Project", words: Sequence[str]) -> Column:
    """The column that words name. Raises UsageFault for a word that names nothing, and for what does not exist."""
    from genai_tui.store.prompts import find_prompt

    model, version, parameters = None, None, {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name:
            parameters[name] = parameter_of(name, value)
        elif (number := _version(word)) is not None:
            version = find_prompt(project.reader, str(number)).number
        elif "/" in word:
            project.model(word)
            model = word
        else:
            raise UsageFault(
                f"{word} names no version, model or parameter.", "", "Type v2, endpoint/model or name=value."
            )
    return Column(model, version, parameters)


def _whole(word: str) -> bool:
    """Whether a word names something as it stands."""
    name, sign, value = word.partition("=" if "=" in word else "/")
    return bool(name and sign and value) or _version(word) is not None


def _unlisted(project: "Project") -> "list[Endpoint]":
    """Endpoints whose models nobody has asked for yet."""
    from genai_tui.settings import report_of

    endpoints = project.settings.endpoints.values()
    return [each for each in endpoints if not each.embedded and not report_of(each.name).models]


def _version(word: str) -> int | None:
    digits = word[1:] if word[:1] in "vV" else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _offers(project: "Project") -> Iterator[Offer]:
    """Saved versions, the newest first, and models that are known without asking anybody."""
    from genai_tui.inference.embedded.weights import served_models
    from genai_tui.settings import report_of
    from genai_tui.store.prompts import latest_prompt, page_prompts

    last = latest_prompt(project.reader)
    if last is not None:
        after = max(0, last.number - MOST_VERSIONS)
        for prompt in reversed(page_prompts(project.reader, after, MOST_VERSIONS)):
            yield Offer(f"v{prompt.number}", f"{prompt.shots}  {prompt.note or prompt.messages[-1].content}")
    in_use = project.model_in_use
    if in_use is not None:
        yield Offer(in_use, "the model in use")
    for name, endpoint in project.settings.endpoints.items():
        for model_id in served_models() if endpoint.embedded else report_of(name).models:
            if f"{name}/{model_id}" != in_use:
                yield Offer(f"{name}/{model_id}", "")


def _draw(canvas: Canvas, x: int, y: int, width: int, offer: Offer) -> None:
    end = canvas.put(x, y, offer.words, "text", min(36, width))
    canvas.put(max(end + 2, x + 18), y, offer.about, "soft", max(0, width - max(end + 2 - x, 18)))
