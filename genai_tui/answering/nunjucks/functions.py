"""What a template may call by name: range, cycler, joiner; and the keyword arguments of what it calls."""

from typing import Any

from genai_tui.answering.nunjucks.values import UNDEFINED, Function, Meter, number, truthy

KEYWORDS = "__keywords"


def padded(arguments: list[Any], count: int) -> list[Any]:
    """The first `count` arguments; those that are not given are undefined."""
    return [*arguments[:count], *[UNDEFINED] * (count - len(arguments))]


def bound(names: tuple[str, ...], optional: tuple[str, ...], arguments: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by place and by name, as nunjucks' makeMacro parts them: those for `names`, and all the others."""
    last = arguments[-1] if arguments else None
    named = dict(last) if isinstance(last, dict) and KEYWORDS in last else {}
    placed = arguments[:-1] if named else arguments
    found = placed[: len(names)]
    named |= dict(zip(optional, placed[len(names) :], strict=False))
    found += [named.pop(name, UNDEFINED) for name in names[len(found) :]]
    return found, named


def _range(arguments: list[Any], meter: Meter) -> list[Any]:
    start, stop, step = padded(arguments, 3)
    if stop is UNDEFINED:
        start, stop, step = 0, start, 1
    place, end, by = number(start, meter), number(stop, meter), number(step, meter) if truthy(step) else 1.0
    found = []
    while place < end if by > 0 else place > end:
        meter.spend(1)
        found.append(place)
        place += by
    return found


def _cycler(items: list[Any], _: Meter) -> dict[str, Any]:
    place = -1
    made: dict[str, Any] = {"current": None}

    def reset(_: list[Any], __: Meter) -> Any:
        nonlocal place
        place, made["current"] = -1, None
        return UNDEFINED

    def following(_: list[Any], __: Meter) -> Any:
        nonlocal place
        place = place + 1 if place + 1 < len(items) else 0
        made["current"] = items[place] if items else UNDEFINED
        return made["current"]

    made |= {"reset": Function(reset), "next": Function(following)}
    return made


def _joiner(arguments: list[Any], _: Meter) -> Function:
    [between] = padded(arguments, 1)
    first = True

    def joined(_: list[Any], __: Meter) -> Any:
        nonlocal first
        was, first = first, False
        return "" if was else between if truthy(between) else ","

    return Function(joined)


GLOBALS = {"range": Function(_range), "cycler": Function(_cycler), "joiner": Function(_joiner)}
