"""What is set before a run, and what it will take: requests, tokens, money, time, what so many rows can show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Split
from genai_tui.records.measured import WORN_OUT
from genai_tui.stages.evaluate.limits import Limits, run_command
from genai_tui.stages.evaluate.pages.rows import duration
from genai_tui.store.looks import looks
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.estimating import Takes
    from genai_tui.stages.evaluate.planning import Plan as Shows


NAMES = 12  # columns of what a sentence is about

Told = tuple[str, str, Role]  # what a sentence is about, the sentence, its role


@dataclass(frozen=True)
class Plan:
    """What is set."""

    candidates: tuple[str, ...] = ()
    split: Split = "dev"
    scorers: tuple[str, ...] = ()
    rows: int | None = None
    repeats: int = 1
    in_flight: int = Limits().in_flight
    max_usd: float | None = None

    def said(self, name: str) -> str:
        """The value of a field as it is typed."""
        value: Any = {
            "split": self.split, "scorers": " ".join(self.scorers), "rows": self.rows, "repeats": self.repeats,
            "in flight": self.in_flight, "max cost": self.max_usd,
        }[name]  # fmt: skip
        return "" if value is None else str(value)

    def with_(self, name: str, typed: str) -> "Plan":
        """The plan with a field set as it was typed, scorers apart. Raises ValueError with a sentence."""
        try:
            cost = float(typed.lstrip("$")) if typed and name == "max cost" else None
            count = int(typed.replace(",", "")) if typed and name != "max cost" else None
        except ValueError as error:
            raise ValueError(f"{typed!r} is no number.") from error
        if cost is not None and not 0 <= cost < math.inf:
            raise ValueError("It is at least $0, and finite.")
        if count is not None and count < 1:
            raise ValueError("It is at least 1.")
        if name == "max cost":
            return replace(self, max_usd=cost)
        if name == "rows":
            return replace(self, rows=count)
        if name == "repeats":
            return replace(self, repeats=min(count or 1, 1000))
        return replace(self, in_flight=min(count or Limits().in_flight, 1000))

    @property
    def limits(self) -> Limits:
        """How it is asked."""
        return Limits(in_flight=self.in_flight, max_usd=self.max_usd)

    def for_run(self) -> dict[str, Any]:
        """As `plan_run` takes it."""
        return {
            "split": self.split, "scorers": self.scorers, "rows": self.rows, "repeats": self.repeats,
            "limits": self.limits,
        }  # fmt: skip

    def command(self) -> str:
        """The same on the command line."""
        who = self.candidates or ("C",)
        return run_command(who, self.split, self.scorers, self.limits, rows=self.rows, repeats=self.repeats)


def scorers_of(typed: str) -> tuple[str, ...]:
    """The scorers that were typed. Raises GenaiError.

    Each is made, and one may be a function whose imports take long: call it in a thread.
    """
    from genai_tui.stages.evaluate.scorers import find_scorer, known_name

    names = tuple(known_name(each) for each in typed.split())
    for each in names:
        find_scorer(each)
    return names


def taken(
    project: "Project", candidates: Sequence[Candidate], plan: Plan, rate: Callable[[str], float | None]
) -> list[Told]:
    """Names, sentences and their roles: requests, tokens, money, time, what n can show. Raises GenaiError.

    `rate` is how many answers a second a model gave in its last run.
    """
    from genai_tui.stages.evaluate.estimating import takes
    from genai_tui.stages.evaluate.planning import plan_of
    from genai_tui.stages.evaluate.running import plan_run
    from genai_tui.stages.evaluate.working import subject_of

    run = plan_run(project, **plan.for_run())
    found = [takes(project, subject_of(project, candidate), run) for candidate in candidates]
    repeats = f" × {plan.repeats} repeats" if plan.repeats > 1 else ""
    counted = f"{len(candidates)} × {run.n // plan.repeats:,} rows{repeats}"
    said = amounts(found, [candidate.model for candidate in candidates], counted, rate)
    said += can_show(plan_of(run))
    if plan.split == "test":
        count = looks(project.reader)
        worn = "; so many looks make the best look better than it is" if count + len(candidates) >= WORN_OUT else ""
        said.append(("test", f"counts as a look: {count:,} so far{worn}. dev is for trying.", "warn"))
    return said


def amounts(
    found: "Sequence[Takes]", models: Sequence[str], counted: str, rate: Callable[[str], float | None]
) -> list[Told]:
    """Requests, tokens, money and time of what the `models`, one each, will be asked; `counted` is how many that is."""
    cached = sum(each.cached for each in found)
    if cached:
        counted += f", less {'≈ ' if any(each.about for each in found) else ''}{cached:,} in the cache"
    said: list[Told] = [("requests", f"{sum(each.requests for each in found):,}: {counted}", "strong")]
    into = sum(each.input_tokens for each in found)
    outs = [each.output_tokens for each in found if each.output_tokens is not None]
    most = "at most" if all(each.at_most for each in found) else "≈"
    out = f", {most} {sum(outs):,} out" if len(outs) == len(found) and found else ", nobody knows how many out"
    said.append(("tokens", f"≈ {into:,} in{out}", "text"))
    said.append(("money", _price(found, most), "text"))
    speeds = [rate(model) for model in models]
    seconds = [each.requests / speed for each, speed in zip(found, speeds, strict=True) if speed]
    if seconds and len(seconds) == len(found):
        said.append(("time", f"≈ {duration(sum(seconds))}, as fast as the last run of each", "text"))
    else:
        said.append(("time", "not known before the first answers", "soft"))
    return said


def parts(said: Sequence[Told]) -> list[Part]:
    """As they are shown."""
    return [Part(text, role, lead.ljust(NAMES), "soft") for lead, text, role in said]


def _price(found: "Sequence[Takes]", most: str) -> str:
    from genai_tui.stages.evaluate.results import dollars

    all_of_it = [each.usd for each in found if each.usd is not None]
    if len(all_of_it) == len(found):
        return f"{most} {dollars(sum(all_of_it))}" if sum(all_of_it) else "$0"
    sent = [each.input_usd for each in found if each.input_usd is not None]
    if len(sent) == len(found):
        return f"at least {dollars(sum(sent))}: what is sent; the prompt sets no max_tokens"
    return "not known: the settings have no price, and no list has one"


def can_show(found: "Shows | None") -> list[Told]:
    """What so many rows can show of two candidates; nothing where they are not judged right or wrong."""
    if found is None:
        return []
    wished = f"for {found.difference:.2f} it takes {found.examples:,}"
    if found.smallest_difference is None:
        return [("can show", f"{found.n:,} examples show {found.short()}; {wished}", "warn")]
    return [("can show", f"{found.short()}; {wished}", "text")]
