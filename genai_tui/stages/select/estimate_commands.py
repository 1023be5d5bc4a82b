"""`estimate`: what a choice of model and hardware takes in memory, time and money, and how far to trust that."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.errors import NoProject, UsageFault, sentence

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.cards import ModelCard
    from genai_tui.records.estimates import Estimate
    from genai_tui.stages.select.estimating import Hardware

F = TypeVar("F", bound=Callable[..., Any])


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order they are listed."""

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


_MODEL = _options(
    click.option("--model", metavar="M", help="A model by name (default: the one in use)."),
    click.option("--config", metavar="FILE", help="A config.json, a folder with one, a GGUF or safetensors file."),
    click.option("--params", metavar="N", help="A model of that many parameters: 7e9, 7B, 135M."),
)
_GPU = _options(
    click.option("--gpu", metavar="NAME", help="An accelerator, as h100 or rtx 4090; cpu (default: what is here)."),
    click.option("--gpus", type=int, metavar="N", help="How many of them (default: 1, or all that are here)."),
)
_SOURCES = click.option("--sources", is_flag=True, help="Say the source of every line.")
_RECIPE = _options(
    click.option("--optimizer", metavar="O", help="adamw, adamw-8bit, paged-adamw-8bit, adafactor, sgd …"),
    click.option("--lora-rank", type=int, metavar="R", help="Rank of the adapters (default: 16)."),
    click.option("--targets", metavar="T,…", help="Matrices that LoRA is laid beside (default: q,v)."),
    click.option("--checkpointing", is_flag=True, help="Activations are recomputed in the backward pass."),
    click.option("--no-flash", is_flag=True, help="Attention without flash kernels."),
    click.option("--shard", metavar="S", help="none, zero1, zero2, zero3 or fsdp."),
    click.option("--tensor", type=int, metavar="N", help="Tensor parallel over N accelerators."),
    click.option("--pipeline", type=int, metavar="N", help="Pipeline parallel over N accelerators."),
)
_TRAFFIC = _options(
    click.option("--input-tokens", type=int, metavar="N", help="Tokens of a prompt."),
    click.option("--output-tokens", type=int, metavar="N", help="Tokens of an answer."),
)
_PRICE = click.option("--hour-price", type=float, metavar="USD", help="Of one accelerator (default: as published).")


@click.group(cls=Group)
def estimate() -> None:
    """Memory, time and money of a model before it is run, each figure with its formula and source."""


