"""Each token of an answer with its probability, and what all of them say of the answer."""

import math
from dataclasses import replace
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.stages.prompt.pages.probabilities import Probabilities, percent
from genai_tui.stages.prompt.probabilities import tokens_of, whole
from tests.support.panes import a_terminal, opened


def item(token: str, logprob: float, *others: tuple[str, float], **more: Any) -> dict[str, Any]:
    top = [{"token": text, "logprob": value} for text, value in ((token, logprob), *others)]
    return {"token": token, "logprob": logprob, "top_logprobs": top, **more}


LOGPROBS = (
    item("bill", -0.02, (" tech", -4.0)),
    item("ing\n", -1.6, ("ed", -0.3)),
    item("\x1b[2J\ufffd", -0.5, bytes=[0xF0, 0x9F]),
    item(" end", 0.0),
)
ANSWER = Generation(
    "try", "fake", "m", "billing", "stop", Usage(9, 4), 0.0, Moments(1.0), logprobs=LOGPROBS, prompt=3, id=7
)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_each_token_has_its_number_and_alternatives(empty: Project, size: tuple[int, int]) -> None:
    async with opened(empty, size) as panes:
        await panes.app.push_screen(Probabilities(ANSWER))
        await panes.until(lambda: panes.shows("Token 1 of 4"))
        assert '"bill"' in panes.part("#tokens")
        assert "98.0 %" in panes.part("#tokens")
        assert "log p -2.12 · perplexity 1.70" in panes.part("#tokens")
        assert '" tech"' in panes.part("#token")
        await panes.press("u")
        await panes.until(lambda: panes.shows("Token 2 of 4"))
        assert r'"ing\n"' in panes.part("#token")
        assert '"ed"' in panes.part("#token").split("\n")[1]
        assert "! " in panes.part("#tokens").split("\n")[2]
        await panes.press("u")
        assert "no unlikely token further on" in panes.last_line
        await panes.press("down")
        await panes.until(lambda: "<F0 9F>" in panes.part("#token"))
        assert "\x1b" not in panes.text
        await panes.press("escape")
        assert panes.where == "Home"


async def test_an_answer_without_them_says_what_to_do(empty: Project) -> None:
    async with opened(empty, terminal=a_terminal(NO_COLOR="1")) as panes:
        await panes.app.push_screen(Probabilities(replace(ANSWER, logprobs=())))
        await panes.until(lambda: panes.shows("came without probabilities"))
        assert panes.shows("genai-tui endpoint test NAME")
        await panes.press("down", "u", "enter", "question_mark")
        assert panes.shows("perplexity is e to the power")


async def test_the_command_asks_for_them(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.app.push_screen(Probabilities(ANSWER))
        await panes.press("y")
        await panes.until(lambda: "genai-tui prompt run" in panes.last_line)
        assert "genai-tui prompt run 3 --model fake/m --logprobs" in panes.last_line


def test_the_sum_and_the_perplexity() -> None:
    tokens = list(tokens_of([item("a", math.log(0.5)), item("b", math.log(0.125))]))
    said = whole(tokens)
    assert said.logprob == pytest.approx(math.log(1 / 16))
    assert said.perplexity == pytest.approx(4.0)
    assert whole(list(tokens_of([item("a", -math.inf)]))).perplexity == math.inf
    with pytest.raises(ValueError, match="no tokens"):
        whole([])


def test_what_is_no_token_with_a_number_is_left_out() -> None:
    odd: list[Any] = [{}, {"token": 1, "logprob": 0}, {"token": "a", "logprob": -1, "top_logprobs": [3, {}]}]
    odd += [{"token": "a", "logprob": value} for value in (None, True, "-1", math.nan, math.inf, 10**400)]
    [token] = tokens_of(odd)
    assert (token.place, token.likeliest) == (1, ())
    assert [token.choice.logprob for token in tokens_of([item("a", -(10**400))])] == [-math.inf]
    assert [percent(share) for share in (1.0, 0.051, 0.0051, 0.00001)] == ["100.0 %", "5.1 %", "0.51 %", "<0.01 %"]
