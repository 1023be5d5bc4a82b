"""promptfoo's verdicts: the assertions that a configuration gave its tests, as they stand in the expected answer."""

from dataclasses import dataclass
from typing import ClassVar

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import Base, Verdict


@dataclass(frozen=True)
class Promptfoo(Base):
    """1 where a test passes. Its score, the verdict on each assertion and the named scores are in `detail`."""

    immediate: ClassVar[bool] = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The verdict on one answer."""
        from genai_tui.stages.evaluate.interchange.outcomes import end_of
        from genai_tui.stages.evaluate.interchange.verdicts import Answer, judge

        test = example.expected
        if not isinstance(test, dict) or not isinstance(test.get("assert"), list):
            return Verdict(None, reason="The example is no test of a promptfoo configuration: it has no assertions.")
        taken = generation.moments.total_s
        logprobs = [float(each["logprob"]) for each in generation.logprobs if "logprob" in each]
        answer = Answer(
            text,
            None if taken is None else taken * 1000,
            generation.cost_usd,
            end_of(generation.finish_reason),
            logprobs,
        )
        found = judge(test, example.inputs, answer)
        detail = {
            "score": found.score,
            "named": dict(found.named),
            "parts": [list(part) for part in found.parts],
            "error": found.error,
        }
        return Verdict(float(found.passed), reason="" if found.passed else found.reason, detail=detail)
