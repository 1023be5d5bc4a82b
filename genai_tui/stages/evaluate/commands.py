"""The commands of stage 6: `eval run` and what is done with runs."""

from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.candidates import Candidate


@click.group("eval", cls=Group)
def eval_() -> None:
    """Measure candidates, compare runs, let CI refuse a worse one."""


@eval_.command("run", cls=Command)
@click.argument("references", nargs=-1, required=True, metavar="C...")
@click.option("--dataset", metavar="D", help="What is asked (default: the dataset in use).")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="dev", show_default=True)
@click.option("--scorer", "scorers", multiple=True, metavar="S", help="May be given several times.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N rows only.")
@click.option("--repeats", type=click.IntRange(1), default=1, show_default=True, metavar="N")
@click.option("--max-in-flight", type=click.IntRange(1), default=8, show_default=True, metavar="N")
@click.option("--no-cache", is_flag=True, help="Ask also what was asked before.")
@pass_frame
def run_(
    frame: Frame,
    references: tuple[str, ...],
    dataset: str | None,
    split: Any,
    scorers: tuple[str, ...],
    limit: int | None,
    repeats: int,
    max_in_flight: int,
    no_cache: bool,
) -> int:
    """Measure each candidate C over a split of the dataset."""
    from genai_tui.stages.evaluate.results import run_as_json
    from genai_tui.stages.evaluate.running import Limits, run_candidates
    from genai_tui.store.candidates import find_candidate

    async def work(project: "Project", candidates: "list[Candidate]") -> None:
        names = {candidate.id: candidate.name for candidate in candidates}
        async for ended in run_candidates(
            project,
            candidates,
            split=split,
            scorers=scorers,
            dataset=dataset,
            rows=limit,
            repeats=repeats,
            cache=not no_cache,
            limits=Limits(max_in_flight),
        ):
            frame.say.document(run_as_json(ended, names[ended.candidate]))

    with frame.project() as project:
        candidates = [find_candidate(project.reader, reference) for reference in references]
        run(lambda: work(project, candidates))
    return 0
