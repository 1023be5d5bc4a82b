"""What an answer costs, in US dollars. Unknown is None and never 0.

In this order: what the endpoint itself says an answer cost, the price in the user's settings, and the list price of
genai-prices for whoever bills: known by the settings' `provider`, or by the endpoint's address, never by a model's name
alone. Only the data that came with the package is used; nothing is fetched.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.generations import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

IMAGES = "input_image_mtok"

# Names of the ordinary tier; any other is priced by its own entry in the table, or is unknown.
STANDARD_TIERS = frozenset({"", "auto", "default", "standard", "standard_only", "on_demand", "ondemand"})


def price_of(endpoint: Endpoint, model_id: str, usage: Usage) -> float | None:
    """US dollars of one answer with `usage`; None where nobody says. The embedded endpoint costs 0.

    Priced by the tier of the answer (`usage.service_tier`); `batch` is the batch price. Cached tokens are part of the
    input tokens.
    """
    if endpoint.embedded:
        return 0.0
    if usage.cost_usd is not None and usage.cost_usd >= 0:
        return usage.cost_usd
    if endpoint.price is not None:
        return _at(endpoint.price, usage.input_tokens, usage.output_tokens)
    found = _listed(endpoint, model_id)
    if found is None:
        return None
    provider, model = found
    tier = (usage.service_tier or "").lower()
    context = None if tier in STANDARD_TIERS else _context(model, tier)
    if context is None and tier not in STANDARD_TIERS:
        return None
    return _calculated(provider, model, usage, context)


def price_per_million(endpoint: Endpoint, model_id: str) -> Price | None:
    """The price for a million tokens in and out, at the standard tier and below any threshold; None if unknown."""
    if endpoint.embedded:
        return Price(0.0, 0.0)
    if endpoint.price is not None:
        return endpoint.price
    found = _listed(endpoint, model_id)
    if found is None:
        return None
    into, out = _rates(found[1])
    return None if into is None or out is None else Price(into, out)


def is_free(endpoint: Endpoint, model_id: str) -> bool:
    """Whether it is known to cost nothing."""
    price = price_per_million(endpoint, model_id)
    return price is not None and price.input_usd_per_million == 0 == price.output_usd_per_million


def rate_per_million(endpoint: Endpoint, model_id: str, of: str) -> float | None:
    """The list price for a million tokens of another kind, as IMAGES; None where the list has none of its own."""
    found = _listed(endpoint, model_id)
    return None if found is None else _base(getattr(found[1].get_prices(datetime.now(UTC)), of, None))


def is_provider(name: str) -> bool:
    """Whether the price list knows somebody of that name who bills."""
    from genai_prices.data_snapshot import get_snapshot

    return any(provider.id == name for provider in get_snapshot().providers)


def worst_price(endpoint: Endpoint, model_id: str, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars that an answer can cost at most, at the standard tier: nothing of it cached."""
    return price_of(endpoint, model_id, Usage(input_tokens, output_tokens))


def context_tokens(endpoint: Endpoint, model_id: str) -> int | None:
    """The model's context as the table has it for whoever bills; None where it does not say."""
    found = None if endpoint.embedded else _listed(endpoint, model_id)
    return found[1].context_window if found else None


def source() -> str:
    """Where list prices come from, for people: the package and its version."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


def _listed(endpoint: Endpoint, model_id: str) -> "tuple[Provider, ModelInfo] | None":
    """Who bills and which model it is there."""
    if not endpoint.provider and endpoint.local:
        return None  # one's own machine is in no list
    from genai_prices.data_snapshot import get_snapshot

    try:
        if endpoint.provider:
            return get_snapshot().find_provider_model(model_id, None, endpoint.provider, None)
        if endpoint.base_url:
            return get_snapshot().find_provider_model(model_id, None, None, endpoint.base_url)
    except LookupError:
        return None
    return None


def _context(model: "ModelInfo", tier: str) -> dict[str, str] | None:
    """How the table names `tier` for this model, if it has a price for it now.

    A tier it does not know it would price as the standard one, in silence.
    """
    now = datetime.now(UTC)
    for context in ({"processing": tier}, {"service_tier": tier}):
        for variant in model.price_variants or ():
            if variant.when == context and (variant.constraint is None or variant.constraint.active(now)):
                return context
    return None


def _calculated(provider: "Provider", model: "ModelInfo", usage: Usage, context: dict[str, str] | None) -> float | None:
    from genai_prices import Usage as Counted

    if _rates(model) == (None, None):
        return None  # not priced by tokens
    counted = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    if 0 < usage.cached_tokens <= usage.input_tokens:  # more is nonsense that servers send
        counted["cache_read_tokens"] = usage.cached_tokens
    try:
        price = model.calc_price(Counted(**counted), provider, price_context=context)
    except ValueError:  # a combination that its table does not foresee
        return None
    return float(price.total_price)


def _rates(model: "ModelInfo") -> tuple[float | None, float | None]:
    prices = model.get_prices(datetime.now(UTC))
    return _base(getattr(prices, "input_mtok", None)), _base(getattr(prices, "output_mtok", None))


def _base(rate: Any) -> float | None:
    return None if rate is None else float(getattr(rate, "base", rate))


def _at(price: Price, input_tokens: int, output_tokens: int) -> float:
    return (input_tokens * price.input_usd_per_million + output_tokens * price.output_usd_per_million) / 1e6
