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
_TAKEN = r"(\\*)(#|- \*\*|```|<!--|–$)"  # what begins a line that would be read as something else
_ESCAPED, _WRITTEN = re.compile(f"^{_TAKEN}", re.MULTILINE), re.compile(rf"^\\{_TAKEN}")


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
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), "## "], 1):
        if section and line.startswith("```"):
            fenced = not fenced
        elif fenced:
            lines.append(line)
        elif line.startswith("## "):
            if section:
                found[section] = "\n".join(lines).strip()
            section, lines = _section_of(line[3:].strip(), number), []
        elif item := _ITEM.fullmatch(line.rstrip()):
            field = _NAMES.get(item[1])
            if field is None:
                raise _unknown(item[1], number)
            found[field.key] = "" if item[2].strip() == NONE else item[2].strip()
        elif line.strip() != NONE and not line.startswith(("# ", "<!--")):
            lines.append(_WRITTEN.sub(r"\1\2", line))
    if not found:
        raise FileFault(
            "There is no scope in that text.", "It has none of its headings.", "See: genai-tui scope export"
        )
    return found


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
