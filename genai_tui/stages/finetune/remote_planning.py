"""What a service would be sent to train a model, and starting that as a job that watches it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from genai_tui.errors import UsageFault
from genai_tui.inference.data_rules import read_rules
from genai_tui.inference.prices import is_free
from genai_tui.inference.tokens import count_messages
from genai_tui.records.datasets import Dataset
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message, Prompt, Role
from genai_tui.settings import Settings as Endpoints
from genai_tui.stages.finetune.checking import Looked, look, refuse_findings, training_rows
from genai_tui.stages.finetune.planning import LEAST, chosen_prompt, without_examples
from genai_tui.stages.finetune.remote import FUNCTION, as_lines, warning
from genai_tui.stages.finetune.rows import Row
from genai_tui.stages.finetune.settings import FACTOR_WORDS, Settings, changed, read_settings
from genai_tui.store.amounts import trainings_count
from genai_tui.store.datasets import find_dataset
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.datasets import Split
    from genai_tui.records.jobs import Job

SENT = ("epochs", "batch", "rate")
PRICE = "What a service asks for training is not known here: its price list says it, for each token and epoch."


class Upload(NamedTuple):
    """One file that would go up: of a split, its rows, their tokens (guessed where the vocabulary is), its bytes."""

    split: str
    rows: int
    tokens: int
    guessed: bool
    size: int


@dataclass(frozen=True)
class RemotePlan:
    """A training by a service that could begin; `sent` are the settings that go with it, `unsent` those that do not."""

    endpoint: Endpoint
    model_id: str
    dataset: Dataset
    prompt: Prompt
    settings: Settings
    sent: dict[str, Any]
    unsent: tuple[str, ...]
    uploads: tuple[Upload, ...]
    looked: Looked
    name: str
    allow_leaks: bool
    rules: str

    @property
    def ref(self) -> str:
        """The model as it is written."""
        return f"{self.endpoint.name}/{self.model_id}"

    def as_args(self) -> dict[str, Any]:
        """The plan as a job's arguments."""
        return {
            "model": self.ref,
            "dataset_version": self.dataset.id,
            "prompt": self.prompt.number,
            "settings": self.sent,
            "name": self.name,
            "leaks": self.looked.leaks,
        }

    def as_json(self) -> dict[str, Any]:
        """As `finetune plan --json` prints it."""
        return {
            **self.as_args(),
            "url": self.endpoint.base_url,
            "dataset": self.dataset.name,
            "version": self.dataset.version,
            "rows": self.dataset.splits,
            "uploads": [one._asdict() for one in self.uploads],
            "not_sent": list(self.unsent),
            "data": self.looked.as_json(),
            "data_rules": self.rules,
            "estimate": {"cost_usd": None},
            "warning": warning(self.endpoint),
        }

    def lines(self) -> list[str]:
        """What would happen, for people."""
        lines = [f"{self.ref} would be trained by {self.endpoint.name}, at {self.endpoint.base_url}", "UPLOADED"]
        for one in self.uploads:
            about = "≈ " if one.guessed else ""
            lines.append(f"  {one.split}.jsonl  {one.rows:,} rows, {about}{one.tokens:,} tokens, {one.size:,} bytes")
        lines.append(f"  of {self.dataset.name} v{self.dataset.version}, asked by prompt v{self.prompt.number}")
        lines.append(f"  {self.rules}")
        lines.append("SETTINGS")
        lines += [f"  {name} {value:g}{RATE if name == 'rate' else ''}" for name, value in self.sent.items()]
        lines.append("  all others are the service's" if self.sent else "  the service's own")
        if self.unsent:
            lines.append(f"  not sent: {', '.join(self.unsent)}")
        return [*lines, "COST", f"  {PRICE}", *([f"  {said}"] if (said := warning(self.endpoint)) else [])]


RATE = " (times the service's own)"


def is_remote(settings: Endpoints, model: str | None) -> bool:
    """Whether a model is trained by its service: it is neither served here nor a folder. Raises UsageFault."""
    if model is None or (Path(model).expanduser() / "config.json").is_file():
        return False
    return not settings.model(model)[0].embedded


