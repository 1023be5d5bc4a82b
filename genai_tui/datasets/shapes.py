"""Documents that are one object: rows in a wrapper, frames by columns, by index or split, or a single row."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from genai_tui.datasets.columns import is_found
from genai_tui.datasets.jsons import Decoder, JsonArray, blank_end
from genai_tui.datasets.model import Record, file_fault
from genai_tui.datasets.opening import Opened, count_lines
from genai_tui.datasets.recognise import is_pair, special_format

ROW_LISTS = ("data", "rows", "examples", "items", "records", "instances", "results", "questions")
_TWICE = "the key {!r} stands twice in an object"


class _Member(NamedTuple):
    start: int
    value: Any
    twice: str | None


class Members(NamedTuple):
    """What an object at the top of a document has, each with where it stands, and a key that stands there twice."""

    found: dict[str, _Member]
    twice: str | None

    def values(self) -> dict[str, Any]:
        """The object itself."""
        return {name: member.value for name, member in self.found.items()}


class JsonRows:
    """Records that a document's shape gave, held as they are."""

    format = "json"

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def records(self) -> Iterator[Record]:
        """The records."""
        return iter(self._records)


def object_rows(
    opened: Opened, text: str, document: Members, asked: tuple[str, ...], *, one_line: bool, others: bool = False
) -> JsonRows | JsonArray:
    """The rows of a document that is one object.

    `asked` are the columns that the user named: where they stand tells the shape. `others`: the columns beside them
    are wanted too, so that none may lack a row. `one_line`: it came as the only line of a .jsonl file, so that it is
    rather a row. Raises FileFault.
    """
    members, twice = document
    top = document.values()
    line = 1 + count_lines(text, 0, blank_end(text, 0))
    if twice is not None:
        return _one_row(members, twice, line)  # of a wrapper too: of two lists with one name one would be lost
    exact = [column for column in asked if column in top]
    if _is_split(top) and not exact:
        return _from_split(opened, text, members)
    at_top = sum(is_found(top, column) for column in asked)
    if at_top and any(_found_below(top[name], asked) > at_top for name in _row_lists(top)):
        return _wrapped(opened, text, top, members, asked)
    if exact and (not one_line or all(_is_numbered(top[column]) for column in exact)):
        named = [*exact, *(name for name in top if others and name not in exact and _alike(top[name], top[exact[0]]))]
        values = [top[column] for column in named]
        if all(isinstance(value, dict) for value in values) and _is_frame(opened, values, named, line):
            return _by_columns(opened, members, list(values[0]), line)
        if all(isinstance(value, list) for value in values):
            return _by_lists(opened, members, named, line)
    if at_top:
        return _one_row(members, twice, line)
    if not asked:
        return _unasked(opened, text, document, line, one_line)
    if _is_indexed(top) and any(is_found(row, column) for row in top.values() for column in asked):
        return _by_index(text, members)
    if special_format(top) is not None:
        return _one_row(members, twice, line)  # its columns stand inside
    return _wrapped(opened, text, top, members, asked)


def members_of(text: str) -> Members:
    """The members of the object that `text` is."""
    decoder = Decoder()
    members: dict[str, _Member] = {}
    twice = None
    position = blank_end(text, blank_end(text, 0) + 1)
    while text[position] != "}":
        name, end = decoder.value(text, position)
        start = blank_end(text, blank_end(text, end) + 1)
        value, end = decoder.value(text, start)
        twice = name if name in members else twice
        members[name] = _Member(start, value, decoder.twice)
        position = blank_end(text, end)
        if text[position] == ",":
            position = blank_end(text, position + 1)
    return Members(members, twice)


def member_start(opened: Opened, document: Members, name: str) -> int | None:
    """Where the value of a key begins in a document; None where it has no such key.

    Raises FileFault where a key stands twice, outside of that value: one of both would be lost.
    """
    members, twice = document
    twice = twice if twice is not None else _doubled(member for key, member in members.items() if key != name)
    if twice is not None:
        raise file_fault(f"{opened.path}: {_TWICE.format(twice[:60])}.", "One of both would be lost.", line=1)
    member = members.get(name)
    return None if member is None else member.start


