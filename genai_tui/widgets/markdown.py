"""Markdown as rows: pieces of text with roles, for reading; what is not Markdown stays as it is."""

from genai_tui.widgets.flow import Flow


def render(text: str, *, ascii_only: bool = False) -> Flow:
    """`text` (harmless) as it is read."""
    return Flow(text)
