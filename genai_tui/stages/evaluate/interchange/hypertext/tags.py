"""The tags and texts of HTML, as a browser parts them (WHATWG HTML, 13.2.5), comments and the like left out."""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

RAW = frozenset("iframe noembed noframes noscript script style textarea title xmp".split())  # what holds text only
_SPACE = "\t\n\x0c\r "
_NAME = re.compile(rf"</?([a-zA-Z][^{_SPACE}/>]*)")
_ATTRIBUTE = re.compile(
    rf"[{_SPACE}/]*+[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+=[{_SPACE}]*+(\"|'|[^{_SPACE}>\"'][^{_SPACE}>]*+)?)?"
)
_END = re.compile(rf"[{_SPACE}/]*+>")
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)


class Token(NamedTuple):
    """A text (then `name` is empty), or a tag: `ends` is `</…>`, `closed` is `<…/>`."""

    text: str
    name: str = ""
    ends: bool = False
    closed: bool = False


class Tags:
    """What a text is parted into; its reader sets `raw` to what holds only text and `foreign` within SVG and MathML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.raw = ""
        self.foreign = False

    def __iter__(self) -> Iterator[Token]:
        place, text = 0, self.text
        while place < len(text):
            start = place
            if self.raw:
                found = re.compile(rf"</{re.escape(self.raw)}(?=[{_SPACE}/>])", re.IGNORECASE).search(text, place)
                place = found.start() if found and self.raw != "plaintext" else len(text)
                self.raw = ""
                continue
            if text[place] != "<":
                place = text.find("<", place)
                place = place if place >= 0 else len(text)
                yield Token(unescape(text[start:place].replace("\0", "")))
            elif (name := _NAME.match(text, place)) is not None:
                end, closed = self._attributes(name.end())
                if end < 0:
                    return
                place = end
                yield Token("", name[1].lower(), text.startswith("</", start), closed)
            elif text.startswith("<!--", place):
                comment = _COMMENT.match(text, place)
                place = comment.end() if comment else len(text)
            elif self.foreign and text.startswith("<![CDATA[", place):
                end = text.find("]]>", place)
                place = end + 3 if end >= 0 else len(text)
                yield Token(text[start + 9 : max(start + 9, place - 3)])
            elif text.startswith(("<!", "<?", "</"), place) and len(text) > place + 2:
                doctype = text[place : place + 9].lower() == "<!doctype"
                end = text.find(">", place)
                place = end + 1 if end >= 0 else len(text)
                if doctype:
                    yield Token("", "!doctype")
            else:
                place += 1
                yield Token("<")

    def _attributes(self, place: int) -> tuple[int, bool]:
        """Where a tag has ended, or -1; and whether a slash stands there."""
        while True:
            if found := _END.match(self.text, place):
                return found.end(), self.text[found.end() - 2] == "/"
            attribute = _ATTRIBUTE.match(self.text, place)
            if attribute is None:
                return -1, False
            place = attribute.end()
            if attribute[1] in ('"', "'"):
                place = self.text.find(attribute[1], place) + 1
                if not place:
                    return -1, False
