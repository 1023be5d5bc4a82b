"""What every screen has: the top line, the rail, the last line, and its own keys."""

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantBlur, DescendantFocus, Paste, Resize
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from genai_tui.lifecycle import STAGES, Stage
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act
from genai_tui.screens.frame import Column, Foot, Head, Said
from genai_tui.screens.host import Host
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.lines import Key, Message
from genai_tui.widgets.painted import Painted

JUST_ENDED_S = 1.0  # seconds in which people still press esc for what has ended meanwhile
NEVER = float("-inf")
RAIL_FROM = 8  # rows of the screen from which the rail has a line


class Page(Screen[None], inherit_bindings=False):
    """A screen of ours. On entering it no text box has the focus; a message stands in the last line till a key."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_part(1)", "next part", show=False),
        Binding("shift+tab", "next_part(-1)", "previous part", show=False),
    ]
    ACTS: ClassVar[tuple[Act, ...]] = ()
    KEYS: ClassVar[tuple[Key, ...]] = ()
    WHERE: ClassVar[str] = ""
    STAGE: int = 0
    ESC_STOPS: ClassVar[bool] = True  # esc stops what runs on this page; ^c does in any case
    ESC_CLOSES: ClassVar[bool] = False  # a page that is a text box: its first esc goes back
    message: Message | None = None
    _ended_at: float = NEVER  # when something ended that esc could have been meant for
    before_box: Widget | None = None  # where the focus goes when a text box is left
    left_box: Widget | None = None  # the box that was left last: chosen still, until another part is

    @property
    def part(self) -> Widget | None:
        """The part that is chosen: it has the keys, or is a box that was left just now."""
        return self.focused or (self.left_box if self.left_box is not None and self.left_box.display else None)

    @property
    def host(self) -> Host:
        """The app."""
        return cast(Host, self.app)

    def say(self, text: str, tone: str = "note") -> None:
        """Say a sentence in the last line; the next key takes it away."""
        self.message = Message(text, tone)
        self.show_message()

    def show_message(self) -> None:
        """Draw the last line again."""

    def show_board(self, board: Board | None) -> None:
        """Take in a new state of the project."""

    def take_in(self, handed: Mapping[str, Any]) -> None:
        """Take in what another stage hands over: plain values, for stages do not know one another."""

    def show_look(self) -> None:
        """Draw everything in another theme."""
        for widget in self.query(Painted):
            widget.repaint()

    def command(self) -> str:
        """The command that does what this screen just did, or is set to do; empty if there is none."""
        return ""

    def copy_text(self) -> str:
        """What `y` copies instead of the command: the error or the text that this screen shows now."""
        return ""

    def acts_here(self) -> Sequence[Act]:
        """The acts that can be done now: what help and palette name."""
        return self.ACTS

    def help_title(self) -> str:
        """The title of the help page."""
        stage = STAGES[self.STAGE - 1].title if self.STAGE else ""
        return (
            " · ".join(part for part in ("Help", stage, self.WHERE) if part) if stage or self.WHERE else "Help · Home"
        )

    def help_lines(self) -> Sequence[str]:
        """What the help page says of this screen before its keys."""
        return ()

    def stop_work(self) -> bool:
        """Stop what runs on this screen; False if nothing does."""
        return False

    def has_ended(self) -> None:
        """What esc was for has just ended by itself: an esc that is on its way does not leave the screen."""
        self._ended_at = time.monotonic()

    def holds_esc(self) -> bool:
        """Whether an esc was not meant to leave: a message stands there, or something ended a moment ago."""
        held = self.message is not None or time.monotonic() - self._ended_at < JUST_ENDED_S
        self.forget_message()
        self._ended_at = NEVER
        return held

    def forget_message(self) -> None:
        """Take the message away, if there is one."""
        if self.message is not None:
            self.message = None
            self.show_message()

    def action_next_part(self, step: int) -> None:
        """Go to the next part of the screen, or the one before."""
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def zoom(self) -> None:
        """Give the whole page to the part that has the keys, or give it back."""
        self.say("There is one part only here.")

    def leave_box(self) -> None:
        """Leave the text box that has the keys; it stays chosen where no other part is."""
        self.left_box = self.focused
        self.set_focus(self.before_box)

    def go_into(self, box: Widget) -> None:
        """Go back into a text box of this page."""
        self.set_focus(box)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker tells of its end only to where it was begun: a defect is said as one of the app's workers."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.host.worker_failed(event.worker.error)

    def on_paste(self, event: Paste) -> None:
        """Outside a text box a paste presses no keys."""
        event.stop()
        self.say("Pasted text goes into text boxes only; nothing was done with it.", "warn")

    def on_screen_resume(self) -> None:
        """Come back with the newest state."""
        self.show_board(self.host.board)


class FramedPage(Page):
    """A page with the top line, the rail, a body, and the last line."""

    DEFAULT_CSS = """
    FramedPage { overflow: hidden; layers: default over; }
    FramedPage .-zoomed { width: 1fr !important; height: 1fr !important; }
    """

    BOX_KEYS: ClassVar[tuple[Key, ...]] = (Key("enter", "done"), Key("esc", "leave; the text stays"))
    _keys: tuple[Key, ...] | None = None

    def compose(self) -> ComposeResult:
        """Head, body, foot."""
        self.head = Head(self.STAGE, self.WHERE)
        self.head.board = self.host.board
        self._fit_head(self.app.size.height)
        body = self.body()
        self.foot = Foot((*self.keys_here(typing=False), *self.host.global_keys()))
        self.over = Said()
        yield self.head
        yield from body
        yield self.foot
        yield self.over

    @abstractmethod
    def body(self) -> Sequence[Widget]:
        """The widgets between head and foot."""

    def on_resize(self, event: Resize) -> None:
        """On a very low screen the rail gives its line away."""
        self._fit_head(event.size.height)
        self.over.show(self.message, event.size.width, event.size.height)

    def _fit_head(self, height: int) -> None:
        self.head.styles.height = 1 if height < RAIL_FROM else 2

    _before_zoom: tuple[tuple[Widget, bool], ...] = ()

    @property
    def zoomed(self) -> bool:
        """Whether one part has the whole page."""
        return bool(self._before_zoom)

    def zoom(self) -> None:
        """Hide what is beside the part that has the keys, or show it again."""
        part = self.part
        if self._before_zoom:
            for widget, shown in self._before_zoom:
                widget.display = shown
                widget.remove_class("-zoomed")
            self._before_zoom = ()
        elif part is not None:
            beside = [widget for widget in self.query(Widget) if self._is_beside(widget, part)]
            self._before_zoom = tuple((widget, widget.display) for widget in (*beside, *self._around(part)))
            for widget in beside:
                widget.display = False
            for widget in self._around(part):
                widget.add_class("-zoomed")
        self.draw_keys()

    def holds_esc(self) -> bool:
        """A part that has the whole page gives it back before esc leaves the page."""
        held, zoomed = super().holds_esc(), self.zoomed
        if zoomed and not held:
            self.zoom()
        return held or zoomed

    def action_next_part(self, step: int) -> None:
        """Go to another part; one that has the whole page gives it back first."""
        if self._before_zoom:
            self.zoom()
        super().action_next_part(step)

    def _around(self, part: Widget) -> list[Widget]:
        return [part, *(node for node in part.ancestors if isinstance(node, Column))]

    def _is_beside(self, widget: Widget, part: Widget) -> bool:
        ours = isinstance(widget, (Painted, Column)) and not isinstance(widget, (Head, Foot, Said))
        return ours and widget.display and widget not in self._around(part) and part not in widget.ancestors

    def show_board(self, board: Board | None) -> None:
        """Draw the head again, if it says something else."""
        if self.is_mounted:
            self.head.board = board
            self.head.repaint()

    def show_message(self) -> None:
        """Draw the foot again, or more rows than that one over it."""
        if self.is_mounted:
            size = self.size or self.app.size
            box = isinstance(self.focused, LineEdit) and self.focused.styles.dock == "bottom"
            self.over.styles.margin = (0, 0, 2 if box else 0, 0)  # a box that is typed into is not covered
            self.over.show(self.message, size.width, size.height)
            self.foot.message = None if box and self.over.display else self.message
            self.foot.repaint()

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Let the last line show other keys, as another part of the screen has the focus."""
        self._keys = tuple(keys)
        self._draw_keys(typing=False)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In a text box letters are text: the last line names the keys that are none."""
        if self.left_box is not None and event.widget is not self.left_box:
            left, self.left_box = self.left_box, None
            if isinstance(left, Painted):
                left.repaint()
        self._draw_keys(typing=bool(getattr(event.widget, "TEXT_BOX", False)))

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """The keys of the page again; another box may have the keys already."""
        if getattr(event.widget, "TEXT_BOX", False):
            self.draw_keys()

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """The keys of this page that the last line shows now; while one types, those that are no text."""
        return self.BOX_KEYS if typing else self.KEYS if self._keys is None else self._keys

    def draw_keys(self) -> None:
        """Name the keys again, because what can be done here has changed."""
        self._draw_keys(typing=bool(getattr(self.focused, "TEXT_BOX", False)))

    def _draw_keys(self, *, typing: bool) -> None:
        keys = self.keys_here(typing=typing)
        if self.zoomed and not typing:
            keys = (Key("z", "all parts"), *(key for key in keys if key.key != "z"))
        self.foot.keys = (*keys, *self.host.global_keys(typing=typing))
        self.foot.repaint()


class StageScreen(FramedPage):
    """The screen of one stage: made on the first visit, kept after it."""

    @property
    def stage(self) -> Stage:
        """The stage as data."""
        return STAGES[self.STAGE - 1]

    def help_lines(self) -> Sequence[str]:
        """The question of the stage."""
        return (f"{self.stage.title} asks: {self.stage.question}",)
