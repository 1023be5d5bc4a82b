"""Setting the scope: what a user typed becomes a new version of the record."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.inference.data_rules import read_rules
from genai_tui.records.scopes import Scope
from genai_tui.stages.evaluate.scorers import NAMES
from genai_tui.stages.scope.examples import read_lines
from genai_tui.stages.scope.fields import METRICS
from genai_tui.stages.scope.tasks import task_names

LARGEST = 2**53  # above it not every whole number can be told from its neighbours
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d*)?")

KEYS = tuple(f.name for f in fields(Scope) if f.name not in ("version", "created", "note"))


def changed(scope: Scope, values: Mapping[str, str]) -> Scope:
    """The scope with these values, each as it was typed; an empty one clears. Raises UsageFault naming the key.

    What was said of the version before is no longer said of it.
    """
    parsed: dict[str, Any] = {}
    for key, text in values.items():
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            why = f"Did you mean {near[0]}?" if near else ""
            raise UsageFault(f"The scope has no key {key}.", why, f"Its keys are {', '.join(KEYS)}.")
        parsed[key] = _parsed(key, text.strip())
    return replace(scope, note="", **parsed)


def with_drafts(scope: Scope, drafts: Mapping[str, Any]) -> Scope:
    """The scope as it would be with what is typed and not saved, as far as that can be read."""
    for key, text in drafts.items():
        try:
            scope = changed(scope, {key: str(text)})
        except UsageFault:  # typed half: its box says what is wrong once it is to be saved
            continue
    return scope


def same(one: Scope, other: Scope) -> bool:
    """Whether two versions say the same of the application."""
    return all(getattr(one, key) == getattr(other, key) for key in KEYS)


def as_json(scope: Scope) -> dict[str, Any]:
    """The scope as `scope show --json` prints it."""
    return {
        "version": scope.version,
        **{key: _plain(getattr(scope, key)) for key in KEYS},
        "examples": [example._asdict() for example in scope.examples],
        "note": scope.note,
        "created": scope.created or None,
        "data_rules_read": read_rules(scope.data_rules).said(),
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _parsed(key: str, text: str) -> Any:
    if key == "tasks":
        return task_names(text)
    if key == "languages":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if key == "examples":
        return read_lines(text)
    if key == "metric":
        return _metric(text)
    if key in ("target", "latency_p95_s", "budget_usd"):
        return _number(key, text)
    if key in ("requests_a_month", "input_tokens", "output_tokens"):
        number = _number(key, text)
        if number is not None and number != int(number):
            raise UsageFault(f"{key} must be a whole number, not {text}.")
        return None if number is None else int(number)
    return text


def _metric(text: str) -> str | None:
    if not text:
        return None
    if re.fullmatch(r".+\.py:\w+", text):
        return text
    head, colon, options = text.partition(":")
    name = {"accuracy": "exact"}.get(head.lower(), head.lower())
    if name not in NAMES:
        near = get_close_matches(name, METRICS, 1)
        raise UsageFault(
            f"There is no metric {text}.",
            f"Did you mean {near[0]}?" if near else "",
            f"Metrics are {', '.join(METRICS)}, or your own as file.py:function.",
        )
    return name + colon + options


def _number(key: str, text: str) -> float | None:
    if not text:
        return None
    bare = text.removeprefix("$")
    if "," in bare and not _THOUSANDS.fullmatch(bare):
        raise UsageFault(f"{key} must be a number, not {text}.", "A comma parts thousands, a point the fraction.")
    try:
        number = float(bare.replace(",", "").replace("_", ""))
    except ValueError:
        raise UsageFault(f"{key} must be a number, not {text}.") from None
    if not 0 <= number < float("inf"):
        raise UsageFault(f"{key} must be zero or more, not {text}.")
    if number > LARGEST:
        raise UsageFault(f"{key} must be at most {LARGEST:,}, not {text}.")
    if key == "target" and number > 1:
        raise UsageFault(
            f"target is a fraction between 0 and 1, not {text}.", "", f"For {text} % write {number / 100:g}."
        )
    return number
