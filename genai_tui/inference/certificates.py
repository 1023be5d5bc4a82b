"""Which certificates are trusted, and what is said of one that is not. Nothing turns the checking off."""

import asyncio
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from genai_tui.errors import SettingsFault


def trusted(ca_file: str | None) -> ssl.SSLContext:
    """What is trusted: the system's store (or SSL_CERT_FILE), and the endpoint's own `ca_file` besides.

    Takes tens of milliseconds. Raises SettingsFault where `ca_file` is none.
    """
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


def certificate_in(error: BaseException | None) -> bool:
    """Whether an untrusted certificate is behind an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def about(error: Exception, url: str, *, proxied: bool) -> str:
    """Why the certificate is not trusted, and who issued it."""
    cause: Any = error
    while cause is not None and not getattr(cause, "verify_message", ""):  # aiohttp's own has the type and says less
        cause = getattr(cause, "certificate_error", None) or cause.__cause__ or cause.__context__
    why = getattr(cause, "verify_message", "") or str(error)
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
