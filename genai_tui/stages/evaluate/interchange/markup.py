"""Whether an answer is or holds HTML, by promptfoo's rules. Nothing is fetched."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from genai_tui.stages.evaluate.interchange.values import trimmed

LONGEST = 10_485_760
_ELEMENTS = frozenset(
    "html head title base link meta style body article section nav aside h1 h2 h3 h4 h5 h6 header footer address p hr "
    "pre blockquote ol ul li dl dt dd figure figcaption main div a em strong small s cite q dfn abbr ruby rt rp data "
    "time code var samp kbd sub sup i b u mark bdi bdo span br wbr img iframe embed object param picture source video "
    "audio track map area svg math script noscript canvas ins del table caption colgroup col tbody thead tfoot tr td "
    "th form label input button select datalist optgroup option textarea output progress meter fieldset legend details "
    "summary dialog menu slot template".split()
)
_WRAPPERS = frozenset(("html", "head", "body"))  # which a browser adds
_WRAPPER = re.compile(r"<(?:html|head|body)[\s>/]", re.IGNORECASE)
_COMMON = re.compile(
    r"<(?:html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta|br|hr)"
    r"(?![a-zA-Z0-9_])",
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
    _, opened, inner = before.rpartition("<!--")
    return bool(opened) and "--" not in inner and not inner.endswith("-")


def html_fault(text: str) -> str:
    """Why a text is no HTML document or fragment; empty where it is one."""
    text = trimmed(text)
    if not text:
        return "Output is empty"
    if len(text) > LONGEST:
        return "Output exceeds maximum size limit"
    if re.match(r"<\?xml", text, re.I):
        return "Output appears to be XML, not HTML"
    nodes = list(_nodes(text))
    given = set(_given(list(_nodes(text, placed=True)))) if _WRAPPER.search(text) else set()
    body = next((node for node in nodes if node.name == "body"), None)
    alone = body is not None and any(node.name == "#text" and trimmed(node.data) for node in body.children)
    if alone and "body" not in given:
        return "Output must be wrapped in HTML tags"
    known = _ELEMENTS - _WRAPPERS | given
    if any(node.name in known or ("-" in node.name and node.name[0] != "#") for node in nodes):
        return ""
    return "Output does not contain recognized HTML elements"


def _nodes(text: str, *, placed: bool = False) -> Iterator[Any]:
    """The elements and texts that a browser makes of a text, those that it adds by itself too, in their order.

    `placed`: with where they stand; broken comments are then read as text.
    """
    from justhtml import JustHTML

    waiting = [JustHTML(text, sanitize=False, track_node_locations=placed).root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(getattr(node, "children", None) or ())


def _given(nodes: Sequence[Any]) -> Iterator[str]:
    """Which of those elements that a browser adds stand in the text; one that comes after its content does nothing."""
    places = [node.origin_offset for node in nodes]
    for number, node in enumerate(nodes):
        if node.name in _WRAPPERS and places[number] is not None:
            after = next((place for place in places[number + 1 :] if place is not None), places[number])
            if places[number] <= after:
                yield node.name
