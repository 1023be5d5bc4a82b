"""Exports of runs: complete, parsable, and harmless whatever a model answered."""

import contextlib
import csv
import io
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.commands import genai, import_csv
from tests.support.far_end import FarEnd, plain_environment
from tests.support.runs_by_command import ROWS, evaluated, project

__all__ = ["project"]

HOSTILE = "say-<script>alert(1)</script>|[x](http://example.test)*b*~s~ www.example.test a@example.test"


def exported(project: Path, form: str, *runs: int) -> str:
    ended = genai("eval", "export", *map(str, runs), "--format", form, cwd=project)
    assert ended.code == 0, ended.err
    return ended.out


def test_jsonl_and_csv_have_every_answer_in_the_order_of_the_rows(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    lines = [json.loads(line) for line in exported(project, "jsonl", run).splitlines()]
    assert [line["row"] for line in lines] == list(range(1, ROWS + 1))
    assert lines[1]["inputs"] == {"ticket": "ticket 1"}
    assert (lines[1]["expected"], lines[1]["text"], lines[1]["scores"]["exact"]["value"]) == ("b", "a", 0)
    rows = list(csv.DictReader(io.StringIO(exported(project, "csv", run))))
    assert [row["ticket"] for row in rows] == [line["inputs"]["ticket"] for line in lines]
    assert [float(row["score exact"]) for row in rows] == [line["scores"]["exact"]["value"] for line in lines]


def test_what_csv_holds_is_read_as_it_was_written(project: Path) -> None:
    texts = ("=1\r2", 'two\r\nlines, "quoted"')
    text = "".join(json.dumps({"run": text, "label": "-1"}) + "\n" for text in texts)
    words = ("data", "import", "-", "--name", "odd", "--format", "jsonl", "--expected", "label", "--split", "dev")
    assert genai(*words, cwd=project, stdin=text).code == 0
    assert genai("prompt", "save", "-", cwd=project, stdin="{{ run }}").code == 0
    name = genai("candidate", "make", "--model", "openai/echo", "--prompt", "2", "--json", cwd=project).json
    run = genai("eval", "run", name["candidate"], "--dataset", "odd", "--repeats", "2", "--json", cwd=project).json
    ended = genai("eval", "export", run["run"], "--format", "csv", cwd=project)
    found = list(csv.DictReader(io.StringIO(ended.out, newline=""), strict=True))
    assert [(row["run"], row["input run"], row["text"]) for row in found] == [
        ("1", text, text) for text in texts for _ in range(2)
    ]
    assert "a formula" in ended.err
    assert "(4 times)" in ended.err  # an input and its echo, twice


def test_csv_has_a_column_for_every_input_of_any_row(project: Path) -> None:
    tests = "[{vars: {x: a}}, {vars: {x: b, y: c}}]"
    (project / "two.yaml").write_text(f"prompts: ['{{{{x}}}} {{{{y}}}}']\nproviders: [echo]\ntests: {tests}\n")
    run = genai("eval", "run", "--config", "two.yaml", "--json", cwd=project).json["run"]
    rows = list(csv.DictReader(io.StringIO(exported(project, "csv", run))))
    assert [(row["x"], row["y"]) for row in rows] == [("a", ""), ("b", "c")]


def test_lines_of_jsonl_end_where_every_reader_ends_them(project: Path) -> None:
    signs = "a\u2028b\u2029c\x85d"
    import_csv(project, f"ticket,label\n{signs},x\n", name="signs")
    run = evaluated(project, "echo", "--dataset", "signs").json["run"]
    [line] = exported(project, "jsonl", run).splitlines()
    assert json.loads(line)["inputs"]["ticket"] == signs


def test_junit_has_a_case_a_row(project: Path) -> None:
    run = evaluated(project, "each-2-400", "--max-in-flight", "1", "--limit", "10").json["run"]
    root = ElementTree.fromstring(exported(project, "junit", run))
    assert root.get("tests") == "10"
    assert root.get("failures") == "10"  # five were not answered, and an echo is never the label
    assert len(root.findall(".//failure")) == 10


def test_foreign_text_stays_text(project: Path) -> None:
    run, other = evaluated(project, HOSTILE).json["run"], evaluated(project, "label-a").json["run"]
    page = exported(project, "html", run, other)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://example.test", "")  # it fetches nothing
    table = exported(project, "markdown", run, other)
    assert "<script>" not in table
    assert "\\|\\[x](http\\://example.test)\\*b\\*\\~s\\~ www\\.example.test a\\@example.test" in table
    assert f"| {run} | c1 | openai/" in table


def test_a_long_text_leaves_the_other_columns_of_a_page_their_room(project: Path) -> None:
    run = evaluated(project, f"label-{'z' * 3000}", "--limit", "2").json["run"]
    page = exported(project, "html", run)
    # else one letter a line, such a text asks for all the width there is; the numbers above it are never broken
    assert "h2+table td{min-width:5rem;overflow-wrap:anywhere}" in page
    assert page.count("overflow-wrap") == 1
    _, below = page.split("wrong or failed</h2>\n")
    assert below.startswith("<table><tr><th>row</th>")
    assert f"<td>{'z' * 3000}</td>" in below


@pytest.mark.parametrize(("rows", "said"), [(50, "wrong or failed"), (51, "wrong or failed (the first 50)")])
def test_only_a_list_that_is_cut_is_called_the_first_of_it(project: Path, rows: int, said: str) -> None:
    import_csv(project, "ticket,label\n" + "".join(f"ticket {n},a\n" for n in range(rows)), name="many")
    run = evaluated(project, "label-z", "--dataset", "many").json["run"]
    table, page = exported(project, "markdown", run), exported(project, "html", run)
    assert f"## Run {run}: {said}\n" in table
    assert f"<h2>Run {run}: {said}</h2>" in page
    assert (table.count("| dev:"), page.count("<td>dev:")) == (50, 50)


def test_a_repeat_is_told_from_the_others(project: Path) -> None:
    run = evaluated(project, "label-z", "--repeats", "2", "--limit", "1").json["run"]
    assert "| dev:1 repeat 1 |" in exported(project, "markdown", run)
    assert "<td>dev:1 repeat 2</td>" in exported(project, "html", run)
    names = [case.get("name") for case in ElementTree.fromstring(exported(project, "junit", run)).iter("testcase")]
    assert names == ["c1 dev:1 repeat 1", "c1 dev:1 repeat 2"]


def test_a_run_that_is_not_whole_says_so_in_every_format(project: Path) -> None:
    text = "---\nparameters: {max_tokens: 50}\n---\nTicket: {{ ticket }}"
    assert genai("prompt", "save", "-", cwd=project, stdin=text).code == 0
    made = genai("candidate", "make", "--model", "openai/count-50", "--prompt", "2", "--json", cwd=project).json
    ended = genai("eval", "run", made["candidate"], "--max-tokens", "1000", "--json", cwd=project)
    stopped, done = ended.json["run"], ended.json["n"]
    assert (ended.code, 0 < done < ROWS) == (4, True)
    whole = evaluated(project, "label-a", "--limit", "3").json["run"]
    said = f"It is stopped: {done} of {ROWS} answers were asked."
    for form in ("jsonl", "csv", "inspect", "promptfoo", "junit", "markdown", "html"):
        assert said.rstrip(".") in exported(project, form, stopped)
    root = ElementTree.fromstring(exported(project, "junit", stopped, whole))
    suites = root.findall("testsuite")
    assert [(suite.get("name"), suite.get("tests")) for suite in suites] == [
        (f"run {stopped}", f"{done}"), (f"run {whole}", "3")
    ]  # fmt: skip
    assert [each.get("value") for each in suites[0].iter("property")] == [said]
    assert root.get("tests") == f"{done + 3}"


def test_a_file_is_written_where_it_is_told(project: Path, tmp_path: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    file = tmp_path / "run.md"
    assert genai("eval", "export", str(run), "--format", "markdown", "--output", str(file), cwd=project).out == ""
    assert file.read_text().startswith("# Evaluation")
    assert genai("eval", "export", str(run), "--format", "word", cwd=project).code == 2


def test_with_json_every_format_is_documents_of_one_line(project: Path, tmp_path: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "3").json["run"]
    for form in ("csv", "junit", "markdown", "html"):
        said = genai("eval", "export", str(run), "--format", form, "--json", cwd=project)
        [line] = said.out.splitlines()
        assert json.loads(line) == {"runs": [run], "format": form, "text": exported(project, form, run)}
    for form in ("inspect", "promptfoo"):
        [line] = genai("eval", "export", str(run), "--format", form, "--json", cwd=project).out.splitlines()
        assert json.loads(line).keys() == json.loads(exported(project, form, run)).keys()
    file = str(tmp_path / "run.html")
    told = genai("eval", "export", str(run), "--format", "html", "--output", file, "--json", cwd=project).json
    assert told == {"runs": [run], "format": "html", "output": file}


def test_an_answer_that_a_scorer_could_not_judge_is_a_failure_as_it_is_in_the_score(project: Path) -> None:
    (project / "mine.py").write_text("def judge(text, expected):\n    raise ValueError('no')\n")
    told = evaluated(project, "label-a", "--limit", "2", "--scorer", "mine.py:judge").json
    assert (told["scores"]["mine.py:judge"]["value"], told["scores"]["mine.py:judge"]["n"]) == (0.0, 2)
    assert ElementTree.fromstring(exported(project, "junit", told["run"])).get("failures") == "2"
    (project / "log.json").write_text(exported(project, "inspect", told["run"]))
    back = genai("eval", "import", "log.json", "--json", cwd=project).json["scores"]["mine.py:judge"]
    assert (back["value"], back["n"]) == (0.0, 2)


def test_the_format_is_that_of_the_files_ending_where_none_is_named(project: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "2").json["run"]
    endings = {"csv": "run,", "xml": "<?xml", "md": "# Eval", "html": "<!doctype", "log": '{"run"'}
    for ending, begins in endings.items():
        ended = genai("eval", "export", run, "--output", f"run.{ending}", cwd=project)
        assert ended.code == 0, ended.err
        assert (project / f"run.{ending}").read_text().startswith(begins)
    assert genai("eval", "export", run, "--output", "as.csv", "--format", "jsonl", "--json", cwd=project).code == 0
    assert json.loads((project / "as.csv").read_text().splitlines()[0])["run"] == run
    told = genai("data", "export", "--output", "rows.csv", cwd=project)
    assert told.err.splitlines()[-1].endswith("are in rows.csv, as csv.")
    assert (project / "rows.csv").read_text().startswith("ticket,expected")


def test_a_file_is_written_over_after_a_yes_where_somebody_can_answer(project: Path, home: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "2").json["run"]
    file = project / "run.csv"
    words = ("-p", str(project), "eval", "export", str(run), "--output", str(file))
    for answer, code, begins in (("n", 2, "mine"), ("", 2, "mine"), ("y", 0, "run,")):
        file.write_text("mine")
        program = FarEnd([sys.executable, "-m", "genai_tui", *words], plain_environment(home))
        with contextlib.closing(program):
            program.wait_for(b"is there already. Write over it?")
            program.send(f"{answer}\r")
            assert program.end(20) == code
        assert file.read_text().startswith(begins)
    assert genai(*words, cwd=project).code == 0  # a script means what it says


@pytest.mark.parametrize(
    ("file", "why", "do"),
    [
        ("gone/run.csv", "No such file or directory.", "Make the folder gone first"),
        (".", "Is a directory.", "Name a file in it."),
        ("/dev/full", "No space left on device.", "Make room there"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_with_what_to_do(file: str, why: str, do: str, project: Path) -> None:
    run = evaluated(project, "label-a", "--limit", "2").json["run"]
    error = genai("eval", "export", run, "--format", "csv", "--output", file, "--json", cwd=project).error
    assert (error["why"], error["exit"]) == (why, 2)
    assert error["do"].startswith(do)
