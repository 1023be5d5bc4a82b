"""A promptfoo configuration measured as a job."""

import json
import time
from pathlib import Path
from typing import Any

from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import project

__all__ = ["project"]

WITHIN_S = 60.0
CONFIG = """
prompts:
  - 'Say {{ word }}'
  - 'Repeat {{ word }}'
providers:
  - echo
  - id: openai:chat:label-a
    config: {apiBaseUrl: BASE, apiKeyEnvar: OPENAI_API_KEY}
tests:
  - vars: {word: a}
    assert: [{type: contains, value: a}]
  - vars: {word: b}
    assert: [{type: equals, value: Say b}]
"""

LIMITED = """
prompts: [{id: p, label: one, raw: 'a {{x}}'}, {id: q, label: two, raw: 'b {{x}}'}]
providers: [{id: openai:label-a, config: {apiBaseUrl: BASE, max_tokens: 50}}]
tests:
  - {vars: {x: [a, b, c]}, prompts: [one]}
  - {vars: {x: [d, e, f]}, prompts: [two]}
"""


def ended(folder: Path, job: int) -> Any:
    """How a job stands once it is over."""
    until = time.monotonic() + WITHIN_S
    while (told := genai("job", "show", str(job), "--json", cwd=folder).json)["state"] in ("queued", "running"):
        assert time.monotonic() < until, told
        time.sleep(0.05)
    return told


def test_a_configuration_in_the_background_gives_what_it_gives_in_the_foreground(
    project: Path, fake: FakeEndpoint
) -> None:
    config = project / "foo.yaml"
    config.write_text(CONFIG.replace("BASE", fake.url))
    here = genai("eval", "run", "--config", config, "--no-cache", "--json", cwd=project)
    assert here.code == 0, here.err
    first = [json.loads(line) for line in here.out.splitlines()]
    assert [run["scores"]["promptfoo"]["value"] for run in first] == [1.0, 0.5, 0.5, 0.5]
    started = genai("eval", "run", "--config", config, "--no-cache", "--background", "--json", cwd=project)
    assert started.code == 0, started.err
    told = ended(project, started.json["job"])
    assert (told["state"], told["progress"], told["estimate"]) == ("done", 1.0, {"answers": 8}), told
    runs = [genai("eval", "show", run, "--json", cwd=project).json for run in told["result"]["runs"]]
    assert [(run["candidate"], run["scores"]) for run in runs] == [(run["candidate"], run["scores"]) for run in first]
    assert {run["provider"] for run in runs} == {"echo", "openai:chat:label-a"}


def test_a_configuration_that_is_not_supported_is_no_job(project: Path) -> None:
    config = project / "foo.yaml"
    config.write_text("prompts: [hello]\nproviders: ['exec:rm']\ntests: [{vars: {}}]\n")
    refused = genai("eval", "run", "--config", config, "--background", "--json", cwd=project)
    assert refused.code == 2
    assert refused.error["unsupported"]
    assert genai("job", "list", "--json", cwd=project).json["jobs"] == []


def test_limits_hold_for_all_groups_of_a_job(project: Path, fake: FakeEndpoint) -> None:
    config = project / "foo.yaml"
    config.write_text(LIMITED.replace("BASE", fake.url))
    words = ("eval", "run", "--config", config, "--no-cache", "--max-in-flight", "1", "--background", "--json")
    started = genai(*words, "--max-tokens", "95", cwd=project)
    assert started.code == 0, started.err
    assert [line.split(":")[0] for line in started.err.splitlines() if " requests, about " in line] == [
        "c1", "c2", "All of it"
    ]  # fmt: skip
    told = ended(project, started.json["job"])
    assert told["state"] != "done", told
    assert 3 <= len(fake.requests) < 6
    again = genai("job", "resume", str(started.json["job"]), "--json", cwd=project)
    assert again.code == 0, again.err
    assert ended(project, started.json["job"])["state"] != "done"
    assert 3 <= len(fake.requests) < 6
