"""Each token of an answer with its probability; beside the chosen one what else could have stood there."""

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.records.generations import Generation
from genai_tui.screens.acts import Act, bindings
from genai_tui.stages.prompt.pages.beside import Beside
from genai_tui.stages.prompt.probabilities import Choice, Token, tokens_of, whole
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.marked_text import Marked, MarkedText, Words, plain_lines
from genai_tui.widgets.pages import ListPages

BAR = 10  # cells of a bar
WIDEST = 56  # cells of a row: farther apart, token and number would be hard to read together
LIKELY = 0.9  # from here on nothing is said of a token
BEFORE = 200  # characters of the answer shown before the chosen token
NONE_GIVEN = (
    "This answer came without probabilities.", "",
    "In the playground l asks for them from the next run on. Some endpoints ignore",
    "or refuse that; genai-tui endpoint test NAME tells which.",
    "The embedded model gives them.",
)  # fmt: skip


class Probabilities(Beside[Token]):
    """The tokens of one generation, which was read whole."""

    WHERE = "probabilities"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("probabilities.unlikely", "u", "unlikely(1)", "the next unlikely token"),
        Act("probabilities.unlikely_before", "U", "unlikely(-1)", "the unlikely token before"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "token"), Key("u", "next unlikely one"), Key("tab", "alternatives"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(self, generation: Generation) -> None:
        super().__init__()
        self.generation = generation
        self.tokens = list(tokens_of(generation.logprobs))

    def body(self) -> Sequence[Widget]:
        """The tokens, and the chosen one."""
        table: LineTable[Token] = LineTable(
            self._title(), ListPages(self.tokens), self._draw, empty=NONE_GIVEN, spoken=_spoken, always_lit=True,
            id="tokens",
        )  # fmt: skip
        return self.lay(table, MarkedText("Token", id="token"))

    def _title(self) -> str:
        if not self.tokens:
            return "Tokens"
        said = whole(self.tokens)
        return f"log p {said.logprob:,.2f} · perplexity {said.perplexity:,.2f}"

    def on_mount(self) -> None:
        """The first token is chosen."""
        super().on_mount()
        self.detail.display = bool(self.tokens)
        self._show()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show what else could have stood there."""
        self._show()

    def _show(self) -> None:
        token = self.table.row
        if token is not None:
            self.detail.show(self._lines(token), f"Token {token.place:,} of {len(self.tokens):,}")

    def action_unlikely(self, step: int) -> None:
        """Go to another token that something else was likelier than."""
        here = self.table.position + step
        places = range(here, len(self.tokens)) if step > 0 else range(here, -1, -1)
        there = next((place for place in places if self.tokens[place].unlikely), None)
        if there is None:
            self.say("There is no unlikely token further on." if step > 0 else "There is no unlikely token before it.")
        else:
            self.table.go_to(there)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, token: Token) -> None:
        _draw_choice(canvas, x, y, min(width, WIDEST), token.choice)

    def _lines(self, token: Token) -> Iterator[Marked]:
        """The alternatives, where it stands, and what the numbers are."""
        signs = self.host.look.signs
        others = token.likeliest or (token.choice,)
        width = min(24, max(len(choice.shown) for choice in others))
        for choice in others:
            here = choice.shown == token.choice.shown
            share = choice.probability
            bar = "▓" * round(share * BAR) + "░" * (BAR - round(share * BAR))
            lead = f"{signs['here']} " if here else "  "
            text = f"{choice.shown[:width]:<{width}} {bar} {percent(share):>8}  log p {choice.logprob:,.3f}"
            yield Marked((Words(text, "strong" if here else "text"),), lead, "key")
        left = 1 - math.fsum(choice.probability for choice in others)
        if token.likeliest and left > 0.0005:
            yield Marked((Words(f"{'all others':<{width}} {' ' * BAR} {percent(left):>8}", "soft"),), "  ")
        if not token.likeliest:
            yield Marked((Words("The endpoint told no alternatives.", "soft"),))
        yield Marked(())
        yield from self._place(token)
        yield Marked(())
        yield from plain_lines(self._said(), "soft")

    def _place(self, token: Token) -> Iterator[Marked]:
        """The end of the answer up to the token, and the token."""
        before = "".join(other.text for other in self.tokens[max(0, token.place - 1 - BEFORE) : token.place - 1])
        *lines, last = before[-BEFORE:].split("\n")
        for line in lines:
            yield Marked((Words(line, "soft"),))
        yield Marked((Words(last, "soft"), Words(token.choice.shown, "strong")))

    def _said(self) -> str:
        said = whole(self.tokens)
        return (
            f"The answer: log probability {said.logprob:,.3f}, the sum over its {said.tokens:,} tokens (natural "
            f"logarithm); perplexity {said.perplexity:,.3f} = e^({-said.logprob:,.3f} / {said.tokens:,}). As "
            f"{self.generation.model} told them."
        )

    def command(self) -> str:
        """The command that asks for them."""
        each = self.generation
        return f"genai-tui prompt run {each.prompt} --model {each.model} --logprobs --json" if each.prompt else ""

    def help_lines(self) -> Sequence[str]:
        """What the numbers are."""
        return (
            "How probable each token was, as the endpoint told it when the answer was made; ! stands before those "
            "that something else was likelier than. Beside the chosen one stand the likeliest at its place. The log "
            "probability of the answer is the sum over its tokens; perplexity is e to the power of its negative mean: "
            "1 where every token was certain.",
        )


def _draw_choice(canvas: Canvas, x: int, y: int, width: int, choice: Choice) -> None:
    """A token, its bar, its number, and a sign where it was unlikely."""
    share = choice.probability
    role: Role = "text" if share >= LIKELY else "soft" if share >= 0.5 else "warn"
    if share < LIKELY:
        canvas.put(x, y, canvas.look.signs["attention" if share < 0.5 else "dot"], role)
    end = canvas.right(x + width - 1, y, f"{percent(share):>8}", role) - 1
    filled = round(share * BAR)
    canvas.fill(end - BAR, y, BAR, "░", "track")
    canvas.fill(end - BAR, y, filled, "▓", role)
    canvas.put(x + 2, y, choice.shown, "strong" if share < 0.5 else "text", end - BAR - x - 3)


def percent(share: float) -> str:
    """A probability: `93.1 %`, `<0.01 %`."""
    return "<0.01 %" if 0 <= share < 0.0001 else f"{share * 100:.2f} %" if share < 0.01 else f"{share * 100:.1f} %"


def _spoken(token: Token) -> str:
    return f"token {token.choice.shown}, {percent(token.choice.probability)}"
