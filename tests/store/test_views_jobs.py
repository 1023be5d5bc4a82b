"""The documented views, and the list of jobs."""

from dataclasses import replace

from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Failure, Moments
from genai_tui.records.jobs import ProcessId
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.candidates import save_candidate
from genai_tui.store.generations import save_generation
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.jobs import page_jobs, running, running_jobs
from genai_tui.store.processes import this_process
from genai_tui.store.prompts import save_prompt
from genai_tui.store.values import utc
from tests.store.conftest import Store
from tests.support.stored import simple


def measured(store: Store) -> None:
    prompt = store.put(save_prompt(Prompt((Message("user", "{{t}}"),))))
    store.put(save_candidate(Candidate("best", "embedded", "m", prompt.number, prompt.hash, "w")))
    version = store.put(begin_import("tickets", "f", "w"))
    store.put(add_examples(version, "dev", 1, [Example({"t": n}, "x") for n in range(3)]))
    store.put(finish_import(version))
    store.put(
        lambda c: c.execute(
            "INSERT INTO run (candidate, dataset_version, split, n, state, created, scorers, limits) "
            "VALUES (1, 1, 'dev', 3, 'done', '2026-01-01T00:00:00Z', '[]', '{}')"
        )
    )
    answer = replace(simple(), purpose="run", run=1, candidate=1)
    store.writer.put_now(
        save_generation(replace(answer, example=1)),
        save_generation(replace(answer, example=2, error=Failure("dead"))),
        save_generation(replace(answer, example=2)),  # asked again, and answered
        save_generation(replace(answer, example=3, error=Failure("dead"), cost_usd=None)),
        save_generation(replace(answer, purpose="judge", parent=1)),
    )


def test_runs_say_what_was_answered_and_what_failed(store: Store) -> None:
    measured(store)
    [row] = store.reader.rows(
        "SELECT run, candidate, dataset, version, split, state, n, answered, failed, created FROM v_runs"
    )
    assert row == (1, "best", "tickets", 1, "dev", "done", 3, 2, 1, "2026-01-01T00:00:00Z")


def test_generations_say_times_tokens_and_errors(store: Store) -> None:
    measured(store)
    columns = (
        "generation, run, candidate, example, text, input_tokens, cost_usd, first_token_s, latency_s, error, cached"
    )
    rows = store.reader.rows(f"SELECT {columns} FROM v_generations ORDER BY generation")
    first, fourth = rows[0], rows[3]
    assert first[:7] == (1, 1, "best", 1, "billing", 90, 0.0)
    assert [round(seconds, 6) for seconds in first[7:9]] == [0.2, 0.4]
    assert first[9:] == (None, 0)
    assert (fourth[6], fourth[9]) == (None, "dead")


def test_a_stream_that_came_in_one_piece_has_no_time_to_its_first_token(store: Store) -> None:
    store.put(save_generation(simple(all_at_once=True)))
    store.put(save_generation(simple(moments=Moments(1.0, 1.0, done=2.0))))
    assert store.reader.rows("SELECT first_token_s, latency_s FROM v_generations")[1] == (None, 1.0)
    assert store.reader.one("SELECT first_token_s FROM v_generations") == (None,)


def test_examples_are_seen_in_every_version_that_shows_them(store: Store) -> None:
    measured(store)
    version = store.put(begin_import("tickets", "f", "w"))
    store.put(add_examples(version, "test", 1, [Example({"t": 9}, "x")]))
    store.put(finish_import(version, keep_from={"dev": 1}))
    rows = store.reader.rows("SELECT version, split, count(*) FROM v_examples GROUP BY 1, 2")
    assert rows == [(1, "dev", 3), (2, "dev", 3), (2, "test", 1)]


def job(store: Store, state: str, process: ProcessId | None = None, heartbeat: str | None = None) -> int:
    values = ("finetune", "a.b", state, *(process or (None,) * 4), heartbeat, utc(), '{"a":1}', "{}", "{}", "{}")
    return store.put(
        lambda connection: (
            connection.execute(
                "INSERT INTO job (kind, function, state, pid, started_ticks, host, boot, heartbeat, created, args, "
                f"metrics, estimate, measured) VALUES ({', '.join('?' * len(values))})",
                values,
            ).lastrowid
        )
    )


def test_what_was_killed_is_interrupted_and_never_running(store: Store) -> None:
    me = this_process()
    living = job(store, "running", me)
    killed = job(store, "running", me._replace(started=me.started + 1), utc())
    far = job(store, "running", me._replace(host="other"), utc())
    silent = job(store, "running", me._replace(host="other"), "2026-01-01T00:00:00.000Z")
    done = job(store, "done", me._replace(started=1))
    states = {found.id: found.state for found in page_jobs(store.reader)}
    assert states == {living: "running", killed: "interrupted", far: "running", silent: "interrupted", done: "done"}
    assert running(store.reader) == 2
    assert [found.id for found in running_jobs(store.reader)] == [living, far]


def test_jobs_page_newest_first(store: Store) -> None:
    assert (page_jobs(store.reader), running(store.reader)) == ([], 0)
    for _ in range(3):
        job(store, "done", this_process())
    assert [found.id for found in page_jobs(store.reader, limit=2)] == [3, 2]
    [last] = page_jobs(store.reader, after=2)
    assert (last.id, last.args, last.process) == (1, {"a": 1}, this_process())
