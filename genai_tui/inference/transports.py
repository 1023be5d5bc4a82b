"""The two transports behind one small protocol: path and body in; status, headers and bytes out.

`openai` for one answer at a time and everything that is not a completion, `aiohttp` where many are asked. Both go over
`wire`, so that certificates, proxies, redirects and silence are one thing; what differs is who builds the request.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self
from urllib.parse import urljoin

from genai_tui import __version__
from genai_tui.errors import NoAnswer
from genai_tui.inference.addresses import join, origin, shown, tidy, without_login
from genai_tui.inference.requests import Access, encoded
from genai_tui.inference.retrying import Patience
from genai_tui.inference.wire import Reply, Wire

if TYPE_CHECKING:
    import openai

MOST_REDIRECTS = 5
AGENT = f"genai-tui/{__version__}"
TransportKind = Literal["openai", "aiohttp"]


class Moved(Exception):
    """A redirect that is not followed; `target` is where it points."""

    def __init__(self, status: int, target: str) -> None:
        super().__init__(f"{status} to {target}")
        self.status = status
        self.target = target


class Transport(Protocol):
    """What `ask` needs of a transport. `send` raises Broken, Moved, or a GenaiError for what cannot be sent."""

    @property
    def patience(self) -> Patience:
        """How long is waited for what."""

    async def ready(self, access: Access) -> None:
        """Do what is slow and done once: imports, certificates."""

    async def send(
        self, access: Access, path: str, body: Mapping[str, Any] | None, *, stream: bool, method: str = "POST"
    ) -> Reply:
        """Send `body` to `path` and return when status and headers are there, whatever the status."""

    async def close(self) -> None:
        """Close every connection."""

    async def __aenter__(self) -> Self:
        """The transport itself; left, it is closed."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""


def open_transport(kind: TransportKind = "openai", patience: Patience | None = None) -> Transport:
    """A transport for the running event loop. Nothing is imported or connected before its first use."""
    return OpenaiTransport(patience) if kind == "openai" else AiohttpTransport(patience)


def headers_of(access: Access, *, stream: bool, body: bool) -> dict[str, str]:
    """What is sent besides the body; without a key no Authorization. Raises NoAnswer for a broken key."""
    headers = {"Accept": "text/event-stream, application/json" if stream else "application/json", "User-Agent": AGENT}
    if body:
        headers["Content-Type"] = "application/json"
    key = (access.key or "").strip()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    headers.update((name.strip(), value.strip()) for name, value in access.headers.items())
    for name, value in headers.items():
        if not value.isprintable() or not value.isascii() or not name.isascii():
            what = "The key" if name == "Authorization" else f"The header {name!r}"
            raise NoAnswer(
                f"{what} holds characters that cannot be sent.",
                "A key is one line of plain ASCII characters; this one has a line break, a space or a letter beyond.",
                "Set it again, without what was pasted around it.",
            )
    return headers


class _Base(ABC):
    """What both transports share: the pool, and the rule for redirects."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.wire = Wire(patience)
        self._kept: tuple[Access, tuple[str, bool, bool], tuple[str, dict[str, str]]] | None = None

    @property
    def patience(self) -> Patience:
        """How long is waited for what."""
        return self.wire.patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.wire.close()

    async def ready(self, access: Access) -> None:
        """Import what is heavy and load certificates."""
        await self.wire.session(access.ca_file, secure=not access.base_url.strip().startswith("http:"))

    async def send(
        self, access: Access, path: str, body: Mapping[str, Any] | None, *, stream: bool, method: str = "POST"
    ) -> Reply:
        """Send; follow 307 and 308 within the origin with method, body and key, and for GET 301 and 302 too."""
        await self.ready(access)
        url, headers = self._addressed(access, path, stream=stream, body=body is not None)
        data = encoded(body) if body is not None else None
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._send(method, url, headers, data, access)
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                return reply
            reply.finish()
            target = urljoin(url, reply.headers["location"])
            same = target.startswith(("http://", "https://")) and origin(target) == origin(url)
            if not same or not (reply.status in (307, 308) or method == "GET"):
                raise Moved(reply.status, shown(target))
            url = target
        raise Moved(reply.status, shown(target))

    def _addressed(self, access: Access, path: str, *, stream: bool, body: bool) -> tuple[str, dict[str, str]]:
        """URL and headers; kept for the next request of the same access, of which there may be thousands."""
        which = (path, stream, body)
        if self._kept is not None and self._kept[0] is access and self._kept[1] == which:
            return self._kept[2]
        base, login = without_login(tidy(access.base_url))
        url = join(base, path, access.query)
        headers = headers_of(access, stream=stream, body=body)
        if login is not None:
            headers.setdefault("Authorization", login)  # a key is meant more than what stands in the URL
        self._kept = (access, which, (url, headers))
        return url, headers

    @abstractmethod
    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None, access: Access
    ) -> Reply:
        """Send one request on the pool, whatever is answered."""


class AiohttpTransport(_Base):
    """Straight on the pool: the least work a request."""

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None, access: Access
    ) -> Reply:
        return await self.wire.request(
            method, url, headers=headers, data=data, ca_file=access.ca_file, local=access.local
        )


def _client_over(wire: Wire) -> "openai.AsyncOpenAI":
    from genai_tui.inference.openai_client import make_client

    return make_client(wire)


class OpenaiTransport(_Base):
    """The `openai` client, raw: it builds and sends the request, we read the bytes."""

    def __init__(self, patience: Patience | None = None) -> None:
        super().__init__(patience)
        self._client: openai.AsyncOpenAI | None = None
        self._making = asyncio.Lock()

    async def ready(self, access: Access) -> None:
        """Import the client (about a second) off the event loop."""
        await super().ready(access)
        if self._client is None:
            async with self._making:
                if self._client is None:
                    self._client = await asyncio.to_thread(_client_over, self.wire)

    async def close(self) -> None:
        """Close the client and every connection."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        await super().close()

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None, access: Access
    ) -> Reply:
        from genai_tui.inference.openai_client import send

        assert self._client is not None
        return await send(self._client, method, url, headers, data, access)
