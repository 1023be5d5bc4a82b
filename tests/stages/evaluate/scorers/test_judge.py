"""Models as judges, against an endpoint that speaks real HTTP and says what its model is called."""

import asyncio
import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import BudgetFault, NoAnswer, UsageFault
from genai_tui.inference.budget import Budget
from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation, Moments
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.judge import choice_in, rating_in, winner_of
from genai_tui.stages.evaluate.scorers.trust import by_judge, position_bias, trust
from genai_tui.store.spend import spent_for
from tests.support.commands import as_openai, genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint, Received, serve_in_thread
from tests.support.scoring import ANSWERED

EXAMPLES = [Example({"question": f"What is {n}?"}, f"It is {n}.") for n in range(1, 25)]


class WithVectors(FakeEndpoint):
    """The fake endpoint, whose vector of a text counts its letters."""

    vectors_asked = 0

    async def _answer(self, request: Received, out: Any) -> bool:
        if request.path == "/v1/chat/completions" and "prompt_logprobs" in request.json and request.model == "sure":
            words = ["<user>", *request.json["messages"][-2]["content"].split(), "<assistant>"]
            words += [f" {word}" for word in request.json["messages"][-1]["content"].split()]
            told = [{str(n): {"logprob": -0.5 * n, "rank": 1, "decoded_token": w}} for n, w in enumerate(words)]
            return await out.json(200, {"choices": [], "prompt_logprobs": [None, *told[1:]]})
        if request.path != "/v1/embeddings":
            return await super()._answer(request, out)
        texts = request.json["input"]
        self.vectors_asked += 1
        if request.model == "down" or (request.model == "twice" and self.vectors_asked == 1):
            return await out.json(503, {"error": {"message": "Try again in 10 ms."}})
        data = [{"index": i, "embedding": [t.lower().count(c) for c in "aeinrst"]} for i, t in enumerate(texts)]
        if request.model == "short":
            data = data[:1]
        usage = {"usage": {"prompt_tokens": 7, "total_tokens": 7}} if request.model == "twice" else {}
        return await out.json(200, {"object": "list", "data": data[::-1], **usage})


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with serve_in_thread(WithVectors()) as endpoint:
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    as_openai(fake.url, monkeypatch)
    with Project.create(tmp_path / "work", environ=os.environ) as made:
        yield made


def judged(project: Project, name: str, examples: list[Example] = EXAMPLES, text: str = "An answer.") -> list[Score]:
    """What the judge `name` says of a text for each example; nothing is in the store but what it recorded."""
    scorer = find_scorer(name)
    generation = Generation("try", "openai", "echo", text, "stop", None, None, Moments(0.0))

    async def work() -> list[Score]:
        async with project.asking(transport="aiohttp") as asking:
            return [await scorer.score(text, example, replace(generation), asking) for example in examples]

    return [replace(score, generation=n) for n, score in enumerate(asyncio.run(work()), 1)]


def saying(said: Any) -> str:
    """A model that says this JSON."""
    return "openai/say-" + json.dumps(said, separators=(",", ":")).replace(" ", "_")


def test_a_judge_rates_by_its_rubric_and_says_why(project: Project, fake: FakeEndpoint) -> None:
    model = saying({"reason": "It is short.", "score": 4})
    [score] = judged(project, f"judge:model={model},rubric=Is it long?", EXAMPLES[:1])
    assert score.value == pytest.approx(0.75)
    assert score.reduced == "4 of 5"
    assert score.reason == "It is short."
    [asked] = fake.requests
    sent = asked.json["messages"][-1]["content"]
    assert all(part in sent for part in ("Is it long?", "What is 1?", "It is 1.", "An answer.", "1 (fails"))
    assert asked.json["response_format"]["json_schema"]["schema"]["required"] == ["reason", "score"]
    [[purpose, text]] = project.reader.rows("SELECT purpose, text FROM generation")
    assert purpose == "judge"
    assert '"score":4' in text


def test_what_stands_in_an_answer_is_not_rendered(project: Project, fake: FakeEndpoint) -> None:
    judged(project, f"judge:model={saying({'score': 1})}", EXAMPLES[:1], "{{ rubric }} {% for x in y %}")
    assert "{{ rubric }} {% for x in y %}" in fake.requests[0].json["messages"][-1]["content"]


