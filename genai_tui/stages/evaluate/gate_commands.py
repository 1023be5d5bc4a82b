"""`eval gate`: whether a run may pass, for CI."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.errors import CheckNotMet
from genai_tui.stages.evaluate.shared_commands import SPLITS, Finite, looked

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.gating import Check


@click.command(cls=Command)
@click.argument("reference", metavar="C")
@click.option("--split", type=SPLITS, help="Its last run over it (default: test, else dev).")
@click.option("--scorer", metavar="S", help="Default: the scope's metric.")
@click.option("--target", type=Finite(), metavar="T", help="Default: the scope's.")
@click.option("--part", is_flag=True, help="A run over the first rows of its split (--limit) counts, too.")
@click.option("--reached", is_flag=True, help="The score itself has to be at the target, not its interval's low end.")
@click.option("--against", metavar="R", help="Refuse what is significantly worse than this run.")
@click.option("--max-p95", type=Finite(0), metavar="S", help="Seconds (default: the scope's latency_p95_s).")
@click.option("--max-cost", type=Finite(0), metavar="USD", help="What an answer may cost on average.")
@click.option("--labels", type=click.Path(dir_okay=False), metavar="FILE",
              help="People's labels of a judge's answers: CSV with the columns generation and label.")  # fmt: skip
@click.option("--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Write the verdicts as JUnit XML.")
@pass_frame
def gate(
    frame: Frame,
    reference: str,
    split: Any,
    scorer: str | None,
    target: float | None,
    part: bool,
    reached: bool,
    against: str | None,
    max_p95: float | None,
    max_cost: float | None,
    labels: str | None,
    junit: str | None,
) -> None:
    """Let candidate (or run) C pass, or exit 1 and say why not.

    What it goes by is a run over a whole split, none of whose rows its model was trained on or shown as examples.
    """
    from genai_tui.stages.evaluate.comparing import run_of
    from genai_tui.stages.evaluate.gating import Asked, checks, junit_of
    from genai_tui.stages.evaluate.trusting import read_labels

    people = read_labels(Path(labels)) if labels is not None else {}
    with frame.project() as project:
        found = run_of(project.reader, reference, split)
        other = run_of(project.reader, against, split, found) if against is not None else None
        asked = Asked(scorer, target, reached, other, max_p95, max_cost, part, people)
        verdicts = checks(project.reader, found, asked)
        looked(frame, project, [found])
    failed = [check for check in verdicts if not check.met]
    if junit is not None:
        from genai_tui.datasets.exporting import write_file

        write_file(Path(junit), [junit_of(found, verdicts)])
    if frame.say.json:
        document = {"run": found.id, "met": not failed, "checks": [check.as_json() for check in verdicts]}
        frame.say.document(document)
    else:
        frame.say.lines(f"{_verdict(check)}  {check.sentence}" for check in verdicts)
    if failed:  # people have just read why; a program reads it with the error
        raise CheckNotMet(
            f"Run {found.id} does not pass.", " ".join(check.sentence for check in failed) if frame.say.json else ""
        )


def _verdict(check: "Check") -> str:
    return "NOT MET" if not check.met else "WARNING" if check.warns else "met    "
