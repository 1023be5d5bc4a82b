"""Base URLs as people paste them."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.inference.addresses import join, origin, others_worth_trying, shown, tidy
from genai_tui.records.endpoints import is_loopback


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("http://h:1/v1", "http://h:1/v1"),
        ("http://h:1/v1/", "http://h:1/v1"),
        ("http://h:1//v1//", "http://h:1/v1"),
        (" http://h:1/v1\n", "http://h:1/v1"),
        ("https://h/v1/chat/completions", "https://h/v1"),
        ("https://h/v1/chat/completions/", "https://h/v1"),
        ("https://h/v1/models", "https://h/v1"),
        ("https://h", "https://h"),
        ("https://h/", "https://h"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
        ("https://h/openai/v1?api-version=1", "https://h/openai/v1?api-version=1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_tidy(pasted: str, url: str) -> None:
    assert tidy(pasted) == url
    assert tidy(url) == url


@pytest.mark.parametrize("pasted", ["localhost:8000/v1", "ftp://h/v1", "", "http://", "http://h:port/v1", "http:///v1"])
def test_what_is_no_address(pasted: str) -> None:
    with pytest.raises(UsageFault):
        tidy(pasted)


def test_join_keeps_what_the_base_asks() -> None:
    assert join("https://h/v1?a=1", "/models", {"b": "2 3"}) == "https://h/v1/models?a=1&b=2+3"


@pytest.mark.parametrize(
    ("base", "first"),
    [
        ("http://h:1", "http://h:1/v1"),
        ("http://h:1/api", "http://h:1/api/v1"),
        ("http://h:1/x/v1", "http://h:1/x/v1/v1"),
        ("http://h:1/v1", "http://h:1"),
    ],
)
def test_what_is_worth_trying(base: str, first: str) -> None:
    others = others_worth_trying(base)
    assert base not in others
    assert len(set(others)) == len(others)
    if not base.endswith("/v1"):
        assert others[0] == first
    else:
        assert all(other != base for other in others)


def test_the_native_path_of_ollama() -> None:
    assert "http://h:11434/v1" in others_worth_trying("http://h:11434/api/chat")


def test_loopback_and_origin() -> None:
    for url in (
        "http://localhost:1",
        "http://127.0.0.1",
        "http://127.8.8.8:1/v1",
        "http://[::1]/",
        "http://a.localhost",
    ):
        assert is_loopback(url)
    for url in ("http://localhost.example.org", "http://128.0.0.1", "http://example.org/127.0.0.1"):
        assert not is_loopback(url)
    assert origin("http://H/x") == origin("http://h:80/y") != origin("https://h/x")


def test_what_is_shown_holds_no_secret() -> None:
    assert shown("https://me:secret@h:1/v1?key=k#f") == "https://h:1/v1"
