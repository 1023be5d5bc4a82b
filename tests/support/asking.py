"""Short ways to ask a fake endpoint."""

from typing import Any

from genai_tui.inference.ask import Ask, ask
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.transports import Transport
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message


def question(model: str, text: str = "one two three", *, stream: bool = True, **parameters: Any) -> Request:
    return Request(model, (Message("user", text),), parameters, None, stream)


def asked(request: Request, url: str, transport: Transport, *, key: str | None = None, **options: Any) -> Ask:
    local = options.pop("local", False)
    endpoint = options.pop("endpoint", None) or Endpoint("fake", url)
    access = options.pop("access", None) or Access(url, key, local=local)

    async def reach() -> Access:
        return access

    return ask(request, endpoint, access=reach, transport=transport, **options)
