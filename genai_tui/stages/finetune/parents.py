"""Models that can be trained: those that are served here, turned back into a transformers folder once, and folders."""

import fcntl
from pathlib import Path
from typing import NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.inference.embedded import checked, pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.made import made_models
from genai_tui.inference.embedded.weights import served_model
from genai_tui.settings import Settings

TRAINABLE = "train"


class Parent(NamedTuple):
    """A model to train: its reference, and the GGUF file it is served from (None: a transformers folder, `folder`)."""

    ref: str
    name: str
    gguf: Path | None
    sha256: str
    folder: Path


def find_parent(settings: Settings, reference: str) -> Parent:
    """The parent of a reference: `embedded/NAME`, or a Hugging Face folder. Raises UsageFault, MissingPiece."""
    folder = Path(reference).expanduser()
    if (folder / "config.json").is_file():
        return Parent(str(folder.absolute()), folder.name, None, "", folder.absolute())
    if folder.is_absolute():
        raise UsageFault(
            f"There is no model in {folder}.",
            "It was moved or removed, or has no config.json.",
            "Bring it back, and resume the job; or name another: --model FOLDER",
        )
    endpoint, name = settings.model(reference)
    if not endpoint.embedded:
        raise UsageFault(
            f"{reference} cannot be trained here.",
            f"Its weights lie with {endpoint.base_url}.",
            "Name one that is served here (embedded/smollm2-135m) or a Hugging Face folder; where its service trains: "
            f"genai-tui finetune plan --model {reference}",
        )
    if name in made_models():
        raise UsageFault(
            f"{reference} is an adapter already.",
            "An adapter is trained on a model with weights of its own.",
            f"Train its parent on more rows: --model embedded/{made_models()[name].parent}",
        )
    served = served_model(name)
    gguf = Path(served.weights)
    if name == pins.NAME and not gguf.is_file():
        gguf = gguf.with_name(pins.SOURCE_FILE)
    return Parent(
        reference, name, gguf, served.weights_sha256, weights_folder() / TRAINABLE / served.weights_sha256[:16]
    )


def ready_folder(parent: Parent) -> Path:
    """The parent's transformers folder, written at first use (seconds, and four bytes a parameter of disk).

    Call it in a thread. Two processes that need it wait for one another. Raises what `unpack` raises.
    """
    if parent.gguf is None or (parent.folder / "config.json").is_file():
        return parent.folder
    from genai_tui.stages.finetune.weights.unpacking import unpack

    parent.folder.mkdir(parents=True, exist_ok=True)
    with (parent.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (parent.folder / "config.json").is_file():
            unpack(parent.gguf, parent.folder)
    return parent.folder


def content_of(parent: Parent) -> str:
    """The SHA-256 of the parent's weights, of all files of weights of a folder together. Reads them where it must."""
    if parent.sha256:
        return parent.sha256
    from genai_tui.records.hashing import content_hash

    files = sorted(parent.folder.glob("*.safetensors"))
    return content_hash([checked.sha256_of(path, parent.folder) for path in files])
