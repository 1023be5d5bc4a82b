"""BLEU, GLEU and ROUGE-1 as promptfoo computes them for one answer, which no library does the same way.

BLEU: Papineni et al. 2002 over the orders that the answer has, a precision of zero counted as 1e-7; GLEU: Wu et al.
2016; ROUGE-N: Lin 2004, F with clipped counts over Penn Treebank tokens in lower case.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

ORDERS = 4
SMALLEST = 1e-7


def bleu(text: str, references: Sequence[str]) -> float:
    """From 0 to 1."""
    words = text.lower().split()
    if not words:
        return 0.0
    others = [reference.lower().strip().split() or [""] for reference in references]
    nearest = min((len(other) for other in others), key=lambda length: (abs(length - len(words)), length))
    logs = []
    for order in range(1, min(ORDERS, len(words)) + 1):
        mine = _grams(words, order)
        common = max((mine & _grams(other, order)).total() for other in others)
        logs.append(math.log(common / mine.total() or SMALLEST))
    brevity = 1.0 if len(words) > nearest else math.exp(1 - nearest / len(words))
    return brevity * math.exp(math.fsum(logs) / len(logs))


def gleu(text: str, references: Sequence[str]) -> float:
    """From 0 to 1; full stops at the ends of words do not count."""
    words = _bare(text)
    if not words:
        return 0.0
    mine = _orders(words)
    best = 0.0
    for reference in references:
        other = _bare(reference)
        if other == words:
            return 1.0
        theirs = _orders(other)
        if theirs:
            best = max(best, (mine & theirs).total() / max(mine.total(), theirs.total()))
    return best


def rouge_1(text: str, reference: str) -> float:
    """F1 of words, from 0 to 1."""
    mine, theirs = (Counter(tokens(each.lower())) for each in (text, reference))
    common = (mine & theirs).total()
    return 2 * common / (mine.total() + theirs.total()) if common else 0.0


def _bare(text: str) -> list[str]:
    words = [word.rstrip(".") for word in text.lower().split()]
    return words if any(words) else []


def _orders(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    return sum((_grams(words, order) for order in range(1, ORDERS + 1)), Counter())


def _grams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[place : place + order]) for place in range(len(words) - order + 1))


_STEPS = (
    (r"\.{3}", " ... "),
    (r"[:,](?!\d)", r" \g<0> "),
    (r"[;@#$%&]", r" \g<0> "),
    (r"(?<!\b[A-Za-z]\.[A-Za-z])(?<=[^.])(\.)([\])}>'\s]*)$", r" \1\2 "),
    (r"[?!]", r" \g<0> "),
    (r"[\]\[(){}<>]", r" \g<0> "),
    (r"--", " -- "),
    (r"^|$", " "),
    (r"([^'])' ", r"\1 ' "),
    (r"'([smdSMD]) ", r" '\1 "),
    (r"('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r" \1 "),
    (r"(?i)\b(can)(not)\b|\b(d)('ye)\b|\b(gim)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(lem)(me)\b|\b(more)('n)\b"
     r"|\b(wan)(na)(?= )|(?<!\w)('t)(is)\b|(?<!\w)('t)(was)\b", None),
)  # fmt: skip


def tokens(text: str) -> list[str]:
    """Words and signs as the Penn Treebank parts them."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(^|[\s(\[{<])\"", r"\1 `` ", text)
    text = text.replace('"', " '' ")
    for pattern, becomes in _STEPS:
        text = re.sub(pattern, _two if becomes is None else becomes, text)
    return text.split()


def _two(found: re.Match[str]) -> str:
    return " " + " ".join(group for group in found.groups() if group) + " "
