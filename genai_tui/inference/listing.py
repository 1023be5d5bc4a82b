"""Lists what an endpoint can run, with context and price where it says so."""

import json
from collections.abc import Mapping
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.inference import sentences
from genai_tui.inference.faults import kind_of, read_fault
from genai_tui.inference.requests import Access
from genai_tui.inference.sentences import Asked
from genai_tui.inference.transports import Moved, Transport
from genai_tui.inference.usage import number
from genai_tui.inference.wire import Broken
from genai_tui.records.endpoints import Endpoint, ListedModel, Price

MODELS = "/models"
DEAREST_TOKEN_USD = 0.001  # no token costs that much, and no million tokens so little
LARGEST_LIST = 64 * 1024 * 1024
_CONTEXT = ("context_length", "max_model_len", "context_window", "max_context_length", "max_input_tokens")
_INPUT = ("prompt", "input", "input_tokens")
_OUTPUT = ("completion", "output", "output_tokens")
_NO_LIST = (404, 405, 501)


async def list_models(endpoint: Endpoint, access: Access, transport: Transport) -> list[ListedModel]:
    """The models that the endpoint lists; empty where it has no list, which is no failure: an id is typed then.

    Raises NoAnswer for a refused key, an endpoint that is not there, and anything that is no list.
    """
    asked = Asked(endpoint, access)
    status, _, body = await fetch(asked, transport, MODELS)
    if status >= 300:
        fault = read_fault(status, body)
        if status in _NO_LIST:
            return []
        raise sentences.of_fault(asked, fault, kind_of(fault))
    return [model for raw in _entries(asked, body) if (model := listed(endpoint.name, raw)) is not None]


async def fetch(asked: Asked, transport: Transport, path: str) -> tuple[int, Mapping[str, str], bytes]:
    """GET `path`, whole: status, headers, body. Raises GenaiError where no answer came."""
    reply = None
    try:
        reply = await transport.send(asked.access, path, None, stream=False, method="GET")
        pieces: list[bytes] = []
        size = 0
        async for piece in reply.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_LIST:
                raise Broken("cut", "the list is longer than any list of models")
        status, headers = reply.status, reply.headers
        reply.finish()
        reply = None
        return status, headers, b"".join(pieces)
    except Moved as moved:
        raise sentences.of_moved(asked, moved) from moved
    except Broken as broken:
        raise sentences.of_broken(asked, broken, began=False) from broken
    finally:
        if reply is not None:
            reply.close()


def _entries(asked: Asked, body: bytes) -> list[Any]:
    """The entries of a list: under `data` or `models`, else the list itself; `data: null` is an empty one."""
    try:
        value = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise sentences.of_page(asked, read_fault(None, body)) from error
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for name in ("data", "models"):
            if isinstance(value.get(name), list):
                entries: list[Any] = value[name]
                return entries
        if value.get("error"):
            fault = read_fault(None, value)
            raise _no_list(asked, value) or sentences.of_fault(asked, fault, kind_of(fault))
        if "data" in value or "models" in value or value.get("object") == "list":
            return []
    raise sentences.of_page(asked, read_fault(None, value))


def _no_list(asked: Asked, value: dict[str, Any]) -> GenaiError | None:
    """LM Studio answers 200 with an error for a path it does not know."""
    fault = read_fault(None, value)
    return sentences.of_page(asked, fault) if "unexpected endpoint" in fault.sentence.lower() else None


def listed(endpoint: str, raw: Any) -> ListedModel | None:
    """One entry of a list; None where it has no id."""
    if isinstance(raw, str):
        return ListedModel(endpoint, raw) if raw else None
    if not isinstance(raw, dict):
        return None
    identity = raw.get("id") or raw.get("name") or raw.get("model")
    if not isinstance(identity, str) or not identity:
        return None
    return ListedModel(endpoint, identity, _context(raw), _price(raw.get("pricing")))


def _context(raw: dict[str, Any]) -> int | None:
    meta = raw.get("meta")
    top = raw.get("top_provider")
    for holder in (raw, top, meta):
        if isinstance(holder, dict):
            for name in (*_CONTEXT, "n_ctx"):
                value = number(holder.get(name))
                if value is not None and value > 0:
                    return int(value)
    return None


def _price(raw: Any) -> Price | None:
    """Dollars a million tokens, out of OpenRouter's a token or Together's a million; negative is "it varies"."""
    if not isinstance(raw, dict):
        return None
    found: list[float] = []
    for names in (_INPUT, _OUTPUT):
        value = next((raw[name] for name in names if raw.get(name) is not None), None)
        price = number(value)
        if price is None or price < 0:
            return None
        found.append(price * 1_000_000 if price < DEAREST_TOKEN_USD else price)
    return Price(found[0], found[1])
