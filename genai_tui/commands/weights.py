"""Seeing to the embedded model's weights before it is asked: fetched after a yes, never without."""

import sys

import click

from genai_tui.commands.say import Say
from genai_tui.records.endpoints import Endpoint


async def fetch_with_progress(say: Say) -> None:
    """Fetch the weights, with progress on standard error. Raises MissingPiece or StorageFault."""
    from genai_tui.inference.embedded.weights import fetch

    say.note("Fetching the embedded model, SmolLM2-135M-Instruct (Apache-2.0), once.")

    def progress(so_far: int, expected: int) -> None:
        say.progress(f"  {so_far / 1e6:,.0f} of {expected / 1e6:,.0f} MB")

    try:
        await fetch(progress)
    finally:
        say.progress_done()


async def see_to_weights(say: Say, endpoint: Endpoint, model_id: str) -> None:
    """Where the embedded model is to be asked and its weights are missing, ask whether to fetch them.

    Nothing is asked where standard input is no terminal: the request then fails with the command that fetches.
    """
    if not endpoint.embedded:
        return
    from genai_tui.inference.embedded.weights import present, served_models

    if model_id not in served_models()[:1] or present() or not sys.stdin.isatty() or say.json:
        return
    if click.confirm("The embedded model's weights are not here. Fetch them now (93 MB)?", default=True, err=True):
        await fetch_with_progress(say)
