"""promptfoo's templates, which are nunjucks: what they need that is not there is named before anything is asked.

The text stays as it is written but for names of the environment, which are filled in; `{# nunjucks #}` before it tells
the renderer whose it is.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from genai_tui.answering.nunjucks import BadTemplate, Missing, parsed
from genai_tui.answering.render import NUNJUCKS
from genai_tui.records.javascript import halved, made_whole

_LINES = re.compile("[\n\r\u2028\u2029]")
_RAW = re.compile(r"\{%\s*raw\s*%\}")
_ENDRAW = re.compile(r"\{%\s*endraw\s*%\}")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Template(NamedTuple):
    """A converted template: `problems` are what cannot be said, `unset` the names of the environment it lacks."""

    text: str
    problems: tuple[str, ...]
    unset: tuple[str, ...]


def convert(text: str, env: Mapping[str, str]) -> Template:
    """The template as ours, names of the environment filled in as texts."""
    if not is_template(text) and "#}" not in text:
        return Template(text, (), ())
    try:
        found = parsed(text)
    except Missing as fault:
        return Template(text, (fault.why,), ())
    except BadTemplate as fault:
        return Template(text, (f"a template that cannot be read, line {fault.line}: {fault.why}",), ())
    unset = [name for _, _, name, default in found.places if name not in env and not default]
    units = halved(text)
    for start, stop, name, _ in sorted(found.places, reverse=True):
        units = units[:start] + (_quoted(env[name]) if name in env else "undefined") + units[stop:]
    return Template(NUNJUCKS + made_whole(units), found.problems, tuple(dict.fromkeys(unset)))


def is_template(text: str) -> bool:
    """Whether anything in it could be filled in."""
    return "{{" in text or "{%" in text or "{#" in text


def is_left_open(text: str) -> bool:
    """Whether a tag begins that its line does not end: promptfoo then takes the whole prompt for text."""
    return any(map(_ends_open, _LINES.split(text))) and not (_RAW.search(text) and _ENDRAW.search(text))


def _ends_open(line: str) -> bool:
    """Whether its last `}` is followed by `{{`, or its last `%` or `#` begins a tag."""
    signs = (line.rfind("%"), line.rfind("#"))
    return "{{" in line[line.rfind("}") + 1 :] or any(place > 0 and line[place - 1] == "{" for place in signs)


def as_raw(text: str) -> str:
    """A template that is the text, as promptfoo makes one of a prompt that is left open."""
    return f"{{% raw %}}{text}{{% endraw %}}"


def _quoted(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(sign, sign) for sign in text)}"'
