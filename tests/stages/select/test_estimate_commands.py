"""`estimate`: its JSON as other programs rely on it, its text at 80 columns, and nonsense refused in sentences."""

import json
import os

import pytest

from genai_tui.answering.render import render
from genai_tui.inference.tokens import count_messages
from genai_tui.records.estimates import Measurement
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.sample import make_sample
from genai_tui.store.datasets import find_dataset, page_examples
from genai_tui.store.generations import save_generation
from genai_tui.store.measurements import TRAINING_MEMORY, TRAINING_TIME, save_measurement, this_place
from genai_tui.store.prompts import find_prompt
from tests.support.commands import genai

GROUP = ("memory", "training", "serving", "pretrain")
EIGHT = ("--model", "llama-3.1-8b", "--gpu", "h100")


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A folder without a project."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def sample(tmp_path):
    with make_sample(tmp_path / "support-triage", environ=os.environ) as project:
        yield project


def parts(document):
    return {part["name"]: part["value"] for part in document["parts"]}


@pytest.mark.parametrize("word", GROUP)
def test_every_estimate_has_parts_with_formula_and_source_and_says_whether_it_fits(word):
    more = ("--budget", "1000") if word == "pretrain" else ()
    document = genai("estimate", word, *EIGHT, *more, "--json").json
    key = {"memory": "total_bytes", "serving": "tokens_per_s"}.get(word, "gpu_hours")
    assert document["low"] < document[key] < document["high"]
    assert document["parts"]
    assert all(part["formula"] and part["source"] and part["unit"] for part in document["parts"])
    assert document["fits"] in (True, False)
    assert isinstance(document["assumptions"], list)


def test_memory_of_inference_is_weights_and_cache_and_what_fits():
    document = genai("estimate", "memory", *EIGHT, "--batch", "2", "--seq", "8192", "--json").json
    assert parts(document)["weights"] == 8030261248 * 2
    assert parts(document)["KV cache"] == 131072 * 8192 * 2
    assert document["total_bytes"] == pytest.approx(sum(parts(document).values()))
    assert document["fits"] is True
    assert document["largest_batch"] > 2
    fewer = genai("estimate", "memory", *EIGHT, "--seq", "8192", "--precision", "Q4_K_M", "--json").json
    assert fewer["total_bytes"] < document["total_bytes"]


def test_what_does_not_fit_says_on_how_many_it_would():
    document = genai("estimate", "memory", "--params", "70B", "--gpu", "h100", "--json").json
    assert document["fits"] is False
    assert document["fewest_gpus"] in (2, 4)
    shared = genai("estimate", "memory", "--params", "70B", "--gpu", "h100", "--gpus", "4", "--json").json
    assert shared["fits"] is True


def test_more_accelerators_than_a_model_can_be_split_over_hold_copies_of_it():
    document = genai("estimate", "memory", *EIGHT, "--gpus", "512", "--json").json
    assert document["fits"] is True
    assert "64 copies of the model" in document["assumptions"]


def test_memory_of_training_by_every_method_with_the_rule_of_thumb_beside_it():
    lora, full = (genai("estimate", "memory", *EIGHT, "--method", one, "--json").json for one in ("lora", "full"))
    assert lora["total_bytes"] < full["total_bytes"]
    assert full["rule_of_thumb_bytes"] == 24 * 8030261248
    less = genai("estimate", "memory", *EIGHT, "--method", "lora", "--checkpointing", "--json").json
    assert less["total_bytes"] < lora["total_bytes"]
    more = genai("estimate", "memory", *EIGHT, "--method", "lora", "--lora-rank", "64", "--json").json
    assert parts(more)["adapters"] == pytest.approx(4 * parts(lora)["adapters"])
    sharded = genai("estimate", "memory", *EIGHT, "--method", "full", "--shard", "zero3", "--gpus", "8", "--json").json
    assert sharded["total_bytes"] < full["total_bytes"]
    assert "24 bytes" not in genai("estimate", "memory", *EIGHT).out
    assert "Rule of thumb" in genai("estimate", "memory", *EIGHT, "--method", "full").out


def test_an_adapter_is_not_thought_to_see_what_a_model_is_made_of():
    whole, adapter = (
        genai("estimate", "training", *EIGHT, "--gpu", "h100", "--method", method, "--json").json
        for method in ("full", "lora")
    )
    assert (adapter["tokens"], whole["tokens"] > 1e11) == (10e6, True)
    assert any("--tokens sets them" in line for line in adapter["assumptions"])


