"""What stands around a scope: endpoints, the model in use, list prices, rows to test on. Read once, in a thread."""

from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.scopes import ScopeExample

if TYPE_CHECKING:
    from genai_tui.project import Project

# A small, a middle and a large model that are sold by the token, to tell the order of size of a month's price.
LISTED = (
    ("groq", "llama-3.1-8b-instant"),
    ("openai", "gpt-6-luna"),
    ("anthropic", "claude-sonnet-5-5"),
)
RENTED = "a100-sxm-80"  # the GPU whose rent is compared with a month's price


class Priced(NamedTuple):
    """A model and its price; None is unknown."""

    model: str
    price: Price | None


class Rent(NamedTuple):
    """What one GPU costs by the hour, in US dollars, and who says so."""

    gpu: str
    usd_an_hour: float
    source: str


class Around(NamedTuple):
    """All of it; `in_use` is the endpoint of the model in use, `test_rows` None where no dataset is in use.

    `unreachable` says why the model in use has no endpoint, where it has none.
    """

    endpoints: tuple[str, ...] = ()
    in_use: Endpoint | None = None
    model: str = ""
    unreachable: str = ""
    own: Priced | None = None
    listed: tuple[Priced, ...] = ()
    prices_source: str = ""
    rent: Rent | None = None
    test_rows: int | None = None


class Counted(NamedTuple):
    """Tokens of the examples: of a typical input and output (the medians); counted as `by` says."""

    input_tokens: int
    output_tokens: int
    by: str = "o200k"


def look_around(project: "Project") -> Around:
    """Read it. Imports the list of prices (0.3 s): call it in a thread where a loop runs."""
    from genai_tui.inference import prices
    from genai_tui.store.choices import choice
    from genai_tui.store.facts import rows_in_use

    rows = rows_in_use(project.reader, choice(project.reader, "dataset"))
    listed = tuple(
        Priced(f"{provider}/{name}", price)
        for provider, name in LISTED
        if (price := prices.price_per_million(Endpoint(provider, "", provider=provider), name)) is not None
    )
    around = Around(
        tuple(project.settings.endpoints),
        listed=listed,
        prices_source=prices.source(),
        rent=_rent(),
        test_rows=rows.get("test", 0) if rows else None,
    )
    around = with_model(project, around)
    if around.in_use is None:
        return around
    model_id = around.model.removeprefix(f"{around.in_use.name}/")
    return around._replace(own=Priced(around.model, prices.price_per_million(around.in_use, model_id)))


def with_model(project: "Project", around: Around) -> Around:
    """With the model in use and its endpoint, or why it has none: its settings may be gone since it was chosen."""
    try:
        endpoint, model_id = project.model()
    except GenaiError as error:
        return around._replace(model=project.model_in_use or "", unreachable=error.what)
    return around._replace(in_use=endpoint, model=f"{endpoint.name}/{model_id}")


@lru_cache(maxsize=16)
def count_examples(examples: tuple[ScopeExample, ...]) -> Counted | None:
    """Tokens of the examples; None without any. The first call loads a vocabulary (half a second): in a thread."""
    from genai_tui.inference.tokens import count

    if not examples:
        return None
    into = [count(example.input, "gpt-4o").tokens for example in examples]
    out = [count(example.output, "gpt-4o").tokens for example in examples]
    return Counted(round(median(into)), round(median(out)))


def _rent() -> Rent | None:
    """The middle of what providers ask for one GPU by the hour."""
    from genai_tui.estimation.hardware import find_accelerator
    from genai_tui.estimation.rental import hour_price

    gpu = find_accelerator(RENTED)
    price = hour_price(gpu)
    return None if price is None else Rent(gpu.name, price.median, f"{price.sentence}, {price.source}")
