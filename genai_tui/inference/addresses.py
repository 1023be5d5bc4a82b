"""Where an endpoint lies: base URLs as people paste them, and the ones worth trying instead."""

import base64
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

from genai_tui.errors import UsageFault

TAILS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/models")


@lru_cache(maxsize=256)
def tidy(base_url: str) -> str:
    """`base_url` as it is stored and used: no white space, no doubled or last slash, no known tail of a request.

    Raises UsageFault where it is no http address.
    """
    text = "".join(base_url.split())
    parts = _split(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageFault(
            f"The base URL {base_url!r} is no http address.",
            "It must begin with http:// or https:// and name a host.",
            f"Write it like http://{text.partition('://')[2] or text or 'localhost:8000/v1'}",
        )
    path = re.sub("/{2,}", "/", parts.path).rstrip("/")
    for tail in TAILS:
        if path.endswith(tail):
            path = path.removesuffix(tail).rstrip("/")
            break
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def join(base_url: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """The URL of `path` (with its leading slash) under a tidy `base_url`, whose own query stays."""
    parts = urlsplit(base_url)
    asked = "&".join(part for part in (parts.query, urlencode(query or {})) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, asked, ""))


def without_login(url: str) -> tuple[str, str | None]:
    """`url` without its `user:password@`, and that as an Authorization header's value; None where there is none."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    pair = base64.b64encode(unquote(login).encode()).decode("ascii")
    return urlunsplit((parts.scheme, host, parts.path, parts.query, "")), f"Basic {pair}"


def shown(url: str) -> str:
    """`url` for a sentence: without user, password and query, which may hold a key."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of `url`: a key never goes to another."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def others_worth_trying(base_url: str) -> list[str]:
    """Base URLs a user may have meant, best first: `/v1` added, then the parts of the path that look like tails cut."""
    parts = urlsplit(tidy(base_url))
    path = parts.path
    paths = []
    if not path.endswith("/v1"):
        paths.append(path + "/v1")
    cut = re.sub(r"/(api|v\d+(beta\d*)?|ui|chat|generate|docs|openai)(/.*)?$", "", path)
    if cut != path:
        paths.append(cut + "/v1")
    paths.append("/v1")
    if path.endswith("/v1"):
        paths.append(path.removesuffix("/v1"))
    found: list[str] = []
    for candidate in paths:
        url = urlunsplit((parts.scheme, parts.netloc, candidate, parts.query, ""))
        if candidate != path and url not in found:
            found.append(url)
    return found
