"""Runs: every example of a split is asked of a candidate, recorded the moment it is answered, and scored.

One failure never ends a run. What was answered stays, however a run ends: paused, stopped, killed; going on asks only
what has no answer yet.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Split
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.groups import Group
from genai_tui.stages.evaluate.limits import Limits, Stop
from genai_tui.stages.evaluate.progress import Report
from genai_tui.stages.evaluate.scorers import find_scorer, known_name
from genai_tui.stages.evaluate.scorers.imported import imported
from genai_tui.stages.evaluate.scorers.registry import function_in
from genai_tui.stages.evaluate.scoring import check_tests
from genai_tui.stages.evaluate.unbegun import OF_COMMAND, unbegun_said
from genai_tui.stages.evaluate.working import Working, subject_of
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset
from genai_tui.store.runs import FIRST, begin_run, claim_run, find_run, is_worked_on, runs_with, spent_by
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project

__all__ = ["Limits", "Report", "Stop", "check_ahead", "plan_run", "resume_run", "run_candidates", "run_groups"]

LETTING_GO_S = 10.0  # how long is waited for a process that was asked to let go of a run
LOOK_AGAIN_S = 0.1


def plan_run(
    project: "Project",
    *,
    split: Split = "dev",
    scorers: Sequence[str] = (),
    dataset: str | None = None,
    rows: int | None = None,
    repeats: int = 1,
    stream: bool = False,
    cache: bool = True,
    limits: Limits | None = None,
) -> Run:
    """What is measured and how, without a candidate; without scorers by the scope's metric, else `exact`.

    `rows` are the first ones only. Raises UsageFault where there are none, or no such scorer.
    """
    reader = project.reader
    found = find_dataset(reader, dataset)
    count = found.splits.get(split, 0)
    if not count:
        there = ", ".join(found.splits) or "none"
        raise UsageFault(f"{found.name} has no {split} split.", f"It has: {there}.", "Choose one with --split.")
    wished = scorers or (current_scope(reader).metric or "exact",)
    names = [_found_anywhere(known_name(name), project.folder) for name in wished]
    for name in names:
        find_scorer(name)
    check_tests(reader, found, split, names)
    return Run(
        candidate=0,
        dataset_version=found.id,
        split=split,
        n=min(count, rows or count) * repeats,
        scorers=tuple(dict.fromkeys(names)),
        repeats=repeats,
        rows=rows,
        options={"stream": stream, "cache": cache},
        limits=(limits or Limits())._asdict(),
    )


def _found_anywhere(name: str, folder: Path) -> str:
    """A function by the whole path of its file, where a job, which works in the project's folder, would miss it."""
    own = function_in(name)
    if own is None or own[0].is_absolute() or Path.cwd() == folder.resolve():
        return name
    return f"{own[0].resolve()}:{own[1]}"


def run_candidates(
    project: "Project",
    candidates: Sequence[Candidate],
    plan: Run,
    *,
    report: Report | None = None,
    stop: Stop | None = None,
) -> AsyncIterator[Run]:
    """Measures each candidate as `plan_run` made the plan; else as `run_groups`."""
    return run_groups(project, [Group(candidates, plan)], report=report, stop=stop)


async def run_groups(
    project: "Project",
    groups: Sequence[Group],
    *,
    report: Report | None = None,
    stop: Stop | None = None,
    beside: Sequence[int] = (),
) -> AsyncIterator[Run]:
    """Measures the candidates of each group, one after the other, and gives each run as it ends, with its result.

    The limits are those of the first plan and hold for all of it, with what the runs `beside` took before. `report` is
    called now and then with how far it is; `stop` ends it from within this process, the state of its row from any.
    Cancelled, it keeps what came. Raises GenaiError, after the run was given, for what stands in the way of all
    answers: a budget, missing weights, a disk that is full.
    """
    stop = stop or Stop()
    await check_ahead(project, groups, stop)
    async with project.asking(transport="aiohttp", notice=stop.notice) as asking:
        _limited(project, asking, _limits_of(groups), beside)
        runs = [each for group in groups for each in group.runs()]
        together: dict[str, Any] = {OF_COMMAND: [candidate.name for candidate, _ in runs]} if len(runs) > 1 else {}
        run: Run | None = None
        try:
            for candidate, planned in runs:
                if stop.asked:
                    return
                planned = replace(planned, options={**planned.options, **together})
                working = await asyncio.to_thread(Working, project, asking, planned, candidate, report, stop)
                [number] = await project.writer.put(begin_run(planned))
                run = working.run = replace(planned, id=number)
                together = together if FIRST in together else {FIRST: number}
                yield await working.work()
                if working.fault is not None:
                    raise working.fault
        finally:
            if run is not None:
                _tell_unbegun(project, run, stop)


