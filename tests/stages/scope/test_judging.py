"""How narrow a scope is, what is wrong with it, and what follows from it."""

from dataclasses import replace

import pytest

from genai_tui.project import Project
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.scopes import Scope, ScopeExample
from genai_tui.records.selections import Selection
from genai_tui.stages.evaluate.statistics.intervals import wilson
from genai_tui.stages.scope.around import Around, Counted, Priced, Rent, look_around
from genai_tui.stages.scope.checking import check, is_met
from genai_tui.stages.scope.claims import chance, examples_to_meet, fewest
from genai_tui.stages.scope.contradicting import contradiction
from genai_tui.stages.scope.following import what_follows
from genai_tui.stages.scope.narrowness import narrowness
from genai_tui.stages.scope.traffic import Follows
from genai_tui.store.selections import select_model

NARROW = Scope(
    version=1, problem="Sort a ticket into a category.", tasks=("classification",), metric="exact", target=0.9,
    latency_p95_s=2.0, requests_a_month=50_000, input_tokens=60, output_tokens=3, harms="none", today="By hand.",
    examples=(ScopeExample("charged twice", "billing"), ScopeExample("paid twice", "billing")),
)  # fmt: skip
OPENAI = Endpoint("openai", "https://api.openai.com/v1")
AROUND = Around(
    endpoints=("embedded", "openai"),
    in_use=OPENAI,
    model="openai/large",
    own=Priced("openai/large", Price(2.0, 10.0)),
    listed=(Priced("a/small", Price(0.1, 0.2)), Priced("b/middle", Price(1.0, 2.0))),
    prices_source="a list",
    rent=Rent("A100", 2.0, "a price list"),
    test_rows=200,
)


def follows(scope: Scope, key: str, around: Around = AROUND, counted: Counted | None = None) -> Follows:
    return next(one for one in what_follows(scope, around, counted) if one.key == key)


def test_one_closed_task_with_short_answers_is_narrow() -> None:
    found = narrowness(NARROW)
    assert found.verdict == "narrow"
    assert any("closed set" in reason.text for reason in found.reasons)


def test_four_task_types_and_free_form_output_are_wide() -> None:
    found = narrowness(replace(NARROW, tasks=("classification", "summarisation", "rewriting", "chat")))
    assert found.verdict == "wide"
    assert found.reasons[0].text == "Four task types and free-form output."
    assert found.reasons[0].do.startswith("Split off the classification")


def test_nothing_said_is_not_narrow() -> None:
    assert narrowness(Scope()).verdict == "unknown"
    assert narrowness(Scope(problem="Answer any question about everything.")).verdict == "rather wide"


