"""Answers whose program ended while they came are made generations by the next one."""

from pathlib import Path

import pytest

from genai_tui.answering.recovering import recover
from genai_tui.records.generations import Generation, Moments
from genai_tui.store.generations import find_generation
from genai_tui.store.unfinished import keep_unfinished
from tests.support.playground import project_with


@pytest.mark.parametrize("finish_reason", ["cancelled", None])
async def test_who_was_hung_up_on_before_it_had_counted_was_stopped_not_killed(
    tmp_path: Path, finish_reason: str | None
) -> None:
    generation = Generation("try", "gone", "m", "Half an ans", finish_reason, None, None, Moments(0.0), exchanges=())
    with project_with(tmp_path / "p", rows=None) as project:

        def of_a_dead_process(connection):  # type: ignore[no-untyped-def]
            keep_unfinished("key", generation, None)(connection)
            connection.execute("UPDATE unfinished SET started = started + 1")

        await project.writer.put(of_a_dead_process)
        [number] = await recover(project.writer, {})
        kept = find_generation(project.reader, number)
    assert (kept.text, kept.finish_reason) == ("Half an ans", finish_reason)
    assert (kept.error is None) is (finish_reason == "cancelled")
    assert kept.usage is not None
    assert kept.usage.guessed
