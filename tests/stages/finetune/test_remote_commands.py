"""`finetune plan` and `start` for a model that its service trains, against a real server on loopback."""

import os
import pty
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.store.artifacts import lineage_of
from tests.stages.finetune.test_remote import KEY, Service, service
from tests.stages.finetune.test_remote import project as with_service
from tests.support.commands import genai

__all__ = ["service", "with_service"]

WITHIN_S = 60.0
REMOTE = ("--model", "service/small")


@pytest.fixture
def project(with_service: Project) -> Project:
    """The project with the service, and rows that have nothing in common."""
    letters = random.Random(0)
    texts = [" ".join("".join(letters.choices("abcdefghijklmnopqrst", k=7)) for _ in range(4)) for _ in range(20)]
    rows = "ticket,label\n" + "".join(f"{text},{'ab'[n % 2]}\n" for n, text in enumerate(texts))
    words = ("data", "import", "-", "--name", "own", "--format", "csv", "--expected", "label", "--ratios", "0.8,0.2,0")
    assert genai(*words, cwd=with_service.folder, stdin=rows).code == 0
    assert genai("data", "use", "own", cwd=with_service.folder).code == 0
    return with_service


def ended(folder: Path, job: int) -> Any:
    end = time.monotonic() + WITHIN_S
    while (told := genai("job", "show", str(job), "--json", cwd=folder).json)["state"] in ("queued", "running"):
        assert time.monotonic() < end, told
        time.sleep(0.1)
    return told


def test_a_plan_says_what_would_go_where_and_sends_nothing(project: Project, service: Service) -> None:
    words = ("--set", "epochs=2", "--set", "rate=1.5", "--set", "rank=8", "--method", "lora")
    told = genai("finetune", "plan", *REMOTE, *words, "--json", cwd=project.folder)
    assert told.code == 0, told.err
    plan = told.json
    assert (plan["model"], plan["url"], plan["settings"]) == ("service/small", service.url, {"epochs": 2, "rate": 1.5})
    assert plan["not_sent"] == ["method", "rank"]
    assert plan["estimate"] == {"cost_usd": None}
    [train, dev] = plan["uploads"]
    assert (train["split"], train["rows"], dev["split"], dev["rows"]) == ("train", 16, "dev", 4)
    assert train["tokens"] > 16 * 5
    assert train["size"] > 16 * 100
    said = genai("finetune", "plan", *REMOTE, *words, cwd=project.folder).out
    for words_ in (service.url, "train.jsonl  16 rows, ≈ ", "no rule on data", "not sent: method, rank", "not known"):
        assert words_ in said
    assert (service.files, service.jobs) == ([], [])


def test_started_it_is_a_job_whose_model_has_its_lineage(project: Project, service: Service) -> None:
    service.after = 0
    assert genai("scope", "set", "data_rules=only service", cwd=project.folder).code == 0
    told = genai("finetune", "start", *REMOTE, "--set", "epochs=2", "--name", "mine", "--json", cwd=project.folder)
    assert told.code == 0, told.err
    assert told.json["model"] is None
    assert "its price list says it" in told.err
    assert f"To {service.url} go 16 rows of train" in told.err
    done = ended(project.folder, told.json["job"])
    assert (done["state"], done["kind"], done["device"]) == ("done", "finetune", ""), done
    assert done["result"]["model"] == "service/ft:small:lora-1"
    [asked] = service.jobs
    assert asked["suffix"] == "mine"
    assert asked["method"]["supervised"]["hyperparameters"] == {"n_epochs": 2}
    assert len(service.files[0].splitlines()) == 16
    lineage = lineage_of(project.reader, "service/ft:small:lora-1")
    assert lineage is not None
    assert (lineage["dataset"], lineage["dataset_version"], lineage["leaks"]) == ("own v1", 2, {})
    log = genai("job", "log", str(told.json["job"]), cwd=project.folder).out
    assert "16 rows of train are uploaded" in log
    assert KEY not in log


