"""BLEU, GLEU and ROUGE-1 as promptfoo computes them for one answer, which no library does the same way.

BLEU: Papineni et al. 2002 over the orders that the answer has, a precision of zero counted as 1e-7; GLEU: Wu et al.
2016; ROUGE-N: Lin 2004, F with clipped counts over Penn Treebank tokens in lower case.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from genai_tui.stages.evaluate.interchange.values import words

ORDERS = 4
SMALLEST = 1e-7


def bleu(text: str, references: Sequence[str]) -> float:
    """From 0 to 1."""
    mine = words(text.lower())
    if mine == [""]:
        return 0.0
    others = [words(reference.lower()) for reference in references]
    nearest = min((len(other) for other in others), key=lambda length: (abs(length - len(mine)), length))
    orders = min(ORDERS, len(mine))
    score = 0.0
    for order in range(1, orders + 1):
        grams = _grams(mine, order)
        common = max((grams & _grams(other, order)).total() for other in others)
        score += 0.25 / (0.25 * orders) * math.log(common / grams.total() or SMALLEST)
    brevity = 1.0 if len(mine) > nearest else math.exp(1 - nearest / len(mine))
    return brevity * math.exp(score)


def gleu(text: str, references: Sequence[str]) -> float:
    """From 0 to 1; full stops at the ends of words do not count."""
    mine = _bare(text)
    if not mine:
        return 0.0
    grams = _orders(mine)
    best = 0.0
    for reference in references:
        other = _bare(reference)
        if other == mine:
            return 1.0
        theirs = _orders(other)
        if theirs:
            common = (grams & theirs).total()
            best = max(best, min(common / grams.total(), common / theirs.total()))
    return best


def rouge_1(text: str, reference: str) -> float:
    """F1 of words, from 0 to 1, rounded on the way as js-rouge rounds."""
    mine, theirs = (Counter(tokens(each.lower())) for each in (text, reference))
    common = (mine & theirs).total()
    if not common:
        return 0.0
    less, more = sorted((common / mine.total(), common / theirs.total()))
    return less if less == more else min(more, less * (2 / (1 + less / more)))


def _bare(text: str) -> list[str]:
    found = [word.rstrip(".") for word in words(text.lower())]
    return found if any(found) else []


def _orders(parts: Sequence[str]) -> Counter[tuple[str, ...]]:
    return sum((_grams(parts, order) for order in range(1, ORDERS + 1)), Counter())


def _grams(parts: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(parts[place : place + order]) for place in range(len(parts) - order + 1))


_PART = r"[\p{ID_Continue}\u200c\u200d]"
_PAIRS = r"(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n)|(wan)(na)(?= )|('t)(is)|('t)(was)"
_STEPS = (
    (r"\.{3}", " ... "),
    (r"[:,](?!\p{Nd})", r" \g<0> "),
    (r"[;@#$%&]", r" \g<0> "),
    (r"([^.])(?<!(?a:\b)[A-Za-z]\.[A-Za-z])(\.)([\])}>'\s]*)\Z", r"\1 \2\3 "),
    (r"[?!]", r" \g<0> "),
    (r"[\]\[(){}<>]", r" \g<0> "),
    (r"--", " -- "),
    (r"\A|\Z", " "),
    (r"([^'])' ", r"\1 ' "),
    (r"'([smdSMD]) ", r" '\1 "),
    (r"('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r" \1 "),
)
_QUOTE = re.compile("``|''|\"")


def tokens(text: str) -> list[str]:
    """Words and signs as js-rouge parts them (Penn Treebank)."""
    import regex

    text = _quotes(" ".join(word for word in words(text.replace("\x85", " ")) if word))
    for pattern, becomes in _STEPS:
        text = regex.sub(pattern, becomes, text)
    text = regex.sub(rf"(?i)(?<!{_PART})(?:{_PAIRS})(?!{_PART})", _two, text)
    return [token for token in text.split(" ") if token]


def _quotes(text: str) -> str:
    """A text with its double quotes as the Treebank has them: `` where one opens, two apostrophes where one closes."""
    import regex

    inside = False

    def becomes(found: re.Match[str]) -> str:
        nonlocal inside
        start, end, before = found.start(), found.end(), text[max(0, found.start() - 1) : found.start()]
        opens = not start or regex.match(r"[\s\p{P}<]", before) or text[:start].endswith("``")
        free = end < len(text) or not start or regex.match(r"[\s\p{Ps}<]", before)
        inside = found[0] == "``" or bool(
            not inside and opens and free and before not in (".", "!", "?") and (found[0] == '"' or paired(start, end))
        )
        return " `` " if inside else " '' "

    def paired(start: int, end: int) -> bool:
        other = _QUOTE.search(text, end)
        right = regex.match(r"[\p{L}\p{N}\p{Sc}\p{Ps}]", text[end : end + 1])
        return bool(start and right and other and other[0] == "''")

    return _QUOTE.sub(becomes, text)


def _two(found: Any) -> str:
    return " " + " ".join(group for group in found.groups() if group) + " "
