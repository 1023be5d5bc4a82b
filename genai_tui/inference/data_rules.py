"""Where data may go: the rule of the scope, read from a few words, and which endpoints it refuses.

    anything                       every endpoint (as where nothing is said)
    this machine, local            the embedded model and loopback alone
    network                        private addresses and names of the local network too
    only WHERE, WHERE              these alone: names of endpoints, `network`
    anything but NAME, NAME        all but these (also: not NAME)

What follows a `;`, a full stop or a line end is a note for people. Plain sentences that forbid leaving the machine or
the network ("nothing leaves this machine") are read as the rule they say, whatever exceptions they name: no program can
check those. A permission with a condition ("may leave only without names") and a text that holds no rule are notes, and
refuse nobody. The embedded model and
loopback are always here, but for an endpoint that is refused by its name. A server on loopback that passes on what it
is sent (a gateway, a tunnel) is not seen through.
"""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from genai_tui.errors import UsageFault
from genai_tui.records.endpoints import Endpoint, is_loopback

NETWORK = "network"
_ANYTHING = {
    "anything",
    "anywhere",
    "everything",
    "everywhere",
    "any",
    "any endpoint",
    "all endpoints",
    "no rules",
    "none",
}
_HERE = {
    "this machine", "local", "local only", "only local", "locally", "here", "this machine only", "only this machine",
    "on this machine", "only on this machine", "this computer", "this server", "this host", "localhost", "loopback",
    "offline", "on device", "on-device", "embedded",
}  # fmt: skip
_NETWORK = {
    NETWORK, "this network", "our network", "the network", "local network", "own network", "private network", "lan",
    "intranet", "on premises", "on-premises", "on prem", "on-prem", "in-house", "in house",
}  # fmt: skip
_SPLIT = re.compile(r"[;\n]|\.(?=\s|$)|\s[-–—]\s")
_LISTED = re.compile(r"\s*(?:,|\band\b|\bor\b)\s*")
_NAME = re.compile(r"[\w.\-]+")
_CONDITION = re.compile(
    r"\b(?:without|unless|except|until|if|when|where|but|only after|anonymi[sz]ed|redacted|pseudonymi[sz]ed|masked)\b"
)
_MACHINE = r"(?:this|the|our|my|your|that)\s+(?:own\s+)?(?:machine|computer|server|host|laptop|box|device)"
_COMPANY = r"(?:this|the|our|my|your)\s+(?:own\s+)?(?:local\s+|private\s+|company'?s?\s+)?(?:network|lan|intranet|company|organi[sz]ation|building|premises|house|data\s?cent(?:re|er)|cluster)"  # noqa: E501
_NEVER = r"\b(?:no|not|never|nothing|none|neither|don't|cannot|can't|mustn't|forbidden|without leaving)\b"
_AWAY = (
    r"\b(?:third part(?:y|ies)|the (?:cloud|internet|web)|cloud|internet|external|outside|remote|anybody else|"
    r"any (?:api|provider|vendor|service)|apis?|providers?|vendors?|away|out)\b"
)
_LEAVE = r"\b(?:leaves?|leaving|sent|send|sending|uploaded?|shared?|goes|go|transferred|used?|using)\b"
_STAYS = r"\b(?:stays?|remains?|kept|keep|processed|run|runs|only)\b(?: \w+){0,3}? (?:on|in|within|inside|at) "
_STAYS_LOCAL = r"\b(?:stays?|remains?|kept|processed|only) (?:local|locally|on-device|offline)\b"
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
_PRIVATE_NAMES = (".local", ".lan", ".internal", ".intranet", ".home.arpa", ".corp", ".private")


