"""Drafts: nothing typed is lost, and nobody takes what another still types."""

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.errors import StorageFault
from genai_tui.records.jobs import ProcessId
from genai_tui.store.choices import save_choice
from genai_tui.store.drafts import Draft, Drafts, drop_drafts, save_draft, take_drafts
from genai_tui.store.processes import this_process
from genai_tui.store.version import SCHEMA_VERSION
from tests.store.conftest import Store, finish
from tests.support.stored import ANY_TEXT, JSON

ME = this_process()


def dead(number: int = 1) -> ProcessId:
    """A process that has ended: our number with a start time that is not ours."""
    return ME._replace(started=ME.started + number)


def drafts(store: Store, process: ProcessId | None = None) -> Drafts:
    return Drafts(store.writer, store.path.parent / "drafts", process)


def files(store: Store) -> list[Path]:
    return sorted((store.path.parent / "drafts").iterdir())


def texts(taken: list[Draft]) -> list[tuple[str, str]]:
    return [(draft.screen, draft.data["text"]) for draft in taken]


async def test_a_draft_of_a_dead_process_is_taken_up_once(store: Store) -> None:
    await drafts(store, dead()).save("playground", {"text": "half a promp"})
    await drafts(store, dead()).save("playground", {"text": "half a prompt"})
    await drafts(store).save("scope", {"text": "mine"})
    assert texts(await drafts(store).take()) == [("playground", "half a prompt")]
    assert await drafts(store).take() == []


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY_TEXT, st.dictionaries(ANY_TEXT, JSON, max_size=3))
def test_what_was_typed_comes_back(store: Store, screen: str, data: dict[str, object]) -> None:
    store.put(save_draft(screen, dead(), data))
    [draft] = store.put(take_drafts(ME))
    assert (draft.screen, draft.data) == (screen, data)
    store.put(drop_drafts(screen, ME))


async def test_a_second_crash_loses_nothing_and_an_older_draft_beside_it_stays(store: Store) -> None:
    await drafts(store, dead(1)).save("playground", {"text": "older"})
    await drafts(store, dead(2)).save("playground", {"text": "newer"})
    third = drafts(store, dead(3))
    assert texts(await third.take()) == [("playground", "newer"), ("playground", "older")]
    await third.save("playground", {"text": "newer, and on"})
    assert texts(await drafts(store).take()) == [("playground", "newer, and on"), ("playground", "older")]
    await drafts(store).drop("playground")
    assert store.reader.rows("SELECT * FROM draft") == []


async def test_the_drafts_of_the_living_are_left_to_them(store: Store) -> None:
    elsewhere = ME._replace(host="other")
    await drafts(store, elsewhere).save("playground", {"text": "typed there"})
    assert await drafts(store).take() == []
    store.put(lambda c: c.execute("UPDATE draft SET saved = '2026-01-01T00:00:00.000000Z'"))
    assert texts(await drafts(store).take()) == [("playground", "typed there")]


async def test_in_a_shared_project_only_ones_own_are_taken(store: Store) -> None:
    await drafts(store, dead()).save("playground", {"text": "hers"})
    store.put(lambda c: c.execute("UPDATE draft SET uid = uid + 1"))
    (store.path.parent / "drafts").chmod(0o2770)
    assert await drafts(store).take() == []
    (store.path.parent / "drafts").chmod(0o700)
    assert texts(await drafts(store).take()) == [("playground", "hers")]


