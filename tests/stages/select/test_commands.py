"""Models by command: listing live, what is known, the one in use, files that are added."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """A fake endpoint that serves in a thread, as `openai`."""
    with serve_in_thread() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


def test_models_are_listed_live_with_context_and_price(fake: FakeEndpoint) -> None:
    assert genai("endpoint", "add", "dead", "--url", "http://127.0.0.1:9/v1").code == 0
    ended = genai("model", "list", "--json")
    assert ended.code == 0
    assert ended.json["models"] == [
        {
            "model": "embedded/smollm2-135m",
            "context_tokens": 2048,
            "input_usd_per_million": 0.0,
            "output_usd_per_million": 0.0,
        },
        {
            "model": "openai/echo",
            "context_tokens": 8192,
            "input_usd_per_million": None,
            "output_usd_per_million": None,
        },
        {
            "model": "openai/example-org/large:free",
            "context_tokens": 131072,
            "input_usd_per_million": 1.0,
            "output_usd_per_million": 2.0,
        },
    ]
    [failed] = ended.json["failed"]
    assert failed["endpoint"] == "dead"
    assert set(failed) == {"endpoint", "what", "why", "do"}
    assert fake.requests == []


def test_a_named_endpoint_that_fails_fails_the_command(fake: FakeEndpoint) -> None:
    fake.key = "right"
    ended = genai("model", "list", "--endpoint", "openai", "--json", env={"OPENAI_API_KEY": "wrong-key-here"})
    assert ended.code == ended.error["exit"] == 3
    assert ended.json["models"] == []
    assert ended.json["failed"][0]["endpoint"] == "openai"
    assert "wrong-key-here" not in ended.out + ended.err
    assert genai("model", "list", "--endpoint", "nope").code == 2


def test_an_endpoint_without_a_list_is_no_failure(fake: FakeEndpoint) -> None:
    fake.models = None
    ended = genai("model", "list", "--endpoint", "openai", "--json")
    assert (ended.code, ended.json) == (0, {"models": [], "failed": []})
    assert "openai lists no models" in genai("model", "list", "--endpoint", "openai").err


def test_a_price_in_the_settings_beats_the_list(fake: FakeEndpoint) -> None:
    words = ["--input-usd-per-million", "0", "--output-usd-per-million", "3.5"]
    assert genai("endpoint", "add", "mine", "--url", fake.url, *words).code == 0
    found = genai("model", "list", "--endpoint", "mine", "--json").json["models"]
    assert {(m["input_usd_per_million"], m["output_usd_per_million"]) for m in found} == {(0.0, 3.5)}


def test_the_model_in_use_is_kept_untouched(fake: FakeEndpoint, tmp_path: Path) -> None:
    assert genai("init", tmp_path / "p").code == 0
    model = "openai/org/m:free@v1"
    used = genai("model", "use", model, "--json", cwd=tmp_path / "p").json
    assert used == {"model": model, "why": "", "over": []}
    assert "org/m:free@v1" in genai("status", cwd=tmp_path / "p").out
    for wrong in ("nope/x", "openai", "openai/", "embedded/nope"):
        assert genai("model", "use", wrong, cwd=tmp_path / "p").code == 2
    assert fake.received == []


def test_what_is_known_is_shown_without_asking(fake: FakeEndpoint) -> None:
    shown = genai("model", "show", "embedded/smollm2-135m", "--json").json
    assert (shown["context_tokens"], shown["input_usd_per_million"], shown["weights"]) == (2048, 0.0, None)
    assert genai("model", "show", "openai/echo", "--json").json["base_url"] == fake.url
    assert genai("model", "show", "embedded/nope").code == 2
    assert fake.received == []


def test_only_our_own_weights_can_be_fetched(fake: FakeEndpoint) -> None:
    ended = genai("model", "pull", "openai/echo", "--json")
    assert ended.code == 2
    assert "not ours to fetch" in ended.error["what"]


def test_what_is_no_gguf_is_not_added(tmp_path: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(b"no model at all")
    for path in (file, tmp_path / "missing.gguf"):
        ended = genai("model", "add", path, "--json")
        assert ended.code == ended.error["exit"] == 2
        assert str(path) in ended.error["what"]


def test_what_a_test_found_out_is_shown_with_the_model(fake: FakeEndpoint) -> None:
    assert genai("endpoint", "test", "openai").code == 0
    assert genai("model", "show", "openai/echo", "--json").json["context_tokens"] == 8192
    said = genai("model", "show", "openai/echo").out
    assert "8,192 tokens" in said
    assert "None" not in said
    assert "True" not in said


def test_a_list_of_added_models_that_cannot_be_read_is_the_embedded_ones_failure(
    fake: FakeEndpoint, home: Path
) -> None:
    models = home / ".local" / "share" / "genai-tui" / "weights" / "models.json"
    models.mkdir(parents=True)
    ended = genai("model", "list", "--json")
    assert ended.code == 0
    assert [failed["endpoint"] for failed in ended.json["failed"]] == ["embedded"]
    assert "models.json" in ended.json["failed"][0]["what"]
    assert genai("model", "list", "--endpoint", "embedded").code == 2


def test_the_list_is_filtered_and_sorted_by_what_is_needed_and_unknown_meets_nothing(fake: FakeEndpoint) -> None:
    def listed(*words: str) -> list[str]:
        return [one["model"] for one in genai("model", "list", "--json", *words).json["models"]]

    assert listed("--where", "context>=8k") == ["openai/echo", "openai/example-org/large:free"]
    assert listed("--where", "price<=5") == ["embedded/smollm2-135m", "openai/example-org/large:free"]
    assert listed("--sort", "context")[0] == "openai/example-org/large:free"
    assert listed("--sort", "price")[-1] == "openai/echo"
    assert listed("--where", "LARGE") == ["openai/example-org/large:free"]
    for wrong in (
        ("--where", "colour>3"),
        ("--where", "published>2024-soon"),
        ("--where", "context>many"),
        ("--sort", "colour"),
    ):
        assert genai("model", "list", *wrong).code == 2
