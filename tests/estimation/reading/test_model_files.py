"""Cards from files of every kind, and files that are none, damaged, huge or made to hurt."""

import json
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from genai_tui.errors import FileFault, UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.gguf.sizes import gguf_file_bytes
from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.estimation.reading.files import card_of_file
from genai_tui.inference.embedded import pins
from genai_tui.inference.embedded.gguf_header import MOST_ENTRIES, read_header
from tests.support.weights import fetched_weights  # noqa: F401

CONFIG = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}
PARAMETERS = card_of_config(CONFIG, "small").parameters


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, data):
    return text(key) + struct.pack("<I", kind) + data


def gguf(values=b"", tensors=b"", counts=(0, 0), version=3):
    """The head of a GGUF file; `counts` are of tensors and of values."""
    return b"GGUF" + struct.pack("<IQQ", version, *counts) + values + tensors


def tensor(name, shape, kind=0, offset=0):
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def safetensors(header, length=None):
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(data) if length is None else length) + data


def weights(parameters=PARAMETERS, dtype="BF16"):
    header = safetensors({"w": {"dtype": dtype, "shape": [parameters], "data_offsets": [0, 2 * parameters]}})
    return header + bytes(2 * parameters)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "small-model"
    place.mkdir()
    (place / "config.json").write_text(json.dumps(CONFIG))
    return place


