"""A training by a service: its few settings, what would go up and what that costs, and the yes before it does."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType

from genai_tui.errors import GenaiError
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.asking_first import AskingFirst
from genai_tui.stages.finetune.checking import training_rows
from genai_tui.stages.finetune.pages.fields import FACTOR, FIELDS, Field
from genai_tui.stages.finetune.pages.reading import Read
from genai_tui.stages.finetune.remote import warning
from genai_tui.stages.finetune.remote_planning import PRICE, RemotePlan
from genai_tui.store.reader import Reader
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part

SENT = ("model", "dataset", "prompt", "epochs", FACTOR, "batch", "name")
OWN = "the service's own"


def remote_fields() -> list[Field]:
    """The lines of a plan by a service."""
    return [field for key in SENT for field in FIELDS if field.key == key]


def remote_said(plan: RemotePlan, key: str) -> str:
    """What stands in a line, for people."""
    if key in ("model", "prompt", "dataset", "name"):
        dataset = f"{plan.dataset.name} v{plan.dataset.version}"
        return {"model": plan.ref, "prompt": f"v{plan.prompt.number}", "dataset": dataset, "name": plan.name}[key]
    value = plan.sent.get("rate" if key == FACTOR else key)
    return OWN if value is None else f"{value:g}"


def read_remote(reader: Reader, plan: RemotePlan) -> Read:
    """The rows of a plan by a service, and what was found of them; reads all rows of train."""
    rows = training_rows(reader, plan.dataset, plan.prompt, "train")
    lacks = GenaiError(f"{plan.endpoint.name} counts tokens by itself; p says how many they are about.")
    return Read(remote_key(plan), plan.looked, rows, lacks)


def remote_key(plan: RemotePlan) -> tuple[object, ...]:
    """What decides what is found of the rows."""
    return (plan.dataset.id, plan.dataset.in_use, plan.prompt.number, plan.ref)


def remote_parts(plan: RemotePlan) -> Iterator[Part]:
    """Where it goes, what goes up, what it costs, what is to be known before."""
    yield Part(f"a model at {plan.endpoint.name}, of {plan.ref}; it is served there", "strong", "makes   ", "soft")
    if said := warning(plan.endpoint):
        yield Part(said, "strong", "!       ", "warn")
    yield Part(plan.endpoint.base_url, "text", "goes to ", "soft")
    for lead, one in zip(("leaves  ", "        "), plan.uploads, strict=False):
        about = "≈ " if one.guessed else ""
        said = f"{one.rows:,} rows of {one.split}, {about}{one.tokens:,} tokens, {one.size / 1e3:,.1f} kB"
        yield Part(said, "text", lead, "soft")
    yield Part(f"{plan.rules[0].upper()}{plan.rules[1:]}.", "text", "rules   ", "soft")
    yield Part(_cost(plan), "text", "money   ", "soft")
    if plan.unsent:
        yield Part(f"not sent: {', '.join(plan.unsent)}", "soft", "        ")


def _cost(plan: RemotePlan) -> str:
    train = next((one.tokens for one in plan.uploads if one.split == "train"), 0)
    epochs = plan.sent.get("epochs")
    billed = f"≈ {train * epochs:,} tokens in {epochs} epochs." if epochs else f"≈ {train:,} tokens an epoch."
    return f"{billed} {PRICE}"


class Sending(AskingFirst):
    """Says once more what leaves this machine; `then` is called after a yes, which no word types."""

    WHERE = "train there"
    STAGE = 4
    ACTS: ClassVar[tuple[Act, ...]] = (Act("remote.yes", "Y", "yes", "send the rows, and have the model trained"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("Y", "send and train"), Key("esc", "back; nothing is sent"))

    def __init__(self, plan: RemotePlan, said: str, then: Callable[[], object]) -> None:
        super().__init__(then)
        self.plan, self.said = plan, said

    def heading(self) -> str:
        """What is asked."""
        return f"Let {self.plan.endpoint.name} train {self.plan.model_id}?"

    def parts(self) -> Sequence[Part]:
        """Where it goes, what goes up, what it costs."""
        return (
            *remote_parts(self.plan),
            Part(""),
            Part("Y sends the rows and starts it; a job here watches it.", "text", "▸ ", "key"),
            Part("esc goes back; nothing is sent.", "text", "▸ ", "key"),
        )

    def command(self) -> str:
        """The same on the command line."""
        return self.said
