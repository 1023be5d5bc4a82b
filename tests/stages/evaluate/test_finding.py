"""What runs say when they are looked into: slices, what went wrong, comparisons, plans, and judges before a gate."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate.handing import pairs_into_preferences
from genai_tui.stages.evaluate.rivals import against, changed
from genai_tui.store.runs import find_run
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint, Received, serve_in_thread
from tests.support.runs_by_command import ROWS, evaluated, project

__all__ = ["project"]


class Judging(FakeEndpoint):
    """The fake endpoint with a judge of its own: full marks for what is expected, else the least."""

    async def _answer(self, request: Received, out: Any) -> bool:
        if request.body and request.model == "just":
            text = request.json["messages"][-1]["content"]
            answer, expected = (re.search(rf"<{tag}>\s*(.*?)\s*</{tag}>", text, re.S) for tag in ("answer", "expected"))
            assert answer is not None
            assert expected is not None
            said = json.dumps({"reason": "As it is.", "score": 5 if answer[1] == expected[1] else 1})
            choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 900, "completion_tokens": 9, "total_tokens": 909}
            return bool(await out.json(200, {"choices": [choice], "usage": usage}))
        return await super()._answer(request, out)


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with serve_in_thread(Judging()) as endpoint:
        yield endpoint


def shown(project: Path, *words: object) -> Any:
    return genai("eval", "show", *map(str, words), "--json", cwd=project).json


def test_slices_have_each_their_own_interval(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    by_label = shown(project, run, "--by", "expected")["slices"]
    assert [(s["name"], s["n"], s["value"]) for s in by_label] == [("a", ROWS // 2, 1.0), ("b", ROWS // 2, 0.0)]
    assert by_label[0]["low"] == pytest.approx(0.838875, abs=1e-6)  # Wilson's, 20 of 20
    by_length = shown(project, run, "--by", "length")["slices"]
    assert [(s["name"], s["n"]) for s in by_length] == [("up to 50 characters", ROWS)]
    assert "expected" in genai("eval", "show", run, "--by", "expected", cwd=project).out


def test_a_row_of_two_tags_is_in_both_slices(project: Path) -> None:
    kinds = (("a", ["angry", "long"]), ("b", ["angry"]), ("a", ["long"]))
    rows = "".join(json.dumps({"ticket": str(n), "label": x, "kind": k}) + "\n" for n, (x, k) in enumerate(kinds))
    words = ("--name", "tagged", "--format", "jsonl", "--expected", "label", "--tag", "kind", "--split", "dev")
    assert genai("data", "import", "-", *words, cwd=project, stdin=rows).code == 0
    run = evaluated(project, "label-a", "--dataset", "tagged", "--repeats", "2").json["run"]
    slices = {s["name"]: (s["n"], s["value"]) for s in shown(project, run, "--by", "tag")["slices"]}
    assert slices == {"angry": (4, 0.5), "long": (4, 1.0)}


def test_failures_are_listed_with_what_was_expected(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    told = shown(project, run, "--failures", "--most", "3")
    assert (told["wrong"], len(told["wrong_answers"])) == (ROWS // 2, 3)
    assert {(w["expected"], w["got"], w["value"]) for w in told["wrong_answers"]} == {("b", "a", 0.0)}
    failing = evaluated(project, "each-2-400", "--max-in-flight", "1").json["run"]
    assert "(400)" in shown(project, failing, "--failures")["wrong_answers"][0]["error"]
    assert genai("eval", "show", run, "--failures", "--scorer", "bleu", cwd=project).code == 2


def test_repeats_say_how_noisy_they_are(project: Path) -> None:
    run = evaluated(project, "each-3-400", "--repeats", "2", "--retries", "0", "--max-in-flight", "1").json["run"]
    assert shown(project, run)["noise"]["examples"] == ROWS
    assert "noise" not in shown(project, evaluated(project, "label-a").json["run"])
    assert "examples change with the repeat" in genai("eval", "show", run, cwd=project).out


def test_several_are_compared_with_holms_correction(project: Path) -> None:
    a, b, c, d = (evaluated(project, model).json["run"] for model in ("label-a", "label-b", "label-c", "label-a"))
    ended = genai("eval", "compare", a, b, c, d, "--json", cwd=project)
    found = {told["b"]: told for told in map(json.loads, ended.out.splitlines())}
    assert set(found) == {b, c, d}
    p = {run: told["p"] for run, told in found.items()}
    assert found[c]["holm"] == pytest.approx(3 * p[c])
    assert (found[b]["holm"], found[d]["holm"]) == (1.0, 1.0)
    assert "holm" not in genai("eval", "compare", a, c, "--json", cwd=project).json
    assert "Holm" in genai("eval", "compare", a, b, c, cwd=project).out


def test_scores_of_all_answers_together_are_compared_too(project: Path) -> None:
    a, b = (evaluated(project, model, "--scorer", "bleu").json["run"] for model in ("label-a", "echo"))
    told = genai("eval", "compare", a, b, "--json", cwd=project).json
    assert (told["n"], told["test"]) == (ROWS, "approximate randomisation")
    assert told["low"] <= told["difference"] <= told["high"]


def test_where_less_is_better_more_is_a_loss(project: Path) -> None:
    words = ("--scorer", "refusal")
    helping, refusing = (evaluated(project, model, *words).json["run"] for model in ("label-a", "say-I cannot help."))
    told = genai("eval", "compare", helping, refusing, "--json", cwd=project).json
    assert (told["difference"], told["better"], told["worse"]) == (1.0, 0, ROWS)
    assert genai("eval", "gate", refusing, "--against", helping, cwd=project).code == 1
    assert genai("eval", "gate", helping, "--against", refusing, cwd=project).code == 0
    with Project.open(project) as opened:
        one, other = (find_run(opened.reader, run) for run in (helping, refusing))
        assert [against(opened.reader, *pair).verdict for pair in ((one, other), (other, one))] == ["worse", "better"]
        assert len(changed(opened.reader, one, other, "refusal").worse) == ROWS
        assert pairs_into_preferences(opened, one, other, "refusal") == ROWS
        kept = opened.reader.rows("SELECT chosen FROM preference")
        assert {chosen for (chosen,) in kept} == {"first"}


ALTERNATING = """
turn = 0