@estimate.command(cls=Command)
@_MODEL
@click.option("--method", default="inference", metavar="M", help="inference, full, lora, qlora, dora, prompt …")
@click.option("--precision", metavar="P", help="bf16, fp8, int4, Q4_K_M …; in training bf16, bf16-mixed, fp32.")
@click.option("--kv-precision", default="bf16", metavar="P", help="Of the KV cache (default: bf16).")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences at once.")
@click.option("--seq", type=int, default=4096, metavar="N", help="Tokens of a sequence (default: 4,096).")
@_GPU
@_RECIPE
@_SOURCES
@pass_frame
def memory(frame: Frame, /, method: str, **given: Any) -> None:
    """Memory of inference or training, what fits.

    On the fullest accelerator; of training with --method, the rule of thumb beside it.
    """
    from genai_tui.stages.select.estimating import hardware_asked
    from genai_tui.stages.select.memory_of import memory_of_inference, memory_of_training

    card, said = _card(frame, given)
    hardware = hardware_asked(given["gpu"], given["gpus"], given["model"])
    if method == "inference":
        found = memory_of_inference(card, hardware, given)
    else:
        with _perhaps(frame) as project:
            found = memory_of_training(card, method, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@_MODEL
@click.option("--tokens", metavar="N", help="Tokens trained on, as 2e12 or 15T (default: compute-optimal).")
@click.option("--method", default="full", metavar="M", help="full, lora, qlora … (default: full).")
@click.option("--precision", metavar="P", help="bf16, bf16-mixed, fp16-mixed, fp32.")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences of a micro-batch on one accelerator.")
@click.option("--seq", type=int, default=4096, metavar="N", help="Tokens of a sequence (default: 4,096).")
@click.option("--mfu", type=float, metavar="F", help="Utilisation of the dense peak, as 0.4 (default: with a range).")
@_GPU
@_RECIPE
@_PRICE
@_SOURCES
@pass_frame
def training(frame: Frame, /, method: str, **given: Any) -> None:
    """Hours, energy and money of training.

    Operations at the utilisation that is given, else at the usual one with its range; whether its memory fits.
    """
    from genai_tui.stages.select.memory_of import hours_of_training

    card, said = _card(frame, given)
    hardware = _needed(given)
    with _perhaps(frame) as project:
        found = hours_of_training(card, method, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@_MODEL
@click.option("--precision", metavar="P", help="bf16, fp8, int4, Q4_K_M … (default: bf16).")
@click.option("--batch", type=int, default=1, metavar="N", help="Sequences at once, besides one and as many as fit.")
@click.option("--seq", type=int, metavar="N", help="Tokens in and out together: four fifths in.")
@_TRAFFIC
@click.option("--latency", type=float, metavar="S", help="Seconds a whole answer may take (default: the scope's).")
@click.option(
    "--parallel", type=click.Choice(["tensor", "layers"]), default="tensor", help="How it is split over GPUs."
)
@_GPU
@_PRICE
@_SOURCES
@pass_frame
def serving(frame: Frame, /, **given: Any) -> None:
    """Speed, users and money of serving.

    Time to the first token, speed of one user and of a batch, users at the latency, cost of a million tokens.
    """
    from genai_tui.stages.select.serving_of import serving_of

    card, said = _card(frame, given)
    hardware = _needed(given)
    with _perhaps(frame) as project:
        found = serving_of(card, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@_MODEL
@click.option("--budget", type=float, metavar="USD", help="What there is to spend (default: the scope's budget).")
@click.option("--tokens", metavar="N", help="Tokens the existing model was trained on (default: assumed).")
@click.option("--own-tokens", metavar="N", help="Text of one's own, in tokens (default: 0).")
@click.option("--examples", type=int, default=0, metavar="N", help="Labelled examples that there are.")
@click.option("--mfu", type=float, metavar="F", help="Utilisation of the dense peak, as 0.4 (default: with a range).")
@_GPU
@_PRICE
@_SOURCES
@pass_frame
def pretrain(frame: Frame, /, **given: Any) -> None:
    """Whether pretraining is thinkable.

    Compute-optimal tokens, hours and money from scratch; with a budget the verdict and its reasons.
    """
    from genai_tui.stages.select.pretraining_of import pretraining_of

    card, said = _card(frame, given)
    hardware = _needed(given)
    with _perhaps(frame) as project:
        found = pretraining_of(card, hardware, given, project)
    _tell(frame, card, found.title, found.estimate, hardware, said, found.more, found.sentences, given["sources"])


@estimate.command(cls=Command)
@click.option("--model", metavar="M", help="endpoint/model-id (default: the model in use).")
@_TRAFFIC
@click.option("--prompt", metavar="V", help="Count this prompt version (default: the latest).")
@click.option("--dataset", metavar="D", help="Over this dataset (default: the one in use).")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="dev", help="Rows of this split.")
@click.option("--requests", type=float, metavar="N", help="Requests a month (default: the scope's).")
@click.option("--cached", type=float, metavar="SHARE", help="Share of the prompt read from the provider's cache.")
@click.option("--image-tokens", type=int, metavar="N", help="Tokens of a request's images.")
@_SOURCES
@pass_frame
def api(frame: Frame, /, model: str | None, sources: bool, **given: Any) -> None:
    """Money of an API, a month and a year.

    Tokens as given, else counted over the project's own prompt and dataset; in batches and from the cache.
    """
    from genai_tui.stages.select.estimate_text import amount_text, part_lines, parts_json, wrapped
    from genai_tui.stages.select.serving_of import api_of, billed

    with _perhaps(frame) as project:
        reference = model or (project.model_in_use if project else None)
        endpoint, model_id = billed(project.settings if project else frame.settings(), _named(reference))
        cost, asked, requests = api_of(endpoint, model_id, given, project)
    if frame.say.json:
        tokens = {"input": asked.input_tokens, "output": asked.output_tokens, "cached": asked.cached_tokens}
        frame.say.document(
            {
                "model": f"{endpoint.name}/{model_id}",
                "request_usd": cost.request_usd,
                "month_usd": cost.month_usd,
                "year_usd": cost.year_usd,
                "batch_month_usd": cost.batch_month_usd,
                "requests_a_month": requests,
                "tokens": tokens | {"images": asked.image_tokens, "counted": asked.counted},
                "parts": parts_json(cost.parts),
                "unknown": list(cost.unknown),
                "assumptions": list(cost.assumptions),
            }
        )
        return
    frame.say.text(f"{endpoint.name}/{model_id}: {asked.input_tokens:,} tokens in, {asked.output_tokens:,} out")
    frame.say.text("")
    frame.say.lines(part_lines(cost.parts, sources=sources))
    if cost.month_usd is not None and cost.year_usd is not None:
        month, year = amount_text(cost.month_usd, "US dollars"), amount_text(cost.year_usd, "US dollars")
        frame.say.lines(["", f"≈ {month} a month, {year} a year for {requests:,.0f} requests a month"])
    frame.say.lines(wrapped("unknown   ", [f"{one}; set one in the settings" for one in cost.unknown]))
    frame.say.lines(wrapped("assumed   ", cost.assumptions))


@estimate.command(cls=Command)
@_MODEL
@click.option("--api", metavar="M", help="endpoint/model-id of the API it is held against.")
@click.option("--api-price", type=(float, float), metavar="IN OUT", help="Its dollars a million tokens in and out.")
@click.option("--precision", metavar="P", help="Of the own model (default: bf16).")
@_TRAFFIC
@click.option("--requests", type=float, metavar="N", help="Draw up to so many requests a month.")
@click.option("--load", type=float, metavar="SHARE", help="Share of the time own servers are busy (default: 0.4).")
@_GPU
@_PRICE
@_SOURCES
@pass_frame
def breakeven(frame: Frame, /, api: str | None, api_price: tuple[float, float] | None, **given: Any) -> None:
    """Where own accelerators beat an API.

    From how many requests a month on they cost less, with points for a plot.
    """
    from genai_tui.stages.select.estimate_text import amount_text, part_lines, parts_json, wrapped
    from genai_tui.stages.select.serving_of import own_against, request_price, traffic_asked

    card, said = _card(frame, given)
    hardware = _needed(given)
    with _perhaps(frame) as project:
        settings = project.settings if project else frame.settings()
        traffic = traffic_asked(given, project)
        request_usd, whose = request_price(settings, api, api_price, traffic)
    own = own_against(card, hardware, request_usd, traffic, given)
    crossing, assumed = own.crossing, [*own.said, whose, *filter(None, (said, hardware.said))]
    if frame.say.json:
        points = [{"requests": at, "api_usd": of_api, "own_usd": of_own} for at, of_api, of_own in crossing.points]
        frame.say.document(
            {
                "model": card.name,
                "accelerator": hardware.accelerator.id,
                "gpus": hardware.gpus,
                "crossing_requests": crossing.requests,
                "settled_requests": crossing.settled,
                "capacity_requests": crossing.capacity,
                "points": points,
                "parts": parts_json(crossing.parts),
                "assumptions": assumed,
            }
        )
        return
    frame.say.text(f"{card.name} on {hardware.gpus} x {hardware.accelerator.name} against {whose}")
    frame.say.text("")
    frame.say.lines(part_lines(crossing.parts, sources=given["sources"]))
    frame.say.text("")
    frame.say.table(
        ("requests a month", "API", "own", "cheaper"),
        (
            (
                f"{at:,.0f}",
                amount_text(of_api, "US dollars"),
                amount_text(of_own, "US dollars"),
                _cheaper(of_api, of_own),
            )
            for at, of_api, of_own in crossing.points[::6]
        ),
    )
    frame.say.lines(["", _crossing_said(crossing.requests, crossing.settled)])
    frame.say.lines(wrapped("assumed   ", assumed))


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


def _cheaper(of_api: float, of_own: float) -> str:
    return "own" if of_own < of_api else "API"


def _crossing_said(first: float | None, settled: float | None) -> str:
    if first is None or settled is None:
        return "Own accelerators never cost less: at full load a request on them costs more than the API asks."
    said = f"≈ {first:,.0f} requests a month, and the own ones cost less"
    return said if settled == first else f"{said}; each further server turns it until ≈ {settled:,.0f}"


def _named(model: str | None) -> str:
    if model is None:
        raise UsageFault("No model is named.", "No project with one in use is here.", "Give --model endpoint/model-id.")
    return model


def _card(frame: Frame, given: dict[str, Any]) -> "tuple[ModelCard, str]":
    """The model that is meant: named, else the one in use in the project, if there is one."""
    from genai_tui.stages.select.estimating import model_asked

    if not (given["model"] or given["config"] or given["params"]):
        with _perhaps(frame) as project:
            given["model"] = project.model_in_use if project else None
    return model_asked(given["model"], given["config"], given["params"])


def _needed(given: dict[str, Any]) -> "Hardware":
    from genai_tui.stages.select.estimating import hardware_needed

    return hardware_needed(given["gpu"], given["gpus"], given["model"])


@contextmanager
def _perhaps(frame: Frame) -> Iterator["Project | None"]:
    """The project that is meant, or None where there is none: estimates need no project, unless one was named."""
    try:
        project = frame.project()
    except NoProject:
        if frame.path is not None:
            raise
        yield None
        return
    with project:
        yield project


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
