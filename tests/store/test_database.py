"""Making a project, bringing an older one up to date, refusing a newer one."""

import hashlib
import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_tui.errors import NoProject, ProjectFault, StorageFault
from genai_tui.records.datasets import Example
from genai_tui.records.hashing import canonical_json
from genai_tui.store import connections
from genai_tui.store.connections import APPLICATION_ID, database_path
from genai_tui.store.database import create, ensure_current
from genai_tui.store.datasets import all_examples, find_dataset
from genai_tui.store.editing import append_row
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json
from genai_tui.store.verify import verify
from genai_tui.store.version import SCHEMA_VERSION
from genai_tui.store.writer import Writer
from tests.store.conftest import at_once

TABLES = {
    "artifact", "body", "cache", "candidate", "choice", "corpus", "dataset_split", "dataset_version", "deployment",
    "draft", "example", "exchange", "generation", "job", "job_metric", "load_step", "look", "measurement",
    "membership", "model",
    "passage", "person_label", "preference", "prompt", "reservation", "run", "scope", "score", "selection", "spend",
    "unfinished", "unsaved_prompt",
}  # fmt: skip


def older(folder: Path, version: int = 1, *, rows: bool = True) -> Path:
    """A project as a program with that schema left it: the migrations up to there, and a few rows."""
    from genai_tui.store.migrations import MIGRATIONS, migrate

    path = database_path(folder)
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    names = [migration.name for migration in MIGRATIONS.pending(_utils(connection))]
    migrate(connection, stop_before=names[version])
    assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    if rows:
        connection.execute("INSERT INTO choice VALUES ('name', 'old', '2026-01-01T00:00:00Z')")
        connection.execute(
            "INSERT INTO prompt (hash, shots, created, note, messages, examples, parameters) "
            "VALUES ('g1:00', 0, '', '', '[]', '{\"fixed\":[]}', '{}')"
        )
    connection.close()
    return path


def _utils(connection: sqlite3.Connection):
    from sqlite_utils import Database

    return Database(connection, execute_plugins=False)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, byte for byte."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def schema(path: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
    connection.close()
    return rows


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# from nothing


def test_a_new_project_has_every_table_view_and_folder(tmp_path: Path) -> None:
    create(tmp_path / "deep" / "down", name="häuschen")
    ensure_current(tmp_path / "deep" / "down")
    path = database_path(tmp_path / "deep" / "down")
    names = {(kind, name) for kind, name, _ in schema(path) if kind in ("table", "view")}
    tables = {name for kind, name in names if kind == "table" and not name.startswith(("sqlite_", "_sqlite_"))}
    assert tables == TABLES
    assert {name for kind, name in names if kind == "view"} == {"v_runs", "v_generations", "v_examples"}
    reader = Reader(path)
    assert reader.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    assert reader.one("PRAGMA application_id") == (APPLICATION_ID,)
    assert reader.one("SELECT value FROM choice WHERE key = 'name'") == ("häuschen",)
    reader.close()
    assert sorted(entry.name for entry in path.parent.iterdir() if entry.is_dir()) == ["artifacts", "drafts", "jobs"]


def test_the_schema_version_is_the_number_of_migrations() -> None:
    from genai_tui.store.migrations import MIGRATIONS

    with sqlite3.connect(":memory:") as connection:
        assert len(MIGRATIONS.pending(_utils(connection))) == SCHEMA_VERSION
    connection.close()


def test_views_have_the_documented_columns(tmp_path: Path) -> None:
    create(tmp_path, name="x")
    reader = Reader(database_path(tmp_path))
    runs, generations = (
        " ".join(row[1] for row in reader.rows(f"PRAGMA table_info({view})")) for view in ("v_runs", "v_generations")
    )
    reader.close()
    assert runs.startswith("run candidate dataset version split state n answered failed created")
    assert generations.startswith(
        "generation run candidate example repeat text input_tokens output_tokens cost_usd first_token_s latency_s "
        "finish_reason error cached created"
    )


def test_every_reference_points_to_a_table_and_its_key(tmp_path: Path) -> None:
    create(tmp_path, name="x")
    reader = Reader(database_path(tmp_path))
    found = 0
    for table in TABLES:
        for _, _, parent, column, to, *_ in reader.rows(f"PRAGMA foreign_key_list({table})"):
            [key] = [row[1] for row in reader.rows(f"PRAGMA table_info({parent})") if row[5] == 1]
            assert to == key, (table, column)
            found += 1
    reader.close()
    assert found > 25


