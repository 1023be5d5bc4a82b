"""Every scorer by name, with where it lives: nothing is imported before it is asked for.

A scorer is written `name` or `name:option=value,option=value`: `numeric:tolerance=0.01`, `rouge-l:stemmer`,
`contains:which=all,case=no`. Options are the fields of its class; a switch may stand alone; an option that takes
several values is repeated (`judge:model=a/b,model=c/d`). A value runs to the next `,option`, so it may hold commas; in
`"…"` it is a JSON string, and `@FILE` stands for the text of a file. A function of your own is written
`FILE.py:FUNCTION`. What was written is the name that its scores are kept under.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from genai_tui.errors import UsageFault
from genai_tui.records.prompts import Prompt

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.scorers.contract import Scorer

_HERE = "genai_tui.stages.evaluate.scorers"
SCORERS: dict[str, tuple[str, dict[str, Any]]] = {  # name: module:class, and the options that the name stands for
    "exact": ("texts:Exact", {}),
    "normalized": ("texts:Normalized", {}),
    "contains": ("texts:Contains", {}),
    "starts-with": ("texts:StartsWith", {}),
    "regex": ("patterns:Regex", {}),
    "match": ("extraction:Match", {}),
    "answer": ("extraction:Answer", {}),
    "numeric": ("numeric:Numeric", {}),
    "numeric-difference": ("numeric:NumericDifference", {}),
    "choice": ("choices:Choice", {}),
    "json-valid": ("jsons:JsonValid", {}),
    "json-schema": ("jsons:JsonSchema", {}),
    "json-fields": ("jsons:JsonFields", {}),
    "json-difference": ("jsons:JsonDifference", {}),
    "list": ("lists:List", {}),
    "labels": ("labels:Labels", {}),
    "labels-f1": ("labels:LabelsF1", {}),
    "entities": ("entities:Entities", {}),
    "spans": ("entities:Entities", {"by": "place"}),
    "squad-em": ("squad:SquadEm", {}),
    "squad-f1": ("squad:SquadF1", {}),
    "rouge-1": ("rouges:Rouge", {"variant": "rouge1"}),
    "rouge-2": ("rouges:Rouge", {"variant": "rouge2"}),
    "rouge-l": ("rouges:Rouge", {"variant": "rougeL"}),
    "rouge-lsum": ("rouges:Rouge", {"variant": "rougeLsum"}),
    "bleu": ("translation:Bleu", {}),
    "chrf": ("translation:Chrf", {}),
    "ter": ("translation:Ter", {}),
    "levenshtein": ("distances:Levenshtein", {}),
    "similarity": ("embeddings:Similarity", {}),
    "ifeval": ("ifeval:Ifeval", {}),
    "math": ("maths:Math", {}),
    "length": ("measures:Length", {}),
    "latency": ("measures:Latency", {}),
    "cost": ("measures:Cost", {}),
    "perplexity": ("measures:Perplexity", {}),
    "expected-perplexity": ("measures:ExpectedPerplexity", {}),
    "refusal": ("safety:Refusal", {}),
    "personal-data": ("safety:PersonalData", {}),
    "pass@k": ("programs:PassAtK", {}),
    "judge": ("judge:Judge", {}),
    "promptfoo": ("promptfoo:Promptfoo", {}),
}
OTHER_NAMES = {"accuracy": "exact"}
NAMES = tuple(SCORERS)
_FUNCTION = re.compile(r"(.+\.py):([A-Za-z_]\w*)")
_ATTEMPTS = re.compile(r"pass@(\d{1,4})")
_YES = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_GIVEN = ("name", "prompt")  # fields that are no options
_LONGEST_FILE = 1_000_000


def known_name(name: str) -> str:
    """The name a scorer is kept under: as it is written, with its usual name first. Raises UsageFault."""
    if function_in(name) is not None:
        return name
    head, colon, rest = name.partition(":")
    if attempts := _ATTEMPTS.fullmatch(head):  # as people write it: pass@10
        return f"pass@k:k={attempts[1]}"
    found = OTHER_NAMES.get(head, head)
    if found not in SCORERS:
        near = get_close_matches(head, SCORERS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(SCORERS)}, and FILE.py:FUNCTION."
        raise UsageFault(f"There is no scorer {head[:80]}.", "", hint)
    return found + colon + rest


def function_in(name: str) -> tuple[Path, str] | None:
    """File and function, where the name is that of a function of the user's own."""
    found = _FUNCTION.fullmatch(name)
    return None if found is None else (Path(found[1]), found[2])


