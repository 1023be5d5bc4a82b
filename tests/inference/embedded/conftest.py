"""The real weights, and what asks a server."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.weights import _warm_runtime, fetched_weights, warm_server, weights  # noqa: F401

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def ask() -> Ask:
    """Asks the server at a Reach one question and gives its JSON."""

    async def asked(reach: Any, question: str = "What is the capital of France?", **more: Any) -> dict[str, Any]:
        messages = [{"role": "system", "content": ""}, {"role": "user", "content": question}]
        body = {"messages": messages, "temperature": 0, "max_tokens": 8, **more}
        headers = {"Authorization": f"Bearer {reach.key}"}
        url = f"{reach.url}/chat/completions"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as reply:
            return {"status": reply.status, **await reply.json()}

    return asked


@pytest.fixture
def python() -> tuple[str, ...]:
    """The words that run a piece of Python in a process of its own, with this project in reach."""
    root = str(Path(__file__).parents[3])
    return (sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); exec(sys.argv[1])")
