"""Whether two mathematical answers are equal, by Math-Verify (Hugging Face), which reads LaTeX and plain expressions.

It runs in a process of its own (see maths): simplifying what a model wrote may take for ever. So it is called by its
path and imports nothing of this program.
"""

import logging
import re
from typing import Any

from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)

NO_LIMIT: Any = None  # its own limit needs signals; the process has one
LONGEST = 4_096  # characters of a bare expression
_HOW = (LatexExtractionConfig(), ExprExtractionConfig())
_LETTERS = (StringExtractionConfig(),)
_MARKED = re.compile(r"\$|\\\(|\\\[|\\boxed|\\begin\{(?:align|equation|gather|math)")
_PLAIN_ROOT = re.compile(r"(?<![\\A-Za-z])sqrt\s*\(([^()]*)\)")
_MISTYPED_BOX = re.compile(r"\\beginboxed\s*\{")


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
    shown = None
    for found in _readings(text):
        shown = shown or (str(found[0]) if found else None)
        for each in wanted:
            if found and verify(
                each, found, float_rounding=precision, allow_set_relation_comp=sets, timeout_seconds=None
            ):
                return True, str(found[0])
    return False, shown


def _readings(text: str) -> list[list[Any]]:
    """What a text may mean: as it is marked, and where nothing is marked the whole of it as one expression."""
    text = _MISTYPED_BOX.sub(r"\\boxed{", text)
    readings = [parse(text, _HOW, parsing_timeout=NO_LIMIT)]
    if not _MARKED.search(text) and len(text) <= LONGEST and "\n" not in text.strip():
        bare = _PLAIN_ROOT.sub(r"\\sqrt{\1}", text.strip())
        readings.append(parse(f"${bare}$", (LatexExtractionConfig(),), parsing_timeout=NO_LIMIT))
    if not any(readings):
        readings.append(parse(text, _LETTERS, parsing_timeout=NO_LIMIT))
    return readings
