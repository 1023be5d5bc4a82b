"""The commands of stage 6 that lead onward: wrong answers to train on, pairs of answers to prefer by."""

import click

from genai_tui.commands.frame import Command, Frame, pass_frame


@click.command(cls=Command)
@click.argument("number", metavar="R")
@click.option("--name", metavar="N", help="The dataset's name (default: failures-R).")
@click.option("--scorer", metavar="S", help="Wrong by this one (default: the run's first).")
@pass_frame
def failures(frame: Frame, number: str, name: str | None, scorer: str | None) -> None:
    """Make a dataset to train on of the rows that run R got wrong."""
    from genai_tui.stages.evaluate.handing import failures_into
    from genai_tui.stages.evaluate.scored import scored_by
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        run = find_run(project.reader, number)
        made = failures_into(project, run, scored_by(run, scorer), name or f"failures-{run.id}")
    if frame.say.json:
        frame.say.document({"dataset": made.dataset.name, "version": made.dataset.version, "rows": made.rows})
    else:
        frame.say.note(made.text)


@click.command(cls=Command)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--scorer", metavar="S", help="Better by this one (default: the first that both have).")
@pass_frame
def prefer(frame: Frame, a: str, b: str, scorer: str | None) -> None:
    """Keep as preferences the pairs of answers of runs A and B of which one is better."""
    from genai_tui.records.counts import count
    from genai_tui.stages.evaluate.comparing import run_of
    from genai_tui.stages.evaluate.handing import pairs_into_preferences
    from genai_tui.stages.evaluate.scored import shared_scorer

    with frame.project() as project:
        base, run = run_of(project.reader, a), run_of(project.reader, b)
        name = shared_scorer(project.reader, base, run, scorer)
        new = pairs_into_preferences(project, base, run, name)
    if frame.say.json:
        frame.say.document({"a": base.id, "b": run.id, "scorer": name, "preferences": new})
    else:
        one, several = "pair of answers is a preference", "pairs of answers are preferences"
        frame.say.note(f"{count(new, one, several)} now: the better one is chosen, the worse rejected.")
