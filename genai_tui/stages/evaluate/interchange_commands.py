"""The commands of stage 6 that read and write what other programs do: configurations, logs, exports."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.commands.frame import Frame, run

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.runs import Run
    from genai_tui.stages.evaluate.working import Progress


def run_config(
    frame: Frame,
    path: Path,
    asked: dict[str, Any],
    repeats: int,
    how: dict[str, Any],
    progress: "Callable[[Frame, Progress], None]",
    told: "Callable[[Frame, Project, Run, str], int]",
) -> int:
    """Measure what the configuration describes; what it needs that is not there is named before anything is asked."""
    from genai_tui.stages.evaluate.interchange.config import read_config
    from genai_tui.stages.evaluate.interchange.measuring import measure, reachable
    from genai_tui.stages.evaluate.working import Limits, Stop

    with frame.project() as project:
        suite = read_config(path, project.settings, project.environ)
        for note in suite.notes:
            frame.say.note(note)
        own = {"in_flight": suite.options["in_flight"]} if "in_flight" in suite.options else {}
        limits = Limits()._replace(**own | {name: value for name, value in how.items() if value is not None})
        often = repeats if repeats > 1 else suite.options.get("repeats", 1)

        async def work() -> list[int]:
            async with reachable(project, suite):
                ended = measure(
                    project,
                    suite,
                    repeats=often,
                    limits=limits,
                    report=lambda now: progress(frame, now),
                    stop=Stop(notice=frame.say.note),
                    **asked,
                )
                try:
                    return [told(frame, project, found, candidate.name) async for found, candidate in ended]
                finally:
                    frame.say.progress_done()

        return next(filter(None, run(work)), 0)
