"""Selections: which model was chosen, over which others, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """One choice of a model. `evidence` are sentences that were true then; `candidate` is the id of the first one."""

    model: str
    rivals: tuple[str, ...] = ()
    why: str = ""
    evidence: tuple[str, ...] = ()
    candidate: int | None = None
    created: str = ""

    @property
    def sentence(self) -> str:
        """The choice for people: over what, and why."""
        over = f"chosen over {', '.join(self.rivals)}" if self.rivals else "chosen"
        return f"{over}: {self.why}" if self.why else f"{over}; no reason was given"