async def test_while_the_database_is_locked_a_draft_is_a_file(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await drafts(store, dead()).save("play/ground", {"text": "typed \ud800"})
    [file] = files(store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["data"] == {"text": "typed \ud800"}
    with pytest.raises(StorageFault, match="is locked"):
        await drafts(store).take()
    assert files(store) == [file]
    other.execute("ROLLBACK")
    other.close()
    assert texts(await drafts(store).take()) == [("play/ground", "typed \ud800")]
    assert files(store) == []


async def test_a_lock_that_lasts_does_not_keep_the_typing_waiting(store: Store) -> None:
    gate = threading.Event()
    slow = asyncio.create_task(store.writer.put(lambda _: gate.wait(20)))
    await asyncio.sleep(0)
    await drafts(store, dead()).save("playground", {"text": "typed"})
    assert len(files(store)) == 1
    gate.set()
    await slow
    await drafts(store, dead()).save("playground", {"text": "typed on"})
    assert files(store) == []
    assert texts(await drafts(store).take()) == [("playground", "typed on")]


async def test_of_file_and_row_the_newer_counts(store: Store) -> None:
    Drafts(store.writer, store.path.parent / "drafts", dead())._keep_file(
        "s", {"text": "old"}, "2026-01-01T00:00:00.000000Z"
    )
    store.put(save_draft("s", dead(), {"text": "new"}))
    assert texts(await drafts(store).take()) == [("s", "new")]


async def test_a_file_that_is_no_draft_is_left(store: Store) -> None:
    stranger = store.path.parent / "drafts" / "x.draft.json"
    stranger.write_text('{"screen": 1}')
    assert await drafts(store).take() == []
    assert files(store) == [stranger]


def test_a_signal_handler_saves_while_the_database_is_locked(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    drafts(store, dead()).save_now("playground", {"text": "at the end"})
    assert len(files(store)) == 1
    other.execute("ROLLBACK")
    other.close()
    drafts(store, dead()).save_now("playground", {"text": "at the very end"})
    assert files(store) == []
    assert texts(asyncio.run(drafts(store).take())) == [("playground", "at the very end")]


async def test_a_program_that_a_newer_one_has_outgrown_still_keeps_what_is_typed(store: Store) -> None:
    store.put(save_choice("a", "x"))
    with sqlite3.connect(store.path) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    await drafts(store).save("playground", {"text": "typed"})
    [file] = files(store)
    assert json.loads(file.read_text())["data"] == {"text": "typed"}


async def test_where_nothing_can_be_written_it_is_told(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (store.path.parent / "drafts").rmdir()
    (store.path.parent / "drafts").touch()  # a file is in the folder's place
    with pytest.raises(StorageFault):
        await drafts(store).save("playground", {"text": "typed"})
    other.close()


TAKING = """
import asyncio, sys
from pathlib import Path
from genai_tui.store.drafts import Drafts
from genai_tui.store.writer import Writer
path = Path(sys.argv[1])
writer = Writer(path)
drafts = Drafts(writer, path.parent / "drafts")
print("ready", flush=True)
sys.stdin.readline()
print(len(asyncio.run(drafts.take())), flush=True)
sys.stdin.readline()
writer.close()
"""


def test_two_programs_that_start_at_once_do_not_both_take_one(
    store: Store, child: Callable[..., subprocess.Popen[str]]
) -> None:
    for number in range(20):
        store.put(save_draft(f"screen {number}", dead(), {"text": "x"}))
    both = [child(TAKING, store.path) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    taken = [int(process.stdout.readline()) for process in both]
    assert sum(taken) == 20
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
        finish(process)
    assert len(store.put(take_drafts(ME))) == 20


def test_a_killed_program_loses_at_most_what_it_had_not_saved(
    store: Store, child: Callable[..., subprocess.Popen[str]]
) -> None:
    code = (
        "import sys; from pathlib import Path; from genai_tui.store.writer import Writer;"
        "from genai_tui.store.drafts import save_draft; from genai_tui.store.processes import this_process;"
        "w = Writer(Path(sys.argv[1])); w.put_now(save_draft('s', this_process(), {'text': 'typed'}));"
        "print('saved', flush=True); sys.stdin.readline()"
    )
    process = child(code, store.path)
    assert process.stdout.readline() == "saved\n"
    assert store.put(take_drafts(ME)) == []
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert texts(store.put(take_drafts(ME))) == [("s", "typed")]
    store.put(save_choice("alive", "yes"))
