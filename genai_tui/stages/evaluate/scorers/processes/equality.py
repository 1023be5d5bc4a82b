"""Whether two mathematical answers are equal, by Math-Verify (Hugging Face), which reads LaTeX and plain expressions.

It runs in a process of its own (see maths): simplifying what a model wrote may take for ever. So it is called by its
path and imports nothing of this program.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)

NO_LIMIT: Any = None  # its own limit needs signals; the process has one
LONGEST = 4_096  # characters of a bare expression
_HOW = (LatexExtractionConfig(), ExprExtractionConfig())
_LETTERS = (StringExtractionConfig(),)
_MARKED = re.compile(r"\$|\\\(|\\\[|\\boxed|\\begin\{(?:align|equation|gather|math)")
_MISTYPED_BOX = re.compile(r"\\beginboxed\s*\{")
_SIGNS = str.maketrans({  # as inspect_ai reads them
    "−": "-", "–": "-", "×": r"\cdot ", "÷": "/", "π": r"\pi ", "°": r"^\circ ", "∞": r"\infty ", "≤": r"\le ",
    "≥": r"\ge ", "≠": r"\ne ", "∪": r"\cup ", "∩": r"\cap ", "\u202f": " ",
})  # fmt: skip
_ROOT_SIGN = re.compile(r"√\s*(?:\(([^()]*)\)|(\d+(?:\.\d+)?|[A-Za-z]))")
_DOLLARS = re.compile(r"\\\$(?=\s*[\d.])")
_THIN = re.compile(r"(?<=\d)\\,(?=\d{3}(?!\d))")
_GROUPED = re.compile(r"(?<==)(\s*\d{1,3})((?:,\d{3})+)(?![\d,])")
_MORE = re.compile(r"[\d=<>^+*/]")
_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_PLAIN: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [  # as it is typed without LaTeX
    (re.compile(r"(?<![\\A-Za-z])sqrt\s*\(([^()]*)\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![\\A-Za-z])((?:arc)?(?:sin|cos|tan)h?|ln|log|exp|max|min)\s*\("), r"\\\1("),
    (re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d+)(?!\w)"), r"\1 \\cdot 10^{\2}"),
    (re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+"), lambda raised: f"^{{{raised[0].translate(_RAISED)}}}"),
]


def scored(text: str, example: dict[str, Any]) -> dict[str, Any]:
    """The verdict on an answer; `inputs` of the example holds the options, `expected` the right answer."""
    options = example["inputs"]
    right, found = equal(str(example["expected"]), text, options["precision"], sets=options["sets"])
    return {"value": float(right), "reduced": found, "reason": "" if found else "There is no expression in it."}


def equal(gold: str, text: str, precision: int = 6, *, sets: bool = True) -> tuple[bool, str | None]:
    """Whether the answer in `text` equals `gold`, and what it was read as.

    `precision` are the decimals that floats are rounded to; `sets` lets `x ∈ [a, b]` equal `a ≤ x ≤ b` either way.
    """
    wanted = [each for each in _readings(gold) if each]
    if len(wanted) > 1 and _partial(gold, wanted[0]):
        del wanted[0]
    shown = None
    for found in _readings(text):
        shown = shown or (str(found[0]) if found else None)
        for each in wanted:
            if found and verify(
                each, found, float_rounding=precision, allow_set_relation_comp=sets, timeout_seconds=None
            ):
                return True, str(found[0])
    return False, shown


def _partial(gold: str, reading: list[Any]) -> bool:
    """Whether what is expected, written without marks, was read in part only: the last number of `y = 2x + 1`."""
    taken = str(reading[-1])
    return _bare(gold) and taken in gold and bool(_MORE.search(gold.replace(taken, "", 1)))


def _bare(text: str) -> bool:
    """Whether the whole of a text may be one expression: nothing is marked in it, and it is no prose."""
    short = len(text) <= LONGEST and "\n" not in text.strip()
    return short and not _MARKED.search(text) and not _PROSE.search(text)


def _readings(text: str) -> list[list[Any]]:
    """What a text may mean: as it is marked, and where nothing is marked the whole of it as one expression."""
    text = _ROOT_SIGN.sub(r"\\sqrt{\1\2}", _MISTYPED_BOX.sub(r"\\boxed{", text)).translate(_SIGNS)
    text = _GROUPED.sub(lambda found: found[1] + found[2].replace(",", ""), _THIN.sub("", _DOLLARS.sub("", text)))
    readings = [parse(text, _HOW, parsing_timeout=NO_LIMIT)]
    if _bare(text):
        bare = text.strip()
        for pattern, made in _PLAIN:
            bare = pattern.sub(made, bare)
        readings.append(parse(f"${bare}$", (LatexExtractionConfig(),), parsing_timeout=NO_LIMIT))
    if not any(readings):
        readings.append(parse(text, _LETTERS, parsing_timeout=NO_LIMIT))
    return readings
