"""Saving a prompt: few-shot examples taken from train, fixed or by a rule."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.hashing import canonical_json
from genai_tui.records.prompts import ExampleRule, FewShot, Pick, Prompt

if TYPE_CHECKING:
    from genai_tui.project import Project


def doubts(prompt: Prompt) -> tuple[str, ...]:
    """What endpoints will most likely refuse in a prompt: values of parameters, an output schema that is none.

    Some endpoint may take it all the same: it is told, and saved.
    """
    from genai_tui.answering.breaks import schema_fault
    from genai_tui.stages.prompt.parameters import parameter_doubt

    found = [parameter_doubt(name, value) for name, value in prompt.parameters.items()]
    if prompt.output is not None and (fault := schema_fault(canonical_json(prompt.output["schema"]))) is not None:
        where = f" at {fault.path}" if fault.path else ""
        found.append(f"The output schema has a fault{where}: {fault.sentence}")
    return tuple(filter(None, found))


def with_few_shot(
    project: "Project", prompt: Prompt, number: int, *, pick: Pick = "fixed", dataset: str | None = None, seed: int = 0
) -> Prompt:
    """The prompt with `number` examples of train instead of its own; zero takes them away.

    `fixed` ones are chosen now, spread over what is expected; `similar` and `diverse` ones for each row when it is
    asked. Raises UsageFault where train has fewer rows with an expected answer.
    """
    return replace(prompt, examples=examples_rule(project, number, pick=pick, dataset=dataset, seed=seed))


def examples_rule(
    project: "Project", number: int, *, pick: Pick = "fixed", dataset: str | None = None, seed: int = 0
) -> ExampleRule:
    """The rule that shows `number` examples of train. Reads all of train; raises as `with_few_shot` does."""
    if number < 0:
        raise UsageFault(f"{number} examples cannot be shown.", "", "Give zero or more.")
    if number == 0:
        return ExampleRule()
    from genai_tui.answering.picking import pool_hash
    from genai_tui.store.datasets import all_examples, find_dataset, measured_too

    found = find_dataset(project.reader, dataset)
    without = measured_too(project.reader, found)
    train = list(all_examples(project.reader, found, "train"))
    usable = [row for row in train if row.expected is not None and row.id not in without]
    if len(usable) < number:
        beside = f", and {len(without):,} of train stand there too" if without else ""
        raise UsageFault(
            f"{found.name} has {len(usable)} rows of train that can be examples, fewer than {number}.",
            f"They need an expected answer, and are never rows of dev or test{beside}.",
        )
    if pick != "fixed":
        return ExampleRule(pick, (), number, seed, pool_hash(train))
    return ExampleRule(fixed=tuple(FewShot(row.inputs, row.expected) for row in spread(usable, number, seed)))


def spread(rows: Sequence[Example], number: int, seed: int = 0) -> list[Example]:
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
