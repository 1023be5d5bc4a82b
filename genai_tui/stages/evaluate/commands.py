"""The commands of stage 6: `eval run` and what is done with runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.evaluate.gate_commands import gate
from genai_tui.stages.evaluate.handing_commands import failures, prefer
from genai_tui.stages.evaluate.interchange_commands import export, import_
from genai_tui.stages.evaluate.labelling_commands import label
from genai_tui.stages.evaluate.leaderboard_commands import leaderboard
from genai_tui.stages.evaluate.shared_commands import SPLITS, Finite, looked, noticing
from genai_tui.stages.evaluate.telling_commands import compare, list_, plan, show

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.candidates import Candidate
    from genai_tui.records.runs import Run
    from genai_tui.stages.evaluate.limits import Limits
    from genai_tui.stages.evaluate.progress import Progress

F = TypeVar("F", bound=Callable[..., Any])


@click.group("eval", cls=Group)
def eval_() -> None:
    """Measure candidates, compare runs, let CI refuse a worse one."""


for command in (plan, import_, list_, show, leaderboard, compare, gate, label, failures, prefer, export):
    eval_.add_command(command)


def _how(command: F) -> F:
    """The options that say how is asked, and change nothing of what is measured."""
    options = (
        click.option("--max-in-flight", type=click.IntRange(1, 1000), metavar="N", help="Requests at once (8)."),
        click.option("--retries", type=click.IntRange(0, 100), metavar="N", help="Asked again after a failure (4)."),
        click.option("--max-cost", type=Finite(0), metavar="USD", help="What it may cost at most."),
        click.option("--max-tokens", type=click.IntRange(0), metavar="N", help="Tokens in and out at most."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@eval_.command("run", cls=Command)
@click.argument("references", nargs=-1, metavar="[C]...")
@click.option("--config", type=click.Path(), metavar="FILE", help="A promptfoo configuration instead of candidates.")
@click.option("--dataset", metavar="D", help="What is asked (default: the dataset in use).")
@click.option("--split", type=SPLITS, default="dev", show_default=True)
@click.option("--scorer", "scorers", multiple=True, metavar="S", help="May be given several times.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N rows only.")
@click.option("--repeats", type=click.IntRange(1, 1000), metavar="N", help="Times that each row is asked (1).")
@click.option("--stream", is_flag=True, help="Stream, so that the time to the first token is measured.")
@click.option("--no-cache", is_flag=True, help="Ask also what was asked before.")
@click.option("--background", is_flag=True, help="As a job, which goes on when this terminal ends.")
@_how
@pass_frame
def run_(
    frame: Frame,
    /,
    references: tuple[str, ...],
    config: str | None,
    dataset: str | None,
    split: Any,
    scorers: tuple[str, ...],
    limit: int | None,
    repeats: int | None,
    stream: bool,
    no_cache: bool,
    background: bool,
    **how: Any,
) -> int:
    """Measure each candidate C over a split of the dataset; or what a promptfoo configuration describes."""
    from genai_tui.stages.evaluate.running import Stop, plan_run, run_candidates
    from genai_tui.store.candidates import find_candidate

    asked: dict[str, Any] = {
        "split": split, "scorers": scorers, "rows": limit, "stream": stream, "cache": not no_cache
    }  # fmt: skip
    if config is not None:
        if references or dataset is not None:
            raise UsageFault("--config brings its own candidates and tests.", "", "Leave out C... and --dataset.")
        from genai_tui.stages.evaluate.interchange_commands import run_config

        return run_config(
            frame, Path(config), asked, repeats, _named(how), background=background, progress=_progress, told=_told
        )
    if not references:
        raise UsageFault(
            "There is nothing to measure.", "No candidate was named.", "genai-tui candidate list; or --config FILE"
        )

    async def work(project: "Project", candidates: "list[Candidate]") -> list[int]:
        names = {candidate.id: candidate.name for candidate in candidates}
        planned = plan_run(project, dataset=dataset, limits=_limits(how), repeats=repeats or 1, **asked)
        ended = run_candidates(
            project,
            candidates,
            planned,
            report=lambda progress: _progress(frame, progress),
            stop=Stop(notice=noticing(frame)),
        )
        try:
            return [_told(frame, project, found, names[found.candidate]) async for found in ended]
        finally:
            frame.say.progress_done()

    with frame.project() as project:
        candidates = [find_candidate(project.reader, reference) for reference in dict.fromkeys(references)]
        if background:
            from genai_tui.commands.job import tell
            from genai_tui.stages.evaluate.background import start_measuring

            planned = plan_run(project, dataset=dataset, limits=_limits(how), repeats=repeats or 1, **asked)
            tell(frame, run(lambda: start_measuring(project, candidates, planned, frame.say.note)))
            return 0
        return next(filter(None, run(lambda: work(project, candidates))), 0)


@eval_.command(cls=Command)
@click.argument("number", metavar="R")
@_how
@pass_frame
def resume(frame: Frame, /, number: str, **how: Any) -> int:
    """Go on with run R: what has its answer is not asked again."""
    from genai_tui.stages.evaluate.interchange.measuring import as_configured
    from genai_tui.stages.evaluate.running import Stop, resume_run
    from genai_tui.stages.evaluate.scorers.imported import imported
    from genai_tui.stages.evaluate.unbegun import unbegun
    from genai_tui.store.candidates import candidate_with
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        known = find_run(project.reader, number)
        name = candidate_with(project.reader, known.candidate).name
        if known.state == "done" and not imported(known):
            frame.say.note(
                f"Run {known.id} is complete: {known.n:,} of {known.n:,} answers were asked, and none is asked again. "
                f"genai-tui eval show {known.id} says where it is weak, genai-tui eval run {name} measures anew."
            )

        async def work() -> "Run":
            stop = Stop(notice=noticing(frame))
            limits = _limits({**known.limits, **{k: v for k, v in _named(how).items() if v is not None}})
            try:
                async with as_configured(project, known.options.get("config")):
                    return await resume_run(
                        project, known.id, limits, report=lambda progress: _progress(frame, progress), stop=stop
                    )
            finally:
                frame.say.progress_done()

        ended = run(work)
        left = unbegun(project.reader, ended)
        return _told(frame, project, ended, name, left)


@eval_.command(cls=Command)
@click.argument("number", metavar="R")
@pass_frame
def pause(frame: Frame, number: str) -> None:
    """Pause run R, wherever it goes on: what is in flight is waited for."""
    _wish(frame, number, "paused", "It was paused.")


@eval_.command(cls=Command)
@click.argument("number", metavar="R")
@pass_frame
def stop(frame: Frame, number: str) -> None:
    """Stop run R, wherever it goes on, within seconds; `eval resume` goes on with it."""
    _wish(frame, number, "stopped", "It was stopped.")


def _wish(frame: Frame, number: str, state: Any, reason: str) -> None:
    from genai_tui.store.runs import ask_of_run, find_run

    with frame.project() as project:
        known = find_run(project.reader, number)
        [working] = project.writer.put_now(ask_of_run(known.id, state, reason))
    if frame.say.json:
        frame.say.document({"run": known.id, "state": state, "working": working})
    else:
        frame.say.note(f"Run {known.id} is asked to end." if working else f"Run {known.id} is {state}.")


@eval_.command(cls=Command)
@click.argument("number", metavar="R")
@click.option("--scorer", "scorers", multiple=True, metavar="S", help="Add this scorer (default: its own anew).")
@pass_frame
def rescore(frame: Frame, number: str, scorers: tuple[str, ...]) -> int:
    """Score the answers of run R again; nothing is asked of its candidate."""
    from genai_tui.stages.evaluate.scoring import rescore as work
    from genai_tui.store.candidates import candidate_with
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        known = find_run(project.reader, number)
        found = run(lambda: work(project, known.id, scorers))
        return _told(frame, project, found, candidate_with(project.reader, found.candidate).name)


@eval_.command("explain-cache", cls=Command)
@click.argument("number", metavar="R")
@click.argument("row", type=click.IntRange(1), metavar="N")
@pass_frame
def explain_cache(frame: Frame, number: str, row: int) -> None:
    """Say why row N of run R came out of the cache, or did not."""
    from genai_tui.stages.evaluate.caching import explain
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        found = explain(project.reader, find_run(project.reader, number), row)
    if frame.say.json:
        frame.say.document(found._asdict() | {"why": list(found.why)})
    else:
        frame.say.lines([f"{'hit' if found.hit else 'miss'}  generation {found.generation}", *found.why])


def _named(how: dict[str, Any]) -> dict[str, Any]:
    names = {"max_in_flight": "in_flight", "max_cost": "max_usd"}
    return {names.get(name, name): value for name, value in how.items()}


def _limits(how: dict[str, Any]) -> "Limits":
    from genai_tui.stages.evaluate.limits import Limits

    return Limits()._replace(**{name: value for name, value in _named(how).items() if value is not None})


def _progress(frame: Frame, now: "Progress") -> None:
    from genai_tui.stages.evaluate.results import dollars

    left = "" if now.left_s is None else f", {now.left_s:,.0f} s left"
    score = ""
    if now.value is not None and now.value.value is not None:
        score = f", {now.value.said()}"
    failed = f", {now.failed:,} failed" if now.failed else ""
    frame.say.progress(
        f"{now.candidate}: {now.done:,} of {now.total:,}, {now.rate:,.0f}/s{left}, {dollars(now.usd)}{failed}{score}"
    )


def _told(frame: Frame, project: "Project", found: "Run", candidate: str, unbegun: Sequence[str] = ()) -> int:
    """Print a run that has ended; its exit code. `unbegun` are the candidates that its command has not begun."""
    from genai_tui.stages.evaluate.results import exit_of, failure_lines, failures_of, run_as_json, run_lines
    from genai_tui.stages.evaluate.seen import seen_as_json, seen_lines
    from genai_tui.stages.evaluate.valueless import valueless, valueless_as_json, valueless_lines
    from genai_tui.store.seen import seen_of

    frame.say.progress_done()
    seen = seen_of(project.reader, found.id)
    looked(frame, project, [found])
    none = valueless(project.reader, found)
    failures, code = failures_of(project.reader, found), exit_of(project.reader, found)
    if frame.say.json:
        more: dict[str, Any] = {"failures": [failure.as_json() for failure in failures]} if failures else {}
        more |= {"not_begun": list(unbegun)} if unbegun else {}
        frame.say.document(run_as_json(found, candidate) | more | valueless_as_json(none) | seen_as_json(seen))
    else:
        frame.say.lines([*run_lines(found, candidate), *valueless_lines(none), *seen_lines(seen)])
        failed = found.result.failed if found.result is not None else 0
        frame.say.lines(failure_lines(failures, failed, helps=not code))
    if code:
        said = GenaiError(failures[0].what, failures[0].why, failures[0].do)
        said.exit_code = code
        frame.say.error(said)
    return code
