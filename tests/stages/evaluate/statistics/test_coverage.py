"""Intervals hold the truth as often as they say, and tests do not cry wolf: simulated, seeded."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from genai_tui.stages.evaluate.statistics import bootstrap
from genai_tui.stages.evaluate.statistics.intervals import proportion, wilson
from genai_tui.stages.evaluate.statistics.pairs import compare, difference_of_shares, mcnemar, permutation

SHARES = np.linspace(0.02, 0.98, 49)
SIZES = (20, 50, 100, 200, 500, 1000)


def chances(n: int, share: float) -> np.ndarray:
    """The chance of each number of successes."""
    k = np.arange(n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k])
    return np.exp(ways + k * math.log(share) + (n - k) * math.log(1 - share))


def test_the_interval_of_a_share_holds_the_truth() -> None:
    """Not simulated: the chance of every outcome is added up."""
    held = []
    for n in SIZES:
        low, high = np.array([wilson(k, n) for k in range(n + 1)]).T
        held += [float(chances(n, share)[(low <= share) & (share <= high)].sum()) for share in SHARES]
    assert 0.94 <= np.mean(held) <= 0.97
    assert min(held) >= 0.88


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda random, n: random.normal(3.0, 1.0, n), 3.0),
        (lambda random, n: random.beta(2, 8, n), 0.2),
        (lambda random, n: random.exponential(1.0, n), 1.0),
        (lambda random, n: np.where(random.random(n) < 0.7, 1.0, random.random(n)), 0.85),
    ],
    ids=["normal", "skewed", "exponential", "mostly right"],
)
@pytest.mark.parametrize("n", [50])
def test_the_interval_of_a_mean_holds_the_truth(
    draw: Callable[[np.random.Generator, int], np.ndarray], truth: float, n: int
) -> None:
    random = np.random.default_rng(11)
    held = 0
    for _ in range(300):
        found = bootstrap.mean(draw(random, n))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 300 <= 0.973


@pytest.mark.parametrize(("examples", "repeats"), [(60, 3), (150, 5)])
def test_the_interval_of_repeats_holds_the_truth(examples: int, repeats: int) -> None:
    """Repeats of an example are alike: what counts them as independent would hold the truth far too seldom."""
    random = np.random.default_rng(5)
    groups = [example for example in range(examples) for _ in range(repeats)]
    held, plain = 0, 0
    for _ in range(400):
        each = np.repeat(random.beta(1.2, 0.8, examples), repeats)
        values = (random.random(len(each)) < each).astype(float).tolist()
        found, alone = proportion(values, groups), proportion(values)
        assert found.n == examples * repeats
        held += (found.low or 0.0) <= 0.6 <= (found.high or 1.0)
        plain += (alone.low or 0.0) <= 0.6 <= (alone.high or 1.0)
    assert 0.92 <= held / 400 <= 0.985
    assert plain < held - 20


def test_the_interval_of_the_mean_of_repeats_holds_the_truth() -> None:
    random = np.random.default_rng(6)
    groups = [example for example in range(60) for _ in range(3)]
    held = 0
    for _ in range(200):
        values = np.repeat(random.normal(0, 1, 60), 3) + random.normal(0, 0.3, 180)
        found = bootstrap.mean(values, groups)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert held / 200 >= 0.92


@pytest.mark.parametrize(("n", "discordant"), [(30, 0.3), (100, 0.2), (500, 0.1)])
def test_mcnemar_rejects_a_true_null_seldom(n: int, discordant: float) -> None:
    random = np.random.default_rng(3)
    differing = random.binomial(n, discordant, 3000)
    rejected = np.mean([mcnemar(int(b), int(m - b)) <= 0.05 for m in differing for b in [random.binomial(m, 0.5)]])
    assert rejected <= 0.055


@pytest.mark.parametrize("n", [12, 40, 200])
def test_the_permutation_test_rejects_a_true_null_seldom(n: int) -> None:
    random = np.random.default_rng(4)
    rejected = np.mean([permutation(random.exponential(1, n) - random.exponential(1, n)) <= 0.05 for _ in range(300)])
    assert rejected <= 0.055


def test_a_difference_that_is_there_is_found() -> None:
    random = np.random.default_rng(8)
    first = (random.random(400) < 0.6).astype(float)
    second = np.where(random.random(400) < 0.25, 1.0, first)
    found = compare(first.tolist(), second.tolist())
    assert found.test == "McNemar exact"
    assert found.p is not None
    assert found.p < 1e-6
    assert found.better + found.same + found.worse == found.n == 400
    assert found.worse == 0
    assert found.low is not None
    assert found.low > 0


def test_the_interval_of_a_paired_difference_holds_the_truth() -> None:
    random = np.random.default_rng(9)
    held = 0
    for better, same, worse in random.multinomial(80, [0.15, 0.78, 0.07], 3000):
        low, high = difference_of_shares(int(better), int(worse), int(better + same + worse))
        held += low <= 0.08 <= high
    assert 0.94 <= held / 3000 <= 0.98
