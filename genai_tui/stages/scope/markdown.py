"""A scope as Markdown, to be reviewed in git, and back: what `export` writes, `read` reads as the same."""

import re
from collections.abc import Iterator

from genai_tui.errors import FileFault
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.fields import FIELDS, Field, typed

TITLE = "# Scope"
ABOUT = "<!-- Written by `genai-tui scope export`, read back by `genai-tui scope import FILE`. -->"
NONE = "–"
LIST = "In short"
SECTIONS = ("problem", "examples", "data_rules", "harms", "today")  # fields with a heading of their own
_ITEM = re.compile(r"- \*\*(.+?)\*\*: ?(.*)")
_NAMES = {field.name: field for field in FIELDS}
_ESCAPED = re.compile(r"^(\\*)(#|- \*\*|```|<!--|–$)", re.MULTILINE)


def export(scope: Scope) -> str:
    """The scope as Markdown, without version and date: what is the same gives the same text."""
    return "\n".join(_lines(scope)) + "\n"


def _lines(scope: Scope) -> Iterator[str]:
    yield from (TITLE, "", ABOUT)
    for field in FIELDS[:1]:
        yield from _section(scope, field)
    yield from ("", f"## {LIST}", "")
    for field in FIELDS:
        if field.key not in SECTIONS:
            yield f"- **{field.name}**: {' '.join(typed(scope, field.key).split()) or NONE}"
    for field in FIELDS[1:]:
        if field.key in SECTIONS:
            yield from _section(scope, field)


def _section(scope: Scope, field: Field) -> Iterator[str]:
    text = typed(scope, field.key)
    yield from ("", f"## {field.name.capitalize()}", "")
    if field.key == "examples" and text:
        yield from ("```text", text, "```")
    else:
        yield _ESCAPED.sub(r"\\\1\2", text) or NONE


def read(text: str) -> dict[str, str]:
    """The values in such a text as they are typed, by key; what is not in it has no key.

    Raises FileFault for a heading or an item that is no field.
    """
    found: dict[str, str] = {}
    section, lines, fenced = "", list[str](), False
    for number, line in enumerate([*text.splitlines(), "## "], 1):
        if fenced or (line.startswith("```") and section):
            fenced = not fenced if line.startswith("```") else fenced
            lines += [] if line.startswith("```") else [line]
        elif line.startswith("## "):
            if section:
                found[section] = _value("\n".join(lines))
            section, lines = _section_of(line[3:].strip(), number), []
        elif item := _ITEM.fullmatch(line.rstrip()):
            field = _NAMES.get(item[1])
            if field is None:
                raise _unknown(item[1], number)
            found[field.key] = _value(item[2])
        elif not line.startswith(("# ", "<!--")):
            lines.append(re.sub(r"^\\(\\*)(#|- \*\*|```|<!--|–$)", r"\1\2", line))
    if not found:
        raise FileFault(
            "There is no scope in that text.", "It has none of its headings.", "See: genai-tui scope export"
        )
    return found


def _value(text: str) -> str:
    return "" if text.strip() == NONE else text.strip()


def _section_of(title: str, number: int) -> str:
    if title in ("", LIST):
        return ""
    field = _NAMES.get(title[:1].lower() + title[1:])
    if field is None:
        raise _unknown(title, number)
    return field.key


def _unknown(title: str, number: int) -> FileFault:
    return FileFault(
        f"Line {number} names no field of the scope: {title[:60]!r}.", "", f"Fields are {', '.join(_NAMES)}."
    )