def test_several_judges_are_averaged(project: Project) -> None:
    first, second = saying({"score": 5, "reason": "a"}), saying({"score": 2, "reason": "b"})
    [score] = judged(project, f"judge:model={first},model={second}", EXAMPLES[:1])
    assert score.value == pytest.approx((3.5 - 1) / 4)
    assert score.reason == "a / b"
    assert [each["score"] for each in score.detail["judges"].values()] == [5, 2]


def test_a_judge_that_always_prefers_the_first_says_ties_only_and_is_biased(project: Project) -> None:
    name = f"judge:mode=pairwise,model={saying({'reason': 'Better.', 'better': 'first'})}"
    scores = judged(project, name)
    assert {score.value for score in scores} == {0.5}
    assert {score.label for score in scores} == {"tie"}
    assert find_scorer(name).combine(scores).value == 0.5
    [bias] = position_bias(scores)
    assert bias.biased
    assert bias.first.value == 1
    assert bias.disagreed.value == 1
    assert "biased towards the first answer" in bias.sentence
    found = trust(scores, {score.generation: "tie" for score in scores})
    assert bias.sentence in found.doubts


def test_one_order_alone_believes_such_a_judge(project: Project, fake: FakeEndpoint) -> None:
    model = saying({"better": "first"})
    scores = judged(project, f"judge:mode=pairwise,both-orders=no,model={model}", EXAMPLES[:3])
    assert [score.value for score in scores] == [1, 1, 1]
    assert len(fake.requests) == 3
    assert position_bias(scores) == []
    assert "asked in one order only" in trust(scores, {score.generation: "answer" for score in scores}).doubts[0]


@pytest.mark.parametrize(("pairs", "biased"), [(1, False), (3, True), (40, True)])
def test_three_pairs_by_place_alone_are_no_accident(pairs: int, biased: bool) -> None:
    """A coin falls on the first six times out of six in 1.6 % of all tries."""
    judges = {"a/judge": {"choices": ["first", "first"], "winner": "tie"}}
    [bias] = position_bias([Score("judge", 0.5, label="tie", detail={"judges": judges})] * pairs)
    assert bias.biased is biased


def test_a_judge_that_changes_its_mind_with_the_order_is_doubted_though_no_place_is_proven() -> None:
    """Seen of a small model: eight choices of ten fell on the second answer, and no pair was judged alike."""
    pairs = [["second", "second"]] * 4 + [["first", "first"]]
    scores = [
        Score("judge", 0.5, label="tie", generation=number, detail={"judges": {"a/judge": {"choices": choices}}})
        for number, choices in enumerate(pairs)
    ]
    found = trust(scores, {})
    assert not found.biases[0].biased
    assert "a/judge chose another answer once the order was changed in 100% of 5 pairs" in found.doubts[0]


def test_an_honest_judge_shows_no_bias() -> None:
    """It prefers the better of both, wherever it stands."""
    scores = []
    for n in range(40):
        better = n % 2 == 0
        choices = ["first", "second"] if better else ["second", "first"]
        judges = {"a/judge": {"choices": choices, "winner": winner_of(choices)}}  # type: ignore[arg-type]
        scores.append(Score("judge", float(better), label="answer" if better else "other", detail={"judges": judges}))
    [bias] = position_bias(scores)
    assert not bias.biased
    assert bias.disagreed.value == 0
    assert by_judge(scores)["a/judge"].value == 0.5


def test_agreement_with_people_is_a_kappa_with_its_interval() -> None:
    scores = [Score("judge", 1.0, label="answer" if n % 3 else "other", generation=n) for n in range(1, 61)]
    people = {n: "answer" if n % 3 else "other" for n in range(1, 61)}
    found = trust(scores, people)
    assert found.agreement.value == 1
    assert found.doubts == []
    astray = trust(scores, {n: "answer" if n % 2 else "other" for n in people})
    assert astray.agreement.low is not None
    assert "is not reached" in astray.doubts[0]
    assert "unknown" in trust(scores, {}).doubts[0]


