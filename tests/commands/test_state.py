"""A project that somebody else writes, that broke off half-written, that cannot be read, or of which a part is gone."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.support.commands import Ended, genai
from tests.support.fake_endpoint import serve_in_thread

PAGE = 4096


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    return folder


def database(project: Path) -> Path:
    return project / ".genai" / "project.db"


def much(connection: sqlite3.Connection, rows: int = 300) -> None:
    """Write more than the file now has room for."""
    connection.execute("BEGIN IMMEDIATE")
    values = [(f"k{n}", "x" * 2000, "") for n in range(rows)]
    connection.executemany("INSERT INTO choice VALUES (?, ?, ?)", values)


def is_a_sentence(ended: Ended) -> bool:
    return ended.code == 2 and bool(ended.error["what"] and ended.error["do"]) and "Traceback" not in ended.err


def test_a_log_that_is_only_partly_brought_in_is_no_damage(project: Path) -> None:
    path = database(project)
    log = path.with_name("project.db-wal")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    much(connection)
    connection.execute("COMMIT")
    before, written = path.read_bytes(), log.read_bytes()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    first = path.read_bytes()[:PAGE]
    connection.close()
    path.write_bytes(first + before[PAGE:])  # as it is when the first page was brought in, and the rest not yet
    log.write_bytes(written)
    said = genai("-p", project, "status", "--json")
    assert said.code == 0, said.err
    assert genai("-p", project, "scope", "set", "target=0.5").code == 0


def killed_while_writing(path: Path) -> None:
    """Leave a rollback journal as a program that was killed leaves it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 2")
        much(connection)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert path.with_name("project.db-journal").stat().st_size > 0


def test_what_was_half_written_on_a_network_file_system_is_undone(project: Path) -> None:
    killed_while_writing(database(project))
    assert genai("-p", project, "status", "--json").code == 0
    assert not database(project).with_name("project.db-journal").exists()
    assert genai("-p", project, "scope", "set", "target=0.5", "--json").json["version"] == 1


def test_a_folder_without_its_database_says_the_same_to_all(project: Path) -> None:
    database(project).unlink()
    for words in (("status",), ("scope", "set", "target=0.5"), ("init",)):
        said = genai("-p", project, *words, "--json")
        assert is_a_sentence(said)
        assert "is missing" in said.error["why"]
        assert f"genai-tui init {project}" in said.error["do"]


def test_a_path_that_cannot_be_looked_into_is_a_sentence(project: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may look into everything")
    (project / ".genai").chmod(0)
    try:
        said = genai("-p", project, "status", "--json")
    finally:
        (project / ".genai").chmod(0o700)
    assert is_a_sentence(said)


def test_nothing_is_asked_whose_answer_could_not_be_stored(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert genai("-p", project, "prompt", "save", "-", stdin="Hello").code == 0
    holder = sqlite3.connect(database(project), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with serve_in_thread() as fake:
        monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
        said = genai("-p", project, "prompt", "run", "1", "--model", "openai/echo", "--json")
        asked = len(fake.requests)
    holder.close()
    assert is_a_sentence(said)
    assert "locked" in said.error["what"]
    assert (said.out, asked) == ("", 0)


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "newer"])
def test_doctor_examines_everything_where_the_project_cannot_be_opened(harm: str, project: Path) -> None:
    path = database(project)
    if harm == "gone":
        path.unlink()
    elif harm == "newer":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 999")
        connection.close()
    else:
        path.write_bytes(path.read_bytes()[: 0 if harm == "empty" else PAGE + 7])
    said = genai("-p", project, "doctor", "--json")
    assert said.code in (0, 5)
    assert [f["state"] for f in said.json["findings"] if f["name"] == "project"] == ["missing"]


def test_a_name_that_is_too_long_for_a_path_names_no_project(tmp_path: Path) -> None:
    name = "a" * 5000
    assert is_a_sentence(genai("-p", name, "status", "--json", cwd=tmp_path))
    assert is_a_sentence(genai(name, "--json", cwd=tmp_path))
    assert is_a_sentence(genai("init", name, "--json", cwd=tmp_path))
