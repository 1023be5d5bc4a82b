"""ROUGE-N, BLEU and GLEU of one text as promptfoo computes them, which is neither rouge-score's nor sacreBLEU's way."""

import math
import re
from collections import Counter
from collections.abc import Sequence

SMOOTHED = 1e-7  # what a precision of 0 counts as in BLEU


def rouge_n(text: str, reference: str) -> float:
    """F1 of the words, large and small letters apart (js-rouge)."""
    found, wanted = Counter(_tokens(text)), Counter(_tokens(reference))
    same = (found & wanted).total()
    return 2 * same / (found.total() + wanted.total()) if same else 0.0


def bleu(text: str, references: Sequence[str]) -> float:
    """BLEU up to four words, or as many as there are; 0 for an empty text."""
    wanted = [reference.lower().split() for reference in references]
    words = text.lower().split()
    if not words:
        return 0.0
    logs = []
    for n in range(1, min(4, len(words)) + 1):
        grams = _grams(words, n)
        hits = max((grams & _grams(reference, n)).total() for reference in wanted)
        logs.append(math.log(hits / grams.total() if hits else SMOOTHED))
    nearest = min((len(reference) for reference in wanted), key=lambda length: abs(length - len(words)))
    brevity = 1.0 if len(words) > nearest else math.exp(1 - nearest / len(words))
    return brevity * math.exp(math.fsum(logs) / len(logs))


def gleu(text: str, references: Sequence[str]) -> float:
    """The lesser of precision and recall of one to four words, of the best reference (Wu et al. 2016)."""
    words = _bare(text)
    best = 0.0
    for wanted in map(_bare, references):
        same = [(_grams(words, n), _grams(wanted, n)) for n in range(1, 5)]
        hits = sum((a & b).total() for a, b in same)
        longest = max(sum(a.total() for a, _ in same), sum(b.total() for _, b in same))
        best = max(best, 1.0 if words == wanted and words else hits / longest if longest else 0.0)
    return best


def _bare(text: str) -> list[str]:
    return [word.rstrip(".") for word in text.lower().split()]


def _tokens(text: str) -> list[str]:
    """Words and signs, nearly as the Penn Treebank parts them."""
    spaced = re.sub(r"([,;:@#$%&?!()\[\]{}<>\"]|\.\.\.|--|\.(?=[\])}>\"']*\s*$))", r" \1 ", text)
    return re.sub(r"('(?:s|m|d|ll|re|ve)|n't)(?=\s|$)", r" \1", spaced, flags=re.IGNORECASE).split()


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[place : place + n]) for place in range(len(words) - n + 1))
