"""A template being filled in: its names, what it wrote so far, and how much it may still do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genai_tui.answering.nunjucks.faults import TooMuch
from genai_tui.answering.nunjucks.functions import GLOBALS
from genai_tui.answering.nunjucks.values import LONGEST, UNDEFINED

STEPS = 200_000  # a loop over ten messages takes a few hundred
MOST_STEPS = 1_000_000  # about a second, and 256 MB of texts at the most


@dataclass
class Frame:
    """The names of a loop or a macro: `fixed` are its own, `names` are those set in it."""

    parent: "Frame | None" = None
    fixed: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)


class Run:
    """One filling in: a Meter too."""

    def __init__(self, inputs: Mapping[str, Any], size: int) -> None:
        """`size`: characters of the template; a long one may work longer."""
        self.context: dict[str, Any] = {**GLOBALS, **inputs}
        self.root = self.frame = Frame()
        self.out: list[str] = []
        self.written = 0
        self.depth = 0  # of macros within macros
        self.steps: float = min(MOST_STEPS, STEPS + size)

    def spend(self, steps: float) -> None:
        """Count `steps`. Raises TooMuch."""
        self.steps -= steps
        if not self.steps >= 0:  # NaN too
            raise TooMuch("it works too long")

    def lookup(self, name: str) -> Any:
        """The value of a name: of the loops around, then of what was set, then of the inputs."""
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.fixed:
                return frame.fixed[name]
            frame = frame.parent
        frame = self.frame
        while frame is not None:
            value = frame.names.get(name, UNDEFINED)
            if value is not UNDEFINED:
                return value
            frame = frame.parent
        return self.context.get(name, UNDEFINED)

    def set(self, name: str, value: Any) -> None:
        """Set a name: where it was set before, else in this frame; in the outermost it is as if it were given."""
        frame: Frame | None = self.frame
        while frame is not None and name not in frame.fixed:
            frame = frame.parent
        if frame is not None:
            frame.fixed[name] = value
        frame = self.frame
        while frame is not None and frame.names.get(name, UNDEFINED) is UNDEFINED:
            frame = frame.parent
        (frame or self.frame).names[name] = value
        if self.frame is self.root:
            self.context[name] = value

    def define(self, name: str, value: Any) -> None:
        """Give a name to a macro: in the outermost as if it were given."""
        if self.frame is self.root:
            self.context[name] = value
        else:
            self.frame.names[name] = value

    def write(self, piece: str) -> None:
        """Write out a text. Raises TooMuch."""
        self.written += len(piece)
        if self.written > LONGEST:
            raise TooMuch(f"it would be longer than {LONGEST:,} characters")
        self.out.append(piece)

    def captured(self, body: Callable[["Run"], None]) -> str:
        """What a body writes, instead of writing it out."""
        outer, self.out = self.out, []
        try:
            body(self)
            return "".join(self.out)
        finally:
            self.out = outer
