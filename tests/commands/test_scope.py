"""The commands of the scope: checked, told what follows, versions, Markdown; its rules and budget hold everywhere."""

import os
from pathlib import Path

import pytest

from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.around import LISTED
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint

WHOLE = ("problem=Sort tickets.", "tasks=classification", "metric=exact", "target=0.9", "harms=none", "today=by hand")


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Path:
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "genai-tui" / "settings.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    paid = "input_usd_per_million = 10\noutput_usd_per_million = 20\n"
    config.write_text(
        f'[endpoints.fake]\nbase_url = "{fake.url}"\n[endpoints.far]\nbase_url = "http://192.0.2.1/v1"\n{paid}'
        f'[endpoints.paid]\nbase_url = "{fake.url}"\n{paid}'
    )
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="---\nparameters: {max_tokens: 50}\n---\nHello").code == 0
    return folder


def test_check_exits_1_until_what_is_needed_is_said(project: Path) -> None:
    said = genai("scope", "check", "--json", cwd=project)
    assert said.code == 1
    assert [finding["key"] for finding in said.json["findings"]] == ["problem", "metric", "target"]
    assert said.json["met"] is False
    assert genai("scope", "set", *WHOLE, cwd=project).code == 0
    assert genai("scope", "check", "--json", cwd=project).json == {
        "version": 1,
        "met": True,
        "findings": [],
        "narrow": {
            "verdict": "narrow",
            "reasons": [
                {"text": "One task type: classification, whose answers are right or wrong by rule.", "do": ""},
                {
                    "text": "No example is shown.",
                    "do": "Write three: of what really comes, with the output you want.",
                },
            ],
        },
    }


def test_a_contradiction_is_a_check_that_is_not_met(project: Path) -> None:
    assert genai("scope", "set", *WHOLE, "target=1", cwd=project).code == 0
    said = genai("scope", "check", cwd=project)
    assert said.code == 1
    assert "can never be met" in said.out
    assert "can never be met" in said.err


def test_follows_tells_everything_with_its_reason(project: Path) -> None:
    pairs = ("requests_a_month=1000", "examples=charged twice => billing")
    assert genai("scope", "set", *WHOLE, *pairs, cwd=project).code == 0
    assert genai("model", "use", "paid/echo", cwd=project).code == 0
    found = {one["key"]: one for one in genai("scope", "follows", "--json", cwd=project).json["follows"]}
    assert list(found) == [
        "metric", "test_examples", "model_size", "context", "speed", "month", "where", "stages",
    ]  # fmt: skip
    assert all(one["reason"] for one in found.values())
    month = found["month"]
    assert month["usd"]["paid/echo"] == pytest.approx(month["input_tokens"] / 1e5 + month["output_tokens"] / 5e4)
    assert {f"{provider}/{name}" for provider, name in LISTED} < set(month["usd"])
    assert "genai-prices" in month["source"]
    text = genai("scope", "follows", cwd=project).out
    assert all(one["reason"] in text for one in found.values())


def test_versions_are_listed_compared_noted_and_gone_back_to(project: Path) -> None:
    genai("scope", "set", "target=0.8", cwd=project)
    genai("scope", "set", "target=0.9", "--note", "as agreed", cwd=project)
    listed = genai("scope", "list", "--json", cwd=project).json["versions"]
    assert [(one["version"], one["changed"], one["note"]) for one in listed] == [
        (2, "target 0.80 → 0.90", "as agreed"), (1, "the first", ""),
    ]  # fmt: skip
    assert genai("scope", "diff", "1", "--json", cwd=project).json == {
        "from": 1, "to": 2, "changes": [{"key": "target", "before": "0.8", "after": "0.9"}],
    }  # fmt: skip
    assert genai("scope", "diff", "1", "2", cwd=project).out == "target\n- 0.8\n+ 0.9\n"
    assert genai("scope", "back", "1", "--json", cwd=project).json["target"] == 0.8
    assert genai("scope", "note", "1", "a sketch", cwd=project).code == 0
    assert genai("scope", "show", "1", "--json", cwd=project).json["note"] == "a sketch"
    assert genai("scope", "show", "3", "--json", cwd=project).json["note"] == "as version 1"
    assert genai("scope", "diff", "1", "9", "--json", cwd=project).error["exit"] == 2


def test_markdown_goes_out_and_comes_back(project: Path) -> None:
    examples = "examples=charged twice => billing\napp crashes => technical"
    genai("scope", "set", *WHOLE, examples, "data_rules=local; names", cwd=project)
    assert genai("scope", "export", "--output", "SCOPE.md", cwd=project).code == 0
    text = (project / "SCOPE.md").read_text()
    assert genai("scope", "export", cwd=project).out == text
    assert genai("scope", "export", "--json", cwd=project).json == {"version": 1, "text": text}
    assert "- **target**: 0.9\n" in text
    assert "## Examples\n\n```text\ncharged twice => billing\n" in text
    same = genai("scope", "import", "SCOPE.md", "--json", cwd=project)
    assert same.json["version"] == 1
    changed = text.replace("**target**: 0.9", "**target**: 0.95").replace("Sort tickets.", "Sort all tickets.")
    back = genai("scope", "import", "-", "--json", cwd=project, stdin=changed).json
    assert (back["version"], back["target"], back["problem"]) == (2, 0.95, "Sort all tickets.")
    assert back["examples"] == [
        {"input": "charged twice", "output": "billing"}, {"input": "app crashes", "output": "technical"},
    ]  # fmt: skip
    wrong = genai("scope", "import", "-", "--json", cwd=project, stdin=text.replace("0.9", "9"))
    assert (wrong.code, "0.09" in wrong.error["do"]) == (2, True)


