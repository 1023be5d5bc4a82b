"""Answers that still come: a row each, written once a second, so that a kill -9 loses no more than the last second.

A row goes with the transaction that stores its generation; those of dead processes are claimed by a later one.
While the database is locked or full, they are files in .genai/drafts/ as drafts are, taken in by a later start.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.records.generations import Exchange, Failure, Generation, Moments, Usage
from genai_tui.records.jobs import ProcessId
from genai_tui.records.prompts import Prompt
from genai_tui.store.drafts import replace_file
from genai_tui.store.processes import alive, this_process
from genai_tui.store.unsaved import prompt_as_data, prompt_of_data
from genai_tui.store.values import pack_json, unpack_json
from genai_tui.store.writer import Write


class Unfinished(NamedTuple):
    """What had come of an answer when its process died; `prompt` where it was asked with one that is no version."""

    key: str
    generation: Generation
    prompt: Prompt | None


DRAFTS = "drafts"  # the folder of the files, beside the database
SUFFIX = ".answer.json"


def keep_unfinished(key: str, generation: Generation, prompt: Prompt | None) -> Write[None]:
    """Keeps what came of an answer so far."""
    return _keep(key, this_process(), pack_json(_as_data(generation, prompt)))


def keep_unfinished_file(folder: Path, key: str, generation: Generation, prompt: Prompt | None) -> None:
    """Keeps it in a file of `folder`, the project's drafts, which needs no lock. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = {"key": key, "process": this_process(), "data": _as_data(generation, prompt)}
    replace_file(file_of(folder, key), json.dumps(kept).encode())


def file_of(folder: Path, key: str) -> Path:
    """Where that file is, if it is there."""
    return folder / f"{key}{SUFFIX}"


def left_files(folder: Path) -> Iterator[tuple[Path, Write[None]]]:
    """Files of dead processes, each with the write that takes it in; what cannot be read is left."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            kept = json.loads(path.read_text("utf-8"))
            owner = ProcessId(*kept["process"])
            _unfinished(kept["key"], kept["data"])
            found = path, _keep(kept["key"], owner, pack_json(kept["data"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if not alive(owner):
            yield found


def _as_data(generation: Generation, prompt: Prompt | None) -> dict[str, Any]:
    return {"generation": asdict(generation), "prompt": None if prompt is None else prompt_as_data(prompt)}


def _keep(key: str, process: ProcessId, text: str) -> Write[None]:
    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO unfinished VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            (key, *process, text),
        )

    return write


def drop_unfinished(key: str) -> Write[None]:
    """Forgets it: its generation is stored."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM unfinished WHERE key = ?", (key,))

    return write


def claim_unfinished() -> Write[list[Unfinished]]:
    """Makes the answers of dead processes those of this one, and gives them: of two programs, one gets each."""

    def write(connection: sqlite3.Connection) -> list[Unfinished]:
        rows = connection.execute("SELECT key, pid, started, host, boot, json FROM unfinished").fetchall()
        dead = [(key, text) for key, *process, text in rows if not alive(ProcessId(*process))]
        for key, _ in dead:
            connection.execute(
                "UPDATE unfinished SET pid = ?, started = ?, host = ?, boot = ? WHERE key = ?", (*this_process(), key)
            )
        return [_unfinished(key, unpack_json(text)) for key, text in dead]

    return write


def _unfinished(key: str, data: dict[str, Any]) -> Unfinished:
    prompt = None if data["prompt"] is None else prompt_of_data(data["prompt"])
    return Unfinished(key, _generation(data["generation"]), prompt)


def _generation(data: dict[str, Any]) -> Generation:
    lists = {name: tuple(data[name]) for name in ("tool_calls", "logprobs")}
    exchanges = tuple(Exchange(**{**each, **_parts(each)}) for each in data["exchanges"])
    return Generation(**{**data, **lists, **_parts(data), "exchanges": exchanges})


def _parts(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "usage": None if data["usage"] is None else Usage(**data["usage"]),
        "moments": Moments(**data["moments"]),
        "error": None if data["error"] is None else Failure(**data["error"]),
    }
