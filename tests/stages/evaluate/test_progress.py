"""How far a run is while it goes on: how fast it gets on, and how long it takes still."""

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate.limits import Limits
from genai_tui.stages.evaluate.progress import Pace, Progress
from genai_tui.stages.evaluate.running import plan_run, run_candidates
from genai_tui.store.following import Follow, follow
from tests.support.evaluate_screen import made, measured, project

__all__ = ["project"]


async def test_answers_out_of_the_cache_do_not_make_the_rest_seem_quick(project: Project) -> None:
    await measured(project, "slow-150", rows=4)
    told: list[Progress] = []
    plan = plan_run(project, limits=Limits(in_flight=1))
    async for run in run_candidates(project, [made(project, "slow-150")], plan, report=told.append):
        assert run.result is not None
        assert run.result.cache_hits == 4
    least_s = 0.15  # an answer takes that at least, one after the other
    known = [
        (now.left_s, now.total - now.done) for now in told if now.left_s and now.done >= 7 and now.done < now.total
    ]
    assert known
    for left, answers in known:
        assert left >= answers * least_s / 2


async def test_while_no_answer_tells_a_price_it_is_not_zero(project: Project) -> None:
    told: list[Progress] = []
    plan = plan_run(project, rows=2, limits=Limits(retries=0))
    async for run in run_candidates(project, [made(project, "fault-500")], plan, report=told.append):
        assert run.result is not None
        assert run.result.spent_usd is None
        assert follow(project.reader, run.id, run.scorers[0]).spent_usd is None  # as another terminal sees it
    assert (told[-1].done, told[-1].failed, told[-1].usd) == (2, 2, None)
    assert Follow().spent_usd == 0.0  # nothing was asked


@pytest.mark.parametrize(
    ("seen", "rate"),
    [
        ([(10.0, 50)], 5.0),  # steady
        ([(0.5, 500), (20.0, 520), (40.0, 540)], 1.0),  # 500 at once, then one a second
        ([(10.0, 2), (20.0, 4), (21.0, 400), (40.0, 420)], 20.8),  # the later half: from 20 s on
        ([(1.0, 5), (10.0, 5), (20.0, 5)], 0.0),  # nothing came lately
    ],
)
def test_a_pace_is_that_of_the_later_half_of_the_time(seen: list[tuple[float, int]], rate: float) -> None:
    pace = Pace(0.0)
    assert [pace.rate(now, done) for now, done in seen][-1] == pytest.approx(rate)
