"""Every scorer by name, with where it lives: nothing is imported before it is asked for."""

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.scorers.contract import Scorer

_HERE = "genai_tui.stages.evaluate.scorers"
SCORERS = {"exact": f"{_HERE}.texts:Exact"}  # module:class, made with the name alone
OTHER_NAMES = {"accuracy": "exact"}
NAMES = tuple(SCORERS)


def known_name(name: str) -> str:
    """The name a scorer is kept under. Raises UsageFault where there is none."""
    found = OTHER_NAMES.get(name, name)
    if found not in SCORERS:
        near = get_close_matches(name, SCORERS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(SCORERS)}."
        raise UsageFault(f"There is no scorer {name}.", "", hint)
    return found


def find_scorer(name: str) -> "Scorer":
    """The scorer of that name. Raises UsageFault."""
    found = known_name(name)
    module, _, attribute = SCORERS[found].partition(":")
    scorer: Scorer = getattr(import_module(module), attribute)(found)
    return scorer
