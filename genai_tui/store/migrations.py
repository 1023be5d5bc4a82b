"""The schema, as sqlite-utils `Migrations`: numbered functions, each with why, each setting `PRAGMA user_version`.

A published migration is never edited; what is new is a migration more, and `version.SCHEMA_VERSION` with it.
All pending ones run in one transaction of the caller. Tables of later work lie here from the start, so that it
need not tear the schema open. Times are UTC text (ISO 8601, `Z`), moments seconds of a monotonic clock, money US
dollars, JSON in the order it was given; a process is (pid, started, host, boot).
"""

import sqlite3

from sqlite_utils import Database, Migrations

from genai_tui.records.hashing import TAG
from genai_tui.store.connections import APPLICATION_ID
from genai_tui.store.tables import DECIDED, EDITED, JOBS, LATER, SCORES, SHORTER, SPINE, VIEWS

MIGRATIONS = Migrations("genai-tui")


def migrate(connection: sqlite3.Connection, *, stop_before: str | None = None) -> None:
    """Runs what is pending, within the transaction that is open on `connection`, if there is one."""
    database = Database(connection, execute_plugins=False)
    MIGRATIONS.apply(database, stop_before=stop_before)


def _run(database: Database, version: int, script: str) -> None:
    """Statements one by one: `executescript` would commit the transaction they belong to."""
    for statement in script.split(";\n"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA user_version = {version}")


@MIGRATIONS()
def m001_spine(database: Database) -> None:
    """What asking a model needs: prompts, candidates, data, runs, generations with their exchanges, drafts, spend."""
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _run(database, 1, SPINE)


@MIGRATIONS()
def m002_later_stages(database: Database) -> None:
    """Scores, preferences, jobs, artifacts, deployments, corpora, measurements, the cache: what later stages fill."""
    _run(database, 2, LATER)


@MIGRATIONS()
def m003_views(database: Database) -> None:
    """The documented views, which other programs read; they need scores' tables and the spine."""
    _run(database, 3, VIEWS)


@MIGRATIONS()
def m004_scores(database: Database) -> None:
    """What an answer was reduced to is text (`007` is not 7), a score may need more than a number to be combined, the
    cache says where it was asked, so that a miss can be explained, and a run keeps what came of it, so that a list of
    runs reads no generation. Nothing was scored or cached before.
    """
    _run(database, 4, SCORES)


@MIGRATIONS()
def m005_tries_by_date(database: Database) -> None:
    """People look for what they tried on a day; without it a million tries are read for one of them."""
    _run(database, 5, "CREATE INDEX generation_try_created ON generation(created) WHERE purpose = 'try'")


@MIGRATIONS()
def m006_unsaved_prompts(database: Database) -> None:
    """A try of a prompt that was not saved opens as it was: its texts lie where request bodies do, once each."""
    _run(
        database,
        6,
        "CREATE TABLE unsaved_prompt (generation INTEGER PRIMARY KEY REFERENCES generation(id), "
        "body INTEGER NOT NULL REFERENCES body(id))",
    )


@MIGRATIONS()
def m007_edited_rows(database: Database) -> None:
    """A version may have rows of its own over those it shares, so that one row more copies none; the view shows them.

    An older program would show the shared rows alone.
    """
    _run(database, 7, EDITED)


@MIGRATIONS()
def m008_unfinished_answers(database: Database) -> None:
    """What came of an answer is there after a kill -9 too: a row while it comes, which its generation replaces."""
    _run(
        database,
        8,
        "CREATE TABLE unfinished (key TEXT PRIMARY KEY, pid INTEGER NOT NULL, started INTEGER NOT NULL, "
        "host TEXT NOT NULL, boot TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID",
    )


@MIGRATIONS()
def m009_no_index_of_content(database: Database) -> None:
    """Nothing looks for a row by its hash alone (pairs join the rows of two runs), and imports paid for it."""
    _run(database, 9, "DROP INDEX example_hash")


@MIGRATIONS()
def m010_decisions(database: Database) -> None:
    """A scope shows by examples what is wanted, a chosen model keeps why and over what, people label answers, and other
    candidates' answers to one example are found without reading every run.
    """
    _run(database, 10, DECIDED)


@MIGRATIONS()
def m011_jobs(database: Database) -> None:
    """A job waits for its device, hears that it is to be cancelled, and keeps its curves step by step: a step that is
    written again after a resume takes the place of the first.
    """
    _run(database, 11, JOBS)


@MIGRATIONS()
def m012_short_keys(database: Database) -> None:
    """Half of what an import wrote was the same digest again and again: as text, and twice to find the row by it. It is
    kept once, as it is; `hash` is made of it where it is read.
    """
    database.conn.create_function("digest_of", 1, _digest_of, deterministic=True)
    _run(database, 12, SHORTER)


def _digest_of(tagged: str) -> bytes:
    """The digest in a tagged hash; what is none is told by whoever verifies the row."""
    try:
        return bytes.fromhex(tagged.removeprefix(TAG))
    except ValueError:
        return b""
