"""Accelerators: found by what people and drivers call them, refused with near names, each with its sources."""

import json
import os
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.hardware import GIB, accelerators, find_accelerator

FACTS = os.environ.get("GENAI_TUI_FACTS", "")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("h100", "h100-sxm-80"),
        ("NVIDIA H100 80GB HBM3", "h100-sxm-80"),
        ("NVIDIA H100 PCIe", "h100-pcie-80"),
        ("NVIDIA A100-SXM4-40GB", "a100-sxm-40"),
        ("a100 40", "a100-sxm-40"),
        ("A100-40G", "a100-sxm-40"),
        ("Tesla V100-SXM2-16GB", "v100-sxm-16"),
        ("NVIDIA GeForce RTX 4090", "rtx4090"),
        ("4090", "rtx4090"),
        ("rtx 3080 ti", "rtx3080ti-12"),
        ("3080", "rtx3080-10"),
        ("A6000", "rtxa6000"),
        ("NVIDIA RTX 6000 Ada Generation", "rtx6000ada"),
        ("AMD Instinct MI300X", "mi300x"),
        ("Apple M2 Max", "m2-max"),
        ("m1", "m1"),
        ("b200", "b200-180"),
        ("tpu v4", "tpu-v4"),
        ("l40", "l40"),
    ],
)
def test_an_accelerator_is_found_by_what_people_and_drivers_call_it(said, meant):
    assert find_accelerator(said).id == meant


def test_every_id_and_every_name_finds_its_own():
    for one in accelerators():
        assert find_accelerator(one.id) is one
        assert find_accelerator(one.name) is one


@pytest.mark.parametrize("said", ["", "h1000", "nonsense", "100", "rtx 4070 ti super", "\x1b[31m", "a" * 10_000])
def test_what_is_not_there_is_refused_with_names_near_it(said):
    with pytest.raises(UsageFault) as refused:
        find_accelerator(said)
    assert "Near it:" in refused.value.why
    assert len(str(refused.value)) < 400


def test_every_row_has_memory_and_sources_and_plausible_rates():
    for one in accelerators():
        assert one.sources
        assert 8 * GIB <= one.memory_bytes <= 600 * GIB
        assert 1e10 < one.bandwidth < 1e13
        assert all(1e12 < rate < 5e16 for rate in one.flops.values())


def test_facts_from_one_source_and_derived_rates_say_so():
    assert find_accelerator("h20").one_source_only
    assert not find_accelerator("h100").one_source_only
    assert "computed from other rates: fp8, tf32" in find_accelerator("rtx4090").note


@pytest.mark.skipif(not FACTS, reason="GENAI_TUI_FACTS is not set: no published figures to compare with")
def test_the_published_figures_are_carried_over_unchanged():
    rows = json.loads((Path(FACTS) / "hardware.json").read_text())
    assert len(rows) == len(accelerators())
    for row, one in zip(rows, accelerators(), strict=True):
        assert (one.id, one.memory_bytes) == (row["id"], row["memory_gb"] * GIB)
        assert one.bandwidth == row["bandwidth_gb_s"] * 1e9
        assert one.flops.get("bf16", 0) == (row["bf16_dense_tflops"] or 0) * 1e12
        assert list(one.sources) == row["sources"]
