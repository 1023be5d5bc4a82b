"""Fine-tuning by a service: a real server on loopback that takes the requests, refuses, and forgets nothing."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import NoAnswer, RequestFault, UsageFault
from genai_tui.jobs.contract import Report, Stop
from genai_tui.project import Project
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.remote import as_lines, finetune_remote, warning
from genai_tui.stages.finetune.rows import Row
from genai_tui.store.artifacts import lineage_of
from tests.support.commands import genai

KEY = "sk-remote-0123456789abcdef"
STEPS = 6


@dataclass
class Service:
    """What a service of fine-tuning remembers."""

    url: str = ""
    files: list[str] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0
    cancelled: bool = False
    ends: str = "succeeded"
    refuses: int = 0
    after: int = 3  # looks until it ends
    keys: set[str] = field(default_factory=set)

    def job(self) -> dict[str, Any]:
        self.looks += 1
        status = "cancelled" if self.cancelled else self.ends if self.looks > self.after else "running"
        error = {"code": "bad", "message": "The rows are too few.", "param": None} if status == "failed" else None
        return {
            "id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1, "status": status, "model": "small",
            "fine_tuned_model": "ft:small:lora-1" if status == "succeeded" else None, "error": error,
            "trained_tokens": 1234, "hyperparameters": {}, "organization_id": "o", "result_files": [], "seed": 0,
            "training_file": "file-1",
        }  # fmt: skip

    def events(self) -> list[dict[str, Any]]:
        steps = min(STEPS, 2 * self.looks)
        found = [{"id": "e0", "type": "message", "message": "It began.", "data": None}]
        found += [
            {"id": f"e{step}", "type": "metrics", "message": f"Step {step}",
             "data": {"step": step, "total_steps": STEPS, "train_loss": 2.0 / step, "valid_loss": 2.5 / step}}
            for step in range(1, steps + 1)
        ]  # fmt: skip
        common = {"object": "fine_tuning.job.event", "created_at": 1, "level": "info"}
        return [event | common for event in reversed(found)]


@pytest.fixture
def service() -> Iterator[Service]:
    known = Service()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def _say(self, value: Any, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            known.keys.add(self.headers.get("Authorization", ""))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if known.refuses:
                self._say({"error": {"message": f"No fine-tuning for {KEY} here.", "type": "x"}}, known.refuses)
            elif self.path.endswith("/files"):
                known.files.append(re.search(rb"\r\n\r\n(\{.*?)\r\n--", body, re.DOTALL)[1].decode())  # type: ignore[index]
                number = len(known.files)
                self._say({"id": f"file-{number}", "object": "file", "bytes": 1, "created_at": 1, "filename": "f",
                           "purpose": "fine-tune", "status": "processed"})  # fmt: skip
            elif self.path.endswith("/cancel"):
                known.cancelled = True
                self._say(known.job())
            else:
                known.jobs.append(json.loads(body))
                self._say(known.job() | {"status": "queued"})

        def do_GET(self) -> None:
            if "/events" in self.path:
                self._say({"object": "list", "data": known.events(), "has_more": False})
            else:
                self._say(known.job())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(service: Service, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    folder = tmp_path / "work"
    monkeypatch.setenv("REMOTE_KEY", KEY)
    assert genai("init", folder).code == 0
    assert genai("endpoint", "add", "service", "--url", service.url, "--key-env", "REMOTE_KEY").code == 0
    rows = "ticket,label\n" + "".join(f"ticket {n},{'ab'[n % 2]}\n" for n in range(20))
    words = ("data", "import", "-", "--name", "tickets", "--format", "csv", "--expected", "label")
    assert genai(*words, "--ratios", "0.8,0.2,0", cwd=folder, stdin=rows).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="system:\nSort it.\n\nuser:\n{{ ticket }}\n").code == 0
    with Project.open(folder) as opened:
        yield opened


ARGS = {
    "model": "service/small", "dataset_version": 1, "prompt": 1, "name": "lora-1",
    "settings": {"epochs": 2, "batch": 4, "rank": 16},
}  # fmt: skip


def report_of(project: Project) -> Report:
    folder = project.database.parent / "jobs" / "1"
    folder.mkdir(parents=True, exist_ok=True)
    return Report(Job(1, "finetune", "", "running"), folder)


async def work(project: Project, report: Report, stop: Stop | None = None) -> dict[str, Any]:
    return await finetune_remote(project, ARGS, report, stop or Stop(), poll_s=0.01)


async def test_rows_go_up_and_what_comes_of_it_is_a_model_with_its_lineage(project: Project, service: Service) -> None:
    report = report_of(project)
    made = await work(project, report)
    assert made == {"model": "service/ft:small:lora-1", "metrics": {"trained_tokens": 1234}}
    lines = [json.loads(line) for line in service.files[0].splitlines()]
    assert len(lines) == 16
    assert [message["role"] for message in lines[0]["messages"]] == ["system", "user", "assistant"]
    assert len(service.files[1].splitlines()) == 4
    [asked] = service.jobs
    assert (asked["model"], asked["training_file"], asked["validation_file"]) == ("small", "file-1", "file-2")
    assert asked["method"]["supervised"]["hyperparameters"] == {"n_epochs": 2, "batch_size": 4}
    lineage = lineage_of(project.reader, "service/ft:small:lora-1")
    assert lineage is not None
    assert (lineage["parent"], lineage["remote_job"]) == ("service/small", "ftjob-1")
    points = {(point.name, point.step): point.value for point in report.take().points}
    assert [step for name, step in points if name == "loss/train"] == list(range(1, STEPS + 1))
    assert points["loss/dev", 5] == 0.5
    assert service.keys == {f"Bearer {KEY}"}


async def test_a_service_without_a_key_is_sent_none(project: Project, service: Service) -> None:
    assert genai("endpoint", "add", "open", "--url", service.url).code == 0
    with Project.open(project.folder) as opened:
        args = {**ARGS, "model": "open/small"}
        made = await finetune_remote(opened, args, report_of(opened), Stop(), poll_s=0.01)
    assert made["model"] == "open/ft:small:lora-1"
    assert service.keys == {""}


async def test_a_service_that_is_not_there_is_said(project: Project, service: Service) -> None:
    assert genai("endpoint", "add", "gone", "--url", "http://127.0.0.1:9/v1").code == 0
    with Project.open(project.folder) as opened, pytest.raises(NoAnswer, match="gone was not reached"):
        await finetune_remote(opened, {**ARGS, "model": "gone/small"}, report_of(opened), Stop(), poll_s=0.01)


async def test_interrupted_it_watches_on_and_uploads_nothing_twice(project: Project, service: Service) -> None:
    service.after = 1000
    stop, report = Stop(), report_of(project)
    watching = asyncio.create_task(work(project, report, stop))
    while service.looks < 5:
        await asyncio.sleep(0)
    stop.ask("interrupt")
    assert await watching == {}
    assert not service.cancelled
    service.after = 0
    again = report_of(project)
    assert (await work(project, again))["model"] == "service/ft:small:lora-1"
    assert (len(service.files), len(service.jobs)) == (2, 1)
    seen = [point.step for point in (*report.take().points, *again.take().points) if point.name == "loss/train"]
    assert seen == list(range(1, STEPS + 1))


async def test_cancelled_the_service_is_asked_to_stop(project: Project, service: Service) -> None:
    service.after = 1000
    stop = Stop()
    watching = asyncio.create_task(work(project, report_of(project), stop))
    while service.looks < 3:
        await asyncio.sleep(0)
    stop.ask("cancel")
    assert await watching == {}
    assert service.cancelled


async def test_what_the_service_says_is_the_reason_and_shows_no_key(project: Project, service: Service) -> None:
    service.ends = "failed"
    with pytest.raises(NoAnswer, match=r"did not train the model \(failed\)") as caught:
        await work(project, report_of(project))
    assert caught.value.why == "The rows are too few."
    service.refuses = 403
    (project.database.parent / "jobs" / "1" / "remote.json").unlink()
    with pytest.raises(RequestFault, match=r"service refused it \(403\)") as refused:
        await work(project, report_of(project))
    assert KEY not in str(refused.value)
    assert "No fine-tuning for" in refused.value.why


async def test_rows_do_not_leave_where_the_scope_forbids_it(project: Project, service: Service) -> None:
    assert genai("scope", "set", "data_rules=not service", cwd=project.folder).code == 0
    with pytest.raises(UsageFault, match="service"):
        await work(project, report_of(project))
    assert service.files == []


def test_what_openai_announced_is_said_before_a_start() -> None:
    theirs, others = (Endpoint("x", f"https://{host}/v1") for host in ("api.openai.com", "api.example.com"))
    assert "until the end of 2026" in warning(theirs, date(2026, 12, 31))
    assert "since January 2027" in warning(theirs, date(2027, 1, 1))
    assert warning(others, date(2027, 1, 1)) == ""


def test_a_line_is_a_conversation() -> None:
    row = Row("train:1", ({"role": "user", "content": 'a "é"\n☃'},), "b")
    [line] = as_lines([row]).decode().splitlines()
    assert json.loads(line) == {
        "messages": [{"role": "user", "content": 'a "é"\n☃'}, {"role": "assistant", "content": "b"}]
    }
