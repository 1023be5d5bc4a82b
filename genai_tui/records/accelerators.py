"""Accelerators: what a GPU has and does, as its maker and others publish it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Accelerator:
    """One accelerator. `flops` are dense operations a second by precision (fp32, tf32, fp16, bf16, fp8, int8, fp4)."""

    id: str
    vendor: str
    name: str
    year: int | None
    memory_bytes: int
    memory_type: str
    bandwidth: float | None
    """Bytes a second."""
    flops: Mapping[str, float]
    power_w: float | None
    link: float | None
    """Bytes a second to another accelerator, in one direction."""
    sources: tuple[str, ...]
    one_source_only: bool = False
    note: str = ""