def test_training_on_several_accelerators_is_sharded_unless_said_otherwise():
    words = ("estimate", "memory", *EIGHT, "--method", "full", "--gpus", "8", "--json")
    usual, fsdp, none = (
        genai(*words, *more).json["total_bytes"] for more in ((), ("--shard", "fsdp"), ("--shard", "none"))
    )
    assert usual == fsdp < none


def test_hours_follow_from_the_utilisation_that_is_given():
    words = ("estimate", "training", *EIGHT, "--tokens", "15T", "--gpus", "512")
    document = genai(*words, "--mfu", "0.4", "--json").json
    flops = (6 * 8030261248 + 12 * 32 * 4096 * 4096) * 15e12
    assert document["gpu_hours"] == pytest.approx(flops / (0.4 * 989e12) / 3600)
    assert document["tokens"] == 15e12
    assert document["memory"]["total_bytes"] > 0
    ranged = genai(*words, "--json").json
    assert ranged["low"] < ranged["gpu_hours"] < ranged["high"]


def test_serving_says_what_one_user_a_batch_and_the_latency_get():
    document = genai("estimate", "serving", *EIGHT, "--latency", "10", "--batch", "16", "--json").json
    assert document["users_within_latency"] > 10
    assert parts(document)["batch of 16"] > document["tokens_per_s"]
    assert document["saturated_tokens_per_s"] > parts(document)["batch of 16"]
    assert document["usd_per_million_output_tokens"] > 0
    slow = genai("estimate", "serving", *EIGHT, "--latency", "0.001", "--json").json
    assert slow["users_within_latency"] == 0
    small = genai("estimate", "serving", "--params", "70B", "--gpu", "4090", "--json").json
    assert small["fits"] is False


def test_the_verdict_on_pretraining_has_its_reasons():
    document = genai("estimate", "pretrain", "--params", "1B", "--gpu", "h100", "--budget", "5000", "--json").json
    assert document["verdict"] in ("from scratch", "continue pretraining", "fine-tune", "prompt")
    assert document["reasons"]
    assert document["tokens"] == pytest.approx(20e9, rel=0.1)
    without = genai("estimate", "pretrain", "--params", "1B", "--gpu", "h100", "--json").json
    assert (without["verdict"], without["fits"]) == (None, None)


def test_an_api_is_priced_without_a_project_or_a_key():
    words = ("--input-tokens", "1000", "--output-tokens", "100", "--requests", "1000")
    document = genai("estimate", "api", "--model", "openai/gpt-4o", *words, "--json").json
    assert document["year_usd"] == pytest.approx(12 * document["month_usd"])
    assert document["batch_month_usd"] < document["month_usd"]
    assert document["tokens"] == {"input": 1000, "output": 100, "cached": 0, "images": 0, "counted": "as given"}
    unknown = genai("estimate", "api", "--model", "openai/no-such-model", *words, "--json").json
    assert (unknown["request_usd"], unknown["month_usd"]) == (None, None)
    assert unknown["unknown"]


def test_own_accelerators_and_an_api_cross():
    words = ("estimate", "breakeven", *EIGHT, "--hour-price", "2", "--api-price", "0.5", "1.5")
    document = genai(*words, "--json").json
    request = (1000 * 0.5 + 250 * 1.5) / 1e6
    assert document["crossing_requests"] == pytest.approx(2 * 730 / request)
    assert len(document["points"]) > 20
    assert all(point.keys() == {"requests", "api_usd", "own_usd"} for point in document["points"])
    assert "own ones cost less" in genai(*words).out
    never = genai("estimate", "breakeven", *EIGHT, "--hour-price", "2", "--api-price", "0.001", "0.001", "--json").json
    assert never["crossing_requests"] is None


def test_text_stands_in_80_columns_and_sources_are_said_when_asked():
    for word in GROUP:
        plain = genai("estimate", word, *EIGHT).out
        assert max(map(len, plain.splitlines())) <= 80
        assert "≈" in plain
        sourced = genai("estimate", word, *EIGHT, "--sources").out
        assert "arXiv" not in plain.split("assumed")[0]
        assert "[" in sourced
        assert max(map(len, sourced.splitlines())) <= 80


