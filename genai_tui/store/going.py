"""Evaluations that go on now, in whichever process, and how many of their answers there are."""

from collections.abc import Sequence

from genai_tui.records.jobs import ProcessId
from genai_tui.records.stages import Measuring
from genai_tui.store.reader import Reader
from genai_tui.store.results import OF_RUN
from genai_tui.store.runs import lives


def measuring(reader: Reader, before: Sequence[Measuring] = ()) -> tuple[Measuring, ...]:
    """The runs that go on and are no job, the oldest first; of those known `before` only what is new is counted."""
    known = {each.run: each for each in before}
    rows = reader.rows(
        "SELECT id, split, n, heartbeat, pid, started, host, boot FROM run "
        "WHERE state = 'running' AND job IS NULL AND pid IS NOT NULL ORDER BY id"
    )
    found = []
    for run, split, n, heartbeat, *process in rows:
        if lives(ProcessId(*process), heartbeat):
            since = known.get(run, Measuring(run, split, n))
            [(last, new)] = reader.rows(
                f"SELECT max(g.id), count(*) FROM generation g INDEXED BY generation_run WHERE {OF_RUN} AND g.id > ?",
                (run, since.last),
            )
            found.append(since._replace(done=since.done + new, last=last or since.last))
    return tuple(found)