class DataRules(NamedTuple):
    """A rule as it was read: `allowed` None is everywhere, else these beside this machine; `refused` by name.

    `rule` is the words that hold it, empty where the text is a note alone. `note` is the rest.
    """

    allowed: tuple[str, ...] | None = None
    refused: tuple[str, ...] = ()
    rule: str = ""
    note: str = ""

    @property
    def forbids(self) -> bool:
        """Whether any endpoint is refused."""
        return self.allowed is not None or bool(self.refused)

    def names(self) -> tuple[str, ...]:
        """The endpoints that are named in it, in small letters."""
        return (*(name for name in self.allowed or () if name != NETWORK), *self.refused)

    def said(self) -> str:
        """The rule as it was read, in a sentence."""
        if self.refused:
            return f"Every endpoint but {_joined(self.refused)} may be asked."
        if self.allowed is None:
            note = "" if self.rule or not self.note else " What is written is a note, and refuses nobody."
            return f"Every endpoint may be asked.{note}"
        named = tuple("those of the local network" if name == NETWORK else name for name in self.allowed)
        also = f", {_joined(named)}" if named else ""
        return f"Only models on this machine{also} may be asked; every other endpoint is refused."

    def allows(self, endpoint: Endpoint) -> bool:
        """Whether what belongs to the project may be sent to `endpoint`."""
        if endpoint.name.casefold() in self.refused:
            return False
        if self.allowed is None or endpoint.embedded or is_loopback(endpoint.base_url):
            return True
        if endpoint.name.casefold() in self.allowed:
            return True
        return NETWORK in self.allowed and is_private(endpoint.base_url)

    def check(self, endpoint: Endpoint) -> None:
        """Raises UsageFault where `endpoint` may not be asked, with the rule and where the data would go."""
        if self.allows(endpoint):
            return
        where = urlsplit(endpoint.base_url).hostname or "another machine"
        beyond = " and not in its network" if NETWORK in (self.allowed or ()) else ""
        reason = f"It is at {where}, which is not on this machine{beyond}."
        if self.allowed is None:
            reason = "It is refused there by its name."
        raise UsageFault(
            f"{endpoint.name} may not be asked: the scope's data rules say “{self.rule}”.",
            reason,
            "Ask a model on this machine, or change the rule: genai-tui scope set data_rules=…",
            extra={"kind": "data rules"},
        )


@lru_cache(maxsize=64)
def read_rules(text: str) -> DataRules:
    """The rule in a text of the scope. Anything can be written; what holds no rule is a note."""
    text = text.strip()
    if not text:
        return DataRules()
    head, rest = _first(text)
    strict = _strict(_plain(head))
    if strict is not None:
        return strict._replace(rule=" ".join(head.split()), note=rest)
    for sentence in filter(None, map(str.strip, _SPLIT.split(text))):
        allowed = _forbidden(_plain(sentence))
        if allowed is not None:
            return DataRules(allowed, rule=" ".join(sentence.split()), note=text)
    return DataRules(note=text)


def is_private(url: str) -> bool:
    """Whether `url` names a private address, or a name of the local network; no name is looked up."""
    try:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"[a-z][a-z0-9-]*", host)) or host.endswith(_PRIVATE_NAMES)
    return any(address in network for network in _PRIVATE)


def _first(text: str) -> tuple[str, str]:
    cut = _SPLIT.search(text)
    return (text, "") if cut is None else (text[: cut.start()].strip(), text[cut.end() :].strip())


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("’", "'").split()).rstrip(" .!")


def _strict(words: str) -> DataRules | None:
    """The rule of the small grammar; None where these words are none."""
    if words in _ANYTHING:
        return DataRules()
    if words in _HERE:
        return DataRules(())
    if words in _NETWORK or words.removesuffix(" only").removeprefix("only ") in _NETWORK:
        return DataRules((NETWORK,))
    for before in ("anything but ", "everything but ", "all but ", "any but ", "not ", "never ", "no "):
        if words.startswith(before):
            named = _named(words.removeprefix(before))
            named = None if named is None or re.fullmatch(_AWAY, named[0] if named else "") else named
            return DataRules(None, named) if named and NETWORK not in named else None
    named = _named(words.removeprefix("only ")) if words.startswith("only ") else None
    return DataRules(named) if named is not None else None


def _named(words: str) -> tuple[str, ...] | None:
    """Names of endpoints, and of places; None where it is a sentence rather."""
    found = []
    for item in filter(None, _LISTED.split(words)):
        if item in _HERE:
            continue
        if item in _NETWORK:
            found.append(NETWORK)
        elif _NAME.fullmatch(item):
            found.append(item)
        else:
            return None
    return tuple(dict.fromkeys(found))


def _forbidden(sentence: str) -> tuple[str, ...] | None:
    """What a plain sentence still allows; None where it forbids nothing.

    An exception to "never" that no program can check ("unless redacted") is no reason to send anything.
    """
    never = bool(re.search(_NEVER, sentence))
    if not never and _CONDITION.search(sentence):
        return None
    moves = never and bool(re.search(_LEAVE, sentence))
    if (moves and re.search(_COMPANY, sentence)) or re.search(_STAYS + _COMPANY, sentence):
        return (NETWORK,)
    stays = re.search(_STAYS + _MACHINE, sentence) or re.search(_STAYS_LOCAL, sentence)
    away = never and (re.search(_AWAY, sentence) or re.search(r"\bleav(?:e|es|ing)\b", sentence))
    return () if stays or away or (moves and re.search(_MACHINE, sentence)) else None


def _joined(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
