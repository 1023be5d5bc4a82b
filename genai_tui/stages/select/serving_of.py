"""Serving, APIs and renting, as they are asked for and told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.api import ApiCost, Asked, api_cost
from genai_tui.estimation.corrected import measured_here
from genai_tui.estimation.rental import LOAD, Crossing, break_even, hour_price
from genai_tui.estimation.serving import Server, Traffic, reading_of, saturated_speed, serving
from genai_tui.inference.prices import is_provider
from genai_tui.records.cards import ModelCard
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.estimates import Estimate
from genai_tui.stages.select.estimating import EMBEDDED, Hardware, Told

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.settings import Settings

Given = Mapping[str, Any]
USUAL_IN, USUAL_OUT = 1000, 250


@dataclass(frozen=True)
class Own:
    """Own servers against an API: where they cross, and the speed of one that it rests on."""

    crossing: Crossing
    speed: float
    said: tuple[str, ...]


def serving_of(card: ModelCard, hardware: Hardware, given: Given, project: "Project | None") -> Told:
    """Serving as asked, with what the scope says, corrected by what was measured here. Raises UsageFault."""
    traffic = traffic_asked(given, project)
    server, priced = server_asked(hardware, given)
    precision = given["precision"] or _served_in(given["model"]) or card.precision or "bf16"
    found = _corrected(card, precision, server, traffic, given, project)
    found = replace(found, assumptions=(*found.assumptions, *priced))
    values = {part.name: part.value for part in found.parts}
    fits = values["sequences at once"] > 0
    more = {
        "fits": fits,
        "precision": precision,
        "first_token_s": values["time to first token"],
        "between_tokens_s": values["between tokens"],
        "saturated_tokens_per_s": values["saturated"],
        "sequences_at_once": values["sequences at once"],
        "users_within_latency": values.get("users within the latency"),
        "usd_per_million_output_tokens": values.get("a million tokens out"),
    }
    said = "the weights fit" if fits else "the weights do not fit"
    title = f"serving in {precision}, {traffic.input_tokens:,} tokens in, {traffic.output_tokens:,} out"
    return Told(title, found, more, (f"For one user, tokens a second; {said} in its memory.",))


def traffic_asked(given: Given, project: "Project | None") -> Traffic:
    """Tokens and latency as given, else as the scope says, else usual ones."""
    scope = _scope(project)
    whole, latency = given.get("seq"), given.get("latency")
    if whole is not None:
        count("sequence length", whole, high=1e9)
    split = (None, None) if whole is None else (whole * 4 // 5, max(1, whole // 5))
    said = (scope.input_tokens, scope.output_tokens, scope.latency_p95_s) if scope else (None, None, None)
    return Traffic(
        _first(given["input_tokens"], split[0], said[0], USUAL_IN),
        _first(given["output_tokens"], split[1], said[1], USUAL_OUT),
        latency if latency is not None else said[2],
    )


def server_asked(hardware: Hardware, given: Given) -> tuple[Server, tuple[str, ...]]:
    """The server that is meant with the price of its accelerators, and where the price comes from."""
    price, said = given["hour_price"], tuple[str, ...]()
    if price is None and (published := hour_price(hardware.accelerator)):
        price, said = published.median, (f"an accelerator is rented at {published.sentence}, {published.source}",)
    return Server(hardware.accelerator, hardware.gpus, given.get("parallel") or "tensor", price), said


def api_of(endpoint: Endpoint, model_id: str, given: Given, project: "Project | None") -> tuple[ApiCost, Asked, float]:
    """What the API costs for requests as given, else as the project asks and its scope says. Raises UsageFault."""
    scope = _scope(project)
    requests = given["requests"] if given["requests"] is not None else scope and scope.requests_a_month
    asked = asked_of(project, model_id, given)
    return api_cost(endpoint, model_id, asked, 1 if requests is None else requests), asked, requests or 1


def asked_of(project: "Project | None", model_id: str, given: Given) -> Asked:
    """The tokens of a request: given, counted over prompt and dataset, of the scope, or usual ones."""
    into, out, how = given["input_tokens"], given["output_tokens"], "as given"
    if (into is None or out is None) and project is not None:
        counted = _counted(project, model_id, given)
        if counted is not None:
            into, out = _first(into, counted.input_tokens), _first(out, counted.output_tokens)
            how = f"counted {counted.counted}"
    scope = _scope(project)
    if (into is None or out is None) and scope and scope.input_tokens and scope.output_tokens:
        into, out, how = _first(into, scope.input_tokens), _first(out, scope.output_tokens), "as the scope says"
    if into is None or out is None:
        into, out = _first(into, USUAL_IN), _first(out, USUAL_OUT)
        how = "as usual: nothing says how many there are"
    share = given.get("cached") or 0.0
    if not 0 <= share <= 1:
        raise UsageFault("The cached share is no share.", f"{share:g} is not between 0 and 1.", "Give --cached 0.5.")
    return Asked(into, out, round(into * share), given.get("image_tokens") or 0, how)


def own_against(
    card: ModelCard, hardware: Hardware, request_usd: float, traffic: Traffic, given: Given, whose: str
) -> Own:
    """Own servers of `card` against an API at `request_usd` a request, which is `whose` price.

    Raises UsageFault, also for unknown prices.
    """
    server, said = server_asked(hardware, given)
    if server.usd_per_hour is None:
        raise UsageFault(
            f"What an hour of {hardware.accelerator.name} costs is not known.", "", "Give it with --hour-price USD."
        )
    precision = given["precision"] or card.precision or "bf16"
    speed = saturated_speed(reading_of(card, precision, traffic.mean), server, traffic)
    if not speed:
        raise UsageFault(
            f"{card.name} in {precision} does not fit on {server.gpus} x {hardware.accelerator.name}.",
            "Its weights alone take more than the memory.",
            "Give more with --gpus, or fewer bits with --precision.",
        )
    crossing = break_even(
        request_usd,
        server.usd_per_hour * server.gpus,
        speed / traffic.output_tokens,
        load=given.get("load") or LOAD,
        most=given["requests"] or 0,
    )
    api, *own = crossing.parts
    formula = f"{traffic.input_tokens:,} tokens in and {traffic.output_tokens:,} out, each at its price"
    return Own(replace(crossing, parts=(replace(api, formula=formula, source=whose), *own)), speed, said)


def billed(settings: "Settings", reference: str) -> tuple[Endpoint, str]:
    """The endpoint and id of a model; a provider of the price list need not be an endpoint. Raises UsageFault."""
    name, slash, model_id = reference.partition("/")
    if slash and model_id and name not in settings.endpoints and is_provider(name):
        return Endpoint(name, "", provider=name), model_id
    return settings.model(reference)


def request_price(
    settings: "Settings", api: str | None, price: tuple[float, float] | None, traffic: Traffic
) -> tuple[float, str]:
    """Dollars of a request at the API that is meant, and whose price it is. Raises UsageFault where it is unknown."""
    asked = Asked(traffic.input_tokens, traffic.output_tokens)
    if price is not None:
        endpoint, model_id = (
            Endpoint("the API", "", price=Price(*(amount("price", one, zero=True) for one in price))),
            "",
        )
    elif api is not None:
        endpoint, model_id = billed(settings, api)
    else:
        raise UsageFault(
            "Nothing is named to hold own accelerators against.",
            "",
            "Give --api endpoint/model-id or --api-price IN OUT.",
        )
    usd = api_cost(endpoint, model_id, asked, 1).request_usd
    if usd is None:
        raise UsageFault(
            f"What {api} costs is not known.",
            "No price is in the settings or the price list.",
            "Give --api-price IN OUT.",
        )
    return (
        usd,
        f"{api or 'an API'} at ${usd:.4g} a request of {traffic.input_tokens:,} in, {traffic.output_tokens:,} out",
    )


def _corrected(
    card: ModelCard, precision: str, server: Server, traffic: Traffic, given: Given, project: "Project | None"
) -> Estimate:
    """The estimate, corrected by the speed of answers that the project has of a model that runs on this machine."""
    found = serving(card, precision, server, traffic, batch=given["batch"])
    name, _, model_id = (given["model"] or "").partition("/")
    endpoint = project.settings.endpoints.get(name) if project is not None else None
    if project is None or endpoint is None or not (endpoint.embedded or endpoint.local):
        return found
    from genai_tui.store.measurements import measured_speeds

    told = measured_here(found, measured_speeds(project.reader, name, model_id), f"answers of {given['model']}")
    if told.measured is None:
        return found
    corrected = serving(card, precision, replace(server, ratio=told.measured.ratio), traffic, batch=given["batch"])
    return replace(told, parts=corrected.parts)


def _counted(project: "Project", model_id: str, given: Given) -> Any:
    from genai_tui.stages.select.request_tokens import request_tokens
    from genai_tui.store.datasets import find_dataset
    from genai_tui.store.prompts import find_prompt, latest_prompt

    prompt = find_prompt(project.reader, given["prompt"]) if given.get("prompt") else latest_prompt(project.reader)
    try:
        dataset = find_dataset(project.reader, given.get("dataset"))
    except UsageFault:
        if given.get("dataset"):
            raise
        return None
    return prompt and request_tokens(project, prompt, dataset, given.get("split") or "dev", model_id)


def _served_in(model: str | None) -> str | None:
    """The precision of the embedded model that comes with the program; None for any other."""
    from genai_tui.inference.embedded.pins import NAME

    return "fp32" if model == f"{EMBEDDED}{NAME}" else None


def _first(*values: int | None) -> int:
    """The first that is said."""
    return next(value for value in values if value is not None)


def _scope(project: "Project | None") -> Any:
    from genai_tui.store.scopes import current_scope

    return current_scope(project.reader) if project is not None else None
