"""Gathers what the board shows: the status of each stage, the next best step, the model in use, money and jobs."""

from importlib import import_module

from genai_tui.advice import advise
from genai_tui.lifecycle import STAGES
from genai_tui.project import DEFAULT_MODEL, Project
from genai_tui.records.scopes import Scope
from genai_tui.records.stages import Advice, Board, Iteration, StageStatus
from genai_tui.settings import report_of
from genai_tui.store.going import measuring
from genai_tui.store.jobs import running_jobs
from genai_tui.store.measured import Measured, best_of, measured
from genai_tui.store.reader import Reader
from genai_tui.store.scopes import current_scope
from genai_tui.store.seen import SAID, mark_of, seen_of
from genai_tui.store.spend import spent

MOST_ITERATIONS = 7


def gather(project: Project, before: Board | None = None) -> Board:
    """The board as the store has it now; of what the one `before` counted only what is new is counted.

    Contacts nothing: a model's state is the last known answer.
    """
    reader = project.reader
    scope = current_scope(reader)
    usd, known_usd = spent(reader)
    model = project.model_in_use or DEFAULT_MODEL
    jobs = running_jobs(reader)
    statuses: list[StageStatus] = [import_module(f"{stage.folder}.status").status(reader) for stage in STAGES]
    return Board(
        project=project.name,
        stages=tuple(statuses),
        advice=next_step(project),
        usd=usd,
        known_usd=known_usd,
        budget_usd=scope.budget_usd,
        jobs_running=len(jobs),
        job_progress=jobs[0].progress if len(jobs) == 1 else None,
        model=model,
        model_state=model_state(model),
        iterations=iterations(reader, scope),
        target=scope.target,
        measuring=measuring(reader, before.measuring if before is not None else ()),
    )


def next_step(project: Project) -> Advice:
    """The next best step; what a training should take is only worked out where that is the step."""
    from genai_tui.stages.scope.contradicting import contradiction

    facts = project.facts()._replace(scope_fault=contradiction(project))
    advice = advise(facts)
    if advice.command.startswith("genai-tui finetune start"):
        from genai_tui.stages.finetune.foreseen import foreseen

        return advise(facts._replace(training_takes=foreseen(project, facts)))
    return advice


def iterations(reader: Reader, scope: Scope) -> tuple[Iteration, ...]:
    """The last candidates that were measured, and the best of all, in the order they were made."""
    found = measured(reader, scope.metric)
    best = best_of(found)
    shown = [one for one in found if one in found[-MOST_ITERATIONS:] or one is best]
    return tuple(
        Iteration(
            one.candidate,
            {0: "zero-shot", 1: "one-shot"}.get(one.shots, f"{one.shots}-shot"),
            one.model.partition("/")[2],
            one.value.value or 0.0,
            one.value.low if one.value.low is not None else one.value.value or 0.0,
            one.value.high if one.value.high is not None else one.value.value or 0.0,
            one.value.n,
            best=one is best,
            met=one.standing(scope.target) == "met",
            doubt=_doubt(reader, one),
        )
        for one in shown
    )


def _doubt(reader: Reader, one: Measured) -> str:
    mark = mark_of(seen_of(reader, one.run))
    return "" if mark is None else SAID[mark]


def model_state(model: str) -> str:
    """The last known answer of a model's endpoint: ready, asleep, failed, unknown, or absent (weights not here)."""
    endpoint, _, model_id = model.partition("/")
    if endpoint != "embedded":
        return report_of(endpoint).state
    from genai_tui.inference.embedded.weights import present

    if not present(model_id):
        return "absent"
    from genai_tui.inference.embedded.weights import served_model
    from genai_tui.inference.embedded.whereabouts import state_of

    return state_of(served_model(model_id))
