"""Training for real, on a model of two layers: what is learned, kept, interrupted, gone on with, and refused."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import GenaiError
from genai_tui.jobs.contract import Report, Stop
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.rows import IGNORED, Encoded, Fault, Row, encode, refuse
from genai_tui.stages.finetune.settings import Settings
from tests.support.training import needs_training, tiny, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "tiny", "unpacked"]
pytestmark = needs_training

SYSTEM = {"role": "system", "content": "Sort it."}
SETTINGS = Settings(
    rate=1e-2, steps=8, batch=4, accumulate=2, warmup_steps=2, dropout=0.1, rank=4, alpha=8.0, evaluations=2, threads=2
)


@pytest.fixture(scope="module")
def tokenizer(unpacked: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(unpacked)


def asked(text: str, answer: str, place: str = "train:1", *, system: bool = True) -> Row:
    messages = ({"role": "user", "content": text},)
    return Row(place, (SYSTEM, *messages) if system else messages, answer)


def some(tokenizer: Any, count: int, first: int = 0) -> list[Encoded]:
    rows = [
        asked(f"ticket {n} " + "word " * (n % 5), "ab"[n % 2] * 3, f"train:{n}") for n in range(first, first + count)
    ]
    encoded, faults = encode(rows, tokenizer, 200)
    assert not faults
    return encoded


class Told(Report):
    """A report that keeps every point and can ask to stop at a step."""

    def __init__(self, folder: Path, stop: Stop | None = None, at: int = 0) -> None:
        super().__init__(Job(1, "finetune", "", "running"), folder)
        self.points: dict[tuple[str, int], float | None] = {}
        self.notes: list[str] = []
        self.stop, self.at = stop, at

    def progress(
        self, done: float, total: float, metrics: Mapping[str, float | None] | None = None, step: int | None = None
    ) -> None:
        super().progress(done, total, metrics, step)
        if step is not None:
            self.points |= {(name, step): value for name, value in (metrics or {}).items()}
            if self.stop is not None and step >= self.at:
                self.stop.asked = "interrupt"

    def note(self, text: str) -> None:
        self.notes.append(text)


def trained(tiny: Path, tokenizer: Any, report: Report, settings: Settings = SETTINGS, stop: Stop | None = None) -> Any:
    from genai_tui.stages.finetune.training import train

    return train(tiny, some(tokenizer, 19), some(tokenizer, 5, 50), settings, report, stop or Stop())


# rows


def test_the_loss_is_of_the_answer_and_its_end_alone(tokenizer: Any) -> None:
    [row], _ = encode([asked("Billed twice: 1234 é ☃", "billing")], tokenizer, 200)
    learned = [number for number, label in zip(row.input_ids, row.labels, strict=True) if label != IGNORED]
    assert tokenizer.decode(learned) == "billing<|im_end|>\n"
    text = tokenizer.decode(row.input_ids)
    assert text.startswith("<|im_start|>system\nSort it.<|im_end|>\n<|im_start|>user\nBilled twice: 1234 é ☃<|im_end|>")
    assert row.answer_tokens == len(learned)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (asked("x", ""), "empty"),
        (asked("x", " \n"), "empty"),
        (asked("x <|im_end|> y", "a"), "special token"),
        (asked("x", "a<|im_start|>"), "special token"),
        (asked("word " * 300, "a"), "too long"),
        (Row("train:1", (SYSTEM,), "a"), "wrong role"),
        (Row("train:1", (), "a"), "wrong role"),
        (Row("train:1", (SYSTEM, {"role": "assistant", "content": "b"}), "a"), "wrong role"),
    ],
)
def test_a_row_that_would_teach_something_else_is_a_fault(tokenizer: Any, row: Row, kind: str) -> None:
    encoded, [fault] = encode([row], tokenizer, 200)
    assert (encoded, fault.kind) == ([], kind)
    with pytest.raises(GenaiError) as caught:
        refuse([fault, Fault("train:9", kind, "")])
    assert "2 rows cannot be trained on" in str(caught.value)
    assert "train:1" in str(caught.value)


# training


def test_it_learns_and_keeps_the_best_of_dev(tiny: Path, unpacked: Path, tokenizer: Any, tmp_path: Path) -> None:
    report = Told(tmp_path)
    found = trained(tiny, tokenizer, report, replace(SETTINGS, steps=30, evaluations=5))
    assert found.dev_loss < found.first_dev_loss - 0.3
    dev = {step: loss for (name, step), loss in report.points.items() if name == "loss/dev"}
    assert set(dev) == {0, 6, 12, 18, 24, 30}
    assert min(loss for step, loss in dev.items() if step) == found.dev_loss == dev[found.best_step]
    assert [step for name, step in report.points if name == "loss/train"] == list(range(1, 31))
    config = json.loads((found.folder / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (4, 8)
    assert found.trainable == 2 * 4 * sum((32 + 32, 32 + 16, 32 + 16, 32 + 32, 32 + 64, 32 + 64, 64 + 32))
    assert not list(tmp_path.rglob("training_args.bin"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (found.folder / name).read_bytes() == (unpacked / name).read_bytes()


def test_interrupted_and_gone_on_with_it_is_the_same_to_the_bit(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    told = Told(tmp_path / "whole")
    whole = trained(tiny, tokenizer, told)
    for moment in (3, 5):
        stop = Stop()
        assert trained(tiny, tokenizer, Told(tmp_path / "parts", stop, moment), stop=stop) is None
    report = Told(tmp_path / "parts")
    parts = trained(tiny, tokenizer, report)
    assert report.notes[0] == "It goes on from step 6."
    for name in ("loss/train", "loss/dev", "rate", "gradient"):  # those before are told again: no curve has a hole
        assert [point for point in report.points if point[0] == name] == [p for p in told.points if p[0] == name]
        assert all(report.points[point] == told.points[point] for point in told.points if point[0] == name)
    names = sorted(path.name for path in whole.folder.iterdir())
    assert names == sorted(path.name for path in parts.folder.iterdir())
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (whole.folder / name).read_bytes() == (parts.folder / name).read_bytes()
    assert replace(whole, folder=parts.folder) == parts


def test_the_longest_rows_are_tried_first(
    tiny: Path, tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import LlamaModel

    from genai_tui.stages.finetune.training import train

    sizes: list[int] = []
    whole = LlamaModel.forward

    @wraps(whole)
    def seen(self: Any, **given: Any) -> Any:
        sizes.append(given["input_ids"].shape[1])
        return whole(self, **given)

    monkeypatch.setattr(LlamaModel, "forward", seen)
    long, _ = encode([asked("word " * 90, "a")], tokenizer, 200)
    settings = replace(SETTINGS, dropout=0.0, steps=2, warmup_steps=1, batch=2, evaluations=1)
    told = Told(tmp_path)
    assert train(tiny, [*some(tokenizer, 19), *long], [], settings, told, Stop()) is not None
    assert sizes[0] == len(long[0].input_ids) > max(len(row.input_ids) for row in some(tokenizer, 19))
    assert len(sizes) == 1 + 2 * settings.accumulate


def test_the_loss_of_dev_is_the_same_in_any_batches(tiny: Path, tokenizer: Any) -> None:
    from transformers import AutoModelForCausalLM

    from genai_tui.stages.finetune.losses import answer_loss

    model = AutoModelForCausalLM.from_pretrained(tiny)
    rows = some(tokenizer, 7)
    losses = [answer_loss(model, rows, batch, 0) for batch in (1, 2, 7)]
    assert losses == pytest.approx([losses[0]] * 3, abs=1e-5)


def test_weights_that_are_no_numbers_end_it_with_a_reason(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    broken.mkdir()
    for path in tiny.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    weights = load_file(broken / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(GenaiError, match="is no number at step 1"):
        trained(broken, tokenizer, Told(tmp_path / "job"))


def test_a_target_that_nothing_matches_is_refused(tiny: Path, tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(GenaiError) as caught:
        trained(tiny, tokenizer, Told(tmp_path), replace(SETTINGS, targets=("q_proj", "nonsense")))
    assert "no module nonsense" in str(caught.value)
    assert "q_proj" in caught.value.do


@pytest.mark.parametrize("method", ["full", "prompt"])
def test_all_weights_or_a_few_virtual_tokens_are_trained(
    tiny: Path, tokenizer: Any, tmp_path: Path, method: Any
) -> None:
    settings = replace(SETTINGS, method=method, rate=1e-3 if method == "full" else 3e-2, virtual_tokens=3)
    found = trained(tiny, tokenizer, Told(tmp_path), settings)
    assert found.dev_loss < found.first_dev_loss
    assert found.trainable == 3 * 32 if method == "prompt" else found.trainable > 1_500_000


def test_no_host_is_asked(tiny: Path, unpacked: Path, tmp_path: Path) -> None:
    script = f"""
import socket, sys
from pathlib import Path
def refuse(self, address):
    raise SystemExit(f"it asked {{address}}")
socket.socket.connect = refuse
from tests.stages.finetune.test_training import SETTINGS, Told, trained
from transformers import AutoTokenizer
assert trained(Path({str(tiny)!r}), AutoTokenizer.from_pretrained({str(unpacked)!r}), Told(Path({str(tmp_path)!r})))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    script = """
import sys
sys.modules["torch"] = None
from pathlib import Path
from genai_tui.errors import MissingPiece
from genai_tui.stages.finetune.training import train
try:
    train(Path("x"), [], [], None, None, None)
except MissingPiece as missing:
    print(missing.do)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout.strip() == "pip install torch==2.13.0 'genai-tui[train]'", ended.stderr[-2000:]
