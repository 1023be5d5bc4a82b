"""How advice says things: counts, scores with their intervals, pairs with their test, commands for a version."""

from collections.abc import Iterator
from math import comb

from genai_tui.records.counts import count
from genai_tui.records.measured import MeasuredRun, Pairs
from genai_tui.records.scales import bound
from genai_tui.records.stages import ProjectFacts

LONGEST_NAME = 40


def line(text: str) -> str:
    """A text as one line."""
    return " ".join(text.split())


def short(text: str) -> str:
    """A text as one line that fits into a sentence."""
    flat = line(text)
    return flat if len(flat) <= LONGEST_NAME else f"{flat[: LONGEST_NAME - 1]}…"


def scored(run: MeasuredRun) -> str:
    """A score with its interval, its n, and the failures among them."""
    value = run.value
    failed = f", {run.failed:,} of them not answered" if run.failed else ""
    return (
        f"{run.candidate} has {run.scorer} {run.score:.2f} on {run.split}{value.interval()}, n = {value.n:,}{failed}."
    )


def against_target(facts: ProjectFacts, run: MeasuredRun) -> str:
    """The target, and whether the run meets it, in a sentence."""
    said = {"met": "met", "reached": "reached, not met", "missed": "not reached", "": "not said"}
    target = "–" if facts.scope_target is None else f"{facts.scope_target:.2f}"
    return f"The target, {run.scorer} {bound(run.scorer)} {target}, is {said[run.standing(facts.scope_target)]}."


def of_pairs(pairs: Pairs) -> str:
    """A trained candidate against its parent's, with the test."""
    examples = pairs.better + pairs.same + pairs.worse
    return (
        f"{pairs.trained} against {pairs.parent} on {count(examples, 'example')}: better {pairs.better:,}, same "
        f"{pairs.same:,}, worse {pairs.worse:,}; p = {sign_test(pairs):.2g} (sign test, exact)."
    )


def sign_test(pairs: Pairs) -> float:
    """The two-sided p of the exact sign test over what changed (for right and wrong: McNemar's, exact)."""
    changed, least = pairs.better + pairs.worse, min(pairs.better, pairs.worse)
    tail = sum(comb(changed, k) for k in range(least + 1))
    return min(1.0, float(2 * tail / 2**changed))


def fails_most(run: MeasuredRun) -> Iterator[str]:
    """The class that fails most, where one is known."""
    if run.worst is not None:
        name, wrong, rows = run.worst
        yield f"{wrong} of {count(rows, 'row')} that expect “{short(name)}” fail: the most of all."


def takes(run: MeasuredRun, rows: int) -> str:
    """What measuring so many rows should take, by what a row of an earlier run took."""
    parts = []
    if run.seconds is not None:
        seconds = run.seconds * rows
        parts.append(f"≈ {seconds:.0f} s" if seconds < 120 else f"≈ {seconds / 60:.0f} min")
    if run.usd:
        parts.append(f"≈ ${run.usd * rows:.2g}")
    return f" ({', '.join(parts)})" if parts else ""


def with_examples(prompt: int, shown: int, more: str = "") -> str:
    """The command that saves a version again with `shown` examples."""
    return f"genai-tui prompt export {prompt} | genai-tui prompt save - --from {prompt} --few-shot {shown}{more}"


def editing(prompt: int) -> str:
    """The command that puts a version into a file, to be changed and saved again."""
    file = "prompt.txt"
    save = f"genai-tui prompt save {file} --from {prompt}"
    return f"genai-tui prompt export {prompt} > {file} && ${{EDITOR:-vi}} {file} && {save}"
