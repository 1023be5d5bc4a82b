"""Training rows as files that other programs train on, and adapters as PEFT has them.

`openai-chat`: a row is its messages with the answer as the assistant's last. `trl`: `prompt` and `completion`, both
messages, so that the loss is of the answer alone.
"""

import json
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from genai_tui.errors import FileFault, UsageFault
from genai_tui.jobs.folders import job_folder
from genai_tui.store.artifacts import lineage_of, lineage_of_job
from genai_tui.store.jobs import find_job

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.datasets import Dataset, Split
    from genai_tui.records.prompts import Prompt
    from genai_tui.stages.finetune.rows import Row

Format = Literal["openai-chat", "trl"]
FORMATS: tuple[Format, ...] = get_args(Format)
LINEAGE = "lineage.json"


def rows_text(rows: Sequence["Row"], format_name: Format) -> Iterator[str]:
    """The lines of a file, a row each. Raises UsageFault for a row without an answer."""
    for row in rows:
        if not row.answer.strip():
            raise UsageFault(
                f"{row.place} has no expected answer.",
                "There is nothing to learn from it.",
                f"genai-tui data expect {row.place} TEXT",
            )
        answer = {"role": "assistant", "content": row.answer}
        found: dict[str, Any] = (
            {"messages": [*row.messages, answer]}
            if format_name == "openai-chat"
            else {"prompt": list(row.messages), "completion": [answer]}
        )
        yield json.dumps(found, ensure_ascii=False) + "\n"


def export_rows(
    project: "Project",
    dataset: "Dataset",
    prompt: "Prompt",
    splits: Sequence["Split"],
    format_name: Format,
    folder: Path,
) -> dict[str, tuple[Path, int]]:
    """Write splits into a folder as SPLIT.jsonl, each whole or not at all; gives file and rows of each.

    Splits that the dataset has not are left out. Raises UsageFault where there is none, FileFault.
    """
    from genai_tui.datasets.exporting import write_file
    from genai_tui.stages.finetune.checking import training_rows

    there = [split for split in splits if dataset.splits.get(split)]
    if not there:
        raise UsageFault(f"{dataset.name} has no {' or '.join(splits)}.", f"It has {', '.join(dataset.splits)}.")
    _made(folder)
    written: dict[str, tuple[Path, int]] = {}
    for split in there:
        rows = training_rows(project.reader, dataset, prompt, split)
        path = folder / f"{split}.jsonl"
        write_file(path, rows_text(rows, format_name))
        written[split] = (path, len(rows))
    return written


def trained_folder(project: "Project", ref: str) -> Path:
    """Where what a job trained lies as PEFT or transformers has it: of a model, or of a job by its number.

    Raises UsageFault for a model that was not trained here, FileFault where its job's folder is gone.
    """
    from genai_tui.stages.finetune.checkpoints import BEST

    number = int(ref) if ref.isdigit() else (lineage_of(project.reader, ref) or {}).get("job")
    if number is None:
        raise UsageFault(
            f"{ref} was not trained here.", "", "Name a job's number, or a model that `finetune start` made."
        )
    folder = job_folder(project.database, number) / BEST
    if not folder.is_dir():
        raise FileFault(f"What job {number} trained is not there.", f"{folder} is missing.", "Train it again.")
    return folder


def export_adapter(project: "Project", ref: str, target: Path) -> list[Path]:
    """Copy what a model was trained to (an adapter as PEFT has it) into a new folder, with its lineage beside it.

    Raises what `trained_folder` raises, FileFault where the folder holds something already or cannot be written.
    """
    source = trained_folder(project, ref)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileFault(f"{target} holds something already.", "", "Name a folder that is new or empty: --output DIR")
    _made(target)
    try:
        shutil.copytree(source, target, dirs_exist_ok=True)
        if (lineage := _lineage(project, ref)) is not None:
            (target / LINEAGE).write_text(json.dumps(lineage, indent=1, ensure_ascii=False), encoding="utf-8")
    except (OSError, shutil.Error) as error:
        raise FileFault(f"{target} cannot be written.", str(error)[:200]) from error
    return sorted(path for path in target.iterdir() if path.is_file())


def served_by_vllm(project: "Project", ref: str, folder: Path) -> str:
    """How vLLM serves an exported adapter beside its parent; empty for what is no LoRA of a Hugging Face model.

    Its ranks are powers of two from 8 (vLLM's own documentation of --max-lora-rank).
    """
    parent = str((_lineage(project, ref) or {}).get("parent") or "embedded/")
    config = folder / "adapter_config.json"
    rank = json.loads(config.read_text(encoding="utf-8")).get("r") if config.is_file() else None
    if parent.startswith("embedded/") or not isinstance(rank, int):
        return ""
    name = find_job(project.reader, int(ref)).args["name"] if ref.isdigit() else ref.rpartition("/")[2]
    named = f"{name}={folder.resolve()}"
    most = str(max(8, 1 << (rank - 1).bit_length()))
    words = ("vllm", "serve", parent, "--enable-lora", "--lora-modules", named, "--max-lora-rank", most)
    return (
        f"vLLM serves it beside its parent: {shlex.join(words)}\n"
        "Then: genai-tui endpoint add local --preset vllm\n"
        "Where names of matrices do not match it answers as its parent, in silence: compare both by an evaluation."
    )


def _lineage(project: "Project", ref: str) -> dict[str, Any] | None:
    """Where what a job trained comes from: of a model, or of a job by its number."""
    return lineage_of_job(project.reader, int(ref)) if ref.isdigit() else lineage_of(project.reader, ref)


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileFault(f"{folder} cannot be made.", f"{error.strerror}.") from error
