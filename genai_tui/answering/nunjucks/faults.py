"""What can go wrong with a template: when it is read, and when it is filled in."""

from genai_tui.records.javascript import made_whole


class BadTemplate(Exception):
    """A template that cannot be read: why, and the line."""

    def __init__(self, why: str, line: int) -> None:
        self.why = made_whole(why)
        super().__init__(self.why)
        self.line = line


class Missing(BadTemplate):
    """A template that nunjucks reads, and that needs what is not there."""


class Failed(Exception):
    """What nunjucks throws when a template is filled in."""

    def __init__(self, why: str) -> None:
        super().__init__(made_whole(why))


class TooMuch(Failed):
    """A template that works too long, or writes too much."""
