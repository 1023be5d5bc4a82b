"""Programs that a model wrote."""

from dataclasses import dataclass

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import Base, Verdict


@dataclass(frozen=True)
class PassAtK(Base):
    """The chance that one of k programs passes its tests (statistics/passing.py has the formula).

    Nothing that a model wrote is run outside the sandbox, which is not there yet.
    """

    k: int = 1

    def __post_init__(self) -> None:
        raise UsageFault(
            "pass@k runs programs that a model wrote, and there is no sandbox to run them in yet.",
            "Nothing untrusted is ever run outside the sandbox.",
            "Score the text of the program meanwhile, or count passes yourself with FILE.py:FUNCTION.",
        )

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Never reached: the scorer is refused when it is made."""
        raise AssertionError
