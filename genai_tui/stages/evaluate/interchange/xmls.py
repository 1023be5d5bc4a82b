"""Whether an answer is or holds XML, by promptfoo's rules: strict for a whole document, lenient for a part.

The lenient reader is fast-xml-parser's: any closing tag closes what is open. Nothing is expanded or fetched.
Sources: https://www.w3.org/TR/xml/, https://github.com/NaturalIntelligence/fast-xml-parser
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

from genai_tui.records.javascript import WHITE

MOST_READ = 1_000_000  # characters of an answer's parts, which may lie within each other, that are read
A_PART = 1_000  # characters that beginning with one more part counts as
DEEPEST = 101  # elements within each other, for fast-xml-parser
_START = (
    ":A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_REST = r'[^<>"\']*+(?:"[^"]*+"[^<>"\']*+|\'[^\']*+\'[^<>"\']*+)*+>'
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>[{_START}][{_START}\-.0-9\xb7\u0300-\u036f\u203f\u2040]*){_REST}")
_WITHIN = re.compile(r'[^"\'>]*+(?:"[^"]*+"[^"\'>]*+|\'[^\']*+\'[^"\'>]*+)*+>')
_INSTRUCTION = re.compile(r'(?:[^"\'?]|\?(?!>)|"[^"]*+"|\'[^\']*+\')*+\?>')
_GAP = re.compile(f"[{WHITE}]")
_ATTRIBUTE = re.compile(rf"([^{WHITE}=]+)[{WHITE}]*(?:=[{WHITE}]*(?:\"[^\"]*\"|'[^']*'))?")
_RESERVED = ("__proto__", "constructor", "prototype")
_LONGEST_TAG = 20_000

Tree = dict[str, Any]


class Part(NamedTuple):
    """Where an element of an answer stands, and where the one around it begins."""

    start: int
    end: int
    parent: int | None


def xml_fault(text: str, wanted: list[str]) -> str:
    """Why a text is no XML document with the wanted elements (dotted paths); empty where it is one."""
    try:
        _check(text)
        missing = _missing(_tree(text), wanted)
    except (expat.ExpatError, ValueError) as fault:
        return f"XML parsing failed: {fault}"
    return f"XML is missing required elements: {', '.join(missing)}" if missing else ""


def holds_xml(text: str, wanted: list[str]) -> str:
    """Why no XML with the wanted elements is in a text; empty where some is."""
    parts = _ordered(list(_parts(text)))
    left, whole = MOST_READ, list[Part]()
    for part in parts:
        if any(each.start <= part.start and part.end <= each.end for each in whole):
            continue
        left -= A_PART + part.end - part.start
        if left < 0:
            break
        try:
            if not _missing(_tree(text[part.start : part.end]), wanted):
                return ""
            whole.append(part)
        except ValueError:
            continue
    return "No valid XML content found matching the requirements" if parts else "No XML content found in the output"


def _check(text: str) -> None:
    """Raises ExpatError or ValueError where a text is no XML document, or brings declarations of its own."""
    parser = expat.ParserCreate(namespace_separator=" ")  # a prefix must be bound

    def doctype(_: str, __: str | None, ___: str | None, internal: int) -> None:
        if internal:
            raise ValueError("DTD internal subsets are not supported by is-xml validation")

    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)


def _parts(text: str) -> Iterator[Part]:
    """The elements of a text that are closed as they should be."""
    opened: list[tuple[str, int]] = []
    place = -1
    while (place := text.find("<", place + 1)) >= 0:
        if text.startswith(("<!", "<?"), place):
            place = _after(text, place) - 1
            continue
        tag = _TAG.match(text, place, place + _LONGEST_TAG)
        if tag is None:
            continue
        if tag["end"]:
            if opened and opened[-1][0] == tag["name"]:
                start = opened.pop()[1]
                yield Part(start, tag.end(), opened[-1][1] if opened else None)
            else:
                opened.clear()
        elif tag[0][:-1].rstrip(WHITE).endswith("/"):
            yield Part(place, tag.end(), opened[-1][1] if opened else None)
        else:
            opened.append((tag["name"], place))
        place = tag.end() - 1


def _after(text: str, place: int) -> int:
    """Where a comment, an instruction or a declaration has ended; one that does not end takes the rest."""
    for start, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
        if text.startswith(start, place):
            found = text.find(end, place + len(start))
            return found + len(end) if found >= 0 else len(text)
    depth, quote = 0, ""
    for here in range(place + 2, len(text)):
        sign = text[here]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "[":
            depth += 1
        elif sign == "]" and depth:
            depth -= 1
        elif sign == ">" and not depth:
            return here + 1
    return len(text)


def _ordered(parts: list[Part]) -> list[Part]:
    """What is tried, in promptfoo's order: neighbours together, then each that is in no other."""
    starts = {part.start for part in parts}
    beside: dict[int | None, list[Part]] = {}
    for part in parts:
        beside.setdefault(part.parent, []).append(part)
    found = dict.fromkeys(
        Part(min(group).start, max(group, key=lambda part: part[:2]).end, parent)
        for parent, group in beside.items()
        if len(group) > 1 and parent not in starts
    )
    outer = (part for part in parts if part.parent not in starts)
    return [*found, *sorted(outer, key=lambda part: (part.start, -part.end))]


