"""What is kept with a training so that it can be made again and told from others: versions, hashes, commit, sources."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.records.hashing import content_hash
from genai_tui.store.datasets import all_datasets, all_examples

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.finetune.checking import Looked
    from genai_tui.stages.finetune.planning import Plan

PACKAGES = (
    "genai-tui", "torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "datasets", "gguf", "bitsandbytes",
)  # fmt: skip
GIT_S = 5
MOST_SOURCES = 50


def kept_with(project: "Project", plan: "Plan", looked: "Looked") -> dict[str, Any]:
    """What a job and its model's lineage keep of a plan. Reads every row: call it in a thread.

    `sources` say where the rows come from, version by version: also what a stronger model answered, and its licence.
    """
    dataset = plan.dataset
    return {
        "dataset_version": dataset.id,
        "rows": {
            split: content_hash([row.hash for row in all_examples(project.reader, dataset, split)])  # type: ignore[arg-type]
            for split in dataset.splits
        },
        "prompt_hash": plan.prompt.hash,
        "seed": plan.settings.seed,
        "versions": versions(),
        "git": commit_of(project.folder),
        "sources": sources(project, plan),
        "leaks": looked.leaks,
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that training depends on, of those that are there."""
    found = {"python": sys.version.split()[0]}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit_of(folder: Path) -> str | None:
    """The git commit of a folder, with `+changes` where files differ from it; None where there is none, or no git."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return None
    return f"{head}+changes" if _git(folder, "status", "--porcelain", "--", ".", ":!.genai") else head


def sources(project: "Project", plan: "Plan") -> list[str]:
    """Where the rows of a plan come from: the source of each version of its dataset up to its own, the first first."""
    wanted = plan.dataset
    found = [
        each.source
        for each in all_datasets(project.reader, all_versions=True)
        if each.name == wanted.name and each.version <= wanted.version
    ]
    return list(dict.fromkeys(found))[-MOST_SOURCES:]


def _git(folder: Path, *words: str) -> str:
    try:
        ended = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=GIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ended.stdout.strip()
