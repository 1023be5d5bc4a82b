"""The connections under both transports: pooled, certificates checked, proxies by the environment, silence limited.

What breaks here is raised as `Broken`, which says in which way, so that nothing above knows a client's exceptions.
"""

import asyncio
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from genai_tui.inference import certificates
from genai_tui.inference.proxies import proxy_for
from genai_tui.inference.retrying import Patience

if TYPE_CHECKING:
    import aiohttp

How = Literal["refused", "name", "no-connection", "certificate", "tls", "proxy", "reset", "silence", "not-http", "cut"]

DRAIN_S = 0.25
IDLE_S = 15.0
LONGEST_HEADER = 64 * 1024


def import_client() -> None:
    """Import aiohttp without the certificates that it loads for itself, twice: 0.06 s for what is never used here.

    Every session has a context of ours, or no TLS. Should aiohttp ever fall back on its own, nothing is trusted.
    """
    if "aiohttp" in sys.modules:
        return
    load, mine = ssl.SSLContext.set_default_verify_paths, threading.get_ident()

    def load_elsewhere(context: ssl.SSLContext) -> None:
        if threading.get_ident() != mine:  # a context that is made at this very moment
            load(context)

    ssl.SSLContext.set_default_verify_paths = load_elsewhere  # type: ignore[method-assign, assignment]
    try:
        import aiohttp  # noqa: F401
    finally:
        ssl.SSLContext.set_default_verify_paths = load  # type: ignore[method-assign]


class Broken(Exception):
    """A connection that was never made, or broke. `never_sent`: the endpoint has not seen the request."""

    def __init__(self, how: How, said: str = "", seconds: float = 0.0) -> None:
        super().__init__(said or how)
        self.how = how
        self.said = said
        self.seconds = seconds

    @property
    def never_sent(self) -> bool:
        """Whether no connection was made at all."""
        return self.how in ("refused", "name", "no-connection", "certificate", "tls", "proxy")


class Reply:
    """A status, headers (names in lower case) and the body's bytes, as they come and unpacked.

    `since_sent_s` is how long ago the last byte of the request went out when the headers had come.
    """

    def __init__(self, response: "aiohttp.ClientResponse", wire: "Wire") -> None:
        sent: float | None = getattr(response, "last_byte_sent", None)
        self.since_sent_s: float | None = None if sent is None else time.monotonic() - sent
        self.status: int = response.status
        self.headers: dict[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._wire = wire
        self.silence_s = wire.patience.between

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces; `silence_s` seconds of silence, a reset or a body cut short raise Broken."""
        import aiohttp

        read = self._response.content.readany
        try:
            while True:
                async with asyncio.timeout(self.silence_s):
                    piece = await read()
                if not piece:
                    return
                yield piece
        except TimeoutError as error:
            raise Broken("silence", seconds=self.silence_s) from error
        except (aiohttp.ClientError, OSError) as error:
            left = self._left()
            if left:
                yield left
            if isinstance(error, aiohttp.ClientPayloadError):
                raise Broken("cut", "the body ended before its end") from error
            raise Broken("reset", str(error)) from error

    def whole(self) -> bytes | None:
        """The whole body, where it came with the headers or right after them and no more is to come."""
        content = self._response.content
        return content.read_nowait() if content.is_eof() and content.exception() is None else None

    def _left(self) -> bytes:
        """What had come and lay unread when the connection broke: aiohttp's reader raises before it gives it out."""
        reader: Any = self._response.content
        unread = getattr(reader, "_buffer", None)
        return b"".join(unread) if unread else b""

    def close(self) -> None:
        """Close the connection now, whatever is still to come."""
        self._response.close()

    def finish(self) -> None:
        """Give the connection back if the body has ended or ends at once; nobody waits for it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._wire.drain(self._response)


class Wire:
    """One pool of connections for an event loop. The `aiohttp` transport uses it directly, `openai`'s below itself."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._sessions: dict[tuple[str | None, bool], aiohttp.ClientSession] = {}
        self._opening = asyncio.Lock()
        self._drains: set[asyncio.Task[None]] = set()

    async def session(self, ca_file: str | None, *, secure: bool = True) -> "aiohttp.ClientSession":
        """The pool for these certificates; made at the first use, off the event loop where it takes time.

        `secure` False: only for addresses without TLS, so no certificate is loaded.
        """
        key = (ca_file, secure)
        if key not in self._sessions:
            async with self._opening:
                if key not in self._sessions:
                    context = await asyncio.to_thread(certificates.trusted, ca_file) if secure else None
                    self._sessions[key] = _session(context, self.patience)
        return self._sessions[key]

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: bytes | None,
        ca_file: str | None = None,
        local: bool = False,
    ) -> Reply:
        """Send one request and return when its status and headers are there. Raises Broken; follows no redirect."""
        proxy = proxy_for(url)
        session = await self.session(ca_file, secure=url.startswith("https:") or proxy is not None)
        import aiohttp
        from yarl import URL

        first = self.patience.first_byte_local if local else self.patience.first_byte
        try:
            async with asyncio.timeout(first):
                response = await session.request(
                    method, URL(url, encoded=True), headers=headers, data=data, allow_redirects=False, proxy=proxy
                )
        except TimeoutError as error:
            if isinstance(error, aiohttp.ServerTimeoutError):
                raise Broken("no-connection", seconds=self.patience.connect) from error
            raise Broken("silence", seconds=first) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise await _broken(error, url, proxied=proxy is not None) from error
        return Reply(response, self)

    def drain(self, response: "aiohttp.ClientResponse") -> None:
        """Read what little may follow, so that the connection can be used again; else close it."""
        import aiohttp

        async def read_on() -> None:
            try:
                async with asyncio.timeout(DRAIN_S):
                    while await response.content.readany():
                        continue
                response.release()
            except (TimeoutError, OSError, aiohttp.ClientError):
                response.close()
            except BaseException:
                response.close()
                raise

        task = asyncio.get_running_loop().create_task(read_on())
        self._drains.add(task)
        task.add_done_callback(self._drains.discard)

    async def close(self) -> None:
        """Close every connection."""
        for task in tuple(self._drains):
            task.cancel()
        await asyncio.gather(*self._drains, return_exceptions=True)
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