def _tree(text: str) -> Tree:
    """Elements as objects by name, several of one name as a list, attributes as `@_name`. Raises ValueError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    root: Tree = {}
    node, above = root, list[Tree]()
    place, declared = -1, False
    while (place := text.find("<", place + 1)) >= 0:
        if text.startswith("</", place):
            place = _found(text, ">", place)
            node = above.pop() if above else root
        elif text.startswith("<!--", place):
            place = _found(text, "-->", place + 4)
        elif text.startswith("<![", place):
            place = _found(text, "]]>", place)
        elif text.startswith("<!D", place):
            if declared or not text.startswith("<!DOCTYPE", place):
                raise ValueError("Invalid DOCTYPE")
            declared, place = True, _after(text, place) - 1
        elif text.startswith("<?", place):
            place, name, rest = _expression(text, place, _INSTRUCTION, 2)
            _put(node, name, _attributes(rest))
        else:
            place, name, rest = _expression(text, place, _WITHIN, 1)
            _allowed(name)
            closed = (name if rest is None else rest).endswith("/")
            if closed:
                name, rest = (name[:-1], None) if name.endswith("/") else (name, (rest or "")[:-1])
            element = _attributes(rest)
            _put(node, _allowed(name), element)
            if not closed:
                if len(above) >= DEEPEST:
                    raise ValueError("Maximum nested tags exceeded")
                above.append(node)
                node = element
    return root


def _found(text: str, end: str, place: int) -> int:
    """The last sign of what ends something. Raises ValueError where it does not end."""
    found = text.find(end, place)
    if found < 0:
        raise ValueError(f"{end} is missing")
    return found + len(end) - 1


def _expression(text: str, place: int, pattern: re.Pattern[str], ending: int) -> tuple[int, str, str | None]:
    """The last sign of a tag, its name, and what stands behind the name; None where nothing does."""
    found = pattern.match(text, place + 1)
    if found is None:
        raise ValueError("A tag is not closed")
    inner = found[0][:-ending]
    gap = _GAP.search(inner)
    if gap is None:
        return found.end() - 1, inner, None
    return found.end() - 1, inner[: gap.start()], inner[gap.end() :].lstrip(WHITE)


def _attributes(rest: str | None) -> Tree:
    return {f"@_{found[1]}": "" for found in _ATTRIBUTE.finditer(rest or "")}


def _allowed(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f'[SECURITY] Invalid name: "{name}"')
    return name


def _put(above: Tree, name: str, element: Tree) -> None:
    if name in above:
        above[name] = [*above[name], element] if isinstance(above[name], list) else [above[name], element]
    else:
        above[name] = element


def _missing(tree: Tree, wanted: list[str]) -> list[str]:
    return [path for path in wanted if not _there(tree, path)]


def _there(tree: Any, path: str) -> bool:
    for key in path.split("."):
        if isinstance(tree, list):
            if not re.fullmatch("0|[1-9][0-9]*", key) or int(key) >= len(tree):
                return False
            tree = tree[int(key)]
        elif isinstance(tree, dict) and key in tree:
            tree = tree[key]
        else:
            return False
    return True
