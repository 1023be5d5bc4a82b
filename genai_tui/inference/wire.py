"""The connections under both transports: pooled, certificates checked, proxies by the environment, silence limited.

What breaks here is raised as `Broken`, which says in which way, so that nothing above knows a client's exceptions.
"""

import asyncio
import ipaddress
import ssl
import urllib.request
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from genai_tui.errors import SettingsFault
from genai_tui.inference.addresses import is_loopback
from genai_tui.inference.retrying import Patience

if TYPE_CHECKING:
    import aiohttp

How = Literal["refused", "name", "no-connection", "certificate", "tls", "proxy", "reset", "silence", "not-http", "cut"]

DRAIN_S = 0.25
IDLE_S = 15.0
LONGEST_HEADER = 64 * 1024


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
    """A status, headers (names in lower case) and the body's bytes, as they come and unpacked."""

    def __init__(self, response: "aiohttp.ClientResponse", wire: "Wire") -> None:
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
        except aiohttp.ClientPayloadError as error:
            raise Broken("cut", "the body ended before its end") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Broken("reset", str(error)) from error

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
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}
        self._opening = asyncio.Lock()
        self._drains: set[asyncio.Task[None]] = set()

    async def session(self, ca_file: str | None) -> "aiohttp.ClientSession":
        """The pool for these certificates; made at the first use, off the event loop where it takes time."""
        found = self._sessions.get(ca_file)
        if found is not None:
            return found
        async with self._opening:
            if ca_file not in self._sessions:
                context = await asyncio.to_thread(_prepare, ca_file)
                self._sessions[ca_file] = _session(context, self.patience)
        return self._sessions[ca_file]

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
        session = await self.session(ca_file)
        import aiohttp
        from yarl import URL

        first = self.patience.first_byte_local if local else self.patience.first_byte
        proxy = proxy_for(url)
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


def _prepare(ca_file: str | None) -> ssl.SSLContext:
    """Import what is heavy and load the certificates; both take tens of milliseconds."""
    import aiohttp  # noqa: F401

    context = ssl.create_default_context()  # SSL_CERT_FILE and SSL_CERT_DIR, else the system's store
    if not context.cert_store_stats()["x509_ca"] and not Path(ssl.get_default_verify_paths().capath or "/-").is_dir():
        _add_certifi(context)
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsFault(
                f"The certificate file {ca_file} cannot be used.",
                str(error),
                "Correct `ca_file` of the endpoint: a PEM file with the certificate of its authority.",
            ) from error
    return context


def _add_certifi(context: ssl.SSLContext) -> None:
    """Pythons without a certificate store of their own (some builds on macOS) get certifi's, where it is installed."""
    import importlib.util

    if importlib.util.find_spec("certifi"):
        import certifi

        context.load_verify_locations(cafile=certifi.where())


def _session(context: ssl.SSLContext, patience: Patience) -> "aiohttp.ClientSession":
    import aiohttp

    connector = aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=IDLE_S, ttl_dns_cache=60)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience.connect, ceil_threshold=60),
        trust_env=False,  # it would also send what ~/.netrc has
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        auto_decompress=True,
        skip_auto_headers=("Content-Type",),
    )


def proxy_for(url: str) -> str | None:
    """The proxy of the environment for `url`; none for this machine itself and for what NO_PROXY names."""
    if is_loopback(url):
        return None
    proxies = urllib.request.getproxies()
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    host = parts.hostname or ""
    if not proxy or urllib.request.proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    if urllib.request.proxy_bypass(host) or _in_network(host, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _in_network(host: str, no_proxy: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in no_proxy.split(","):
        if "/" in entry:
            try:
                if address in ipaddress.ip_network(entry.strip(), strict=False):
                    return True
            except ValueError:
                continue
    return False


async def _broken(error: Exception, url: str, *, proxied: bool) -> Broken:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError) or _certificate_in(error):
        return Broken("certificate", await _about_certificate(error, url, proxied=proxied))
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
    return str(error).strip().partition("\n")[0][:200]


def _certificate_in(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _about_certificate(error: Exception, url: str, *, proxied: bool) -> str:
    """Why the certificate is not trusted, and who issued it."""
    cause: Any = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = getattr(cause, "certificate_error", None) or cause.__cause__ or cause.__context__
    why = getattr(cause, "verify_message", "") or _first_line(error)
    issuer = None if proxied else await _issuer(url)
    return f"{why}; issued by {issuer}" if issuer else why


async def _issuer(url: str) -> str | None:
    """The issuer's name in the certificate that the host shows; nothing is sent to it."""
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only to read the name; no request goes over this connection
    try:
        async with asyncio.timeout(3):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=context, server_hostname=parts.hostname
            )
    except (OSError, TimeoutError):
        return None
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return issuer_name(shown or b"")


def issuer_name(certificate: bytes) -> str | None:
    """The issuer's common name (else organisation) in a DER certificate; it stands before the subject's."""
    for attribute in (b"\x06\x03\x55\x04\x03", b"\x06\x03\x55\x04\x0a"):
        at = certificate.find(attribute)
        if at >= 0:
            start = at + len(attribute)
            length = certificate[start + 1] if start + 1 < len(certificate) else 0
            return certificate[start + 2 : start + 2 + length].decode("utf-8", "replace") or None
    return None
