"""Nunjucks' filters (its filters.js), and promptfoo's `load`: those for lists and objects here, those for texts beside.

`random`, `urlize` and those that are not nunjucks' own are not there.
"""

from collections.abc import Callable
from functools import cmp_to_key, partial
from typing import Any

from genai_tui.answering.nunjucks import texts
from genai_tui.answering.nunjucks.dumping import dump
from genai_tui.answering.nunjucks.faults import Failed
from genai_tui.answering.nunjucks.functions import bound, padded
from genai_tui.answering.nunjucks.methods import between
from genai_tui.answering.nunjucks.tests import named
from genai_tui.answering.nunjucks.values import (
    UNDEFINED,
    Meter,
    Safe,
    add,
    compared,
    divided,
    floor,
    joined,
    member_of,
    number,
    power,
    recased,
    remainder,
    strict,
    text,
    truthy,
)
from genai_tui.records.javascript import keys

Filter = Callable[..., Any]


def _items(value: Any, meter: Meter) -> list[Any]:
    """What nunjucks' own `map` goes over: a list, or what has a length."""
    if value is None or value is UNDEFINED:
        return []
    return _sequence(value, meter)


def _sequence(value: Any, meter: Meter) -> list[Any]:
    if value is None or value is UNDEFINED:
        raise Failed("cannot read properties of what is not there")
    if isinstance(value, list | str):
        meter.spend(len(value) / 8)
        return list(value)
    if isinstance(value, Safe):
        return [UNDEFINED] * len(value.text)
    return []


