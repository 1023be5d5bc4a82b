"""Text as terminal cells: what is shown of a cluster, how wide it is, how it is shortened and wrapped.

Terminals disagree on the width of emoji sequences, flags and variation selectors, so in lists such a cluster is shown
by its first character alone. A combining mark stays with its letter; a wide character is never split.
"""

from functools import lru_cache

from rich.cells import get_character_cell_size

ZWJ, LAST_SKIN_TONE = "\u200d", 0x1F3FF
SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}


@lru_cache(512)  # the rows of a large screen
def cells(text: str) -> tuple[tuple[str, int], ...]:
    """The cells of `text`, already harmless: pairs of what stands there and how many cells (1 or 2) it takes."""
    if text.isascii():
        return tuple((" " if char < " " else char, 1) for char in text)
    found: list[tuple[str, int]] = []
    joined = False
    for char in text:
        code = ord(char)
        if char == ZWJ:
            joined = True
            continue
        if joined:
            joined = False
            if found and found[-1][1] == 2:
                continue
        if char in SELECTORS or 0x1F3FB <= code <= LAST_SKIN_TONE:
            continue
        if 0x1F1E6 <= code <= 0x1F1FF:  # half a flag: its letter, whose width is known everywhere
            found.append((chr(code - 0x1F1E6 + ord("A")), 1))
            continue
        width = 1 if char < " " else get_character_cell_size(char)
        if width == 0:
            if found:
                found[-1] = (found[-1][0] + char, found[-1][1])
            continue
        found.append((" " if char < " " else char, width))
    return tuple(found)


def width_of(text: str) -> int:
    """How many cells `text` takes as `cells` shows it."""
    return len(text) if text.isascii() else sum(width for _, width in cells(text))


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells; what is cut is said by an ellipsis."""
    if width <= 0:
        return ""
    if width_of(text) <= width:
        return text
    kept, used = [], 0
    for char, size in cells(text):
        if used + size > width - 1:
            break
        kept.append(char)
        used += size
    return "".join(kept).rstrip(" ") + ellipsis


def pad(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells, to the left."""
    text = fit(text, width, ellipsis)
    return text + " " * (width - width_of(text))


def wrap(text: str, width: int) -> list[str]:
    """`text` (newlines kept) in lines of at most `width` cells, broken at blanks where there are any."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        lines += _wrap_one(paragraph, max(1, width))
    return lines


def _wrap_one(text: str, width: int) -> list[str]:
    if width_of(text) <= width:
        return [text]
    if text.isascii():
        return _wrap_ascii(text, width)
    lines: list[str] = []
    line: list[str] = []
    used = blank = 0
    for char, size in cells(text):
        if used + size > width and line:
            if blank and char != " ":
                lines.append("".join(line[:blank]).rstrip(" "))
                line = line[blank:]
                used = width_of("".join(line))
            else:
                lines.append("".join(line).rstrip(" "))
                line, used = [], 0
            blank = 0
            if char == " " and not line:
                continue
        line.append(char)
        used += size
        if char == " ":
            blank = len(line)
    lines.append("".join(line))
    return lines


def _wrap_ascii(text: str, width: int) -> list[str]:
    lines, start = [], 0
    while len(text) - start > width:
        cut = text.rfind(" ", start, start + width + 1)
        if cut <= start:
            lines.append(text[start : start + width])
            start += width
        else:
            lines.append(text[start:cut].rstrip(" "))
            start = cut + 1
    lines.append(text[start:])
    return lines