def written(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_config(folder):
    card = card_of_file(folder / "config.json")
    assert (card.name, card.parameters, card.context_tokens, card.precision) == ("small-model", PARAMETERS, 512, "bf16")
    assert card.file_bytes is None


def test_a_folder_with_its_weights_and_its_licence(folder):
    (folder / "model.safetensors").write_bytes(weights())
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# Model\nlicense: other\n")
    card = card_of_file(folder)
    assert card.licence == "apache-2.0"
    assert card.parameters == PARAMETERS
    assert card.file_bytes == (folder / "model.safetensors").stat().st_size
    assert card.notes == ()


def test_shards_are_added_up_and_missing_ones_said(folder):
    index = {"metadata": {}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    for shard, half in (("1.safetensors", PARAMETERS // 2), ("2.safetensors", PARAMETERS - PARAMETERS // 2)):
        header = {shard: {"dtype": "BF16", "shape": [half], "data_offsets": [0, 0]}}
        (folder / shard).write_bytes(safetensors(header))
    whole = card_of_file(folder)
    assert whole.notes == ()
    assert whole.file_bytes == sum((folder / f"{n}.safetensors").stat().st_size for n in (1, 2))
    (folder / "2.safetensors").unlink()
    part = card_of_file(folder)
    assert part.notes == ("1 files of its weights are not there.",)
    assert (part.parameters, part.file_bytes) == (PARAMETERS, None)


def test_weights_without_a_config_are_only_counted(tmp_path):
    card = card_of_file(written(tmp_path, "m.safetensors", weights(1000, "F16")))
    assert (card.parameters, card.precision, card.architecture) == (1000, "fp16", None)
    assert "architecture is not known" in card.notes[0]


def test_more_numbers_than_the_config_describes_are_said(folder):
    (folder / "model.safetensors").write_bytes(weights(PARAMETERS + 7))
    assert f"hold {PARAMETERS + 7:,} numbers" in card_of_file(folder).notes[0]


def test_a_gguf_file(weights_file):
    card = card_of_file(weights_file)
    published = find_card("SmolLM2-135M")
    assert card.parameters == published.parameters
    assert card.architecture.cached == published.architecture.cached
    assert (card.architecture.tied, card.precision, card.licence) == (True, "Q4_1", "apache-2.0")
    assert gguf_file_bytes(card.architecture, "Q4_1") == pytest.approx(card.file_bytes, rel=0.02)


@pytest.fixture
def weights_file(fetched_weights):  # noqa: F811
    return fetched_weights / pins.SOURCE_FILE


def test_a_gguf_file_of_experts(tmp_path):
    values = entry("general.architecture", 8, text("mine"))
    numbers = {"block_count": 1, "embedding_length": 8, "expert_count": 4, "expert_used_count": 2}
    numbers |= {"attention.head_count": 2, "context_length": 64, "feed_forward_length": 16}
    for key, number in numbers.items():
        values += entry(f"mine.{key}", 4, struct.pack("<I", number))
    shapes = {"token_embd.weight": (8, 10), "blk.0.ffn_up_exps.weight": (8, 16, 4), "blk.0.attn_k.weight": (8, 4)}
    shapes |= {"blk.0.attn_v.weight": (8, 4), "blk.0.attn_norm.weight": (8,)}
    tensors = b"".join(tensor(name, shape) for name, shape in shapes.items())
    head = gguf(values, tensors, (len(shapes), 1 + len(numbers)))
    card = card_of_file(written(tmp_path, "m.gguf", head + bytes(4096)))
    assert card.parameters == 80 + 512 + 32 + 32 + 8
    assert card.active == card.parameters - 256
    assert [(cached.layers, cached.numbers) for cached in card.architecture.cached] == [(1, 8)]


@pytest.mark.parametrize("key", ["attention.key_length", "feed_forward_length", "expert_count", "expert_used_count"])
def test_of_a_gguf_file_that_promises_absurd_widths_only_the_weights_are_believed(tmp_path, key):
    numbers = {"block_count": 2, "embedding_length": 4, key: 2**32 - 1}
    values = entry("general.architecture", 8, text("llama")) + b"".join(
        entry(f"llama.{name}", 4, struct.pack("<I", number)) for name, number in numbers.items()
    )
    data = gguf(values, tensor("token_embd.weight", (4, 4)), (1, 4)) + bytes(200)
    card = card_of_file(written(tmp_path, "m.gguf", data))
    assert (card.architecture, card.parameters) == (None, 16)
    assert "does not describe" in card.notes[0]


@pytest.mark.parametrize("shape", [(4, 4, 0), (0, 4), (0,)], ids=str)
def test_a_gguf_file_with_a_tensor_of_nothing_is_damaged(tmp_path, shape):
    data = gguf(tensors=tensor("blk.0.ffn_up_exps.weight", shape), counts=(1, 0)) + bytes(100)
    with pytest.raises(FileFault, match="side of 0"):
        card_of_file(written(tmp_path, "m.gguf", data))


def test_a_gguf_file_that_was_cut_off(tmp_path, weights_file):
    with weights_file.open("rb") as file:
        cut = written(tmp_path, "cut.gguf", file.read(6_000_000))
    with pytest.raises(FileFault, match="damaged or unfinished"):
        card_of_file(cut)
    with pytest.raises(FileFault, match="damaged or unfinished"):
        card_of_file(written(tmp_path, "head.gguf", gguf(counts=(1, 1))))


def sparse(path, start, size):
    """A file of `size` bytes that takes no room on the disk."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)
    return path


HUGE = 2 * 10**9
ARRAYS = entry("a", 9, struct.pack("<IQ", 8, MOST_ENTRIES + 1))
HURTING = {
    "absurd-counts.gguf": gguf(counts=(2**62, 2**62)),
    "many-values.gguf": gguf(counts=(0, HUGE // 16)),
    "many-tensors.gguf": gguf(counts=(HUGE // 16, 0)),
    "many-strings.gguf": gguf(ARRAYS, counts=(0, 1)),
    "nested-arrays.gguf": gguf(entry("a", 9, struct.pack("<IQ", 9, HUGE // 32)), counts=(0, 1)),
    "long-key.gguf": gguf(struct.pack("<Q", HUGE - 100), counts=(0, 1)),
    "long-array.gguf": gguf(entry("a", 9, struct.pack("<IQ", 0, 2**63)), counts=(0, 1)),
    "many-dimensions.gguf": gguf(b"", text("t") + struct.pack("<I", 2**31), (1, 0)),
    "absurd-shape.gguf": gguf(b"", tensor("t", (2**63, 2**63)), (1, 0)),
    "old.gguf": gguf(version=1),
    "long-header.safetensors": struct.pack("<Q", HUGE - 8),
    "absurd-header.safetensors": struct.pack("<Q", 2**64 - 1),
    "config.json": b"{",
    "model.safetensors.index.json": b"{",
}


@pytest.mark.parametrize("name", HURTING)
def test_files_made_to_hurt_are_refused_in_bounded_time_and_memory(tmp_path, name):
    path = sparse(tmp_path / name, HURTING[name], HUGE)
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(FileFault) as told:
            card_of_file(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert name in str(told.value)
    assert time.process_time() - began < 10
    assert most < 80 * 2**20


def test_the_longest_vocabulary_is_still_read(tmp_path):
    head = gguf(entry("a", 9, struct.pack("<IQ", 8, 600_000)) + bytes(8 * 600_000), counts=(0, 1))
    assert read_header(written(tmp_path, "m.gguf", head + bytes(64))).values["a"] == 600_000


BAD_JSON = {
    "deep": b'{"a":' * 200_000,
    "deep list": b"[" * 200_000,
    "list": b"[]",
    "text": b"hello",
    "not utf-8": b'{"a": "\xff\xfe"}',
    "empty": b"",
    "digits": b'{"hidden_size": ' + b"9" * 100_000 + b"}",
}


@pytest.mark.parametrize("data", BAD_JSON.values(), ids=BAD_JSON)
def test_configs_that_are_none(tmp_path, data):
    with pytest.raises(FileFault, match=r"config\.json"):
        card_of_file(written(tmp_path, "config.json", data))


def test_numbers_that_are_none(tmp_path):
    for number in ("NaN", "1e999", "-Infinity", "1e30", "-4"):
        data = json.dumps(CONFIG).replace('"hidden_size": 64', f'"hidden_size": {number}').encode()
        with pytest.raises(UsageFault, match="hidden_size"):
            card_of_file(written(tmp_path, "config.json", data))


BAD_HEADERS = {
    "no shape": {"w": {"dtype": "F32"}},
    "negative": {"w": {"dtype": "F32", "shape": [-1]}},
    "absurd": {"w": {"dtype": "F32", "shape": [2**40, 2**40]}},
    "no object": {"w": 3},
    "deep": b'{"a":' * 200_000,
    "cut off": {"w": {"dtype": "F32", "shape": [100], "data_offsets": [0, 400]}},
    "many sides": {"w": {"dtype": "F32", "shape": [2**47] * 100_000}},
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_headers_of_safetensors_that_are_damaged(tmp_path, header):
    with pytest.raises(FileFault):
        card_of_file(written(tmp_path, "m.safetensors", safetensors(header)))


@pytest.mark.parametrize("file", ["../secret.safetensors", "/etc/passwd", "a/b.safetensors"])
def test_an_index_that_names_files_elsewhere_is_refused(folder, file):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": file}}))
    with pytest.raises(FileFault, match="files elsewhere"):
        card_of_file(folder)


@pytest.mark.parametrize("name", ["config.json", "m.gguf", "m.safetensors", "model.safetensors.index.json", "m"])
def test_pipes_and_devices_are_never_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(FileFault, match="is no file"):
        card_of_file(tmp_path / name)
    with pytest.raises(FileFault, match="is no file"):
        read_header(tmp_path / name)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / name).symlink_to("/dev/zero")
    with pytest.raises(FileFault, match="is no file"):
        card_of_file(tmp_path / "linked" / name)


def test_links_are_followed_as_the_hub_s_cache_has_them(tmp_path, folder):
    (tmp_path / "linked").symlink_to(folder)
    assert card_of_file(tmp_path / "linked").parameters == PARAMETERS
    (tmp_path / "config.json").symlink_to(tmp_path / "config.json")
    with pytest.raises(FileFault, match="cannot be read"):
        card_of_file(tmp_path / "config.json")


def test_what_holds_no_model_is_told_from_what_is_not_there(tmp_path):
    with pytest.raises(FileFault, match="holds no model"):
        card_of_file(tmp_path)
    with pytest.raises(FileFault, match="cannot be read"):
        card_of_file(tmp_path / "nowhere.json")
    with pytest.raises(FileFault, match="no model that can be read"):
        card_of_file(written(tmp_path, "notes.txt", b"hello"))


def test_pickled_code_is_never_loaded(tmp_path):
    with pytest.raises(FileFault, match="pickled Python code"):
        card_of_file(written(tmp_path, "pytorch_model.bin", b"\x80\x04"))
    with pytest.raises(FileFault, match="pickled Python code are never loaded"):
        card_of_file(tmp_path)


def test_of_several_gguf_files_one_must_be_named(tmp_path):
    for name in ("a.gguf", "b.gguf"):
        written(tmp_path, name, b"GGUF")
    with pytest.raises(FileFault, match="2 GGUF files"):
        card_of_file(tmp_path)


def test_a_safetensors_file_without_tensors_is_no_model(tmp_path):
    with pytest.raises(FileFault, match="holds no tensors"):
        card_of_file(written(tmp_path, "empty.safetensors", (2).to_bytes(8, "little") + b"{}"))


def test_a_configuration_under_a_name_of_its_own_has_that_name(tmp_path):
    text = b'{"model_type": "llama", "hidden_size": 64}'
    assert card_of_file(written(tmp_path, "tiny-7.json", text)).name == "tiny-7"
    assert card_of_file(written(tmp_path, "config.json", text)).name == tmp_path.name


def test_an_unknown_architecture_in_a_folder_is_a_sentence(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "newcomer"}')
    with pytest.raises(UsageFault, match="its model_type is newcomer"):
        card_of_file(tmp_path)


def test_a_path_with_control_characters_is_told_and_not_opened():
    with pytest.raises(FileFault):
        card_of_file(Path("a\0b.json"))
