"""A card as names and values: for the command, for the screen, for several side by side. Unknown is said so."""

from collections.abc import Mapping
from typing import Any

from genai_tui.records.selections import Selection
from genai_tui.stages.select.cards import Known
from genai_tui.stages.select.estimate_text import amount_text

UNKNOWN = "unknown"


def short_count(number: int | None) -> str:
    """Parameters in few signs: 8.03B."""
    if number is None:
        return UNKNOWN
    for size, name in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if number >= size * 0.9995:  # what three digits round up to it
            return f"{number / size:.3g}{name}"
    return f"{number:,}"


def price_text(known: Known) -> str:
    """Dollars a million tokens in and out."""
    if known.input_usd is None or known.output_usd is None:
        return UNKNOWN
    return f"${known.input_usd:g} in, ${known.output_usd:g} out"


def card_rows(known: Known) -> list[tuple[str, str]]:
    """What a card says, name by name; every row is there for every card."""
    card, shape = known.card, known.card.architecture
    total = shape.parameters if shape else card.parameters
    active = shape.active if shape else card.active
    cache = known.kv_bytes_a_token
    sizes = ", ".join(f"{name} {amount_text(size, 'bytes')}" for name, size in known.sizes().items())
    count = UNKNOWN if total is None else f"{total:,}"
    if total is not None and active is not None and active != total:
        count += f", {active:,} active"
    return [
        ("parameters", count),
        ("context", UNKNOWN if card.context_tokens is None else f"{card.context_tokens:,} tokens"),
        ("price a million", price_text(known)),
        ("sizes", sizes or UNKNOWN),
        ("cache a token", UNKNOWN if cache is None else f"{amount_text(cache, 'bytes')} in bf16"),
        ("vocabulary", UNKNOWN if shape is None else f"{shape.vocabulary:,}"),
        ("architecture", UNKNOWN if shape is None else f"{shape.family}, {shape.layers} layers of {shape.width:,}"),
        ("licence", card.licence or UNKNOWN),
        ("publisher", card.publisher or UNKNOWN),
        ("published", card.published or UNKNOWN),
        ("trained on", card.trained_on or UNKNOWN),
        ("purpose", card.purpose or UNKNOWN),
    ]


def source_rows(known: Known) -> list[tuple[str, str]]:
    """Where a card comes from, and what is to be said of it."""
    card = known.card
    said = [("card", card.source), *(("source", source) for source in card.sources)]
    if known.input_usd is not None and known.endpoint is not None and not known.endpoint.embedded:
        from genai_tui.inference.prices import source

        said.append(("price by", "your settings, or the endpoint" if known.endpoint.price else source()))
    if card.one_source_only:
        said.append(("", "known from one source only"))
    return said + [("note", note) for note in (known.said, *card.notes) if note]


def chosen_rows(selection: Selection | None) -> list[tuple[str, str]]:
    """Why it is the model in use, if anybody said so."""
    if selection is None:
        return []
    return [("chosen", selection.sentence), *(("", sentence) for sentence in selection.evidence)]


def lineage_rows(lineage: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What a model that the project made was made of, and by which job."""
    if not lineage:
        return []
    metrics = lineage.get("metrics") or {}
    rows = f", {metrics['rows']:,} rows of train" if isinstance(metrics.get("rows"), int) else ""
    said = [
        ("made from", str(lineage.get("parent") or UNKNOWN)),
        ("learned from", f"{lineage.get('dataset') or UNKNOWN}{rows}, by job {lineage.get('job', UNKNOWN)}"),
    ]
    if isinstance(loss := metrics.get("dev_loss"), float):
        before = metrics.get("parent_dev_loss")
        against = f", its parent’s {before:.3g}" if isinstance(before, float) else ""
        said.append(("loss on dev", f"{loss:.3g}{against}"))
    return said


def card_json(known: Known) -> dict[str, Any]:
    """A card for programs; null is unknown."""
    card, shape = known.card, known.card.architecture
    return {
        "model": known.name,
        "context_tokens": card.context_tokens,
        "input_usd_per_million": known.input_usd,
        "output_usd_per_million": known.output_usd,
        "parameters": shape.parameters if shape else card.parameters,
        "active_parameters": shape.active if shape else card.active,
        "vocabulary": shape.vocabulary if shape else None,
        "architecture": shape.family if shape else None,
        "kv_bytes_a_token": known.kv_bytes_a_token,
        "size_bytes": known.sizes(),
        "file_bytes": card.file_bytes,
        "licence": card.licence,
        "publisher": card.publisher,
        "published": card.published,
        "trained_on": card.trained_on,
        "purpose": card.purpose,
        "card": card.source,
        "sources": list(card.sources),
        "one_source_only": card.one_source_only,
        "notes": [note for note in (known.said, *card.notes) if note],
    }
