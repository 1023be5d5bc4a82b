"""7 Deploy, until its own screen comes: what it decides, and what is there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_tui.screens import known
from genai_tui.screens.ahead import Ahead, counted
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project


class Deploy(Ahead):
    """Smaller, served, under load."""

    CSS_PATH = "screen.tcss"
    STAGE = 7
    DECIDES = (
        "A candidate that meets the target has to hold under load, in the memory and at the price there is. This "
        "stage decides how small it may become and what that costs in score, and whether it answers fast enough."
    )
    WILL_SHOW = (
        "Optimize: the ladder of precisions, each with size, speed, perplexity and score.",
        "Serve: start, stop, health, logs.",
        "Load: users or requests a second swept; times at p50, p95 and p99, and what holds within the limits.",
        "Hand over: container, compose, Kubernetes and systemd files for this candidate.",
    )
    EXIST = (("genai-tui doctor", "what this machine has"), ("genai-tui model list", "models that answer"))

    def known(self, project: "Project") -> Iterator[tuple[str, str]]:
        """Limits, model, candidates."""
        scope = current_scope(project.reader)
        latency, month = scope.latency_p95_s, scope.requests_a_month
        yield "latency limit", "none set" if latency is None else f"p95 ≤ {latency:g} s"
        yield "requests a month", "not said" if month is None else f"{month:,}"
        yield from known.model(project)
        yield "candidates", counted(project.facts().candidates, "candidate")


SCREEN = Deploy
