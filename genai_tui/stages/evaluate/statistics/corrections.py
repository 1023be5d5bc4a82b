"""Several tests at once: p-values corrected so that one in twenty false alarms stays one in twenty."""

from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down correction (1979): the chance of even one false alarm is kept."""
    order = sorted(range(len(p)), key=lambda place: p[place])
    found = [0.0] * len(p)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[place]))
        found[place] = highest
    return found


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's step-up correction (1995): the share of false alarms among all alarms is kept."""
    order = sorted(range(len(p)), key=lambda place: p[place], reverse=True)
    found = [0.0] * len(p)
    lowest = 1.0
    for rank, place in enumerate(order):
        lowest = min(lowest, p[place] * len(p) / (len(p) - rank))
        found[place] = lowest
    return found
