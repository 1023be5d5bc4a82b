"""What several stages know alike: the dataset in use with its splits, the target, the model, the tries."""

from collections.abc import Iterator

from genai_tui.errors import UsageFault
from genai_tui.project import DEFAULT_MODEL, Project
from genai_tui.records.scales import bound
from genai_tui.screens.ahead import counted
from genai_tui.store.datasets import find_dataset
from genai_tui.store.generations import tries_count
from genai_tui.store.scopes import current_scope


def dataset(project: Project) -> Iterator[tuple[str, str]]:
    """The dataset in use and how many rows its splits have."""
    try:
        found = find_dataset(project.reader)
    except UsageFault:
        yield "dataset", "none yet: genai-tui data import FILE"
        return
    splits = " · ".join(f"{name} {rows:,}" for name, rows in found.splits.items())
    yield "dataset", f"{found.name}, version {found.version}: {splits}"


def target(project: Project) -> Iterator[tuple[str, str]]:
    """Metric and target of the scope."""
    scope = current_scope(project.reader)
    said = "none yet: stage 1"
    if scope.metric and scope.target is not None:
        said = f"{scope.metric} {bound(scope.metric)} {scope.target:.2f}"
    yield "target", said


def model(project: Project) -> Iterator[tuple[str, str]]:
    """The model in use."""
    yield "model in use", project.model_in_use or f"{DEFAULT_MODEL} (none chosen)"


def tries(project: Project) -> Iterator[tuple[str, str]]:
    """How many tries there are."""
    yield "tries", counted(tries_count(project.reader), "try", "tries")
