"""Versions as pages of a list: by number, by a text they hold, or as a tree of parents."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.records.intervals import interval_said
from genai_tui.records.prompts import Prompt
from genai_tui.stages.prompt.versions import tree
from genai_tui.store.prompts import latest_prompt, numbered, page_prompts, parents, search_prompts
from genai_tui.store.reader import Reader

if TYPE_CHECKING:
    from genai_tui.store.facts import Best
    from genai_tui.store.tries import Tried

IN_TREE = 2_000  # versions that the tree has, the latest; all are in the list


class VersionRow(NamedTuple):
    """A version with the lines of the tree before it."""

    prompt: Prompt
    lines: str = ""


class VersionPages:
    """The latest version first."""

    lines_width = 0

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        latest = latest_prompt(reader)
        self._count = latest.number if latest is not None else 0

    def count(self) -> int:
        """How many versions there are; their numbers count without gaps."""
        return self._count

    def after(self, key: Any, limit: int) -> Sequence[VersionRow]:
        """Older ones than the version of that number."""
        return [VersionRow(prompt) for prompt in page_prompts(self._reader, key, limit, newest_first=True)]

    def before(self, key: Any, limit: int) -> Sequence[VersionRow]:
        """Later ones."""
        return [VersionRow(prompt) for prompt in page_prompts(self._reader, key, limit)[::-1]]

    def key_of(self, row: VersionRow) -> int:
        """Its number."""
        return row.prompt.number

    def place_of(self, number: int) -> int | None:
        """Where a version stands in the list."""
        return self._count - number if 0 < number <= self._count else None


class FoundVersions:
    """Those that hold a text, the latest first."""

    lines_width = 0  # cells of the widest lines before a version

    def __init__(self, reader: Reader, text: str) -> None:
        self._rows = {prompt.number: VersionRow(prompt) for prompt in search_prompts(reader, text)}
        self._numbers = list(self._rows)

    def count(self) -> int:
        """How many were found."""
        return len(self._numbers)

    def after(self, key: Any, limit: int) -> Sequence[VersionRow]:
        """Those after the version of that number."""
        start = 0 if key is None else self._numbers.index(key) + 1
        return self._read(self._numbers[start : start + limit])

    def before(self, key: Any, limit: int) -> Sequence[VersionRow]:
        """Those before it."""
        end = len(self._numbers) if key is None else self._numbers.index(key)
        return self._read(self._numbers[max(0, end - limit) : end])

    def key_of(self, row: VersionRow) -> int:
        """Its number."""
        return row.prompt.number

    def place_of(self, number: int) -> int | None:
        """Where a version stands in the list."""
        return self._numbers.index(number) if number in self._numbers else None

    def _read(self, numbers: Sequence[int]) -> list[VersionRow]:
        return [self._rows[number] for number in numbers]


class TreePages(FoundVersions):
    """The latest versions as a tree; their texts are read page by page."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._twigs = {twig.number: twig.lines for twig in tree(parents(reader, IN_TREE))}
        self._numbers = list(self._twigs)
        self.lines_width = max(map(len, self._twigs.values()), default=0)

    def _read(self, numbers: Sequence[int]) -> list[VersionRow]:
        found = numbered(self._reader, numbers)
        return [VersionRow(found[number], self._twigs[number]) for number in numbers if number in found]


def often(tried: "Tried") -> str:
    """How often, where counting stops somewhere."""
    return f"{tried.times:,}" + ("+" if tried.more else "")


def right_of(tried: "Tried", signs: Mapping[str, str]) -> str:
    """How many were right of those that could be told: ✔ where all were, ✘ where none was, no sign between."""
    if not tried.judged:
        return ""
    sign = signs["done"] if tried.right == tried.judged else signs["failed"] if not tried.right else " "
    return f"{tried.right}/{tried.judged} {sign}"


def half_width(best: "Best") -> str:
    """The score on dev with half of its interval, as lists have room for it."""
    within = "" if best.low is None or best.high is None else f" ±{(best.high - best.low) / 2:.2f}"
    return f"{best.value:.2f}{within}"


def measured(best: "Best") -> str:
    """What came of measuring a version on dev, in a sentence."""
    interval = interval_said(best.low, best.high)
    return f"{best.candidate} has {best.scorer} {best.value:.2f} on dev{interval}, n = {best.n:,}."


def said(tried: "Tried | None") -> str:
    """What came of trying a version, for a heading."""
    if tried is None or not tried.times:
        return "" if tried is None else "not tried yet"
    count = f"{often(tried)} {'try' if tried.times == 1 else 'tries'}"
    return count + (f", {tried.right} of {tried.judged} right" if tried.judged else "")
