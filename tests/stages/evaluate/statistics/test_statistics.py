"""Formulas against published numbers and against each other."""

import math
import subprocess
import sys

import numpy as np
import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.statistics import bootstrap
from genai_tui.stages.evaluate.statistics.agreement import alpha, kappa
from genai_tui.stages.evaluate.statistics.corrections import benjamini_hochberg, holm
from genai_tui.stages.evaluate.statistics.distributions import beta_share, normal_point, t_point, t_share
from genai_tui.stages.evaluate.statistics.intervals import exact, proportion, wilson
from genai_tui.stages.evaluate.statistics.pairs import (
    compare,
    compare_sums,
    difference_of_shares,
    mcnemar,
    paired_t,
    permutation,
    wilcoxon,
)
from genai_tui.stages.evaluate.statistics.passing import pass_at_k, passed
from genai_tui.stages.evaluate.statistics.power import (
    examples_for,
    power_at,
    smallest_difference,
    smallest_mean_difference,
)
from genai_tui.stages.evaluate.statistics.repeats import noise


def test_points_of_distributions_as_tables_print_them() -> None:
    assert t_point(0.975, 9) == pytest.approx(2.262157, abs=1e-6)
    assert t_point(0.975, 1) == pytest.approx(12.706205, abs=1e-6)
    assert t_share(-2.262157, 9) == pytest.approx(0.025, abs=1e-7)
    assert normal_point(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert beta_share(0.5, 2, 3) == pytest.approx(11 / 16)
    assert beta_share(0.25, 4, 1) == pytest.approx(0.25**4)


def test_wilson_as_newcombe_prints_it() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(15, 148, continuity=True) == pytest.approx((0.0598, 0.1644), abs=5e-5)
    assert exact(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)


def test_no_answers_have_no_value() -> None:
    assert proportion([]) == (None, None, None, 0)
    assert bootstrap.mean([]) == (None, None, None, 0)


def test_repeats_that_are_all_alike_count_as_their_examples() -> None:
    values = [float(example % 3 == 0) for example in range(40) for _ in range(4)]
    groups = [example for example in range(40) for _ in range(4)]
    found, alone = proportion(values, groups), proportion(values[::4])
    assert found.value == alone.value
    assert found.n == 160
    assert found.low is not None
    assert alone.low is not None
    assert found.low == pytest.approx(alone.low, abs=0.01)


def test_each_answer_its_own_group_is_as_without_groups() -> None:
    values = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert proportion(values, list("abcdefg")) == proportion(values)


def test_equal_values_of_a_bounded_scale_are_not_certain() -> None:
    found = bootstrap.mean([1.0] * 30, bounds=(0.0, 1.0))
    assert found.value == 1
    assert found.high == 1
    assert found.low == pytest.approx(wilson(30, 30)[0])
    assert bootstrap.mean([7.0] * 30) == (7.0, None, None, 30)


def test_the_same_answers_have_the_same_interval() -> None:
    values = np.random.default_rng(1).random(120)
    assert bootstrap.mean(values) == bootstrap.mean(values)


def test_a_very_long_run_has_the_interval_that_a_long_one_tends_to() -> None:
    values = np.random.default_rng(1).exponential(1, 30_000)
    limit, sampled = bootstrap.mean(values), bootstrap.of_rows(values[:, None], lambda s: s[:, 0], count=30_000)
    assert (limit.low, limit.high) == pytest.approx(sampled, abs=0.002)


def test_percentile_interval_of_a_median() -> None:
    low, high = bootstrap.percentile(list(range(101)), lambda rows: np.median(rows, 1))
    assert 25 < low < 50 < high < 75


def test_a_ratio_of_sums_is_resampled_whole() -> None:
    rows = np.random.default_rng(2).integers(1, 9, (80, 2)).astype(float)
    found = bootstrap.of_sums(rows, lambda sums: sums[:, 0] / sums[:, 1])
    assert found.value == pytest.approx(rows[:, 0].sum() / rows[:, 1].sum())
    assert found.low is not None
    assert found.high is not None
    assert found.low < (found.value or 0) < found.high


def test_mcnemar_is_a_sign_test() -> None:
    assert mcnemar(10, 3) == pytest.approx(0.09228515625)
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 0) == 0.0625
    assert mcnemar(800, 700) == pytest.approx(2 * sum(math.comb(1500, k) for k in range(701)) / 2**1500, rel=1e-9)
    assert mcnemar(1265, 1163) == pytest.approx(2 * sum(math.comb(2428, k) for k in range(1164)) / 2**2428, rel=1e-9)


