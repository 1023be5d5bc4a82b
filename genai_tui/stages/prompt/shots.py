"""Few-shot examples as controls of a sheet: zero, one or a few; fixed, similar or diverse; which rows.

Examples come from train only. What reads all of train (`turn`, `pick`, `shown`) belongs in a thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.prompts import ExampleRule, FewShot, Pick, Prompt
from genai_tui.stages.prompt.saving import examples_rule
from genai_tui.stages.prompt.sheet import Sheet

if TYPE_CHECKING:
    from genai_tui.project import Project

FEW = 3
PICKS: tuple[Pick, ...] = ("fixed", "similar", "diverse")


def turn(project: "Project", sheet: Sheet, few: int = FEW) -> Sheet:
    """From zero examples to one, from one to a few, from a few to zero; what was shown before is shown again.

    Where nothing was, `few` rows of train are taken (fewer where it has fewer), spread over what is expected. Raises
    UsageFault where train has none with an expected answer.
    """
    count = sheet.examples.count
    if count > 1:
        return replace(sheet, examples=ExampleRule(), kept=_kept(sheet))
    several = next(iter(sheet.kept), None)
    if count == 1 and (several is None or _first(several) != sheet.examples):
        several = _grown(project, sheet.examples, few)
        if several.count == 1:  # train has no more
            return replace(sheet, examples=ExampleRule())
    elif several is None:
        several = examples_rule(project, max(1, min(few, _usable(project))))
    following = replace(sheet, examples=several)
    kept = _kept(following)
    return replace(following, kept=kept, examples=several if count == 1 else _first(several))


def pick(project: "Project", sheet: Sheet, way: Pick | None = None, *, seed: int | None = None) -> Sheet:
    """Pick examples another way (without `way` the next: fixed, similar, diverse), as many as are shown now.

    Fixed ones that were shown before come back. Another `seed` takes others. Raises UsageFault where none is
    shown, and where train has too few.
    """
    rule = sheet.examples
    if not rule.count:
        raise UsageFault("No example is shown.", "", "Show one or a few first, then choose how they are picked.")
    way = way or PICKS[(PICKS.index(rule.pick) + 1) % len(PICKS)]
    kept = _kept(sheet)
    known = next((old for old in kept if old.pick == way and old.count >= rule.count), None)
    if seed is None and known is not None and way == "fixed":
        taken = ExampleRule(fixed=known.fixed[: rule.count])
    else:
        taken = examples_rule(project, rule.count, pick=way, seed=rule.seed if seed is None else seed)
    following = replace(sheet, examples=taken, kept=kept)
    return replace(following, kept=_kept(following))


def shown(project: "Project", sheet: Sheet, inputs: Mapping[str, Any]) -> tuple[FewShot, ...]:
    """The examples as they will be for this row. Raises UsageFault where their pool is no more."""
    return project.examples_for(Prompt((), sheet.examples), inputs)


def add(project: "Project", sheet: Sheet, row: str) -> Sheet:
    """One fixed example more, the row `train:N`, as the last. Raises UsageFault where it can be none."""
    return _fixed(sheet, (*_of(sheet), example_of(project, row)))


def remove(sheet: Sheet, position: int) -> Sheet:
    """The examples without the one at `position`."""
    shots = list(_of(sheet, position))
    del shots[position]
    return _fixed(sheet, shots)


def example_of(project: "Project", row: str) -> FewShot:
    """The row `train:N` of the dataset in use as an example. Raises UsageFault for other splits and rows."""
    from genai_tui.stages.prompt.trying import parse_row
    from genai_tui.store.datasets import find_dataset, find_example, measured_too

    split, number = parse_row(row)
    if split != "train":
        raise UsageFault(
            f"{row} cannot be an example.",
            "Examples are drawn from train only: what is measured on must not be shown.",
            "Give a row of train, as train:7.",
        )
    dataset = find_dataset(project.reader)
    example = find_example(project.reader, dataset, split, number)
    if example.id in measured_too(project.reader, dataset):
        raise UsageFault(
            f"{row} cannot be an example.", "It stands in dev or test as well.", "Give another row of train."
        )
    if example.expected is None:
        raise UsageFault(f"{row} cannot be an example.", "It has no expected answer.", "Give another row of train.")
    return FewShot(example.inputs, example.expected)


def _of(sheet: Sheet, position: int | None = None) -> tuple[FewShot, ...]:
    """The fixed examples. Raises UsageFault where a rule picks them, and where none is at `position`."""
    if sheet.examples.pick != "fixed":
        raise UsageFault(
            f"These examples are picked for each row ({sheet.examples.pick}).", "", "Pick fixed ones to change them."
        )
    shots = sheet.examples.fixed
    if position is not None and not 0 <= position < len(shots):
        raise UsageFault(f"There is no example {position + 1}.", f"{len(shots)} are shown.")
    return shots


def _fixed(sheet: Sheet, shots: Sequence[FewShot]) -> Sheet:
    changed = replace(sheet, examples=ExampleRule(fixed=tuple(shots)))
    return replace(changed, kept=_kept(changed))


def _kept(sheet: Sheet) -> tuple[ExampleRule, ...]:
    """The rules to come back to, with that of the sheet as the newest where it shows several."""
    now = sheet.examples
    if now.count < 2:
        return sheet.kept
    return (now, *(old for old in sheet.kept if old.pick != now.pick))


def _first(rule: ExampleRule) -> ExampleRule:
    return ExampleRule(fixed=rule.fixed[:1]) if rule.pick == "fixed" else replace(rule, number=1)


def _grown(project: "Project", rule: ExampleRule, number: int) -> ExampleRule:
    """The rule with `number` examples, as far as train has them; fixed ones stay and stand first."""
    there = _usable(project)
    if rule.pick != "fixed":
        return replace(rule, number=max(1, min(number, there)))
    # as many more as may be the same as those there are
    spread = examples_rule(project, min(number + rule.count, there))
    further = tuple(shot for shot in spread.fixed if shot not in rule.fixed)
    return ExampleRule(fixed=(*rule.fixed, *further)[: max(number, rule.count)])


def _usable(project: "Project") -> int:
    """How many rows of train can be examples."""
    from genai_tui.store.datasets import all_examples, find_dataset, measured_too

    dataset = find_dataset(project.reader)
    without = measured_too(project.reader, dataset)
    train = all_examples(project.reader, dataset, "train")
    return sum(example.expected is not None and example.id not in without for example in train)
