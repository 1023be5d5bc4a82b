"""How likely one of k attempts is right."""

from collections.abc import Hashable, Sequence

from genai_tui.errors import UsageFault
from genai_tui.records.runs import Value


def pass_at_k(n: int, right: int, k: int) -> float:
    """The unbiased estimate 1 − C(n − c, k) / C(n, k) of n attempts, c of them right (Chen et al. 2021, equation 1).

    Raises UsageFault where there are fewer than k attempts: they tell nothing of k.
    """
    if not 0 <= right <= n or not 1 <= k <= n:
        raise UsageFault(
            f"{n} attempts, {right} of them right, say nothing of pass@{k}.",
            "It takes at least k attempts of each example.",
            f"Ask {k} times or oftener: --repeats {k}",
        )
    if n - right < k:
        return 1.0
    found = 1.0
    for place in range(n - right + 1, n + 1):
        found *= 1 - k / place
    return 1 - found


def passed(values: Sequence[float], groups: Sequence[Hashable], k: int) -> Value:
    """pass@k of the mean example, whose attempts are its group; with the bootstrap interval over examples."""
    from genai_tui.stages.evaluate.statistics.bootstrap import mean
    from genai_tui.stages.evaluate.statistics.grouping import summed

    if not values:
        return Value(None, None, None, 0)
    right, sizes = summed(values, groups)
    each = [pass_at_k(int(n), int(c), k) for n, c in zip(sizes, right, strict=True)]
    return mean(each, bounds=(0.0, 1.0))
