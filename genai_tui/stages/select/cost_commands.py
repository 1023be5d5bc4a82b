"""`estimate api` and `estimate breakeven`: what an API costs, and where own accelerators cost less."""

from typing import Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.errors import UsageFault
from genai_tui.stages.select.estimate_options import (
    GPU,
    MODEL,
    PRICE,
    SOURCES,
    TRAFFIC,
    card_meant,
    hardware_meant,
    project_perhaps,
)


@click.command(cls=Command)
@click.option("--model", metavar="M", help="endpoint/model-id (default: the model in use).")
@TRAFFIC
@click.option("--prompt", metavar="V", help="Count this prompt version (default: the latest).")
@click.option("--dataset", metavar="D", help="Over this dataset (default: the one in use).")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="dev", help="Rows of this split.")
@click.option("--requests", type=float, metavar="N", help="Requests a month (default: the scope's).")
@click.option("--cached", type=float, metavar="SHARE", help="Share of the prompt read from the provider's cache.")
@click.option("--image-tokens", type=int, metavar="N", help="Tokens of a request's images.")
@SOURCES
@pass_frame
def api(frame: Frame, /, model: str | None, sources: bool, **given: Any) -> None:
    """Money of an API, a month and a year.

    Tokens as given, else counted over the project's own prompt and dataset; in batches and from the cache.
    """
    from genai_tui.stages.select.estimate_text import amount_text, part_lines, parts_json, wrapped
    from genai_tui.stages.select.serving_of import api_of, billed

    with project_perhaps(frame) as project:
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


@click.command(cls=Command)
@MODEL
@click.option("--api", metavar="M", help="endpoint/model-id of the API it is held against.")
@click.option("--api-price", type=(float, float), metavar="IN OUT", help="Its dollars a million tokens in and out.")
@click.option("--precision", metavar="P", help="Of the own model (default: bf16).")
@TRAFFIC
@click.option("--requests", type=float, metavar="N", help="Draw up to so many requests a month.")
@click.option("--load", type=float, metavar="SHARE", help="Share of the time own servers are busy (default: 0.4).")
@GPU
@PRICE
@SOURCES
@pass_frame
def breakeven(frame: Frame, /, api: str | None, api_price: tuple[float, float] | None, **given: Any) -> None:
    """Where own accelerators beat an API.

    From how many requests a month on they cost less, with points for a plot.
    """
    from genai_tui.stages.select.estimate_text import amount_text, part_lines, parts_json, wrapped
    from genai_tui.stages.select.serving_of import own_against, request_price, traffic_asked

    card, said = card_meant(frame, given)
    hardware = hardware_meant(given)
    with project_perhaps(frame) as project:
        settings = project.settings if project else frame.settings()
        traffic = traffic_asked(given, project)
        request_usd, whose = request_price(settings, api, api_price, traffic)
    own = own_against(card, hardware, request_usd, traffic, given, whose)
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
    frame.say.lines(wrapped("", [f"{card.name} on {hardware.gpus} x {hardware.accelerator.name} against {whose}"]))
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
    frame.say.lines(["", crossing_said(crossing.requests, crossing.settled)])
    frame.say.lines(wrapped("assumed   ", assumed))


def _cheaper(of_api: float, of_own: float) -> str:
    return "own" if of_own < of_api else "API"


def crossing_said(first: float | None, settled: float | None) -> str:
    """From how many requests a month on own accelerators cost less, in a sentence."""
    from genai_tui.stages.select.estimate_text import round_text

    if first is None or settled is None:
        return "Own accelerators never cost less: at full load a request on them costs more than the API asks."
    said = f"≈ {round_text(first)} requests a month, and the own ones cost less"
    return said if settled == first else f"{said}; each further server turns it until ≈ {round_text(settled)}"


def _named(model: str | None) -> str:
    if model is None:
        raise UsageFault("No model is named.", "No project with one in use is here.", "Give --model endpoint/model-id.")
    return model
