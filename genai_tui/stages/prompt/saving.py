"""Saving a prompt: few-shot examples taken from train, spread over what is expected."""

import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.hashing import canonical_json
from genai_tui.records.prompts import ExampleRule, FewShot, Prompt

if TYPE_CHECKING:
    from genai_tui.project import Project


def with_few_shot(
    project: "Project", prompt: Prompt, number: int, *, dataset: str | None = None, seed: int = 0
) -> Prompt:
    """The prompt with `number` fixed examples of train instead of its own. Raises UsageFault where train is smaller."""
    if number < 0:
        raise UsageFault(f"{number} examples cannot be shown.", "", "Give zero or more.")
    if number == 0:
        return replace(prompt, examples=ExampleRule())
    from genai_tui.store.datasets import find_dataset, page_examples

    found = find_dataset(project.reader, dataset)
    train: list[Example] = []
    while page := page_examples(project.reader, found, "train", after=len(train)):
        train += [example for _, example in page if example.expected is not None]
        if len(page) < 200:
            break
    if len(train) < number:
        raise UsageFault(
            f"{found.name} has {len(train)} rows of train with an expected answer, fewer than {number}.",
            "Few-shot examples are drawn from train only.",
        )
    picked = spread(train, number, seed)
    return replace(prompt, examples=ExampleRule(fixed=tuple(FewShot(e.inputs, e.expected) for e in picked)))


def spread(rows: list[Example], number: int, seed: int = 0) -> list[Example]:
    """`number` rows, as many of each expected answer as can be, in an order that a seed decides."""
    order = random.Random(seed)
    groups: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        groups[canonical_json(row.expected)].append(row)
    names = sorted(groups)
    order.shuffle(names)
    for name in names:
        order.shuffle(groups[name])
    picked: list[Example] = []
    while len(picked) < number:
        picked += [groups[name].pop() for name in names if groups[name]][: number - len(picked)]
    return picked
