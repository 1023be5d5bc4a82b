"""The tab Compare: up to four models side by side, tried on the same row, and one of them chosen."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL
from genai_tui.screens.acts import Act
from genai_tui.screens.folding import Want
from genai_tui.stages.select.choosing import known_models, use_model
from genai_tui.stages.select.comparing import MOST, Column
from genai_tui.stages.select.estimate_text import amount_text
from genai_tui.stages.select.gathering import Gathered, side_by_side
from genai_tui.stages.select.pages.card_table import CardTable
from genai_tui.stages.select.pages.tabs import Tab
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages

EMPTY = ("No model is compared yet.", "Press a and type its name: endpoint/model-id, a card's name, or a file.")
SCORE, MONTH, FIT = 16, 10, 12


class Compare(Tab):
    """The models with what decides between them; under it their cards."""

    ID = "compare"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("compare.add", "a", "do('add')", "compare one more model"),
        Act("compare.remove", "x", "do('remove')", "take this model out of the comparison"),
        Act("compare.try", "s", "do('try')", "ask all of them the same, side by side"),
        Act("compare.blind", "b", "do('blind')", "ask all of them the same, names hidden until one is chosen"),
        Act("compare.measure", "e", "do('measure')", "evaluate all of them on dev, as a job", also="score dataset"),
        Act("compare.use", "u", "do('choose')", "choose this model over the others, and say why"),
    )
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("a", "add"), Key("x", "take out"), Key("s", "try all"), Key("b", "blind"), Key("e", "evaluate"),
        Key("u", "choose"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.names: list[str] | None = None  # None until somebody looks
        self._found: Gathered | None = None
        self.table: LineTable[Column] = LineTable(
            "Compared", ListPages([]), self._draw, empty=EMPTY, spoken=self._spoken, always_lit=True, id="compared"
        )
        self.cards = CardTable()
        super().__init__(self.table, self.cards)

    def wants(self) -> Sequence[Want]:
        """Four rows, then the cards."""
        return (Want(3, 1 + max(2, self.table.count), 0), Want(4, 30, 1))

    def show_rows(self) -> None:
        """Read scores and prices again, where they may be others."""
        if self.names is None:
            self.names = [one.model for one in known_models(self.project)][:MOST]
        self.begin(self._read, "compare")

    async def _read(self) -> None:
        assert self.names is not None
        found = await asyncio.to_thread(side_by_side, self.project, tuple(self.names), self._found)
        if found is self._found:  # which model is in use may be another all the same
            self.table.repaint()
            return
        self._found = found
        for name, error in found.faults.items():
            self.names.remove(name)
            self.page.say(str(error), "warn")
        self.table.replace(ListPages(found.columns))
        self.cards.show(found.columns)
        self.fold(self.page.size)

    def chosen(self, row: Column) -> None:
        """Enter: its card, in full, below."""
        self.page.set_focus(self.cards)

    def do_add(self) -> None:
        """Compare one more."""
        if self.names is not None and len(self.names) >= MOST:
            self.page.say(f"{MOST} models stand side by side: x takes one out.")
            return
        self.page.ask(" model, card or file ▸ ", self._add, hint="endpoint/model-id, llama-3.1-8b, ~/models/mine")

    def _add(self, typed: str) -> None:
        if typed and self.names is not None and typed not in self.names:
            self.names.append(typed)
            self.show_rows()

    def do_remove(self) -> None:
        """Take the model under the cursor out."""
        row = self.table.row
        if row is not None and self.names is not None:
            self.names.remove(row.known.name)
            self.show_rows()

    def do_try(self) -> None:
        """Ask all of them."""
        self._try(blind=False)

    def do_blind(self) -> None:
        """Ask all of them, names hidden."""
        self._try(blind=True)

    def _try(self, *, blind: bool) -> None:
        from genai_tui.stages.select.pages.trial import Trial

        if not self.table.count:
            self.page.say("No model is compared yet: a adds one." if not self.names else "They are being read.")
            return
        if served := self._served():
            self.page.app.push_screen(Trial(served, self.choose, blind=blind))

    def _served(self) -> list[str]:
        """Those that can be asked; where there are none that is said."""
        served = [row.known.name for row in self.table.near(MOST) if row.known.endpoint is not None and not row.refused]
        if not served:
            self.page.say("None of these can be asked: a card without an endpoint answers nothing.", "warn")
        return served

    def do_measure(self) -> None:
        """Evaluate all of them on dev."""
        if served := self._served():
            self.begin(lambda: self._measure(served), "measure")

    async def _measure(self, models: Sequence[str]) -> None:
        from genai_tui.stages.select.measuring import start_measuring_models

        try:
            job = await start_measuring_models(self.project, models)
        except GenaiError as error:
            self.page.say(str(error), "bad")
            return
        self.page.host.look_again()
        counted = "1 model is" if len(models) == 1 else f"{len(models)} models are"
        self.page.say(f"{counted} measured on dev by job {job.id}: J shows how far it is; scores come here.", "good")

    def do_choose(self) -> None:
        """Choose the model under the cursor."""
        row = self.table.row
        if row is not None:
            self.choose(row.known.name, [each.known.name for each in self.table.near(MOST)])

    def choose(self, model: str, among: Sequence[str], how: str = "") -> None:
        """Ask why, then make `model` the one in use; `how` is said before the reason."""
        rivals = [each for each in among if each != model]

        async def keep(why: str) -> None:
            said = "; ".join(part for part in (how, why) if part)
            try:
                used = await use_model(self.project, model, rivals, said)
            except GenaiError as error:
                self.page.say(str(error), "bad")
                return
            self.page.host.look_again()
            self.page.say(f"{used} is in use now; why is kept, and shown with its card.", "good")

        if how.startswith("blind"):
            self.page.say(f"That was {model}.", "good")
        self.page.ask(f" why {model} ▸ ", lambda why: self.begin(lambda: keep(why), "choose"), hint="enter: no reason")

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui model compare {' '.join(self.names or ('M…',))}"

    def copied(self) -> str:
        """The cards, where the keys go there."""
        return self.cards.plain_text() if self.page.focused is self.cards else ""

    def _in_use(self) -> str:
        return self.project.model_in_use or DEFAULT_MODEL

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Column) -> None:
        end = x + width - 1
        memory = "memory ?" if row.memory_bytes is None else f"≈ {amount_text(row.memory_bytes, 'bytes')}"
        sign = {True: "done", False: "failed", None: "unknown"}[row.fits]
        canvas.put(end - FIT, y, canvas.look.signs[sign], "good" if row.fits else "soft")
        canvas.put(end - FIT + 2, y, memory, "text", FIT - 2)
        month = "$? a month" if row.month_usd is None else f"{amount_text(row.month_usd, 'US dollars')} a month"
        at = canvas.right(end - FIT - 2, y, month, "soft" if row.month_usd is None else "text")
        score = "not measured"
        if row.scored is not None:
            value = row.scored.value
            score = f"{value.value:.2f}"
            if value.low is not None and value.high is not None:
                score += f" {value.low:.2f}–{value.high:.2f}"
        at = canvas.right(at - 2, y, score, "strong" if row.scored else "soft")
        used = "  in use" if row.known.name == self._in_use() else ""
        name = canvas.put(x, y, row.known.name, "strong", max(8, at - x - width_of(used) - 1))
        canvas.put(name, y, used, "good", at - name - 1)

    def _spoken(self, row: Column) -> str:
        return "; ".join(f"{name} {value}" for name, value in row.rows()[:5])
