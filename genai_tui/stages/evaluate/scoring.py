"""Scoring answers that are stored: those that a run left without, and all of them anew."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Run, Score
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO, is_test, with_named
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.scorers import find_scorer, known_name
from genai_tui.stages.evaluate.scorers.base import LARGEST, short
from genai_tui.stages.evaluate.scorers.imported import imported
from genai_tui.stages.evaluate.scorers.thinking import answer_in
from genai_tui.store.answers import page_answers
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import all_examples, find_dataset_version
from genai_tui.store.prompts import find_prompt
from genai_tui.store.runs import find_run, is_worked_on, keep_result
from genai_tui.store.scores import save_scores
from genai_tui.terminal.log import log_defect

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.scorers.contract import Scorer
    from genai_tui.store.reader import Reader

AT_ONCE = 8  # answers that are judged at the same time


async def scored(scorer: "Scorer", generation: Generation, example: Example, asking: "Asking | None") -> Score:
    """One verdict; where it cannot be judged it counts as wrong, and the reason says why.

    Of a test of a promptfoo configuration, scorers of ours judge by what its equality demands. None of ours judges
    thinking that stands before the answer: what is left of the text is kept with the score. A scorer with a defect
    fails this one score, not the run, and its traceback is in the log: all other answers may be judged all the same.
    """
    text = generation.text
    if scorer.name != PROMPTFOO:  # which sees what promptfoo would see
        example, text = with_named(example), answer_in(text)
    try:
        score = await scorer.score(text, example, generation, asking)
    except GenaiError as fault:
        score = Score(scorer.name, None, reason=f"It could not be judged: {fault.what} {fault.why}".strip())
    except Exception as fault:  # noqa: BLE001
        log_defect(fault)
        score = Score(scorer.name, None, reason=f"The scorer has a defect: {type(fault).__name__}: {short(fault)}")
    if score.value is not None and not abs(score.value) <= LARGEST:
        score = replace(score, value=None, reason=f"The scorer gave {score.value:g}, which cannot be reckoned with.")
    if text != generation.text and score.reduced is None:
        score = replace(score, reduced=text)
    if not text.strip() and (generation.reasoning or generation.text.strip()) and not score.reason:
        score = replace(score, reason="It ended within its thinking, before an answer.")
    return replace(score, generation=generation.id) if generation.id else score


async def rescore(project: "Project", number: int, names: Sequence[str] = ()) -> Run:
    """Scores a run's answers anew without asking its candidate again; `names` are added to its scorers.

    Raises UsageFault where there is no such run or scorer, and where answers are still coming.
    """
    run = find_run(project.reader, number)
    if run.process is not None and is_worked_on(run):
        raise UsageFault(
            f"Run {run.id} goes on: answers that are still to come would have no such score.",
            f"Process {run.process.pid} on {run.process.host} works on it.",
            f"Score it when it has ended, or end it: genai-tui eval pause {run.id}",
        )
    if came := [name for name in names if name in imported(run)]:
        what = f"{came[0]} came with run {run.id} from another program: it is not computed here."
        raise UsageFault(what, "", "Name what to score by: --scorer exact")
    wanted = [known_name(name) for name in names] or [name for name in run.scorers if name not in imported(run)]
    if not wanted:
        raise UsageFault(f"The scores of run {run.id} were imported.", "", "Name what to score by: --scorer exact")
    check_tests(project.reader, find_dataset_version(project.reader, run.dataset_version), run.split, wanted)
    candidate = candidate_with(project.reader, run.candidate)
    prompt = find_prompt(project.reader, str(candidate.prompt))
    scorers = [await asyncio.to_thread(find_scorer, name, prompt) for name in wanted]
    run = replace(run, scorers=tuple(dict.fromkeys((*run.scorers, *wanted))))
    async with project.asking(transport="aiohttp") as asking:
        await _score(project, page_answers(project.reader, run.id), scorers, asking)
    result = await asyncio.to_thread(result_of, project.reader, run)
    await project.writer.put(keep_result(run.id, result, run.scorers))
    return replace(run, result=result)


def check_tests(reader: "Reader", dataset: Dataset, split: Split, scorers: Sequence[str]) -> None:
    """Refuse the scorer `promptfoo` where no row has assertions to judge by. Raises UsageFault."""
    if PROMPTFOO not in scorers or any(is_test(row.expected) for row in all_examples(reader, dataset, split)):
        return
    raise UsageFault(
        f"The rows of {dataset.name} {split} have no assertions: the scorer {PROMPTFOO} has nothing to judge by.",
        "They are no tests of a promptfoo configuration.",
        "Score by another one (--scorer exact), or measure a configuration: genai-tui eval run --config FILE",
    )


async def score_missing(project: "Project", run: int, scorers: "Sequence[Scorer]", asking: "Asking | None") -> None:
    """Scores the answers that have none of these scores yet: those whose process was killed in between."""
    for scorer in scorers:
        await _score(project, page_answers(project.reader, run, without=scorer.name), [scorer], asking)


async def _score(
    project: "Project",
    answers: Iterator[tuple[Generation, Example]],
    scorers: "Sequence[Scorer]",
    asking: "Asking | None",
) -> None:
    async def work() -> None:
        for generation, example in answers:
            found = [await scored(scorer, generation, example, asking) for scorer in scorers]
            await project.writer.put(save_scores(found))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
