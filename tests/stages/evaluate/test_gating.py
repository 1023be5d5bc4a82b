"""What a gate goes by: a whole split, whose answers were not given away; else it says why it does not."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from genai_tui.board import gather
from genai_tui.project import Project
from genai_tui.store.artifacts import save_model
from genai_tui.store.datasets import find_dataset
from tests.readme import README
from tests.support.commands import Ended, as_openai, genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, candidate, evaluated, project

__all__ = ["project"]


def gate(project: Path, *words: object) -> Ended:
    """A gate that any score meets, asked of `words`."""
    return genai("eval", "gate", *map(str, words), "--target", "0.1", "--json", cwd=project)


def check(ended: Ended, name: str) -> Any:
    """The condition of that name."""
    [found] = [each for each in ended.json["checks"] if each["name"] == name]
    return found


def into_train(project: Path, rows: Sequence[int]) -> None:
    """Rows of dev stand in train of the next version, too."""
    text = "ticket,label\n" + "".join(f"ticket {n},a\n" for n in rows)
    import_csv(project, text, split="train")


def trained(project: Path, model: str, leaks: dict[str, int] | None = None) -> None:
    """A model is known as trained on the last version of the dataset."""
    with Project.open(project) as opened:
        lineage = {"dataset_version": find_dataset(opened.reader).id, "leaks": leaks or {}}
        opened.writer.put_now(save_model(f"openai/{model}", {}, lineage))


def test_a_run_over_a_few_rows_passes_only_where_that_is_asked_for(project: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "10").json["run"]
    refused = gate(project, run)
    assert (refused.code, refused.json["met"]) == (1, False)
    assert "the first 10 of 40 rows of dev only" in refused.error["why"]
    told = gate(project, run, "--part")
    assert (told.code, check(told, "whole")["warns"]) == (0, True)
    assert "WARNING" in genai("eval", "gate", run, "--target", "0.1", "--part", cwd=project).out
    more_than_there_are = evaluated(project, "label-a", "--limit", "1000").json["run"]
    assert gate(project, more_than_there_are).code == 0


def test_a_gate_says_its_reasons_once(project: Path) -> None:
    run = str(evaluated(project, "label-a").json["run"])
    refused = genai("eval", "gate", run, "--target", "0.9", cwd=project)
    [why] = [line for line in refused.out.splitlines() if line.startswith("NOT MET")]
    assert refused.code == 1
    assert "the target 0.9 is not met" in why
    assert refused.err.splitlines() == [f"genai-tui: Run {run} does not pass."]


@pytest.mark.parametrize(
    ("scorer", "target", "do"),
    [
        ("exact", "90", "90 % is --target 0.9"),
        ("exact", "-1", "Give one from 0 to 1 with --target."),
        ("length:most=3", "2", "2 % is --target 0.02"),
    ],
)
def test_a_target_beyond_the_scale_is_refused(project: Path, scorer: str, target: str, do: str) -> None:
    run = str(evaluated(project, "label-a", "--scorer", scorer).json["run"])
    refused = genai("eval", "gate", run, "--scorer", scorer, "--target", target, "--json", cwd=project)
    assert (refused.code, refused.out) == (2, "")
    assert f"beyond the scale of {scorer}" in refused.error["what"]
    assert refused.error["why"] == "Its scores are from 0 to 1."
    assert refused.error["do"] == do


def test_what_has_no_scale_takes_any_target(project: Path) -> None:
    run = str(evaluated(project, "label-a", "--scorer", "length").json["run"])
    assert genai("eval", "gate", run, "--scorer", "length", "--target", "2", "--reached", cwd=project).code == 1


def test_what_is_above_its_limit_is_never_told_as_the_limit(project: Path) -> None:
    told = evaluated(project, "label-a").json
    limit = told["latency_s"]["p95"] * 0.9998
    refused = check(gate(project, told["run"], "--max-p95", limit), "latency_p95_s")
    is_now, wanted = re.findall(r"([\d.]+) s\b", refused["sentence"])
    assert not refused["met"]
    assert float(is_now) > float(wanted)
    met = check(gate(project, told["run"], "--max-p95", "1000000"), "latency_p95_s")
    assert met["sentence"].endswith(f"is {is_now} s, the limit 1000000 s.")


def test_a_candidate_is_gated_by_its_last_whole_run(project: Path) -> None:
    whole = evaluated(project, "label-a").json["run"]
    part = evaluated(project, "label-a", "--limit", "2").json
    assert gate(project, part["candidate"]).json["run"] == whole
    assert gate(project, part["run"]).code == 1
    with Project.open(project) as opened:
        [best] = gather(opened).iterations
    assert best.n == ROWS
    ranked = genai("eval", "leaderboard", "--split", "dev", "--json", cwd=project).json["candidates"]
    assert [row["run"] for row in ranked] == [whole]


def test_rows_that_were_trained_on_pass_no_gate_and_every_list_says_so(project: Path, tmp_path: Path) -> None:
    clean = evaluated(project, "label-b").json["run"]
    run = evaluated(project, "label-a").json["run"]
    assert genai("scope", "set", "target=0.3", "metric=exact", cwd=project).code == 0
    assert genai("status", "--json", cwd=project).json["stages"][5]["state"] == "done"
    into_train(project, range(20))
    trained(project, "label-a")
    junit = tmp_path / "gate.xml"
    refused = gate(project, run, "--junit", junit)
    assert (refused.code, check(refused, "unseen")["value"]) == (1, 20)
    assert "was trained on 20 of these dev rows" in refused.error["why"]
    [failure] = ET.parse(junit).getroot().iter("failure")
    assert "trained on 20 of these" in (failure.text or "")
    warned = gate(project, clean, "--against", run)
    assert warned.code == 0
    texts = [each["sentence"] for each in warned.json["checks"] if each["warns"]]
    assert any("20 rows of dev are train's in tickets v2" in text for text in texts)
    assert any(text.startswith(f"Run {run}: openai/label-a was trained") for text in texts)

    stage = genai("status", "--json", cwd=project).json["stages"][5]
    assert (stage["state"], "! seen in training" in stage["summary"]) == ("attention", True)
    with Project.open(project) as opened:
        assert [each.doubt for each in gather(opened).iterations] == ["", "seen in training"]
    listed = genai("eval", "list", "--json", cwd=project).json["runs"]
    assert {each["run"]: [seen["kind"] for seen in each["seen"]] for each in listed} == {
        run: ["seen"],
        clean: ["moved"],
    }
    assert "! seen" in genai("eval", "list", cwd=project).out
    ranked = genai("eval", "leaderboard", "--split", "dev", "--json", cwd=project).json["candidates"]
    assert {row["run"]: row["seen"][0]["rows"] for row in ranked} == {run: 20, clean: 20}
    assert "trained on 20 of these" in genai("eval", "leaderboard", "--split", "dev", cwd=project).out
    compared = genai("eval", "compare", clean, run, "--json", cwd=project).json["seen"]
    assert {side: [each["kind"] for each in found] for side, found in compared.items()} == {
        "a": ["moved"],
        "b": ["seen"],
    }
    assert f"! run {run}: openai/label-a was trained" in genai("eval", "compare", clean, run, cwd=project).out


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("jsonl", '"seen": ["openai/label-a was trained on 20 of these'),
        ("csv", ",openai/label-a was trained on 20 of these"),
        ("inspect", '"seen": ["openai/label-a was trained on 20 of these'),
        ("promptfoo", "run 1: openai/label-a was trained on 20 of these"),
        ("junit", '<property name="run 1: seen" value="openai/label-a was trained on 20 of these'),
        ("markdown", "Run 1: openai/label-a was trained on 20 of these"),
        ("html", "Run 1: openai/label-a was trained on 20 of these"),
    ],
)
def test_every_export_says_it(project: Path, form: str, says: str) -> None:
    evaluated(project, "label-a")
    assert "trained on" not in genai("eval", "export", "1", "--format", form, cwd=project).out
    into_train(project, range(20))
    trained(project, "label-a")
    assert says in genai("eval", "export", "1", "--format", form, cwd=project).out


def test_rows_much_like_those_that_were_trained_on_are_a_warning(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    trained(project, "label-a", {"near-train": 3})
    passed = gate(project, run)
    assert passed.code == 0
    assert (check(passed, "unseen")["warns"], "3 near-train" in check(passed, "unseen")["sentence"]) == (True, True)


def test_rows_that_a_prompt_shows_as_examples_pass_no_gate(project: Path) -> None:
    text = "---\nexamples:\n- {inputs: {ticket: ticket 2}, expected: a}\n---\nTicket: {{ ticket }}"
    saved = genai("prompt", "save", "-", "--json", cwd=project, stdin=text)
    assert saved.code == 0, saved.err
    words = ("candidate", "make", "--model", "openai/label-a", "--prompt", str(saved.json["prompt"]), "--json")
    name = genai(*words, cwd=project).json["candidate"]
    run = genai("eval", "run", name, "--json", cwd=project).json
    assert run["seen"][0] == {
        "kind": "shown", "rows": 1, "text": "Prompt 2 shows 1 of these dev rows with the answer, as an example."
    }  # fmt: skip
    assert gate(project, run["run"]).code == 1
    assert candidate(project, "label-a") != name


@pytest.mark.parametrize(
    "words", [("--target", "nan"), ("--target", "inf"), ("--max-cost", "nan"), ("--max-p95", "-1")]
)
def test_what_is_no_limit_is_refused(project: Path, words: tuple[str, str]) -> None:
    run = evaluated(project, "label-a").json["run"]
    assert genai("eval", "gate", run, *words, "--json", cwd=project).code == 2


def test_a_run_is_not_held_against_itself(project: Path) -> None:
    run = evaluated(project, "label-a").json
    for words in (("compare", run["run"], run["candidate"]), ("gate", run["candidate"], "--against", run["run"])):
        refused = genai("eval", *words, "--json", cwd=project)
        assert (refused.code, refused.error["what"]) == (2, "Run 1 would be compared with itself.")


@pytest.mark.parametrize("name", ["7", "#7"])
def test_a_candidate_is_not_called_as_a_run(project: Path, name: str) -> None:
    words = ("candidate", "make", "--model", "openai/label-a", "--prompt", "1", "--name", name)
    assert genai(*words, cwd=project).code == 2
    assert genai("candidate", "list", "--json", cwd=project).json["candidates"] == []


def test_a_regression_over_a_few_shared_examples_is_no_more_than_a_warning_says(project: Path) -> None:
    base = evaluated(project, "label-a", "--limit", "3").json["run"]
    run = evaluated(project, "label-b").json["run"]
    found = check(gate(project, run, "--against", base), "regression")
    assert (found["met"], found["warns"]) == (True, True)
    assert f"Only 3 of its {ROWS} examples" in found["sentence"]
    whole = evaluated(project, "label-a").json["run"]
    found = check(gate(project, run, "--against", whole), "regression")
    assert (found["warns"], "Only" in found["sentence"]) == (False, False)


def test_what_the_readme_says_for_ci_works_as_it_is_written(
    tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    [block] = [
        each for each in re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.S) if "eval gate" in each
    ]
    lines = [line for step in YAML(typ="safe").load(block) for line in step.get("run", "").splitlines()]
    commands = [line.split() for line in lines if line.startswith("genai-tui ")]
    as_openai(fake.url, monkeypatch)
    for right, code in ((30, 0), (15, 1)):  # of 30 rows, by a model that echoes
        folder = tmp_path / f"checkout-{right}"
        folder.mkdir()
        (folder / "prompt.md").write_text("{{ ticket }}")
        rows = "".join(f"ticket {n},{f'ticket {n}' if n < right else 'no'}\n" for n in range(30))
        (folder / "tickets.csv").write_text(f"ticket,label\n{rows}")
        ended = [genai(*words[1:], cwd=folder) for words in commands]
        assert [each.code for each in ended] == [0] * (len(commands) - 1) + [code], [each.err for each in ended]
        root = ET.parse(folder / "gate.xml").getroot()
        assert (int(root.get("failures", -1)) > 0) == (code == 1)


def test_runs_that_do_not_differ_are_gated_and_compared(project: Path) -> None:
    words = ("label-a", "--scorer", "levenshtein", "--scorer", "length")
    first, second = (evaluated(project, *words).json["run"] for _ in range(2))
    for scorer in ("levenshtein", "length"):
        told = genai("eval", "gate", second, "--against", first, "--scorer", scorer, "--json", cwd=project)
        assert (told.code, check(told, "regression")["met"]) == (0, True)
        compared = genai("eval", "compare", first, second, "--scorer", scorer, cwd=project)
        assert "difference +0.000" in compared.out
    refused = genai("eval", "gate", second, "--target", "0.1", "--scorer", "length", "--json", cwd=project)
    assert "no interval to go by" in check(refused, "target")["sentence"]
