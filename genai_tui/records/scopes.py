"""The scope: what the application must do, and when it is good enough."""

from dataclasses import dataclass
from typing import NamedTuple


class ScopeExample(NamedTuple):
    """One input as it may come, and the output that is wanted for it."""

    input: str
    output: str


@dataclass(frozen=True)
class Scope:
    """One version of the scope; every save is a new version. Money in US dollars, latency in seconds.

    `note` is what a person says of this version; it is no part of what the application must do.
    """

    version: int = 0
    problem: str = ""
    tasks: tuple[str, ...] = ()
    metric: str | None = None
    target: float | None = None
    latency_p95_s: float | None = None
    budget_usd: float | None = None
    requests_a_month: int | None = None
    data_rules: str = ""
    languages: tuple[str, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    harms: str = ""
    today: str = ""
    examples: tuple[ScopeExample, ...] = ()
    note: str = ""
    created: str = ""

    @property
    def complete(self) -> bool:
        """Whether problem, metric and target are there: what the board calls done."""
        return bool(self.problem and self.metric and self.target is not None)
