"""What settings promise of a training, each held to its effect: accumulating, bf16, packing, an early end, the best."""

import gc
import importlib.util
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.jobs.contract import Stop
from genai_tui.records.datasets import Example
from genai_tui.stages.finetune.rows import Encoded, encode
from genai_tui.stages.finetune.scored import check_scorer
from genai_tui.stages.finetune.settings import Settings, changed
from tests.stages.finetune.test_training import SETTINGS, Told, asked, tokenizer
from tests.support.training import needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "tiny", "tokenizer", "unpacked"]
pytestmark = needs_training
STEADY = replace(SETTINGS, dropout=0.0, steps=4, warmup_steps=1, evaluations=1, threads=1)
needs_four_bits = pytest.mark.skipif(
    importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed (the extra train on Linux)"
)


def uneven(tokenizer: Any, count: int, first: int = 0) -> list[Encoded]:
    """Rows whose answers have 3 to 15 tokens: a mean of the means of batches is then not the mean of all tokens."""
    rows = [asked(f"ticket {n}", " ".join("ab"[n % 2] * (1 + 4 * (n % 4))), f"train:{n}") for n in range(first, count)]
    encoded, faults = encode(rows, tokenizer, 200)
    assert not faults
    assert len({row.answer_tokens for row in encoded}) > 2
    return encoded


def trained(tiny: Path, tokenizer: Any, told: Told, settings: Settings, *, dev: Any = None, examples: Any = ()) -> Any:
    from genai_tui.stages.finetune.training import train

    rows, dev = uneven(tokenizer, 16), dev or uneven(tokenizer, 55, 50)
    return train(tiny, rows, dev, settings, told, Stop(), examples)


def curve(told: Told, name: str) -> list[float]:
    return [value for (each, _), value in sorted(told.points.items()) if each == name and value is not None]


