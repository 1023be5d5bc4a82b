"""What a run takes, said before it begins: what the cache has the answers to is not asked, and takes nothing."""

import re
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate import estimating
from genai_tui.stages.evaluate.estimating import Takes, takes
from genai_tui.stages.evaluate.running import plan_run
from genai_tui.stages.evaluate.working import subject_of
from genai_tui.store.candidates import find_candidate
from tests.support.commands import Ended, genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, project

__all__ = ["project"]

LIMITED = "---\nparameters: {max_tokens: 50}\n---\nTicket: {{ ticket }}"
FEW = 5  # tokens: fewer than one question has


@pytest.fixture
def name(project: Path) -> str:
    """A candidate whose answers are limited, so that a limit on tokens can be kept."""
    assert genai("prompt", "save", "-", cwd=project, stdin=LIMITED).code == 0
    made = genai("candidate", "make", "--model", "openai/label-a", "--prompt", "2", "--json", cwd=project)
    return str(made.json["candidate"])


def measured(project: Path, name: str, *words: str, limit: int = 10**6) -> Ended:
    return genai("eval", "run", name, "--json", "--max-tokens", limit, *words, cwd=project)


def said(ended: Ended) -> str:
    """What it was said to take."""
    [line] = [line for line in ended.err.splitlines() if " requests, about " in line]
    return line


def expected(project: Path, name: str, **asked: int) -> Takes:
    with Project.open(project) as opened:
        candidate = find_candidate(opened.reader, name)
        return takes(opened, subject_of(opened, candidate), plan_run(opened, **asked))


def test_a_run_whose_answers_are_in_the_cache_is_not_refused(project: Path, name: str, fake: FakeEndpoint) -> None:
    first = measured(project, name)
    assert said(first).startswith(f"{name}: {ROWS} requests, about ")
    assert "cache" not in said(first)
    again = measured(project, name, limit=FEW)
    assert (again.code, again.json["cache_hits"], fake.asked("label-a")) == (0, ROWS, ROWS)
    assert said(again) == (
        f"{name}: 0 requests, about 0 tokens in, at most 0 out; at most $0. {ROWS} of {ROWS} answers are in the cache."
    )


def test_money_is_limited_by_what_is_not_in_the_cache(project: Path, name: str, fake: FakeEndpoint) -> None:
    prices = ("--input-usd-per-million", "2.5", "--output-usd-per-million", "10")
    assert genai("endpoint", "add", "paid", "--url", fake.url, *prices, cwd=project).code == 0
    made = genai("candidate", "make", "--model", "paid/label-a", "--prompt", "2", "--json", cwd=project)
    words = ("eval", "run", made.json["candidate"], "--json", "--max-cost")
    refused = genai(*words, "0.00001", cwd=project)
    assert (refused.code, fake.requests) == (4, [])
    assert genai(*words, "1", cwd=project).code == 0
    again = genai(*words, "0.00001", cwd=project)
    assert (again.code, again.json["cache_hits"], again.json["spent_usd"]) == (0, ROWS, 0.0)
    assert said(again).endswith(f"at most $0. {ROWS} of {ROWS} answers are in the cache.")


def test_what_is_not_in_the_cache_is_counted_alone(project: Path, name: str) -> None:
    tokens = re.compile("about ([0-9,]+) tokens")
    whole = tokens.findall(said(measured(project, name, "--limit", "10")))
    rest = said(measured(project, name, "--limit", "30"))
    assert rest.startswith(f"{name}: 20 requests")
    assert "at most 1,000 out" in rest
    assert rest.endswith("10 of 30 answers are in the cache.")
    assert 0 < int(whole[0]) < int(tokens.findall(rest)[0])


@pytest.mark.parametrize("words", [("--no-cache",), ("--stream",)])
def test_what_is_asked_otherwise_is_not_in_the_cache(
    project: Path, name: str, fake: FakeEndpoint, words: tuple[str, ...]
) -> None:
    measured(project, name)
    assert measured(project, name, *words, limit=FEW).code == 4
    assert fake.asked("label-a") == ROWS


def test_repeats_are_looked_for_one_by_one(project: Path, name: str) -> None:
    measured(project, name)
    assert said(measured(project, name, "--repeats", "3")).endswith(f"{ROWS} of {3 * ROWS} answers are in the cache.")


def test_rows_that_stand_twice_are_further_repeats(project: Path, name: str) -> None:
    rows = "ticket,label\n" + "same,a\n" * 3
    import_csv(project, rows, name="twice")
    measured(project, name, "--dataset", "twice", "--limit", "2")
    assert said(measured(project, name, "--dataset", "twice")).endswith("2 of 3 answers are in the cache.")


def test_of_very_many_rows_some_stand_for_all(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(project, name, "--limit", str(ROWS // 2))
    monkeypatch.setattr(estimating, "LOOKED_FOR", 24)
    found = expected(project, name)
    assert found.about
    assert found.requests + found.cached == found.answers == ROWS
    assert abs(found.cached - ROWS // 2) < ROWS // 4
    assert found.sentence(name).endswith(f" About {found.cached} of {ROWS} answers are in the cache.")


def test_not_for_long_is_looked(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(project, name)
    monkeypatch.setattr(estimating, "LOOKING_S", 0.0)
    found = expected(project, name)
    assert (found.requests, found.cached, found.about) == (0, ROWS, True)
