"""Decoding parameters as they are typed: what the known ones may be, and how any other is read."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from genai_tui.errors import UsageFault


class Parameter(NamedTuple):
    """One parameter: its name in a request, what it does, and what it may be."""

    name: str
    does: str
    may_be: str = ""
    fits: Callable[[Any], bool] = lambda value: True


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, float) and low <= value <= high


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= low


def _texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


LARGEST = 2**63
PARAMETERS = (
    Parameter("temperature", "chance: 0 always takes the likeliest token", "a number from 0 to 2", _number(0, 2)),
    Parameter("top_p", "only the likeliest tokens of this probability", "a number from 0 to 1", _number(0, 1)),
    Parameter("max_tokens", "the most tokens; a longer answer is cut off", "a whole number from 1", _whole(1)),
    Parameter("seed", "repeats an answer, where the endpoint can", "a whole number", _whole(-LARGEST)),
    Parameter("stop", 'texts at which an answer ends, as ["\\n"]', 'a text, or texts as ["a", "b"]', _texts),
)
_MORE = (
    Parameter("max_completion_tokens", "", "a whole number from 1", _whole(1)),
    Parameter("frequency_penalty", "", "a number from -2 to 2", _number(-2, 2)),
    Parameter("presence_penalty", "", "a number from -2 to 2", _number(-2, 2)),
    Parameter("min_p", "", "a number from 0 to 1", _number(0, 1)),
    Parameter("top_k", "", "a whole number", _whole(-1)),
    Parameter("repetition_penalty", "", "a number from 0", _number(0, LARGEST)),
    Parameter("logprobs", "", "true or false", lambda value: isinstance(value, bool)),
    Parameter("top_logprobs", "", "a whole number from 0", _whole(0)),
)
_KNOWN = {parameter.name: parameter for parameter in (*PARAMETERS, *_MORE)}
OUR_OWN = ("model", "messages", "stream", "n", "response_format")  # what the sheet says in another place


def parameter_of(name: str, typed: str) -> Any:
    """The value that was typed for a parameter: JSON where it is some, else a text.

    Raises UsageFault where it is not what a known one may be, where it begins like JSON and is none, and for names
    that the sheet says in another place.
    """
    if name in OUR_OWN:
        raise UsageFault(f"{name} cannot be set here: the playground says it in another place.")
    if not name or not all(letter.isalnum() or letter in "_-." for letter in name):
        raise UsageFault(f"{name or 'Nothing'} is no name of a parameter.", "", "Type name=value, as top_k=40.")
    value = _value_of(name, typed)
    if doubt := parameter_doubt(name, value):
        raise UsageFault(doubt)
    return value


def parameter_doubt(name: str, value: Any) -> str:
    """What is wrong with a known parameter's value, in a sentence; empty where nothing is. null stands for unset."""
    known = _KNOWN.get(name)
    if known is None or value is None or known.fits(value):
        return ""
    return f"{name} cannot be {written(value)[:60]}: it is {known.may_be}."


def _value_of(name: str, typed: str) -> Any:
    from genai_tui.datasets.jsons import plain_json

    try:
        return plain_json(typed)
    except ValueError as fault:
        if typed[:1] in ("{", "[", '"'):
            raise UsageFault(f"{name} begins like JSON and is none.", "", "Close its brackets and quotes.") from fault
        return typed


def written(value: Any) -> str:
    """A value as it is typed."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
