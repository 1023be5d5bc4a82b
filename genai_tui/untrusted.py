"""Makes foreign text harmless: the one function that model output, files, names and errors pass before they are seen.

What a terminal could obey is taken out or made visible: escape sequences and C1 controls, other control
characters, bidi overrides and isolates, invisible format characters, lone surrogates. What is text stays text, in its
logical order. Applied twice it changes nothing more. (What Textual itself lets through was measured: an
OSC title, SGR and a bidi override pass `Static(markup=False)`.)
"""

import re

_SEQUENCES = re.compile(
    "(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"  # OSC, closed or up to the end of the line
    "|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\\\|\x9c)?"  # DCS, SOS, PM, APC
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    "|\x1b[ -/]*[0-~]?"  # other escapes
)
# C0 but tab and newline, DEL, C1; bidi marks, embeddings, overrides, isolates; invisible format characters;
# line and paragraph separators are handled apart; lone surrogates; tags; noncharacters at the end of the BMP.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\x85]")
_OBEYED = re.compile(  # in JSON, whose own escapes take care of C0
    "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNFINISHED = re.compile(  # a sequence that what comes next may still belong to
    "(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\n]*|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*|\x1b[ -/]*"
)
LONGEST_LINE = 20_000


def harmless(text: object) -> str:
    """`text` without anything a terminal would obey; line ends become newline, tabs stay.

    A control character that stood alone becomes `�`, so that its place is seen.
    """
    value = text if isinstance(text, str) else str(text)
    if value.isascii() and value.isprintable():
        return value
    value = _LINE_ENDS.sub("\n", value)
    value = _SEQUENCES.sub("", value)
    return _HARMFUL.sub("\ufffd", value)


class HarmlessStream:
    """Makes text harmless that comes in pieces: the same as `harmless` of the whole, wherever it was cut."""

    def __init__(self) -> None:
        self._held = ""  # the beginning of a sequence or line end that is still open

    def feed(self, piece: str) -> str:
        """What is known by now of `piece` and what was held before."""
        value = self._held + piece
        if not value or (value.isascii() and value.isprintable()):
            self._held = ""
            return value
        ended = "" if value[-1] != "\r" else "\r"
        value = _LINE_ENDS.sub("\n", value[: len(value) - len(ended)])
        self._held = ended
        if not ended:
            last = None
            for match in _SEQUENCES.finditer(value):
                last = match
            if last is not None and last.end() == len(value) and _UNFINISHED.fullmatch(last[0]):
                opened = last[0]
                self._held = opened if len(opened) < 4 else opened[:2] + opened[-1]  # what lies between says nothing
                value = value[: last.start()]
        return _HARMFUL.sub("\ufffd", _SEQUENCES.sub("", value))

    def end(self) -> str:
        """The rest, once nothing more comes."""
        held, self._held = self._held, ""
        return harmless(held)


def one_line(text: object, width: int | None = None) -> str:
    """`text` harmless and on one line; with `width` (characters) shortened with an ellipsis, so nothing is cut unseen.

    Only the head of a huge text is looked at.
    """
    value = text if isinstance(text, str) else str(text)
    if len(value) > LONGEST_LINE:
        value = value[:LONGEST_LINE] + "…"
    value = " ".join(harmless(value).split())
    if width is not None and len(value) > width:
        return value[: max(0, width - 1)] + "…"
    return value


def ascii_only(text: str) -> str:
    """`text` for a terminal without UTF-8: what has an ASCII look-alike gets it, the rest becomes `?`."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


_ASCII = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯├┤┬┴┼┌┐└┘▶◀▲▼", "+"),
        **dict.fromkeys("─━┄┈", "-"),
        **dict.fromkeys("│┃┊┆", "|"),
        "▶": ">", "◀": "<", "▲": "^", "▼": "v", "▸": ">", "▾": "v", "▌": "_",
        "○": "o", "●": "*", "✔": "+", "✘": "x", "·": "-", "…": "~", "≈": "~", "±": "+", "≥": ">", "≤": "<",
        "×": "x", "→": ">", "←": "<", "↑": "^", "↓": "v", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-",
        "░": ".", "▒": ":", "▓": "#", "█": "#", "\u00a0": " ", "�": "?", "⏎": "/", "µ": "u",
        **dict(zip("▁▂▃▄▅▆▇", "._-=+*#", strict=True)),
    }
)  # fmt: skip


def escape_json(document: str) -> str:
    r"""JSON text with what a terminal would obey written as `\uXXXX`: still the same document."""

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    return _OBEYED.sub(escape, document)
