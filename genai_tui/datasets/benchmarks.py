"""Files of known benchmarks as rows: Alpaca, MMLU, GSM8K, HumanEval and IFEval. Nothing of them is run."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.jsons import plain_json
from genai_tui.datasets.layouts import Layout, each, opened, text_of
from genai_tui.datasets.model import Record, file_fault

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
INSTRUCTIONS = frozenset(  # those that the scorer `ifeval` knows
    "change_case:capital_word_frequency change_case:english_capital change_case:english_lowercase "
    "combination:repeat_prompt combination:two_responses detectable_content:number_placeholders "
    "detectable_content:postscript detectable_content:rephrase_paragraph "
    "detectable_format:constrained_response detectable_format:exact_number_bullet_points "
    "detectable_format:json_format detectable_format:minimum_number_highlighted_sections "
    "detectable_format:multiple_sections detectable_format:number_bullet_lists "
    "detectable_format:number_highlighted_sections detectable_format:rephrasing detectable_format:title "
    "keywords:existence keywords:forbidden_words keywords:frequency keywords:include_keywords "
    "keywords:key_sentences keywords:keyword_frequency keywords:letter_frequency "
    "language:response_language length_constraint:number_paragraphs length_constraint:number_sentences "
    "length_constraint:number_words length_constraints:nth_paragraph_first_word "
    "length_constraints:number_paragraphs length_constraints:number_sentences "
    "length_constraints:number_words multi-turn:constrained_start punctuation:no_comma "
    "startend:constrained_start startend:end_checker startend:quotation".split()
)
_TEXT = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_TEXTS = re.compile(rf"\[\s*{_TEXT}(?:\s*,\s*{_TEXT})*\s*,?\s*\]", re.S)
_ADJACENT = re.compile(rf"{_TEXT}\s+{_TEXT}", re.S)
_MARK = "####"


def _alpaca(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    instruction = text_of(values, "instruction")
    if not instruction.strip():
        raise RowFault("instruction is blank")
    given = values.get("input")
    inputs: dict[str, Any] = {"instruction": instruction, "input": "" if _is_blank(given) else given}
    inputs |= {name: values[name] for name in ("system", "history") if not _is_blank(values.get(name))}
    return inputs, values.get("output")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _gsm8k(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    question, answer = text_of(values, "question"), text_of(values, "answer")
    _, mark, last = answer.rpartition(_MARK)
    found = last.strip().replace(",", "")
    if not mark or not found:
        raise RowFault(f"answer has no {_MARK}" if not mark else f"nothing follows {_MARK} in answer")
    return {"question": question}, found


def _humaneval(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    for name in ("prompt", "entry_point", "canonical_solution", "test"):
        if not text_of(values, name).strip():
            raise RowFault(f"{name} is empty")
    point = values["entry_point"].strip()
    if not re.search(rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{re.escape(point)}\b", values["prompt"], re.M):
        raise RowFault(f"entry_point {point[:60]!r} is not defined by prompt")
    return {"prompt": values["prompt"]}, values["canonical_solution"]


def _ifeval(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    prompt = text_of(values, "prompt")
    names = opened(values.get("instruction_id_list"), "instruction_id_list")
    arguments = opened(values.get("kwargs"), "kwargs")
    if not isinstance(names, list) or not names:
        raise RowFault("instruction_id_list names no instruction")
    if not isinstance(arguments, list) or len(arguments) != len(names):
        count = len(arguments) if isinstance(arguments, list) else 0
        raise RowFault(f"instruction_id_list has {len(names)} entries, kwargs {count}")
    for name in names:
        if not isinstance(name, str) or name not in INSTRUCTIONS:
            raise RowFault(f"there is no instruction {str(name)[:80]}")
    kept = []
    for given in arguments:
        if given is not None and not isinstance(given, dict):
            raise RowFault("kwargs holds what is no object")
        kept.append({name: value for name, value in (given or {}).items() if value is not None})
    return {"prompt": prompt}, {"instruction_id_list": names, "kwargs": kept}


def _mmlu(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """A row as the Hub has it: choices in a list, the answer's number from 0; or A, B, C … in columns."""
    inputs: dict[str, Any] = {"question": text_of(values, "question")}
    if "choices" in values:
        choices = _choices(values["choices"])
    else:
        choices = []
        while len(choices) < len(LETTERS) and LETTERS[len(choices)] in values:
            choices.append(values[LETTERS[len(choices)]])
    if len(choices) < 2 or any(not isinstance(choice, str) for choice in choices):
        raise RowFault("it has no two choices that are text")
    if len(choices) > len(LETTERS):
        raise RowFault(f"it has {len(choices)} choices, and there are {len(LETTERS)} letters")
    inputs |= dict(zip(LETTERS, choices, strict=False))
    return inputs, _letter(values.get("answer"), len(choices))


