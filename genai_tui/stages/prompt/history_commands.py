"""The commands `prompt history` and `prompt wire`: what was asked before, and exactly what would be sent."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from genai_tui.commands.frame import Command, Frame, pass_frame, run

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.prompt.wire import Sent

VIEWS = ("messages", "text", "body", "python", "curl", "command")


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--text", "texts", multiple=True, metavar="T", help="A text of answer or inputs; may be repeated.")
@click.option("--model", metavar="M", help="endpoint/model-id, or a part of it.")
@click.option("--prompt", "version", metavar="V", help="A prompt version.")
@click.option("--since", "begin", metavar="DATE", help="2026-11-28 or 2026-11, in local time.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="The newest N.")
@pass_frame
def history(
    frame: Frame,
    words: tuple[str, ...],
    texts: tuple[str, ...],
    model: str | None,
    version: str | None,
    begin: str | None,
    limit: int,
) -> None:
    """List tries, the newest first.

    A WORD is v4, m:MODEL, endpoint/model-id, 2026-11-28, 2026-11, right, wrong, failed, stopped or cut; any other is
    looked for in answers and inputs.
    """
    from genai_tui.stages.prompt.history import found_tries, parse_filter, since, try_as_json, when
    from genai_tui.store.prompts import find_prompt

    with frame.project() as project:
        wanted = parse_filter(" ".join(words), ("embedded", *project.settings.endpoints))
        wanted = replace(
            wanted,
            texts=(*wanted.texts, *texts),
            model=model or wanted.model,
            prompt=find_prompt(project.reader, version).number if version is not None else wanted.prompt,
            since=since(begin) if begin is not None else wanted.since,
        )
        found = list(found_tries(project.reader, wanted, limit))
    if frame.say.json:
        frame.say.document({"tries": [try_as_json(each) for each in found]})
    elif found:
        answers = ((each, each.error.what if each.error is not None else each.text) for each in found)
        rows = ((each.id, when(each.created), each.prompt or "–", each.model, text) for each, text in answers)
        frame.say.table(("try", "when", "prompt", "model", "answer"), rows)
    else:
        frame.say.note("No try fits." if words or texts or model or version or begin else "No try yet.")


@click.command(cls=Command)
@click.argument("version", metavar="V")
@click.option("--as", "view", type=click.Choice(VIEWS), default="body", show_default=True, help="What to print.")
@click.option("--model", metavar="M", help="endpoint/model-id (default: the model in use).")
@click.option("--row", metavar="SPLIT:N", help="Take the variables from a row of the dataset.")
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="One variable; may be given several times.")
@click.option("--vars", "variables", metavar="FILE", help="Variables as a JSON object (`-`: standard input).")
@click.option("--dataset", metavar="D", help="The dataset of --row (default: the one in use).")
@click.option("--no-stream", is_flag=True, help="As it asks for the answer in one piece.")
@pass_frame
def wire(
    frame: Frame,
    version: str,
    view: str,
    model: str | None,
    row: str | None,
    pairs: tuple[str, ...],
    variables: str | None,
    dataset: str | None,
    no_stream: bool,
) -> None:
    """Print exactly what prompt version V sends, without sending it.

    `text` is what the model reads after the server's chat template, which is asked for it.
    """
    from genai_tui.stages.prompt.exporting import as_command
    from genai_tui.stages.prompt.trying import gather_inputs, subjects
    from genai_tui.stages.prompt.wire import sent_of
    from genai_tui.store.prompts import find_prompt

    text = None if variables is None else frame.text_of(variables)
    with frame.project() as project:
        found = find_prompt(project.reader, version)
        inputs = gather_inputs(project, row=row, dataset=dataset, variables=text, pairs=pairs)
        [subject] = subjects(project, found, (model,) if model is not None else ())
        asked = f"{subject.endpoint.name}/{subject.model_id}"
        command = as_command(found.number, asked, inputs.values, row if inputs.example else None, stream=not no_stream)
        sent = sent_of(project, subject, inputs, command=command, stream=not no_stream)
        if view == "text":
            run(lambda: _print_text(frame, project, sent))
        else:
            _print(frame, sent, view)


async def _print_text(frame: Frame, project: "Project", sent: "Sent") -> int:
    """The text after the chat template, where the server tells it. Raises UsageFault where it does not."""
    from genai_tui.stages.prompt.templating import after_template
    from genai_tui.stages.prompt.wire import not_told

    async with project.asking(notice=frame.say.note) as asking:
        told = await after_template(asking, sent.endpoint, str(sent.body["model"]), sent.body, wake=True)
    if told is None:
        raise not_told()
    if frame.say.json:
        spans = [list(span) for span in told.special]
        frame.say.document({"text": told.text, "tokens": told.tokens, "special": spans, "by": told.by})
    else:
        frame.say.text(told.text)
    return 0


def _print(frame: Frame, sent: "Sent", view: str) -> None:
    if frame.say.json and view == "body":
        frame.say.document(dict(sent.body))
        return
    ways = {"messages": sent.as_messages, "body": sent.as_body, "python": sent.as_python, "curl": sent.as_curl}
    shown = ways[view]() if view in ways else sent.command
    if frame.say.json:
        frame.say.document({view: shown})
        return
    if sent.note and view in ("python", "curl"):
        frame.say.note(sent.note)
    frame.say.text(shown.rstrip("\n"))
