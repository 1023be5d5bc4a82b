"""Parameters counted from configs, against classes that were built and against published counts."""

import json
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.architectures.families import FAMILIES, architecture_of
from genai_tui.estimation.kv_cache import kv_bytes
from tests.conftest import outside

COUNTED = json.loads(Path(__file__).with_name("counted.json").read_text("utf-8"))["rows"]
LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
}
SCOUT = {"model_type": "llama4_text", "num_hidden_layers": 8, "vocab_size": 1000, "tie_word_embeddings": False}


def test_families_are_counted_as_their_classes_build_them():
    wrong = [
        (row["class"], row["config"], row["parameters"], counted)
        for row in COUNTED
        if (counted := architecture_of(row["config"], row["class"])[0].parameters) != row["parameters"]
    ]
    assert wrong == []
    assert len({row["config"]["model_type"] for row in COUNTED}) > 90


def test_a_config_that_leaves_its_sizes_to_its_family_says_so():
    _, notes = architecture_of({"model_type": "llama", "num_hidden_layers": 2}, "few")
    assert notes == ("Its configuration does not say hidden_size: counted with the defaults of llama.",)
    assert architecture_of(LLAMA, "all")[1] == ()


def test_published_models_are_counted_exactly():
    rows = json.loads((outside("GENAI_TUI_FACTS") / "params.json").read_text("utf-8"))
    for row in rows:
        counted, _ = architecture_of(row["config"], row["model"])
        assert counted.parameters == row["total_params"], row["model"]
        assert counted.active == (row["active_params"] or row["total_params"]), row["model"]


def test_llama_3_8b():
    counted, notes = architecture_of(LLAMA, "Llama-3-8B")
    assert (counted.parameters, counted.active, counted.head_dim) == (8_030_261_248, 8_030_261_248, 128)
    assert (counted.embedding, counted.tied, counted.gated, counted.experts) == (128256 * 4096, False, True, 0)
    assert notes == ()


def test_of_a_mixture_a_token_visits_some_experts():
    config = {"model_type": "mixtral", "num_hidden_layers": 2, "vocab_size": 100}
    counted, _ = architecture_of(config, "m")
    expert = 3 * 4096 * 14336
    assert counted.parameters - counted.active == 2 * (8 - 2) * expert
    assert counted.feed_forward == 2 * 14336


def test_missing_fields_have_the_defaults_of_their_family():
    assert architecture_of({"model_type": "gpt2"}, "gpt2")[0].parameters == 124_439_808
    assert architecture_of({"model_type": "phi"}, "phi")[0].parameters == 1_418_270_720


def test_null_is_not_the_default():
    windowed, _ = architecture_of({"model_type": "mistral"}, "m")
    whole, _ = architecture_of({"model_type": "mistral", "sliding_window": None}, "m")
    assert {cached.window for cached in windowed.cached} == {4096}
    assert {cached.window for cached in whole.cached} == {None}


def test_llama_4_sees_everything_in_every_fourth_layer_and_chunks_in_the_others():
    counted, _ = architecture_of(SCOUT, "scout")
    assert sorted((cached.layers, cached.window or 0) for cached in counted.cached) == [(2, 0), (6, 8192)]


def test_a_pattern_of_letters_says_which_layers_see_everything():
    config = {"model_type": "exaone4", "num_hidden_layers": 8, "sliding_window": 100, "sliding_window_pattern": "LLLG"}
    counted, _ = architecture_of(config, "e")
    assert sorted((cached.layers, cached.window or 0) for cached in counted.cached) == [(2, 0), (6, 100)]


def test_the_text_model_of_a_multimodal_config():
    config = {
        "model_type": "gemma3",
        "vision_config": {"hidden_size": 1152},
        "text_config": {"hidden_size": 2560, "num_hidden_layers": 34, "intermediate_size": 10240},
    }
    counted, notes = architecture_of(config, "gemma-3-4b-it")
    assert counted.parameters == 3_880_263_168
    assert "text model only" in notes[0]


def test_latent_attention_caches_its_short_vector():
    config = {"model_type": "deepseek_v3"}
    assert kv_bytes(architecture_of(config, "v3")[0], 1) == 61 * (512 + 64) * 2


def test_an_unknown_family_laid_out_like_llama_is_assumed_to_be_and_said():
    counted, notes = architecture_of({**LLAMA, "model_type": "newcomer"}, "n")
    assert counted.parameters == 8_030_261_248
    assert "newcomer is not known" in notes[0]


def test_an_unknown_family_of_another_layout_is_refused():
    with pytest.raises(UsageFault, match="its model_type is newcomer"):
        architecture_of({"model_type": "newcomer", "dim": 3}, "n")


@pytest.mark.parametrize("key", ["num_local_experts", "n_routed_experts", "kv_lora_rank", "mamba_d_state"])
def test_an_unknown_family_is_not_counted_as_a_llama_where_it_says_otherwise(key):
    with pytest.raises(UsageFault, match=key):
        architecture_of({**LLAMA, "model_type": "newcomer", key: 8}, "n")
    assert architecture_of({**LLAMA, "model_type": "newcomer", key: None}, "n")[0].parameters == 8_030_261_248


def test_bloom_s_older_name_of_its_width():
    older = {"model_type": "bloom", "n_embed": 2048, "n_layer": 24, "num_attention_heads": 16, "vocab_size": 250880}
    assert architecture_of(older, "bloom-1b7")[0].parameters == 1_722_408_960


@pytest.mark.parametrize(
    "value",
    [-1, 0, float("nan"), 1e30, 2**70, "many", True, [], 3.5],
    ids=str,
)
@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "vocab_size", "num_attention_heads"])
def test_nonsense_in_a_config_is_a_sentence(key, value):
    with pytest.raises(UsageFault, match=key):
        architecture_of({**LLAMA, key: value}, "n")


def test_as_many_layers_as_no_model_has_are_refused_at_once():
    with pytest.raises(UsageFault, match="num_hidden_layers"):
        architecture_of({**LLAMA, "num_hidden_layers": 10**9}, "n")


def test_every_family_can_be_counted_with_the_least_that_a_config_says():
    said = {**LLAMA, "num_hidden_layers": 2, "vocab_size": 64, "num_experts_per_tok": 2, "ffn_hidden_size": 64}
    for kind in FAMILIES:
        rest = {"model_type": kind, "n_routed_experts": 4, "moe_intermediate_size": 64, "seq_length": 64}
        rest |= {"q_lora_rank": 8, "kv_lora_rank": 8, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8}
        counted, _ = architecture_of({**said, **rest}, kind)
        assert 0 < counted.active <= counted.parameters, kind
