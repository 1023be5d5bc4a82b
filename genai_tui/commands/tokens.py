"""`tokens`: count the tokens of a text."""

import sys
from pathlib import Path

import click

from genai_tui.commands.frame import Command, Frame, pass_frame


@click.command(cls=Command)
@click.argument("file", required=False, metavar="[FILE or -]")
@click.option("--model", metavar="M", help="Whose tokens (default: o200k, the vocabulary of current OpenAI models).")
@pass_frame
def tokens(frame: Frame, file: str | None, model: str | None) -> None:
    """Count the tokens of FILE or of standard input."""
    from genai_tui.inference.tokens import count
    from genai_tui.stages.prompt.trying import read_text

    if file in (None, "-"):
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    else:
        text = read_text(Path(str(file)))
    number, guessed = count(text, (model or "").rpartition("/")[2])
    if frame.say.json:
        frame.say.document({"tokens": number, "guessed": guessed, "characters": len(text), "model": model})
    else:
        frame.say.text(f"{'≈ ' if guessed else ''}{number:,}")
