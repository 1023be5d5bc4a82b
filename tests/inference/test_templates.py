"""The text after the chat template: by servers that speak like vLLM and llama.cpp, and by one that tells nothing."""

from typing import Any

from genai_tui.inference.requests import Access
from genai_tui.inference.templates import Templated, apply_template
from genai_tui.inference.transports import open_transport
from tests.support.fake_endpoint import FakeEndpoint, Received

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi <b> there"}], "stream": True, "temperature": 0}
TEXT = "<|im_start|>user\nHi <b> there<|im_end|>\n<|im_start|>assistant\n"


class Vllm(FakeEndpoint):
    """Says the template's text in two steps; its token strings are the vocabulary's spelling."""

    strings: tuple[str, ...] = ("<|im_start|>", "user", "Ċ", "Hi", "Ġ<b>", "Ġthere", "<|im_end|>", "Ċ", "<|im_start|>",
                                "assistant", "Ċ")  # fmt: skip

    async def _answer(self, request: Received, out: Any) -> bool:
        if request.path == "/tokenize" and request.json.get("messages"):
            tokens = list(range(len(self.strings)))
            return await out.json(
                200, {"count": len(tokens), "max_model_len": 99, "tokens": tokens, "token_strs": self.strings}
            )
        if request.path == "/detokenize":
            known = list(range(len(self.strings)))
            return await out.json(200 if request.json["tokens"] == known else 400, {"prompt": TEXT})
        return await super()._answer(request, out)


class Gemma(FakeEndpoint):
    """llama.cpp with a model whose text begins with a token that the template does not write."""

    pieces: tuple[tuple[int, Any], ...] = (
        (2, "<bos>"),
        (5, "["),
        (7, "INST]"),
        (8, [240, 159]),
        (9, "<b>"),
        (1, "</s>"),
    )

    async def _answer(self, request: Received, out: Any) -> bool:
        if request.path == "/apply-template":
            return await out.json(200, {"prompt": "[INST]\ufffd<b></s>"})
        if request.path == "/tokenize":
            found: Any = self.pieces
            if not request.json["parse_special"]:  # ordinary tokens stay one, special ones fall apart
                found = {"<b>": [(9, "<b>")], "</s>": [(3, "</"), (4, "s>")], "<bos>": [(6, "<"), (8, "bos>")]}[
                    request.json["content"]
                ]
            return await out.json(200, {"tokens": [{"id": number, "piece": piece} for number, piece in found]})
        return await super()._answer(request, out)


async def asked(server: FakeEndpoint) -> Templated | None:
    async with server, open_transport("aiohttp") as transport:
        return await apply_template(Access(server.url), transport, BODY)


async def test_vllm_tells_text_and_tokens() -> None:
    server = Vllm()
    said = await asked(server)
    assert said is not None
    assert (said.text, said.tokens, said.by, said.marked_by) == (TEXT, 11, "vLLM", "pattern")
    assert [said.text[a:b] for a, b in said.special] == ["<|im_start|>", "<|im_end|>", "<|im_start|>"]
    assert server.requests == []  # nothing was generated


async def test_what_only_looks_special_is_no_token_of_vllm() -> None:
    server = Vllm()
    server.strings = ("<|", "im_start", "|>", "user", "Ċ", "Hi", "Ġ<b>", "Ġthere", "<|im_end|>")
    said = await asked(server)
    assert said is not None
    assert [said.text[a:b] for a, b in said.special] == ["<|im_end|>"]


async def test_llama_cpp_says_which_pieces_are_special_and_adds_the_first_token() -> None:
    said = await asked(Gemma())
    assert said is not None
    assert (said.text, said.tokens, said.marked_by) == ("<bos>[INST]\ufffd<b></s>", 6, "server")
    assert [said.text[a:b] for a, b in said.special] == ["<bos>", "</s>"]


async def test_others_tell_nothing() -> None:
    assert await asked(FakeEndpoint()) is None
