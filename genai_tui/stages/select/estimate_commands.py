"""`estimate`: what a choice of model and hardware takes in memory, time and money, and how far to trust that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.errors import sentence
from genai_tui.stages.select.cost_commands import api, breakeven
from genai_tui.stages.select.estimate_options import (
    GPU,
    MODEL,
    PRICE,
    RECIPE,
    SOURCES,
    TRAFFIC,
    card_meant,
    hardware_meant,
    project_perhaps,
)

if TYPE_CHECKING:
    from genai_tui.records.cards import ModelCard
    from genai_tui.records.estimates import Estimate
    from genai_tui.stages.select.estimating import Hardware


@click.group(cls=Group)
def estimate() -> None:
    """Memory, time and money of a model before it is run, each figure with its formula and source."""


@estimate.command(cls=Command)
@MODEL
@click.option("--method", default="inference", metavar="M", help="inference, full, lora, qlora, dora, prompt …")
@click.option("--precision", metavar="P", help="bf16, fp8, int4, Q4_K_M …; in training bf16, bf16-mixed, fp32.")
@click.option("--kv-precision", default="bf16", metavar="P", help="Of the KV cache (default: bf16).")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences at once.")
@click.option("--seq", type=int, default=4096, metavar="N", help="Tokens of a sequence (default: 4,096).")
@GPU
@RECIPE
@SOURCES
@pass_frame
def memory(frame: Frame, /, method: str, **given: Any) -> None:
    """Memory of inference or training, what fits.

    On the fullest accelerator; of training with --method, the rule of thumb beside it.
    """
    from genai_tui.stages.select.estimating import hardware_asked
    from genai_tui.stages.select.memory_of import memory_of_inference, memory_of_training

    card, said = card_meant(frame, given)
    hardware = hardware_asked(given["gpu"], given["gpus"], given["model"])
    if method == "inference":
        found = memory_of_inference(card, hardware, given)
    else:
        with project_perhaps(frame) as project:
            found = memory_of_training(card, method, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@MODEL
@click.option(
    "--tokens", metavar="N", help="Tokens trained on, as 2e12 or 15T (default: compute-optimal; adapters: 10M)."
)
@click.option("--method", default="full", metavar="M", help="full, lora, qlora … (default: full).")
@click.option("--precision", metavar="P", help="bf16, bf16-mixed, fp16-mixed, fp32.")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences of a micro-batch on one accelerator.")
@click.option("--seq", type=int, default=4096, metavar="N", help="Tokens of a sequence (default: 4,096).")
@click.option("--mfu", type=float, metavar="F", help="Utilisation of the dense peak, as 0.4 (default: with a range).")
@GPU
@RECIPE
@PRICE
@SOURCES
@pass_frame
def training(frame: Frame, /, method: str, **given: Any) -> None:
    """Hours, energy and money of training.

    Operations at the utilisation that is given, else at the usual one with its range; whether its memory fits.
    """
    from genai_tui.stages.select.memory_of import hours_of_training

    card, said = card_meant(frame, given)
    hardware = hardware_meant(given)
    with project_perhaps(frame) as project:
        found = hours_of_training(card, method, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@MODEL
@click.option("--precision", metavar="P", help="bf16, fp8, int4, Q4_K_M … (default: bf16).")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences at once, besides one and as many as fit.")
@click.option("--seq", type=int, metavar="N", help="Tokens in and out together: four fifths in.")
@TRAFFIC
@click.option("--latency", type=float, metavar="S", help="Seconds a whole answer may take (default: the scope's).")
@click.option(
    "--parallel", type=click.Choice(["tensor", "layers"]), default="tensor", help="How it is split over GPUs."
)
@GPU
@PRICE
@SOURCES
@pass_frame
def serving(frame: Frame, /, **given: Any) -> None:
    """Speed, users and money of serving.

    Time to the first token, speed of one user and of a batch, users at the latency, cost of a million tokens.
    """
    from genai_tui.stages.select.serving_of import serving_of

    card, said = card_meant(frame, given)
    hardware = hardware_meant(given)
    with project_perhaps(frame) as project:
        found = serving_of(card, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@MODEL
@click.option("--budget", type=float, metavar="USD", help="What there is to spend (default: the scope's budget).")
@click.option("--tokens", metavar="N", help="Tokens the existing model was trained on (default: assumed).")
@click.option("--own-tokens", metavar="N", help="Text of one's own, in tokens (default: 0).")
@click.option("--examples", type=int, default=0, metavar="N", help="Labelled examples that there are.")
@click.option("--mfu", type=float, metavar="F", help="Utilisation of the dense peak, as 0.4 (default: with a range).")
@GPU
@PRICE
@SOURCES
@pass_frame
def pretrain(frame: Frame, /, **given: Any) -> None:
    """Whether pretraining is thinkable.

    Compute-optimal tokens, hours and money from scratch; with a budget the verdict and its reasons.
    """
    from genai_tui.stages.select.pretraining_of import pretraining_of

    card, said = card_meant(frame, given)
    hardware = hardware_meant(given)
    with project_perhaps(frame) as project:
        found = pretraining_of(card, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--rows", is_flag=True, help="List every row, not only those that are furthest off.")
@pass_frame
def check(frame: Frame, files: tuple[str, ...], rows: bool) -> None:
    """Hold estimates against published figures.

    FILEs are told by their rows; models are looked up in them, then among the cards that come with the program.
    """
    from genai_tui.estimation.checking.files import check_files
    from genai_tui.stages.select.check_text import table_json, table_lines

    report = check_files(files)
    if frame.say.json:
        not_checked = [{"file": file, "reason": reason} for file, reason in report.not_checked]
        frame.say.document({"tables": [table_json(one) for one in report.tables], "not_checked": not_checked})
        return
    for table in report.tables:
        frame.say.lines(table_lines(table, all_rows=rows))
    for file, reason in report.not_checked:
        frame.say.note(f"{file} is not checked: {reason}.")


estimate.add_command(api)
estimate.add_command(breakeven)


def _tell(
    frame: Frame,
    card: "ModelCard",
    title: str,
    found: "Estimate",
    hardware: "Hardware | None",
    said: str,
    more: dict[str, Any],
    sentences: Sequence[str],
    sources: bool,
) -> None:
    """Print an estimate: as one JSON document, or its lines."""
    from genai_tui.stages.select.estimate_text import as_json, estimate_lines, wrapped
    from genai_tui.stages.select.estimating import joined

    assumed = joined((*found.assumptions, said, hardware.said if hardware else ""))
    if frame.say.json:
        document = as_json(found) | {
            "assumptions": list(assumed),
            "model": card.name,
            "accelerator": hardware.accelerator.id if hardware else None,
            "gpus": hardware.gpus if hardware else None,
        }
        frame.say.document(document | more)
        return
    on = f" on {hardware.gpus:,} x {hardware.accelerator.name}" if hardware else ""
    frame.say.lines(wrapped("", [f"{card.name}: {title}{on}"]))
    frame.say.text("")
    frame.say.lines(estimate_lines(found, sources=sources))
    frame.say.lines(wrapped("", sentences))
    if found.measured is not None:
        frame.say.lines(wrapped("", [sentence(found.measured.sentence)]))
    frame.say.lines(wrapped("assumed   ", assumed))
