"""The form: one field a line, what belongs in the chosen one, and the verdict in a line where nothing is beside it."""

from collections.abc import Iterator, Mapping

from genai_tui.inference.data_rules import read_rules
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.fields import LONGEST, Field, is_there, typed, written
from genai_tui.stages.scope.tasks import TASKS
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import pad
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_view import Part

NAME = 19  # columns for the names of fields
DRAFT = "typed, not saved"
SHORT_DRAFT = "not saved"


class InShort(Painted):
    """The verdict in one line, on a rule."""

    DEFAULT_CSS = "InShort { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.sign, self.role, self.text = "empty", "soft", ""

    def show(self, sign: str, role: Role, text: str) -> None:
        """Say something else."""
        self.sign, self.role, self.text = sign, role, text
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Sign and words."""
        x = canvas.put(2, 0, f"{canvas.look.signs[self.sign]} ", self.role)  # type: ignore[arg-type]
        canvas.put(x, 0, self.text, "strong", canvas.width - x)


def draw_field(  # noqa: PLR0913 - where, and what stands there
    canvas: Canvas, x: int, y: int, width: int, field: Field, scope: Scope, drafts: Mapping[str, object]
) -> None:
    """One field with its value; what is typed and not saved says so."""
    there = is_there(scope, field.key)
    if field.key in drafts:
        said = DRAFT if width > 60 else SHORT_DRAFT
        canvas.right(x + width - 1, y, said, "warn")
        width -= len(said) + 2
    sign: Role = "good" if there else "warn" if field.needed else "soft"
    canvas.put(x, y, canvas.look.signs["done" if there else "empty"], sign)
    canvas.put(x + 2, y, field.name, "strong" if field.needed else "text", NAME - 2)
    value = written(scope, field.key) if there else "needed" if field.needed else "–"
    canvas.put(x + NAME, y, value, "text" if there else "warn" if field.needed else "soft", width - NAME)


def spoken(field: Field, scope: Scope, drafts: Mapping[str, object]) -> str:
    """A field as it is read aloud."""
    return f"{field.name}: {written(scope, field.key) or '–'}{f'; {DRAFT}' if field.key in drafts else ''}"


def about(field: Field, scope: Scope) -> Iterator[Part]:
    """What belongs in a field, what stands there in full, and how it is read."""
    if field.key == "data_rules" and scope.data_rules:
        yield Part(read_rules(scope.data_rules).said(), "strong", "read as  ", "soft")
    yield Part(field.hint, "text")
    if is_there(scope, field.key):
        text = typed(scope, field.key)
        cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text):,} characters; enter shows all)"
        yield Part(cut, "soft", "now  ", "soft")
    elif field.like:
        yield Part(field.like, "soft", "like  ", "soft")
    if field.key == "tasks":
        yield Part("")
        for task in TASKS:
            yield Part(task.why, "soft", pad(task.name, NAME), "head")
