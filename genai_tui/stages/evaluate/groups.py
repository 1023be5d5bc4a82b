"""What is measured together by one plan; and how a job keeps it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.records.candidates import Candidate
from genai_tui.records.runs import Run
from genai_tui.store.candidates import candidate_with

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

_PLAN = ("dataset_version", "split", "n", "scorers", "repeats", "rows", "options", "limits")


class Group(NamedTuple):
    """Candidates over the same rows; `notes` is what the run of each keeps besides, one for each or none."""

    candidates: Sequence[Candidate]
    plan: Run
    notes: Sequence[Mapping[str, Any]] = ()

    @property
    def answers(self) -> int:
        """How many answers it takes."""
        return self.plan.n * len(self.candidates)

    def runs(self) -> Iterator[tuple[Candidate, Run]]:
        """Each candidate with its run as it is begun."""
        for place, candidate in enumerate(self.candidates):
            noted = self.notes[place] if self.notes else {}
            yield candidate, replace(self.plan, candidate=candidate.id, options={**noted, **self.plan.options})

    def after(self, begun: int) -> "Group":
        """Without its first candidates, which were begun already."""
        return self._replace(candidates=self.candidates[begun:], notes=self.notes[begun:])


def as_args(group: Group) -> dict[str, Any]:
    """A group as the arguments of a job."""
    plan = {name: value for name, value in asdict(group.plan).items() if name in _PLAN}
    return {"candidates": [each.id for each in group.candidates], "plan": plan, "notes": [*map(dict, group.notes)]}


def from_args(reader: "Reader", args: Mapping[str, Any], job: int) -> Group:
    """What `as_args` was given; its runs are the job's."""
    plan = Run(candidate=0, **{**args["plan"], "scorers": tuple(args["plan"]["scorers"])}, job=job)
    return Group([candidate_with(reader, number) for number in args["candidates"]], plan, args.get("notes", ()))
