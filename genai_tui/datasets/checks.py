"""What is checked of a value that is kept: what no store can hold is refused, what looks odd is remarked."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import Rounded
from genai_tui.datasets.model import Warned
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example

EXCEL_CUTS = 32_767  # units of UTF-16
MAY_BE_CUT = EXCEL_CUTS // 2  # characters from which on a cell may be as long as that
DEEPEST = 200  # levels of nesting; what reads it later recurses too
PLACEHOLDER = "Loading..."
SPREADSHEET = frozenset(
    ("#REF!", "#N/A", "#NAME?", "#DIV/0!", "#VALUE!", "#NUM!", "#NULL!", "#ERROR!", PLACEHOLDER)
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_LIST_TEXT = re.compile(r"\[\s*(?:\]|['\"\[{(\d-]|None\b|True\b|False\b|array\().*\]\s*|\[\s*\]\s*", re.S)
_CLASS_NUMBER = re.compile(r"-?\d{1,3}(?:\.0)?")  # as a float where one was missing


def check_kept(value: Any, column: str, depth: int = 0) -> None:
    """Refuse what cannot be kept as written: NUL, half a surrogate pair, numbers that JSON does not have. RowFault."""
    if depth > DEEPEST:
        raise RowFault(f"{column} is nested too deeply")
    if isinstance(value, str):
        if "\0" in value:
            raise RowFault(f"{column} holds a NUL character")
        if not value.isascii() and _SURROGATE.search(value):
            raise RowFault(f"{column} holds half a surrogate pair")
    elif isinstance(value, float):
        if math.isnan(value):
            raise RowFault(f"{column} is NaN, which is no number of JSON")
        if math.isinf(value):
            raise RowFault(f"{column} is infinity, or too large a number")
    elif isinstance(value, bytes):
        raise RowFault(f"{column} holds bytes, no text")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_kept(name, column)
            check_kept(inner, column, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check_kept(inner, column, depth + 1)


def check_name(name: str) -> None:
    """Refuse the name of an input that cannot be kept as written. Raises RowFault."""
    if not name.isascii() or "\0" in name:
        check_kept(name, f"the name {name[:60]!r}")


def check_row(row: Example) -> Example:
    """A row that a person gives, where it can be kept. Raises UsageFault."""
    try:
        check_kept(row.inputs, "the row")
        check_kept(row.expected, "the expected answer")
        check_kept(list(row.tags), "a tag")
    except RowFault as fault:
        raise UsageFault("This row cannot be kept.", f"{str(fault)[:1].upper()}{str(fault)[1:]}.") from fault
    return row


def check_cell(cell: str, column: str) -> None:
    """Refuse an error value that a spreadsheet left in a cell. Raises RowFault."""
    if cell in SPREADSHEET:
        raise RowFault(f"{column} holds {cell}, an error or placeholder of a spreadsheet")


def _units(text: str) -> int:
    """How many units of UTF-16 a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_name(cell: str, column: str) -> bool:
    """Whether a cell holds the name of its column, perhaps behind a byte order mark."""
    return cell.endswith(column) and cell.removeprefix("\ufeff").strip() == column


def is_rounded(value: Any) -> bool:
    """Whether a value holds a number that is not quite the one that was written."""
    if isinstance(value, list):
        return any(map(is_rounded, value))
    return any(map(is_rounded, value.values())) if isinstance(value, dict) else isinstance(value, Rounded)


