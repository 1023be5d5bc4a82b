"""`tokens`: count the tokens of a text."""

from typing import TYPE_CHECKING

import click

from genai_tui.commands.frame import Command, Frame, pass_frame, run

if TYPE_CHECKING:
    from genai_tui.inference.tokens import Count


@click.command(cls=Command)
@click.argument("file", required=False, metavar="[FILE or -]")
@click.option("--model", metavar="M", help="Whose tokens (default: o200k, the vocabulary of current OpenAI models).")
@pass_frame
def tokens(frame: Frame, file: str | None, model: str | None) -> None:
    """Count the tokens of FILE or of standard input."""
    text = frame.text_of(file or "-")
    number, guessed = run(lambda: _count(frame, text, model))
    if frame.say.json:
        frame.say.document({"tokens": number, "guessed": guessed, "characters": len(text), "model": model})
    else:
        frame.say.text(f"{'≈ ' if guessed else ''}{number:,}")


async def _count(frame: Frame, text: str, model: str | None) -> "Count":
    """By the server's own tokenizer for local models, else by OpenAI's vocabularies."""
    from genai_tui.answering.asking import Asking
    from genai_tui.inference.tokens import count, count_by_server

    if model is None:
        return count(text, "gpt-4o")
    settings = frame.settings()
    if "/" not in model:
        return count(text, model)
    endpoint, model_id = settings.model(model)
    async with Asking(settings, transport="aiohttp", notice=frame.say.note) as asking:
        if endpoint.embedded or endpoint.local:
            access = await asking.access(endpoint, model_id)
            counted = await count_by_server(access, await asking.transport(), text, model_id)
            if counted is not None:
                return counted
    return count(text, model_id)
