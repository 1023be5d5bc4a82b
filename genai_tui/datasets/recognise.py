"""Tells formats with a meaning of their own from rows of plain columns, so that none of them is misread."""

from typing import Any

from genai_tui.datasets.model import FORMATS
from genai_tui.errors import FileFault, UsageFault

LOOKED_AT = 20  # records, of which the first may be odd
_PAIRS = ({"chosen", "rejected"}, {"preferred_output", "non_preferred_output"})


def check_format(name: str | None) -> None:
    """Refuse a --format that nobody knows. Raises UsageFault."""
    if name is not None and name not in FORMATS:
        raise UsageFault(f"There is no format {name[:40]!r}.", f"Known: {', '.join(FORMATS)}.", "Name one of them.")


def refuse_special(path: object, values: dict[str, Any], *, named: bool) -> None:
    """Refuse a file whose first record is a pair of answers or a task with annotations, unless columns were `named`.

    Raises FileFault.
    """
    if is_pair(values) and not named:
        raise FileFault(
            f"{path} holds preferences: pairs of answers, no examples.",
            f"Its columns are {_listed(values)}.",
            "`genai-tui align import` takes them; to take one column as the answer, name --input and --expected.",
            extra={"rejected": []},
        )
    if is_annotated(values) and not named:
        raise label_studio(path)
    if _is_nested_squad(values) and not named:
        raise FileFault(
            f"{path} is SQuAD as it was published, with the questions inside the paragraphs.",
            f"Its columns are {_listed(values)}.",
            "Write a row for each question (context, question, answers), as the Hub has it.",
            extra={"rejected": []},
        )


def is_pair(values: dict[str, Any]) -> bool:
    """Whether a record is a preference: a pair of answers."""
    return any(pair <= values.keys() for pair in _PAIRS)


def is_annotated(values: dict[str, Any]) -> bool:
    """Whether a record is a task of Label Studio with its annotations, or completions, as they once were called."""
    inside = values.get("annotations", values.get("completions"))
    return isinstance(inside, list) and isinstance(values.get("data"), dict)


def _is_nested_squad(values: dict[str, Any]) -> bool:
    inside = values.get("paragraphs")
    return isinstance(inside, list) and any(isinstance(one, dict) and "qas" in one for one in inside)


def label_studio(path: object) -> FileFault:
    """The fault of Label Studio's full JSON."""
    return FileFault(
        f"{path} is Label Studio's JSON, with annotations inside each task.",
        "Its labels stand in no column.",
        "Export it as JSON-MIN (or CSV): there each annotation is a row.",
        extra={"rejected": []},
    )


def special_format(values: dict[str, Any]) -> str | None:
    """The format that a record has the marks of; what has a column `expected` is plain, as our own exports are."""
    keys = values.keys()
    if "expected" in keys:
        return None
    if _turns(values.get("messages"), "role") or _in_two(values, "role"):
        return "openai-chat"
    if _turns(values.get("conversations"), "from") or _in_two(values, "from"):
        return "sharegpt"
    marks = (
        ("openai-evals", {"data_source_idx", "item"}),
        ("openai-evals", {"datasource_item_id", "datasource_item"}),
        ("lm-eval", {"doc_id", "doc", "resps"}),
        ("humaneval", {"task_id", "prompt", "canonical_solution", "test", "entry_point"}),
        ("ifeval", {"prompt", "instruction_id_list", "kwargs"}),
        ("mmlu", {"question", "choices", "answer", "subject"}),
        ("inspect", {"eval", "samples", "status"}),
        ("inspect", {"eval", "plan", "status"}),
    )
    found = next((name for name, wanted in marks if wanted <= keys), None)
    if found is not None:
        return found
    if {"instruction", "output"} <= keys <= {"instruction", "input", "output", "system", "history"}:
        return "alpaca"
    answer = values.get("answer")
    if keys == {"question", "answer"} and isinstance(answer, str) and "\n#### " in answer:
        return "gsm8k"
    if isinstance(values.get("vars"), dict) and keys <= {"vars", "assert", "description", "options", "metadata"}:
        return "promptfoo"
    return None


def _turns(value: Any, speaker: str) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and speaker in value[0]


def _in_two(values: dict[str, Any], speaker: str) -> bool:
    """Whether a conversation stands in `prompt` and `completion`, or in a prompt that is all there is."""
    asked = _turns(values.get("prompt"), speaker)
    return asked and (len(values) == 1 or _turns(values.get("completion"), speaker))


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(name[:60] for name in list(values)[:12])
