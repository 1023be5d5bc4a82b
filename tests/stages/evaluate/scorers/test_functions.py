"""Functions of the user's own: whatever they do, the process is bounded and one score is all that fails."""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.base import Base, Verdict
from genai_tui.stages.evaluate.scoring import scored as score_of
from genai_tui.stages.evaluate.statistics.intervals import proportion
from tests.support.commands import genai
from tests.support.runs_by_command import evaluated, project
from tests.support.scoring import ANSWERED, scored

__all__ = ["project"]


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """A file of a user's functions."""
    path = tmp_path / "checks.py"
    path.write_text(
        "import time, os\n"
        "def polite(text, example):\n"
        "    print('this goes nowhere')\n"
        "    said = {'value': 'please' in text, 'reason': 'looked'}\n"
        "    return {**said, 'label': example['expected'], 'reduced': text[:3]}\n"
        "def length(text, example): return len(text)\n"
        "def broken(text, example): return 1 / 0\n"
        "def infinite(text, example): return float('inf')\n"
        "def ends(text, example): os._exit(3)\n",
        encoding="utf-8",
    )
    return path


def test_a_function_of_the_users_own(functions: Path) -> None:
    found = scored(f"{functions}:polite", "please", "x")
    assert (found.value, found.reason, found.label, found.reduced) == (1, "looked", "x", "ple")
    assert scored(f"{functions}:length", "four").value == 4
    assert find_scorer(f"{functions}:length").kind == "mean"


def test_a_function_that_fails_says_where_and_the_next_answer_is_scored(functions: Path) -> None:
    assert scored(f"{functions}:broken", "x").reason == "ZeroDivisionError: division by zero (line 7)"
    assert scored(f"{functions}:infinite", "x").value is None
    scorer: Any = find_scorer(f"{functions}:ends")
    first = scorer.process.ask({"text": "", "example": {}}, 10)
    assert first["error"] == "Its process ended with status 3."
    assert scorer.process.ask({"text": "", "example": {}}, 10)["error"] == "Its process ended with status 3."


def test_a_function_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(
        "import time\ndef slow(text, example):\n    while text == 'x': pass\n    return 1\n", encoding="utf-8"
    )
    scorer: Any = find_scorer(f"{path}:slow")
    assert "longer than 0.3 s" in scorer.process.ask({"text": "x", "example": {}}, 0.3)["error"]
    assert scorer.process.ask({"text": "y", "example": {}}, 30)["value"] == 1


def test_a_file_that_cannot_be_used_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(UsageFault, match="SyntaxError"):
        find_scorer(f"{tmp_path}/bad.py:f")
    (tmp_path / "bare.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(UsageFault, match="no function f"):
        find_scorer(f"{tmp_path}/bare.py:f")
    with pytest.raises(UsageFault, match="cannot be read"):
        find_scorer(f"{tmp_path}/none.py:f")


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """A file of functions that do what they should not."""
    path = tmp_path / "nasty.py"
    path.write_text(
        "import os, signal, subprocess, sys, time\n"
        "def falls(text, example): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "def forks(text, example):\n"
        "    os.fork()\n"
        "    return len(text)\n"
        "def reads(text, example):\n"
        "    subprocess.run(['cat'])\n"
        "    return len(text) + len(sys.stdin.read())\n"
        "def writes(text, example):\n"
        "    os.write(1, b'{\"value\": 9}\\n')\n"
        "    subprocess.run(['echo', '{}'])\n"
        "    return len(text)\n"
        "def leaves(text, example):\n"
        "    if text: return 1\n"
        "    open('left', 'w').write(str(subprocess.Popen(['sleep', '600']).pid))\n"
        "    time.sleep(600)\n"
        "def closes(text, example):\n"
        "    if os.fork() == 0: time.sleep(5)\n"
        "    os._exit(0)\n"
        "class Odd:\n"
        "    def __float__(self): return 0.25\n"
        "    def __str__(self): return 'odd'\n"
        "RETURNED = {'none': None, 'nan': float('nan'), 'text': 'yes', 'number': '0.5', 'true': True, 'odd': Odd(),\n"
        "    'list': [1], 'huge': 10 ** 400, 'empty': {}, 'without': {'reason': 'why'}, 'told': {'value': Odd(),\n"
        "    'reason': Odd(), 'label': 3, 'more': Odd()}, 'half': {'value': 1, 'reason': chr(0xd800)},\n"
        "    'long': {'value': 1, 'reason': 'x' * 2_000_000}}\n"
        "def returns(text, example): return RETURNED[text]\n",
        encoding="utf-8",
    )
    return path


def asked(scorer: Any, text: str, limit_s: float = 20) -> dict[str, Any]:
    """What a function says of a text."""
    found: dict[str, Any] = scorer.process.ask({"text": text, "example": {}}, limit_s)
    return found


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("none", None, "The function gave no value."),
        ("nan", None, "ValueError: nan is no score"),
        ("text", None, "ValueError: could not convert string to float: 'yes'"),
        ("number", 0.5, ""),
        ("true", 1, ""),
        ("odd", 0.25, ""),
        ("list", None, "TypeError: "),
        ("huge", None, "OverflowError: "),
        ("empty", None, "The function gave no value."),
        ("without", None, "why"),
        ("told", 0.25, "odd"),
        ("half", 1, "\ud800"),
        ("long", None, "It returned too much."),
    ],
)
def test_what_a_function_may_return(nasty: Path, text: str, value: float | None, reason: str) -> None:
    found = scored(f"{nasty}:returns", text)
    assert found.value == value
    assert found.reason.startswith(reason) if reason.endswith(": ") else found.reason == reason


