"""What contradicts itself in a project's scope, as advice says it: reads no prices."""

from typing import TYPE_CHECKING

from genai_tui.stages.scope.around import Around, with_model
from genai_tui.stages.scope.checking import check
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.project import Project


def contradiction(project: "Project") -> tuple[str, str] | None:
    """The first contradiction of the scope and what to do about it; None where it has none."""
    scope = current_scope(project.reader)
    if not scope.version:
        return None
    around = with_model(project, Around(tuple(project.settings.endpoints)))
    found = (finding for finding in check(scope, around) if finding.kind == "contradiction")
    return next(((finding.text, finding.do) for finding in found), None)
