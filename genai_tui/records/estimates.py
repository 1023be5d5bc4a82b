"""Estimates: a total, the parts it is made of with formula and source, and the measured value beside it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One part of an estimate, or a figure it rests on; `formula` has the numbers in it, `source` says whose it is."""

    name: str
    value: float
    unit: str
    formula: str
    source: str


@dataclass(frozen=True)
class Measured:
    """What was measured for the same thing here: `ratio` is measured / estimated, `of` how many measurements."""

    value: float
    ratio: float
    of: int
    sentence: str


@dataclass(frozen=True)
class Estimate:
    """A figure that was computed and not measured: `low` and `high` are where the truth is believed to lie.

    `unit`: bytes, seconds, tokens/s, GPU-hours, US dollars, FLOPs, ….
    """

    total: float
    unit: str
    parts: tuple[Part, ...]
    low: float | None = None
    high: float | None = None
    assumptions: tuple[str, ...] = ()
    measured: Measured | None = None


@dataclass(frozen=True)
class Measurement:
    """Something that was measured: `what` (decode speed), the `place` (this machine, an endpoint), of which `key`.

    Units as in estimates; `ratio` is measured / estimated.
    """

    what: str
    place: str
    key: str
    value: float
    unit: str
    source: str = ""
    job: int | None = None
