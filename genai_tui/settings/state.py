"""What the program remembers of a user between starts: test reports of endpoints, recent projects.

It is no loss when it is gone: what cannot be read is as if it were not there, what cannot be written stays in memory.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from genai_tui.records.endpoints import EndpointReport, State
from genai_tui.settings.checks import is_endpoint_name
from genai_tui.settings.files import write_whole
from genai_tui.settings.folders import state_folder

RECENT = 12
LARGEST = 4_000_000  # bytes; a report is a few thousand
_in_memory: dict[Path, Any] = {}


def report_of(name: str) -> EndpointReport:
    """The last known answer of the endpoint `name`; state `unknown` where it was never asked. Contacts nothing."""
    found = _read(_report_file(name)) if is_endpoint_name(name) else None
    if not isinstance(found, dict):
        return EndpointReport(name)
    try:
        report = EndpointReport(**{**found, "name": name})
    except TypeError:  # written by another version
        return EndpointReport(name)
    fields = (report.sentence, report.when, report.facts, report.models)
    kinds = (str, str, dict, dict)
    if report.state not in get_args(State) or not all(map(isinstance, fields, kinds)):
        return EndpointReport(name)
    return report


def save_report(report: EndpointReport) -> None:
    """Remember a report, replacing the last one of its endpoint."""
    if is_endpoint_name(report.name):
        _write(_report_file(report.name), asdict(report))


def forget_report(name: str) -> None:
    """Forget what is known of an endpoint."""
    path = _report_file(name)
    _in_memory.pop(path, None)
    try:
        path.unlink(missing_ok=True)
    except OSError:
        _in_memory[path] = None  # the old one stays on disk, unseen by this process


def recent_projects() -> list[Path]:
    """The folders of projects opened lately that are still there, the latest first."""
    found = _read(state_folder() / "recent.json")
    names = found.get("projects") if isinstance(found, dict) else None
    folders = (
        [Path(name) for name in names if isinstance(name, str) and "\0" not in name] if isinstance(names, list) else []
    )
    return [folder for folder in folders[:RECENT] if _is_project(folder)]


def remember_project(folder: Path) -> None:
    """Put a project's folder first among the recent ones; nothing is written where it is first already."""
    path = state_folder() / "recent.json"
    found = _read(path)
    names = found.get("projects") if isinstance(found, dict) else None
    others = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    first = str(folder.resolve())
    if others[:1] != [first]:
        _write(path, {"projects": [first, *(name for name in others if name != first)][:RECENT]})


def _is_project(folder: Path) -> bool:
    try:
        return (folder / ".genai" / "project.db").is_file()
    except OSError:
        return False


def _report_file(name: str) -> Path:
    return state_folder() / "endpoints" / f"{name}.json"


def _read(path: Path) -> Any:
    if path in _in_memory:
        return _in_memory[path]
    try:
        if path.stat().st_size > LARGEST:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _write(path: Path, value: Any) -> None:
    try:
        write_whole(path, json.dumps(value, ensure_ascii=True, indent=1).encode() + b"\n")
        _in_memory.pop(path, None)
    except OSError:
        _in_memory[path] = json.loads(json.dumps(value))
