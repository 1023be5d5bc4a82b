"""Strengths of many from comparisons of two: which answer, candidate or judge wins, and how sure the order is."""

import math
from collections.abc import Hashable, Iterable
from typing import NamedTuple, TypeVar

import numpy as np

from genai_tui.stages.evaluate.statistics.distributions import normal_point
from genai_tui.stages.evaluate.statistics.intervals import LEVEL

Name = TypeVar("Name", bound=Hashable)

STEPS = 100
CLOSE = 1e-12


class Strength(NamedTuple):
    """The log-strength of one (the mean of all is 0), with its 95 % interval; `n` comparisons it was in.

    None where the comparisons do not tell: somebody, or a group, won against all others or lost to them every time.
    """

    value: float | None
    low: float | None
    high: float | None
    n: float

    @property
    def elo(self) -> float | None:
        """On the scale of chess: 1,000 is the mean, 400 more wins ten times as often."""
        return None if self.value is None else 1000 + 400 * self.value / math.log(10)


def strengths(wins: Iterable[tuple[Name, Name, float]], level: float = LEVEL) -> dict[Name, Strength]:
    """Bradley and Terry's model (1952) of (winner, loser, how often); a tie is half a win of each.

    The greatest likelihood by Newton's method, which exists just where everybody can be reached from everybody by wins
    (Ford 1957); the interval by the information matrix, singular but for the mean (Hunter 2004).
    """
    counted = [(winner, loser, float(times)) for winner, loser, times in wins if winner != loser and times > 0]
    names = list(dict.fromkeys(name for winner, loser, _ in counted for name in (winner, loser)))
    place = {name: at for at, name in enumerate(names)}
    won = np.zeros((len(names), len(names)))
    for winner, loser, times in counted:
        won[place[winner], place[loser]] += times
    games = won + won.T
    if not _connected(won):
        return {name: Strength(None, None, None, float(games[at].sum())) for name, at in place.items()}
    found, information = _greatest(won, games)
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(information)), 0.0))
    half = normal_point((1 + level) / 2) * errors
    return {
        name: Strength(
            float(found[at]), float(found[at] - half[at]), float(found[at] + half[at]), float(games[at].sum())
        )
        for name, at in place.items()
    }


def _greatest(won: np.ndarray, games: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log-strengths of greatest likelihood, and the information there."""
    found = np.zeros(len(won))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(found[None, :] - found[:, None]))
        slope = won.sum(1) - (games * chance).sum(1)
        weight = games * chance * (1 - chance)
        information = np.diag(weight.sum(1)) - weight
        step = np.linalg.pinv(information) @ slope
        found += step / max(1.0, float(np.abs(step).max()))  # far from the top a whole step may lead beyond it
        if float(np.abs(step).max()) < CLOSE:
            break
    return found - found.mean(), information


def _connected(won: np.ndarray) -> bool:
    """Whether everybody has won, by a chain of wins, against everybody."""
    reach = (won > 0) | np.eye(len(won), dtype=bool)
    for _ in range(max(1, math.ceil(math.log2(max(len(won), 2))))):
        reach = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
    return len(won) > 0 and bool(reach.all())
