"""Measures what a promptfoo configuration describes: one candidate of each prompt and provider, in its order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.answering.candidates import candidate_of
from genai_tui.datasets.storing import stem
from genai_tui.records.candidates import Candidate
from genai_tui.records.counts import count
from genai_tui.records.datasets import Example, Split
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.groups import Group
from genai_tui.stages.evaluate.interchange.config import Entry, Suite, expected_of, read_config
from genai_tui.stages.evaluate.interchange.echo import serving_echo
from genai_tui.stages.evaluate.interchange.keeping import keep_rows
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO, named
from genai_tui.stages.evaluate.running import Report, Stop, plan_run, run_groups
from genai_tui.store.candidates import save_candidate
from genai_tui.store.prompts import save_prompt

if TYPE_CHECKING:
    from genai_tui.project import Project


@asynccontextmanager
async def reachable(project: "Project", suite: Suite) -> AsyncIterator[None]:
    """While the block runs, the project knows the endpoints of the configuration; what echoes is served."""
    before = project.settings
    endpoints = dict(before.endpoints)
    async with AsyncExitStack() as stack:
        for entry in suite.entries:
            endpoint = entry.provider.endpoint
            if entry.provider.echoes and endpoints.get(endpoint.name) is None:
                endpoint = replace(endpoint, base_url=await stack.enter_async_context(serving_echo()))
            endpoints.setdefault(endpoint.name, endpoint)
        project.settings = before._replace(endpoints=endpoints)
        try:
            yield
        finally:
            project.settings = before


@asynccontextmanager
async def as_configured(project: "Project", config: str | None) -> AsyncIterator[None]:
    """While the block runs, what was begun by a configuration reaches what its file describes; nothing without one.

    Raises FileFault where the file is gone.
    """
    if config is None:
        yield
        return
    suite = await asyncio.to_thread(read_config, Path(config), project.settings, project.environ)
    async with reachable(project, suite):
        yield


async def groups_of(
    project: "Project", suite: Suite, *, split: Split = "dev", scorers: Sequence[str] = (), **how: Any
) -> list[Group]:
    """Makes the candidates and the dataset of a configuration, and plans what is measured, in its order.

    `scorers` come besides the configuration's own; `how` is what else `plan_run` takes. Within `reachable`.
    """
    made = [(await _candidate(project, entry), entry) for entry in suite.entries if entry.tests]
    groups = []
    for (tests, parsed), group in groupby(made, key=lambda each: (each[1].tests, _is_parsed(each[1]))):
        pairs = list(group)
        rows_of = [_example(suite, number, parsed) for number in tests]
        name = stem(suite.path.name)
        dataset = await asyncio.to_thread(keep_rows, project, name, rows_of, split, suite.path.name)
        only = {"tests": list(tests)} if len(tests) < len(suite.tests) else {}
        notes = [
            {"config": str(suite.path.absolute()), "provider": entry.provider.label, "label": entry.prompt.note, **only}
            for _, entry in pairs
        ]
        plan = plan_run(project, split=split, scorers=(PROMPTFOO, *scorers), dataset=dataset.name, **how)
        groups.append(Group([candidate for candidate, _ in pairs], plan, notes))
    return groups


def unnamed(suite: Suite) -> str:
    """A sentence on the tests that name no expected answer for scorers of ours; empty where all do."""
    tests = [suite.tests[number] for number in sorted({number for entry in suite.entries for number in entry.tests})]
    without = sum(named(test.assertions, test.inputs) is None for test in tests)
    if not without:
        return ""
    return (
        f"{without:,} of {count(len(tests), 'test')} {'names' if without == 1 else 'name'} no expected answer (by one "
        "assertion of the type equals): a scorer that needs one leaves it out."
    )


async def measure(
    project: "Project", suite: Suite, *, report: Report | None = None, stop: Stop | None = None, **how: Any
) -> AsyncIterator[tuple[Run, Candidate]]:
    """Measures what a configuration describes, and gives each run as it ends; `how` is what `groups_of` takes.

    Within `reachable`. Raises what `run_groups` raises.
    """
    groups = await groups_of(project, suite, **how)
    by_id = {candidate.id: candidate for group in groups for candidate in group.candidates}
    async for run in run_groups(project, groups, report=report, stop=stop):
        yield run, by_id[run.candidate]


async def _candidate(project: "Project", entry: Entry) -> Candidate:
    [prompt] = await project.writer.put(save_prompt(entry.prompt))
    made = candidate_of(entry.provider.endpoint, entry.provider.model_id, prompt)
    [candidate] = await project.writer.put(save_candidate(made))
    found: Candidate = candidate
    return found


def _is_parsed(entry: Entry) -> bool:
    """Whether promptfoo parses the answers before it judges them: those that are asked for by a JSON schema."""
    form = entry.prompt.parameters.get("response_format")
    return isinstance(form, dict) and form.get("type") == "json_schema"


def _example(suite: Suite, number: int, parsed: bool) -> Example:
    test = suite.tests[number]
    return Example(test.inputs, expected_of(test) | ({"parsed": True} if parsed else {}), line=test.line)