@pytest.mark.parametrize(("target", "truth"), [(0.5, 0.75), (0.9, 0.95), (0.99, 0.995)])
def test_examples_to_meet_a_target(target: float, truth: float) -> None:
    least, number = fewest(target), examples_to_meet(target, truth)
    assert least is not None
    assert number is not None
    assert wilson(least, least)[0] >= target > wilson(least - 1, least - 1)[0]
    assert chance(target, truth, number) >= 0.8 > chance(target, truth, number // 2)


def test_the_chance_is_that_of_the_binomial() -> None:
    """10 of 10 are needed for 0.7, so the chance is that of ten right answers."""
    assert wilson(10, 10)[0] >= 0.7 > wilson(9, 10)[0]
    assert chance(0.7, 0.9, 10) == pytest.approx(0.9**10)


def test_a_target_of_one_is_met_by_no_number() -> None:
    assert fewest(1) is None
    assert examples_to_meet(1, 1) is None
    assert follows(replace(NARROW, target=1), "test_examples").value == "no number"


def test_test_examples_say_what_test_has() -> None:
    found = follows(NARROW, "test_examples")
    assert found.value == f"≈ {examples_to_meet(0.9, 0.95)}"
    assert found.doubtful
    assert "test has 200: few" in found.reason
    assert not follows(NARROW, "test_examples", AROUND._replace(test_rows=5_000)).doubtful


def test_where_less_is_better_the_other_end_counts() -> None:
    assert follows(replace(NARROW, metric="refusal", target=0.1), "test_examples").numbers["fewest"] == fewest(0.9)


def test_a_metric_that_does_not_fit_is_said() -> None:
    assert follows(NARROW, "metric").value == "exact"
    misfit = follows(replace(NARROW, tasks=("summarisation",)), "metric")
    assert misfit.doubtful
    assert misfit.value == "judge"


def test_a_month_is_priced_where_prices_are_known() -> None:
    found = follows(NARROW, "month")
    assert found.numbers["usd"]["openai/large"] == pytest.approx(50_000 * (60 * 2 + 3 * 10) / 1e6)
    unknown = follows(NARROW, "month", AROUND._replace(own=Priced("openai/large", None)))
    assert unknown.numbers["usd"]["openai/large"] is None
    assert "price unknown" in unknown.reason
    assert follows(replace(NARROW, budget_usd=5), "month").doubtful
    assert (
        follows(replace(NARROW, requests_a_month=None), "month").reason
        == "Not known until the form says requests a month."
    )


def test_examples_are_counted_where_tokens_are_not_said() -> None:
    scope = replace(NARROW, input_tokens=None, output_tokens=None)
    assert follows(scope, "context").value == ""
    found = follows(scope, "context", counted=Counted(900, 100))
    assert found.numbers["context_tokens"] == 1250
    assert "counted in the examples" in found.source


def test_where_it_runs_follows_from_rules_then_volume() -> None:
    assert follows(NARROW, "where").value == "API"
    assert follows(replace(NARROW, requests_a_month=10**10), "where").value == "own GPU"
    assert follows(replace(NARROW, data_rules="local"), "where").value == "own machine"
    assert "network" in follows(replace(NARROW, data_rules="network"), "where").value
    assert follows(replace(NARROW, requests_a_month=None), "where").value == "API first"


def test_stages_follow_from_what_is_said() -> None:
    assert follows(NARROW, "stages").numbers["stages"] == ["prompt", "finetune", "align", "evaluate"]
    local = replace(NARROW, tasks=("question answering",), harms="", data_rules="local")
    assert follows(local, "stages").numbers["stages"] == ["prompt", "evaluate", "deploy", "augment"]


def test_everything_has_a_reason_whatever_is_said() -> None:
    for scope in (
        Scope(),
        NARROW,
        replace(NARROW, tasks=("agent", "chat", "code"), output_tokens=0, latency_p95_s=0.0),
    ):
        for one in what_follows(scope, Around()):
            assert one.reason.endswith("."), one


def test_a_whole_scope_is_met() -> None:
    assert check(NARROW, AROUND) == ()
    assert is_met(())


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"problem": ""}, "missing", "No problem"),
        ({"target": None}, "missing", "No target"),
        ({"target": 1.0}, "contradiction", "never be met"),
        ({"target": 0.0}, "contradiction", "met by anything"),
        ({"tasks": ("translation",)}, "contradiction", "exact does not fit translation"),
        ({"latency_p95_s": 0.001, "output_tokens": 100}, "contradiction", "nothing writes so fast"),
        ({"data_rules": "local"}, "contradiction", "refuse openai"),
        ({"data_rules": "only openai, vllm"}, "doubt", "name vllm"),
        ({"data_rules": "Mind GDPR"}, "doubt", "is a note"),
        ({"tasks": ("poetry",)}, "doubt", "poetry: no task type known here"),
        ({"harms": ""}, "doubt", "must never happen"),
    ],
)
def test_findings(changes: dict[str, object], kind: str, says: str) -> None:
    found = check(replace(NARROW, **changes), AROUND)  # type: ignore[arg-type]
    assert [(finding.kind, says in finding.text) for finding in found] == [(kind, True)]
    assert is_met(found) is (kind == "doubt")


def test_a_model_in_use_whose_endpoint_is_gone_is_said(empty: Project) -> None:
    empty.writer.put_now(select_model(Selection("gone/large")))
    around = look_around(empty)
    [said] = [each for each in check(Scope(version=1), around) if "gone/large" in each.text]
    assert said.kind == "doubt"
    assert "There is no endpoint" in said.text
    assert around.own is None
    assert contradiction(empty) is None  # it is no contradiction of the scope
