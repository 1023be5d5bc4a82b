"""Keys to and from other programs: a run into a file, a log as a run, a configuration of promptfoo; and the gate."""

import json
from pathlib import Path

from genai_tui.project import Project
from genai_tui.records.scopes import Scope
from genai_tui.store.runs import find_run
from genai_tui.store.scopes import save_scope
from genai_tui.widgets.line_edit import LineEdit
from tests.support.evaluate_screen import at_six, measured, project, type_over
from tests.support.panes import opened

__all__ = ["project"]


async def test_a_run_is_exported_in_a_chosen_format_and_over_a_file_after_a_yes(
    project: Project, tmp_path: Path
) -> None:
    await measured(project, "label-billing")
    file = tmp_path / "run.md"
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("X")
        assert panes.where == "ExportPage"
        await panes.press("down", "enter")
        await type_over(panes, str(file))
        await panes.until(lambda: panes.shows("is written"))
        assert "| exact |" in file.read_text("utf-8")
        file.write_text("mine")
        await panes.press("enter")
        await type_over(panes, str(file))
        await panes.until(lambda: panes.where == "WritingOver")
        assert panes.shows("is there already")
        await panes.press("enter", "y", "escape", "escape")
        assert panes.where == "ExportPage"
        assert file.read_text() == "mine"
        await panes.press("enter", "enter")  # the name stands there still
        await panes.until(lambda: panes.where == "WritingOver")
        await panes.press("n")  # no, and not the next best step
        assert panes.where == "ExportPage"
        assert file.read_text() == "mine"
        await panes.press("enter", "enter")
        await panes.until(lambda: panes.where == "WritingOver")
        await panes.press("Y")
        await panes.until(lambda: panes.shows("is written"))
        assert "| exact |" in file.read_text("utf-8")
        await panes.press("enter")
        await type_over(panes, str(tmp_path / "nowhere" / "run.md"))
        await panes.until(lambda: panes.shows("cannot be written. No such file or directory."))
        await panes.press("enter")
        box = panes.app.focused
        assert isinstance(box, LineEdit)
        assert box.value == str(tmp_path / "nowhere" / "run.md")


async def test_an_export_says_what_the_format_cannot_hold(project: Project, tmp_path: Path) -> None:
    await measured(project, "label-=billing")
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("X", "down", "down", "down", "enter")
        await type_over(panes, str(tmp_path / "run.csv"))
        await panes.until(lambda: panes.shows("A cell begins like a formula: read it as text"))
        assert panes.shows("(12 times)")
        assert (tmp_path / "run.csv").is_file()


async def test_the_gate_says_what_is_not_met_and_why(project: Project) -> None:
    await measured(project, "label-billing", "label-technical")
    project.writer.put_now(save_scope(Scope(metric="exact", target=0.6)))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("down", "t")  # run 1
        await panes.until(lambda: panes.shows("does not pass."))
        assert panes.shows("reached, but not met: the low end of the interval is below it (0.6)")
        assert panes.shows("12 of 12 answers were asked.")
        await panes.press("m")
        await panes.until(lambda: panes.shows("Run 1 passes."))
        await panes.press("b")
        assert panes.shows("There is no baseline")
        await panes.press("y")
        assert panes.shows("genai-tui eval gate 1 --reached")
        await panes.press("escape", "escape")
        await panes.until(lambda: panes.where == "Evaluate")
        await panes.press("b", "up", "t")  # run 2 against it
        await panes.until(lambda: panes.shows("not significantly worse than run 1"))


