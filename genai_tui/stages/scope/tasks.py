"""The task types, and what each asks for: how its answers are judged, how large a model it starts with, and why.

The sizes are rules of thumb of this program: where to begin, not what will do. A measurement decides.
"""

from difflib import get_close_matches
from typing import NamedTuple

from genai_tui.errors import UsageFault

SIZES = ("up to 1B", "1–4B", "7–14B", "24–70B", "the largest")


class Task(NamedTuple):
    """One type. `closed`: its answers are right or wrong by a rule. `metrics`: those that fit, the best one first.

    `size` is a place in SIZES. `stages`: keys of those that usually matter beside prompting, each with the reason.
    """

    name: str
    closed: bool
    metrics: tuple[str, ...]
    why: str
    size: int
    size_why: str
    stages: tuple[tuple[str, str], ...] = ()


TASKS = (
    Task(
        "classification", True,
        ("exact", "normalized", "choice", "labels", "labels-f1", "regex", "contains", "starts-with", "match", "answer"),
        "a label is right or wrong; labels-f1 where one class is rare", 0,
        "choosing among known labels is what small models learn best",
        (("finetune", "a few hundred labelled rows lift a small model most where the labels are fixed"),),
    ),
    Task(
        "extraction", True,
        ("entities", "spans", "json-fields", "json-schema", "json-difference", "list", "labels", "exact", "normalized",
         "squad-f1"),
        "what was found is counted against what is there, by precision and recall", 1,
        "copying from the text needs little knowledge, and keeping to a form some care",
        (("finetune", "keeping to a form is learned from some hundred examples"),),
    ),
    Task(
        "summarisation", False, ("judge", "rouge-l", "rouge-lsum", "rouge-1", "rouge-2", "similarity"),
        "many summaries of one text are right; rouge-l beside it counts shared words alone", 2,
        "it must read all of a long text and leave out the right things",
    ),
    Task(
        "question answering", False,
        ("squad-f1", "squad-em", "exact", "normalized", "contains", "numeric", "choice", "judge", "match", "answer",
         "math", "similarity"),
        "short answers share words with the right one; long ones need a judge", 2,
        "what it must know is better given than remembered",
        (("augment", "answers should come from documents that are found, not from what a model remembers"),),
    ),
    Task(
        "rewriting", False, ("judge", "levenshtein", "similarity", "chrf", "bleu", "rouge-l"),
        "many wordings are right; levenshtein beside it says how much was changed", 2,
        "it must keep what is said and change how",
        (("align", "which wording people like is told by preferences"),),
    ),
    Task(
        "translation", False, ("chrf", "bleu", "ter", "judge", "similarity"),
        "letters shared with a reference agree with people better than words do (Popović 2015)", 2,
        "fluency in two languages takes some size",
    ),
    Task(
        "code", False, ("pass@k", "exact", "judge", "json-schema", "json-valid", "regex"),
        "tests say whether a program is right", 3, "long chains of exact decisions need a large model",
        (("augment", "running what was written, and reading the repository, are tools"),),
    ),
    Task(
        "long-form writing", False, ("judge", "similarity", "ifeval"), "no rule tells a good text from a bad one", 3,
        "staying to the point over pages needs a large model",
        (("align", "what people like to read is told by preferences"),),
    ),
    Task(
        "chat", False, ("judge", "refusal", "ifeval"), "anything may be said; a judge reads the whole of it", 3,
        "anything may be asked",
        (("align", "it talks to people: helpful, honest and harmless must be measured"),),
    ),
    Task(
        "agent", False, ("judge",), "what was done counts: a check of your own as file.py:function, else a judge", 4,
        "one wrong step of many spoils all",
        (("augment", "it acts by tools"), ("align", "what it must never do has to be measured")),
    ),
)  # fmt: skip
BY_NAME = {task.name: task for task in TASKS}
_ALSO = {
    "summarization": "summarisation", "summary": "summarisation", "summaries": "summarisation", "ner": "extraction",
    "named entities": "extraction", "named entity recognition": "extraction", "entities": "extraction",
    "qa": "question answering", "q&a": "question answering", "questions": "question answering",
    "classify": "classification", "labelling": "classification", "routing": "classification",
    "writing": "long-form writing", "long-form": "long-form writing", "long form writing": "long-form writing",
    "coding": "code", "code generation": "code", "programming": "code", "paraphrasing": "rewriting",
    "chatbot": "chat", "conversation": "chat", "agents": "agent",
}  # fmt: skip


def task_names(text: str) -> tuple[str, ...]:
    """Task types as they were typed, with commas between, each by its usual name; others stay as they are.

    Raises UsageFault for a word that is nearly one.
    """
    found = []
    for word in filter(None, (" ".join(part.split()) for part in text.split(","))):
        name = _ALSO.get(word.lower(), word.lower())
        if name in BY_NAME:
            found.append(name)
            continue
        if near := get_close_matches(name, [*BY_NAME, *_ALSO], 1, 0.8):
            raise UsageFault(
                f"There is no task type {word[:60]}.",
                f"Did you mean {_ALSO.get(near[0], near[0])}?",
                f"Types are {', '.join(BY_NAME)}; others are taken as you name them.",
            )
        found.append(word)
    return tuple(dict.fromkeys(found))