def test_a_family_that_is_not_known_is_estimated_with_that_said(nowhere):
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    file = nowhere / "new.json"
    file.write_text(json.dumps({"model_type": "newcomer", "vocab_size": 1000, **sizes}))
    for command in ("memory", "training"):
        found = genai("estimate", command, "--config", file, "--json").json
        assert "newcomer is not known: counted as a decoder laid out like Llama." in found["assumptions"]


def test_a_config_a_name_with_a_publisher_and_a_size_all_name_a_model(nowhere):
    config = {
        "model_type": "llama", "hidden_size": 576, "num_hidden_layers": 30, "num_attention_heads": 9,
        "num_key_value_heads": 3, "intermediate_size": 1536, "vocab_size": 49152, "tie_word_embeddings": True,
    }  # fmt: skip
    file = nowhere / "config.json"
    file.write_text(json.dumps(config))
    of_file = genai("estimate", "memory", "--config", file, "--precision", "bf16", "--json").json
    of_name = genai(
        "estimate", "memory", "--model", "HuggingFaceTB/SmolLM2-135M-Instruct", "--precision", "bf16", "--json"
    )
    assert parts(of_file)["weights"] == parts(of_name.json)["weights"] == 134515008 * 2
    of_size = genai("estimate", "memory", "--params", "7_000_000_000", "--json").json
    assert parts(of_size)["weights"] == 14e9
    assert "nearest by size" in of_size["assumptions"][0]
    assert of_size["fits"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("memory",),
        ("memory", "--model", "llama-3.1-8b", "--params", "7B"),
        ("memory", "--model", "no-such-model-at-all"),
        ("memory", "--params", "nan"),
        ("memory", "--params", "-7B"),
        ("memory", "--params", "0"),
        ("memory", "--params", "1e30"),
        ("memory", *EIGHT, "--batch", "0"),
        ("memory", *EIGHT, "--seq", "-1"),
        ("memory", *EIGHT, "--precision", "int3"),
        ("memory", *EIGHT, "--kv-precision", "int3"),
        ("memory", *EIGHT, "--method", "wishing"),
        ("memory", *EIGHT, "--method", "lora", "--optimizer", "hope"),
        ("memory", *EIGHT, "--gpus", "0"),
        ("memory", *EIGHT, "--gpus", str(10**18)),
        ("memory", "--params", "7B", "--gpu", "abacus"),
        ("training", *EIGHT, "--tokens", "0"),
        ("training", *EIGHT, "--tokens", "many"),
        ("training", *EIGHT, "--mfu", "nan"),
        ("training", *EIGHT, "--mfu", "1.5"),
        ("training", *EIGHT, "--hour-price", "-1"),
        ("serving", *EIGHT, "--latency", "-1"),
        ("serving", *EIGHT, "--output-tokens", "-5"),
        ("serving", *EIGHT, "--batch", "0"),
        ("pretrain", *EIGHT, "--budget", "-1"),
        ("pretrain", "--params", "7B", "--gpu", "m1"),
        ("pretrain", *EIGHT, "--own-tokens", "nan"),
        ("pretrain", *EIGHT, "--examples", "-1"),
        ("pretrain", "--params", "1", "--gpu", "h100"),
        ("memory", "--params", "1e-9"),
        ("memory", *EIGHT, "--tensor", "3"),
        ("memory", *EIGHT, "--pipeline", "0"),
        ("breakeven", *EIGHT),
        ("breakeven", *EIGHT, "--api-price", "nan", "1"),
        ("breakeven", *EIGHT, "--api-price", "1", "1", "--load", "2"),
        ("api",),
        ("api", "--model", "openai/gpt-4o", "--cached", "2"),
        ("api", "--model", "openai/gpt-4o", "--requests", "nan"),
        ("check", "/no/such/file.json"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(words):
    ended = genai("estimate", *words, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error["what"]


def test_check_prints_the_tables(nowhere):
    row = {
        "id": "mine", "model": "Llama 3.1 8B", "params": 8030261248, "quant": "F16", "file_bytes": 16.06e9,
        "accelerator": "rtx4090", "decode_tok_s": 54.8, "mean_context": 256, "batch": 1,
    }  # fmt: skip
    file = nowhere / "speed.json"
    file.write_text(json.dumps([row, row | {"accelerator": "abacus"}]))
    [table] = genai("estimate", "check", file, "--json").json["tables"]
    assert table.keys() >= {"file", "kind", "n", "median_abs_error", "max_abs_error", "share_in_range", "rows"}
    assert (table["kind"], table["n"], table["max_abs_error"]) == ("decode_speed", 2, 1.0)
    good, bad = table["rows"]
    assert good.keys() >= {"name", "truth", "estimate", "low", "high", "error"}
    assert good["error"] == pytest.approx(good["estimate"] / 54.8 - 1)
    assert (bad["estimate"], bad["error"]) == (None, 1.0)
    assert "abacus" in bad["note"]
    text = genai("estimate", "check", file, "--rows").out
    assert "decode_speed" in text
    assert "mine" in text


def test_tokens_of_an_api_are_counted_over_the_projects_own_prompt_and_dataset(sample):
    words = ("estimate", "api", "--project", sample.folder, "--model", "openai/gpt-4o", "--prompt", "1", "--json")
    document = genai(*words, "--requests", "1000").json
    rows = [row for _, row in page_examples(sample.reader, find_dataset(sample.reader), "dev", 0, 200)]
    prompt = find_prompt(sample.reader, "1")
    counted = [count_messages(render(prompt, row.inputs), "gpt-4o").tokens for row in rows]
    assert document["tokens"]["input"] == round(sum(counted) / len(counted))
    assert 1 <= document["tokens"]["output"] < 10
    assert f"{len(rows):,} rows" in document["tokens"]["counted"]
    assert document["month_usd"] == pytest.approx(1000 * document["request_usd"])
    longer = genai(*words, "--input-tokens", "5000").json
    assert longer["tokens"]["input"] == 5000
    assert longer["requests_a_month"] > 0


def test_what_the_scope_says_is_taken_where_nothing_is_given(sample):
    scope = ("input_tokens=700", "output_tokens=20", "latency_p95_s=5", "budget_usd=300")
    assert genai("scope", "set", *scope, "--project", sample.folder).code == 0
    told = genai("estimate", "serving", *EIGHT, "--project", sample.folder, "--json").json
    assert told["assumptions"][0].startswith("700 tokens in, 20 out")
    assert told["users_within_latency"] > 0
    verdict = genai("estimate", "pretrain", *EIGHT, "--project", sample.folder, "--json").json
    assert verdict["budget_usd"] == 300


def test_what_this_machine_has_shown_stands_beside_the_estimate_and_corrects_it(sample):
    words = ("estimate", "serving", "--project", sample.folder, "--model", "embedded/smollm2-135m")
    before = genai(*words, "--json").json
    assert before["measured"] is None
    moments = Moments(0.0, 0.0, 0.5, 1.0, 3.0)
    for tokens in (41, 61, 51):
        usage = Usage(10, tokens)
        sample.writer.put_now(
            save_generation(
                Generation("try", "embedded", "smollm2-135m", "text", "stop", usage, 0.0, moments, streamed=True)
            )
        )
    after = genai(*words, "--json").json
    assert after["tokens_per_s"] == pytest.approx(25.0)
    assert after["measured"]["of"] == 3
    assert after["between_tokens_s"] == pytest.approx(1 / 25.0)
    assert any("corrected by" in said for said in after["assumptions"])
    assert "Measured on this machine" in genai(*words).out


def test_what_jobs_have_taken_corrects_memory_and_time_of_training(sample):
    words = ("--project", sample.folder, *EIGHT, "--method", "lora", "--json")
    memory, hours = (genai("estimate", word, *words).json for word in ("memory", "training"))
    for what, ratio in ((TRAINING_MEMORY, 1.1), (TRAINING_TIME, 2.0)):
        sample.writer.put_now(save_measurement(Measurement(what, this_place(), "lora", ratio, "ratio")))
        sample.writer.put_now(save_measurement(Measurement(what, "elsewhere", "lora", 9.0, "ratio")))
    corrected = genai("estimate", "memory", *words).json
    assert corrected["total_bytes"] == pytest.approx(1.1 * memory["total_bytes"])
    assert corrected["measured"]["ratio"] == pytest.approx(1.1)
    assert genai("estimate", "training", *words).json["gpu_hours"] == pytest.approx(2.0 * hours["gpu_hours"])


def test_the_model_in_use_is_meant_where_none_is_named(sample):
    assert genai("model", "use", "embedded/smollm2-135m", "--project", sample.folder).code == 0
    document = genai("estimate", "memory", "--project", sample.folder, "--json").json
    assert document["model"] == "HuggingFaceTB/SmolLM2-135M"
