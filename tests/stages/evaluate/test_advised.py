"""What is advised where a run cannot be compared, gated or scored: it fits the cause, and doing it helps."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.stages.evaluate.interchange.test_logs import sample as logged
from tests.support.commands import Ended, genai, import_csv, tickets
from tests.support.runs_by_command import evaluated, project

__all__ = ["project"]

CONFIG = "prompts: ['{{x}}']\nproviders: [echo]\ntests: [{vars: {x: a}, assert: [{type: equals, value: a}]}]\n"


def refused(project: Path, *words: object) -> Any:
    """The error of a command that is refused."""
    ended = genai(*map(str, words), "--json", cwd=project)
    assert (ended.code, ended.out) == (2, "")
    return ended.error


def followed(project: Path, do: str) -> list[Ended]:
    """The commands that `do` names, done."""
    commands = [f"eval {part}" for part in do.replace(" and genai-tui", "; genai-tui").split("genai-tui eval ")[1:]]
    ended = [genai(*shlex.split(command.rstrip("; ")), "--json", cwd=project) for command in commands]
    assert ended
    for each in ended:
        assert each.code == 0, each.err
    return ended


def imported(project: Path, count: int = 4) -> int:
    """A log of lm-eval as a run."""
    log = project / "samples_sums.jsonl"
    log.write_text("\n".join(logged(number, "none", float(number % 2)) for number in range(count)))
    return int(genai("eval", "import", log, "--json", cwd=project).json["run"])


def other_dataset(project: Path) -> None:
    file = project / "other.csv"
    file.write_text(tickets(10, "ab", "mail"))
    words = ("--input", "ticket", "--expected", "label", "--split", "dev", "--json")
    assert genai("data", "import", file, *words, cwd=project).code == 0


@pytest.mark.parametrize("gated", [False, True])
def test_another_scorer_is_added_to_the_run_that_lacks_it(project: Path, gated: bool) -> None:
    evaluated(project, "label-a")
    evaluated(project, "label-b", "--scorer", "contains")
    words = ("gate", 2, "--against", 1) if gated else ("compare", 1, 2)
    followed(project, refused(project, "eval", *words)["do"])
    assert genai("eval", *map(str, words), cwd=project).code == 0


@pytest.mark.parametrize("gated", [False, True])
def test_a_run_over_another_dataset_is_measured_as_the_other_was(project: Path, gated: bool) -> None:
    evaluated(project, "label-a")
    other_dataset(project)
    evaluated(project, "label-b", "--dataset", "other")
    words = ("gate", 2, "--against", 1) if gated else ("compare", 1, 2)
    fault = refused(project, "eval", *words)
    assert "tickets v1 dev" in fault["why"]
    assert "other v1 dev" in fault["why"]
    [ended] = followed(project, fault["do"])
    assert ended.json["candidate"] == "c2"
    assert genai("eval", "compare", "1", str(ended.json["run"]), cwd=project).code == 0


def test_an_older_version_without_a_row_of_the_newer_is_measured_anew(project: Path) -> None:
    evaluated(project, "label-a")
    import_csv(project, tickets(10, "ab", "mail"))
    evaluated(project, "label-b")
    [ended] = followed(project, refused(project, "eval", "compare", 1, 2)["do"])
    assert ended.json["candidate"] == "c1"
    assert genai("eval", "compare", str(ended.json["run"]), "2", cwd=project).code == 0


def test_scores_of_another_program_are_not_to_be_computed_here(project: Path) -> None:
    first = imported(project)
    second = genai("eval", "import", project / "samples_sums.jsonl", "--model", "b", "--json", cwd=project).json["run"]
    followed(project, f"genai-tui eval rescore {first} --scorer exact")
    fault = refused(project, "eval", "compare", first, second, "--scorer", "exact")
    followed(project, fault["do"])
    told = genai("eval", "compare", str(first), str(second), "--scorer", "exact", "--json", cwd=project)
    assert told.json["n"] == 4
    third = genai("eval", "run", candidate_over(project), "--dataset", "samples_sums", "--json", cwd=project).json
    fault = refused(project, "eval", "compare", first, third["run"], "--scorer", "exact_match,none")
    assert fault["do"] == f"exact_match,none came with run {first} from another program. Both have: --scorer exact"
    assert genai("eval", "compare", str(first), str(third["run"]), "--scorer", "exact", cwd=project).code == 0


def test_a_score_that_came_with_a_run_is_not_made_anew(project: Path) -> None:
    fault = refused(project, "eval", "rescore", imported(project), "--scorer", "exact_match,none")
    assert fault["what"] == "exact_match,none came with run 1 from another program: it is not computed here."
    followed(project, f"genai-tui eval rescore 1 {fault['do'].partition(': ')[2]}")


def test_a_run_of_a_configuration_is_compared_with_others_of_it(project: Path) -> None:
    evaluated(project, "label-a")
    (project / "c.yaml").write_text(CONFIG)
    assert genai("eval", "run", "--config", "c.yaml", cwd=project).code == 0
    [ended] = followed(project, refused(project, "eval", "compare", 1, 2)["do"])
    assert genai("eval", "compare", "2", str(ended.json["run"]), cwd=project).code == 0


def test_a_scorer_with_words_of_its_own_is_advised_so_that_a_shell_takes_it(project: Path) -> None:
    evaluated(project, "label-a", "--scorer", 'contains:text="a b"')
    evaluated(project, "label-b")
    followed(project, refused(project, "eval", "compare", 1, 2)["do"])
    assert genai("eval", "compare", "1", "2", cwd=project).code == 0


def candidate_over(project: Path) -> str:
    """A candidate whose prompt asks what the log's rows hold."""
    assert genai("prompt", "save", "-", cwd=project, stdin="{{ question }}").code == 0
    made = genai("candidate", "make", "--model", "openai/label-a", "--prompt", "2", "--json", cwd=project)
    return str(made.json["candidate"])


@pytest.mark.parametrize("words", [("gate", "1", "--target", "0.5"), ("compare", "1", "2"), ("show", "1")])
def test_a_scorer_that_cannot_be_made_says_that_first(project: Path, words: tuple[str, ...]) -> None:
    evaluated(project, "label-a")
    evaluated(project, "label-b")
    fault = refused(project, "eval", *words, "--scorer", "judge")
    assert fault["do"] == "Name one: judge:model=ENDPOINT/MODEL-ID"
    fault = refused(project, "eval", *words, "--scorer", "promptfoo")
    assert fault["do"] == "Only runs of a promptfoo configuration have it: genai-tui eval run --config FILE"


def test_a_score_that_no_answer_has_says_so(project: Path) -> None:
    evaluated(project, "label-a")
    assert genai("eval", "rescore", "1", "--scorer", "json-schema", cwd=project).code == 0
    told = genai("eval", "gate", "1", "--scorer", "json-schema", "--target", "0.5", cwd=project)
    assert "json-schema has no value: no answer could be judged by it." in told.out


def test_a_run_that_is_held_against_itself_is_to_be_held_against_another(project: Path) -> None:
    evaluated(project, "label-a")
    assert refused(project, "eval", "gate", 1, "--against", 1)["do"] == "Name another one: genai-tui eval list"
