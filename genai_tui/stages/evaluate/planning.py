"""What a measurement can show, before it is made and after: the smallest difference, and the noise of repeats."""

import math
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.counts import count
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.statistics.power import (
    DISCORDANT,
    POWER,
    examples_for,
    smallest_difference,
    smallest_mean_difference,
)

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.statistics.repeats import Noise
    from genai_tui.store.reader import Reader

WISHED = 0.05


class Plan(NamedTuple):
    """What `n` examples can show of two candidates, and how many a wished difference takes.

    For a share of right answers on which `discordant` of the examples are answered rightly by one candidate alone; or
    for a mean whose paired differences have that `deviation`.
    """

    n: int
    smallest_difference: float | None
    difference: float
    examples: int
    power: float = POWER
    discordant: float | None = None
    deviation: float | None = None

    def short(self) -> str:
        """The smallest difference in few words."""
        if self.smallest_difference is None:
            return "no difference, however large"
        return f"a difference of {self.smallest_difference:.2f} or more, {self.power * 10:.0f} times out of 10"

    def sentences(self) -> list[str]:
        """For people."""
        told = f"{count(self.n, 'example shows', 'examples show')} "
        if self.smallest_difference is None:
            told += "no difference, however large"
        else:
            told += f"a difference of {self.smallest_difference:.3f} or more"
        if self.deviation is not None:
            supposed = f"where paired differences have a deviation of {self.deviation:g}"
        else:
            alone = max(self.discordant or 0.0, self.smallest_difference or 0.0)  # each that differs is one of them
            supposed = f"where {alone:.0%} of examples are answered rightly by one of both alone"
        wished = f"A difference of {self.difference:g} takes {count(self.examples, 'example')}"
        if self.discordant is not None and self.difference > self.discordant:
            wished += f", where {self.difference:.0%} are"
        wished += "."
        return [f"{told}, {self.power * 10:.0f} times out of 10, {supposed}.", wished]


def plan(n: int, wished: float = WISHED, discordant: float | None = None, deviation: float | None = None) -> Plan:
    """The plan for `n` examples. Raises UsageFault for a difference that no number of examples shows."""
    if not 0 < wished <= 1 and deviation is None:
        raise UsageFault("A difference of shares is above 0 and at most 1.", f"{wished:g} is not.")
    if deviation is not None:
        if wished <= 0 or deviation <= 0:
            raise UsageFault("A difference and a deviation are above 0.")
        least = smallest_mean_difference(n, deviation) if n else None
        takes = math.ceil(smallest_mean_difference(1, deviation) ** 2 / wished**2)
        return Plan(n, least, wished, takes, deviation=deviation)
    share = DISCORDANT if discordant is None else discordant
    return Plan(n, smallest_difference(n, share), wished, examples_for(wished, share), discordant=share)


def plan_of(run: Run) -> Plan | None:
    """What the examples of a run can show; None where its first score is no share. Raises UsageFault: no such one."""
    from genai_tui.stages.evaluate.scorers.imported import scorer_of

    return plan(run.n // run.repeats) if scorer_of(run, run.scorers[0]).kind == "proportion" else None


def noise_of(reader: "Reader", run: Run) -> "Noise | None":
    """How far repeats of one example differ by the run's first scorer; None without repeats. Reads the whole run."""
    if run.repeats < 2:
        return None
    from genai_tui.stages.evaluate.statistics.repeats import noise
    from genai_tui.store.counting import rows_of
    from genai_tui.store.scores import ScoresOf

    rows = rows_of(reader, run.id)
    values = array("d", (score.value or 0.0 for score in ScoresOf(reader, run.scorers[0], rows.ids)))
    return noise(values, rows.examples)


def noise_said(found: "Noise | None") -> str:
    """For people: how many examples change, and by how much a run is off, 95 times of 100; empty without repeats."""
    if found is None or found.of_run is None or found.changing is None:
        return ""
    return (
        f"{found.changing:.0%} of examples change with the repeat; a run of one answer each is off by "
        f"±{1.96 * found.of_run:.3f} by that alone"
    )


def noise_as_json(found: "Noise | None") -> dict[str, Any]:
    """As `eval show --json` prints it."""
    return {} if found is None else {"noise": found._asdict()}
