"""A project that somebody else writes, that broke off half-written, that cannot be read, or of which a part is gone."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.store.choices import save_choice
from genai_tui.store.writer import Writer
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


def is_a_sentence(ended: Ended) -> bool:
    return ended.code == 2 and bool(ended.error["what"] and ended.error["do"]) and "Traceback" not in ended.err


def test_a_log_that_is_only_partly_brought_in_is_no_damage(project: Path) -> None:
    path = database(project)
    log = path.with_name("project.db-wal")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("BEGIN IMMEDIATE")
    values = [(f"k{n}", "x" * 2000, "") for n in range(300)]  # more than the file now has room for
    connection.executemany("INSERT INTO choice VALUES (?, ?, ?)", values)
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


HALF_WRITTEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = DELETE")
connection.execute("PRAGMA cache_size = 2")
connection.execute("BEGIN IMMEDIATE")
values = [(f"k{n}", "x" * 2000, "") for n in range(300)]
connection.executemany("INSERT INTO choice VALUES (?, ?, ?)", values)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_half_written_on_a_network_file_system_is_undone(project: Path) -> None:
    journal = database(project).with_name("project.db-journal")
    subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(database(project))], check=False)
    assert journal.stat().st_size > 0
    assert genai("-p", project, "status", "--json").code == 0
    assert not journal.exists()
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


def test_a_project_whose_making_breaks_off_is_not_there(tmp_path: Path) -> None:
    def broken(writer: Writer) -> None:
        writer.put_now(save_choice("model", "a/b"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Project.create(tmp_path / "new", fill=broken)
    assert list((tmp_path / "new").iterdir()) == []
    assert genai("init", tmp_path / "new").code == 0


KILLED = """
import os, signal, sys
from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.store.imports import add_examples, begin_import
project = Project.open(sys.argv[1])
[version] = project.writer.put_now(begin_import("rows", "rows.csv", ""))
project.writer.put_now(add_examples(version, "train", 1, [Example({"q": "x"}, "a", line=1)]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_import_left_is_gone_with_the_next(project: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(project)], check=False)
    assert ended.returncode == -signal.SIGKILL
    (project / "rows.csv").write_text("q,a\nx,1\ny,2\n")
    said = genai("data", "import", "rows.csv", "--expected", "a", "--json", cwd=project)
    assert (said.json["version"], said.json["rows"]) == (1, 2)
    connection = sqlite3.connect(database(project))
    assert connection.execute("SELECT count(*) FROM dataset_version WHERE version IS NULL").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM membership").fetchone() == (2,)
    connection.close()


ON_A_FULL_DISK = """
mount -t tmpfs -o size=1m tmpfs "$1" || exit 99
cp -a "$2" "$1/project" && cat /dev/zero > "$1/fill" 2>/dev/null
"$3" -m genai_tui -p "$1/project" status --json && ! "$3" -m genai_tui -p "$1/project" scope set target=0.5
"""


def test_a_project_on_a_full_disk_is_still_read(project: Path, tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("a disk of our own cannot be mounted here")
    (tmp_path / "full").mkdir()
    words = ("bash", "-c", ON_A_FULL_DISK, "-", str(tmp_path / "full"), str(project), sys.executable)
    ended = subprocess.run(["unshare", "-m", *words], capture_output=True, text=True, timeout=60, check=False)
    if ended.returncode in (1, 99) and not ended.stdout:
        pytest.skip("a disk of our own cannot be mounted here")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["project"] == "work"
    assert ended.stderr.startswith("genai-tui: The disk is full: ")
