"""promptfoo's templates, which are nunjucks, as templates of ours: what cannot be said is named.

The text stays as it is written but for a handful of words between braces; `{# nunjucks #}` before it tells the
renderer how nunjucks fills in.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from genai_tui.answering.render import NUNJUCKS

_TEXT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_PIECES = re.compile(
    r"(?P<raw>\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\})|(?P<comment>\{#.*?#\})|"
    rf"(?P<tag>\{{\{{(?:{_TEXT}|(?!\}}\}}).)*\}}\}}|\{{%(?:{_TEXT}|(?!%\}}).)*%\}})",
    re.DOTALL,
)
_QUOTED = re.compile(f"({_TEXT})", re.DOTALL)
_ENV = re.compile(r"""\benv(?:\.(\w+)|\[\s*(["'])(\w+)\2\s*\])""")
FILTERS = frozenset(
    "abs batch capitalize d default dictsort dump e escape first float indent int join last length list lower "
    "pairs reject rejectattr replace reverse round safe select selectattr slice sort string sum title trim upper "
    "urlencode".split()
)
_TAGS = frozenset("if elif elseif else endif for endfor set endset raw endraw filter endfilter".split())
_WORDS = frozenset("if elif and or not in is else set for return".split())


class Template(NamedTuple):
    """A converted template: `problems` are what cannot be said, `unset` the names of the environment it lacks."""

    text: str
    problems: tuple[str, ...]
    unset: tuple[str, ...]


def convert(text: str, env: Mapping[str, str]) -> Template:
    """The template as ours, names of the environment filled in as texts."""
    problems: list[str] = []
    unset: list[str] = []

    def piece(found: re.Match[str]) -> str:
        tag = found["tag"]
        return found[0] if tag is None else _tag(tag, env, problems, unset)

    converted = _PIECES.sub(piece, text)
    if not is_template(converted):
        return Template(converted, tuple(problems), tuple(unset))
    converted = NUNJUCKS + converted
    if not problems and (fault := _fault(converted)):
        problems.append(fault)
    return Template(converted, tuple(dict.fromkeys(problems)), tuple(dict.fromkeys(unset)))


def is_template(text: str) -> bool:
    """Whether anything in it could be filled in."""
    return "{{" in text or "{%" in text or "{#" in text


def _tag(tag: str, env: Mapping[str, str], problems: list[str], unset: list[str]) -> str:
    def named(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        if name not in env:
            unset.append(name)
        return json.dumps(env.get(name, ""), ensure_ascii=False)

    tag = _ENV.sub(named, tag)
    parts = _QUOTED.split(tag)
    bare = "".join(part if place % 2 == 0 else '""' for place, part in enumerate(parts))
    problems += _problems(bare)
    return "".join(_code(part) if place % 2 == 0 else part for place, part in enumerate(parts))


def _code(part: str) -> str:
    """What stands between quoted texts, in our words."""
    part = part.replace("!==", "!=").replace("===", "==")
    part = re.sub(r"^(\{%-?\s*)elseif\b", r"\1elif", part)
    part = re.sub(r"([\w.\[\]]+)\.length\b(?!\s*\()", r"(\1|length)", part)
    return re.sub(r"^(\{%-?\s*for\s+\w+\s*,\s*\w+\s+in\s+.+?)(\s*-?%\})$", r"\1 | pairs\2", part, flags=re.DOTALL)


def _problems(tag: str) -> list[str]:
    found = []
    statement = re.match(r"\{%-?\s*(\w+)", tag)
    if statement and statement[1] not in _TAGS:
        found.append(f"the tag {statement[1]}")
    if re.search(r"(?<![\w)\]])r/", tag):
        found.append("a regular expression")
    found += [f"the filter {name}" for name in re.findall(r"\|\s*(\w+)", tag) if name not in FILTERS]
    found += [f"the method {name}" for name in re.findall(r"\.\s*(\w+)\s*\(", tag)]
    calls = re.findall(r"(?<![\w.|])(?<!\|\s)(?<!filter\s)([A-Za-z_]\w*)\s*\(", tag)
    found += [f"the function {name}" for name in calls if name != "range" and name not in _WORDS]
    if re.search(r"\b_conversation\b", tag):
        found.append("_conversation")
    return found


def _fault(text: str) -> str:
    import minijinja

    try:
        minijinja.Environment().undeclared_variables_in_str(text)
    except minijinja.TemplateError as fault:
        return f"a template that cannot be read, line {fault.line}: {fault.detail or fault.message}"
    return ""
