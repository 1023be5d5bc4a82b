"""Exactly what goes over the wire for one column, seen in six ways; each can be copied as it is."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.screens.frame import Tabs
from genai_tui.stages.prompt.wire import Sent, not_told
from genai_tui.untrusted import escape_json
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.lines import Key
from genai_tui.widgets.look import Role
from genai_tui.widgets.marked_text import Marked, MarkedText, Words, plain_lines

if TYPE_CHECKING:
    from genai_tui.inference.templates import Templated

VIEWS = ("Messages", "Text", "JSON body", "Python", "curl", "Command")
SHORT = ("Messages", "Text", "JSON", "Python", "curl", "Command")
ALL_FROM = 64  # columns from which their whole names fit
LONGEST_SHOWN = 200_000  # characters of one view; all of it is copied
TextOf = Callable[[Sent], Awaitable["Templated | None"]]


class Wire(FramedPage):
    """`read` gives what is sent, in a thread; `text_of` the text after the chat template, or None."""

    WHERE = "over the wire"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("wire.next", "right,x", "turn(1)", "the next way to see it", "→ or x"),
        Act("wire.previous", "left", "turn(-1)", "the one before", "←"),
        Act("wire.messages", "m", "view(0)", "the messages"),
        Act("wire.text", "t", "view(1)", "the text after the chat template"),
        Act("wire.body", "b", "view(2)", "the JSON body"),
        Act("wire.python", "p", "view(3)", "as Python"),
        Act("wire.curl", "c", "view(4)", "as curl"),
        Act("wire.command", "r", "view(5)", "as a command of this program"),
        Act("wire.find", "slash", "find", "find in it: enter or ↓ the next place, ↑ the one before", "/"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ACTS),
        Binding("down", "step(1)", "the next place", show=False),
        Binding("up", "step(-1)", "the place before", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("←→", "other views"), Key("y", "copy all of it"), Key("↑↓", "scroll"), Key("/", "find"), Key("esc", "back"),
    )  # fmt: skip
    BOX_KEYS = (Key("enter", "next place"), Key("↑↓", "before, next"), Key("esc", "leave"))

    def __init__(self, read: Callable[[], Sent], *, text_of: TextOf | None = None, title: str = "") -> None:
        super().__init__()
        self.read, self.text_of, self.title_said = read, text_of, title
        self.view = 0
        self.sent: Sent | None = None
        self.told: Templated | None = None
        self.texts: dict[int, str] = {}  # what was read of each view
        self.fault: GenaiError | None = None

    def body(self) -> Sequence[Widget]:
        """The names of the views, and one of them."""
        self.tabs = Tabs(VIEWS)
        self.text = MarkedText(empty=("It is being read …",), id="wire")
        self.box = LineEdit(" find ▸ ", id="find")
        self.box.display = False
        self.box.styles.dock = "bottom"
        self.box.styles.margin = (0, 0, 1, 0)  # over the keys
        return (self.tabs, self.text, self.box)

    def on_mount(self) -> None:
        """Read what is sent; the arrow keys scroll at once."""
        self.text.focus()
        self.action_view(0)

    def action_next_part(self, step: int) -> None:
        """The views are the parts."""
        self.text.focus()
        self.action_turn(step)

    def action_find(self) -> None:
        """Open the box: typing takes the place of what was looked for last."""
        self.box.set_value(self.box.value, picked=True)
        self.box.display, self.before_box = True, self.text
        self.box.focus()

    def action_step(self, step: int) -> None:
        """The next place, or the one before, while one looks for something."""
        if self.focused is not self.box:
            raise SkipAction
        self._find(step)

    def _find(self, step: int = 0) -> None:
        said = self.text.find(self.box.value, step)
        self.text.show(self.text.lines, note=said)

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Find while one types."""
        self._find()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """The next place."""
        self._find(1)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; what it found stays marked."""
        self.box.display = False

    def action_turn(self, step: int) -> None:
        """Another view."""
        self.action_view((self.view + step) % len(VIEWS))

    def action_view(self, view: int) -> None:
        """One of them."""
        self.view = view
        self.tabs.show(VIEWS if self.app.size.width >= ALL_FROM else SHORT, view)
        self.run_worker(self._show(view), group="view", exclusive=True, exit_on_error=False)

    async def _show(self, view: int) -> None:
        self.fault = None
        try:
            if self.sent is None:
                self.sent = await asyncio.to_thread(self.read)
            if view not in self.texts:
                self.text.show((), self._title())
                self.texts[view] = await self._text(self.sent, view)
            lines = tuple(await asyncio.to_thread(lambda: list(self._lines(view, self.texts[view]))))
        except GenaiError as error:
            self.fault = error
            lines = tuple(_fault_lines(error))
        if view == self.view:
            self.text.show(lines, self._title())

    def _title(self) -> str:
        where = f"POST {self.sent.url}" if self.sent is not None else ""
        if self.view == 1 and self.told is not None:
            count = "" if self.told.tokens is None else f"{self.told.tokens:,} tokens, "
            where = f"{count}as {self.told.by} tells it"
        return " · ".join(text for text in (self.title_said, where) if text)

    async def _text(self, sent: Sent, view: int) -> str:
        if view == 1:
            self.told = await self.text_of(sent) if self.text_of is not None else None
            if self.told is None:
                raise not_told()
            return self.told.text
        ways: dict[int, Callable[[], str]] = {
            0: sent.as_messages, 2: sent.as_body, 3: sent.as_python, 4: sent.as_curl, 5: lambda: sent.command,
        }  # fmt: skip
        return await asyncio.to_thread(ways[view])

    def _lines(self, view: int, text: str) -> Iterator[Marked]:
        """What is drawn of a view: of very long ones the beginning."""
        shown, sent = text[:LONGEST_SHOWN], self.sent
        if view in (3, 4) and sent is not None and sent.note:
            yield from (*plain_lines(sent.note, "soft"), Marked(()))
        if view == 0 and sent is not None:
            yield from _message_lines(sent)
        elif view == 1 and self.told is not None:
            yield from _template_lines(shown, self.told.special)
        else:
            yield from plain_lines(shown or "There is no command for this.")
        if len(text) > LONGEST_SHOWN:
            yield Marked((Words(f"… {len(text) - LONGEST_SHOWN:,} more characters; y copies all", "soft"),))

    def copy_text(self) -> str:
        """All of the view that is shown; where it could not be read, why."""
        return self.text.plain_text() if self.fault is not None else self.texts.get(self.view, "")

    def help_lines(self) -> Sequence[str]:
        """What is seen."""
        return (
            "What is sent for the column in front and the row that stands there: the messages; the text that the "
            "model reads after the server's chat template, special tokens marked (llama.cpp, vLLM and the embedded "
            "model tell it); the JSON body; and Python, curl and a command that send the very same. Keys stay in "
            "their environment variables. y copies the view that is shown, whole.",
        )


def _message_lines(sent: Sent) -> Iterator[Marked]:
    left = LONGEST_SHOWN
    for number, message in enumerate(sent.body["messages"]):
        if number:
            yield Marked(())
        content = message["content"]
        yield Marked((Words(message["role"], "strong"), Words(f"  {len(content):,} characters", "soft")))
        yield from plain_lines(content[:left], "text", "  ")
        left -= len(content)
        if left <= 0:
            return
    others = {name: value for name, value in sent.body.items() if name not in ("messages", "model")}
    said = " · ".join(f"{name} {escape_json(json.dumps(value, ensure_ascii=False))}" for name, value in others.items())
    yield from (Marked(()), Marked((Words(f"model {sent.body['model']} · {said}", "soft"),)))


def _template_lines(text: str, special: Sequence[tuple[int, int]]) -> Iterator[Marked]:
    """The text with its special tokens marked: bold and coloured; a line end is where it is."""
    words: list[Words] = []
    edges = [0, *(edge for span in special for edge in span), len(text)]
    for number, (start, end) in enumerate(pairwise(edges)):
        first, *others = text[start:end].split("\n")
        role: Role = "key" if number % 2 else "text"
        words.append(Words(first, role))
        for line in others:
            yield Marked(tuple(words))
            words = [Words(line, role)]
    yield Marked(tuple(words))


def _fault_lines(error: GenaiError) -> Iterator[Marked]:
    yield Marked((Words(error.what, "strong"),), "✘ ", "bad")
    yield from plain_lines("\n".join(text for text in (error.why, error.do) if text), "text", "  ")
