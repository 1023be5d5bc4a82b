"""Strengths from comparisons of two: who cannot be ranked is not, and the interval holds the truth."""

import numpy as np
import pytest

from genai_tui.stages.evaluate.statistics.strengths import Strength, strengths


def test_two_are_told_apart_by_their_odds() -> None:
    found = strengths([("a", "b", 30), ("b", "a", 10)])
    assert found["a"].value == pytest.approx(np.log(3) / 2)
    assert found["b"].value == pytest.approx(-np.log(3) / 2)
    error = np.sqrt(1 / 30 + 1 / 10) / 2  # of a log odds ratio (Woolf 1955), half of it each
    assert (found["a"].low, found["a"].high) == pytest.approx(
        (np.log(3) / 2 - 1.959964 * error, np.log(3) / 2 + 1.959964 * error)
    )
    assert found["a"].n == 40
    assert found["a"].elo == pytest.approx(1000 + 200 * np.log10(3))


def test_a_tie_is_half_a_win_of_each_and_an_own_comparison_nothing() -> None:
    found = strengths([("a", "b", 0.5), ("b", "a", 0.5), ("a", "a", 7)])
    assert found["a"].value == pytest.approx(0)
    assert found["a"].n == 1


@pytest.mark.parametrize("wins", [[("a", "b", 3)], [("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1)]])
def test_who_always_won_or_was_never_compared_cannot_be_ranked(wins: list[tuple[str, str, float]]) -> None:
    assert all(found[:3] == (None, None, None) and found.elo is None for found in strengths(wins).values())
    assert strengths([]) == {}
    assert isinstance(strengths(wins)["a"], Strength)


def test_far_apart_ends_too() -> None:
    found = strengths([("a", "b", 100_000), ("b", "a", 1), ("b", "c", 100_000), ("c", "b", 1)])
    assert (found["a"].value or 0) - (found["c"].value or 0) == pytest.approx(2 * np.log(100_000), rel=1e-6)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random, truth = np.random.default_rng(5), np.array([0.8, 0.2, -0.1, -0.9])
    held = asked = 0
    for _ in range(150):
        wins = []
        for _ in range(120):
            i, j = random.choice(4, 2, replace=False)
            first = random.random() < 1 / (1 + np.exp(truth[j] - truth[i]))
            wins.append((i, j, 1.0) if first else (j, i, 1.0))
        for name, found in strengths(wins).items():
            if found.low is not None and found.high is not None:
                held, asked = held + (found.low <= truth[name] <= found.high), asked + 1
    assert asked > 500
    assert 0.92 <= held / asked <= 0.98
