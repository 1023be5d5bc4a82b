"""GGUF files of the user's own: taken whole, by name, or refused in a sentence."""

import struct
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.errors import FileFault, MissingPiece, StorageFault, UsageFault
from genai_tui.inference.embedded import pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.gguf_header import read_header
from genai_tui.inference.embedded.lease import lease
from genai_tui.inference.embedded.weights import add_model, present, ready_file, served_model, served_models


def gguf(path: Path, *, kind: str = "model", architecture: str = "llama", seed: int = 0, **values: object) -> Path:
    """A small file in the form of a model, written by the reference writer."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, architecture)
    writer.add_type(kind)
    writer.add_file_type(0)
    writer.add_uint32(f"{architecture}.context_length", 512)
    writer.add_string("tokenizer.ggml.model", "gpt2")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    for key, value in values.items():
        writer.add_uint16(key.replace("__", "."), value)
    writer.add_tensor("token_embd.weight", numpy.full((4, 32), seed, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_is_registered_where_it_lies_by_its_own_name(tmp_path):
    path = gguf(tmp_path / "My Model (v2).F32.gguf")
    seen: list[tuple[int, int]] = []
    model = add_model(path, progress=lambda *figures: seen.append(figures))
    assert (model.name, model.weights) == ("my-model-v2-.f32", str(path))
    assert (model.context, model.slots, model.kv_type) == (512, 4, "f32")
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert served_models() == ["smollm2-135m", "my-model-v2-.f32"]
    assert served_model("my-model-v2-.f32") == model
    assert present("my-model-v2-.f32")
    assert not present("nobody")
    assert list(tmp_path.glob("*.json")) == [], "nothing of ours is written beside it"


def test_names_that_are_taken_or_unfit_and_a_file_that_is_there_are_refused(tmp_path):
    first, second = gguf(tmp_path / "a.gguf"), gguf(tmp_path / "b.gguf", seed=1)
    add_model(first, "one")
    with pytest.raises(UsageFault, match=r"there already, as embedded/one"):
        add_model(first, "two")
    for name in ("one", "smollm2-135m"):
        with pytest.raises(UsageFault, match=f"{name} is taken"):
            add_model(second, name)
    for name in ("", "a/b", "-x", "a b", "x" * 65, "ü"):
        with pytest.raises(UsageFault, match="cannot be a model's name"):
            add_model(second, name)
    assert served_models() == ["smollm2-135m", "one"]
    first.rename(tmp_path / "moved.gguf")
    with pytest.raises(UsageFault):
        served_model("two")
    assert add_model(tmp_path / "moved.gguf", "one").weights.endswith("moved.gguf"), "its old place is empty"


async def test_a_file_that_was_changed_or_went_away_is_not_served(tmp_path):
    path = gguf(tmp_path / "a.gguf")
    model = add_model(path)
    assert await ready_file(model) == path
    gguf(path, seed=1)
    with pytest.raises(MissingPiece, match="not what was added"):
        await ready_file(model)
    path.unlink()
    with pytest.raises(MissingPiece, match="cannot be read"):
        await ready_file(model)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.write_bytes(b"PK\x03\x04rest"), "pickled"),
        (lambda p: p.write_bytes(b"\x80\x04pickle"), "pickled"),
        (lambda p: p.write_bytes(b"FUGGrest"), "big-endian"),
        (lambda p: p.write_bytes(b'{"a": 1}'), "safetensors"),
        (lambda p: p.write_bytes(b""), "first four bytes"),
        (lambda p: p.write_bytes(b"GGUF"), "damaged or unfinished"),
        (lambda p: p.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60)), "damaged or unfinished"),
        (lambda p: p.write_bytes(gguf(p).read_bytes()[:200]), "damaged or unfinished"),
        (lambda p: p.write_bytes(gguf(p).read_bytes()[:-100]), "100 bytes of its weights are missing"),
        (lambda p: gguf(p, kind="adapter"), "an adapter"),
        (lambda p: gguf(p, architecture="clip"), "no language model"),
        (lambda p: gguf(p, split__count=3), "one of 3 parts"),
    ],
)
def test_what_is_no_whole_model_is_refused(make, says, tmp_path):
    path = tmp_path / "x.gguf"
    make(path)
    with pytest.raises(FileFault) as fault:
        add_model(path)
    assert says in str(fault.value)
    assert str(path) in fault.value.what
    assert served_models() == ["smollm2-135m"]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(FileFault, match="cannot be read"):
        add_model(tmp_path / "none.gguf")


def test_a_damaged_register_is_a_sentence():
    weights_folder().mkdir(parents=True)
    (weights_folder() / "models.json").write_text('{"a": 1}')
    with pytest.raises(StorageFault, match="damaged"):
        served_models()


@given(st.binary(max_size=400))
def test_no_bytes_at_all_bring_the_reader_down(data):
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(b"GGUF" + struct.pack("<I", 3) + data)
        file.flush()
        try:
            size = read_header(Path(file.name)).size
        except FileFault:
            size = len(data) + 8
        assert size == len(data) + 8


async def test_an_added_model_answers_the_same_each_time(weights, ask):
    model = add_model(weights / pins.SOURCE_FILE, "small")
    assert (model.slots, model.kv_type) == (1, "f16"), "8-bit activations: one at a time"
    async with lease(model) as claim:
        reach = await claim.access()
        first = await ask(reach, max_tokens=6, logprobs=True)
        again = await ask(reach, max_tokens=6, logprobs=True)
        assert first["model"] == "small"
        assert first["choices"][0]["logprobs"] == again["choices"][0]["logprobs"]
        assert again["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
