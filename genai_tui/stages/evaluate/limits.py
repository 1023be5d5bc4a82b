"""How runs ask and how they are ended, none of which changes what is measured; and both as words of a command."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Limits(NamedTuple):
    """How a run asks; money in US dollars, for all runs of a command."""

    in_flight: int = 8
    retries: int = 4
    max_usd: float | None = None
    max_tokens: int | None = None


@dataclass
class Stop:
    """Ends runs from within this process: what is in flight is waited for (pause), or hardly (stop).

    `notice` is told in sentences what is waited for.
    """

    asked: Literal["", "pause", "stop"] = ""
    notice: Callable[[str], None] | None = None


def run_command(
    who: Sequence[str],
    split: str,
    scorers: Sequence[str],
    limits: Limits,
    *,
    rows: int | None = None,
    repeats: int = 1,
    more: Sequence[str] = (),
) -> str:
    """The command that measures so; `who` are its first words, `more` further options. What is usual is not said."""
    usual = Limits()
    words = ["genai-tui eval run", *who, f"--split {split}"]
    words += [f"--scorer {shlex.quote(name)}" for name in scorers]
    words += [f"--limit {rows}"] if rows is not None else []
    words += [f"--repeats {repeats}"] if repeats > 1 else []
    words += more
    words += [f"--max-in-flight {limits.in_flight}"] if limits.in_flight != usual.in_flight else []
    words += [f"--retries {limits.retries}"] if limits.retries != usual.retries else []
    words += [f"--max-cost {limits.max_usd:.6g}"] if limits.max_usd is not None else []
    words += [f"--max-tokens {limits.max_tokens}"] if limits.max_tokens is not None else []
    return " ".join(words)
