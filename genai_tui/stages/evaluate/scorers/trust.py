"""How far a judge can be trusted: its bias by position, and its agreement with people's labels."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from genai_tui.records.counts import count
from genai_tui.records.runs import Score, Value
from genai_tui.stages.evaluate.scorers.base import was_judged
from genai_tui.stages.evaluate.scorers.judge import Choice, winner_of
from genai_tui.stages.evaluate.statistics.agreement import Kappa, careful_kappa
from genai_tui.stages.evaluate.statistics.intervals import proportion

RIGHT, WRONG = "right", "wrong"  # how people label one answer; else they choose of two, in a pairwise judge's words
LEAST = 0.6  # of kappa: where Landis and Koch (1977) begin to call agreement substantial
MIDDLE = 0.5  # of a judge's scale: from there on it calls an answer right


class Bias(NamedTuple):
    """How a judge goes by position: the share of its choices, ties left out, that fell on the first answer.

    `disagreed` is the share of pairs whose orders were judged differently. `biased`: ½ is not in the interval. Its two
    choices of a pair count by themselves: who goes by content alone chooses each place once, who tosses a coin tosses
    it twice, so that without a bias no share varies more than that of independent choices.
    """

    judge: str
    first: Value
    disagreed: Value
    biased: bool

    @property
    def sentence(self) -> str:
        """The bias in words."""
        if self.first.value is None or self.first.low is None or self.first.high is None:
            return f"{self.judge} chose neither place: nothing can be said of its bias."
        share = f"{self.first.value:.0%} [{self.first.low:.0%}, {self.first.high:.0%}]"
        way = "first" if self.first.value > 0.5 else "second"
        rest = f"is biased towards the {way} answer" if self.biased else "shows no bias by position"
        return f"{self.judge} {rest}: it chose the first in {share} of {self.first.n:,} choices."

    @property
    def doubt(self) -> str:
        """Why its choices say little of the answers; empty where they do."""
        if self.biased:
            return self.sentence
        if (self.disagreed.value or 0.0) < 0.5:
            return ""
        pairs = f"{self.disagreed.value:.0%} of {count(self.disagreed.n, 'pair')}"
        return f"{self.judge} chose another answer once the order was changed in {pairs}: a coin does so in half."


def position_bias(scores: Sequence[Score]) -> list[Bias]:
    """The bias of every judge over pairwise scores that were asked in both orders."""
    chosen: dict[str, list[list[Choice]]] = {}
    for score in scores:
        for judge, told in ((score.detail or {}).get("judges") or {}).items():
            choices = told.get("choices", [])
            if len(choices) == 2 and None not in choices:
                chosen.setdefault(judge, []).append(choices)
    return [_bias(judge, pairs) for judge, pairs in chosen.items()]


def _bias(judge: str, pairs: Sequence[Sequence[Choice]]) -> Bias:
    first = proportion([float(choice == "first") for choices in pairs for choice in choices if choice != "tie"])
    disagreed = proportion([float(_disagreed(choices)) for choices in pairs])
    biased = first.low is not None and first.high is not None and not first.low <= 0.5 <= first.high
    return Bias(judge, first, disagreed, biased)


def _disagreed(choices: Sequence[Choice]) -> bool:
    """Whether the answers that both orders chose are not the same one."""
    return winner_of(choices) == "tie" and set(choices) != {"tie"}


class Trust(NamedTuple):
    """What is known of a judge: its bias, its agreement with people, and why a gate should not go by it.

    `silent`: answers on which it was asked and gave no verdict. They are left out of its score.
    """

    biases: list[Bias]
    agreement: Kappa
    doubts: list[str]
    silent: int = 0


def trust(scores: Sequence[Score], people: Mapping[int, str], least: float = LEAST) -> Trust:
    """How far a judge can be trusted: `people` are labels by generation, right and wrong, or as the judge's own are.

    To right and wrong it is held by the middle of its scale. Of labels of both kinds the kind with more counts.
    Doubts: no labels, a bias by position, choices that go with the order as a coin would, or a kappa whose interval
    does not lie above `least`.
    """
    plain, own = list[tuple[str, str]](), list[tuple[str, str]]()
    for score in scores:
        theirs = people.get(score.generation)
        if theirs in (RIGHT, WRONG) and score.value is not None:
            plain.append((RIGHT if score.value >= MIDDLE else WRONG, theirs))
        elif theirs is not None and theirs not in (RIGHT, WRONG) and score.label:
            own.append((score.label, theirs))
    both = max(plain, own, key=len)
    agreement = careful_kappa([mine for mine, _ in both], [theirs for _, theirs in both])
    biases = position_bias(scores)
    doubts = [bias.doubt for bias in biases if bias.doubt]
    if any(len(told.get("choices", ())) == 1 for told in _told(scores)):
        doubts.append("It was asked in one order only: its bias by position is unknown.")
    if not both:
        doubts.append("Nobody has labelled any of its answers: its agreement with people is unknown.")
    elif agreement.value is None:
        doubts.append(f"All {agreement.n:,} labels are the same: agreement beyond chance cannot be told.")
    elif agreement.low is not None and agreement.low < least:
        doubts.append(
            f"Its agreement with people is kappa {agreement.value:.2f} [{agreement.low:.2f}, {agreement.high:.2f}] "
            f"over {agreement.n:,} label{'s' if agreement.n > 1 else ''}; {least:g} is not reached."
        )
    silent = sum(not was_judged(score) and "judges" in score.detail for score in scores)
    return Trust(biases, agreement, doubts, silent)


def _told(scores: Sequence[Score]) -> Iterator[Mapping[str, Any]]:
    """What each judge said of each pair or answer."""
    for score in scores:
        yield from ((score.detail or {}).get("judges") or {}).values()


def by_judge(scores: Sequence[Score], groups: Sequence[Hashable] | None = None) -> dict[str, Value]:
    """What each of several judges says alone, of pairwise scores: the share that its answer won, ties half."""
    from genai_tui.stages.evaluate.statistics.bootstrap import mean

    found: dict[str, tuple[list[float], list[Hashable]]] = {}
    for place, score in enumerate(scores):
        for judge, told in ((score.detail or {}).get("judges") or {}).items():
            if (winner := told.get("winner")) is not None:
                values, kept = found.setdefault(judge, ([], []))
                values.append({"answer": 1.0, "tie": 0.5, "other": 0.0}[winner])
                kept.append(place if groups is None else groups[place])
    return {judge: mean(values, kept, (0.0, 1.0)) for judge, (values, kept) in found.items()}
