"""Whether an answer is or holds HTML, by promptfoo's rules. Nothing is fetched."""

import re

from genai_tui.stages.evaluate.interchange.hypertext.outline import Outline
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
    outline = Outline(text)
    if outline.outside and not outline.body:
        return "Output must be wrapped in HTML tags"
    known = any(name in _ELEMENTS or "-" in name for name in outline.names)
    return "" if known else "Output does not contain recognized HTML elements"
