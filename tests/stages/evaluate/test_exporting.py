"""Exports of runs: complete, parsable, and harmless whatever a model answered."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

from tests.support.commands import genai
from tests.support.runs_by_command import ROWS, evaluated, project

__all__ = ["project"]

HOSTILE = "say-<script>alert(1)</script>|[x](http://example.test)"


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
    assert "\\|\\[x](http" in table
    assert f"| {run} | c1 | openai/" in table


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
