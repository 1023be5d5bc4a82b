"""A template, read: what it asks for, what it needs, and how it is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from genai_tui.answering.nunjucks.bodies import Statement
from genai_tui.answering.nunjucks.faults import BadTemplate, TooMuch
from genai_tui.answering.nunjucks.functions import GLOBALS
from genai_tui.answering.nunjucks.running import Run
from genai_tui.answering.nunjucks.statements import Statements
from genai_tui.answering.nunjucks.values import taken
from genai_tui.records.javascript import halved, made_whole


@dataclass(frozen=True)
class Template:
    """A template. `problems`: what it needs that is not there; `asked`: the names it asks for, sorted.

    `places`: where it asks for a name of the environment, from where to where in its text as `halved`, which, and
    whether a filter follows.
    """

    problems: tuple[str, ...]
    asked: tuple[str, ...]
    places: tuple[tuple[int, int, str, bool], ...]
    body: Statement
    size: int

    def filled(self, inputs: Mapping[str, Any]) -> str:
        """The text that it makes of `inputs`. Raises Failed, TooMuch."""
        run = Run(taken(inputs), self.size)
        try:
            self.body(run)
        except RecursionError as fault:
            raise TooMuch("it is nested too deeply") from fault
        return made_whole("".join(run.out))


@lru_cache(64)
def parsed(text: str) -> Template:
    """A template, read. Raises BadTemplate with the line; Missing for a tag that is not there."""
    reading = Statements(halved(text))
    try:
        body = reading.body()
    except RecursionError as fault:
        raise BadTemplate("it is nested too deeply", 1) from fault
    asked = sorted(name for name, count in reading.asked.items() if count > 0 and name not in (*GLOBALS, "env"))
    places = tuple((start, stop, made_whole(name), default) for start, stop, name, default in reading.places)
    problems = dict.fromkeys([*reading.problems, *(f"the function {name}" for name in reading.functions)])
    return Template(tuple(map(made_whole, problems)), tuple(map(made_whole, asked)), places, body, len(text))
