"""Seeing to the embedded model's weights before it is asked: fetched after a yes, never without."""

import sys
from collections.abc import Iterable

from genai_tui.commands.question import answered_yes
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


def are_to_be_fetched(say: Say, asked: Iterable[tuple[Endpoint, str]]) -> bool:
    """Whether the user wants the embedded model's weights fetched, asked where it is asked and they are missing.

    Nothing is asked where standard input is no terminal: the request then fails with the command that fetches. Call it
    outside of a loop: there Ctrl+C would not end the question.
    """
    from genai_tui.inference.embedded import pins
    from genai_tui.inference.embedded.weights import present

    wanted = any(endpoint.embedded and model_id == pins.NAME for endpoint, model_id in asked)
    if not wanted or present() or not sys.stdin.isatty() or say.json:
        return False
    return answered_yes("The embedded model's weights are not here. Fetch them now (93 MB)?", default=True)
