"""Versions as a tree of parents, drawn with lines; a chain of versions stays in one column, only branches indent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from genai_tui.records.prompts import Prompt
from genai_tui.untrusted import one_line

WIDEST = 15  # characters of lines before a version; of deeper branches the nearest ones are shown


class Twig(NamedTuple):
    """A version in the tree: its number, and the lines drawn before it."""

    number: int
    lines: str


def tree(parents: Sequence[tuple[int, int | None]]) -> list[Twig]:
    """The versions (number and parent, parents being older) from the roots down.

    Of several that come from one, the line that leads to the latest version goes on straight, below the others. A
    parent that is not among them makes its version a root.
    """
    known = {number for number, _ in parents}
    children: dict[int | None, list[int]] = defaultdict(list)
    latest = {number: number for number in known}
    for number, parent in sorted(parents, reverse=True):
        above = parent if parent in known else None
        children[above].append(number)
        if above is not None:
            latest[above] = max(latest[above], latest[number])
    found: list[Twig] = []
    waiting = [(root, "", True, True) for root in children[None]]  # the newest root first, so the oldest is taken
    while waiting:
        number, before, first, straight = waiting.pop()
        below = sorted(children[number], key=lambda child: latest[child])
        found.append(Twig(number, _shortened(before + _joint(first=first, straight=straight, goes_on=bool(below)))))
        here = before if straight else before + "│ "
        if below:
            waiting.append((below[-1], here, False, True))
            waiting += [(child, here, False, False) for child in reversed(below[:-1])]
    return found


def tree_lines(prompts: Sequence[Prompt]) -> Iterator[str]:
    """The tree of these versions as text."""
    by_number = {prompt.number: prompt for prompt in prompts}
    for twig in tree([(prompt.number, prompt.parent) for prompt in prompts]):
        prompt = by_number[twig.number]
        text = one_line(prompt.note or prompt.messages[-1].content, 60)
        yield f"{twig.lines} v{prompt.number}  {prompt.shots}  {text}"


def _joint(*, first: bool, straight: bool, goes_on: bool) -> str:
    if not straight:
        return "├─┬" if goes_on else "├──"
    if first:
        return "┌" if goes_on else "─"
    return "├" if goes_on else "└"


def _shortened(lines: str) -> str:
    return lines if len(lines) <= WIDEST else "…" + lines[len(lines) - WIDEST + 1 :]
