"""The one family of errors that a user can meet.

    GenaiError            what happened, why, what to do                exit
    ├─ UsageFault         wrong usage or input                             2
    │  ├─ SettingsFault   a settings file that cannot be read
    │  ├─ NoProject       no project where one is needed
    │  ├─ ProjectFault    a project that this program must not touch
    │  ├─ FileFault       an imported file that cannot be taken as it is
    │  └─ RequestFault    a request that can never succeed there
    ├─ CheckNotMet        a gate or check was not met                      1
    ├─ NoAnswer           a model or endpoint did not answer               3
    ├─ BudgetFault        the budget would be passed                       4
    ├─ MissingPiece       something that must be installed                 5
    └─ StorageFault       the disk is full, locked, read-only, damaged     2

Screens show them in one widget, commands through `commands/say`, both from these three sentences.
An exception that is none of these is a defect of ours: exit 70.
"""

from collections.abc import Mapping
from typing import Any


def sentence(text: object) -> str:
    """`text` with a capital letter at its beginning and a full stop at its end; the rest is as it was."""
    said = str(text).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


class GenaiError(Exception):
    """What happened, why, and what to do about it.

    `what`, `why` and `do` are plain sentences; they may hold untrusted text and are made harmless where they
    are shown. `extra` is added to the JSON form of the error. No key ever stands in any of them.
    """

    exit_code = 70

    def __init__(self, what: str, why: str = "", do: str = "", *, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.do = do
        self.extra: dict[str, Any] = dict(extra or {})

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.do) if part)

    def as_json(self) -> dict[str, Any]:
        """The `error` object that commands print with `--json`."""
        return {"what": self.what, "why": self.why, "do": self.do, "exit": self.exit_code, **self.extra}


class UsageFault(GenaiError):
    """Wrong usage or input."""

    exit_code = 2


class SettingsFault(UsageFault):
    """A settings file that cannot be read as settings; `what` begins with path:line."""


class NoProject(UsageFault):
    """There is no project where one is needed."""


class ProjectFault(UsageFault):
    """A project that this program must not touch (it is newer, or it is damaged)."""


class FileFault(UsageFault):
    """A file that cannot be taken as it is; nothing of it was stored."""


class RequestFault(UsageFault):
    """A request that, as it is written, can never succeed there."""


class CheckNotMet(GenaiError):
    """A gate or check was not met."""

    exit_code = 1


class NoAnswer(GenaiError):
    """A model or endpoint did not answer, or not to its end."""

    exit_code = 3


class BudgetFault(GenaiError):
    """The budget would be passed; nothing was asked."""

    exit_code = 4


class MissingPiece(GenaiError):
    """Something that must be installed is missing; `do` has the exact command."""

    exit_code = 5


class StorageFault(GenaiError):
    """The project or a folder cannot be written or read: full, locked, read-only, damaged."""

    exit_code = 2