def _tell_unbegun(project: "Project", run: Run, stop: Stop) -> None:
    """Say which candidates of its command were not begun: going on with the run does not measure them."""
    if stop.notice is not None and (said := unbegun_said(project.reader, run)):
        stop.notice(said)


async def resume_run(
    project: "Project",
    number: int,
    limits: Limits,
    *,
    report: Report | None = None,
    stop: Stop | None = None,
) -> Run:
    """Goes on with a run that was paused, stopped, or whose process was killed, and gives it with its result.

    What has its answer is not asked again. The limits hold for it together with the other runs of its command. Raises
    UsageFault where somebody works on it, and what `run_groups` raises.
    """
    stop = stop or Stop()
    run = find_run(project.reader, number)
    if imported(run):
        raise UsageFault(
            f"Run {run.id} was imported: another program asked, and nothing is left to ask here.",
            "",
            f"genai-tui eval show {run.id} says what came of it.",
        )
    candidate = candidate_with(project.reader, run.candidate)
    waited = 0.0
    while run.state in ("paused", "stopped") and is_worked_on(run) and waited < LETTING_GO_S:
        await asyncio.sleep(LOOK_AGAIN_S)
        waited += LOOK_AGAIN_S
        run = find_run(project.reader, number)
    async with project.asking(transport="aiohttp", notice=stop.notice) as asking:
        run = replace(run, limits=limits._asdict())
        _limited(project, asking, limits, runs_with(project.reader, run))
        working = await asyncio.to_thread(Working, project, asking, run, candidate, report, stop)
        await project.writer.put(claim_run(number, limits._asdict()))
        try:
            ended = await working.work()
        finally:
            _tell_unbegun(project, run, stop)
        if working.fault is not None:
            raise working.fault
        return ended


async def check_ahead(project: "Project", groups: Sequence[Group], stop: Stop) -> None:
    """Say what all of it will take, where money or a limit is in play; nothing is asked.

    Raises BudgetFault where that passes the limit, UsageFault where an endpoint is gone or refused by the scope's data
    rules, or a price or the length of an answer unknown.
    """
    from genai_tui.inference.budget import is_bounded, unbounded
    from genai_tui.inference.data_rules import read_rules
    from genai_tui.inference.prices import is_free, price_per_million
    from genai_tui.stages.evaluate.estimating import check_limits, takes, together

    limits = _limits_of(groups)
    rules = read_rules(current_scope(project.reader).data_rules)
    found, unkept = [], ""
    for candidate, plan in (each for group in groups for each in group.runs()):
        subject = subject_of(project, candidate)
        rules.check(subject.endpoint)
        price = price_per_million(subject.endpoint, subject.model_id)
        if price is None and limits.max_usd is not None:
            raise UsageFault(
                f"The limit of ${limits.max_usd:,.6g} cannot be kept: the price of {candidate.model} is not known.",
                "Neither the settings nor the list of prices say what it costs there.",
                f"Set its price (input_usd_per_million, output_usd_per_million of {subject.endpoint.name} in the "
                "settings), or limit tokens: --max-tokens",
            )
        limited = limits.max_tokens is not None or (
            limits.max_usd is not None and not is_free(subject.endpoint, subject.model_id)
        )
        if limited and not is_bounded(subject.prompt.parameters, subject.endpoint, subject.model_id):
            unkept = unkept or candidate.model
        paid = price is not None and (price.input_usd_per_million or price.output_usd_per_million)
        if paid or limits.max_usd is not None or limits.max_tokens is not None:
            found.append(await asyncio.to_thread(takes, project, subject, plan))
            if stop.notice is not None:
                stop.notice(found[-1].sentence(candidate.name))
    if len(found) > 1 and stop.notice is not None:
        stop.notice(together(found))
    check_limits(found, limits.max_usd, limits.max_tokens)
    if unkept:
        raise unbounded(unkept)


def _limits_of(groups: Sequence[Group]) -> Limits:
    return Limits(**groups[0].plan.limits) if groups else Limits()


def _limited(project: "Project", asking: "Asking", limits: Limits, before: Sequence[int]) -> None:
    """Put the command's own limits before the project's budget; what the runs `before` took counts.

    They hold for what scorers ask, too.
    """
    asking.retries = limits.retries
    if limits.max_usd is None and limits.max_tokens is None:
        return
    from genai_tui.inference.budget import Amount
    from genai_tui.inference.ceiling import Ceiling

    spent = sum((Amount(*spent_by(project.reader, run)) for run in before), Amount())
    asking.budget = Ceiling(project.writer, asking.budget, limits.max_usd, limits.max_tokens, spent)