def test_what_the_data_rules_refuse_is_not_even_planned(project: Project, service: Service) -> None:
    assert genai("scope", "set", "data_rules=not service", cwd=project.folder).code == 0
    for command in ("plan", "start"):
        told = genai("finetune", command, *REMOTE, "--json", cwd=project.folder)
        assert told.code == 2
        assert "service may not be asked" in told.error["what"]
    assert genai("job", "list", "--json", cwd=project.folder).json == {"jobs": []}


def test_a_budget_that_cannot_be_kept_is_refused(project: Project, service: Service) -> None:
    assert genai("scope", "set", "budget_usd=25", cwd=project.folder).code == 0
    for command in ("plan", "start"):
        told = genai("finetune", command, *REMOTE, "--json", cwd=project.folder)
        assert (told.code, "budget of $25 cannot be kept" in told.error["what"]) == (2, True)
    assert genai("job", "list", "--json", cwd=project.folder).json == {"jobs": []}
    assert (service.files, service.jobs) == ([], [])
    assert told.error["do"].endswith("genai-tui scope set budget_usd=")
    assert genai("scope", "set", "budget_usd=", cwd=project.folder).code == 0
    assert genai("finetune", "plan", *REMOTE, cwd=project.folder).code == 0


def test_a_service_that_is_said_to_cost_nothing_keeps_any_budget(project: Project, service: Service) -> None:
    price = ("--input-usd-per-million", "0", "--output-usd-per-million", "0")
    assert genai("endpoint", "add", "own", "--url", service.url, *price).code == 0
    assert genai("scope", "set", "budget_usd=25", cwd=project.folder).code == 0
    told = genai("finetune", "plan", "--model", "own/small", "--json", cwd=project.folder)
    assert (told.code, told.json["model"]) == (0, "own/small")


def test_rows_that_are_measured_too_stand_in_the_way(project: Project, service: Service) -> None:
    rows = "ticket,label\n" + "".join(f"ticket {n},{'ab'[n % 2]}\n" for n in range(20))
    words = ("data", "import", "-", "--name", "leaky", "--format", "csv", "--expected", "label", "--split")
    for split in ("train", "dev"):
        assert genai(*words, split, cwd=project.folder, stdin=rows).code == 0
    leaky = (*REMOTE, "--dataset", "leaky", "--json")
    assert genai("finetune", "plan", *leaky, cwd=project.folder).code == 1
    told = genai("finetune", "start", *leaky, cwd=project.folder)
    assert (told.code, "not trained on" in told.error["what"]) == (2, True)
    assert service.files == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--set", "epochs=1.5"), "A service takes whole epochs, not 1.5."),
        (("--set", "rate=0"), "rate factor (rate) must be a number above 0, not 0."),
        (("--set", "ranks=4"), "There is no setting ranks."),
        (("--output", "x.toml"), "A service's settings are few: they are not written to a file."),
        (("--dataset", "nothing"), "There is no dataset nothing."),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], what: str, project: Project) -> None:
    told = genai("finetune", "plan", *REMOTE, *words, "--json", cwd=project.folder)
    assert (told.code, told.error["what"]) == (2, what)


@pytest.mark.parametrize(("answer", "jobs"), [("n", 0), ("y", 1)])
def test_on_a_terminal_a_yes_is_asked_for(answer: str, jobs: int, project: Project, service: Service) -> None:
    service.after = 0
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    words = (sys.executable, "-m", "genai_tui", "finetune", "start", *REMOTE)
    told = subprocess.run(
        words, cwd=project.folder, stdin=theirs, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert told.returncode == 0, told.stderr
    assert "Let service train small? [y/N]" in told.stderr
    assert len(genai("job", "list", "--json", cwd=project.folder).json["jobs"]) == jobs
    if jobs:
        assert ended(project.folder, 1)["state"] == "done"
