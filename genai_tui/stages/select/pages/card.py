"""The card of a model as a page: everything known of it, where it comes from, and where what is known comes from."""

from typing import TYPE_CHECKING

from genai_tui.screens.how import How
from genai_tui.settings import key_state, report_of
from genai_tui.stages.select.card_text import chosen_rows, lineage_rows, source_rows
from genai_tui.stages.select.comparing import Column, explained
from genai_tui.store.artifacts import lineage_of
from genai_tui.store.scopes import current_scope
from genai_tui.store.selections import latest_selection

if TYPE_CHECKING:
    from genai_tui.project import Project


class CardPage(How):
    """The card, line by line."""

    WHERE = "card"


def card_page(project: "Project", row: Column) -> CardPage:
    """Every line of the card; unknown is said so."""
    known, endpoint = row.known, row.known.endpoint
    where = []
    if endpoint is not None:
        where.append(("endpoint", endpoint.base_url or "on this machine"))
        if not endpoint.embedded:
            where += [("key", key_state(endpoint)), ("last test", report_of(endpoint.name).sentence or "none yet")]
    how = dict(explained(known, current_scope(project.reader)))
    said = [
        *(
            each
            for name, text in row.rows()[1:]
            for each in ((name, text), *([("", how[name])] if name in how else []))
        ),
        *where,
        *lineage_rows(lineage_of(project.reader, known.name)),
        *chosen_rows(latest_selection(project.reader, known.name)),
        *source_rows(known),
    ]
    return CardPage(known.name, said, stage=2, command=f"genai-tui model show {known.name}")
