"""What a job should take, takes and took, in words."""

from typing import Any

import pytest

from genai_tui.jobs.telling import figure_list, figure_said, left_said
from genai_tui.screens.quantities import by_quantity, live, short


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("wall_s", 412.0, "wall 6 min 52 s"), ("left_s", 75.0, "≈ 75 s left"), ("tokens_per_s", 118.0, "118 tokens/s"),
        ("tokens a second", 5012.0, "5,012 tokens/s"), ("memory (GB)/gpu", 11.5, "gpu memory 11.5 GB"),
        ("memory (GB)", 4.31, "memory 4.31 GB"), ("gpu use (%)", 87.0, "gpu use 87 %"),
        ("gpu use (%)", "unknown", "gpu use unknown"), ("loss/train", 0.5, "train loss 0.5"),
        ("peak_memory_bytes", 4.4e9, "peak memory 4.40 GB"), ("cost_usd", 0.0, "cost $0"), ("rate", None, ""),
        ("failed", 3, "failed 3"), ("device", "cpu", "device cpu"),
    ],
)  # fmt: skip
def test_a_figure_is_said_with_its_unit(name: str, value: Any, said: str) -> None:
    assert figure_said(name, value) == said


def test_a_span_stands_behind_its_figure_and_what_tells_nobody_anything_is_left_out() -> None:
    estimate = {"wall_s": 100.0, "wall_low_s": 60.0, "wall_high_s": 7200.0, "key": "a on b", "alone": {"wall_s": 1.0}}
    assert figure_list(estimate) == ["wall 1 min 40 s (60 s to 2 h 0 min)"]


def test_what_is_left_is_said_as_roughly_as_it_is_known() -> None:
    said = [left_said(seconds) for seconds in (0.4, 99.0, 700.0, 10_000.0)]
    assert said == ["≈ 0 s left", "≈ 99 s left", "≈ 12 min left", "≈ 2.8 h left"]


def test_a_gpu_is_told_of_where_it_is_known_unknown_or_absent() -> None:
    assert live({"memory (GB)/cpu": 1.0, "left_s": 2.0}) == {"left_s": 2.0, "memory (GB)": 1.0, "gpu": "none"}
    seen = live({"memory (GB)/cpu": 1.0, "memory (GB)/gpu": 9.0})
    assert seen["gpu use (%)"] == "unknown"
    assert live({"memory (GB)/gpu": 9.0, "gpu use (%)": 50.0})["gpu use (%)"] == 50.0
    assert live({"failed": 1}) == {"failed": 1}


def test_what_belongs_together_lies_in_one_plane_in_the_order_that_is_looked_for() -> None:
    found = by_quantity({name: [(1, 1.0)] for name in ("score", "rate", "loss/dev", "loss/train", "memory (GB)/cpu")})
    assert list(found) == ["loss", "rate", "memory (GB)", "score"]
    assert set(found["loss"]) == {"dev", "train"}
    assert [short(name) for name in ("memory (GB)", "tokens a second", "loss")] == ["memory", "tokens/s", "loss"]