def _unasked(opened: Opened, text: str, document: Members, line: int, one_line: bool) -> JsonRows | JsonArray:
    """The rows of an object where no column was named."""
    members, top = document.found, document.values()
    if special_format(top) is not None or is_pair(top):
        return _one_row(members, None, line)  # refused by its name, not taken apart
    is_row = one_line and ("expected" in top or any(not isinstance(value, (list, dict)) for value in top.values()))
    if _row_lists(top) and not is_row:
        return _wrapped(opened, text, top, members, ())
    if not one_line and top and all(isinstance(value, list) for value in top.values()):
        return _by_lists(opened, members, list(top), line)
    if _is_indexed(top):
        inner = [row.keys() for row in top.values()]
        if all(keys == inner[0] for keys in inner) and all(map(_is_numbered, top.values())):
            return _by_columns(opened, members, list(inner[0]), line)
        if _is_numbered(top):
            return _by_index(text, members)
    if not one_line and _is_indexed(top):
        raise file_fault(
            f"{opened.path}: it does not show whether its columns or its rows stand at the top.",
            f"At the top: {_names(top)}.",
            "Name the columns: --input COL --expected COL.",
        )
    if not one_line and any(isinstance(value, (list, dict)) for value in top.values()):
        raise file_fault(
            f"{opened.path} is one object, and it does not show where its rows are.",
            f"At its top there are: {_names(top)}.",
            "Name columns that are there: --input COL --expected COL.",
        )
    return _one_row(members, None, line)


def _one_row(members: dict[str, _Member], twice: str | None, line: int) -> JsonRows:
    twice = twice if twice is not None else _doubled(members.values())
    fault = _TWICE.format(twice[:60]) if twice is not None else ""
    return JsonRows([Record(line, {} if fault else {name: one.value for name, one in members.items()}, fault)])


def _doubled(members: Iterable[_Member]) -> str | None:
    """A key that stands twice somewhere within the values."""
    return next((member.twice for member in members if member.twice is not None), None)


def _refuse_doubled(opened: Opened, members: Iterable[_Member], line: int) -> None:
    """Refuse columns in which a key stands twice: a row of them would be lost."""
    twice = _doubled(members)
    if twice is not None:
        raise file_fault(f"{opened.path}: a column has a key twice.", _TWICE.format(twice[:60]), line=line)


def _found_below(rows: list[Any], asked: tuple[str, ...]) -> int:
    """How many of the columns the first object in a list has."""
    first = next((element for element in rows if isinstance(element, dict)), {})
    return sum(is_found(first, column) for column in asked)


def _is_frame(opened: Opened, columns: list[dict[str, Any]], names: list[str], line: int) -> bool:
    """Whether objects under several columns are a frame's columns, and not the values of one row."""
    numbered = all(key.isdigit() for column in columns for key in column)
    if all(column.keys() == columns[0].keys() for column in columns):
        return numbered or len(columns[0]) > 1
    if numbered:
        said = ", ".join(f"{name[:60]} {len(column)}" for name, column in zip(names, columns, strict=True))
        raise file_fault(f"{opened.path}: its columns have not the same rows.", f"length: {said}", line=line)
    return False


def _is_numbered(value: Any) -> bool:
    """Whether a value is an object whose keys are numbers, as those of a frame's rows."""
    return isinstance(value, dict) and bool(value) and all(key.isdigit() for key in value)


def _alike(value: Any, column: Any) -> bool:
    """Whether a value may be a column as another one is: a list as that, or an object of numbered rows."""
    if isinstance(column, dict):
        return isinstance(value, dict) and all(key.isdigit() for key in value)
    return isinstance(column, list) and isinstance(value, list)


def _row_lists(top: dict[str, Any]) -> list[str]:
    """The lists of objects, else the empty ones called as such lists are.

    What describes the columns of the dataset viewer's rows is none.
    """
    found = [
        name
        for name, value in top.items()
        if isinstance(value, list)
        and any(isinstance(element, dict) for element in value)
        and not (name == "features" and isinstance(top.get("rows"), list))
    ]
    return found or [name for name in ROW_LISTS if top.get(name) == []]


