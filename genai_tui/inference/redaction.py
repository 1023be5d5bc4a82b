"""Takes out of a server's words what no message may show: keys, also echoed in part, and public addresses."""

import ipaddress
import re
from collections.abc import Iterable

NOT_SHOWN = "(not shown)"

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,30}(?![\w:])|(?<![\w:])[0-9a-f:]*::[0-9a-f:]+", re.I)
_MASKED = re.compile(r"[\w-]*(?:[*•]{3,}|…|\.{3,}|[xX]{6,})[\w-]*")


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, also where a server echoes a part of one with the middle masked."""
    for secret in secrets:
        text = text.replace(secret, NOT_SHOWN)
        text = "".join(_without_piece(word, secret) for word in re.split(r"(\s+)", text))
    return text


def _without_piece(word: str, secret: str) -> str:
    if len(word) < 4 or word == NOT_SHOWN:
        return word
    for match in _MASKED.finditer(word):
        head = re.split(r"[*•…]|\.{3}|[xX]{6}", match[0], maxsplit=1)[0]
        tail = re.split(r"[*•…]|\.{3}|[xX]{6}", match[0])[-1].lstrip(".*xX")
        if (head and secret.startswith(head)) or (tail and secret.endswith(tail)):
            return word.replace(match[0], NOT_SHOWN)
    if len(secret) >= 12:
        for start in range(len(secret) - 9):
            piece = secret[start : start + 10]
            if piece in word:
                return re.sub(r"[\w\-+/=.]*" + re.escape(piece) + r"[\w\-+/=.]*", NOT_SHOWN, word)
    return word


def without_addresses(text: str) -> str:
    """`text` without public network addresses: firewalls show the user's own."""

    def hidden(match: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            return match[0]
        local = address.is_loopback or address.is_unspecified or match[0].startswith(("10.", "192.168.", "172."))
        return match[0] if local else "(address)"

    return _IPV6.sub(hidden, _IPV4.sub(hidden, text))
