"""What the model reads: the text after the chat template, with its special tokens, as the server itself makes it.

llama.cpp says it at `/apply-template` (its `/tokenize` says the pieces), vLLM by `/tokenize` with messages and
`/detokenize` (its `token_strs` are the vocabulary's spelling, not the text's). Others do not say it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from genai_tui.inference.tokens import ask_beside

if TYPE_CHECKING:
    from genai_tui.inference.requests import Access
    from genai_tui.inference.transports import Transport

MOST_KINDS = 24  # different pieces that a server is asked about: a template has two to ten
_LIKE_SPECIAL = re.compile(r"[<\[].+[>\]]", re.DOTALL)
_SPECIAL = re.compile(
    r"<\|[^|<>]{1,60}\|>|<｜[^｜<>]{1,60}｜>|</?s>|<(?:bos|eos|pad|unk|start_of_turn|end_of_turn|think|/think)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
)
_DECIDES = ("tools", "chat_template", "chat_template_kwargs", "continue_final_message", "add_generation_prompt")


@dataclass(frozen=True)
class Templated:
    """The text that a model reads. `special` are the places of its special tokens, as characters from and to.

    `tokens` counts the whole text, None where the server does not say. `marked_by`: the server said which pieces are
    special, also those that were typed into a message; or they are those that look like the usual ones.
    """

    text: str
    tokens: int | None
    special: tuple[tuple[int, int], ...]
    by: Literal["llama.cpp", "vLLM"]
    marked_by: Literal["server", "pattern"]


async def apply_template(access: "Access", transport: "Transport", body: Mapping[str, Any]) -> Templated | None:
    """The text that the server makes of a request's body; None where it does not say.

    `access` is that of the endpoint, whose base URL ends in /v1. Nothing is generated, and it costs nothing.
    """
    asked = {name: value for name, value in body.items() if name not in ("stream", "stream_options")}
    said = await ask_beside(access, transport, "/apply-template", asked)
    if isinstance(said, dict) and isinstance(said.get("prompt"), str):
        return await _by_llama_cpp(access, transport, said["prompt"])
    return await _by_vllm(access, transport, asked)


async def _by_llama_cpp(access: "Access", transport: "Transport", text: str) -> Templated:
    # as the server reads a prompt: it adds the token that begins a text, and takes special ones as such wherever they
    # stand
    said = await _tokenize(access, transport, text, whole=True)
    if said is None:
        return Templated(text, None, tuple(_by_pattern(text)), "llama.cpp", "pattern")
    special = {piece for piece in _candidates(said) if await _is_special(access, transport, piece, said)}
    begin = said[0][1] if said else b""
    if begin in special and not text.encode().startswith(begin):
        text = begin.decode() + text
    return Templated(text, len(said), tuple(_places(text, said, special)), "llama.cpp", "server")


async def _by_vllm(access: "Access", transport: "Transport", body: Mapping[str, Any]) -> Templated | None:
    model = body.get("model")
    asked = {"model": model, "messages": body.get("messages"), "return_token_strs": True}
    asked |= {name: body[name] for name in _DECIDES if name in body}
    said = await ask_beside(access, transport, "/tokenize", asked)
    if not isinstance(said, dict) or not isinstance(said.get("tokens"), list):
        return None
    whole = await ask_beside(access, transport, "/detokenize", {"model": model, "tokens": said["tokens"]})
    if not isinstance(whole, dict) or not isinstance(whole.get("prompt"), str):
        return None
    strings = said.get("token_strs")
    known = set(strings) if isinstance(strings, list) else None
    spans = _by_pattern(whole["prompt"])
    special = tuple(span for span in spans if known is None or whole["prompt"][slice(*span)] in known)
    return Templated(whole["prompt"], len(said["tokens"]), special, "vLLM", "pattern")


def _by_pattern(text: str) -> Iterator[tuple[int, int]]:
    return (hit.span() for hit in _SPECIAL.finditer(text))


async def _tokenize(
    access: "Access", transport: "Transport", text: str, *, whole: bool
) -> list[tuple[int, bytes]] | None:
    """Number and piece of each token; `whole`: as a prompt is read, else as mere text."""
    asked = {"content": text, "add_special": whole, "parse_special": whole, "with_pieces": True}
    said = await ask_beside(access, transport, "/tokenize", asked)
    try:
        return [(int(token["id"]), _bytes(token["piece"])) for token in said["tokens"]]
    except (TypeError, KeyError, ValueError):
        return None


def _bytes(piece: str | list[int]) -> bytes:
    """A piece, which is a list of bytes where it is not whole characters."""
    return piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else bytes(piece)


def _candidates(tokens: Sequence[tuple[int, bytes]]) -> list[bytes]:
    pieces = dict.fromkeys(piece for _, piece in tokens)
    return [piece for piece in pieces if _LIKE_SPECIAL.fullmatch(piece.decode("utf-8", "replace"))][:MOST_KINDS]


async def _is_special(
    access: "Access", transport: "Transport", piece: bytes, tokens: Sequence[tuple[int, bytes]]
) -> bool:
    """Whether a piece is one token in a prompt, and is not that token as mere text."""
    alone = await _tokenize(access, transport, piece.decode(), whole=False)
    number = next(number for number, other in tokens if other == piece)
    return alone is not None and [number for number, _ in alone] != [number]


def _places(text: str, tokens: Sequence[tuple[int, bytes]], special: set[bytes]) -> Iterator[tuple[int, int]]:
    """Where the special pieces stand: each is looked for after the one before, pieces between them counted over."""
    at = 0
    for _, piece in tokens:
        if piece in special:
            word = piece.decode()
            at = text.find(word, at)
            if at < 0:
                return
            yield at, at + len(word)
            at += len(word)
