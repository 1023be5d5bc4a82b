"""Accelerators as published: memory, bandwidth, dense rates, power; facts/hardware.json names the sources."""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.accelerators import Accelerator

GIB = 1024**3
RATES = {
    "fp32": "fp32_tflops",
    "tf32": "tf32_dense_tflops",
    "fp16": "fp16_dense_tflops",
    "bf16": "bf16_dense_tflops",
    "fp8": "fp8_dense_tflops",
    "int8": "int8_dense_tops",
    "fp4": "fp4_dense_tflops",
}
NOT_SAYING = frozenset(
    "nvidia amd intel google aws apple geforce tesla quadro radeon instinct gpu laptop generation gb gib chip ddr hbm "
    "hbm2 hbm2e hbm3 hbm3e edition server workstation graphics card core cores the one of".split()
)
"""Words that tell no accelerator from another."""

_KIND = re.compile(r"\b(rtx|rx|mi|max|tpu|arc|gaudi|trainium)[\s_-]+(?=pro\b|[av]?\d)")
_VARIANT = re.compile(r"\b(\d{4})(ti|super|ada)\b")
_WORD = re.compile(r"[a-z0-9]+")
_SOCKET = re.compile(r"sxm\d")
_SIZE = re.compile(r"^(\d+)g(i?b)?$")
PREFERRED = ("sxm", "pcie", "nvl")
"""Which variant is meant where none is said: the one most machines have."""


@cache
def accelerators() -> tuple[Accelerator, ...]:
    """All accelerators that are known, in the order of facts/hardware.json."""
    text = (files("genai_tui") / "facts" / "hardware.json").read_text("utf-8")
    return tuple(_accelerator(row) for row in json.loads(text)["accelerators"])


def find_accelerator(text: str) -> Accelerator:
    """The accelerator that `text` means: by id or name, without regard to letter case, separators and maker.

    Of variants that fit alike the SXM one is taken, then the one with more memory. Raises UsageFault, with names that
    are near, where none fits.
    """
    said = text.strip().lower()
    for one in accelerators():
        if said in (one.id, one.name.lower()):
            return one
    words = _words(said)
    near = (one for one in accelerators() if words and all(word in _squashed(one) for word in words))
    fitting = [one for one in near if all(_has(one, word) for word in words)]
    if not fitting:
        raise UsageFault(
            f"There is no accelerator called {text[:60] or 'nothing'} in the list.",
            f"Near it: {', '.join(_near(words))}.",
            "Name one by id or name, as h100, a100 40, rtx 4090, mi300x or m3-max.",
        )
    return min(fitting, key=lambda one: _distance(one, words))


def _accelerator(row: Mapping[str, Any]) -> Accelerator:
    """A row of facts/hardware.json in bytes, operations a second and watts."""
    notes = [row.get("note"), row.get("conflicts") and f"sources differ: {row['conflicts']}"]
    if row.get("derived"):
        notes.append(f"computed from other rates: {', '.join(row['derived'])}")
    bandwidth, link = row.get("bandwidth_gb_s"), row.get("interconnect_gb_s_per_direction")
    return Accelerator(
        row["id"],
        row["vendor"],
        row["name"],
        row.get("year"),
        row["memory_gb"] * GIB,
        row["memory_type"],
        bandwidth * 1e9 if bandwidth else None,
        {name: row[key] * 1e12 for name, key in RATES.items() if row.get(key)},
        row.get("power_w"),
        link * 1e9 if link else None,
        tuple(row["sources"]),
        row.get("one_source_only", False),
        "; ".join(note for note in notes if note),
    )


def _words(text: str) -> list[str]:
    """The words that tell accelerators apart: `NVIDIA A100-SXM4-80GB` is a100, sxm, 80; `RTX 4090` is rtx4090."""
    text = _KIND.sub(r"\1", text.lower())
    text = _VARIANT.sub(r"\1 \2", text)
    words = [_SIZE.sub(r"\1", "sxm" if _SOCKET.fullmatch(word) else word) for word in _WORD.findall(text)]
    return [word for word in words if word not in NOT_SAYING]


def _squashed(one: Accelerator) -> str:
    """What all of its words are parts of: quick to look in, before they are told apart."""
    text = f"{one.name}/{one.id}/{one.memory_bytes // GIB}".lower()
    return text.replace(" ", "").replace("-", "").replace("_", "")


def _known(one: Accelerator) -> frozenset[str]:
    """All words of an accelerator: of its name, its id, and its memory."""
    return frozenset((*_words(one.name), *_words(one.id), f"{one.memory_bytes // GIB}"))


def _has(one: Accelerator, word: str) -> bool:
    """Whether `word` is one of its words, or the end of one (`4090` of rtx4090, `v5e` of tpuv5e)."""
    telling = len(word) >= (4 if word.isdigit() else 3)
    return any(known == word or (telling and known.endswith(word) and _is_ending(known, word)) for known in _known(one))


def _is_ending(known: str, word: str) -> bool:
    """Whether only letters stand before `word`."""
    return known.removesuffix(word).isalpha()


def _distance(one: Accelerator, words: list[str]) -> tuple[int, int, int]:
    """How much of its name was not said, then which variant it is, then less memory last."""
    name = [word for word in _words(one.name) if not word.isdigit() and word not in PREFERRED]
    variant = next((place for place, kind in enumerate(PREFERRED) if kind in one.id), len(PREFERRED))
    return sum(word not in words for word in name), variant, -one.memory_bytes


def _near(words: list[str]) -> list[str]:
    ids = [one.id for one in accelerators()]
    found = get_close_matches("-".join(words), ids, 3, 0.5)
    return found or ["h100-sxm-80", "a100-sxm-80", "rtx4090"]
