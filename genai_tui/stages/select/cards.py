"""What is known of a model by any name it goes by: endpoint/model-id, a shipped card, a file or a folder."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import with_origin
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.estimation.weights import weight_bytes
from genai_tui.records.cards import ModelCard
from genai_tui.records.endpoints import Endpoint, ListedModel
from genai_tui.stages.select.estimating import card_named
from genai_tui.stages.select.listing import completed, embedded_models

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.settings import Settings

SIZES = ("bf16", "int8", "Q4_K_M")
"""Precisions whose sizes are told of every card."""


@dataclass(frozen=True)
class Known:
    """A card by the name it was asked for; `said` tells what it was taken for, `tested` what a test found out."""

    name: str
    card: ModelCard
    endpoint: Endpoint | None = None
    said: str = ""
    tested: dict[str, Any] = field(default_factory=dict)

    def sizes(self) -> dict[str, int]:
        """Bytes of the weights at the usual precisions; empty where the parameters are not known."""
        try:
            return {precision: weight_bytes(self.card, precision) for precision in SIZES}
        except UsageFault:
            return {}

    @property
    def kv_bytes_a_token(self) -> int | None:
        """Bytes that the cache keeps of one token in 16 bits, within every window; None where the shape is unknown."""
        shape = self.card.architecture
        return None if shape is None else kv_bytes(shape, 1)

    @property
    def input_usd(self) -> float | None:
        """US dollars of a million tokens in; None is unknown."""
        return self.card.input_usd_per_million

    @property
    def output_usd(self) -> float | None:
        """US dollars of a million tokens out; None is unknown."""
        return self.card.output_usd_per_million


def known_of(settings: "Settings", reference: str, project: "Project | None" = None) -> Known:
    """What is known of `reference` without asking anybody. Reads files: call it in a thread where a loop runs.

    What has a configured endpoint before it is a model there; what `project` keeps a card of, and what is on the disk,
    is read; else it is a shipped card's name.
    Raises UsageFault for what is none of them, FileFault for a file that is no model.
    """
    head, slash, _ = reference.partition("/")
    if slash and head in settings.endpoints:
        return _at_endpoint(settings, reference)
    kept = _kept(project, reference)
    path = Path(kept or reference)
    if kept or path.exists():
        from genai_tui.estimation.reading.files import card_of_file

        return Known(reference, card_of_file(path))
    card, said = card_named(reference)
    return Known(reference, card, said=said)


def add_card(project: "Project", path: Path, name: str | None = None) -> ModelCard:
    """Keep the card of a file or folder in the project, by its own name or another. Raises FileFault."""
    from genai_tui.estimation.reading.files import card_of_file
    from genai_tui.store.models import save_card

    card = card_of_file(path)
    card = replace(card, name=name or card.name)
    project.writer.put_now(save_card(card.name, str(path.resolve())))
    return card


def _kept(project: "Project | None", reference: str) -> str | None:
    from genai_tui.store.models import card_paths

    return card_paths(project.reader).get(reference) if project is not None else None


def known_of_listed(endpoint: Endpoint, listed: ListedModel) -> Known:
    """What is known of a model as its endpoint listed it."""
    from genai_tui.settings import report_of

    tested = report_of(endpoint.name).models.get(listed.model_id) or {}
    stated = tested.get("context_tokens")
    if listed.context_tokens is None and isinstance(stated, int):
        listed = replace(listed, context_tokens=stated)
    listed = completed(endpoint, listed)
    card, said = _shape_of(listed.model)
    price = listed.price
    card = replace(
        card,
        name=listed.model,
        context_tokens=listed.context_tokens or card.context_tokens,
        input_usd_per_million=price.input_usd_per_million if price else None,
        output_usd_per_million=price.output_usd_per_million if price else None,
    )
    return Known(listed.model, card, endpoint, said, dict(tested))


def _at_endpoint(settings: "Settings", reference: str) -> Known:
    endpoint, model_id = settings.model(reference)
    listed = ListedModel(endpoint.name, model_id)
    if endpoint.embedded:
        named = {one.model_id: one for one in embedded_models()}
        if model_id not in named:
            raise UsageFault(
                f"There is no embedded model {model_id[:80]}.",
                f"There are: {', '.join(named)}.",
                "Add one: genai-tui model add FILE.gguf",
            )
        listed = named[model_id]
    return known_of_listed(endpoint, listed)


def _shape_of(model: str) -> tuple[ModelCard, str]:
    """The card of a model by its name alone; one that knows nothing where there is none."""
    try:
        card, said = card_named(model)
    except UsageFault:
        return ModelCard(model, "its endpoint alone"), "no card of that name comes with the program"
    if model.startswith("embedded/"):  # what is served here is known
        return _licensed(card, model.removeprefix("embedded/")), said
    return card, said or f"by its name it is {card.name}; what an endpoint really serves only its owner knows"


def _licensed(card: ModelCard, model_id: str) -> ModelCard:
    """With what is known of the weights that come with the program; the licence alone, where it was made of them."""
    from genai_tui.inference.embedded import pins
    from genai_tui.inference.embedded.made import made_models

    if model_id == pins.NAME:
        return with_origin(card, pins.TITLE)
    made = made_models().get(model_id)
    if made is None:
        return card
    licence = with_origin(card, pins.TITLE).licence if made.parent == pins.NAME else None
    return replace(card, licence=licence, trained_on=None, purpose=None, published=None)