def _session(context: ssl.SSLContext | None, patience: Patience) -> "aiohttp.ClientSession":
    import aiohttp

    class Timed(aiohttp.ClientRequest):
        """A request that tells its response when its last byte was handed to the system."""

        last_byte_sent: float | None = None

        async def write_bytes(self, *args: Any, **kwargs: Any) -> None:
            await super().write_bytes(*args, **kwargs)
            self.last_byte_sent = time.monotonic()
            if self.response is not None:  # where it was written in a task, later than `send`
                vars(self.response)["last_byte_sent"] = self.last_byte_sent

        async def send(self, conn: Any) -> aiohttp.ClientResponse:
            response = await super().send(conn)
            vars(response).setdefault("last_byte_sent", self.last_byte_sent)
            return response

    connector = aiohttp.TCPConnector(ssl=context or True, limit=0, keepalive_timeout=IDLE_S, ttl_dns_cache=60)
    return aiohttp.ClientSession(
        connector=connector,
        request_class=Timed,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience.connect, ceil_threshold=60),
        trust_env=False,  # it would also send what ~/.netrc has
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        auto_decompress=True,
        skip_auto_headers=("Content-Type",),
    )


async def _broken(error: Exception, url: str, *, proxied: bool) -> Broken:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError) or certificates.certificate_in(error):
        return Broken("certificate", await certificates.about(error, url, proxied=proxied))
    if isinstance(error, (aiohttp.ClientConnectorSSLError, ssl.SSLError)):
        return Broken("tls", _first_line(error))
    if isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        return Broken("proxy", f"{urlsplit(proxy_for(url) or '').hostname}: {_first_line(error)}")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Broken("name", urlsplit(url).hostname or "")
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        if url.startswith("https:") and isinstance(cause, (ConnectionResetError, ConnectionAbortedError)):
            return Broken("tls", "The connection was closed during the handshake")
        refused = isinstance(cause, ConnectionRefusedError)
        return Broken("refused" if refused else "no-connection", cause.strerror or str(cause) or type(cause).__name__)
    if isinstance(error, (aiohttp.ServerDisconnectedError, ConnectionError)):
        return Broken("reset", "the connection was closed before an answer")
    if isinstance(error, (aiohttp.ClientResponseError, ValueError)):
        return Broken("not-http", _first_line(error))
    return Broken("reset", _first_line(error))


def _first_line(error: Exception) -> str:
    said = getattr(error, "message", "") or str(error)
    return str(said).strip().partition("\n")[0].rstrip(":.")[:200]
