"""`candidate`: a model and a prompt together, named and known by its content."""

from typing import Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate


@click.group(cls=Group)
def candidate() -> None:
    """A model and a prompt together: what is measured and shipped."""


@candidate.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the candidates."""
    from genai_tui.store.candidates import all_candidates

    with frame.project() as project:
        rows = list(all_candidates(project.reader))
    if frame.say.json:
        frame.say.document({"candidates": [_as_json(c) for c in rows]})
    elif rows:
        frame.say.table(
            ("candidate", "model", "prompt", "made"), ((c.name, c.model, c.prompt, c.created) for c in rows)
        )
    else:
        frame.say.note("No candidate yet. Make one: genai-tui candidate make --prompt V")


@candidate.command(cls=Command)
@click.argument("reference", metavar="C")
@pass_frame
def show(frame: Frame, reference: str) -> None:
    """Show candidate C (a name, or a hash)."""
    from genai_tui.store.candidates import find_candidate

    with frame.project() as project:
        found = find_candidate(project.reader, reference)
    if frame.say.json:
        frame.say.document(_as_json(found))
        return
    frame.say.lines(f"{key:<10} {value}" for key, value in _as_json(found).items())


@candidate.command(cls=Command)
@click.option("--model", metavar="M", help="endpoint/model-id (default: the model in use).")
@click.option("--prompt", "version", required=True, metavar="V", help="A prompt version.")
@click.option("--name", default="", metavar="N", help="Its name (default: c1, c2 …).")
@pass_frame
def make(frame: Frame, model: str | None, version: str, name: str) -> None:
    """Make a candidate of a model and a prompt version; making it again returns the one there is."""
    from genai_tui.answering.candidates import candidate_of
    from genai_tui.store.candidates import save_candidate
    from genai_tui.store.prompts import find_prompt

    if name.removeprefix("#").isdigit():
        raise UsageFault(f"{name[:80]} cannot be the name of a candidate.", "It stands for a run.", "Choose another.")
    with frame.project() as project:
        endpoint, model_id = project.model(model)
        record = candidate_of(endpoint, model_id, find_prompt(project.reader, version), name)
        [saved] = project.writer.put_now(save_candidate(record))
    if frame.say.json:
        frame.say.document(_as_json(saved))
    else:
        frame.say.note(f"It is candidate {saved.name}: {saved.model} with prompt {saved.prompt}.")


def _as_json(c: Candidate) -> dict[str, Any]:
    return {"candidate": c.name, "hash": c.hash, "model": c.model, "prompt": c.prompt, "created": c.created}
