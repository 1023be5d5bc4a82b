"""The card of a model from a file or folder of it: config.json, Hugging Face folder, safetensors, GGUF."""

import os
import re
from dataclasses import replace
from pathlib import Path

from genai_tui.errors import FileFault
from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.estimation.reading.gguf import card_of_gguf
from genai_tui.estimation.reading.opened import read_json, read_start, regular_size
from genai_tui.estimation.reading.safetensors import INDEX, SINGLE, Stored, stored_by_index, stored_in
from genai_tui.records.cards import ModelCard

_MOST_ENTRIES = 10_000
_MOST_README = 64 * 2**10
_LICENCE = re.compile(r"^license:[ \t]*([A-Za-z0-9.\-_ ]{1,60})[ \t]*$", re.MULTILINE)
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


def card_of_file(path: Path) -> ModelCard:
    """The card of the model at `path`: a config.json, a folder with one, a .safetensors, its index, or a .gguf.

    Headers only are read, never weights. Raises FileFault for what is none of these, damaged or too large, UsageFault
    for an architecture that is not known.
    """
    if path.is_dir():
        return _of_folder(path)
    if path.name.endswith(".gguf"):
        return card_of_gguf(path)
    if path.name.endswith(".safetensors"):
        return _of_weights(path, stored_in(path))
    if path.name.endswith(".safetensors.index.json"):
        return _of_weights(path, stored_by_index(path))
    if path.suffix in _PICKLED:
        raise FileFault(
            f"{path} holds pickled Python code, which is never loaded.", "", "Take the model as safetensors or GGUF."
        )
    if path.suffix == ".json":
        return card_of_config(read_json(path), _named(path))
    if read_start(path, 4) == b"GGUF":
        return card_of_gguf(path)
    raise FileFault(
        f"{path} is no model that can be read.",
        "It is neither a config.json nor safetensors nor GGUF.",
        "Give one of these, or the folder that a model was fetched to.",
    )


def _of_folder(folder: Path) -> ModelCard:
    config, index, single = folder / "config.json", folder / INDEX, folder / SINGLE
    stored = stored_by_index(index) if index.exists() else stored_in(single) if single.exists() else None
    if config.exists():
        card = card_of_config(read_json(config), folder.resolve().name)
        if stored is not None:
            card = _with_stored(card, stored)
        return replace(card, licence=_licence(folder / "README.md"))
    if stored is not None:
        return _of_stored(folder.resolve().name, stored)
    files = _names(folder)
    ggufs = [name for name in files if name.endswith(".gguf")]
    if len(ggufs) == 1:
        return card_of_gguf(folder / ggufs[0])
    if ggufs:
        raise FileFault(f"{folder} has {len(ggufs)} GGUF files.", "Each is a model of its own.", "Give one of them.")
    why = "It has no config.json, no safetensors and no GGUF file."
    if any(name.endswith(_PICKLED) for name in files):
        why += " Files with pickled Python code are never loaded."
    raise FileFault(f"{folder} holds no model that can be read.", why, "Give the folder that a model was fetched to.")


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [entry.name for _, entry in zip(range(_MOST_ENTRIES), found, strict=False)]
    except OSError as fault:
        raise FileFault(f"{folder} cannot be read.", f"{fault.strerror or fault}.") from fault


def _of_weights(path: Path, stored: Stored) -> ModelCard:
    config = path.parent / "config.json"
    if config.exists():
        return _with_stored(card_of_config(read_json(config), _named(config)), stored)
    return _of_stored(path.stem, stored)


def _of_stored(name: str, stored: Stored) -> ModelCard:
    notes = ["Without a config.json its architecture is not known: only its weights were counted."]
    return ModelCard(
        name=name,
        source="the headers of its safetensors files",
        parameters=None if stored.missing else stored.numbers,
        file_bytes=stored.file_bytes,
        precision=stored.precision,
        notes=(*notes, *_lacking(stored)),
    )


def _with_stored(card: ModelCard, stored: Stored) -> ModelCard:
    """The card of a config, with what its weights take on disk."""
    parameters = card.parameters or 0
    notes = [*card.notes, *_lacking(stored)]
    if not stored.missing and stored.numbers != parameters:
        notes.append(
            f"Its files hold {stored.numbers:,} numbers, its configuration describes {parameters:,} parameters: "
            "buffers, constants of quantisation, layers for predicting several tokens or for pictures make such "
            "differences."
        )
    whole = stored.missing == 0
    return replace(
        card,
        file_bytes=stored.file_bytes if whole else None,
        bits_per_weight=stored.file_bytes * 8 / parameters if whole and parameters else None,
        precision=card.precision or stored.precision,
        notes=tuple(notes),
    )


def _lacking(stored: Stored) -> list[str]:
    return [f"{stored.missing} files of its weights are not there."] if stored.missing else []


def _named(config: Path) -> str:
    """A model's name by where its configuration lies."""
    return (config.resolve().parent.name if config.name == "config.json" else "") or config.stem


def _licence(readme: Path) -> str | None:
    """The licence that the front matter of a Hugging Face README names."""
    try:
        regular_size(readme)
        text = read_start(readme, _MOST_README).decode("utf-8", "replace")
    except FileFault:
        return None
    if not text.startswith("---"):
        return None
    found = _LICENCE.search(text.split("\n---", 1)[0])
    return found.group(1).strip() if found else None
