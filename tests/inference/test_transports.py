"""Certificates, proxies, redirects and what else lies under both transports, over real sockets."""

import asyncio
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from genai_tui.errors import GenaiError, NoAnswer, SettingsFault
from genai_tui.inference.proxies import proxy_for
from genai_tui.inference.requests import Access
from genai_tui.inference.transports import Transport, open_transport
from tests.support.asking import asked, question
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of our own and a certificate of it for 127.0.0.1; made anew, so that no key lies in the project."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
    new = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj"
    for command in (
        f"{new} /O=Example/CN=Example-Authority -keyout ca.key -out ca.pem -x509 -days 2",
        f"{new} /CN=127.0.0.1 -keyout s.key -out s.csr",
        "openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out s.pem",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


def secure(certificates: Path) -> FakeEndpoint:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "s.pem", certificates / "s.key")
    return FakeEndpoint(ssl=context)


def test_the_client_is_imported_without_certificates_and_ours_have_them() -> None:
    """What aiohttp would fall back on trusts nobody; contexts that are made afterwards trust the system's store."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import ssl\n"
            "from genai_tui.inference.wire import import_client\n"
            "before = ssl.create_default_context().cert_store_stats()\n"
            "import_client()\n"
            "from aiohttp import connector\n"
            "assert ssl.create_default_context().cert_store_stats() == before\n"
            "print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509_ca'])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "0\n"


async def test_an_untrusted_certificate_is_named_and_not_asked_again(certificates: Path, transport: Transport) -> None:
    async with secure(certificates) as fake:
        with pytest.raises(NoAnswer) as caught:
            await asked(question("echo"), fake.url, transport).whole()
        assert not fake.received
    said = str(caught.value)
    assert "Example-Authority" in said
    assert "[SSL" not in said
    assert "ca_file" in said
    assert "127.0.0.1" in said


async def test_a_ca_file_of_the_endpoint(certificates: Path, transport: Transport) -> None:
    async with secure(certificates) as fake:
        access = Access(fake.url, ca_file=str(certificates / "ca.pem"))
        assert (await asked(question("echo"), fake.url, transport, access=access).whole()).text == "one two three"


async def test_ssl_cert_file(certificates: Path, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    async with secure(certificates) as fake:
        assert (await asked(question("echo"), fake.url, transport).whole()).text == "one two three"


async def test_a_ca_file_that_is_none(certificates: Path, transport: Transport) -> None:
    access = Access("https://127.0.0.1:1/v1", ca_file=str(certificates / "ext"))
    with pytest.raises(SettingsFault) as caught:
        await asked(question("echo"), access.base_url, transport, access=access).whole()
    assert "ca_file" in str(caught.value)


async def test_https_to_a_plain_server(fake: FakeEndpoint, transport: Transport) -> None:
    url = fake.url.replace("http:", "https:")
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), url, transport, retries=0).whole()
    assert "http://" in str(caught.value)


async def test_what_does_not_speak_http(transport: Transport) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"SSH-2.0-Example\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), f"http://127.0.0.1:{port}/v1", transport, retries=0).whole()
    server.close()
    assert "does not speak HTTP" in str(caught.value)


async def test_others_go_by_the_proxy_and_loopback_never(
    fake: FakeEndpoint, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeEndpoint() as proxy:
        address = proxy.url.removesuffix("/v1")
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.delenv("no_proxy", raising=False)
        assert (await asked(question("echo"), "http://models.example.test/v1", transport).whole()).text
        assert [r.headers["host"] for r in proxy.received] == ["models.example.test"]
        assert (await asked(question("echo"), fake.url, transport).whole()).text
        assert len(proxy.received) == 1
        assert len(fake.received) == 1


@pytest.mark.parametrize(
    ("url", "no_proxy", "expected"),
    [
        ("http://models.example.test/v1", "", "http://proxy.test:3128"),
        ("http://models.example.test/v1", "example.test", None),
        ("http://models.example.test:8000/v1", "models.example.test:8000", None),
        ("http://10.1.2.3/v1", "10.0.0.0/8", None),
        ("http://11.1.2.3/v1", "10.0.0.0/8", "http://proxy.test:3128"),
        ("http://localhost:1/v1", "", None),
        ("http://127.0.0.9:1/v1", "", None),
        ("http://[::1]:1/v1", "", None),
    ],
)
def test_which_proxy(url: str, no_proxy: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "proxy.test:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert proxy_for(url) == expected


async def test_a_proxy_that_is_not_there(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), "http://models.example.test/v1", transport, retries=0).whole()
    assert "NO_PROXY" in str(caught.value)


async def test_errors_hold_no_secret_of_the_url(transport: Transport) -> None:
    url = "http://someone:password1@127.0.0.1:9/v1?token=tok-123456"
    with pytest.raises(NoAnswer) as caught:
        await asked(question("echo"), url, transport, retries=0).whole()
    assert "password1" not in str(caught.value)
    assert "tok-123456" not in str(caught.value)


@pytest.mark.parametrize(("key", "sent"), [(None, "Basic bWU6cGFzcyB3b3Jk"), ("sk-mine", "Bearer sk-mine")])
async def test_a_login_in_the_url(fake: FakeEndpoint, transport: Transport, key: str | None, sent: str) -> None:
    url = fake.url.replace("://", "://me:pass%20word@")
    assert (await asked(question("echo"), url, transport, key=key).whole()).text == "one two three"
    assert fake.requests[0].headers["authorization"] == sent


async def test_closing_leaves_nothing_open(fake: FakeEndpoint) -> None:
    async with open_transport("aiohttp") as transport:
        async for _ in asked(question("stall"), fake.url, transport):
            break
        await asked(question("echo"), fake.url, transport).whole()
    async with asyncio.timeout(5):
        while fake.in_flight:
            await asyncio.sleep(0.005)
    assert fake.in_flight == 0


def test_a_fake_endpoint_in_a_thread() -> None:
    async def one(url: str) -> str:
        async with open_transport("aiohttp") as transport:
            return (await asked(question("echo"), url, transport).whole()).text

    with serve_in_thread() as endpoint:
        assert asyncio.run(one(endpoint.url)) == "one two three"
        assert endpoint.asked("echo") == 1


def test_nothing_heavy_is_imported_before_the_first_question() -> None:
    import sys

    code = (
        "import sys, genai_tui.inference.ask, genai_tui.inference.listing, genai_tui.inference.probe;"
        "print([m for m in ('openai','aiohttp','tiktoken','numpy','pydantic','xllamacpp','genai_prices') "
        "if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_what_came_unread_before_a_cut_is_kept(transport: Transport) -> None:
    """The reader is away while the rest comes and the connection ends before its Content-Length."""
    event = b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
    rest = asyncio.Event()
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + event % b"First.")
        await rest.wait()
        writer.write(event % b" Second.")
        writer.close()
        await writer.wait_closed()
        closed.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    asking = asked(question("echo"), f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", transport)
    assert (await anext(asking)).text == "First."
    rest.set()
    await closed.wait()
    for _ in range(50):  # turns of the loop, until both lie in our own buffers unread
        await asyncio.sleep(0)
    with pytest.raises(NoAnswer):
        await asking.whole()
    server.close()
    assert asking.answer.text == "First. Second."


HOSTILE = {
    "deep": b"HTTP/1.1 200 OK\r\n\r\ndata: " + b"[" * 200_000 + b"\n\n",
    "deep-error": b"HTTP/1.1 500 OK\r\n\r\n" + b"[" * 200_000,
    "not-packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain",
    "huge-number": b'HTTP/1.1 200 OK\r\n\r\n{"choices":[],"usage":{"prompt_tokens":1' + b"0" * 400 + b"}}",
    "no-http": b"\x00\x01\x02",
    "head-only": b"HTTP/1.1 200 OK\r\n",
    "long-header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "error-escapes": b'HTTP/1.1 400 OK\r\n\r\n{"error":{"message":"\\u001b]0;title\\u0007\\u202eabc\\u0000"}}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_answers_are_errors_of_the_family(name: str, transport: Transport) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HOSTILE[name])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    with pytest.raises(GenaiError) as caught:
        await asked(question("echo"), url, transport, retries=0).whole()
    server.close()
    assert caught.value.exit_code in (2, 3)
    assert len(str(caught.value)) < 1500