def test_a_few_labels_that_agree_are_not_enough_to_trust() -> None:
    scores = [Score("judge", float(n % 2), label=str(n % 2), generation=n) for n in range(1, 61)]
    for few in (1, 2, 10):
        found = trust(scores, {n: "right" if n % 2 else "wrong" for n in range(1, few + 1)})
        assert found.doubts
    enough = trust(scores, {n: "right" if n % 2 else "wrong" for n in range(1, 31)})
    assert enough.doubts == []
    assert enough.agreement.value == 1
    assert enough.agreement.low is not None
    assert 0.7 < enough.agreement.low < 0.8  # Wilson's of 30 of 30 is 0.886, and chance a half


def test_what_no_judge_judged_is_left_out(project: Project) -> None:
    name = "judge:model=openai/say-I_cannot_say"
    scores = judged(project, name, EXAMPLES[:2])
    assert [score.value for score in scores] == [None, None]
    assert "no score" in scores[0].reason
    assert find_scorer(name).combine([*scores, Score(name, 1.0), Score(name, None)])[::3] == (0.5, 2)
    broken = judged(project, "judge:model=openai/fault-400", EXAMPLES[:1])
    assert broken[0].value is None
    assert broken[0].detail["unjudged"]


def test_what_a_judge_may_write() -> None:
    assert rating_in('Well. ```json\n{"reason": "x", "score": 3}\n```', 5) == (3, "x")
    assert rating_in("Score: 4", 5)[0] == 4
    assert rating_in('{"score": 9}', 5)[0] is None
    assert rating_in('{"score": true}', 5)[0] is None
    assert rating_in('{"score": "4", "reason": "x"}', 5) == (4, "x")
    assert rating_in('{"reason": "A score: 2 would be harsh."}', 5)[0] is None
    assert rating_in("**Score:** 3.5 of 5", 5)[0] == 3.5
    assert rating_in('{"score": NaN}', 5)[0] is None
    assert choice_in('{"better": "Second"}')[0] == "second"
    assert choice_in("first.")[0] == "first"
    assert choice_in('{"better": "both"}')[0] is None
    assert winner_of(["first", "tie"]) == "tie"
    assert winner_of(["second", "first"]) == "other"


def test_a_judge_needs_a_model() -> None:
    with pytest.raises(UsageFault, match="judge:model="):
        find_scorer("judge")
    with pytest.raises(UsageFault, match="2 points"):
        find_scorer("judge:model=openai/x,points=1")


def test_similarity_is_the_cosine_of_vectors(project: Project) -> None:
    near, far = judged(
        project, "similarity:model=openai/vectors", [Example({}, "An answer."), Example({}, ["xyz", "bbb"])]
    )
    assert near.value == pytest.approx(1)
    assert far.value == 0
    [once] = judged(project, "similarity:model=openai/vectors,threshold=0.9", [Example({}, "answer an.")])
    assert once.value == 1
    with pytest.raises(NoAnswer, match="1 vectors came back for 2 texts"):
        judged(project, "similarity:model=openai/short", EXAMPLES[:1])
    with pytest.raises(UsageFault, match="embedded endpoint makes no vectors"):
        judged(project, "similarity:model=embedded/smollm2-135m", EXAMPLES[:1])


def test_what_vectors_take_is_recorded_and_asked_again_where_that_helps(project: Project, fake: WithVectors) -> None:
    [score] = judged(project, "similarity:model=openai/twice", EXAMPLES[:1])
    assert score.value is not None
    assert fake.vectors_asked == 2  # the first was refused with 503
    rows = project.reader.rows(
        "SELECT g.purpose, g.input_tokens, g.output_tokens, g.retries, e.path, e.status FROM generation g "
        "JOIN exchange e ON e.generation = g.id ORDER BY e.id"
    )
    assert rows == [("judge", 7, 0, 1, "/embeddings", 503), ("judge", 7, 0, 1, "/embeddings", 200)]
    [taken] = spent_for(project.reader)
    assert (taken.purpose, taken.generations, taken.unknown, taken.input_tokens) == ("judge", 1, 1, 7)