def plan_remote(
    project: "Project",
    model: str,
    *,
    dataset: str | None = None,
    prompt: str | None = None,
    method: str | None = None,
    file: Path | None = None,
    values: Mapping[str, Any] | None = None,
    name: str | None = None,
    allow_leaks: bool = False,
    progress: Callable[[int, int], None] | None = None,
    before: RemotePlan | None = None,
) -> RemotePlan:
    """The training of `model` by its service on train and dev of `dataset`; reads every row, contacts nobody.

    What was found for a plan `before` of the same rows, prompt and model is not looked for again.
    Raises UsageFault, also where the data rules refuse the endpoint, a budget cannot be kept or a row cannot be learned
    from, and FileFault.
    """
    endpoint, model_id = project.settings.model(model)
    scope = current_scope(project.reader)
    rules = read_rules(scope.data_rules)
    rules.check(endpoint)
    if scope.budget_usd is not None and not is_free(endpoint, model_id):
        raise _unkept(scope.budget_usd, endpoint)
    found = find_dataset(project.reader, dataset)
    if found.splits.get("train", 0) < LEAST:
        raise UsageFault(
            f"{found.name} has {found.splits.get('train', 0)} rows of train.", f"{LEAST} are the least.", "Import more."
        )
    asked = chosen_prompt(project, prompt)
    settings, sent, unsent = _settings(file, values or {}, method)
    planned = trainings_count(project.reader)
    said = f"the scope's data rules allow {endpoint.name}" if rules.rule else "the scope has no rule on data"
    plan = RemotePlan(
        endpoint, model_id, found, asked, settings, sent, unsent, (), Looked((), {}, {}),
        name or f"tuned-{planned + 1}", allow_leaks, said,
    )  # fmt: skip
    if before is not None and (before.ref, before.dataset, before.prompt) == (plan.ref, found, asked):
        return replace(plan, uploads=before.uploads, looked=before.looked)
    uploads = tuple(_upload(project, found, asked, split, model_id) for split in _SPLITS if found.splits.get(split))
    return replace(plan, uploads=uploads, looked=look(project, plan, None, progress))


async def start_remote(project: "Project", plan: RemotePlan) -> "Job":
    """Start the job that has it trained and watches. Raises UsageFault for leaks, and what `start_job` raises."""
    from genai_tui.jobs.starting import start_job

    refuse_findings(plan.looked, allow_leaks=plan.allow_leaks)
    prompt = await asyncio.to_thread(without_examples, project, plan.prompt)
    args = {**plan.as_args(), "prompt": prompt.number}
    return await start_job(project, "finetune", FUNCTION, args, estimate={"cost_usd": None})


_SPLITS: tuple["Split", ...] = ("train", "dev")


def _settings(
    file: Path | None, values: Mapping[str, Any], method: str | None
) -> tuple[Settings, dict[str, Any], tuple[str, ...]]:
    """The settings that are sent, and the names of those that were given and are not.

    A file's rate is AdamW's own and not sent: a service takes a factor.
    """
    sent: dict[str, Any] = {}
    given = {name for name in values if name not in SENT} | ({"method"} if method else set())
    settings = changed(Settings(), {name: value for name, value in values.items() if name != "rate"})
    if file is not None:
        settings = changed(read_settings(file, Settings()), {k: v for k, v in values.items() if k != "rate"})
        sent |= {"epochs": settings.epochs, "batch": settings.batch}
        given |= {name for name, value in settings.as_json().items() if value != Settings().as_json()[name]}
    sent |= {name: getattr(settings, name) for name in ("epochs", "batch") if name in values}
    if "epochs" in sent:
        if sent["epochs"] != int(sent["epochs"]):
            raise UsageFault(f"A service takes whole epochs, not {sent['epochs']:g}.")
        sent["epochs"] = int(sent["epochs"])
    if "rate" in values:
        rate = values["rate"]
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1000:
            raise UsageFault(
                f"{FACTOR_WORDS} (rate) must be a number above 0, not {rate}.", "A service takes it as a factor."
            )
        sent["rate"] = rate
    return settings, sent, tuple(sorted(given - set(sent)))


def _unkept(budget_usd: float, endpoint: Endpoint) -> UsageFault:
    """A budget, in US dollars, that a training of an unknown price may pass."""
    return UsageFault(
        f"The budget of ${budget_usd:,.6g} cannot be kept: what {endpoint.name} asks for training is not known.",
        "Its price list says it, for each token and epoch; ours has prices of answers only.",
        "Train a model here, or let this project spend without a limit: genai-tui scope set budget_usd=",
    )


def _upload(project: "Project", dataset: Dataset, prompt: Prompt, split: "Split", model_id: str) -> Upload:
    rows = training_rows(project.reader, dataset, prompt, split)
    for row in rows:
        if not row.answer.strip():
            raise UsageFault(f"{row.place} has no answer.", "An empty answer would teach to stop at once.")
        if not row.messages or row.messages[-1]["role"] != "user":
            raise UsageFault(f"{row.place} does not end with a user's message.", "An answer follows one.")
    counts = [count_messages([*_messages(row), Message("assistant", row.answer)], model_id) for row in rows]
    guessed = any(one.guessed for one in counts)
    return Upload(split, len(rows), sum(one.tokens for one in counts), guessed, len(as_lines(rows)))


def _messages(row: Row) -> list[Message]:
    return [Message(cast(Role, message["role"]), message["content"]) for message in row.messages]
