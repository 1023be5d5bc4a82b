"""The fields of the scope: their names for people, what belongs in each, and how a value is typed and written."""

from typing import NamedTuple

from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.examples import in_lines
from genai_tui.stages.scope.tasks import TASKS

METRICS = (
    "exact", "normalized", "contains", "regex", "numeric", "choice", "json-valid", "json-schema", "labels", "squad-f1",
    "rouge-l", "bleu", "chrf", "levenshtein", "judge",
)  # fmt: skip


class Field(NamedTuple):
    """One field: its key, as the command has it, its name for people, what to write there, an instance of it."""

    key: str
    name: str
    hint: str
    like: str = ""
    needed: bool = False
    long: bool = False
    """Whether it is written in a box of many lines."""


FIELDS = (
    Field(
        "problem", "problem", "What goes in, what must come out, and for whom: one or two sentences.",
        "Sort a support ticket into one of five categories, for the team that answers it.", needed=True,
    ),
    Field(
        "tasks", "tasks", f"With commas between: {', '.join(task.name for task in TASKS)}. One is the easiest to meet.",
        "classification",
    ),
    Field(
        "metric", "metric", f"How an answer is judged: {', '.join(METRICS)}, or your own as file.py:function.", "exact",
        needed=True,
    ),
    Field(
        "target", "target", "When it is good enough, from 0 to 1: met once the whole 95 % interval is past it.", "0.9",
        needed=True,
    ),
    Field(
        "examples", "examples", "Inputs as they come, each with the output you want: input => output, one a line.",
        "my card was charged twice => billing", long=True,
    ),
    Field("latency_p95_s", "latency, p95", "Seconds within which 95 of 100 answers must have come.", "2"),
    Field(
        "requests_a_month", "requests a month", "How often it will be asked: decides whether to rent or own.", "50,000"
    ),
    Field("budget_usd", "budget", "US dollars this project may spend; nothing is asked that would pass it.", "25"),
    Field("input_tokens", "tokens in", "Tokens of a typical request, with the prompt around it.", "400"),
    Field("output_tokens", "tokens out", "Tokens of a typical answer.", "20"),
    Field("languages", "languages", "With commas between.", "English, German"),
    Field(
        "data_rules", "data rules",
        "Who may be asked: anything · local (this machine alone) · network · only NAME, NAME · "
        "not NAME. Behind a ; stands a note. What it forbids is refused everywhere.", "local; tickets hold names",
    ),
    Field(
        "harms", "harms", "What must never happen: what would hurt somebody, and so must be measured.",
        "A ticket about a locked account gets lost.", long=True,
    ),
    Field(
        "today", "today", "How a person does it now, how long that takes, how often it is wrong: what must be beaten.",
        "Two people read every ticket; about 1 in 12 goes to the wrong team.", long=True,
    ),
)  # fmt: skip
LONGEST = 1_000  # characters of a text that a line is made of
BY_KEY = {field.key: field for field in FIELDS}


def is_there(scope: Scope, key: str) -> bool:
    """Whether the field holds anything."""
    return getattr(scope, key) not in (None, "", ())


def typed(scope: Scope, key: str) -> str:
    """A value as it is typed: `setting.changed` reads it back."""
    value = getattr(scope, key)
    if value is None:
        return ""
    if key == "examples":
        return in_lines(value)
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def written(scope: Scope, key: str) -> str:
    """A value as people read it, in one line, with its unit; empty where there is none."""
    value = getattr(scope, key)
    if not is_there(scope, key):
        return ""
    if key == "examples":
        first = f"{_short(value[0].input, 28)} → {_short(value[0].output, 20)}"
        return first if len(value) == 1 else f"{len(value)}: {first} …"
    if not isinstance(value, (int, float)):
        return " ".join(typed(scope, key)[:LONGEST].split())
    if key in ("target", "budget_usd"):
        sign = "$" if key == "budget_usd" else ""
        return f"{sign}{value:,.2f}" if round(value, 2) == value else f"{sign}{value:,.6g}"
    return f"{value:g} s" if key == "latency_p95_s" else f"{value:,}"


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
