"""What a command over several candidates had not begun when it was ended, and the command that measures it."""

import shlex
from typing import TYPE_CHECKING

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO
from genai_tui.stages.evaluate.limits import Limits, run_command
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.jobs import find_job
from genai_tui.store.runs import FIRST, find_run, runs_with, spent_by

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

OF_COMMAND = "candidates"  # the option of a command's first run that names all that it measures, where they are several


def unbegun(reader: "Reader", run: Run) -> list[str]:
    """The candidates of the command that began `run` which it has not begun, by name, in their order.

    None while the job that it is part of goes on: that begins them by itself.
    """
    if run.job is not None and find_job(reader, run.job).state in ("queued", "running"):
        return []
    first = find_run(reader, run.options.get(FIRST, run.id))
    left = list(first.options.get(OF_COMMAND, ()))
    if left:
        for number in runs_with(reader, first):
            begun = candidate_with(reader, find_run(reader, number).candidate).name
            if begun in left:
                left.remove(begun)
    return left


def unbegun_said(reader: "Reader", run: Run) -> str:
    """The same for people, with the command that goes on with them; empty where all were begun."""
    names = unbegun(reader, run)
    if not names:
        return ""
    return f"Not begun, and to be measured by itself: {', '.join(names)}. {_command(reader, run, names)}"


def _command(reader: "Reader", run: Run, names: list[str]) -> str:
    """What goes on with them: the job, else what was asked, within what is left of its limits.

    Of a configuration all is run again: what was answered comes out of the cache.
    """
    if run.job is not None:
        return f"genai-tui job resume {run.job}"
    options = run.options
    more = [] if options.get("cache") else ["--no-cache"]
    if options.get("stream"):
        more.append("--stream")
    if config := options.get("config"):
        who = [f"--config {shlex.quote(config)}"]
    else:
        who = [*names, f"--dataset {shlex.quote(find_dataset_version(reader, run.dataset_version).name)}"]
    scorers = [name for name in run.scorers if not (config and name == PROMPTFOO)]
    limits = _left(reader, run)
    return run_command(who, run.split, scorers, limits, rows=run.rows, repeats=run.repeats, more=more)


def _left(reader: "Reader", run: Run) -> Limits:
    """Its limits; money and tokens less what the runs of the command have taken."""
    limits = Limits(**run.limits)
    spent = [spent_by(reader, number) for number in runs_with(reader, run)]
    if limits.max_usd is not None:
        limits = limits._replace(max_usd=max(0.0, limits.max_usd - sum(usd for usd, _ in spent)))
    if limits.max_tokens is not None:
        limits = limits._replace(max_tokens=max(0, limits.max_tokens - sum(tokens for _, tokens in spent)))
    return limits