def test_a_project_is_its_owners_alone_or_the_groups(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        create(tmp_path / "mine", name="x")
        create(tmp_path / "ours", name="x", shared=True)
    finally:
        os.umask(mask)
    mine, ours = tmp_path / "mine" / ".genai", tmp_path / "ours" / ".genai"
    assert (mode(mine), mode(mine / "jobs"), mode(mine / "project.db")) == (0o700, 0o700, 0o600)
    assert (mode(ours), mode(ours / "drafts"), mode(ours / "project.db")) == (0o2770, 0o2770, 0o660)
    writer = Writer(ours / "project.db")
    writer.put_now(lambda connection: connection.execute("INSERT INTO choice VALUES ('a', 'b', 'c')"))
    assert mode(ours / "project.db-wal") == 0o660
    writer.close()


def test_where_a_project_is_nothing_is_made(tmp_path: Path) -> None:
    create(tmp_path, name="first")
    before = everything(tmp_path)
    with pytest.raises(ProjectFault, match="holds a project already"):
        create(tmp_path, name="second")
    assert everything(tmp_path) == before


def test_making_one_leaves_nothing_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageFault) as told:
        create(tmp_path / "file" / "below", name="x")
    assert str(tmp_path / "file") in str(told.value)
    assert os.listdir(tmp_path) == ["file"] or sorted(os.listdir(tmp_path)) == ["file", "home"]


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject, match="no project"):
        ensure_current(tmp_path)


def test_a_current_project_is_opened_without_a_write(tmp_path: Path) -> None:
    create(tmp_path, name="x")
    before = everything(tmp_path)
    ensure_current(tmp_path)
    assert everything(tmp_path) == before


def test_opening_a_current_project_imports_no_sqlite_utils_and_no_numpy(tmp_path: Path) -> None:
    create(tmp_path, name="x")
    code = (
        "import sys; from pathlib import Path; from genai_tui.store.database import ensure_current;"
        "from genai_tui.store.reader import Reader; from genai_tui.store.connections import database_path;"
        "from genai_tui.store import prompts, candidates, datasets, generations, scopes, choices, spend, jobs, facts;"
        "folder = Path(sys.argv[1]); ensure_current(folder); reader = Reader(database_path(folder));"
        "facts.project_facts(reader, weights_present=False); reader.close();"
        "print(*(name for name in ('sqlite_utils', 'numpy', 'pandas', 'asyncio', 'tempfile', 'click', 'textual')"
        " if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# an older one


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
@pytest.mark.parametrize("rows", [True, False])
def test_an_older_project_is_migrated_after_a_backup_beside_it(tmp_path: Path, version: int, rows: bool) -> None:
    folder = tmp_path / "old"
    path = older(folder, version, rows=rows)
    path.chmod(0o640)
    old = schema(path)
    ensure_current(folder)
    create(tmp_path / "new", name="x")
    assert schema(path) == schema(database_path(tmp_path / "new"))
    reader = Reader(path)
    assert reader.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    assert reader.one("SELECT count(*) FROM prompt") == (int(rows),)
    reader.close()
    [backup] = path.parent.glob(f"project-v{version}-2*.db")
    assert schema(backup) == old
    assert mode(backup) == 0o640
    ensure_current(folder)
    assert list(path.parent.glob("project-v*.db")) == [backup]


def test_rows_of_an_older_project_keep_their_number_and_hash_and_are_found_again(tmp_path: Path) -> None:
    rows = [
        Example({"q": "é\ud800", "a": None}, ["x"]),
        Example({"q": "with a tag"}, 1.0, ("t",)),
        Example({"q": "with a tag"}, 1.0),
        Example({"b": 1, "a": 2}),
    ]
    path = older(tmp_path, 11, rows=False)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO dataset_version (id, name, version, source, split_way, created) "
                           "VALUES (1, 'd', 1, '', '', '')")  # fmt: skip
        connection.execute("INSERT INTO dataset_split VALUES (1, 'train', 1, ?)", (len(rows),))
        for number, row in enumerate(rows, 1):
            inputs, expected, tags = pack_json(row.inputs), pack_json(row.expected), pack_json(row.tags)
            plain = canonical_json({"expected": row.expected, "inputs": row.inputs}).encode("utf-8", "surrogatepass")
            as_canonical = (inputs, expected, tags) == (canonical_json(row.inputs), canonical_json(row.expected), "[]")
            exact = plain if as_canonical else f"{inputs}\0{expected}\0{tags}".encode()
            connection.execute(
                "INSERT INTO example VALUES (?, ?, ?, ?, ?, ?)",
                (number * 7, hashlib.sha256(exact).digest(), row.hash, tags,
                 None if row.expected is None else expected, inputs),
            )  # fmt: skip
            connection.execute("INSERT INTO membership VALUES (1, 'train', ?, ?, ?)", (number, number * 7, number))
    connection.close()
    ensure_current(tmp_path)
    writer, reader = Writer(path), Reader(path)
    there = list(all_examples(reader, find_dataset(reader, "d"), "train"))
    assert [(e.id, e.inputs, e.expected, e.tags) for e in there] == [
        (number * 7, row.inputs, row.expected, row.tags) for number, row in enumerate(rows, 1)
    ]
    shown = "SELECT example, hash FROM v_examples ORDER BY example"
    assert reader.rows(shown) == [(number * 7, row.hash) for number, row in enumerate(rows, 1)]
    assert verify(reader) == []
    [version] = writer.put_now(begin_import("again", "", ""))
    writer.put_now(add_examples(version, "dev", 1, rows), append_row("d", "train", rows[1], ""))
    writer.put_now(finish_import(version))
    assert [e.id for e in all_examples(reader, find_dataset(reader, "again"), "dev")] == [7, 14, 21, 28]
    assert reader.one("SELECT count(*), max(id) FROM example") == (4, 28)
    reader.close()
    writer.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = older(tmp_path / "old")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE score (a)")  # stands in the way of the second migration
    connection.close()
    before = schema(path)
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        ensure_current(tmp_path / "old")
    assert schema(path) == before


