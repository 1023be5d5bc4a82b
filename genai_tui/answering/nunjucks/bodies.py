"""What tags do when a template is filled in."""

from collections.abc import Callable
from typing import Any

from genai_tui.answering.nunjucks.operators import Expression
from genai_tui.answering.nunjucks.running import Run
from genai_tui.answering.nunjucks.values import UNDEFINED, Safe, member_of, number, text
from genai_tui.records.javascript import keys

Statement = Callable[[Run], None]


def all_of(made: list[Statement]) -> Statement:
    """Statements one after the other."""

    def work(run: Run) -> None:
        for each in made:
            each(run)

    return work


def captured(body: Statement) -> Expression:
    """What a body writes, as a value."""
    return lambda run: run.captured(body)


def output(made: Expression) -> Statement:
    """What writes a value out: nothing for null and undefined."""

    def work(run: Run) -> None:
        run.spend(1)
        value = made(run)
        if value is not None and value is not UNDEFINED:
            run.write(text(value, run))

    return work


def rows_of(values: Any, names: int, run: Run) -> list[tuple[Any, ...]]:
    """What a loop goes over, each with the values of its names. Raises Failed for nothing within it, TooMuch."""
    if isinstance(values, Safe):
        values = list(values.text)
    if names == 1:
        if isinstance(values, list | str):
            return [(item,) for item in values]
        count = number(values["length"], run) if isinstance(values, dict) and "length" in values else 0
        run.spend(max(0.0, count))
        return [(member_of(values, place, run),) for place in range(int(count) if count > 0 else 0)]
    if isinstance(values, list):
        return [tuple(member_of(item, place, run) for place in range(names)) for item in values]
    if isinstance(values, dict):
        return [(key, values[key]) for key in keys(values)]
    return [(str(place), item) for place, item in enumerate(values)] if isinstance(values, str) else []


def loop_at(place: int, count: int) -> dict[str, Any]:
    """What a loop knows of itself."""
    return {
        "index": place + 1, "index0": place, "revindex": count - place, "revindex0": count - place - 1,
        "first": place == 0, "last": place == count - 1, "length": count,
    }  # fmt: skip
