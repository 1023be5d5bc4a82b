"""What is asked of Slurm for a job: what its estimate says, with a margin, and over that what a user set."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.jobs.telling import seconds_said
from genai_tui.records.asked import Asked

TEXTS = ("partition", "account", "qos", "constraint", "accelerator")
WHOLE = ("minutes", "memory_gb", "cpus", "gpus")
MEMORY_MARGIN, TIME_MARGIN = 1.25, 2.0
LEAST_GB, LEAST_MINUTES, ROUND_MINUTES, CPUS = 2, 15, 5, 4
GIB = 1 << 30
_TEXT = re.compile(r"\w[\w.,:@+=&|*/\[\]()-]{0,199}")


def asked_of(estimate: Mapping[str, Any], wanted: Mapping[str, Any]) -> Asked:
    """What is asked for a job of this estimate; `wanted` stands over it, under the names of `Asked`.

    Twice the longest time that the estimate thinks of, and a quarter more memory than it says with a GiB around it.
    Raises UsageFault for what cannot be asked, and for time or memory that nobody said.
    """
    known = checked_words(wanted)
    why = []
    if "minutes" not in known:
        seconds = estimate.get("wall_high_s") or estimate.get("wall_s")
        if not seconds:
            raise _unsaid("minutes")
        rounded = math.ceil(seconds * TIME_MARGIN / 60 / ROUND_MINUTES) * ROUND_MINUTES
        known["minutes"] = max(LEAST_MINUTES, rounded)
        why.append(f"twice the {seconds_said(seconds)} that it may take")
    if "memory_gb" not in known:
        peak = estimate.get("peak_memory_bytes")
        if not peak:
            raise _unsaid("memory_gb")
        known["memory_gb"] = max(LEAST_GB, math.ceil(peak * MEMORY_MARGIN / GIB) + 1)
        why.append(f"a quarter more than the {peak / GIB:.1f} GB that it should take, and 1 GB")
    return Asked(**{"cpus": CPUS, **known}, why=" · ".join(why))


def checked_words(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is wanted, as it can be asked. Raises UsageFault."""
    return {name: _checked(name, value) for name, value in wanted.items()}


def assigned(words: Sequence[str]) -> dict[str, str]:
    """`KEY=VALUE` words as what is wanted. Raises UsageFault."""
    found = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise UsageFault(
                f"{word!r} asks nothing.", "It is written KEY=VALUE.", f"Known: {', '.join(TEXTS + WHOLE)}."
            )
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def _checked(name: str, value: Any) -> Any:
    """What is wanted, as it can stand in a script of Slurm's."""
    if name in WHOLE:
        try:
            number = int(value)
        except ValueError:
            number = -1
        if not (0 if name == "gpus" else 1) <= number <= 10_000_000:
            raise UsageFault(f"{name} is a whole number, not {value!r}.")
        return number
    if name not in TEXTS:
        raise UsageFault(f"Nothing of Slurm is called {name!r} here.", "", f"Known: {', '.join(TEXTS + WHOLE)}.")
    if not _TEXT.fullmatch(str(value)):
        raise UsageFault(f"{value!r} is no {name} of Slurm.", "It holds a sign that none has.")
    return str(value)


def _unsaid(name: str) -> UsageFault:
    return UsageFault(
        f"It is not known how much to ask of Slurm ({name}).", "The job has no estimate.", f"Say it: --ask {name}=…"
    )
