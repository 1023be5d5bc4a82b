"""Tests of a promptfoo configuration as people read them, also after the way through Inspect's log and back."""

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.support.commands import genai, import_csv

CONFIG = """
providers: [echo]
prompts: ['{{ ticket }}']
tests:
  - {description: a printer problem, vars: {ticket: on fire}, assert: [{type: equals, value: fire}]}
  - {vars: {ticket: my invoice, lang: de}, assert: [{type: equals, value: x}]}
  - vars: {ticket: two}
    assert:
      - {type: contains-all, value: [one, '{{ ticket }}']}
      - {type: assert-set, assert: [{type: is-json}, {type: regex, value: t.o}]}
"""


def cases(project: Path, run: int) -> list[tuple[str, str]]:
    tree = ElementTree.fromstring(genai("eval", "export", run, "--format", "junit", cwd=project).out)
    failed = ((case.attrib["name"], case.find("failure")) for case in tree.iter("testcase"))
    return [(name, failure.attrib["message"]) for name, failure in failed if failure is not None]


def test_a_test_is_named_by_its_description_or_its_variables(project: Path) -> None:
    (project / "p.yaml").write_text(CONFIG)
    run = genai("eval", "run", "--config", "p.yaml", "--json", cwd=project).json["run"]
    assert cases(project, run) == [
        ("c1 dev:1 a printer problem", "promptfoo 0: expected equals fire, got on fire"),
        ("c1 dev:2 ticket: my invoice; lang: de", "promptfoo 0: expected equals x, got my invoice"),
        (
            "c1 dev:3 ticket: two",
            'promptfoo 0: expected contains-all ["one", "{{ ticket }}"]; assert-set (is-json; regex t.o), got two',
        ),
    ]
    assert "equals fire" in genai("eval", "show", run, "--failures", cwd=project).out
    assert "| equals fire |" in genai("eval", "export", run, "--format", "markdown", cwd=project).out
    assert json.loads(genai("eval", "export", run, cwd=project).out.splitlines()[0])["expected"]["assert"]


def test_what_came_back_from_inspect_is_as_plain(project: Path) -> None:
    (project / "p.yaml").write_text(CONFIG)
    run = genai("eval", "run", "--config", "p.yaml", "--json", cwd=project).json["run"]
    assert genai("eval", "export", run, "--format", "inspect", "--output", "log.json", cwd=project).code == 0
    back = genai("eval", "import", "log.json", "--json", cwd=project).json["run"]
    assert [why for _, why in cases(project, back)][:2] == [
        "promptfoo 0: expected fire, got on fire", "promptfoo 0: expected x, got my invoice",
    ]  # fmt: skip
    shown = genai("eval", "export", back, "--format", "markdown", cwd=project).out
    assert "| input: user: on fire | fire | on fire |" in shown
    assert "assert" not in shown.replace("assert-set", "")


def test_the_scorer_of_configurations_is_refused_over_ordinary_rows(project: Path) -> None:
    (project / "p.yaml").write_text(CONFIG)
    assert genai("eval", "run", "--config", "p.yaml", "--json", cwd=project).code == 0
    assert genai("eval", "rescore", "1", "--scorer", "promptfoo", cwd=project).code == 0
    import_csv(project, "ticket,label\non fire,a\n", name="rows")
    words = ("eval", "run", "c1", "--dataset", "rows", "--json")
    error = genai(*words, "--scorer", "promptfoo", cwd=project).error
    assert error["what"].startswith("The rows of rows dev have no assertions")
    assert "eval run --config FILE" in error["do"]