def _choices(value: Any) -> list[Any]:
    """The choices; from a cell as JSON or Python writes a list of texts."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        raise RowFault("choices is no list")
    try:
        found = plain_json(value)
    except ValueError:
        if _TEXTS.fullmatch(value.strip()):
            return [_literal(text) for text in re.findall(_TEXT, value)]
        if _ADJACENT.search(value):
            raise RowFault("choices is a list without commas, as numpy prints it: its ends cannot be told") from None
        raise RowFault("choices is no list of texts") from None
    if not isinstance(found, list):
        raise RowFault("choices is no list")
    return found


def _literal(text: str) -> str:
    """What one literal text of Python stands for."""
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):  # an escape that is none
        raise RowFault(f"choices holds {text[:40]}, which is no text of Python") from None


def _letter(answer: Any, count: int) -> str:
    """The letter of an answer, which is one already or counts from 0."""
    text = str(answer).strip() if isinstance(answer, (str, int)) and not isinstance(answer, bool) else ""
    if text.isascii() and text.isdigit() and int(text[:9]) < count:
        return LETTERS[int(text)]
    if len(text) == 1 and text in LETTERS[:count]:
        return text
    raise RowFault(f"answer {str(answer)[:40]!r} is none of its {count} choices")


class MmluSheet:
    """MMLU as CSV: rows without a header, unless the first one's last cell is `answer`."""

    format = "mmlu"

    def __init__(self, sheet: Delimited) -> None:
        self._sheet = sheet
        self.notes = sheet.notes
        _, header = next((line, cells) for line, cells, _ in sheet.rows())
        self._names = [name.strip() for name in header] if header[-1].strip().lower() == "answer" else []
        if self._names:
            self._names[-1] = "answer"
            if "choices" not in self._names and not {"question", "A", "B"} <= set(self._names):
                self._names = []
        used = {"question", "choices", "answer", *LETTERS}
        doubled = [name for name in self._names if name in used and self._names.count(name) > 1]
        if doubled:
            raise file_fault(
                f"{sheet.opened.path}: the column {doubled[0]} stands twice in the header.",
                f"{doubled[0]} stands twice",
                "Rename one of them.",
                line=sheet.header_line,
            )
        self._skip = 1 if header[-1].strip().lower() == "answer" else 0

    def records(self) -> Iterator[Record]:
        """A record a row, under the names question, A, B … and answer."""
        names = self._names or self._positions
        for number, (line, cells, spaced) in enumerate(self._sheet.rows()):
            if number < self._skip:
                continue
            fault = "a space stands before an opening quote" if spaced else ""
            if not fault and (len(cells) < len(names) or any(cells[len(names) :])):
                fault = f"it has {len(cells)} cells, {len(names)} are expected"
            yield Record(line, {} if fault else dict(zip(names, cells, strict=False)), fault)

    @cached_property
    def _positions(self) -> list[str]:
        """Names by position, for as many cells as most rows have."""
        widths = Counter(_filled(cells) for _, cells, _ in self._sheet.rows())
        most = max(widths.values())
        width = max(4, min(len(LETTERS) + 2, max(width for width in widths if widths[width] == most)))
        return ["question", *LETTERS[: width - 2], "answer"]


def _filled(cells: list[str]) -> int:
    """How many cells there are up to the last that is not blank."""
    return next((number for number in range(len(cells), 0, -1) if cells[number - 1].strip()), 0)


def is_mmlu_sheet(sheet: Delimited) -> bool:
    """Whether a CSV is MMLU without its header: its first line ends in a letter after five cells, and so do most."""
    looked = [cells for _, (_, cells, _) in zip(range(20), sheet.rows(), strict=False)]
    fit = [len(cells) == 6 and len(cells[-1]) == 1 and cells[-1] in LETTERS[:4] for cells in looked]
    return fit[0] and 2 * sum(fit) > len(fit)


ALPACA = Layout("alpaca", "output", each(_alpaca))
MMLU = Layout("mmlu", "answer, as a letter", each(_mmlu))
GSM8K = Layout("gsm8k", f"what follows the last {_MARK} in answer", each(_gsm8k))
HUMANEVAL = Layout("humaneval", "canonical_solution", each(_humaneval))
IFEVAL = Layout("ifeval", "instruction_id_list and kwargs", each(_ifeval))
