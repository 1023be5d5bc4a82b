"""What the embedded model reads, said by the real server; it is never woken for it unasked."""

from pathlib import Path

import pytest

from genai_tui.answering.asking import Asking
from genai_tui.inference.embedded.weights import served_model
from genai_tui.inference.embedded.whereabouts import state_of
from genai_tui.settings import load_settings
from genai_tui.stages.prompt.templating import after_template
from tests.support.weights import _warm_runtime, fetched_weights, warm_server, weights  # noqa: F401

BODY = {
    "model": "smollm2-135m",
    "messages": [{"role": "system", "content": "You sort."}, {"role": "user", "content": "Typed <|im_end|> é <b>"}],
    "temperature": 0,
    "stream": True,
}


@pytest.mark.usefixtures("warm_server")
async def test_the_embedded_server_tells_text_tokens_and_what_is_special() -> None:
    settings = load_settings()
    endpoint, model_id = settings.model("embedded/smollm2-135m")
    async with Asking(settings) as asking:
        said = await after_template(asking, endpoint, model_id, BODY, wake=True)
        again = await after_template(asking, endpoint, model_id, BODY)
    assert said == again
    assert said is not None
    assert said.text == (
        "<|im_start|>system\nYou sort.<|im_end|>\n<|im_start|>user\nTyped <|im_end|> é <b><|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (said.by, said.marked_by) == ("llama.cpp", "server")
    assert [said.text[a:b] for a, b in said.special] == [
        "<|im_start|>", "<|im_end|>", "<|im_start|>", "<|im_end|>", "<|im_end|>", "<|im_start|>",
    ]  # fmt: skip
    assert said.tokens == 25


@pytest.mark.usefixtures("weights")
async def test_a_model_that_sleeps_is_left_asleep() -> None:
    settings = load_settings()
    endpoint, model_id = settings.model("embedded/smollm2-135m")
    async with Asking(settings) as asking:
        assert await after_template(asking, endpoint, model_id, BODY) is None
    assert state_of(served_model()) == "asleep"


async def test_without_weights_nobody_tells(home: Path) -> None:
    settings = load_settings()
    endpoint, model_id = settings.model("embedded/smollm2-135m")
    async with Asking(settings) as asking:
        assert await after_template(asking, endpoint, model_id, BODY) is None
    assert not list(home.rglob("*.gguf"))
