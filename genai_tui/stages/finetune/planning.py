"""What a training will be: which model, on which rows, for which prompt, with which settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset
from genai_tui.records.prompts import ExampleRule, Prompt
from genai_tui.stages.finetune.parents import Parent, find_parent
from genai_tui.stages.finetune.settings import Method, Settings, changed, default_settings, read_settings
from genai_tui.stages.finetune.where import Where, wanted_of
from genai_tui.store.amounts import trainings_count
from genai_tui.store.datasets import find_dataset, find_dataset_version
from genai_tui.store.prompts import find_prompt, page_prompts, save_prompt

if TYPE_CHECKING:
    from genai_tui.project import Project

LEAST = 8  # rows of train


@dataclass(frozen=True)
class Plan:
    """A training that could begin; `name` is what its model will be called.

    `allow_leaks`: rows of train that are measured too do not stand in its way. `slurm` is what a user wants of Slurm,
    None where it is to run on this machine.
    """

    parent: Parent
    dataset: Dataset
    prompt: Prompt
    settings: Settings
    name: str
    allow_leaks: bool = False
    slurm: Mapping[str, Any] | None = None

    def as_args(self) -> dict[str, Any]:
        """The plan as a job's arguments."""
        return {
            "model": self.parent.ref,
            "dataset_version": self.dataset.id,
            "prompt": self.prompt.number,
            "settings": self.settings.as_json(),
            "name": self.name,
            "allow_leaks": self.allow_leaks,
        }


def plan_training(
    project: "Project",
    *,
    model: str | None = None,
    dataset: str | None = None,
    prompt: str | None = None,
    method: Method | None = None,
    file: Path | None = None,
    values: Mapping[str, Any] | None = None,
    name: str | None = None,
    allow_leaks: bool = False,
    where: Where | None = None,
    ask: Mapping[str, Any] | None = None,
) -> Plan:
    """The training of `model` (default: the embedded one) on train of `dataset`, by `prompt` without its examples.

    Settings: those of `file`, over defaults of the method, under `values`. It runs `where` it is said, else where the
    user's settings say; `ask` stands over what these ask of Slurm. Raises UsageFault, MissingPiece, FileFault.
    """
    parent = find_parent(project.settings, model or "embedded/smollm2-135m")
    found = find_dataset(project.reader, dataset)
    if found.splits.get("train", 0) < LEAST:
        raise UsageFault(
            f"{found.name} has {found.splits.get('train', 0)} rows of train.", f"{LEAST} are the least.", "Import more."
        )
    chosen = chosen_prompt(project, prompt)
    base = default_settings(method or "lora", found.splits["train"])
    settings = read_settings(file, base) if file is not None else base
    settings = changed(settings, {**({"method": method} if method else {}), **(values or {})})
    name = name or _free_name(project, settings.method)
    return Plan(parent, found, chosen, settings, name, allow_leaks, wanted_of(project.settings, where, ask or {}))


def chosen_prompt(project: "Project", prompt: str | None) -> Prompt:
    """The prompt version that is named, else the latest without examples. Raises UsageFault."""
    return find_prompt(project.reader, prompt) if prompt is not None else _latest(project)


def plan_of(project: "Project", args: Mapping[str, Any]) -> Plan:
    """The plan of a job's arguments."""
    settings = changed(Settings(), {key: value for key, value in args["settings"].items() if value is not None})
    return Plan(
        find_parent(project.settings, args["model"]),
        find_dataset_version(project.reader, args["dataset_version"]),
        find_prompt(project.reader, str(args["prompt"])),
        settings,
        args["name"],
        args.get("allow_leaks", False),
    )


def without_examples(project: "Project", prompt: Prompt) -> Prompt:
    """The version of a prompt that shows no examples; saved, with the prompt as its parent, where there is none yet."""
    if not prompt.examples.count:
        return prompt
    bare = replace(prompt, number=0, parent=prompt.number, examples=ExampleRule(), note="without its examples")
    saved: Prompt = project.writer.put_now(save_prompt(bare))[0]
    return saved


def _latest(project: "Project") -> Prompt:
    versions = page_prompts(project.reader, None, 200, newest_first=True)
    if not versions:
        raise UsageFault("There is no prompt version.", "A model is trained on the prompt it will be asked with.",
                         "Save one: genai-tui prompt save FILE")  # fmt: skip
    return next((version for version in versions if not version.examples.count), versions[0])


def _free_name(project: "Project", method: Method) -> str:
    from genai_tui.inference.embedded.weights import served_models

    planned = trainings_count(project.reader)
    taken = set(served_models())
    number = planned + 1
    while f"{method}-{number}" in taken:
        number += 1
    return f"{method}-{number}"
