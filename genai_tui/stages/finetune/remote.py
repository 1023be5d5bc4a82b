"""Fine-tuning by a service that takes OpenAI's requests: files up, a job there, watched from here until it has ended.

The service's numbers are kept in the job's folder as they come: resumed, the job goes on watching and uploads nothing
twice. Interrupted here, the service works on; cancelled, it is asked to stop.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import NoAnswer, RequestFault
from genai_tui.inference.redaction import redacted
from genai_tui.records.endpoints import Endpoint
from genai_tui.stages.finetune.rows import Row, rows_of
from genai_tui.store.artifacts import save_model
from genai_tui.store.datasets import find_dataset_version, page_examples
from genai_tui.store.prompts import find_prompt

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

    from genai_tui.inference.requests import Access
    from genai_tui.jobs.contract import Report, Stop
    from genai_tui.project import Project
    from genai_tui.records.datasets import Dataset, Split
    from genai_tui.records.prompts import Prompt

FUNCTION = f"{__name__}:finetune_remote"
_NO_KEY = "none"
STATE = "remote.json"
POLL_S = 10.0
TIMEOUT_S = 60.0
RETRIES = 5
RUNNING = ("validating_files", "queued", "running", "paused")
PAGE = 100
NO_NEW_JOBS = date(2027, 1, 1)  # from then on OpenAI takes none, as it announced


@dataclass
class _Known:
    """What the service has of this job, and the last of its events that was read."""

    training_file: str = ""
    validation_file: str = ""
    job: str = ""
    last_event: str = ""


def warning(endpoint: Endpoint, today: date | None = None) -> str:
    """What is to be said before a job is started there; empty where nothing is."""
    if "api.openai.com" not in endpoint.base_url:
        return ""
    today = today or datetime.now(UTC).date()
    if today >= NO_NEW_JOBS:
        return "OpenAI takes no new fine-tuning jobs since January 2027; other services take the same requests."
    return "OpenAI takes new fine-tuning jobs until the end of 2026 only; other services take the same requests."


async def finetune_remote(
    project: "Project", args: dict[str, Any], report: "Report", stop: "Stop", poll_s: float = POLL_S
) -> dict[str, Any]:
    """Let a service train `model` on train and dev of `dataset_version`, by `prompt`; gives the model it made.

    `leaks`, those that were allowed, are kept with the model; `settings` are passed on: epochs, batch and rate, where
    they are given. Raises UsageFault where the data rules refuse the endpoint, RequestFault and NoAnswer with the
    service's own words.
    """
    endpoint, model_id = project.settings.model(args["model"])
    path = report.folder / STATE
    known = _Known(**json.loads(path.read_text())) if path.exists() else _Known()
    async with project.asking(notice=report.note) as asking:
        access = await asking.access(endpoint, model_id)
    async with _client(access) as client:
        if not known.job:
            with _as_ours(endpoint, access):
                await _begin(client, project, args, model_id, known, path, report)
        with _as_ours(endpoint, access):
            done = await _watched(client, known, path, report, stop, poll_s)
    if done is None:
        return {}
    ref = f"{endpoint.name}/{done.fine_tuned_model}"
    dataset = find_dataset_version(project.reader, args["dataset_version"])
    lineage = {
        "parent": args["model"],
        "dataset": f"{dataset.name} v{dataset.version}",
        "dataset_version": dataset.id,
        "leaks": args.get("leaks", {}),
        "prompt": args["prompt"],
        "job": report.job.id,
        "remote_job": known.job,
        "trained_tokens": done.trained_tokens,
    }
    await project.writer.put(save_model(ref, {"name": done.fine_tuned_model}, lineage))
    return {"model": ref, "metrics": {"trained_tokens": done.trained_tokens}}


def as_lines(rows: Sequence[Row]) -> bytes:
    """Rows as the service takes them: a conversation a line, the answer last. Raises UsageFault for an empty answer."""
    lines = (
        json.dumps({"messages": [*row.messages, {"role": "assistant", "content": row.answer}]}, ensure_ascii=False)
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _client(access: "Access") -> "AsyncOpenAI":
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    hooks = {} if access.key else {"request": [_without_key]}
    return AsyncOpenAI(
        api_key=access.key or _NO_KEY,
        base_url=access.base_url,
        default_headers=access.headers,
        default_query=access.query,
        max_retries=RETRIES,
        timeout=TIMEOUT_S,
        http_client=DefaultAsyncHttpxClient(event_hooks=hooks),
    )


async def _without_key(request: "httpx2.Request") -> None:
    """Send no key where there is none: the client insists on one, and gives up where its header is left out."""
    if request.headers.get("Authorization") == f"Bearer {_NO_KEY}":
        del request.headers["Authorization"]


async def _begin(
    client: "AsyncOpenAI", project: "Project", args: dict[str, Any], model_id: str, known: _Known, path: Path,
    report: "Report",
) -> None:  # fmt: skip
    """Upload what is not there yet, and ask for the job, once."""
    dataset = find_dataset_version(project.reader, args["dataset_version"])
    prompt = find_prompt(project.reader, str(args["prompt"]))
    files: tuple[tuple[Split, str], ...] = (("train", "training_file"), ("dev", "validation_file"))
    for split, name in files:
        count = dataset.splits.get(split, 0)
        if not count or getattr(known, name):
            continue
        rows = await asyncio.to_thread(_rows, project, dataset, prompt, split)
        sent = await client.files.create(file=(f"{split}.jsonl", as_lines(rows)), purpose="fine-tune")
        setattr(known, name, sent.id)
        _keep(path, known)
        report.note(f"{count:,} rows of {split} are uploaded as {sent.id}.")
    chosen = {"epochs": "n_epochs", "batch": "batch_size", "rate": "learning_rate_multiplier"}
    settings = {chosen[name]: value for name, value in args.get("settings", {}).items() if name in chosen}
    more: dict[str, Any] = {"validation_file": known.validation_file} if known.validation_file else {}
    if settings:
        more["method"] = {"type": "supervised", "supervised": {"hyperparameters": settings}}
    once = client.with_options(max_retries=0)  # asked twice, it would be paid for twice
    job = await once.fine_tuning.jobs.create(
        model=model_id, training_file=known.training_file, suffix=args["name"], seed=args.get("seed", 0), **more
    )
    known.job = job.id
    _keep(path, known)
    report.note(f"The service calls it {job.id}.")


def _rows(project: "Project", dataset: "Dataset", prompt: "Prompt", split: "Split") -> list[Row]:
    return rows_of(prompt, page_examples(project.reader, dataset, split, 0, dataset.splits[split]), split)


async def _watched(
    client: "AsyncOpenAI", known: _Known, path: Path, report: "Report", stop: "Stop", poll_s: float
) -> Any:
    """Look at the job until it has ended: the job, None where it was told to end here. Raises NoAnswer if it failed."""
    steps = 0
    while True:
        if stop.asked:
            if stop.asked == "cancel":
                await client.fine_tuning.jobs.cancel(known.job)
                report.note("The service was asked to cancel it.")
            return None
        job = await client.fine_tuning.jobs.retrieve(known.job)
        steps = await _events(client, known, report, steps)
        _keep(path, known)
        if job.status not in RUNNING:
            break
        with _quietly():
            await asyncio.wait_for(stop.wait(), poll_s)
    if job.status == "succeeded" and job.fine_tuned_model:
        return job
    why = job.error.message if job.error is not None and job.error.message else f"Its state is {job.status}."
    raise NoAnswer(
        f"The service did not train the model ({job.status}).", why, "What it says of each step is in the log."
    )


async def _events(client: "AsyncOpenAI", known: _Known, report: "Report", steps: int) -> int:
    """Read what happened since the last event that was read; gives the steps there will be, as far as known."""
    fresh: list[Any] = []
    after: dict[str, Any] = {}
    while True:  # the newest come first
        page = await client.fine_tuning.jobs.list_events(known.job, limit=PAGE, **after)
        unread = []
        for event in page.data:
            if event.id == known.last_event:
                break
            unread.append(event)
        fresh += unread
        if len(unread) < len(page.data) or len(page.data) < PAGE:
            break
        after = {"after": page.data[-1].id}
    for event in reversed(fresh):
        data = event.data if isinstance(event.data, dict) else {}
        step = data.get("step")
        if event.type == "metrics" and isinstance(step, int):
            steps = max(steps, int(data.get("total_steps") or 0))
            report.progress(step, max(steps, step), _metrics(data), step)
        else:
            report.note(event.message)
        known.last_event = event.id
    return steps


def _metrics(data: dict[str, Any]) -> dict[str, float | None]:
    names = {"loss/train": "train_loss", "loss/dev": "valid_loss", "accuracy/train": "train_mean_token_accuracy"}
    return {ours: float(data[theirs]) for ours, theirs in names.items() if isinstance(data.get(theirs), (int, float))}


def _keep(path: Path, known: _Known) -> None:
    building = path.with_name(f"{path.name}.new")
    building.write_text(json.dumps(known.__dict__))
    os.replace(building, path)


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        return


@contextmanager
def _as_ours(endpoint: Endpoint, access: "Access") -> Iterator[None]:
    """The client's errors as ours, with the service's own words."""
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        said = error.body.get("message") if isinstance(error.body, dict) else None
        fault = RequestFault if error.status_code in (400, 403, 404, 409, 422) else NoAnswer
        raise fault(
            f"{endpoint.name} refused it ({error.status_code}).",
            redacted(str(said or error.message)[:500], access.secrets()),
            f"See whether it takes fine-tuning of this model: {endpoint.base_url}",
        ) from error
    except openai.APIConnectionError as error:
        raise NoAnswer(
            f"{endpoint.name} was not reached.",
            redacted(str(error.__cause__ or error)[:300], access.secrets()),
            "Resume the job when it is there.",
        ) from error
