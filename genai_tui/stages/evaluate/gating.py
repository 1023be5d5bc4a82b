"""Gates: whether a run may pass, and if not, why: what CI asks."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.counts import count
from genai_tui.records.runs import Result, Run, Score
from genai_tui.records.scales import reached, sign_of, standing, worse_end
from genai_tui.stages.evaluate.comparing import compare_runs
from genai_tui.stages.evaluate.scored import scored_by
from genai_tui.stages.evaluate.scorers import known_name
from genai_tui.stages.evaluate.scorers.base import Base
from genai_tui.stages.evaluate.scorers.imported import scorer_of
from genai_tui.stages.evaluate.scorers.trust import LEAST
from genai_tui.stages.evaluate.statistics.power import ERROR
from genai_tui.stages.evaluate.trusting import trust_in
from genai_tui.store.counting import rows_of
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.outcomes import examples_asked
from genai_tui.store.scopes import current_scope
from genai_tui.store.scores import ScoresOf
from genai_tui.store.seen import GIVEN_AWAY, seen_of

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


class Check(NamedTuple):
    """One condition of a gate: whether it is met, and the sentence that says why; it may be met and warn."""

    name: str
    met: bool
    value: float | None
    limit: float | None
    sentence: str
    warns: bool = False

    def as_json(self) -> dict[str, Any]:
        """As `eval gate --json` prints it."""
        return self._asdict()


class Asked(NamedTuple):
    """What a gate asks besides the scope's target and latency; None takes the scope's, or asks nothing.

    `part` lets a run pass that was over the first rows of its split only (`--limit`).
    """

    scorer: str | None = None
    target: float | None = None
    reached: bool = False
    against: Run | None = None
    p95_s: float | None = None
    usd_an_answer: float | None = None
    part: bool = False
    people: Mapping[int, str] = MappingProxyType({})  # labels of a judge's answers, by generation


def checks(reader: "Reader", run: Run, asked: Asked) -> list[Check]:
    """Every condition, with its verdict.

    A score whose rows were given away (trained on, or shown as examples) passes no gate; what else is to be doubted in
    it, or in the run it is held against, is a warning. Reads splits and scores: use a thread where a loop runs.

    Raises UsageFault where there is nothing to ask, no result, no such score, or a target beyond the scorer's scale.
    """
    if run.result is None:
        going = run.state == "running"
        do = f"Wait for its end: genai-tui eval show {run.id}" if going else f"genai-tui eval resume {run.id}"
        raise UsageFault(f"Run {run.id} has no result: it is {run.state}.", run.reason, do)
    scope = current_scope(reader)
    target = asked.target if asked.target is not None else scope.target
    p95 = asked.p95_s if asked.p95_s is not None else scope.latency_p95_s
    if all(each is None for each in (target, asked.against, p95, asked.usd_an_answer)):
        raise UsageFault(
            "There is nothing to ask: the scope has no target, and no other condition was given.",
            "",
            "genai-tui scope set target=0.9, or --target, --against, --max-p95, --max-cost",
        )
    found = [_whole(reader, run, asked.part), *_known(reader, run)]
    if target is not None:
        name = asked.scorer or scope.metric or run.scorers[0]
        found += [_target(reader, run, name, target, asked.reached), *_trusted(reader, run, name, asked.people)]
    if asked.against is not None:
        found += [_warning(f"Run {asked.against.id}: {each.text}") for each in seen_of(reader, asked.against.id)]
        name, regression = _regression(reader, run, asked.against, asked.scorer)
        found += [regression, *_trusted(reader, run, name, asked.people)]
    if p95 is not None:
        found.append(_latency(run.result, p95))
    if asked.usd_an_answer is not None:
        found.append(_cost(run.result, asked.usd_an_answer))
    return list(dict.fromkeys(found))  # a judge may be asked about twice


def _latency(result: Result, limit_s: float) -> Check:
    value = result.latency_s.p95
    told = "is not known" if value is None else f"is {_plain(value)} s"
    sentence = f"The 95th percentile of latency {told}, the limit {_plain(limit_s)} s."
    return Check("latency_p95_s", value is not None and value <= limit_s, value, limit_s, sentence)


def _cost(result: Result, limit_usd: float) -> Check:
    cost = None if result.cost_usd is None or not result.answered else result.cost_usd / result.answered
    told = "What an answer costs is not known" if cost is None else f"An answer costs ${_plain(cost)}"
    sentence = f"{told}, the limit is ${_plain(limit_usd)}."
    return Check("usd_an_answer", cost is not None and cost <= limit_usd, cost, limit_usd, sentence)


def _plain(number: float) -> str:
    """With five digits that matter, and never as 1e-05."""
    return f"{Decimal(f'{number:.5g}'):f}"


def _whole(reader: "Reader", run: Run, part: bool) -> Check:
    """Whether every row of the split was asked."""
    assert run.result is not None
    done, rows = run.result.n, find_dataset_version(reader, run.dataset_version).splits.get(run.split, 0)
    if run.rows is None or run.rows >= rows:
        return Check(
            "whole", done >= run.n, done, run.n, f"{done:,} of {count(run.n, 'answer was', 'answers were')} asked."
        )
    told = f"Run {run.id} asked the first {run.rows:,} of {count(rows, 'row')} of {run.split} only (--limit)"
    if part:
        return Check("whole", done >= run.n, done, run.n, f"{told}; --part lets them count.", warns=done >= run.n)
    why = "they are not drawn at random, and tell less of the split than their interval says"
    return Check("whole", False, run.rows, rows, f"{told}: {why}. They count where that is asked for (--part).")


def _known(reader: "Reader", run: Run) -> list[Check]:
    """What its score is to be doubted for: it passes no gate where the answers to its rows were given away."""
    return [
        Check("unseen", False, each.rows, 0, f"{each.text} A gate does not go by it.")
        if each.kind in GIVEN_AWAY
        else _warning(each.text)
        for each in seen_of(reader, run.id)
    ]


def _warning(text: str) -> Check:
    return Check("unseen", True, None, None, text, warns=True)


def _target(reader: "Reader", run: Run, metric: str, target: float, enough: bool) -> Check:
    assert run.result is not None
    name = scored_by(run, metric)
    value = run.result.scores[name]
    _check_scale(reader, run, name, target)
    if value.value is None:
        why = "no answer could be judged by it" if run.result.answered else "nothing was answered"
        return Check("target", False, None, target, f"{name} has no value: {why}.")
    if value.low is None or value.high is None:
        told = f"{name} is {value.said()}, n = {value.n:,}: so little, or so much alike, has no interval to go by."
        return Check("target", enough and reached(name, value.value, target), value.value, target, told)
    told = f"{name} is {value.said()}, n = {value.n:,}"
    wanted = f"the target {target:g}" if sign_of(name) > 0 else f"the target of at most {target:g}"
    if enough:
        met = reached(name, value.value, target)
        return Check("target", met, value.value, target, f"{told}: {wanted} is {'' if met else 'not '}reached.")
    stands, end = standing(name, value, target), worse_end(name, value)
    if stands == "reached":
        side = "low end of the interval is below" if sign_of(name) > 0 else "high end of the interval is above"
        return Check("target", False, end, target, f"{told}: reached, but not met: the {side} it ({target:g}).")
    met = stands == "met"
    return Check("target", met, end, target, f"{told}: {wanted} is {'' if met else 'not '}met.")


def _check_scale(reader: "Reader", run: Run, name: str, target: float) -> None:
    """Refuse a target that no score can have."""
    scorer = scorer_of(run, name)
    scale = scorer.scale(_scores(reader, run, name)) if isinstance(scorer, Base) else None
    if scale is None or scale[0] <= target <= scale[1]:
        return
    low, high = scale
    percent = (low, high) == (0, 1) and 1 < target <= 100
    raise UsageFault(
        f"A target of {target:g} is beyond the scale of {name}.",
        f"Its scores are from {low:g} to {high:g}.",
        f"{target:g} % is --target {target / 100:g}"
        if percent
        else f"Give one from {low:g} to {high:g} with --target.",
    )


def _scores(reader: "Reader", run: Run, name: str) -> Iterator[Score]:
    """Those of a run, read where they are asked for: of most scorers the scale is known without."""
    yield from ScoresOf(reader, name, rows_of(reader, run.id).ids)


def _regression(reader: "Reader", run: Run, against: Run, scorer: str | None) -> tuple[str, Check]:
    name, found = compare_runs(reader, against, run, scorer)
    loss = 0.0 if found.difference is None else -sign_of(name) * found.difference
    worse = loss > 0 and found.p is not None and found.p <= ERROR
    numbers = f": {found.said()}" if found.difference is not None else ""
    how = "worse" if worse else "not significantly worse"
    told = f"{name} is {how} than run {against.id}{numbers}, n = {found.n:,}."
    asked = examples_asked(reader, run.id)
    part = found.n < asked
    if part:
        told += (
            f" Only {found.n:,} of its {count(asked, 'example')} {'has' if found.n == 1 else 'have'} a score in both."
        )
    return name, Check("regression", not worse, found.difference, 0.0, told, warns=part and not worse)


def _trusted(reader: "Reader", run: Run, name: str, people: Mapping[int, str]) -> list[Check]:
    """Whether a gate may go by a judge's score: nothing for what is no judge's."""
    found = trust_in(reader, run, name if name in run.scorers else known_name(name), people)
    if found is None:
        return []
    told = f"{name}: {' '.join(found.doubts)} A gate does not go by it." if found.doubts else (
        f"{name} agrees with people: kappa {found.agreement.value:.2f} over {count(found.agreement.n, 'label')}."
    )  # fmt: skip
    return [Check("judge", not found.doubts, found.agreement.value, LEAST, told)]


def junit_of(run: Run, verdicts: list[Check]) -> str:
    """The verdicts as JUnit XML, a test case each."""
    from genai_tui.stages.evaluate.junit import Case, Suite, document

    cases = [
        Case(check.name, "" if check.met else check.sentence, 0.0, check.sentence if check.warns else "")
        for check in verdicts
    ]
    return document("genai-tui gate", [Suite(f"run {run.id}", cases)])
