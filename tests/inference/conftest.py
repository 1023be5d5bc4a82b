"""Transports and fake endpoints for the tests of asking."""

from collections.abc import AsyncIterator

import pytest

from genai_tui.inference.transports import Transport, TransportKind, open_transport
from tests.support.fake_endpoint import FakeEndpoint


@pytest.fixture(params=["aiohttp", "openai"])
def kind(request: pytest.FixtureRequest) -> TransportKind:
    """Both transports, one after the other."""
    return request.param


@pytest.fixture
async def transport(kind: TransportKind) -> AsyncIterator[Transport]:
    async with open_transport(kind) as transport:
        yield transport


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as endpoint:
        yield endpoint
