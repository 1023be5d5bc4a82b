"""`eval label`: what a person says of one answer."""

from typing import Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame


@click.command(cls=Command)
@click.argument("number", metavar="R")
@click.argument("row", type=click.IntRange(1), metavar="N")
@click.argument("said", type=click.Choice(["right", "wrong"]), required=False, metavar="[right|wrong]")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--by", metavar="NAME", help="Who says so (default: the name of the login).")
@click.option("--remove", is_flag=True, help="Take the label away instead.")
@pass_frame
def label(frame: Frame, number: str, row: int, said: str | None, reason: str, by: str | None, remove: bool) -> None:
    """Label the answer of run R to row N right or wrong; without a word: tell what people said of it."""
    from genai_tui.errors import UsageFault
    from genai_tui.stages.evaluate.caching import generation_of
    from genai_tui.stages.evaluate.labelling import VALUES, person, word_of
    from genai_tui.store.generations import find_generation
    from genai_tui.store.labels import Label, labels_of, remove_label, save_label
    from genai_tui.store.runs import find_run

    if said is not None and remove:
        raise UsageFault("A label is given or taken away, not both.", "", f"Leave out {said}, or --remove.")
    who = by or person()
    with frame.project() as project:
        generation = generation_of(project.reader, find_run(project.reader, number), row)
        if said is not None:
            if find_generation(project.reader, generation).error is not None:
                raise UsageFault(f"Row {row} was not answered: there is nothing to call {said}.")
            project.writer.put_now(save_label(Label(generation, who, VALUES[said], reason)))
        elif remove and project.writer.put_now(remove_label(generation, who)) == [None]:
            raise UsageFault(f"{who} has not labelled the answer to row {row}.")
        labels = labels_of(project.reader, generation)
    if frame.say.json:
        found: list[dict[str, Any]] = [
            {"person": each.person, "label": word_of(each), "value": each.value, "reason": each.reason}
            for each in labels
        ]
        frame.say.document({"generation": generation, "row": row, "labels": found})
    elif labels:
        frame.say.lines(f"{word_of(each)}  {each.person}  {each.reason}".rstrip() for each in labels)
    else:
        frame.say.note(f"Nobody has labelled the answer to row {row}.")
