"""Endpoints by command: adding, listing, testing against a real server, removing; keys stay where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.settings import report_of, settings_file
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread

KEY = "sk-proj-4f9QmZ7Ww2LxR8tB1nVc"


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    """A fake endpoint that serves in a thread and wants KEY."""
    with serve_in_thread() as endpoint:
        endpoint.key = KEY
        yield endpoint


def test_an_endpoint_is_added_listed_and_removed() -> None:
    words = ["--url", "http://gpu:8000/v1/chat/completions/?api-version=1", "--key-env", "GPU_KEY", "--in-flight", "4"]
    added = genai("endpoint", "add", "gpu", *words, "--header", "X-Team=a=b", "--json")
    assert added.code == 0
    assert added.json["base_url"] == "http://gpu:8000/v1"
    assert added.json["key"] == "$GPU_KEY is not set"
    assert genai("endpoint", "add", "local", "--preset", "LM Studio").code == 0
    listed = genai("endpoint", "list", "--json").json["endpoints"]
    assert [one["endpoint"] for one in listed] == ["embedded", "gpu", "local"]
    assert listed[1]["in_flight"] == 4
    assert listed[2]["base_url"] == "http://localhost:1234/v1"
    text = settings_file().read_text()
    assert 'api-version = "1"' in text
    assert 'X-Team = "a=b"' in text
    assert genai("endpoint", "remove", "gpu", "--json").json == {"endpoint": "gpu", "removed": True}
    assert "gpu" not in genai("endpoint", "list").out


@pytest.mark.parametrize(
    "words",
    [
        ["embedded", "--url", "http://h/v1"],
        ["a/b", "--url", "http://h/v1"],
        ["a"],
        ["a", "--url", "h/v1"],
        ["a", "--preset", "nope"],
        ["a", "--url", "http://h/v1", "--key-env", KEY],
        ["a", "--url", "http://h/v1", "--header", f"Authorization=Bearer {KEY}"],
        ["a", "--url", f"http://h/v1?key={KEY}"],
        ["a", "--url", "http://h/v1", "--header", "none"],
        ["a", "--url", "http://h/v1", "--input-usd-per-million", "1"],
        ["a", "--url", "http://h/v1", "--in-flight", "0"],
    ],
)
def test_what_cannot_be_added_is_a_sentence_without_the_key(words: list[str]) -> None:
    ended = genai("endpoint", "add", *words, "--json")
    assert ended.code == ended.error["exit"] == 2
    assert KEY not in ended.err
    assert not settings_file().exists()


def test_openai_is_taken_where_the_environment_gives_it() -> None:
    taken = genai("endpoint", "add", "openai", "--url", "http://h/v1", "--json", env={"OPENAI_API_KEY": "k"})
    assert taken.code == 2
    assert "OPENAI_API_KEY" in taken.error["why"]
    assert genai("endpoint", "remove", "openai", env={"OPENAI_API_KEY": "k"}).code == 2
    assert genai("endpoint", "add", "openai", "--url", "http://h/v1").code == 0


def test_a_test_says_what_it_found_and_remembers_it(fake: FakeEndpoint) -> None:
    assert genai("endpoint", "add", "box", "--url", fake.url, "--key-env", "BOX_KEY").code == 0
    env = {"BOX_KEY": f" {KEY}\n"}
    told = genai("endpoint", "test", "box", "--json", env=env)
    assert told.code == 0, told.err
    assert told.json["state"] == "ready"
    assert told.json["sentences"]
    assert told.json["facts"]["base_url"] == fake.url
    report = report_of("box")
    assert (report.state, report.facts["sentences"]) == ("ready", told.json["sentences"])
    said = genai("endpoint", "test", "box", "--model", "echo", env=env)
    assert said.out.splitlines()
    assert "echo" in report_of("box").models
    assert genai("endpoint", "list", "--json").json["endpoints"][1]["state"] == "ready"


def test_the_address_that_works_is_named(fake: FakeEndpoint) -> None:
    url = fake.url.removesuffix("/v1")
    assert genai("endpoint", "add", "box", "--url", url, "--key-env", "BOX_KEY").code == 0
    told = genai("endpoint", "test", "box", env={"BOX_KEY": KEY})
    assert told.code == 0, told.err
    assert fake.url in told.err
    assert f'base_url = "{url}"' in settings_file().read_text()


def test_a_wrong_key_and_a_dead_host_exit_3_and_are_said_once(fake: FakeEndpoint, tmp_path: Path) -> None:
    assert genai("endpoint", "add", "box", "--url", fake.url, "--key-env", "BOX_KEY").code == 0
    wrong = genai("endpoint", "test", "box", "--json", env={"BOX_KEY": "another-key-of-mine"})
    assert wrong.code == wrong.error["exit"] == 3
    assert "another-key-of-mine" not in wrong.err + wrong.out
    assert report_of("box").state == "failed"
    assert genai("endpoint", "add", "dead", "--url", "http://127.0.0.1:9/v1").code == 0
    dead = genai("endpoint", "test", "dead")
    assert dead.code == 3
    assert (dead.out + dead.err).count("127.0.0.1:9/v1.") == 1


def test_an_endpoint_nobody_knows_is_wrong_usage() -> None:
    for words in (("test", "nope"), ("remove", "nope")):
        assert genai("endpoint", *words).code == 2


def test_a_malformed_settings_file_is_a_sentence_everywhere() -> None:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[endpoints.box]\nbase_url = "http://h/v1"\nin_flite = 3\n')
    for words in (("endpoint", "list"), ("endpoint", "add", "a", "--url", "http://h/v1"), ("model", "list")):
        ended = genai(*words, "--json")
        assert ended.code == 2
        assert ended.error["what"].startswith(f"{path}:3: endpoints.box.in_flite")
        assert "in_flight" in ended.error["why"]
        assert ended.out == ""
