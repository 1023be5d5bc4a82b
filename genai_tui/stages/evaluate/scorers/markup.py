"""Whether a text is or holds XML or HTML, as promptfoo decides it. A document with a DOCTYPE is refused as XML."""

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from genai_tui.stages.evaluate.scorers.patterns import search

LONGEST = 1_000_000
_XML = r"<\?xml.*?>[\s\S]*</[^>]+>|\S*<[^>]+>[\s\S]*</[^>]+>"
_OPENING = r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s+[^>]*)?>"
_CLOSING = r"</[a-zA-Z][a-zA-Z0-9-]*\s*>"
_SIGNS = (  # what speaks for HTML, and how much; two are enough
    (r"<[a-zA-Z][a-zA-Z0-9-]*(?:\s+[^>]*)?/>", 1),
    (r"&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);", 1),
    (r"(?i)<!DOCTYPE\s+html", 2),
    (r"<!--[\s\S]*?-->", 1),
    (r"\s+[a-zA-Z-]+\s*=\s*[\"'][^\"']*[\"']", 1),
    (
        r"(?i)<(html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta"
        r"|br|hr)\b",
        2,
    ),
)
_ELEMENTS = frozenset(
    """a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite code col
    colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map mark menu meta meter
    nav noscript object ol optgroup option output p picture pre progress q rp rt ruby s samp script search section
    select slot small source span strong style sub summary sup table tbody td template textarea tfoot th thead time
    title tr track u ul var video wbr""".split()
)


def is_xml(text: str, elements: Sequence[str] = ()) -> bool:
    """Whether the text is one XML document that has the elements, each a path like `a.b`."""
    bare = text.strip()
    if not bare.startswith("<") or len(bare) > LONGEST or re.search(r"<!(?:DOCTYPE|ENTITY)", bare, re.IGNORECASE):
        return False
    try:
        root = ElementTree.fromstring(bare)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return False
    return all(_has(root, element.split(".")) for element in elements)


def _has(root: ElementTree.Element, path: Sequence[str]) -> bool:
    if _name(root) != path[0]:
        return False
    return len(path) == 1 or any(_has(child, path[1:]) for child in root)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def contains_xml(text: str, elements: Sequence[str] = ()) -> bool:
    """Whether such a document stands somewhere in the text."""
    found = _found(_XML, text)
    return found is not None and is_xml(found[0][found[0].index("<") :], elements)


def contains_html(text: str) -> bool:
    """Whether enough speaks for HTML in the text."""
    opening, closing = _found(_OPENING, text), _found(_CLOSING, text)
    score = 2 if opening and closing else 1 if opening or closing else 0
    return score + sum(worth for sign, worth in _SIGNS if _found(sign, text)) >= 2


def _found(pattern: str, text: str) -> Any:
    """The first match; none where the search takes too long."""
    try:
        return search(pattern, text[:LONGEST])
    except TimeoutError:
        return None


def is_html(text: str) -> bool:
    """Whether the text is HTML and nothing else: no bare text outside of elements, at least one that HTML knows."""
    bare = text.strip()
    names = [name.lower() for name in re.findall(r"<([a-zA-Z][a-zA-Z0-9-]*)", bare[:LONGEST])]
    known = any(name in _ELEMENTS or "-" in name for name in names)
    return bare.startswith("<") and bare.endswith(">") and known and not bare.startswith("<?xml")
