"""What a score is to be doubted for, as it is told: below a run, and in JSON."""

from collections.abc import Sequence
from typing import Any

from genai_tui.store.seen import Seen


def seen_lines(found: Sequence[Seen]) -> list[str]:
    """For people, below a run's scores."""
    return [f"  ! {each.text}" for each in found]


def seen_as_json(found: Sequence[Seen]) -> dict[str, Any]:
    """A key more of a run's document; none where there is nothing."""
    return {"seen": [each._asdict() for each in found]} if found else {}
