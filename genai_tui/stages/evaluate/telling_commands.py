"""Commands that tell of runs: what came of them, how they differ, who leads; and what a run can show."""

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.commands.say import local_time
from genai_tui.errors import GenaiError
from genai_tui.stages.evaluate.shared_commands import SPLITS, Finite, looked

if TYPE_CHECKING:
    from genai_tui.records.runs import Run
    from genai_tui.store.reader import Reader


@click.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the runs, the newest first."""
    from genai_tui.stages.evaluate.results import run_as_json, score_text
    from genai_tui.stages.evaluate.seen import seen_as_json
    from genai_tui.store.candidates import candidate_with
    from genai_tui.store.datasets import find_dataset_version
    from genai_tui.store.runs import all_runs
    from genai_tui.store.seen import mark_of, seen_of

    with frame.project() as project:
        runs = [_listed(project.reader, each) for each in all_runs(project.reader)]
        names = {number: candidate_with(project.reader, number).name for number in {r.candidate for r in runs}}
        over = {v: find_dataset_version(project.reader, v) for v in {r.dataset_version for r in runs}}
        seen = {r.id: seen_of(project.reader, r.id) for r in runs}
        looked(frame, project, runs)
    if frame.say.json:
        documents = [
            run_as_json(r, names[r.candidate])
            | {"dataset": over[r.dataset_version].name, "version": over[r.dataset_version].version}
            | seen_as_json(seen[r.id])
            for r in runs
        ]
        frame.say.document({"runs": documents})
    elif runs:
        rows = ((r.id, names[r.candidate], f"{over[r.dataset_version].name} {r.split}", r.state,
                 f"{r.result.answered if r.result else 0:,} of {r.n:,}", score_text(r),
                 f"! {mark}" if (mark := mark_of(seen[r.id])) else "", local_time(r.created))
                for r in runs)  # fmt: skip
        frame.say.table(("run", "candidate", "over", "state", "answers", "score", "", "begun"), rows)
    else:
        frame.say.note("No run yet. Measure a candidate: genai-tui eval run C")


def _listed(reader: "Reader", run: "Run") -> "Run":
    """A run as it stands; one that cannot be summed up now, for want of its scorer, must not hide all others."""
    from genai_tui.stages.evaluate.results import as_it_stands

    try:
        return as_it_stands(reader, run)
    except GenaiError:
        return run


@click.command(cls=Command)
@click.argument("number", metavar="R")
@click.option("--scorer", metavar="S", help="Of which --by and --failures tell (default: its first).")
@click.option("--by", type=click.Choice(["tag", "expected", "length", "class", "confusion"]),
              help="The score of each slice; precision and recall of each class; what was taken for what.")  # fmt: skip
@click.option("--failures", is_flag=True, help="What was answered wrongly or not at all, the worst first.")
@click.option("--most", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="So many of them.")
@pass_frame
def show(frame: Frame, number: str, scorer: str | None, by: Any, failures: bool, most: int) -> None:
    """Show run R: every score, what it took, how far it is, where it is weak."""
    from genai_tui.stages.evaluate.planning import noise_as_json, noise_of, noise_said
    from genai_tui.stages.evaluate.results import as_it_stands, failure_lines, failures_of, run_as_json, run_lines
    from genai_tui.stages.evaluate.scored import scored_by
    from genai_tui.stages.evaluate.seen import seen_as_json, seen_lines
    from genai_tui.stages.evaluate.slicing import expected_of, wrong_answers, wrong_as_json
    from genai_tui.stages.evaluate.trusting import trust_as_json, trust_lines, trust_of
    from genai_tui.stages.evaluate.valueless import valueless, valueless_as_json, valueless_lines
    from genai_tui.store.candidates import candidate_with
    from genai_tui.store.datasets import find_dataset_version
    from genai_tui.store.runs import find_run
    from genai_tui.store.seen import seen_of

    with frame.project() as project:
        reader = project.reader
        found = find_run(reader, number)
        found = as_it_stands(reader, found)
        name = candidate_with(reader, found.candidate).name
        dataset = find_dataset_version(reader, found.dataset_version)
        which = scored_by(found, scorer)
        parted = _parted(reader, found, which, by) if by is not None else None
        wrong = wrong_answers(reader, found, which, most) if failures else None
        failed, none = failures_of(reader, found), valueless(reader, found)
        noise, judges, seen = noise_of(reader, found), trust_of(reader, found), seen_of(reader, found.id)
        looked(frame, project, [found])
    if frame.say.json:
        more: dict[str, Any] = {"dataset": dataset.name, "version": dataset.version, "repeats": found.repeats}
        more |= {**found.options, **noise_as_json(noise), **trust_as_json(judges), **seen_as_json(seen)}
        more |= ({"failures": [each.as_json() for each in failed]} if failed else {}) | valueless_as_json(none)
        if parted is not None:
            more |= {"by": by, "scorer": which, parted.key: parted.documents}
        if wrong is not None:
            more |= {"scorer": which, "wrong": wrong.of, "wrong_answers": [wrong_as_json(a) for a in wrong.answers]}
        frame.say.document(run_as_json(found, name) | more)
        return
    frame.say.lines(run_lines(found, name, f"{dataset.name} v{dataset.version}"))
    frame.say.lines([*valueless_lines(none), *seen_lines(seen)])
    frame.say.lines(failure_lines(failed, found.result.failed if found.result is not None else 0))
    said = noise_said(noise)
    frame.say.lines([*([f"  repeats      {said}"] if said else []), *trust_lines(judges)])
    if parted is not None and parted.rows:
        frame.say.table(parted.head, parted.rows)
    elif parted is not None:
        frame.say.note(f"There is nothing to part it by: {'no row has a tag' if by == 'tag' else f'no {by} is known'}.")
    if wrong is not None:
        frame.say.note(f"{wrong.of:,} of {found.result.n if found.result else 0:,} answers are wrong or missing.")
        if wrong.answers:
            frame.say.table(
                ("generation", "expected", "got", "why"),
                ((a.id, expected_of(a) or "", a.got, a.error or a.reason) for a in wrong.answers),
            )


class _Parted(NamedTuple):
    """A run in parts: under which key its documents stand in JSON, and a table for people."""

    key: str
    documents: list[dict[str, Any]]
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def _parted(reader: "Reader", run: "Run", scorer: str, by: Any) -> _Parted:
    from genai_tui.records.intervals import places_of
    from genai_tui.stages.evaluate.slicing import classed, confused, sliced

    if by == "class":
        classes = classed(reader, run, scorer)
        rows = [(each.label, each.n, *(f"{share:.3f}" for share in each[2:])) for each in classes]
        head = ("class", "n", "precision", "recall", "F1")
        return _Parted("classes", [each._asdict() for each in classes], head, rows)
    if by == "confusion":
        mixed = confused(reader, run, scorer)
        return _Parted("confusion", [each._asdict() for each in mixed], ("n", "expected", "got"), [*map(tuple, mixed)])
    slices = sliced(reader, run, scorer, by)
    places = places_of(*(end for each in slices for end in each.value[:3]))
    said = [
        (each.name, each.value.n, *("–" if end is None else f"{end:.{places}f}" for end in each.value[:3]))
        for each in slices
    ]
    return _Parted("slices", [each.as_json() for each in slices], (by, "n", scorer, "low", "high"), said)


@click.command(cls=Command)
@click.option("--dataset", metavar="D", help="Default: the dataset in use.")
@click.option("--split", type=SPLITS, default="dev", show_default=True)
@click.option("--examples", type=click.IntRange(1), metavar="N", help="So many, instead of those of the split.")
@click.option("--difference", type=Finite(), default=0.05, show_default=True, metavar="D", help="That is to be seen.")
@click.option("--discordant", type=Finite(0, 1), metavar="S",
              help="Share of examples that one candidate alone answers rightly (0.25).")  # fmt: skip
@click.option("--deviation", type=Finite(), metavar="X", help="For a mean: the deviation of paired differences.")
@pass_frame
def plan(
    frame: Frame,
    dataset: str | None,
    split: Any,
    examples: int | None,
    difference: float,
    discordant: float | None,
    deviation: float | None,
) -> None:
    """Say which difference a split can show, and how many examples a wished one takes."""
    from genai_tui.stages.evaluate.planning import plan as planned

    if examples is None:
        from genai_tui.stages.evaluate.running import plan_run

        with frame.project() as project:
            examples = plan_run(project, split=split, dataset=dataset).n
    found = planned(examples, difference, discordant, deviation)
    if frame.say.json:
        frame.say.document(found._asdict())
    else:
        frame.say.lines(found.sentences())


@click.command(cls=Command)
@click.argument("a", metavar="A")
@click.argument("others", nargs=-1, required=True, metavar="B...")
@click.option("--scorer", metavar="S", help="By what (default: the first that all have).")
@click.option("--split", type=SPLITS, help="For candidates: their last run over it.")
@click.option("--changed", "most", type=click.IntRange(1), metavar="N",
              help="List up to N examples that got worse, and N that got better.")  # fmt: skip
@pass_frame
def compare(frame: Frame, a: str, others: tuple[str, ...], scorer: str | None, split: Any, most: int | None) -> None:
    """Compare run B with run A (numbers, or candidates) on the examples that both have: B − A; several with Holm."""
    from genai_tui.stages.evaluate.comparing import (
        compare_runs,
        comparison_as_json,
        comparison_lines,
        runs_of,
    )
    from genai_tui.stages.evaluate.rivals import Against, corrected
    from genai_tui.stages.evaluate.scored import scorer_of_all
    from genai_tui.stages.evaluate.side_by_side import changed_lists
    from genai_tui.store.seen import seen_of

    with frame.project() as project:
        first, *rest = runs_of(project.reader, (a, *others), split)
        which = scorer or scorer_of_all([first, *rest])
        seen = {run.id: seen_of(project.reader, run.id) for run in (first, *rest)}
        found = [
            Against(first, run, *compare_runs(project.reader, first, run, which), seen=(seen[first.id], seen[run.id]))
            for run in rest
        ]
        looked(frame, project, [first, *rest])
        lists = [changed_lists(project.reader, each.base, each.run, each.scorer, most or 0) for each in found]
    for each, changed in zip(corrected(found), lists, strict=True):
        assert each.found is not None
        if frame.say.json:
            more: dict[str, Any] = {"scorer": each.scorer, "a": first.id, "b": each.run.id}
            more |= (
                {"changed": {word: [row._asdict() for row in rows] for word, rows in changed.items()}} if most else {}
            )
            more |= each.seen_as_json()
            frame.say.document(comparison_as_json(each.found) | more | ({"holm": each.holm} if others[1:] else {}))
        else:
            frame.say.lines(comparison_lines(first, each.run, each.scorer, each.found, each.holm))
            frame.say.lines(f"! {doubt}" for doubt in each.doubts)
            for word, rows in changed.items():
                of = each.found.better if word == "better" else each.found.worse
                shown = f", {len(rows):,} of them" if rows and len(rows) < of else ""
                frame.say.text(f"got {word}{shown}:" if rows else f"got {word}: none")
                if rows:
                    frame.say.table(("expected", f"run {first.id}", f"run {each.run.id}", "inputs"), rows)
