"""What ends a training from outside it: the libraries' own words for a disk or memory that is full, and ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.stages.finetune.ending import said_plainly
from tests.support.training import needs_training

LIMITED = """
import resource, sys
from pathlib import Path
from genai_tui.errors import StorageFault
from genai_tui.stages.finetune.ending import said_plainly
import torch, tokenizers, safetensors.torch
folder = Path(sys.argv[1])
most = 50_000
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
def of_torch(): torch.save(torch.zeros(most), folder / "optimizer.pt")
def of_safetensors(): safetensors.torch.save_file({"a": torch.zeros(most)}, folder / "model.safetensors")
def of_tokenizers():
    words = {f"word{n}": n for n in range(10_000)}
    tokenizers.Tokenizer(tokenizers.models.WordLevel(words, "word0")).save(str(folder / "tokenizer.json"))
def of_python(): (folder / "list").write_bytes(b"1" * most * 2)
for way in (of_torch, of_safetensors, of_tokenizers, of_python):
    half = folder / "checkpoints" / "checkpoint-5"
    half.mkdir(parents=True)
    try:
        with said_plainly(folder):
            way()
    except StorageFault as fault:
        print(way.__name__, fault.what, not half.exists())
"""


@needs_training
def test_each_of_the_libraries_is_understood(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", LIMITED, tmp_path], capture_output=True, text=True, check=False)
    said = "A checkpoint could not be written. A file may grow no more. True"
    names = ("of_torch", "of_safetensors", "of_tokenizers", "of_python")
    assert ended.stdout.splitlines() == [f"{name} {said}" for name in names], ended.stderr[-2000:]


@needs_training
def test_an_allocator_that_is_refused_memory(tmp_path: Path) -> None:
    import torch

    with pytest.raises(GenaiError) as caught, said_plainly(tmp_path):
        torch.empty(1 << 60, dtype=torch.uint8)
    assert caught.value.what == "Memory ran out in training."
    assert caught.value.do


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(28, "No space left on device"), "A checkpoint could not be written. The disk is full."),
        (OSError(122, "Disk quota exceeded"), "A checkpoint could not be written. The quota of the disk is used up."),
        (Exception("No space left on device (os error 28)"), "A checkpoint could not be written. The disk is full."),
        (MemoryError(), "Memory ran out in training."),
        (OSError(12, "Cannot allocate memory"), "Memory ran out in training."),
    ],
)
def test_every_other_form_of_it(tmp_path: Path, error: Exception, what: str) -> None:
    with pytest.raises(GenaiError) as caught, said_plainly(tmp_path):
        raise error
    assert caught.value.what == what
    assert isinstance(caught.value, StorageFault) == ("written" in what)


def test_what_is_neither_is_as_it_was(tmp_path: Path) -> None:
    ours = GenaiError("It is ours.")
    for error in (ours, ValueError("a defect"), FileNotFoundError(2, "No such file")):
        with pytest.raises(type(error)) as caught, said_plainly(tmp_path):
            raise error
        assert caught.value is error