def test_a_migration_does_not_leave_broken_links(tmp_path: Path) -> None:
    path = older(tmp_path / "old")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE prompt SET parent = 99")
    connection.close()
    with pytest.raises(StorageFault, match="could not be brought up to date"):
        ensure_current(tmp_path / "old")
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_two_programs_that_open_an_older_project_at_once_migrate_it_once(
    tmp_path: Path, child: Callable[..., subprocess.Popen[str]]
) -> None:
    folder = tmp_path / "old"
    path = older(folder)
    code = (
        "import sys; from pathlib import Path; import genai_tui.store.migrations;"
        "from genai_tui.store.database import ensure_current;"
        "print('ready', flush=True); sys.stdin.readline(); ensure_current(Path(sys.argv[1]))"
    )
    both = [child(code, folder) for _ in range(2)]
    at_once(both)
    assert len(list(path.parent.glob("project-v*.db"))) == 1
    reader = Reader(path)
    assert reader.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    reader.close()


# a newer one, and what is none


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_newer_project_is_refused_and_not_a_byte_changed(tmp_path: Path, journal: str) -> None:
    create(tmp_path, name="x")
    with sqlite3.connect(database_path(tmp_path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = everything(tmp_path)
    with pytest.raises(ProjectFault) as told:
        ensure_current(tmp_path)
    assert "newer genai-tui" in told.value.what
    assert "Upgrade" in told.value.do
    assert everything(tmp_path) == before


def test_a_newer_project_that_is_still_open_elsewhere_is_refused_too(tmp_path: Path) -> None:
    create(tmp_path, name="x")
    path = database_path(tmp_path)
    newer = sqlite3.connect(path, isolation_level=None)
    newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")  # in its log, not in the file's header yet
    before = path.read_bytes()
    with pytest.raises(ProjectFault, match="newer genai-tui"):
        Reader(path)
    writer = Writer(path)
    with pytest.raises(ProjectFault, match="newer genai-tui"):
        writer.put_now(lambda connection: connection.execute("DELETE FROM choice"))
    writer.close()
    assert path.read_bytes() == before
    newer.close()


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = database_path(tmp_path)
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = everything(tmp_path)
    with pytest.raises(ProjectFault, match="no project of genai-tui"):
        ensure_current(tmp_path)
    assert everything(tmp_path) == before


NOISE = random.Random(0).randbytes(8192)


@pytest.mark.parametrize(
    "content", [b"", NOISE, b"SQLite format 3\0" + NOISE[:4080]], ids=["empty", "noise", "noise after the head"]
)
def test_a_file_that_is_no_database_is_called_damaged_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = database_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises((StorageFault, ProjectFault)) as told:
        ensure_current(tmp_path)
    assert str(path) in told.value.what
    assert told.value.do
    assert path.read_bytes() == content


def test_a_log_that_is_gone_by_the_time_it_is_looked_for_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path, name="x")
    path = database_path(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192])  # so another process that brings its log in leaves it for a moment
    with pytest.raises(StorageFault, match="is damaged"):
        ensure_current(tmp_path)

    def brought_in(_path: Path) -> bool:
        path.write_bytes(whole)
        return False

    monkeypatch.setattr(connections, "_has_log", brought_in)
    ensure_current(tmp_path)
    assert path.read_bytes() == whole


def test_a_project_whose_name_needs_quoting_opens(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%20é"
    create(folder, name="x")
    ensure_current(folder)
    Reader(database_path(folder)).close()
    assert database_path(folder).is_file()
