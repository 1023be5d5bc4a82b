"""The few distributions that intervals and tests need, without scipy: normal, Student's t, beta, chi-square of 1."""

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300


def normal_share(x: float) -> float:
    """P(Z ≤ x) of the standard normal distribution."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def normal_point(share: float) -> float:
    """The x with P(Z ≤ x) = `share`; infinite at 0 and 1."""
    if share <= 0 or share >= 1:
        return math.copysign(math.inf, share - 0.5)
    return _NORMAL.inv_cdf(share)


def chi_square_tail(x: float) -> float:
    """P(X > x) of chi-square with one degree of freedom: a squared normal."""
    return math.erfc(math.sqrt(x / 2))


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x, by Lentz's way (Press et al., Numerical Recipes, 6.4)."""
    c, d = 1.0, 1 / _far(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _far(1 + term * d)
            c = _far(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _far(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_point(share: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = `share`, by bisection."""
    return _bisected(lambda x: beta_share(x, a, b), share, 0.0, 1.0)


def t_share(t: float, freedom: float) -> float:
    """P(T ≤ t) of Student's distribution (Abramowitz and Stegun 26.7.1)."""
    tail = beta_share(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    return 1 - tail if t > 0 else tail


def t_point(share: float, freedom: float) -> float:
    """The t with P(T ≤ t) = `share`; the normal point where `freedom` is large."""
    if freedom > 1e6:
        return normal_point(share)
    if share < 0.5:
        return -t_point(1 - share, freedom)
    high = 1.0
    while t_share(high, freedom) < share:
        high *= 2
    return _bisected(lambda t: t_share(t, freedom), share, 0.0, high)


def _bisected(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    while high - low > 1e-15 * max(1.0, abs(high)):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2
