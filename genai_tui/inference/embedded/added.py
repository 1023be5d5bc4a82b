"""GGUF files that a user added: registered by name, read where they lie."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import FileFault, MissingPiece, StorageFault, UsageFault
from genai_tui.inference.embedded import checked, locks, pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.records.endpoints import ServedModel

if TYPE_CHECKING:
    from genai_tui.inference.embedded.gguf_header import GgufHeader

BOOK = "models.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CONTEXT = 8192
ALL_F32 = 0  # general.file_type


def names() -> list[str]:
    """Names of the models that were added, in the order of their names."""
    return sorted(_book())


def find(name: str) -> ServedModel | None:
    """The added model `name`, or None."""
    entry = _book().get(name)
    if entry is None:
        return None
    return ServedModel(
        name, entry["path"], entry["sha256"], context=entry["context"], slots=entry["slots"], kv_type=entry["kv_type"]
    )


def check(served: ServedModel) -> None:
    """Raise MissingPiece unless the file of `served` is there and is what was added."""
    path = Path(served.weights)
    try:
        found = checked.sha256_of(path, weights_folder())
    except OSError as error:
        raise MissingPiece(
            f"The weights of embedded/{served.name} cannot be read.",
            f"{path}: {error.strerror}.",
            f"Bring the file back, or add it from where it is now: genai-tui model add FILE.gguf --name {served.name}",
        ) from error
    if found != served.weights_sha256:
        raise MissingPiece(
            f"The weights of embedded/{served.name} are not what was added.",
            f"{path} was changed since.",
            "Bring the old file back, or add the new one under a name of its own: genai-tui model add FILE.gguf",
        )


def add_model(path: Path, name: str | None = None, progress: Callable[[int, int], None] | None = None) -> ServedModel:
    """Register the GGUF file at `path` under `name` (default: from the file's name). The file stays where it is.

    Reads all of it once for its SHA-256, telling `progress` the bytes so far and all of them; so call it in a thread.
    Raises FileFault for what is no whole GGUF model, UsageFault for a name that is taken or unfit and for a file that
    is there under another, StorageFault where it cannot be written down.
    """
    from genai_tui.inference.embedded.gguf_header import read_header

    path = Path(path).expanduser().absolute()
    try:
        header = read_header(path)
        _fit(path, header)
        wanted = _name(path, name)
        size = header.size
        digest = checked.sha256_of(path, weights_folder(), lambda done: progress(done, size) if progress else None)
    except OSError as error:
        raise FileFault(
            f"{path} cannot be read.", f"{error.strerror}.", "Name a GGUF file that you can read."
        ) from error
    wide = header.values.get("general.file_type") == ALL_F32
    entry = {
        "path": str(path),
        "sha256": digest,
        "context": min(CONTEXT, header.number("context_length", CONTEXT)),
        "slots": 4 if wide else 1,
        "kv_type": "f32" if wide else "f16",
    }
    try:
        weights_folder().mkdir(parents=True, exist_ok=True)
        _register(wanted, entry, given=name is not None)
    except OSError as error:
        raise StorageFault(
            f"{path} could not be registered in {weights_folder()}.",
            f"{error.strerror}.",
            "Make it writable, or make room.",
        ) from error
    model = find(wanted)
    assert model is not None  # it was written a line above
    return model


def _fit(path: Path, header: "GgufHeader") -> None:
    """Raise FileFault unless the file is a whole model that can be served alone."""
    kind = header.values.get("general.type", "model")
    if kind != "model" or header.architecture in ("", "clip"):
        what = {"adapter": "an adapter", "mmproj": "an image encoder"}.get(str(kind), "no language model")
        raise FileFault(f"{path} is {what}, not a model.", "It cannot be served alone.", "Add the model itself.")
    if header.number("context_length", 0) < 1 or not header.tensors:
        raise FileFault(
            f"{path} is no language model.", "It names no context length, or holds no weights.", "Take another file."
        )
    parts = header.values.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        raise FileFault(
            f"{path} is one of {parts} parts of a model.",
            "Only models in one file are taken.",
            "Join them first: llama-gguf-split --merge FIRST-PART OUTPUT.gguf",
        )
    if "tokenizer.ggml.model" not in header.values:
        raise FileFault(
            f"{path} has no tokenizer.", "A model without one cannot be asked.", "Take a complete GGUF file."
        )
    missing = (
        max(_end(tensor.shape, tensor.type, tensor.offset) for tensor in header.tensors)
        + header.data_start
        - header.size
    )
    if missing > 0:
        raise FileFault(
            f"{path} is unfinished.", f"{missing:,} bytes of its weights are missing.", "Fetch it again, to its end."
        )


def _end(shape: tuple[int, ...], kind: int, offset: int) -> int:
    """Where a tensor ends, counted from the first; for a type that is not known, where it begins."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError):
        return offset
    return offset + math.prod(shape) // block * block_bytes


def _name(path: Path, name: str | None) -> str:
    wanted = name if name is not None else re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")[:64]
    if not NAME.fullmatch(wanted):
        raise UsageFault(
            f"{wanted!r} cannot be a model's name.",
            "A name has letters, digits, dots, dashes and underscores, and begins with a letter or digit; at most 64.",
            "Give one: genai-tui model add FILE.gguf --name NAME",
        )
    return wanted


def _register(name: str, entry: dict[str, Any], *, given: bool) -> None:
    """Write the entry down, unless its name or its file is there already."""
    another = "" if given else " (it comes from the file's name)"
    with locks.held(weights_folder() / "models.lock"):
        book = _book()
        same = next((old for old, value in book.items() if value["sha256"] == entry["sha256"]), None)
        if same is not None and same != name and Path(book[same]["path"]).is_file():
            raise UsageFault(
                f"This file is there already, as embedded/{same}.",
                "Its contents are the same.",
                f"Use that: embedded/{same}",
            )
        if name == pins.NAME or (name in book and Path(book[name]["path"]).is_file()):
            what = "the model that comes with the program" if name == pins.NAME else book[name]["path"]
            raise UsageFault(
                f"The name {name} is taken{another}.",
                f"It stands for {what}.",
                "Give another: genai-tui model add FILE.gguf --name NAME",
            )
        checked.write_json(weights_folder() / BOOK, {**book, name: entry})


def _book() -> dict[str, dict[str, Any]]:
    """What is registered. Raises StorageFault for a file that is none of ours any more."""
    path = weights_folder() / BOOK
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageFault(f"{path} cannot be read.", f"{error.strerror}.", "Make it readable for you.") from error
    try:
        book: dict[str, dict[str, Any]] = {name: _entry(value) for name, value in json.loads(text).items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFault(
            f"{path} is damaged.", f"{type(error).__name__}: {error}", "Remove it, and add your models again."
        ) from error
    return book


def _entry(value: Any) -> dict[str, Any]:
    kinds = {"path": str, "sha256": str, "context": int, "slots": int, "kv_type": str}
    return {key: kind(value[key]) for key, kind in kinds.items()}
