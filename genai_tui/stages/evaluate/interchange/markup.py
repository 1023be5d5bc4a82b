"""Whether an answer is or holds HTML or XML, by promptfoo's rules. Nothing is expanded or fetched."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.parsers import expat

LONGEST = 10_485_760
_ELEMENTS = frozenset(
    "html head title base link meta style body article section nav aside h1 h2 h3 h4 h5 h6 header footer address p hr "
    "pre blockquote ol ul li dl dt dd figure figcaption main div a em strong small s cite q dfn abbr ruby rt rp data "
    "time code var samp kbd sub sup i b u mark bdi bdo span br wbr img iframe embed object param picture source video "
    "audio track map area svg math script noscript canvas ins del table caption colgroup col tbody thead tfoot tr td "
    "th form label input button select datalist optgroup option textarea output progress meter fieldset legend details "
    "summary dialog menu slot template".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_COMMON = re.compile(
    r"<(?:html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta|br|hr)"
    r"\b",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+html", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s[a-zA-Z-]+=\s*[\"'][^\"']*[\"']")
_CLOSING = re.compile(r"</[a-zA-Z][a-zA-Z0-9-]*\s*>")
_OPENING = re.compile(r"<[a-zA-Z][a-zA-Z0-9-]*[>\s]")
_EMPTY = re.compile(r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s|/$)")


def holds_html(text: str) -> bool:
    """Whether enough signs of HTML are in a text: two points, a known tag being worth two."""
    if len(text) > LONGEST:
        return False
    tags = text[: text.rfind(">") + 1]
    points = 2 * bool(_COMMON.search(text)) + 2 * bool(_DOCTYPE.search(text))
    points += bool(_OPENING.search(tags)) + bool(_CLOSING.search(tags)) + bool(_ENTITY.search(text))
    points += bool(_ATTRIBUTE.search(text)) + any(_is_comment(each) for each in text.split("-->")[:-1])
    return points + any(each.endswith("/") and _EMPTY.search(each) is not None for each in tags.split(">")) >= 2


def _is_comment(before: str) -> bool:
    """Whether what stands before a `-->` is a comment: nothing in it looks like its end."""
    place = before.rfind("<!--")
    return place >= 0 and "--" not in before[place + 4 :] and not before.endswith("-")


def html_fault(text: str) -> str:
    """Why a text is no HTML document or fragment; empty where it is one."""
    text = text.strip()
    if not text:
        return "Output is empty"
    if len(text) > LONGEST:
        return "Output exceeds maximum size limit"
    if re.match(r"<\?xml", text, re.I):
        return "Output appears to be XML, not HTML"
    outline = _Outline()
    whole = text.rfind(">") + 1  # a tag that is never closed is nothing
    outline.feed(text[:whole])
    outline.close()
    outline.handle_data(text[whole:].partition("<")[0])
    if outline.text_outside:
        return "Output must be wrapped in HTML tags"
    return "" if outline.known else "Output does not contain recognized HTML elements"


class _Outline(HTMLParser):
    """Which elements a document has, and whether text stands outside all of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.known = False
        self.text_outside = False
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.known = self.known or tag in _ELEMENTS or "-" in tag
        if tag == "p" and "p" in self._open:
            self.handle_endtag("p")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.handle_starttag(tag, attrs)  # the slash means nothing in HTML, but within svg and math
        if tag not in _VOID and self._open and any(each in ("svg", "math") for each in self._open[:-1]):
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not [tag for tag in self._open if tag not in ("html", "head")]:
            self.text_outside = True


Tree = dict[str, Any]


def xml_fault(text: str, wanted: list[str]) -> str:
    """Why a text is no XML document with the wanted elements (dotted paths); empty where it is one."""
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(text, True)  # a prefix must be bound
        tree = _tree(text)
    except (expat.ExpatError, ValueError) as fault:
        return f"XML parsing failed: {fault}"
    missing = [path for path in wanted if not _there(tree, path)]
    return f"XML is missing required elements: {', '.join(missing)}" if missing else ""


def holds_xml(text: str, wanted: list[str]) -> bool:
    """Whether a part of a text is XML with the wanted elements: elements that are closed, alone or side by side."""
    tree = _closed(text)
    return bool(tree) and (
        all(_there(tree, path) for path in wanted)
        or any(
            all(_there({name: each}, path) for path in wanted)
            for name, found in tree.items()
            for each in (found if isinstance(found, list) else [found])
        )
    )


_TAG = re.compile(r"<(?P<end>/?)(?P<name>[\w:][\w:.-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>")
_DECLARATION = re.compile(r"<!\w[^\[>]*(?:\[[^\]]*\])?[^>]*>")
_LONGEST_TAG = 4_000
_SKIPPED = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))


def _tags(text: str) -> Iterator[re.Match[str]]:
    """The tags of a text, without those in comments and the like."""
    place = 0
    while (place := text.find("<", place)) >= 0:
        ending = next((end for start, end in _SKIPPED if text.startswith(start, place)), None)
        if ending is not None:
            stop = text.find(ending, place)
            if stop < 0:
                return
            place = stop + len(ending)
            continue
        pattern = _DECLARATION if text.startswith("<!", place) else _TAG
        tag = pattern.match(text, place, place + _LONGEST_TAG)
        if tag is not None and pattern is _TAG:
            yield tag
        place = place + 1 if tag is None else tag.end()


def _closed(text: str) -> Tree:
    """The outermost elements of a text that are closed as they should be, as a tree."""
    root: Tree = {}
    opened: list[tuple[str, Tree]] = []
    for tag in _tags(text):
        name = tag["name"]
        element = {f"@_{key}": "" for key in re.findall(r"([\w:.-]+)\s*=", tag["rest"])}
        if tag["end"]:
            if not opened or opened[-1][0] != name:
                opened.clear()
                continue
            _put(opened[-2][1] if len(opened) > 1 else root, *opened.pop())
        elif tag["rest"].rstrip().endswith("/"):
            _put(opened[-1][1] if opened else root, name, element)
        else:
            opened.append((name, element))
    return root or next((inner for _, inner in opened if any(not key.startswith("@_") for key in inner)), {})


def _put(above: Tree, name: str, element: Tree) -> None:
    if name in above:
        above[name] = [*above[name], element] if isinstance(above[name], list) else [above[name], element]
    else:
        above[name] = element


def _tree(text: str) -> Tree:
    """Elements as objects by name, several of one name as a list; attributes as `@_name`. Refuses DTDs with content."""
    parser = expat.ParserCreate(namespace_separator=None)
    root: Tree = {}
    stack: list[Tree] = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        element: Tree = {f"@_{key}": value for key, value in attributes.items()}
        _put(stack[-1], name, element)
        stack.append(element)

    def doctype(_: str, __: str | None, ___: str | None, internal: int) -> None:
        if internal:
            raise ValueError("DTD internal subsets are not supported by is-xml validation")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    return root


def _there(tree: Any, path: str) -> bool:
    for key in path.split("."):
        if isinstance(tree, list):
            if not key.isdigit() or int(key) >= len(tree):
                return False
            tree = tree[int(key)]
        elif isinstance(tree, dict) and key in tree:
            tree = tree[key]
        else:
            return False
    return True
