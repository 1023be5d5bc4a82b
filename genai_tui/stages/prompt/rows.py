"""Which variables a try is given: a row of the dataset in use, or what somebody typed."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.stages.prompt.trying import Inputs, parse_row

if TYPE_CHECKING:
    from genai_tui.project import Project

FIRST_CHOICE: tuple[Split, ...] = ("dev", "train", "test")


class Rows:
    """The row chosen now. Where there is no dataset, what is typed is all there is."""

    def __init__(self, project: "Project | None") -> None:
        self._project = project
        self.dataset: Dataset | None = self._find()
        self.example: Example | None = None
        self.split: Split = "dev"
        self.number = 0
        self.values: dict[str, Any] = {}
        split = next((split for split in FIRST_CHOICE if self.dataset and self.dataset.splits.get(split)), None)
        if split is not None:
            self.go_to(f"{split}:1")

    def _find(self) -> Dataset | None:
        from genai_tui.store.datasets import find_dataset

        if self._project is None:
            return None
        try:
            return find_dataset(self._project.reader)
        except UsageFault:  # none is in use: variables are typed
            return None

    @property
    def reference(self) -> str:
        """The row as it is written, `dev:14`; empty where the variables were typed."""
        return f"{self.split}:{self.number}" if self.example is not None else ""

    @property
    def expected(self) -> Any:
        """The expected answer of the row."""
        return self.example.expected if self.example is not None else None

    def go_to(self, reference: str) -> None:
        """Take a row. Raises UsageFault where there is none."""
        from genai_tui.store.datasets import find_dataset, find_example

        if self._project is None:
            return
        split, number = parse_row(reference)
        self.dataset = self.dataset or find_dataset(self._project.reader)
        self.example = find_example(self._project.reader, self.dataset, split, number)
        self.split, self.number, self.values = split, number, dict(self.example.inputs)

    def move(self, step: int) -> None:
        """Take a row further on, or back; at the ends it stays. Raises UsageFault where there is no dataset."""
        count = self.dataset.splits.get(self.split, 0) if self.dataset is not None else 0
        if not count:
            raise UsageFault("There is no dataset to take a row from.", "", "Import one: genai-tui data import FILE")
        self.go_to(f"{self.split}:{max(1, min(count, self.number + step))}")

    def type(self, values: Mapping[str, Any]) -> None:
        """Take what is typed; a row whose variables were changed is no row any more."""
        self.values = {**self.values, **values}
        if self.example is not None and self.values != self.example.inputs:
            self.example = None

    def fill(self, values: Mapping[str, Any]) -> None:
        """Take these and no others."""
        self.values, self.example = dict(values), None

    def names(self, prompt: Prompt | None) -> tuple[str, ...]:
        """The variables of a version; those of the row where the version cannot be read."""
        from genai_tui.answering.render import variables

        if prompt is None:
            return tuple(self.values)
        try:
            return variables(prompt)
        except UsageFault:
            return tuple(self.values)

    def inputs(self) -> Inputs:
        """What is given to a try."""
        return Inputs(dict(self.values), self.example)

    def options(self) -> str:
        """The same as options of `prompt run`."""
        if self.reference:
            return f" --row {self.reference}"
        return "".join(f" --var {shlex.quote(f'{name}={value}')}" for name, value in self.values.items())

    def where(self) -> str:
        """Where the variables come from, for people."""
        if self.example is not None and self.dataset is not None:
            return f"{self.split} row {self.number:,} of {self.dataset.splits.get(self.split, 0):,}"
        return "typed" if any(self.values.values()) else "none yet"


def row_of_try(project: "Project", generation: Generation) -> str:
    """The row that a try was asked of as it stands in the dataset in use, `dev:14`; empty where none does.

    Reads every row: call it in a thread.
    """
    from genai_tui.store.places import place_in_use

    return "" if generation.example is None else place_in_use(project.reader, generation.example) or ""
