"""Cards by every name a model goes by, several side by side, and why one was chosen."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from genai_tui.project import Project
from genai_tui.stages.select.card_text import short_count
from genai_tui.store.selections import latest_selection
from tests.support.commands import genai

LLAMA_1B = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 2048, "intermediate_size": 8192,
    "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
    "vocab_size": 128256, "tie_word_embeddings": True, "max_position_embeddings": 131072,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as models are published in, without weights."""
    made = tmp_path / "tiny-llama"
    made.mkdir()
    (made / "config.json").write_text(json.dumps(LLAMA_1B))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project."""
    assert genai("init", tmp_path / "p").code == 0
    return tmp_path / "p"


def test_a_shipped_card_is_shown_by_its_name_and_says_what_is_unknown() -> None:
    card = genai("model", "show", "llama-3.1-8b", "--json").json
    assert (card["parameters"], card["vocabulary"], card["kv_bytes_a_token"]) == (8_030_261_248, 128_256, 131_072)
    assert card["size_bytes"]["bf16"] == 2 * 8_030_261_248
    assert card["licence"] == "Llama 3.1 Community License"
    assert "15T tokens" in card["trained_on"]
    assert card["purpose"].startswith("base; English")
    assert "meta-llama/llama-models models/llama3_1/MODEL_CARD.md @1b28708" in card["sources"]
    assert "trained on      unknown" in genai("model", "show", "mixtral-8x7b-v0.1").out


def test_of_another_model_of_a_shape_only_what_is_known_of_it_is_said() -> None:
    chats = genai("model", "show", "llama-3.1-8b-instruct-awq", "--json").json
    assert chats["purpose"].startswith("chat; English")
    assert chats["trained_on"].endswith("then SFT and RLHF")
    other = genai("model", "show", "qwen2.5-coder-7b-instruct", "--json").json
    assert (other["licence"], other["trained_on"], other["purpose"]) == (None, None, None)
    assert other["parameters"] == genai("model", "show", "qwen2.5-coder-7b", "--json").json["parameters"]
    assert not any("2409.12186" in source for source in other["sources"])
    own = genai("model", "show", "embedded/smollm2-135m", "--json").json
    assert (own["licence"], own["purpose"]) == ("Apache-2.0", "chat; English")


def test_a_mixture_tells_what_is_active() -> None:
    card = genai("model", "show", "mixtral-8x7b-v0.1", "--json").json
    assert card["active_parameters"] < card["parameters"]


def test_a_folder_is_a_card_before_and_after_it_is_added(folder: Path, project: Path) -> None:
    seen = genai("model", "show", folder, "--json").json
    assert seen["parameters"] == 1_235_814_400
    assert genai("model", "show", "mine", cwd=project).code == 2
    added = genai("model", "add", folder, "--name", "mine", "--json", cwd=project).json
    assert added["card"] == "mine"
    kept = genai("model", "show", "mine", "--json", cwd=project).json
    assert kept["parameters"] == seen["parameters"]


def test_what_is_no_model_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{ no json")
    for wrong in (tmp_path / "config.json", tmp_path / "gone.json"):
        assert genai("model", "add", wrong, cwd=project).code == 2
    ended = genai("model", "show", "lama-3.1-8b")
    assert ended.code == 2
    assert "lama-3.1-8" in ended.err.lower()


def test_models_are_compared_by_what_the_scope_asks(project: Path) -> None:
    words = ("requests_a_month=1000", "input_tokens=100", "output_tokens=10", "data_rules=local")
    assert genai("scope", "set", *words, cwd=project).code == 0
    found = genai("model", "compare", "embedded/smollm2-135m", "llama-3.1-405b", "--json", cwd=project).json["models"]
    own, large = found
    assert (own["month_usd"], own["fits"], own["refused"], own["score"]) == (0.0, True, None, None)
    assert (large["month_usd"], large["fits"]) == (None, False)
    assert large["memory_bytes"] > 8e11
    assert genai("model", "compare", *[f"llama-{n}" for n in "abcde"], cwd=project).code == 2


@pytest.mark.parametrize("more", [(), ("qwen2.5-7b",), ("qwen2.5-7b", "DeepSeek-R1-Distill-Llama-70B", "型号")])
def test_compared_models_stand_side_by_side_in_80_columns(project: Path, more: tuple[str, ...]) -> None:
    shape = json.dumps({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4})
    (project / "型号").mkdir()
    (project / "型号" / "config.json").write_text(shape)
    lines = genai("model", "compare", "embedded/smollm2-135m", *more, cwd=project).out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    rule = next(line for line in lines if line.startswith("─"))
    starts = [place for place, sign in enumerate(rule) if sign == "─" and rule[place - 1 : place] != "─"]
    assert len(starts) == 2 + len(more)
    [context] = [line for line in lines if line.startswith("context")]
    assert [context[start:].split("  ")[0] for start in starts][:2] == ["context", "2,048 tokens"]
    column = "".join(line[starts[-1] :].strip() for line in lines[: lines.index(rule)])
    assert column == (more or ("embedded/smollm2-135m",))[-1]


def test_why_a_model_was_chosen_is_kept_and_shown(project: Path) -> None:
    words = ("--why", "it is small", "--over", "openai/other", "--json")
    used = genai("model", "use", "embedded/smollm2-135m", *words, cwd=project).json
    assert used == {"model": "embedded/smollm2-135m", "why": "it is small", "over": ["openai/other"]}
    shown = genai("model", "show", "embedded/smollm2-135m", cwd=project).out
    assert "chosen over openai/other: it is small" in " ".join(shown.split())
    with Project.open(project) as opened:
        kept = latest_selection(opened.reader, "embedded/smollm2-135m")
        assert kept is not None
        assert (kept.rivals, kept.why) == (("openai/other",), "it is small")
        assert latest_selection(opened.reader, "openai/other") is None


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (None, "unknown"),
        (999, "999"),
        (134_515_008, "135M"),
        (999_885_952, "1B"),
        (999_400_000, "999M"),
        (8.03e9, "8.03B"),
    ],
)
def test_parameters_in_few_signs(count: int | None, said: str) -> None:
    assert short_count(count) == said