def test_permutation_counts_every_sign_of_a_few() -> None:
    assert permutation([1.0, 2.0, 3.0]) == 2 / 8
    assert permutation([0.0, 0.0]) == 1
    assert permutation([1.0] * 30) < 0.001
    few = np.random.default_rng(1).normal(0.3, 1, 14)
    many = np.concatenate([few, np.zeros(50)])
    assert permutation(few) == permutation(many)


def test_paired_t_and_wilcoxon_of_a_known_example() -> None:
    """Student's own: the extra hours of sleep of ten patients (1908)."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired_t(first, second)
    assert found.difference == pytest.approx(1.58)
    assert found.t == pytest.approx(4.0621, abs=1e-4)
    assert found.p == pytest.approx(0.002833, abs=1e-6)
    assert wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0]) == 2 / 32


def test_repeats_are_compared_by_their_examples() -> None:
    found = compare([1, 0, 0, 0], [1, 1, 1, 0], ["a", "a", "b", "b"])
    assert (found.n, found.better, found.same, found.worse) == (2, 2, 0, 0)
    assert found.difference == pytest.approx(0.5)
    assert found.test == "paired permutation"


def test_what_only_all_have_is_compared_by_changing_sides() -> None:
    random = np.random.default_rng(5)
    a = random.integers(0, 5, (150, 2)).astype(float)
    a[:, 1] += 6
    b = a.copy()
    b[:, 0] += random.random(150) < 0.4
    ratio = lambda sums: sums[:, 0] / sums[:, 1]  # noqa: E731
    found = compare_sums(a, b, ratio)
    assert found.test == "approximate randomisation"
    assert found.p is not None
    assert found.p < 0.01
    assert found.low is not None
    assert 0 < found.low < (found.difference or 0)
    assert compare_sums(a, a, ratio).p == 1


def test_holm_and_benjamini_hochberg_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([]) == []


def test_kappa_as_fleiss_cohen_and_everitt_compute_it() -> None:
    """Their example: 200 cases, two raters, three classes; kappa 0.429 with its standard error under no null."""
    counts = {("a", "a"): 106, ("a", "b"): 10, ("a", "c"): 4, ("b", "a"): 22, ("b", "b"): 28, ("b", "c"): 10,
              ("c", "a"): 2, ("c", "b"): 12, ("c", "c"): 6}  # fmt: skip
    pairs = [pair for pair, count in counts.items() for _ in range(count)]
    found = kappa([a for a, _ in pairs], [b for _, b in pairs])
    assert found.value == pytest.approx(0.429, abs=5e-4)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(0.0547, abs=1.5e-3)
    assert kappa(["x"] * 5, ["x"] * 5).value is None
    assert kappa([1, 2], [1, 2]).value == 1


def test_alpha_of_krippendorff() -> None:
    assert alpha([[0, 1], [0, 1], [1, 0], [1, 0]]) == pytest.approx(-0.75)
    assert alpha([[1, 1], [2, 2]], "interval") == 1
    assert alpha([[1, 1], [1, 1]]) is None


def test_pass_at_k_is_the_share_of_draws_with_a_hit() -> None:
    assert pass_at_k(5, 2, 3) == pytest.approx(1 - math.comb(3, 3) / math.comb(5, 3))
    assert pass_at_k(4, 0, 2) == 0
    assert pass_at_k(3, 2, 2) == 1
    for n, right, k in ((2, 0, 5), (2, 3, 1), (2, 1, 0), (0, 0, 1)):
        with pytest.raises(UsageFault, match="say nothing"):
            pass_at_k(n, right, k)
    found = passed([1, 0, 0, 0], ["a", "a", "b", "b"], 1)
    assert (found.value, found.n) == (pytest.approx(0.25), 2)


def shown_by_counting(n: int, difference: float, discordant: float) -> float:
    """The chance of every table of n pairs that McNemar's exact test calls better, added up one by one."""
    up, down = (discordant + difference) / 2, (discordant - difference) / 2
    found = 0.0
    for better in range(n + 1):
        for worse in range(min(better, n - better + 1)):
            if mcnemar(better, worse) <= 0.05:
                ways = math.comb(n, better) * math.comb(n - better, worse)
                found += ways * up**better * down**worse * (1 - discordant) ** (n - better - worse)
    return found


@pytest.mark.parametrize(
    ("n", "difference", "discordant"),
    [(5, 1.0, 1.0), (6, 1.0, 1.0), (20, 0.3, 0.4), (40, 0.25, 0.25), (60, 0.2, 0.3), (120, 0.15, 0.2), (90, 0.01, 0.9)],
)
def test_the_power_of_mcnemars_exact_test_is_that_of_every_table(n: int, difference: float, discordant: float) -> None:
    assert power_at(n, difference, discordant) == pytest.approx(shown_by_counting(n, difference, discordant), abs=1e-9)


