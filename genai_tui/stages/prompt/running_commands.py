"""The command `prompt run`: asking models by a prompt version, each answer printed as it comes."""

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from genai_tui.commands.frame import Command, Frame, pass_frame, run
from genai_tui.errors import GenaiError
from genai_tui.records.generations import CANCELLED, Generation

if TYPE_CHECKING:
    from genai_tui.answering.answer import Subject
    from genai_tui.project import Project
    from genai_tui.records.prompts import Prompt
    from genai_tui.stages.prompt.trying import Inputs


@click.command("run", cls=Command)
@click.argument("version", metavar="V")
@click.option("--model", "models", multiple=True, metavar="M", help="endpoint/model-id; may be given several times.")
@click.option("--row", metavar="SPLIT:N", help="Take the variables from a row of the dataset.")
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="One variable; may be given several times.")
@click.option("--vars", "variables", metavar="FILE", help="Variables as a JSON object (`-`: standard input).")
@click.option("--dataset", metavar="D", help="The dataset of --row (default: the one in use).")
@click.option("--samples", type=click.IntRange(1, 1000), default=1, metavar="N", help="Ask N times.")
@click.option("--no-stream", is_flag=True, help="Ask for the answer in one piece.")
@click.option("--logprobs", is_flag=True, help="Ask for each token's probability and the five likeliest instead.")
@pass_frame
def run_prompt(
    frame: Frame,
    version: str,
    models: tuple[str, ...],
    row: str | None,
    pairs: tuple[str, ...],
    variables: str | None,
    dataset: str | None,
    samples: int,
    no_stream: bool,
    logprobs: bool,
) -> int:
    """Run prompt version V and print the answer; every try is kept in the project."""
    from genai_tui.commands.weights import are_to_be_fetched
    from genai_tui.stages.prompt.trying import LOGPROBS, gather_inputs, subjects
    from genai_tui.store.prompts import find_prompt

    text = None if variables is None else frame.text_of(variables)
    with frame.project() as project:
        found = find_prompt(project.reader, version)
        for note in project.settings.notes:
            frame.say.note(note)
        inputs = gather_inputs(project, row=row, dataset=dataset, variables=text, pairs=pairs)
        asked = list(subjects(project, found, models))
        fetched = are_to_be_fetched(frame.say, ((one.endpoint, one.model_id) for one in asked))
        how = _How(not no_stream, LOGPROBS if logprobs else {})
        return run(lambda: _run(frame, project, asked, inputs, samples, how, fetched=fetched))


class _How(NamedTuple):
    """Whether answers are streamed, and what is laid over the body."""

    stream: bool
    extra: Mapping[str, Any]


async def _run(
    frame: Frame,
    project: "Project",
    asked: "list[Subject]",
    inputs: "Inputs",
    samples: int,
    how: "_How",
    *,
    fetched: bool,
) -> int:
    """Ask every model `samples` times, one after the other; returns the exit code of the first failure, else 0.

    What was answered is printed however it ends.
    """
    from genai_tui.answering.recovering import recover
    from genai_tui.commands.weights import fetch_with_progress
    from genai_tui.stages.prompt.trying import answering, summary

    say, documents, failures = frame.say, [], []
    several = len(asked) * samples > 1
    if fetched:
        await fetch_with_progress(say)
    # nothing is asked, and paid for, whose answer could not be stored
    if cut := await recover(project.writer, project.settings.endpoints):
        numbers = ", ".join(map(str, cut))
        say.note(f"Kept what had come of answers whose program was killed: generation {numbers}.")
    try:
        async with project.asking(notice=say.note) as asking:
            for subject, repeat in product(asked, range(samples)):
                answer = await answering(
                    project, subject, inputs, asking=asking, stream=how.stream, repeat=repeat, extra=how.extra
                )
                try:
                    generation = await _shown(frame, answer)
                finally:
                    if answer.generation is not None:
                        documents.append(_document(answer.generation, subject.prompt))
                if not say.json:
                    say.note(summary(generation))
                    if (checked := documents[-1].get("schema")) and not checked["ok"]:
                        say.note(f"{checked['path']}, line {checked['line']}: {checked['sentence']}")
                if generation.error is not None:
                    failures.append(generation.error)
                    said = GenaiError(generation.error.what, generation.error.why, generation.error.do)
                    said.exit_code = generation.error.exit
                    say.error(said)
    finally:
        if say.json and documents:
            say.document(documents if several else documents[0])
    return failures[0].exit if failures else 0


def _document(generation: Generation, prompt: "Prompt") -> dict[str, Any]:
    """A try as JSON; where its prompt has an output schema, `schema` says whether a whole answer holds it, or where
    it does not (`ok` is null where that could not be checked).
    """
    from genai_tui.answering.breaks import break_of
    from genai_tui.stages.prompt.trying import generation_as_json

    document = generation_as_json(generation)
    if prompt.output is not None and generation.error is None and generation.finish_reason != CANCELLED:
        found = break_of(generation.text, prompt.output["schema"])
        broken = {} if found is None else found._asdict()
        document["schema"] = {"ok": {None: True, "unchecked": None}.get(broken.get("kind"), False), **broken}
    return document


async def _shown(frame: Frame, answer: Any) -> Generation:
    """Print the text of one try as it comes; returns it as it was recorded."""
    from genai_tui.stages.prompt.trying import answered

    last = ""
    async for item in answered(answer):
        if isinstance(item, Generation):
            if not frame.say.json and (item.text or not item.error) and not last.endswith("\n"):
                frame.say.text("")
            return item
        if not frame.say.json:
            frame.say.text(item, end="")
            last = item
    raise AssertionError("an answer ends with its generation")
