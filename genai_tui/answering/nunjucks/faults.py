"""What can go wrong with a template: when it is read, and when it is filled in."""


class BadTemplate(Exception):
    """A template that cannot be read: why, and the line."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class Missing(BadTemplate):
    """A template that nunjucks reads, and that needs what is not there."""


class Failed(Exception):
    """What nunjucks throws when a template is filled in."""


class TooMuch(Failed):
    """A template that works too long, or writes too much."""