def test_the_end_of_a_process_is_told(nasty: Path) -> None:
    scorer: Any = find_scorer(f"{nasty}:falls")
    assert asked(scorer, "")["error"] == "Its process ended by SIGSEGV."


def test_what_a_function_starts_neither_answers_nor_reads_for_it(nasty: Path) -> None:
    for name in ("forks", "reads", "writes"):
        scorer: Any = find_scorer(f"{nasty}:{name}")
        assert [asked(scorer, "x" * n)["value"] for n in (1, 5, 2)] == [1, 5, 2], name


def test_what_a_function_left_running_ends_with_it(nasty: Path) -> None:
    scorer: Any = find_scorer(f"{nasty}:leaves")
    assert "longer than 3 s" in asked(scorer, "", 3)["error"]
    left = int((nasty.parent / "left").read_text(encoding="utf-8"))
    end = time.monotonic() + 10
    while (state := Path(f"/proc/{left}/stat")).exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < end
    assert asked(scorer, "x")["value"] == 1


def test_a_question_that_nobody_takes_has_its_time_too(nasty: Path) -> None:
    scorer: Any = find_scorer(f"{nasty}:closes")
    asked(scorer, "", 1)
    began = time.monotonic()
    for _ in range(3):
        assert "error" in asked(scorer, "x" * 1_000_000, 1)
    assert time.monotonic() - began < 30


def test_a_function_ends_when_who_asks_is_gone(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "import os\ndef busy(text, example):\n    open('pid', 'w').write(str(os.getpid()))\n    while True: pass\n",
        encoding="utf-8",
    )
    code = (
        "import os, threading, time\n"
        "from genai_tui.stages.evaluate.scorers import find_scorer\n"
        "process = find_scorer('busy.py:busy').process\n"
        "threading.Thread(target=process.ask, args=({'text': '', 'example': {}}, 60), daemon=True).start()\n"
        "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, timeout=60)
    pid = int((tmp_path / "pid").read_text(encoding="utf-8"))
    end = time.monotonic() + 10
    while (state := Path(f"/proc/{pid}/stat")).exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < end


@dataclass(frozen=True)
class Defect(Base):
    """A scorer that falls over."""

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Never."""
        raise KeyError("no such key")


def test_a_scorers_defect_fails_its_score_and_not_the_run() -> None:
    found = asyncio.run(score_of(Defect("defect"), ANSWERED, Example({}, "x"), None))
    assert (found.value, found.reason) == (None, "The scorer has a defect: KeyError: 'no such key'")


def test_true_and_false_are_shares_and_ones_are_not(nasty: Path) -> None:
    said: Any = find_scorer(f"{nasty}:returns")
    truths = [scored(f"{nasty}:returns", "true")] * 10
    assert said.combine(truths) == proportion([1.0] * 10)
    ones = [replace(score, detail={}) for score in truths]
    assert said.combine(ones)[:3] == (1.0, None, None)


def test_a_run_goes_on_whatever_a_function_does(project: Path, nasty: Path) -> None:
    falls, forks, none = (f"{nasty}:{name}" for name in ("falls", "forks", "returns"))
    words = [word for name in (falls, forks, none, "exact") for word in ("--scorer", name)]
    told = evaluated(project, "label-a", "--limit", "3", *words)
    assert told.code == 0
    scores = told.json["scores"]
    assert [scores[name]["value"] for name in (falls, forks, none)] == [0.0, 1.0, 0.0]
    assert scores["exact"]["n"] == 3


def test_what_a_function_said_is_told_when_its_file_is_gone(project: Path, functions: Path) -> None:
    name = f"{functions}:length"
    first, second = (evaluated(project, "label-a", "--limit", "3", "--scorer", name).json["run"] for _ in range(2))
    functions.write_text("import time\ntime.sleep(600)\n", encoding="utf-8")
    compared = genai("eval", "compare", first, second, "--json", cwd=project)
    assert (compared.code, compared.json["difference"]) == (0, 0.0)
    functions.unlink()
    assert genai("eval", "show", first, "--json", cwd=project).json["scores"][name]["value"] == 1
    assert genai("eval", "compare", first, second, cwd=project).code == 0


def test_a_function_is_found_from_every_folder(project: Path, functions: Path) -> None:
    below = project / "below"
    below.mkdir()
    functions.rename(below / "checks.py")
    told = evaluated(below, "label-a", "--limit", "2", "--scorer", "checks.py:length")
    assert (told.code, [*told.json["scores"]]) == (0, [f"{below / 'checks.py'}:length"])
    (below / "checks.py").rename(project / "checks.py")
    here = evaluated(project, "label-a", "--limit", "2", "--scorer", "checks.py:length")
    assert [*here.json["scores"]] == ["checks.py:length"]