async def test_a_name_that_is_offered_gives_way_to_the_first_letter(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("m")
        box = panes.app.focused
        assert isinstance(box, LineEdit)
        assert box.value == "promptfooconfig.yaml"
        await panes.press(*"no.yaml")
        assert box.value == "no.yaml"
        await panes.press("enter")
        await panes.until(lambda: panes.shows("There is no file no.yaml"))
        await panes.press("m", *"x")  # what could not be taken is corrected instead
        assert box.value == "no.yamlx"


async def test_the_log_of_another_program_becomes_a_run(project: Project, tmp_path: Path) -> None:
    rows = [
        {"doc_id": n, "doc": {"question": f"q{n}", "answer": "a"}, "target": "a", "resps": [["a"]],
         "filtered_resps": ["a"], "exact_match": 1.0} for n in range(3)
    ]  # fmt: skip
    log = tmp_path / "samples_task.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("i")
        await type_over(panes, str(tmp_path / "nothing.jsonl"))
        await panes.until(lambda: panes.shows("There is no file"))
        assert project.reader.rows("SELECT count(*) FROM run") == [(0,)]
        await panes.press("i")
        box = panes.app.focused
        assert isinstance(box, LineEdit)
        assert box.value == str(tmp_path / "nothing.jsonl")  # to be corrected
        await panes.press(*["backspace"] * len("nothing.jsonl"), *log.name.replace("_", "$"))
        await panes.press("escape", "i")  # left, and gone back to
        assert box.value == str(tmp_path / log.name.replace("_", "$"))
        await type_over(panes, str(log))
        await panes.until(lambda: panes.shows("Run 1 is imported: 3 answers"))
        await panes.press("i")
        assert box.value == ""
        await panes.press("escape")
        result = find_run(project.reader, 1).result
        assert result is not None
        assert result.n == 3


async def test_a_configuration_of_promptfoo_is_measured(project: Project, tmp_path: Path) -> None:
    config = tmp_path / "promptfooconfig.yaml"
    config.write_text(
        "prompts: ['Say {{ word }}']\nproviders: [echo]\noutputPath: x.json\ntests:\n"
        "  - {vars: {word: yes}, assert: [{type: contains, value: Say}]}\n"
        "  - {vars: {word: no}, assert: [{type: equals, value: No}]}\n"
    )
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("m")
        await type_over(panes, str(config))
        await panes.until(lambda: panes.shows("requests    2: 1 prompt and provider × 2 tests"))
        assert panes.shows("money       $0")
        assert panes.shows("! outputPath is not written")
        assert project.reader.rows("SELECT count(*) FROM run") == [(0,)]
        assert project.reader.rows("SELECT count(*) FROM candidate") == [(0,)]  # nothing is kept before a yes
        await panes.press("y")
        assert panes.shows("genai-tui eval run --config")
        await panes.press("escape", "r")
        await panes.until(lambda: panes.shows("Run 1 is done"))
        result = find_run(project.reader, 1).result
        assert result is not None
        assert (result.n, result.scores["promptfoo"].value) == (2, 0.5)
        await panes.press("v", "v")
        assert panes.shows("Every candidate whose cost is known costs $0: there is nothing to weigh quality against.")
        assert panes.shows("The best by promptfoo is c1, 0.50; v goes on to latency.")
        await panes.press("v", "escape")
        config.write_text("prompts: [")
        await panes.press("m")
        await type_over(panes, str(config))
        await panes.until(lambda: panes.shows("yaml:1: the file is no YAML"))


async def test_a_test_of_promptfoo_is_shown_by_what_it_asks_and_not_as_it_is_stored(
    project: Project, tmp_path: Path
) -> None:
    config = tmp_path / "promptfooconfig.yaml"
    long = [f"word {n}" for n in range(100)]
    config.write_text(
        "prompts: ['Say {{ word }}']\nproviders: [echo]\ntests:\n"
        "  - {vars: {word: a}, threshold: 0.5, "
        "assert: [{type: contains-any, value: [x, q]}, {type: equals, value: b}]}\n"
        "  - {vars: {word: b}, assert: [{type: equals, value: '{{ word }}', weight: 2}, {type: is-json}]}\n"
        f"  - {{vars: {{word: c}}, assert: [{{type: contains-all, value: {json.dumps(long)}}}]}}\n"
    )
    async with opened(project, (120, 36)) as panes:
        await at_six(panes)
        await panes.press("m")
        await type_over(panes, str(config))
        await panes.until(lambda: panes.shows("requests    3"))
        await panes.press("r")
        await panes.until(lambda: panes.shows("Run 1 is done"))
        await panes.until(lambda: "contains-any x,…" in panes.part("#failures"))
        assert "equals {{ word…" in panes.part("#failures")
        assert "contains-all; …" in panes.part("#failures")  # of a long one what the list has of it
        assert '{"assert"' not in panes.text
        await panes.press("tab", "enter")
        await panes.until(lambda: panes.where == "ExamplePage" and panes.shows("contains-all word 0, word 1, word 2"))
        await panes.press("escape", "down", "enter")
        await panes.until(lambda: panes.shows("contains-any x, q equals b threshold 0.5"))
        await panes.press("escape", "d", "down")
        await panes.until(lambda: panes.shows("2 equals {{ word }… b"))
        await panes.press("tab", "enter")
        await panes.until(lambda: panes.where == "RowPage")
        assert "contains-any x, q; equals b; threshold 0.5" in panes.part("#fields")
        await panes.press("down", "down", "down", "up")  # the text that is edited is what is stored
        assert '{"assert": [' in panes.part("#text")
        await panes.press("escape")
        await panes.until(lambda: panes.where == "Evaluate")
        assert '{"assert"' not in panes.text


async def test_help_and_palette_name_them(project: Project) -> None:
    await measured(project, "label-billing")
    async with opened(project, size=(120, 60)) as panes:
        await at_six(panes)
        await panes.press("question_mark")
        await panes.until(lambda: panes.shows("import results of lm-eval, Inspect or promptfoo as a run"))
        assert panes.shows("measure what a promptfoo configuration describes")
        assert panes.shows("export the chosen run")
        await panes.press("escape", "colon", *"junit")
        await panes.until(lambda: panes.shows("export the chosen run"))
        await panes.press("enter")
        await panes.until(lambda: panes.where == "ExportPage")
