"""Rows as a model is trained on them: the tokens of prompt and answer, exactly as they are served, and what is wrong.

The loss is of the answer's tokens alone: `labels` are -100 elsewhere. A row that would teach something else than its
answer (a cut end, an end token within it, a border inside a token) is a fault, never dropped in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from genai_tui.answering.render import answer_text, render
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import Prompt
from genai_tui.stages.finetune.settings import called

IGNORED = -100  # the label of a token that is not learned (torch's cross entropy)
Messages = Sequence[Mapping[str, str]]


class Tokenizer(Protocol):
    """What is needed of a tokenizer of transformers."""

    all_special_tokens: list[str]
    eos_token: str
    eos_token_id: int

    def apply_chat_template(self, conversation: Any, *, add_generation_prompt: bool, tokenize: bool) -> Any:
        """The text of messages."""

    def __call__(self, text: str, *, add_special_tokens: bool) -> Any:
        """The tokens of a text, under `input_ids`."""


@dataclass(frozen=True)
class Row:
    """One row to train on: where it stands (`train:12`), its messages, its answer."""

    place: str
    messages: tuple[Mapping[str, str], ...]
    answer: str


@dataclass(frozen=True)
class Encoded:
    """A row as tokens; `labels` are -100 for the prompt's."""

    place: str
    input_ids: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def answer_tokens(self) -> int:
        """Tokens that are learned."""
        return sum(label != IGNORED for label in self.labels)


class Fault(NamedTuple):
    """Why a row cannot be trained on."""

    place: str
    kind: str
    why: str


def rows_of(prompt: Prompt, examples: Sequence[tuple[int, Example]], split: str) -> list[Row]:
    """The rows of a split by a prompt without its examples. Raises UsageFault for one that cannot be rendered."""
    found = []
    for position, example in examples:
        messages = tuple({"role": m.role, "content": m.content} for m in render(prompt, example.inputs, ()))
        answer = "" if example.expected is None else answer_text(example.expected)
        found.append(Row(f"{split}:{position}", messages, answer))
    return found


def encode(rows: Sequence[Row], tokenizer: Tokenizer, max_tokens: int) -> tuple[list[Encoded], list[Fault]]:
    """The rows as tokens, and those that are faulty."""
    found = [_encode(row, tokenizer, max_tokens) for row in rows]
    return [each for each in found if isinstance(each, Encoded)], [each for each in found if isinstance(each, Fault)]


def refuse(faults: Sequence[Fault]) -> None:
    """Raises UsageFault where rows are faulty, naming the first of each kind."""
    if not faults:
        return
    kinds = {fault.kind: fault for fault in reversed(faults)}
    first = faults[0]
    counts = "; ".join(f"{sum(f.kind == kind for f in faults)} {kind} ({one.place})" for kind, one in kinds.items())
    raise UsageFault(
        f"{len(faults):,} rows cannot be trained on: {counts}.",
        f"{first.place}: {first.why}",
        "Mend or remove them (genai-tui data show SPLIT:N shows one). "
        f"Where they are too long, raise {called('max_tokens')}.",
    )


def _encode(row: Row, tokenizer: Tokenizer, max_tokens: int) -> Encoded | Fault:
    if (why := next(_wrong(row, tokenizer), None)) is not None:
        return Fault(row.place, *why)
    before = tokenizer.apply_chat_template(row.messages, add_generation_prompt=True, tokenize=False)
    whole = tokenizer.apply_chat_template(
        [*row.messages, {"role": "assistant", "content": row.answer}], add_generation_prompt=False, tokenize=False
    )
    if not whole.startswith(before + row.answer):
        return Fault(row.place, "changed", "The chat template does not continue the prompt with the answer as it is.")
    prompt_ids = list(tokenizer(before, add_special_tokens=False)["input_ids"])
    ids = list(tokenizer(whole, add_special_tokens=False)["input_ids"])
    if ids[: len(prompt_ids)] != prompt_ids:
        return Fault(row.place, "border", "Its prompt ends within a token; the server would split it otherwise.")
    answer_ids, end = ids[len(prompt_ids) :], whole[len(before + row.answer) :]
    if answer_ids.count(tokenizer.eos_token_id) != 1 or end.strip() != tokenizer.eos_token:
        return Fault(row.place, "no end", f"Its answer is not ended by {tokenizer.eos_token}, once and last.")
    if len(ids) > max_tokens:
        return Fault(row.place, "too long", f"It has {len(ids):,} tokens; {max_tokens:,} are taken.")
    return Encoded(row.place, tuple(ids), tuple([IGNORED] * len(prompt_ids) + answer_ids))


def _wrong(row: Row, tokenizer: Tokenizer) -> Iterator[tuple[str, str]]:
    if not row.answer.strip():
        yield "empty", "An empty answer would teach to stop at once."
    if not row.messages or row.messages[-1]["role"] != "user":
        last = row.messages[-1]["role"] if row.messages else "nothing"
        yield "wrong role", f"An answer follows a user's message, not {last}."
    for text in (*(message["content"] for message in row.messages), row.answer):
        for token in tokenizer.all_special_tokens:
            if token and token in text:
                yield "special token", f"It holds {token}, which would be read as the real one."