def test_how_data_rules_are_read_is_said(project: Path) -> None:
    said = genai("scope", "set", "data_rules=local; tickets hold names", "--json", cwd=project)
    assert said.json["data_rules_read"].startswith("Only models on this machine may be asked")
    assert "every other endpoint is refused" in said.err
    assert "is a note, and refuses nobody" in genai("scope", "set", "data_rules=Mind GDPR", cwd=project).err


def test_what_data_rules_forbid_is_refused_everywhere_and_nothing_is_sent(project: Path, fake: FakeEndpoint) -> None:
    genai("scope", "set", "data_rules=anything but paid", cwd=project)
    asked = genai("prompt", "run", "1", "--model", "paid/echo", "--json", cwd=project)
    assert (asked.code, asked.error["kind"]) == (2, "data rules")
    assert "anything but paid" in asked.error["what"]
    assert genai("prompt", "run", "1", "--model", "fake/echo", "--json", cwd=project).code == 0
    (project / "rows.csv").write_text("text,expected\n" + "".join(f"row {n},yes\n" for n in range(8)))
    assert genai("data", "import", "rows.csv", "--split", "dev", cwd=project).code == 0
    assert genai("candidate", "make", "--model", "paid/echo", "--prompt", "1", "--name", "c1", cwd=project).code == 0
    before = len(fake.requests)
    run = genai("eval", "run", "c1", "--json", cwd=project)
    assert run.code == 2
    assert "anything but paid" in run.out + run.err
    assert len(fake.requests) == before


@pytest.mark.parametrize(("rules", "code"), [("local", 2), ("network", 2), ("only fake", 2), ("only far", 3), ("", 3)])
def test_another_machine_is_asked_only_where_the_rules_let_it(project: Path, rules: str, code: int) -> None:
    """192.0.2.1 is an address of documentation: where it may be asked, nobody answers."""
    genai("scope", "set", f"data_rules={rules}", cwd=project)
    said = genai("prompt", "run", "1", "--model", "far/m", "--json", cwd=project, env={"http_proxy": "http://[::1]:9"})
    assert said.code == code, said.err


def test_a_test_of_an_endpoint_sends_nothing_of_the_project_and_goes_on(project: Path, fake: FakeEndpoint) -> None:
    genai("scope", "set", "data_rules=not fake", cwd=project)
    assert genai("endpoint", "test", "fake", "--model", "echo", cwd=project).code == 0
    assert genai("model", "list", "--endpoint", "fake", cwd=project).code == 0


def test_a_critique_is_asked_of_a_capable_model_and_recorded(project: Path, fake: FakeEndpoint) -> None:
    genai("scope", "set", *WHOLE, cwd=project)
    said = genai("scope", "check", "--critique", "--model", "paid/echo", "--json", cwd=project)
    assert said.code == 0, said.err
    assert said.json["critique"]["model"] == "paid/echo"
    assert said.json["critique"]["text"]
    assert "Sort tickets." in str(fake.requests[-1].json)
    spend = genai("status", "--json", cwd=project).json["spend"]["usd"]
    assert spend == pytest.approx(said.json["critique"]["cost_usd"])


def test_a_critique_keeps_to_budget_and_rules_and_is_not_the_embedded_models(project: Path, fake: FakeEndpoint) -> None:
    empty = genai("scope", "check", "--critique", "--model", "paid/echo", "--json", cwd=project)
    assert (empty.code, "nothing to criticise" in empty.error["what"]) == (2, True)
    genai("scope", "set", *WHOLE, "budget_usd=0.001", cwd=project)
    embedded = genai("scope", "check", "--critique", "--json", cwd=project)
    assert (embedded.code, "not capable" in embedded.error["what"]) == (2, True)
    over = genai("scope", "check", "--model", "paid/echo", "--json", cwd=project)
    assert over.code == 4
    assert "budget of $0.001" in over.error["what"]
    genai("scope", "set", "data_rules=local", cwd=project)
    assert genai("scope", "check", "--model", "far/m", "--json", cwd=project).error["kind"] == "data rules"
    assert fake.requests == []


def test_show_prints_every_field(project: Path) -> None:
    genai("scope", "set", *WHOLE, "examples=a => b\nc => d", cwd=project)
    lines = genai("scope", "show", cwd=project).out.splitlines()
    assert lines[0].split() == ["problem", "Sort", "tickets."]
    at = next(number for number, line in enumerate(lines) if line.startswith("examples"))
    assert [line.strip() for line in lines[at : at + 2]] == ["examples          a => b", "c => d"]
    assert genai("scope", "show", "--json", cwd=project).json["budget_usd"] is Scope().budget_usd
