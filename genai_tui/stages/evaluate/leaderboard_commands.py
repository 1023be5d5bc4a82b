"""`eval leaderboard`: who leads over a split."""

from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.stages.evaluate.shared_commands import SPLITS, looked

if TYPE_CHECKING:
    from genai_tui.records.runs import Run


@click.command(cls=Command)
@click.option("--dataset", metavar="D", help="Default: that of the newest run there.")
@click.option("--split", type=SPLITS, help="Default: test where anything was measured over it, else dev.")
@click.option("--scorer", metavar="S", help="Default: the scope's metric, else exact.")
@pass_frame
def leaderboard(frame: Frame, dataset: str | None, split: Any, scorer: str | None) -> None:
    """Rank the candidates by their last whole run over a split, the best first."""
    from genai_tui.stages.evaluate.leaders import leaders, measured, over_other_rows
    from genai_tui.stages.evaluate.results import dollars, value_text
    from genai_tui.stages.evaluate.scorers import known_name
    from genai_tui.stages.evaluate.seen import seen_as_json
    from genai_tui.store.candidates import candidate_with
    from genai_tui.store.datasets import find_dataset, find_dataset_version
    from genai_tui.store.scopes import current_scope
    from genai_tui.store.seen import mark_of, seen_of

    with frame.project() as project:
        reader = project.reader
        name = known_name(scorer or current_scope(reader).metric or "exact")
        wanted = None if dataset is None else find_dataset(reader, dataset).name
        found = measured(reader, split or "test", name, wanted)
        where = split or ("test" if found else "dev")
        ranked = leaders(found or measured(reader, where, name, wanted), name)
        names = [candidate_with(reader, each.run.candidate) for each in ranked]
        others = over_other_rows(reader, ranked)
        versions = [find_dataset_version(reader, each.run.dataset_version) for each in ranked]
        seen = {each.run.id: seen_of(reader, each.run.id) for each in ranked}
        looked(frame, project, [each.run for each in ranked])
    over = versions[0].name if versions else wanted
    if frame.say.json:
        rows = [
            {
                "place": place,
                "run": each.run.id,
                "candidate": who.name,
                "model": who.model,
                **each.value._asdict(),
                "version": version.version,
                "other_rows": each.run.id in others,
                "part": not each.run.whole,
                "cost_usd": each.run.result.cost_usd if each.run.result else None,
            }
            | seen_as_json(seen[each.run.id])
            for place, (each, who, version) in enumerate(zip(ranked, names, versions, strict=True), 1)
        ]
        frame.say.document({"dataset": over, "split": where, "scorer": name, "candidates": rows})
    elif ranked:

        def marked(run: "Run") -> str:
            mark = mark_of(seen[run.id]) or ("part" if not run.whole else "other rows" if run.id in others else "")
            return f"! {mark}" if mark else ""

        cells = (
            (place, who.name, who.model, value_text(each.value), dollars(each.run.result.cost_usd), each.run.id,
             marked(each.run))
            for place, (each, who) in enumerate(zip(ranked, names, strict=True), 1)
            if each.run.result is not None
        )  # fmt: skip
        frame.say.table(("", "candidate", "model", f"{name} over {over} {where}", "cost", "run", ""), cells)
        frame.say.lines(f"  ! run {run}: {each.text}" for run, found in seen.items() for each in found)
        if others:
            runs = ", ".join(str(run) for run in sorted(others))
            told = f"runs {runs} are no rivals" if len(others) > 1 else f"run {runs} is no rival"
            frame.say.text(f"  ! {where} has had other rows since, or had before: {told} of the rest.")
    else:
        frame.say.note(
            f"Nothing was measured by {name} over {where} yet. genai-tui eval run C measures a candidate, "
            "genai-tui eval rescore R --scorer S scores a run that is there."
        )
