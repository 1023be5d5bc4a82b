"""The settings of a training: a few with defaults that fit the model and its data, all of them in a file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from genai_tui.errors import FileFault, UsageFault

Method = Literal["full", "lora", "qlora", "prompt"]
METHODS: tuple[Method, ...] = get_args(Method)
Schedule = Literal["cosine", "linear", "constant"]
# What other programs call these, and older versions of transformers called them: named when they are met.
RENAMED = {
    "warmup_ratio": "warmup_steps", "evaluation_strategy": "evaluations", "eval_steps": "evaluations",
    "max_seq_length": "max_tokens", "max_length": "max_tokens", "num_train_epochs": "epochs", "lora_r": "rank",
    "r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "learning_rate": "rate", "lr": "rate",
    "per_device_train_batch_size": "batch", "gradient_accumulation_steps": "accumulate", "target_modules": "targets",
    "max_grad_norm": "clip", "lr_scheduler_type": "schedule", "processes": "devices", "num_processes": "devices",
    "nproc_per_node": "devices", "gpus": "devices", "fsdp": "shard",
    "metric_for_best_model": "best_by",
}  # fmt: skip
NOT_OFFERED = {
    "group_by_length": "Resumed, it leaves rows out and shows others twice.",
    "ignore_data_skip": "Resumed, it shows rows twice.",
    "fp16": "Its gradients become no numbers while the loss looks well; bf16 does not.",
}

MOST_DEVICES = 64  # of one machine
SHARDED: tuple[Method, ...] = ("full", "lora")  # whose weights may be spread over several devices


@dataclass(frozen=True)
class Settings:
    """How a model is trained. Rates are of AdamW; `steps` (None: as `epochs` makes them) counts updates of the weights.

    `batch` rows are computed at once on each device, `accumulate` batches make an update. `max_tokens` is the longest
    row, prompt and answer. `evaluations` is how often dev is measured over the whole, `patience` after how many
    without a better one it ends (0: never); `best_by` says which is better and kept: the `loss`, or a scorer of the
    answers to dev. `targets` are names of linear modules, or `all-linear`.

    `devices` is how many GPUs train, or processes where there is no GPU: an update is of batch x accumulate x devices
    rows. `shard` spreads the weights over them (FSDP) instead of each holding all. None: as the machine needs it.
    """

    method: Method = "lora"
    rate: float = 2e-3
    epochs: float = 3.0
    steps: int | None = None
    batch: int = 8
    accumulate: int = 1
    warmup_steps: int = 5
    schedule: Schedule = "cosine"
    weight_decay: float = 0.0
    clip: float = 1.0
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ("all-linear",)
    virtual_tokens: int = 16
    max_tokens: int = 512
    packing: bool = False
    checkpointing: bool = False
    precision: Literal["fp32", "bf16"] = "fp32"
    evaluations: int = 6
    patience: int = 3
    best_by: str = "loss"
    devices: int | None = None
    shard: bool | None = None
    seed: int = 0
    threads: int | None = None

    @property
    def together(self) -> int:
        """Rows of one update."""
        return self.batch * self.accumulate * (self.devices or 1)

    def as_json(self) -> dict[str, Any]:
        """Every setting by its name."""
        return asdict(self) | {"targets": list(self.targets)}


NAMES = tuple(field.name for field in fields(Settings))
# What people read in the form and in errors, where a setting's key in files is no word.
WORDS = {"rate": "learning rate", "virtual_tokens": "virtual tokens", "max_tokens": "longest row"}
FACTOR_WORDS = "rate factor"


def called(name: str) -> str:
    """A setting as people read it, with its key in files where that is another: `learning rate (rate)`."""
    return f"{WORDS[name]} ({name})" if name in WORDS else name


def default_settings(method: Method, rows: int) -> Settings:
    """Settings that fit so many rows of training: small sets are seen more often, at a higher rate for few weights."""
    rates: dict[Method, float] = {"full": 5e-5, "lora": 2e-3, "qlora": 1e-3, "prompt": 3e-2}
    return Settings(method=method, rate=rates[method], epochs=3.0 if rows < 2000 else 1.0)


def read_settings(path: Path, base: Settings) -> Settings:
    """The settings of a TOML or YAML file over `base`. Raises FileFault, UsageFault naming what is not known."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(f"{path} cannot be read.", str(error)) from error
    try:
        values = _yaml(text) if path.suffix in (".yaml", ".yml") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFault(f"{path} cannot be read as settings.", str(error).splitlines()[0][:300]) from error
    if not isinstance(values, Mapping):
        raise FileFault(f"{path} holds no settings.", "", "Write a line for each: rate = 0.002")
    return changed(base, values)


def written_settings(settings: Settings, notes: Mapping[str, str]) -> str:
    """A TOML file that reproduces the settings; `notes` (versions, hashes) stand in comments."""
    import tomlkit

    document = tomlkit.document()
    for name, note in notes.items():
        document.add(tomlkit.comment(f"{name}: {note}"))
    for name, value in settings.as_json().items():
        if value is None:
            document.add(tomlkit.comment(f"{name} is not set"))  # that there is such a one is seen nowhere else
        else:
            document.add(name, tomlkit.item(value))
    return tomlkit.dumps(document)