class Remarks:
    """Gathers what was kept and should be looked at: of each kind the first line and the number."""

    def __init__(self, *, written: bool, expected: str | None = None) -> None:
        """`written`: values are cells of a spreadsheet's export; `expected`: the column of the answer."""
        self._written = written
        self._column = expected
        self._seen: dict[str, tuple[int, int]] = {}
        self._numbers = True
        self._number_line = 0
        self._as_numbers = True
        self._values: set[float] = set()
        self.answers = 0  # rows that have one

    def add(self, kind: str, line: int, times: int = 1) -> None:
        """One more of `kind`, or so many from `line` on."""
        first, count = self._seen.get(kind, (line, 0))
        self._seen[kind] = (first, count + times)

    def row(self, inputs: dict[str, Any], expected: Any, line: int) -> None:
        """Look at a row that is kept."""
        for value in inputs.values():
            if isinstance(value, str) and (value[:1] in "=[" or len(value) >= MAY_BE_CUT):
                self._cell(value, line)
        if is_rounded(expected) or any(map(is_rounded, inputs.values())):
            self.add("rounded", line)
        if isinstance(expected, str) and (expected[:1] in "=[" or len(expected) >= MAY_BE_CUT):
            self._cell(expected, line)
        if self._written and self._is_header(inputs, expected):
            self.add("header", line)
        self._answer(expected, line)

    def answers_of(self, answers: Sequence[str], different: Iterable[str], line: int) -> None:
        """Look at the answers of rows that need no look else, from `line` on; `different` are each of them once,
        as they come.
        """
        blank = [answer for answer in different if not answer.strip()]
        missing = sum(map(answers.count, blank))
        if missing:
            self.add("no expected", line + min(map(answers.index, blank)), missing)
        self.answers += len(answers) - missing
        given = [answer for answer in different if answer.strip()]
        first = line + answers.index(given[0]) if given else line
        for answer in given:
            self._number(answer, first)

    def _is_header(self, inputs: dict[str, Any], expected: Any) -> bool:
        """Whether a row holds the names of its own columns, as where files are joined."""
        named = all(isinstance(value, str) and is_name(value, name) for name, value in inputs.items())
        return named and self._column is not None and expected == self._column

    def _cell(self, value: str, line: int) -> None:
        if self._written and value[:1] == "=":
            self.add("formula", line)
        if value[:1] == "[" and _LIST_TEXT.fullmatch(value):
            self.add("list", line)
        if self._written and _units(value) == EXCEL_CUTS:
            self.add("32,767", line)

    def _answer(self, expected: Any, line: int) -> None:
        if expected is None:
            self.add("no expected", line)
            return
        self.answers += 1
        self._number(expected, line)

    def _number(self, expected: Any, line: int) -> None:
        """See whether all answers so far are numbers."""
        if not self._numbers:
            return
        text = expected if isinstance(expected, str) else str(expected)
        whole = isinstance(expected, (int, float, str)) and not isinstance(expected, bool)
        self._numbers = whole and _CLASS_NUMBER.fullmatch(text) is not None
        self._number_line = self._number_line or line
        if self._numbers:
            self._as_numbers = self._as_numbers and not isinstance(expected, str)
            self._values.add(float(text))

    def warnings(self, notes: Iterable[Warned]) -> tuple[Warned, ...]:
        """All remarks in sentences, in the order of their lines; `notes` are those of the file itself."""
        found = list(notes)
        for kind, (line, count) in self._seen.items():
            found.append(Warned(line, _SENTENCES[kind][count > 1].format(count=f"{count:,}")))
        if self._are_classes():
            found.append(
                Warned(
                    self._number_line,
                    "The expected answers are bare numbers: if they are classes, their names are not in the file.",
                )
            )
        return tuple(sorted(found, key=lambda warned: warned.line))

    def _are_classes(self) -> bool:
        """Whether all answers are small whole numbers; in text only where they repeat or have one digit, as classes."""
        if not (self._numbers and self.answers):
            return False
        return self._as_numbers or len(self._values) < self.answers or max(self._values) < 10


_SENTENCES = {
    "rounded": (
        "One row has a number with more digits than are kept: it is rounded. Written as a text, it is kept whole.",
        "{count} rows have numbers with more digits than are kept: they are rounded. Written as texts, they are kept "
        "whole.",
    ),
    "no expected": (
        "One row has no expected answer (no expected); it is kept with null.",
        "{count} rows have no expected answer (no expected); they are kept with null.",
    ),
    "header": (
        "One row has the names of the columns as its values, like a header; it is kept.",
        "{count} rows have the names of the columns as their values, like a header; they are kept.",
    ),
    "formula": (
        "One cell begins with = like a formula; it is kept as text.",
        "{count} cells begin with = like a formula; they are kept as text.",
    ),
    "list": (
        "One value is the text of a list, as Python or JSON writes it; it is kept as text.",
        "{count} values are the text of a list, as Python or JSON writes it; they are kept as text.",
    ),
    "32,767": (
        "One cell has exactly 32,767 characters, where Excel cuts; its end may be missing.",
        "{count} cells have exactly 32,767 characters, where Excel cuts; their ends may be missing.",
    ),
    "conflict": (
        "One row has the inputs of an earlier row and another expected answer (conflict); both are kept.",
        "{count} rows have the inputs of an earlier row and another expected answer (conflict); all are kept.",
    ),
}
