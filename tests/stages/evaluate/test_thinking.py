"""Answers of models that think first: the answer is scored, never the thinking, and both are kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.stages.evaluate.scorers.thinking import answer_in
from tests.support.commands import Ended, genai
from tests.support.runs_by_command import project

__all__ = ["project"]

RAW = "<think>b, for sure b</think>\n\na"


def measured(project: Path, model: str, *scorers: str, prompt: str = "1") -> Ended:
    """A run over one row whose answer is a."""
    made = genai("candidate", "make", "--model", f"openai/{model}", "--prompt", prompt, "--json", cwd=project)
    words = [word for scorer in scorers for word in ("--scorer", scorer)]
    return genai("eval", "run", made.json["candidate"], "--limit", "1", "--json", *words, cwd=project)


def answer(project: Path, run: Ended) -> dict[str, Any]:
    """The one answer of a run, as it is exported."""
    ended = genai("eval", "export", run.json["run"], "--format", "jsonl", cwd=project)
    assert ended.code == 0, ended.err
    [line] = ended.out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (RAW, "a"),
        ("b, for sure b</think>\n\na", "a"),  # the chat template opened it
        ("\n<thinking>b</thinking>a ", "a"),
        ("<think></think>\n\n<think>b</think>a", "a"),
        ("<think>b, and then", ""),
        ("<think>a <think> b</think> c</think>a", "a"),
        ("a", "a"),
        (" a\n", " a\n"),
        ("I think a", "I think a"),
        ("The tag <think>x</think> opens it", "The tag <think>x</think> opens it"),
    ],
)
def test_what_is_left_without_thinking(text: str, left: str) -> None:
    assert answer_in(text) == left


def test_the_answer_is_scored_and_the_raw_one_kept(project: Path) -> None:
    run = measured(project, f"say-{RAW.replace(' ', '_')}", "exact", "regex:pattern=sure")
    assert run.json["scores"]["exact"]["value"] == 1.0
    assert run.json["scores"]["regex:pattern=sure"]["value"] == 0.0
    kept = answer(project, run)
    assert kept["text"] == RAW
    assert kept["scores"]["exact"]["reduced"] == "a"


def test_who_is_cut_off_while_thinking_has_not_answered(project: Path) -> None:
    text = "---\nparameters: {max_tokens: 2}\n---\nTicket: {{ ticket }}"
    assert genai("prompt", "save", "-", cwd=project, stdin=text).code == 0
    run = measured(project, "say-<think>_a_or_b</think>_a", "exact", prompt="2")
    assert run.json["scores"]["exact"]["value"] == 0.0
    kept = answer(project, run)
    assert (kept["text"], kept["finish_reason"]) == ("<think> a ", "length")
    score = kept["scores"]["exact"]
    assert (score["value"], score["reduced"]) == (0.0, "")
    assert "within its thinking" in score["reason"]


def test_thinking_in_a_field_of_its_own_is_kept_beside(project: Path) -> None:
    run = measured(project, "reasoning", "regex:pattern=think")
    assert run.json["scores"]["regex:pattern=think"]["value"] == 0.0
    kept = answer(project, run)
    assert kept["reasoning"] == "Let me think. "
    assert "think" not in str(kept["text"])


def test_a_judge_may_think_first(project: Path) -> None:
    judge = "judge:model=openai/say-<think>score_1?</think>score_5"
    assert measured(project, "label-a", judge).json["scores"][judge]["value"] == 1.0
