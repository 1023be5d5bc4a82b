"""Tokens and money of a month, and what follows for where it runs: by the token at an API, or on a GPU."""

from typing import Any, NamedTuple

from genai_tui.estimation.rental import HOURS_A_MONTH
from genai_tui.inference.data_rules import NETWORK, read_rules
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.around import Around, Counted, Priced
from genai_tui.stages.scope.tasks import Task

RULE = "rule of thumb of this program; a measurement decides"


class Follows(NamedTuple):
    """One consequence: its value in few words, why, and by which formula and whose figures; `numbers` for programs.

    `value` is empty where it cannot be told yet, and `reason` says what is missing then.
    """

    key: str
    name: str
    value: str
    reason: str
    source: str = ""
    numbers: dict[str, Any] = {}  # noqa: RUF012 - never changed
    doubtful: bool = False

    def as_json(self) -> dict[str, Any]:
        """As `scope follows --json` prints it."""
        told = {"key": self.key, "name": self.name, "value": self.value or None, "reason": self.reason}
        return {**told, "source": self.source or None, **self.numbers}


class Sizes(NamedTuple):
    """Tokens of a typical request and answer, and where the numbers come from; None is unknown."""

    into: int | None
    out: int | None
    source: str


def sizes_of(scope: Scope, counted: Counted | None) -> Sizes:
    """Tokens as the scope says them, else as its examples have them."""
    into, out = scope.input_tokens, scope.output_tokens
    said = "as the scope says"
    if counted is not None and (into is None or out is None):
        said = f"counted in the examples with {counted.by}, without the prompt around them"
        into = counted.input_tokens if into is None else into
        out = counted.output_tokens if out is None else out
    return Sizes(into, out, said)


def month(scope: Scope, around: Around, sizes: Sizes) -> Follows:
    """Tokens and US dollars a month: requests × tokens × list price; what has no known price says so."""
    requests = scope.requests_a_month
    if requests is None or sizes.into is None or sizes.out is None:
        known = (("requests a month", requests), ("tokens in", sizes.into), ("tokens out", sizes.out))
        lacking = [name for name, value in known if value is None]
        return Follows("month", "a month", "", f"Not known until the form says {', '.join(lacking)}.")
    into, out = requests * sizes.into, requests * sizes.out
    own_id = around.model.partition("/")[2]
    others = [one for one in around.listed if one.model.partition("/")[2] != own_id]
    priced = [*([around.own] if around.own is not None else []), *others]
    costs = {one.model: _usd(one, into, out) for one in priced}
    said = "; ".join(f"{model} {'price unknown' if usd is None else dollars(usd)}" for model, usd in costs.items())
    own = costs.get(around.model)
    value = f"≈ {short(into)} in, {short(out)} out" + (f", {dollars(own)}" if own is not None else "")
    over = scope.budget_usd is not None and own is not None and own > scope.budget_usd
    reason = f"{requests:,} × ({sizes.into:,} + {sizes.out:,}) tokens. {said or 'No price is known'}."
    if over:
        reason += f" That is more than the budget of ${scope.budget_usd:,.2f}."
    source = f"list prices of {around.prices_source}, nothing cached or in batches; tokens {sizes.source}"
    return Follows(
        "month",
        "a month",
        value,
        reason,
        source if around.prices_source else f"tokens {sizes.source}",
        {"input_tokens": into, "output_tokens": out, "usd": costs},
        over,
    )


def _usd(one: Priced, into: int, out: int) -> float | None:
    if one.price is None:
        return None
    return (into * one.price.input_usd_per_million + out * one.price.output_usd_per_million) / 1e6


def where(scope: Scope, around: Around, sizes: Sizes, tasks: tuple[Task, ...]) -> Follows:
    """API, own GPU or both: as the data rules demand, else a month's price held against a GPU's rent."""
    name, rules = "API or own GPU", read_rules(scope.data_rules)
    source = f"data rules: {rules.said()}"
    if rules.allowed == ():
        return Follows("where", name, "own machine", "The data rules let nothing leave this machine.", source)
    if rules.allowed == (NETWORK,):
        return Follows("where", name, "own GPU or one in your network", "The data rules keep it there.", source)
    requests = scope.requests_a_month
    if requests is None or sizes.into is None or sizes.out is None:
        why = "Nothing is said of the volume: what is asked seldom is rented by the token; a GPU costs while it idles."
        return Follows("where", name, "API first", why, RULE)
    size = max((task.size for task in tasks), default=2)
    one = around.listed[min(max(size - 1, 0), len(around.listed) - 1)] if around.listed else None
    api = _usd(one, requests * sizes.into, requests * sizes.out) if one is not None else None
    if one is None or api is None or around.rent is None:
        few = requests * (sizes.into + sizes.out) < 500_000_000
        why = "Less than some 500 million tokens a month seldom fill a GPU."
        if not few:
            why = "So many tokens may fill a GPU: compare both (stage 2, Own or rent)."
        return Follows("where", name, "API" if few else "both", why, RULE)
    rent = around.rent.usd_an_hour * HOURS_A_MONTH
    low, high = rent / 2, rent * 2
    told = "API" if api < low else "own GPU" if api > high else "both: near the break-even"
    reason = (
        f"{one.model} takes {dollars(api)} a month, one {around.rent.gpu} {dollars(rent)} "
        f"(${around.rent.usd_an_hour:.2f} × {HOURS_A_MONTH:g} h), busy or not."
    )
    return Follows(
        "where",
        name,
        told,
        reason,
        f"{around.prices_source}; {around.rent.source}",
        {"api_usd_a_month": api, "gpu_usd_a_month": rent},
    )


def dollars(usd: float) -> str:
    """Money as it is read: cents below ten dollars, whole dollars above."""
    if usd == 0:
        return "$0"
    return f"${usd:,.0f}" if usd >= 10 else f"${usd:,.2f}" if usd >= 0.01 else f"${usd:.2g}"


def short(number: int) -> str:
    """A large number in few signs: 12.5M."""
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g}{name}"
    return str(number)
