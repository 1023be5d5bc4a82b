"""The work of a job is found by its name; what it lacks is not taken for a name that is not known."""

import sys

import pytest

from genai_tui.commands.working import function_of
from genai_tui.errors import UsageFault


@pytest.mark.parametrize("name", ["genai_tui.stages.nowhere:work", "genai_tui.stages.evaluate.running:nothing", "os:x"])
def test_a_name_that_is_not_known_is_a_sentence(name: str) -> None:
    with pytest.raises(UsageFault, match="no work called"):
        function_of(name)


def test_work_without_what_it_needs_says_what_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "genai_tui.stages.evaluate.statistics.bootstrap"
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ModuleNotFoundError, match="numpy"):
        function_of(f"{module}:work")
