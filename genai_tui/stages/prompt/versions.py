"""Versions as a tree of parents, drawn with lines: each dot comes from the dot above it in its column.

A dot at the end of a branch comes from the one that the line beside it comes down from; an empty dot has no parent.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from genai_tui.records.prompts import Prompt
from genai_tui.untrusted import one_line

WIDEST = 15  # characters of lines before a version; of deeper branches the nearest ones are shown


ROOT, STRAIGHT, BRANCH = "○", "●", "├─●"


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
    # of each version the lines before it, and how it hangs there; the newest root first, so the oldest is taken
    waiting = [(root, "", ROOT) for root in children[None]]
    while waiting:
        number, before, joint = waiting.pop()
        below = sorted(children[number], key=lambda child: latest[child])
        found.append(Twig(number, _shortened(before + joint)))
        here = before + "│ " if joint == BRANCH else before
        if below:
            waiting.append((below[-1], here, STRAIGHT))
            waiting += [(child, here, BRANCH) for child in reversed(below[:-1])]
    return found


def tree_lines(prompts: Sequence[Prompt]) -> Iterator[str]:
    """The tree of these versions as text, in columns."""
    by_number = {prompt.number: prompt for prompt in prompts}
    rows = [
        (
            twig.lines,
            f"v{twig.number}",
            (prompt := by_number[twig.number]).shots,
            prompt.note or prompt.messages[-1].content,
        )
        for twig in tree([(prompt.number, prompt.parent) for prompt in prompts])
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for *cells, text in rows:
        fixed = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join((*fixed, one_line(text, 60)))


def _shortened(lines: str) -> str:
    return lines if len(lines) <= WIDEST else "…" + lines[len(lines) - WIDEST + 1 :]