def _wrapped(
    opened: Opened, text: str, top: dict[str, Any], members: dict[str, _Member], asked: tuple[str, ...]
) -> JsonArray:
    lists = _row_lists(top)
    chosen = lists if len(lists) == 1 else [name for name in lists if name in ROW_LISTS]
    if len(chosen) != 1 and lists:
        raise file_fault(
            f"{opened.path} has several lists of objects: {_names(lists)}.",
            "It does not show which one has the rows.",
            "Keep the one with the rows, or call it `rows`.",
        )
    if not chosen:
        wanted = f"no column {_names(asked)} and " if asked else ""
        raise file_fault(
            f"{opened.path} has {wanted}no list of rows.",
            f"At its top there are: {_names(top)}.",
            "Name columns that are there: --input COL --expected COL.",
        )
    return JsonArray(opened, text, members[chosen[0]].start, inner=True)


def _is_split(top: dict[str, Any]) -> bool:
    """Whether it is a frame as to_json(orient="split") writes it."""
    columns, rows = top.get("columns"), top.get("data")
    return (
        isinstance(columns, list)
        and isinstance(rows, list)
        and all(isinstance(name, str) for name in columns)
        and all(isinstance(row, list) for row in rows)
    )


def _from_split(opened: Opened, text: str, members: dict[str, _Member]) -> JsonRows:
    names = members["columns"].value
    doubled = next((name for name, count in Counter(names).items() if count > 1), None)
    if doubled is not None:
        raise file_fault(f"{opened.path}: the column {doubled!r} stands twice.", "", "Rename one of them.", line=1)
    decoder = Decoder()
    records = []
    position = blank_end(text, members["data"].start + 1)
    line, counted = 1, 0
    while text[position] != "]":
        row, end = decoder.value(text, position)
        line += count_lines(text, counted, position)
        counted = position
        if len(row) != len(names):
            raise file_fault(
                f"{opened.path}:{line}: a row has another length than the columns.",
                f"length {len(row)}, columns {len(names)}",
                line=line,
            )
        fault = _TWICE.format(decoder.twice[:60]) if decoder.twice is not None else ""
        records.append(Record(line, dict(zip(names, row, strict=True)), fault))
        position = blank_end(text, end)
        if text[position] == ",":
            position = blank_end(text, position + 1)
    return JsonRows(records)


def _by_columns(opened: Opened, members: dict[str, _Member], index: list[str], line: int) -> JsonRows:
    """A frame as to_json() writes it: columns, then rows; other keys at the top are no columns."""
    columns = {n: one for n, one in members.items() if isinstance(one.value, dict) and one.value.keys() >= set(index)}
    _refuse_doubled(opened, columns.values(), line)
    return JsonRows([Record(line, {name: one.value[row] for name, one in columns.items()}) for row in index])


def _by_lists(opened: Opened, members: dict[str, _Member], asked: list[str], line: int) -> JsonRows:
    """Lists of columns; one that was asked for must be as long as the others."""
    lengths = {name: len(members[name].value) for name in asked}
    length = lengths[asked[0]]
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name[:60]} {count}" for name, count in list(lengths.items())[:8])
        raise file_fault(f"{opened.path}: its columns are of unequal length.", f"length: {said}", line=line)
    columns = {n: one for n, one in members.items() if isinstance(one.value, list) and len(one.value) == length}
    _refuse_doubled(opened, columns.values(), line)
    return JsonRows([Record(line, {name: one.value[row] for name, one in columns.items()}) for row in range(length)])


def _is_indexed(top: dict[str, Any]) -> bool:
    return bool(top) and all(isinstance(row, dict) for row in top.values())


def _by_index(text: str, members: dict[str, _Member]) -> JsonRows:
    """A frame as to_json(orient="index") writes it: a row under each key."""
    records, line, counted = [], 1, 0
    for member in members.values():
        line += count_lines(text, counted, member.start)
        counted = member.start
        twice = member.twice
        records.append(Record(line, member.value, "" if twice is None else _TWICE.format(twice[:60])))
    return JsonRows(records)


def _names(names: Any) -> str:
    listed = [str(name)[:60] for name in names]
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