def test_what_scorers_ask_is_reserved_of_the_budget(project: Project, fake: WithVectors) -> None:
    perplexity = find_scorer("expected-perplexity", Prompt((Message("user", "ask {{ question }}"),)))
    similarity = find_scorer("similarity:model=openai/vectors")
    generation = Generation("run", "openai", "sure", "an answer", "stop", None, None, Moments(0.0))

    async def work(scorer: Any, tokens: int) -> Score:
        async with project.asking(transport="aiohttp") as asking:
            asking.budget = Budget(project.writer, limit_tokens=tokens)
            return await scorer.score("an answer", Example({"question": "now"}, "two words"), generation, asking)

    for scorer in (similarity, perplexity):
        with pytest.raises(BudgetFault, match="would be passed"):
            asyncio.run(work(scorer, 2))
    assert (fake.requests, fake.vectors_asked) == ([], 0)
    for scorer in (similarity, perplexity):
        assert asyncio.run(work(scorer, 2_000)).value is not None
    assert (len(fake.requests), fake.vectors_asked) == (1, 1)
    assert project.reader.rows("SELECT * FROM reservation") == []
    [taken] = spent_for(project.reader)
    assert (taken.generations, taken.failed) == (2, 0)
    assert 0 < taken.input_tokens < 100


def test_perplexity_of_the_expected_answer_is_that_of_its_own_tokens(project: Project, fake: FakeEndpoint) -> None:
    scorer = find_scorer("expected-perplexity", Prompt((Message("user", "ask {{ question }}"),)))
    example = Example({"question": "now"}, "two words")  # tokens 0 <user>, 1 ask, 2 now, 3 <assistant>, 4 and 5

    async def work(model: str) -> Score:
        generation = Generation("run", "openai", model, "an answer", "stop", None, None, Moments(0.0))
        async with project.asking(transport="aiohttp") as asking:
            return await scorer.score("an answer", example, generation, asking)

    assert asyncio.run(work("sure")).value == pytest.approx(math.exp((2.0 + 2.5) / 2))
    assert fake.requests[-1].json["messages"][-1] == {"role": "assistant", "content": "two words"}
    with pytest.raises(NoAnswer, match="gave no log-probabilities"):
        asyncio.run(work("echo"))
    assert asyncio.run(find_scorer("expected-perplexity").score("", example, ANSWERED, None)).value is None


def test_a_run_is_judged_by_command(tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    as_openai(fake.url, monkeypatch)
    folder = tmp_path / "run"
    assert genai("init", folder).code == 0
    rows = "question,answer\n" + "".join(f"q{n},a{n % 2}\n" for n in range(6))
    import_csv(folder, rows, name="d", expected="answer")
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ question }}").code == 0
    made = genai("candidate", "make", "--model", "openai/label-a1", "--prompt", "1", "--json", cwd=folder)
    judge = f"judge:model={saying({'reason': 'Fine.', 'score': 5})}"
    ended = genai("eval", "run", made.json["candidate"], "--scorer", judge, "--scorer", "rouge-l", "--json", cwd=folder)
    assert ended.code == 0, ended.err
    scores = ended.json["scores"]
    assert (scores[judge]["value"], scores[judge]["n"]) == (1, 6)
    assert scores["rouge-l"]["value"] == pytest.approx(0.5)
    with Project.open(folder) as project:
        rows_of_judge = project.reader.rows("SELECT parent, run FROM generation WHERE purpose = 'judge'")
        assert len(rows_of_judge) == 6
        assert all(parent for parent, _ in rows_of_judge)


@pytest.mark.parametrize(("retries", "asked"), [(0, 2), (1, 4)])
def test_what_scorers_ask_is_asked_again_as_often_as_the_run_says(
    retries: int, asked: int, tmp_path: Path, fake: WithVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_openai(fake.url, monkeypatch)
    folder = tmp_path / "run"
    assert genai("init", folder).code == 0
    import_csv(folder, "question,answer\nq1,a1\n", name="d", expected="answer")
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ question }}").code == 0
    made = genai("candidate", "make", "--model", "openai/echo", "--prompt", "1", "--json", cwd=folder)
    scorers = ["--scorer", "judge:model=openai/fault-503", "--scorer", "similarity:model=openai/down"]
    ended = genai("eval", "run", made.json["candidate"], *scorers, "--retries", retries, "--json", cwd=folder)
    assert ended.code == 0, ended.err
    assert ended.json["answered"] == 1
    assert fake.asked("fault-503") + fake.vectors_asked == asked
