"""A project of its own for each test, with its reader and its writer."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from genai_tui.store.connections import database_path
from genai_tui.store.database import create
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Write, Writer

ROOT = Path(__file__).parents[2]


@dataclass
class Store:
    """An open project."""

    folder: Path
    path: Path
    reader: Reader
    writer: Writer

    def put(self, write: Write):
        return self.writer.put_now(write)[0]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project, made once; a project may be copied."""
    folder = tmp_path_factory.mktemp("template") / "project"
    create(folder, name="test")
    return folder


@pytest.fixture
def store(tmp_path: Path, template: Path) -> Iterator[Store]:
    folder = shutil.copytree(template, tmp_path / "project")
    path = database_path(folder)
    store = Store(folder, path, Reader(path), Writer(path, busy_s=0.3))
    yield store
    store.reader.close()
    store.writer.close()


@pytest.fixture
def child() -> Callable[..., subprocess.Popen[str]]:
    """Starts Python code in another process, with the project's package and our standard streams as pipes."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *args: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> str:
    """What the process printed; it must have ended well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def at_once(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Let processes that wait for a line go on at the same moment, and end well."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        finish(process)
