"""Whether an answer is or holds HTML, by promptfoo's rules. Nothing is fetched."""

import re
from html.parser import HTMLParser
from typing import Any

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