def test_batches_that_are_accumulated_are_one(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    found = []
    for batch, times in ((8, 1), (2, 4)):
        told = Told(tmp_path / f"{batch}")
        trained(tiny, tokenizer, told, replace(STEADY, batch=batch, accumulate=times))
        found.append(curve(told, "loss/train") + curve(told, "gradient"))
    assert found[0] == pytest.approx(found[1], rel=1e-5)
    assert len(set(found[0])) == 8


@pytest.mark.parametrize(("method", "file"), [("lora", "adapter_model"), ("full", "model")])
def test_bf16_computes_in_16_bits_and_keeps_what_it_trains_in_32(
    tiny: Path, tokenizer: Any, tmp_path: Path, method: str, file: str
) -> None:
    """16-bit weights would swallow most updates at a small rate."""
    from safetensors.numpy import load_file

    told = {precision: Told(tmp_path / precision) for precision in ("fp32", "bf16")}
    for precision, each in told.items():
        kept = trained(tiny, tokenizer, each, changed(STEADY, {"precision": precision, "method": method})).folder
    fine, rough = (curve(each, "loss/train") for each in told.values())
    assert rough == pytest.approx(fine, rel=2e-3)
    assert all(abs(a - b) > 1e-6 for a, b in zip(fine, rough, strict=True))
    assert {each.dtype.name for each in load_file(kept / f"{file}.safetensors").values()} == {"float32"}


def test_packed_rows_learn_what_they_do_alone_and_steps_count_packs(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    """All 16 rows are in every step either way; none of a pack may see another's tokens."""
    alone, packed = Told(tmp_path / "alone"), Told(tmp_path / "packed")
    trained(tiny, tokenizer, alone, replace(STEADY, batch=16, accumulate=1))
    trained(tiny, tokenizer, packed, replace(STEADY, batch=16, accumulate=1, packing=True, max_tokens=200))
    assert curve(packed, "loss/train") == pytest.approx(curve(alone, "loss/train"), rel=1e-5)
    epochs = replace(STEADY, steps=None, epochs=2, batch=1, accumulate=1, packing=True, max_tokens=200)
    tokens = sum(len(row.input_ids) for row in uneven(tokenizer, 16))
    assert trained(tiny, tokenizer, Told(tmp_path / "epochs"), epochs).steps in (
        2 * -(-tokens // 200),
        2 * (2 + tokens // 200),
    )


def test_it_ends_early_where_dev_gets_no_better_and_keeps_the_best(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    """Dev has answers that are never learned: the likelier those of train are, the less likely they are."""
    dev, _ = encode([asked("ticket 50", "quilt zebra north seven " * 5)], tokenizer, 200)
    told = Told(tmp_path)
    settings = replace(STEADY, method="full", rate=1e-2, steps=40, evaluations=20, patience=2)
    found = trained(tiny, tokenizer, told, settings, dev=dev)
    losses = {step: loss for (name, step), loss in told.points.items() if name == "loss/dev" and step}
    assert found.ended_early
    assert max(losses) == found.steps == found.best_step + 2 * 2 < 40
    assert found.dev_loss == losses[found.best_step] == min(losses.values())


SCORER = """
def short(text, example):
    return 1 - len(text) / 100 if example["expected"] == "x" else 0.0
"""


def test_a_scorer_chooses_the_best(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    """Answers get longer than they are at first, which this scorer does not like, while the loss gets better."""
    (tmp_path / "own.py").write_text(SCORER)
    settings = replace(STEADY, method="full", rate=1e-2, steps=20, evaluations=5, patience=2)
    settings = replace(settings, best_by=f"{tmp_path / 'own.py'}:short")
    told = Told(tmp_path / "job")
    found = trained(tiny, tokenizer, told, settings, examples=[Example({}, "x")] * 5)
    scores, losses = (
        {step: value for (each, step), value in told.points.items() if each == name and step}
        for name in ("score/dev", "loss/dev")
    )
    assert found.dev_score == scores[found.best_step] == max(scores.values())
    assert found.dev_loss == losses[found.best_step] > min(losses.values())
    assert found.ended_early


@pytest.mark.parametrize(
    ("name", "dev", "says"),
    [
        ("exat", 5, "There is no scorer exat."),
        ("exact", 0, "no rows of dev"),
        ("judge:model=a/b", 5, "cannot choose the best"),
        ("length", 5, "cannot choose the best"),
    ],
)
def test_what_cannot_choose_the_best_is_refused(name: str, dev: int, says: str) -> None:
    check_scorer("exact", 5)
    check_scorer("loss", 0)
    with pytest.raises(UsageFault) as caught:
        check_scorer(name, dev)
    assert says in str(caught.value)
    with pytest.raises(UsageFault, match="best_by is loss or the name of a scorer"):
        changed(Settings(), {"best_by": 3})


@needs_four_bits
def test_an_adapter_learns_over_weights_of_four_bits(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    """Also after dev was measured, which on some processors packs the weights so that no gradient passes."""
    from safetensors.numpy import load_file

    told, whole = Told(tmp_path / "qlora"), Told(tmp_path / "lora")
    found = trained(tiny, tokenizer, told, replace(STEADY, method="qlora", steps=8, evaluations=4, rate=1e-2))
    trained(tiny, tokenizer, whole, replace(STEADY, steps=8, evaluations=4, rate=1e-2))
    ours, theirs = curve(told, "loss/train"), curve(whole, "loss/train")
    assert ours == pytest.approx(theirs, rel=1e-2)
    assert all(abs(a - b) > 1e-6 for a, b in zip(ours, theirs, strict=True))
    assert found.dev_loss < found.first_dev_loss - 0.05
    kept = load_file(found.folder / "adapter_model.safetensors")
    assert {each.dtype.name for each in kept.values()} == {"float32"}


@needs_four_bits
def test_weights_of_four_bits_do_not_keep_the_file_in_memory_that_they_were_packed_from(
    tiny: Path, tmp_path: Path
) -> None:
    import torch

    from genai_tui.stages.finetune.loading import load_model

    if torch.cuda.is_available():
        pytest.skip("the file is mapped only where a processor trains")
    folder = Path(shutil.copytree(tiny, tmp_path / "copied"))
    whole, packed = (load_model(folder, replace(STEADY, method=method)) for method in ("lora", "qlora"))
    maps = Path("/proc/self/maps")
    assert str(folder) in maps.read_text()
    del whole
    gc.collect()
    assert str(folder) not in maps.read_text()
    assert packed.get_input_embeddings().weight.dtype is torch.float32


def test_without_bitsandbytes_it_says_what_is_missing() -> None:
    script = """
import sys
sys.modules["bitsandbytes"] = None
from genai_tui.errors import MissingPiece
from genai_tui.stages.finetune.loading import check_four_bits
try:
    check_four_bits()
except MissingPiece as missing:
    print(missing)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "QLoRA needs bitsandbytes, which is not installed." in ended.stdout, ended.stderr
    assert "pip install bitsandbytes" in ended.stdout
    assert "--method lora" in ended.stdout
