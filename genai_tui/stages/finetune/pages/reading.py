"""What the tabs read in threads: rows as they are trained on, what was found of them, where more can come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.stages.finetune.checking import Looked, look, training_rows
from genai_tui.stages.finetune.planning import Plan
from genai_tui.stages.finetune.rows import IGNORED, Encoded, Row, encode
from genai_tui.stages.finetune.tokenizing import tokenizer_of

if TYPE_CHECKING:
    from genai_tui.project import Project

Key = tuple[Any, ...]


class Piece(NamedTuple):
    """A piece of a row as the model reads it; `learned` where its tokens are in the loss."""

    text: str
    learned: bool


@dataclass(frozen=True)
class Read:
    """What was read of a plan's rows; `lacks` says why tokens are not known, `rows` are those of train."""

    key: Key
    looked: Looked
    rows: list[Row] = field(default_factory=list)
    lacks: GenaiError | None = None


def key_of(plan: Plan) -> Key:
    """What decides what is found: read again only where this is another."""
    return (plan.dataset.id, plan.dataset.in_use, plan.prompt.number, plan.parent.ref, plan.settings.max_tokens)


def read_rows(project: "Project", plan: Plan, progress: Callable[[int, int], None]) -> Read:
    """Look at all rows of a plan. Raises GenaiError."""
    lacks: GenaiError | None = None
    tokenizer = None
    try:
        tokenizer = tokenizer_of(plan.parent)
    except GenaiError as error:
        lacks = error
    looked = look(project, plan, tokenizer, progress)
    return Read(key_of(plan), looked, training_rows(project.reader, plan.dataset, plan.prompt, "train"), lacks)


def pieces(plan: Plan, row: Row) -> tuple[list[Piece], int, int]:
    """A row as it is trained on, its tokens and those of them that are learned. Raises GenaiError as `tokenizer_of`.

    A row that cannot be trained on is shown whole as what it says, with nothing learned.
    """
    tokenizer = tokenizer_of(plan.parent)
    encoded, _ = encode([row], tokenizer, 1 << 40)
    if not encoded:
        return [Piece(f"{m['role']}: {m['content']}", False) for m in row.messages] + [Piece(row.answer, False)], 0, 0
    return _pieces(encoded[0], tokenizer), len(encoded[0].input_ids), encoded[0].answer_tokens


def _pieces(row: Encoded, tokenizer: Any) -> list[Piece]:
    found: list[Piece] = []
    first = next((at for at, label in enumerate(row.labels) if label != IGNORED), len(row.labels))
    for ids, learned in ((row.input_ids[:first], False), (row.input_ids[first:], True)):
        if ids:
            found.append(Piece(tokenizer.decode(list(ids)), learned))
    return found