def right(text, expected):
    global turn
    turn += 1
    return text == "b" or turn % 2 == 0
"""


def test_the_same_difference_everywhere_is_not_certain_where_answers_are_right_or_wrong(project: Path) -> None:
    (project / "mine.py").write_text(ALTERNATING)
    words = ("--scorer", "mine.py:right", "--repeats", "2", "--max-in-flight", "1")
    half, whole = (evaluated(project, f"label-{letter}", *words).json["run"] for letter in "ab")
    told = genai("eval", "compare", half, whole, "--json", cwd=project).json
    assert (told["test"], told["n"], told["difference"]) == ("paired permutation", ROWS, 0.5)
    assert told["low"] < 0.5 < told["high"] <= 1


def test_a_plan_says_what_so_many_examples_show(project: Path) -> None:
    told = genai("eval", "plan", "--json", cwd=project).json
    assert told["n"] == ROWS
    assert told["examples"] == 817  # by the exact test, for 0.05 where a quarter differs; 783 by its normal limit
    assert 0.2 < told["smallest_difference"] < 0.25
    assert genai("eval", "plan", "--examples", "817", "--json", cwd=project).json["smallest_difference"] < 0.05001
    mean = genai(
        "eval", "plan", "--examples", "100", "--deviation", "0.5", "--difference", "0.14", "--json", cwd=project
    )
    assert mean.json["smallest_difference"] == pytest.approx(0.140, abs=1e-3)
    assert mean.json["examples"] == 101
    assert genai("eval", "plan", "--difference", "0", cwd=project).code == 2
    assert "times out of 10" in genai("eval", "plan", cwd=project).out
    few = genai("eval", "plan", "--examples", "10", "--difference", "0.9", cwd=project).out
    assert "where 67% of examples are answered rightly by one of both alone" in few  # no fewer can differ by so much
    assert "takes 7 examples, where 90% are." in few


def test_a_judge_that_always_prefers_the_first_comes_out_as_ties_and_as_biased(project: Path) -> None:
    judge = 'judge:mode=pairwise,model=openai/say-{"reason":"Better.","better":"first"}'
    told = evaluated(project, "label-a", "--scorer", judge).json
    [score] = told["scores"].values()
    assert (score["value"], score["n"]) == (0.5, ROWS)
    [known] = shown(project, told["run"])["judges"].values()
    [bias] = known["biases"]
    assert (bias["biased"], bias["first"]["value"], bias["disagreed"]["value"]) == (True, 1.0, 1.0)
    assert "biased towards the first answer" in genai("eval", "show", told["run"], cwd=project).out
    refused = genai("eval", "gate", told["run"], "--scorer", judge, "--target", "0.1", "--json", cwd=project)
    assert refused.code == 1
    assert "biased towards the first answer" in refused.error["why"]


def test_judges_without_a_verdict_are_counted_and_named(project: Path) -> None:
    judge = "judge:model=openai/say-Hm"
    words = ("--limit", "3", "--scorer", judge, "--scorer", f"{judge},mode=pairwise")
    told = evaluated(project, "label-a", *words).json
    assert {score["n"] for score in told["scores"].values()} == {0}
    judges = shown(project, told["run"])["judges"]
    assert [judges[name]["without_verdict"] for name in (judge, f"{judge},mode=pairwise")] == [3, 3]
    said = genai("eval", "show", told["run"], cwd=project).out
    assert "model=openai/say-Hm: It gave no verdict on 3 answers, left out of its score." in said
    assert "model=openai/say-Hm,mode=pairwise: It gave no verdict on 3 answers" in said


def test_a_gate_goes_by_a_judge_only_where_people_agree_with_it(project: Path, tmp_path: Path) -> None:
    judge = "judge:model=openai/just"
    told = evaluated(project, "label-a", "--scorer", judge).json
    assert told["scores"][judge]["value"] == pytest.approx(0.5)
    words = ("eval", "gate", told["run"], "--scorer", judge, "--target", "0.3", "--json")
    refused = genai(*words, cwd=project)
    assert refused.code == 1
    assert "Nobody has labelled any of its answers" in refused.error["why"]
    rows = shown(project, told["run"], "--failures")["wrong_answers"]
    wrong = {row["generation"] for row in rows}
    asked = range(min(wrong) - 40, max(wrong) + 40)
    labels = tmp_path / "labels.csv"
    labels.write_text("generation,label\n" + "".join(f"{n},{1 if n in wrong else 5}\n" for n in asked))
    met = genai(*words, "--labels", labels, cwd=project)
    assert (met.code, met.json["met"]) == (0, True)
    labels.write_text("generation,label\n" + "".join(f"{n},{1 if n % 3 else 5}\n" for n in asked))
    doubted = genai(*words, "--labels", labels, cwd=project)
    assert doubted.code == 1
    assert "kappa" in doubted.error["why"]
    labels.write_text("row,verdict\n1,good\n")
    assert genai(*words, "--labels", labels, cwd=project).code == 2
    other = evaluated(project, "label-a", "--scorer", judge).json["run"]
    against = genai("eval", "gate", told["run"], "--scorer", judge, "--against", other, cwd=project)
    assert against.code == 1


def test_each_class_has_its_precision_and_recall(project: Path) -> None:
    run = evaluated(project, "label-a", "--scorer", "labels").json["run"]
    told = genai("eval", "show", run, "--by", "class", "--json", cwd=project).json["classes"]
    assert told == [
        {"label": "a", "n": 20, "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)},
        {"label": "b", "n": 20, "precision": 0.0, "recall": 0.0, "f1": 0.0},
    ]
    assert "0.667" in genai("eval", "show", run, "--by", "class", cwd=project).out
    failing = evaluated(project, "fault-500", "--scorer", "labels", "--retries", "0")
    missed = genai("eval", "show", failing.json["run"], "--by", "class", "--json", cwd=project).json["classes"]
    assert [(each["label"], each["n"], each["recall"]) for each in missed] == [("a", 20, 0.0), ("b", 20, 0.0)]
    other = evaluated(project, "label-a").json["run"]
    refused = genai("eval", "show", other, "--by", "class", "--json", cwd=project)
    assert (refused.code, refused.error["do"]) == (2, f"genai-tui eval rescore {other} --scorer labels")
