"""Bytes of cache."""

import json

from genai_tui.estimation.cards import find_card
from genai_tui.estimation.kv_cache import kv_bytes, kv_formula
from tests.conftest import outside


def shape(name):
    return find_card(name).architecture


def test_published_bytes_are_met_exactly():
    for row in json.loads((outside("GENAI_TUI_FACTS") / "kv_cache.json").read_text("utf-8")):
        architecture = shape(row["model"])
        assert kv_bytes(architecture, 1) == row["bytes_per_token"], row["model"]
        for tokens, truth in row["bytes_at"].items():
            assert kv_bytes(architecture, int(tokens)) == truth, (row["model"], tokens)


def test_a_window_bounds_what_its_layers_keep():
    gemma = shape("gemma-2-9b")
    assert kv_bytes(gemma, 8192) - kv_bytes(gemma, 8191) == 172_032  # 21 of 42 layers
    assert kv_bytes(gemma, 4096) - kv_bytes(gemma, 4095) == 344_064


def test_batch_and_precision_scale_it():
    llama = shape("Llama-3.1-8B")
    assert kv_bytes(llama, 1000, batch=7) == 7 * 131_072_000
    assert kv_bytes(llama, 1000, bytes_per_number=1) == 65_536_000
    assert kv_bytes(llama, 1000, bytes_per_number=34 / 32) == 69_632_000


def test_what_only_reads_caches_nothing():
    assert kv_bytes(shape("bert-large-uncased"), 512) == 0


def test_the_formula_has_the_numbers_in_it():
    assert kv_formula(shape("gemma-3-1b-it"), 4096, 2, 2.0) == (
        "(22 layers x 512 numbers x min(4096, 512) + 4 layers x 512 numbers x 4096) tokens x 2 x 2 bytes"
    )
