"""What stands in the view of an answer, from top to bottom: its reasoning, the answer, and what is wrong with it.

Pieces that came wait until they are taken in, so that a tick has bounded work however many there are.
"""

from collections import deque

from genai_tui.errors import GenaiError
from genai_tui.untrusted import HarmlessStream, one_line
from genai_tui.widgets.flow import Flow
from genai_tui.widgets.look import Look, Role
from genai_tui.widgets.text_view import error_parts

STEP = 65_536  # characters taken in at once


class Incoming:
    """A text that grows, and the pieces of it that are not taken in yet."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._pieces: deque[str] = deque()
        self._harmless = HarmlessStream()
        self.waiting = 0  # characters

    def put(self, piece: str) -> None:
        """Let a piece wait."""
        self._pieces.append(piece)
        self.waiting += len(piece)

    def take(self, most: int = STEP) -> None:
        """Take in up to so many characters."""
        taken: list[str] = []
        while self._pieces and most > 0:
            piece = self._pieces.popleft()
            if len(piece) > most:
                self._pieces.appendleft(piece[most:])
                piece = piece[:most]
            taken.append(piece)
            most -= len(piece)
            self.waiting -= len(piece)
        if taken:
            self.flow.append(self._harmless.feed("".join(taken)))

    def take_all(self, *, ended: bool) -> None:
        """Take in all that waits; at the end of the text also a sequence that was never closed."""
        while self._pieces:
            self.take()
        if ended:
            self.flow.append(self._harmless.end())


class AnswerText:
    """The texts of one answer, as rows one under the other."""

    def __init__(self) -> None:
        self.answer, self.reasoning = Incoming(), Incoming()
        self.unfolded = False  # whether the reasoning is shown
        self.rendered: Flow | None = None  # the answer as Markdown, where that is shown
        self.wrong = ""  # what is wrong, for copying
        self._folded, self._notes = Flow(), Flow()

    @property
    def waiting(self) -> int:
        """Characters that are not taken in yet."""
        return self.answer.waiting + self.reasoning.waiting

    def take(self) -> None:
        """Take in some of what waits."""
        self.reasoning.take()
        self.answer.take()

    def take_all(self, *, ended: bool) -> None:
        """Take in all that waits."""
        self.reasoning.take_all(ended=ended)
        self.answer.take_all(ended=ended)

    def note(self, look: Look, error: GenaiError | None, broken: str, remark: str) -> None:
        """What stands under the answer: where it is broken, its error, and a remark on how it is shown."""
        text, spans, hangs = "", list[tuple[int, Role]](), dict[int, str]()

        def line(lead: str, lead_role: Role, said: str, role: Role) -> None:
            nonlocal text
            hangs[len(text)] = " " * len(lead)
            spans.extend(((len(text), lead_role), (len(text) + len(lead), role)))
            text += f"{lead}{one_line(said)}\n"

        if broken:
            line(f"{look.signs['failed']} ", "bad", broken, "bad")
        for part in error_parts(error) if error is not None else ():
            line(part.lead, part.lead_role, part.text, part.role)
        self.wrong = text.rstrip("\n")
        if remark:
            line("", "soft", remark, "soft")
        self._notes = Flow(text.rstrip("\n"), spans, hangs)

    def _say_folded(self) -> None:
        sign, does = ("▾", "folds") if self.unfolded else ("▸", "shows")
        said = f"{sign} reasoning {len(self.reasoning.flow.text):,} chars, R {does} it"
        if said != self._folded.text:
            self._folded = Flow(said)

    def flows(self) -> list[tuple[Flow, Role]]:
        """The texts and their roles."""
        found: list[tuple[Flow, Role]] = [(self.rendered or self.answer.flow, "text"), (self._notes, "text")]
        if not self.reasoning.flow.text:
            return found
        thought: list[tuple[Flow, Role]] = [(self._folded, "soft"), (self.reasoning.flow, "soft")]
        return [*thought[: 1 + self.unfolded], *found]

    def searched(self) -> list[Flow]:
        """The texts in which one finds."""
        return [flow for flow, _ in self.flows() if flow not in (self._folded, self._notes)]

    def lay(self, width: int, *, ascii_only: bool, seconds: float) -> int:
        """Wrap for this width, each text for so long at most; returns how many rows are known."""
        if self.reasoning.flow.text:
            self._say_folded()
        total = 0
        for flow, _ in self.flows():
            flow.lay(width, ascii_only=ascii_only, seconds=seconds)
            total += flow.count
        return total

    @property
    def laid(self) -> bool:
        """Whether all rows are known."""
        return all(flow.laid for flow, _ in self.flows())

    def at(self, row: int) -> tuple[Flow, int]:
        """The text that a row belongs to, and where in it the row begins."""
        flows = self.flows()
        for flow, _ in flows:
            if row < flow.count:
                return flow, flow.start_of(row)
            row -= flow.count
        return flows[-1][0], 0

    def row_of(self, flow: Flow, offset: int) -> int:
        """The row that has this place of a text; -1 where the text is not shown."""
        above = 0
        for each, _ in self.flows():
            if each is flow:
                return above + each.row_at(offset)
            above += each.count
        return -1
