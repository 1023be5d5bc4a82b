"""Where embedded servers are, as their files and the process table say; nothing is contacted, nothing is started."""

import json
import math
from pathlib import Path
from typing import Literal, NamedTuple

from genai_tui.inference.embedded.folders import existing_runtime_folder
from genai_tui.records.endpoints import ServedModel
from genai_tui.records.jobs import ProcessId
from genai_tui.store.processes import alive


class Reach(NamedTuple):
    """Where the server is now: the base URL for OpenAI-style requests (it ends in /v1), and its key."""

    url: str
    key: str


def state_of(served: ServedModel) -> Literal["asleep", "ready"]:
    """Whether the server of `served` is there, as its file and the process table say; nothing is contacted."""
    return "ready" if reach_of(served) else "asleep"


def reach_of(served: ServedModel) -> Reach | None:
    """How the server of `served` is reached, where it is there; it is not started."""
    folder = existing_runtime_folder()
    return living(folder / f"{stem(served)}.json") if folder else None


def stem(served: ServedModel) -> str:
    """The name of its files: enough of the hash that two never meet."""
    return served.hash.rpartition(":")[2][:24]


def living(address: Path) -> Reach | None:
    """Who answers at `address`, if that process is there still."""
    found = read(address)
    return found[1] if found and alive(found[0], silent_s=math.inf) else None


def read(address: Path) -> tuple[ProcessId, Reach] | None:
    """What a server wrote down: which process it is, and how it is reached."""
    try:
        value = json.loads(address.read_text(encoding="utf-8"))
        return ProcessId(*value["process"]), Reach(f"{value['url'].rstrip('/')}/v1", value["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
