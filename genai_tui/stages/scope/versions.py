"""Versions of the scope: what changed from one to another, for lists and for reading."""

from collections.abc import Iterator, Sequence
from difflib import ndiff
from typing import Any, NamedTuple

from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.fields import BY_KEY, FIELDS, typed, written

SHORT = 40  # characters up to which a value is said whole in a list


class Change(NamedTuple):
    """One field that differs: its values as they are typed; empty where there is none."""

    key: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """The field's name for people."""
        return BY_KEY[self.key].name

    def lines(self) -> Iterator[tuple[str, str]]:
        """The lines of both as (sign, text): `-` went, `+` came, a blank is the same."""
        for line in ndiff(self.before.splitlines(), self.after.splitlines()):
            if line[0] in "-+ ":
                yield line[0], line[2:]

    def as_json(self) -> dict[str, Any]:
        """As `scope diff --json` prints it."""
        return {"key": self.key, "before": self.before or None, "after": self.after or None}


def changes(before: Scope, after: Scope) -> tuple[Change, ...]:
    """The fields that differ, in the order of the form."""
    return tuple(
        Change(field.key, typed(before, field.key), typed(after, field.key))
        for field in FIELDS
        if getattr(before, field.key) != getattr(after, field.key)
    )


def summary(before: Scope, after: Scope) -> str:
    """What changed, in one line: `target 0.80 → 0.90, harms`."""
    if not before.version:
        return "the first"
    found = []
    for change in changes(before, after):
        one, other = written(before, change.key), written(after, change.key)
        short = not BY_KEY[change.key].long and max(len(one), len(other)) <= SHORT and change.key != "problem"
        told = f" {one or '–'} → {other or '–'}" if short else ""
        found.append(change.name + told)
    return ", ".join(found) or "as before"


def rows(scopes: Sequence[Scope], before_last: Scope | None) -> list[tuple[Scope, str]]:
    """Versions, the newest first, each with what changed in it; `before_last` is the one before the oldest of them."""
    parents = [*scopes[1:], before_last or Scope()]
    return [(scope, summary(parent, scope)) for scope, parent in zip(scopes, parents, strict=True)]