@pytest.mark.parametrize(("difference", "discordant"), [(0.3, 0.3), (0.25, 0.4), (0.2, 0.2), (0.15, 0.2)])
def test_so_many_examples_hold_the_power_that_is_promised(difference: float, discordant: float) -> None:
    n = examples_for(difference, discordant)
    assert shown_by_counting(n, difference, discordant) >= 0.8
    assert shown_by_counting(n - 1, difference, discordant) < 0.8
    found = smallest_difference(n, discordant)
    assert found is not None
    assert found <= difference + 1e-6


def test_so_many_hold_it_also_where_the_sum_is_too_long() -> None:
    for difference, discordant in ((0.02, 0.5), (0.005, 0.1), (0.005, 0.25)):
        n = examples_for(difference, discordant)
        assert n * discordant * (1 - discordant) > 25**2
        assert 0.8 <= power_at(n, difference, discordant) < 0.803
        assert smallest_difference(n, discordant) == pytest.approx(difference, abs=2e-6)


def test_what_a_run_can_show_before_it_is_made() -> None:
    """n rises as the difference falls, and few examples show nothing."""
    assert [examples_for(difference, 0.25) for difference in (0.3, 0.1, 0.05)] == [25, 207, 817]
    assert smallest_difference(2) is None
    assert smallest_mean_difference(100, 1.0) == pytest.approx(0.28016, abs=1e-4)
    with pytest.raises(ValueError, match="no difference"):
        examples_for(0)


def test_the_noise_of_repeats() -> None:
    """By hand: two examples, the repeats of one differ."""
    found = noise([1, 1, 1, 0], ["a", "a", "b", "b"])
    assert found.within == pytest.approx(0.5)
    assert found.of_run == pytest.approx(0.5 / math.sqrt(2))
    assert found.changing == 0.5
    assert found.alike == pytest.approx(0.0)
    assert noise([1, 1, 0, 0], ["a", "a", "b", "b"]).alike == 1
    assert noise([1, 0], ["a", "b"]).within is None
    assert noise([], []).examples == 0


def test_intraclass_correlation_as_shrout_and_fleiss_print_it() -> None:
    """Their six targets, each rated by four judges: ICC(1,1) is .17."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    values = [float(rating) for target in ratings for rating in target]
    found = noise(values, [target for target in range(6) for _ in range(4)])
    assert found.alike == pytest.approx(0.17, abs=5e-3)


def test_a_share_and_its_interval_need_no_numpy() -> None:
    """Its import would be the larger part of one short answer's time."""
    words = (
        "import sys; from genai_tui.records.runs import Score; "
        "from genai_tui.stages.evaluate.scorers import find_scorer; "
        "print(find_scorer('exact').combine([Score('exact', 1.0)]).n, 'numpy' in sys.modules, 'regex' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["1", "False", "False"]


def test_what_is_all_right_is_not_certain_for_scores_of_all_answers_either() -> None:
    rows = np.asarray([[1.0, 0.0]] * 20)

    def share(sums: np.ndarray) -> np.ndarray:
        return np.asarray(sums[:, 0] / sums.sum(1))

    assert bootstrap.of_sums(rows, share, bounds=(0.0, 1.0)) == proportion([1.0] * 20)
    assert bootstrap.of_sums(rows[:1], share, bounds=(0.0, 1.0)) == proportion([1.0])
    assert bootstrap.of_sums(rows, share)[:3] == (1.0, None, None)
    found = compare_sums(rows, rows, share, (0.0, 1.0))
    assert (found.low, found.high) == difference_of_shares(0, 0, 20)


def test_differences_that_are_all_the_same_are_not_certain() -> None:
    same = compare([0.25, 0.5, 0.75], [0.25, 0.5, 0.75], bounds=(0.0, 1.0))
    assert (same.difference, same.low, same.high) == (0.0, *difference_of_shares(0, 0, 3))
    shifted = compare([0.25, 0.5, 0.75], [0.5, 0.75, 1.0], bounds=(0.0, 1.0))
    assert shifted.low is not None
    assert shifted.high is not None
    assert shifted.low < 0.25 < shifted.high <= 1
    assert compare([3.0, 4.0], [3.0, 4.0])[5:7] == (None, None)


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 2), (2, 2), (1, 2)])
def test_the_corrected_interval_of_very_few(successes: int, n: int) -> None:
    """As scipy 1.17 gives it (binomtest, wilsoncc, 90 %)."""
    known = {
        (0, 1): (0, 0.9272),
        (1, 1): (0.0728, 1),
        (0, 2): (0, 0.7522),
        (2, 2): (0.2478, 1),
        (1, 2): (0.0353, 0.9647),
    }
    assert wilson(successes, n, 0.9, continuity=True) == pytest.approx(known[successes, n], abs=1e-4)