def parsed(assignments: Mapping[str, str]) -> dict[str, Any]:
    """Values as they were typed (`rate=2e-3`), as TOML reads them; what is no TOML is text."""
    found: dict[str, Any] = {}
    for name, text in assignments.items():
        try:
            found[name] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            found[name] = text
    return found


def assigned(texts: Sequence[str]) -> dict[str, Any]:
    """Values of `KEY=VALUE` as they were typed. Raises UsageFault for what is none."""
    pairs = [text.partition("=") for text in texts]
    if odd := [key for key, equals, _ in pairs if not equals]:
        raise UsageFault(f"--set takes KEY=VALUE, not {odd[0]}.")
    return parsed({key.strip(): value for key, _, value in pairs})


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with these values. Raises UsageFault naming the setting that is unknown or cannot be so."""
    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in NAMES:
            raise _unknown(name)
        typed[name] = _typed(name, value)
    return checked(replace(settings, **typed))


def checked(settings: Settings) -> Settings:
    """The settings, where they make sense together. Raises UsageFault."""
    positive = ("rate", "epochs", "batch", "accumulate", "rank", "alpha", "virtual_tokens", "max_tokens", "evaluations")
    for name in positive:
        value = getattr(settings, name)
        if not 0 < value < 1e9:
            raise UsageFault(f"{called(name)} must be more than 0, not {value:g}.")
    for name in ("warmup_steps", "weight_decay", "clip", "patience", "seed", "dropout"):
        value = getattr(settings, name)
        if not 0 <= value < 1e9:
            raise UsageFault(f"{called(name)} must be 0 or more, not {value:g}.")
    if settings.dropout >= 1:
        raise UsageFault(f"dropout is a fraction below 1, not {settings.dropout:g}.")
    if settings.rate >= 1:
        raise UsageFault(
            f"A {called('rate')} of {settings.rate:g} makes no model.", "It would step over every minimum."
        )
    if settings.packing and settings.method == "prompt":
        raise UsageFault("Prompt tuning cannot be packed.", "Without places of their own, rows would mix.")
    if settings.devices is not None and not 0 < settings.devices <= MOST_DEVICES:
        raise UsageFault(f"devices must be 1 to {MOST_DEVICES}, not {settings.devices}.", "It is those of one machine.")
    if settings.shard and settings.devices == 1:
        raise UsageFault("shard spreads weights over several devices; devices is 1.", "", "Set devices, or no shard.")
    if settings.shard and settings.method not in SHARDED:
        raise UsageFault(
            f"{settings.method} is not sharded here.",
            "4-bit weights are small, and virtual tokens stand outside of what is sharded.",
            "Leave shard out: each device holds the weights. Or choose lora.",
        )
    if "lm_head" in settings.targets or "embed_tokens" in settings.targets:
        raise UsageFault(
            "Embeddings and the head are not trained by an adapter here.",
            "Where they share their weights, merging makes another model.",
            "Leave them out of targets, or train all: --method full",
        )
    return settings


def check_steps(settings: Settings, steps: int) -> None:
    """Raises UsageFault where the rate would hardly ever be what was set."""
    if settings.warmup_steps * 2 > steps:
        raise UsageFault(
            f"{settings.warmup_steps} steps of warm-up are more than half of {steps}.",
            "The rate would hardly reach what is set.",
            f"Set warmup_steps to {steps // 10}, or train longer.",
        )


def _unknown(name: str) -> UsageFault:
    if name in NOT_OFFERED:
        return UsageFault(f"{name} is not offered.", NOT_OFFERED[name], "Leave it out.")
    if name in RENAMED:
        return UsageFault(f"There is no setting {name}.", f"It is called {RENAMED[name]} here.")
    near = get_close_matches(name, NAMES, 1)
    return UsageFault(
        f"There is no setting {name}.", f"Did you mean {near[0]}?" if near else "", f"There are: {', '.join(NAMES)}."
    )


def _typed(name: str, value: Any) -> Any:
    default = getattr(Settings(), name)
    if name == "method":
        return _one_of(name, value, METHODS)
    if name == "schedule":
        return _one_of(name, value, get_args(Schedule))
    if name == "precision":
        return _one_of(name, value, ("fp32", "bf16"))
    if name == "best_by":
        if not isinstance(value, str) or not value.strip():
            raise UsageFault(f"best_by is loss or the name of a scorer, not {value}.")
        return value.strip()
    if name == "targets":
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) and part.strip() for part in parts):
            raise UsageFault(f"targets are names of modules, not {value}.")
        return tuple(part.strip() for part in parts)
    if isinstance(default, bool) or name == "shard":
        if not isinstance(value, bool):
            raise UsageFault(f"{name} is true or false, not {value}.")
        return value
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if number is None or number != number:
        raise UsageFault(f"{called(name)} must be a number, not {value}.")
    if isinstance(default, int) or name in ("steps", "threads", "devices"):
        if number != int(number) or number < 0:
            raise UsageFault(
                f"{called(name)} must be a whole number, not {value}.", "", "Steps are counted, no fraction of all."
            )
        return int(number)
    return float(number)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UsageFault(f"{name} is {', '.join(known[:-1])} or {known[-1]}, not {value}.")
    return str(value)


def _yaml(text: str) -> Any:
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(StringIO(text))
    except YAMLError as error:
        raise ValueError(str(error)) from error
