"""The functions that jobs may name: work of the stages, and nothing else that happens to be importable."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

from genai_tui.errors import UsageFault

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Work

STAGES = "genai_tui.stages."


def function_of(name: str) -> "Work":
    """The function of a dotted name, `module:function`. Raises UsageFault where a stage has no such work."""
    module, _, function = name.partition(":")
    if module.startswith(STAGES):
        try:
            found = getattr(import_module(module), function, None)
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}."):
                raise  # the work is there, what it needs is not
            found = None
        if found is not None and function.isidentifier() and not function.startswith("_"):
            return cast("Work", found)
    raise UsageFault(
        f"This program has no work called {name}.", "The job was made by another version of it.", "Start it anew."
    )