def find_scorer(name: str, prompt: Prompt | None = None) -> "Scorer":
    """The scorer of that name. `prompt` is what was asked: `json-schema` takes its output schema, others all of it.

    Raises UsageFault for a name or an option that there is not, MissingPiece where its package is not installed.
    """
    full = known_name(name)
    if (own := function_in(full)) is not None:
        from genai_tui.stages.evaluate.scorers.functions import function_scorer

        return function_scorer(full, *own)
    head, _, rest = full.partition(":")
    place, preset = SCORERS[head]
    module, _, attribute = place.partition(":")
    made = getattr(import_module(f"{_HERE}.{module}"), attribute)
    options: dict[str, Any] = {**preset, **_options(made, head, rest)}
    if prompt is not None:
        known = {field.name for field in fields(made)}
        if "schema" in known and prompt.output and not options.get("schema"):
            options["schema"] = json.dumps(prompt.output.get("schema", prompt.output))
        if "prompt" in known:
            options["prompt"] = prompt
    scorer: Scorer = made(full, **options)
    return scorer


def options_of(name: str) -> dict[str, str]:
    """The options of a scorer and what each is when it is not given, as text: for help."""
    place, preset = SCORERS[known_name(name).partition(":")[0]]
    module, _, attribute = place.partition(":")
    made = getattr(import_module(f"{_HERE}.{module}"), attribute)
    return {
        field.name.replace("_", "-"): _written(field.default)
        for field in fields(made)
        if field.name not in _GIVEN and field.name not in preset
    }


def _written(value: Any) -> str:
    """An option's value as it would be written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _options(made: Any, head: str, rest: str) -> dict[str, Any]:
    options = {field.name for field in fields(made)} - set(_GIVEN)
    hints = {name: kind for name, kind in get_type_hints(made).items() if name in options}
    found: dict[str, Any] = {}
    for key, equals, text in _parts(rest, [name.replace("_", "-") for name in hints]):
        name = key.replace("-", "_")
        if name not in hints:
            there = ", ".join(n.replace("_", "-") for n in hints) or "none"
            raise UsageFault(f"The scorer {head} has no option {key[:80]!r}.", f"It has: {there}.")
        value = _value(head, key, text if equals else "", hints[name])
        found[name] = (*found.get(name, ()), *value) if isinstance(value, tuple) else value
    return found


def _parts(rest: str, names: list[str]) -> Iterator[tuple[str, str, str]]:
    """Name, `=` and text of each option as it is written; a `,option` within quotes parts nothing."""
    known = "|".join(map(re.escape, names))
    whole = ""
    for piece in re.split(rf",(?=(?:{known})(?:=|,|$))", rest) if rest else ():
        whole = f"{whole},{piece}" if whole else piece
        if not re.search(r'^[^=]*="(?:[^"\\]|\\.)*$', whole):
            yield whole.partition("=")
            whole = ""
    if whole:
        yield whole.partition("=")


def _value(head: str, key: str, text: str, kind: Any) -> Any:
    """The text of an option as what its field is; a value in a tuple is one of several."""
    try:
        if kind is bool:
            return _YES[text.lower()]
        if text.startswith("@"):
            text = _file(text[1:])
        elif len(text) > 1 and text[0] == text[-1] == '"':
            text = json.loads(text)
        if kind in (int, float):
            return kind(text)
    except (KeyError, ValueError) as fault:
        wanted = {bool: "yes or no", int: "a whole number", float: "a number"}.get(kind, "a text")
        raise UsageFault(f"The option {key} of the scorer {head} is {wanted}, not {text[:80]!r}.") from fault
    choices = [choice for choice in get_args(kind) if isinstance(choice, str)]
    if choices and text not in choices:
        raise UsageFault(f"The option {key} of the scorer {head} is {', '.join(choices)}, not {text[:80]!r}.")
    return (text,) if getattr(kind, "__origin__", None) is tuple else text


def _file(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(_LONGEST_FILE)
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path} cannot be read: {fault}.") from fault
