"""Packages that only some scorers need."""

from importlib import import_module
from typing import Any

from genai_tui.errors import MissingPiece


def needed(module: str, scorer: str) -> Any:
    """The module, for the scorer that needs it. Raises MissingPiece with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as fault:
        raise MissingPiece(
            f"The scorer {scorer} needs a package that is not installed: {module.partition('.')[0]}.",
            "",
            "pip install 'genai-tui[metrics]'",
        ) from fault
