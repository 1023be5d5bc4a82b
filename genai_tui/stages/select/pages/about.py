"""What decides about one model, in a few lines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.screens.fetching import weights_lacking
from genai_tui.settings import key_state, report_of
from genai_tui.stages.select.comparing import Column
from genai_tui.store.selections import latest_selection
from genai_tui.widgets.text_view import Part

if TYPE_CHECKING:
    from genai_tui.project import Project

FIRST = ("parameters", "context", "memory", "score", "data rules", "licence", "published", "trained on", "purpose")
LEAD = 12


def about(project: "Project", row: Column, *, read: bool) -> Sequence[Part]:
    """Where it is served, why it was chosen, and of its card what is known."""
    return [*_where(project, row), *(_card(row) if read else (Part("Its card is being read …", "soft"),))]


def _where(project: "Project", row: Column) -> list[Part]:
    endpoint = row.known.endpoint
    if endpoint is None:
        return [Part("A card alone: no endpoint here serves it. It can be compared and estimated.", "soft")]
    chosen = latest_selection(project.reader, row.known.name)
    why = [Part(chosen.sentence, "good", _lead("why"))] if chosen is not None and (chosen.why or chosen.rivals) else []
    if endpoint.embedded:
        parts = [Part("Served on this machine by a process of its own; costs nothing, sends nothing.", "soft")]
        if weights_lacking(project):
            parts.append(Part("Its weights are not here yet; w fetches them.", "warn"))
        return [*parts, *why]
    report = report_of(endpoint.name)
    state = f"{report.state} {report.sentence}".strip() or "not tested yet"
    return [Part(f"{endpoint.base_url}  ·  key {key_state(endpoint)}  ·  {state}", "text", _lead("endpoint")), *why]


def _card(row: Column) -> list[Part]:
    rows = dict(row.rows())
    known = [(name, rows[name]) for name in FIRST if rows[name] != "unknown"]
    parts = [
        Part(value, "warn" if name == "data rules" and row.refused else "text", _lead(name)) for name, value in known
    ]
    unknown = [name for name in FIRST if rows[name] == "unknown"]
    if unknown:
        parts.append(Part(", ".join(unknown), "soft", _lead("unknown")))
    if row.known.card.one_source_only:
        parts.append(Part("Known from one source only.", "warn"))
    return parts


def _lead(name: str) -> str:
    return f"{name:<{LEAD}}"
