"""Where data may go: how the words of a scope are read, and which endpoints they refuse."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.inference.data_rules import is_private, read_rules
from genai_tui.records.endpoints import Endpoint

OPENAI = Endpoint("openai", "https://api.openai.com/v1")
LAN = Endpoint("gpu", "http://192.168.1.20:8000/v1")
NAMED = Endpoint("rack", "http://gpu-7.internal:8000/v1")
LOOPBACK = Endpoint("vllm", "http://localhost:8000/v1")
EMBEDDED = Endpoint("embedded", "")
ALL = (OPENAI, LAN, NAMED, LOOPBACK, EMBEDDED)


def allowed(text: str) -> set[str]:
    rules = read_rules(text)
    return {endpoint.name for endpoint in ALL if rules.allows(endpoint)}


HERE = {"vllm", "embedded"}
NETWORK = HERE | {"gpu", "rack"}
EVERYWHERE = NETWORK | {"openai"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", EVERYWHERE),
        ("anything", EVERYWHERE),
        ("anything; but never names", EVERYWHERE),
        ("local", HERE),
        ("This machine.", HERE),
        ("Local only; tickets hold names", HERE),
        ("local\nTickets hold names.", HERE),
        ("network", NETWORK),
        ("our network only", NETWORK),
        ("only openai", HERE | {"openai"}),
        ("only OpenAI, network", EVERYWHERE),
        ("only mistral and groq", HERE),
        ("not openai", NETWORK),
        ("anything but openai, vllm", NETWORK - {"vllm"}),
        ("Nothing leaves this machine.", HERE),
        ("Customer data must not be sent to third parties", HERE),
        ("no cloud", HERE),
        ("Data stays on this machine", HERE),
        ("GDPR applies; no ticket may leave our network", NETWORK),
        ("Nothing may leave this machine except to openai", HERE),
        ("Tickets may leave this machine only without names and addresses.", EVERYWHERE),
        ("GDPR applies.", EVERYWHERE),
        ("no personal data", EVERYWHERE),
    ],
)
def test_words_are_read_as_the_rule_they_say(text: str, names: set[str]) -> None:
    assert allowed(text) == names


def test_what_was_read_is_said() -> None:
    assert read_rules("local; tickets hold names").note == "tickets hold names"
    assert "every other endpoint is refused" in read_rules("local").said()
    assert "is a note, and refuses nobody" in read_rules("Think of GDPR").said()
    assert "but openai and groq" in read_rules("not openai, groq").said()


def test_a_refusal_says_the_rule_and_where_the_data_would_go() -> None:
    with pytest.raises(UsageFault) as fault:
        read_rules("network; names").check(OPENAI)
    assert "openai may not be asked" in fault.value.what
    assert "“network”" in fault.value.what
    assert "api.openai.com" in fault.value.why
    assert fault.value.exit_code == 2


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://10.0.0.3/v1", True),
        ("http://172.16.0.3/v1", True),
        ("http://172.32.0.3/v1", False),
        ("http://gpu7:8000/v1", True),
        ("http://rack.lan/v1", True),
        ("http://[fd00::1]:8000/v1", True),
        ("http://8.8.8.8/v1", False),
        ("http://134744072/v1", False),
        ("http://0x08080808/v1", False),
        ("https://10.0.0.3.example.com/v1", False),
        ("http://[bad", False),
    ],
)
def test_private_addresses(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_a_name_that_begins_like_loopback_is_not_here() -> None:
    for url in ("https://localhost.example.com/v1", "https://127.example.com/v1"):
        assert not Endpoint("evil", url).local
        assert not read_rules("local").allows(Endpoint("evil", url))