def _list_of(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Failed(f"arr.{what} is not a function")
    return value


def _abs(meter: Meter, value: Any) -> Any:
    return abs(number(value, meter))


def _batch(meter: Meter, value: Any, size: Any, fill: Any) -> Any:
    rows: list[list[Any]] = []
    by = number(size, meter)
    for place, item in enumerate(_sequence(value, meter)):
        if not rows or remainder(place, by) == 0:
            rows.append([])
        rows[-1].append(item)
    if rows and truthy(fill):
        while len(rows[-1]) < by:
            meter.spend(1)
            rows[-1].append(fill)
    return rows


def _slice(meter: Meter, value: Any, count: Any, fill: Any) -> Any:
    if not isinstance(value, list | str):
        raise Failed("arr.slice is not a function")
    parts = number(count, meter)
    size, extra = floor(divided(len(value), parts)), remainder(len(value), parts)
    rows: list[Any] = []
    offset = 0.0
    place = 0.0
    while place < parts:
        meter.spend(1)
        start = offset + place * size
        offset += place < extra
        row = between(value, start, offset + (place + 1) * size, meter)
        if truthy(fill) and place >= extra:
            row = [*_list_of(row, "push"), fill]
        rows.append(row)
        place += 1
    return rows


def _default(_: Meter, value: Any, other: Any, falsy: Any) -> Any:
    return (value if truthy(value) else other) if truthy(falsy) else other if value is UNDEFINED else value


def _sorted_pairs(meter: Meter, value: Any, cased: Any, by: Any) -> Any:
    if not isinstance(value, dict):
        raise Failed("dictsort filter: val must be an object")
    if by is not UNDEFINED and by not in ("key", "value"):
        raise Failed("dictsort filter: You can only sort by either key or value")
    place = 1 if by == "value" else 0

    def order(one: list[Any], other: list[Any]) -> int:
        a, b = (each[place] for each in (one, other))
        if not truthy(cased):
            a, b = (recased(each, str.upper) if isinstance(each, str) else each for each in (a, b))
        return 1 if compared(a, b, meter) == 1 else 0 if strict(a, b) else -1

    pairs = [[key, value[key]] for key in keys(value)]
    meter.spend(len(pairs))
    return sorted(pairs, key=cmp_to_key(order))


def _own(item: Any, path: Any, meter: Meter) -> Any:
    """What stands at a dotted path, as far as there is something."""
    for part in (path.split(".") if isinstance(path, str) else [path]) if truthy(path) else []:
        found = member_of(item, part, meter)
        if found is UNDEFINED:
            return UNDEFINED
        item = found
    return item


def _sort(meter: Meter, value: Any, turned: Any, cased: Any, attribute: Any) -> Any:
    def order(a: Any, b: Any) -> int:
        meter.spend(1)
        if truthy(attribute):
            a, b = (_own(each, attribute, meter) for each in (a, b))
        if not truthy(cased) and isinstance(a, str) and isinstance(b, str):
            a, b = recased(a, str.lower), recased(b, str.lower)
        return (compared(a, b, meter) or 0) * (-1 if truthy(turned) else 1)

    items = _items(value, meter)
    there = [item for item in items if item is not UNDEFINED]
    return sorted(there, key=cmp_to_key(order)) + [UNDEFINED] * (len(items) - len(there))


def _groupby(meter: Meter, value: Any, attribute: Any) -> Any:
    groups: dict[str, Any] = {}
    for item in _sequence(value, meter):
        groups.setdefault(text(_own(item, attribute, meter), meter), []).append(item)
    return groups


def _join(meter: Meter, value: Any, mark: Any, attribute: Any) -> Any:
    if truthy(attribute):
        value = [member_of(item, attribute, meter) for item in _items(value, meter)]
    return joined(_list_of(value, "join"), text(mark, meter) if truthy(mark) else "", meter)


def _length(_: Meter, value: Any) -> Any:
    if value is None or value is UNDEFINED or value is False:
        return 0
    if isinstance(value, Safe):
        return len(value.text)
    return len(value) if isinstance(value, str | list | dict) else UNDEFINED


def _list(meter: Meter, value: Any) -> Any:
    if isinstance(value, str):
        return _sequence(value, meter)
    if isinstance(value, list):
        return value
    return [{"key": key, "value": item} for key, item in _entries(value, "list filter: type not iterable")]


def _entries(value: Any, why: str) -> list[tuple[str, Any]]:
    if isinstance(value, Safe):
        return [("val", value.text), ("length", len(value.text))]
    if not isinstance(value, dict):
        raise Failed(why)
    return [(key, value[key]) for key in keys(value)]


def _chosen(meter: Meter, value: Any, test: Any, argument: Any, *, wanted: bool) -> list[Any]:
    check = named("truthy" if test is UNDEFINED else test, meter)
    items = [] if isinstance(value, Safe) else _sequence(value, meter)
    return [item for item in items if check(meter, item, argument) is wanted]


def _with(meter: Meter, value: Any, attribute: Any, *, wanted: bool) -> list[Any]:
    items = _list_of(value, "filter")
    return [item for item in items if truthy(member_of(item, attribute, meter)) is wanted]


def _last(meter: Meter, value: Any) -> Any:
    count = member_of(value, "length", meter)
    return member_of(value, number(count, meter) - 1, meter)


def _reverse(meter: Meter, value: Any) -> Any:
    if isinstance(value, str):
        return value[::-1]
    return _items(value, meter)[::-1]


def _round(meter: Meter, value: Any, places: Any, how: Any) -> Any:
    factor = power(10.0, number(places, meter) if truthy(places) else 0.0)
    scaled = number(value, meter) * factor
    below = floor(scaled)
    up = scaled > below if how == "ceil" else how != "floor" and scaled - below >= 0.5
    found = below + 1 if up else below
    return divided(found, factor)


def _sum(meter: Meter, value: Any, attribute: Any, start: Any) -> Any:
    if truthy(attribute):
        value = [member_of(item, attribute, meter) for item in _items(value, meter)]
    found: Any = 0
    for item in _list_of(value, "reduce"):
        meter.spend(1)
        found = add(found, item, meter)
    return add(0 if start is UNDEFINED else start, found, meter)


def _urlencode(meter: Meter, value: Any) -> Any:
    if isinstance(value, str):
        return texts.encoded(value)
    pairs: list[Any] = value if isinstance(value, list) else []
    if isinstance(value, dict | Safe):
        pairs = [list(each) for each in _entries(value, "")]
    both = ([text(member_of(pair, place, meter), meter) for place in (0, 1)] for pair in pairs)
    return joined((f"{texts.encoded(key)}={texts.encoded(item)}" for key, item in both), "&", meter)


def _filled(work: Filter, takes: texts.Takes) -> Filter:
    """The filter with what is not given undefined."""

    def with_all(meter: Meter, value: Any, *given: Any) -> Any:
        if isinstance(takes, int):
            return work(meter, value, *padded(list(given), takes))
        arguments, _ = bound(("value", *takes), (), [value, *given])
        return work(meter, *arguments)

    return with_all


_ALL: tuple[tuple[str, Filter, texts.Takes], ...] = (
    ("abs", _abs, 0),
    ("batch", _batch, 2),
    ("slice", _slice, 2),
    ("default", _default, 2),
    ("d", _default, 2),
    ("dictsort", _sorted_pairs, 2),
    ("dump", lambda meter, value, spaces: dump(value, spaces, meter), 1),
    ("first", lambda meter, value: member_of(value, 0, meter), 0),
    ("groupby", _groupby, 1),
    ("join", _join, 2),
    ("last", _last, 0),
    ("length", _length, 0),
    ("list", _list, 0),
    ("reject", partial(_chosen, wanted=False), 2),
    ("select", partial(_chosen, wanted=True), 2),
    ("rejectattr", partial(_with, wanted=False), 1),
    ("selectattr", partial(_with, wanted=True), 1),
    ("reverse", _reverse, 0),
    ("round", _round, 2),
    ("sort", _sort, ("reverse", "case_sensitive", "attribute")),
    ("sum", _sum, 2),
    ("urlencode", _urlencode, 0),
    *texts.FILTERS,
)
FILTERS: dict[str, Filter] = {name: _filled(work, takes) for name, work, takes in _ALL}
