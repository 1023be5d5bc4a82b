"""The settings that matter, each with a line of help; all others stand in the settings file."""

from typing import NamedTuple

from genai_tui.stages.finetune.planning import Plan
from genai_tui.stages.finetune.settings import FACTOR_WORDS, WORDS, Method


class Field(NamedTuple):
    """One line of the plan. `choices` are turned with enter; what has none is typed. `of` are methods that have it."""

    key: str
    name: str
    help: str
    choices: tuple[str, ...] = ()
    of: tuple[Method, ...] = ("full", "lora", "qlora", "prompt")
    setting: bool = True


FACTOR = "factor"  # of a service's own rate: what is typed for a training here is another thing
WHERE = "where"
ADAPTERS: tuple[Method, ...] = ("lora", "qlora")
FIELDS = (
    Field("model", "parent", "The model that is trained further: embedded/NAME, a folder of a Hugging Face model, or"
          " ENDPOINT/NAME: its service trains it.", setting=False),
    Field("dataset", "dataset", "Whose train is learned, and whose dev says when to stop.", setting=False),
    Field("prompt", "prompt", "The version it is trained for, without its examples: what it is to be asked with.",
          setting=False),
    Field("method", "method", "lora: small matrices beside frozen weights. qlora: the same over 4 bits."
          " full: all weights. prompt: a few virtual tokens.", ("lora", "qlora", "full", "prompt")),
    Field("rate", WORDS["rate"], "How large the steps are. Too high: the loss jumps; too low: little is learned."),
    Field(FACTOR, FACTOR_WORDS, "What the service's own rate is multiplied by.", of=(), setting=False),
    Field("epochs", "epochs", "How often each row is seen. More of a small set is learned by heart: watch dev."),
    Field("batch", "batch", "Rows computed at once: more is steadier and takes memory."),
    Field("rank", "rank", "How much an adapter can hold: 8 to 64; alpha scales it, in the file.", of=ADAPTERS),
    Field("virtual_tokens", WORDS["virtual_tokens"], "How many tokens of its own it learns.", of=("prompt",)),
    Field("max_tokens", WORDS["max_tokens"], "Tokens of prompt and answer; a longer row is refused, never cut."),
    Field("patience", "patience", "Measurements of dev without a better loss after which it ends; 0: never."),
    Field("seed", "seed", "Which random order and start: the same seed, the same model."),
    Field(WHERE, "runs", "local: on this machine. slurm: on a node, with what the estimate and [slurm] of the settings"
          " ask for.", ("local", "slurm"), setting=False),
    Field("name", "name", "What the model will be called: embedded/NAME.", setting=False),
)  # fmt: skip


def fields_of(method: Method) -> list[Field]:
    """The lines of a plan by a method."""
    return [field for field in FIELDS if method in field.of]


def value_of(plan: Plan, key: str) -> str:
    """What stands in a line, as it is typed."""
    if key == "model":
        return plan.parent.ref
    if key == "dataset":
        return plan.dataset.name
    if key == "prompt":
        return str(plan.prompt.number)
    if key == "name":
        return plan.name
    if key == WHERE:
        return "local" if plan.slurm is None else "slurm"
    value = getattr(plan.settings, key)
    return f"{value:g}" if isinstance(value, float) else str(value)


def said(plan: Plan, key: str) -> str:
    """What stands in a line, for people."""
    if key == "dataset":
        train, dev = (plan.dataset.splits.get(split, 0) for split in ("train", "dev"))
        return f"{plan.dataset.name} v{plan.dataset.version}: {train:,} train, {dev:,} dev"
    if key == "prompt":
        without = ", without its examples" if plan.prompt.examples.count else ""
        return f"v{plan.prompt.number}{without}"
    if key == "name":
        return f"embedded/{plan.name}"
    return value_of(plan, key)
