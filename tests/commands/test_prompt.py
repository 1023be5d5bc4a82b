"""Prompts by command: saving, running on any endpoint, what is kept when it goes wrong."""

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.commands import Ended, as_openai, genai, tickets
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread

TICKETS = tickets(40, "ab")


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one prompt and a dataset; the endpoint `openai` is the fake one."""
    as_openai(fake.url, monkeypatch)
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    (folder / "tickets.csv").write_text(TICKETS)
    assert genai("data", "import", "tickets.csv", "--expected", "label", cwd=folder).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="Ticket: {{ ticket }}").code == 0
    return folder


def run(project: Path, *words: str, model: str = "openai/echo") -> Ended:
    """`prompt run 1 --json` with these words."""
    return genai("prompt", "run", "1", "--model", model, "--json", *words, cwd=project)


def test_a_row_gives_the_variables_and_the_try_is_kept(project: Path, fake: FakeEndpoint) -> None:
    row = genai("data", "show", "dev:1", "--json", cwd=project).json
    answer = run(project, "--row", "dev:1").json
    assert answer["text"] == f"Ticket: {row['inputs']['ticket']}"
    assert answer["model"] == "openai/echo"
    assert set(answer["usage"]) == {"input_tokens", "output_tokens"}
    assert answer["first_token_s"] <= answer["total_s"]
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        [kept] = database.execute("SELECT generation, text, finish_reason FROM v_generations").fetchall()
    assert kept == (answer["generation"], answer["text"], "stop")


def test_streaming_to_a_pipe_gives_the_answer_as_it_was(project: Path) -> None:
    said = genai("prompt", "run", "1", "--model", "openai/echo", "--var", "ticket=a\x1b[31m b", cwd=project)
    assert said.out == "Ticket: a\x1b[31m b\n"
    assert "\x1b" not in said.err
    assert "openai/echo" in said.err


def test_variables_from_a_file_from_standard_input_and_from_arguments(project: Path, tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text('{"ticket": "from a file"}')
    assert run(project, "--vars", str(tmp_path / "v.json")).json["text"] == "Ticket: from a file"
    words = ("prompt", "run", "1", "--model", "openai/echo", "--vars", "-", "--json")
    piped = genai(*words, cwd=project, stdin='{"ticket": "piped"}')
    assert piped.json["text"] == "Ticket: piped"
    assert run(project, "--row", "dev:1", "--var", "ticket=a=b").json["text"] == "Ticket: a=b"


def test_several_models_and_samples_are_a_list(project: Path) -> None:
    said = run(project, "--model", "openai/say-x", "--samples", "2", "--row", "dev:1")
    assert [(a["model"], a["text"][:1]) for a in said.json] == [
        ("openai/echo", "T"), ("openai/echo", "T"), ("openai/say-x", "x"), ("openai/say-x", "x"),
    ]  # fmt: skip


def test_without_streaming_there_is_no_first_token(project: Path, fake: FakeEndpoint) -> None:
    assert run(project, "--row", "dev:1", "--no-stream").json["first_token_s"] is None
    assert "stream" not in fake.requests[-1].json


def test_a_cut_answer_is_printed_and_kept_with_its_error(project: Path) -> None:
    said = run(project, "--row", "dev:1", model="openai/cut-2")
    assert said.code == 3
    assert said.json["text"]
    assert said.error["exit"] == 3
    assert genai("status", "--json", cwd=project).json["stages"][2]["state"] == "done"


def test_a_wrong_key_is_a_sentence_without_the_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_in_thread(FakeEndpoint(key="right")) as strict:
        monkeypatch.setenv("OPENAI_BASE_URL", strict.url)
        said = run(project, "--row", "dev:1")
    assert said.code == 3
    assert "key" in said.error["what"].lower() + said.error["why"].lower()
    assert "a-very-secret-key" not in said.out + said.err
    everything = b"".join(path.read_bytes() for path in (project / ".genai").rglob("*") if path.is_file())
    assert b"a-very-secret-key" not in everything


def test_a_dead_host_is_a_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    said = run(project, "--row", "dev:1")
    assert said.code == 3
    assert "127.0.0.1:9" in json.dumps(said.error)
    assert "Traceback" not in said.err


def test_what_endpoints_refuse_is_said_when_it_is_saved(project: Path) -> None:
    text = "---\nparameters: {temperature: hot, top_p: null, x_own: 3}\noutput: {schema: {type: strin}}\n---\nHello"
    saved = genai("prompt", "save", "-", "--json", cwd=project, stdin=text)
    assert saved.code == 0
    temperature, schema = saved.json["notes"]
    assert temperature == "temperature cannot be hot: it is a number from 0 to 2."
    assert schema.startswith("The output schema has a fault at ")
    assert temperature in genai("prompt", "save", "-", cwd=project, stdin=text).err
    assert "notes" not in genai("prompt", "save", "-", "--json", cwd=project, stdin="Hello").json


def test_a_budget_that_would_be_passed_asks_nothing(project: Path, fake: FakeEndpoint) -> None:
    genai("prompt", "save", "-", cwd=project, stdin="---\nparameters: {max_tokens: 1000}\n---\n{{ ticket }}")
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "genai-tui" / "settings.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f'[endpoints.paid]\nbase_url = "{fake.url}"\ninput_usd_per_million = 1000\noutput_usd_per_million = 1000\n'
    )
    assert genai("scope", "set", "budget_usd=0.5", cwd=project).code == 0
    before = len(fake.requests)
    said = genai("prompt", "run", "2", "--model", "paid/echo", "--row", "dev:1", "--json", cwd=project)
    assert said.code == 4, said.err
    assert len(fake.requests) == before
    unknown = run(project, "--row", "dev:1")
    assert unknown.code == 2
    assert "price" in json.dumps(unknown.error)


def test_what_it_cost_is_added_up(project: Path, fake: FakeEndpoint) -> None:
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "genai-tui" / "settings.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f'[endpoints.paid]\nbase_url = "{fake.url}"\ninput_usd_per_million = 10\noutput_usd_per_million = 20\n'
    )
    answer = run(project, "--row", "dev:1", model="paid/echo").json
    usage = answer["usage"]
    assert answer["cost_usd"] == pytest.approx((usage["input_tokens"] * 10 + usage["output_tokens"] * 20) / 1e6)
    assert genai("status", "--json", cwd=project).json["spend"]["usd"] == pytest.approx(answer["cost_usd"])
    assert run(project, "--row", "dev:1").json["cost_usd"] is None
    spend = genai("status", "--json", cwd=project).json["spend"]
    assert spend["usd"] is None
    assert spend["known_usd"] == pytest.approx(answer["cost_usd"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_answer_is_kept(number: signal.Signals, code: int, project: Path) -> None:
    words = ["prompt", "run", "1", "--model", "openai/stall", "--row", "dev:1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "genai_tui", *words], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    first = os.read(process.stdout.fileno(), 100)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert b"Traceback" not in err
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        [kept] = database.execute("SELECT text, finish_reason FROM v_generations").fetchall()
    assert kept == ((first + out).decode().rstrip("\n"), "cancelled")


def test_what_came_before_a_kill_is_a_generation_at_the_next_start(project: Path) -> None:
    number = genai("prompt", "save", "-", "--json", cwd=project, stdin="one two three {{ ticket }}").json["prompt"]
    words = ["prompt", "run", str(number), "--model", "openai/stall", "--row", "dev:1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "genai_tui", *words], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    database = project / ".genai" / "project.db"
    try:
        wait_for(database, "SELECT count(*) FROM unfinished")
        with sqlite3.connect(database) as reader:
            assert reader.execute("SELECT count(*) FROM v_generations").fetchone() == (0,)
    finally:
        process.kill()
        process.communicate()
    after = run(project, "--var", "ticket=x")
    assert after.code == 0
    assert "killed" in after.err
    with sqlite3.connect(database) as reader:
        kept = reader.execute(
            "SELECT text, error IS NOT NULL, output_tokens, prompt, first_token_s IS NOT NULL FROM v_generations "
            "ORDER BY generation LIMIT 1"
        ).fetchone()
        assert kept == ("one ", 1, 2, number, 1)
        assert reader.execute("SELECT status FROM exchange ORDER BY id LIMIT 1").fetchone() == (200,)
        assert reader.execute("SELECT count(*) FROM unfinished").fetchone() == (0,)
    assert "killed" not in run(project, "--var", "ticket=x").err  # once


def wait_for(database: Path, question: str) -> None:
    """Ask the database until it says more than 0."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with sqlite3.connect(database) as reader:
            if reader.execute(question).fetchone()[0]:
                return
        select.select([], [], [], 0.05)
    raise AssertionError(f"{question} said 0 for a minute")


def test_a_reader_that_leaves_is_silence(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "genai_tui", "prompt", "run", "1", "--model", "openai/count-100000", "--row", "dev:1"],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    assert process.wait(60) in (0, 141)
    assert b"Traceback" not in err
    process.stderr.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prompt", "run", "9"), "no prompt 9"),
        (("prompt", "run", "1", "--row", "dev:999"), "dev"),
        (("prompt", "run", "1", "--row", "dev"), "SPLIT:N"),
        (("prompt", "run", "1"), "ticket"),
        (("prompt", "run", "1", "--var", "ticket"), "K=V"),
        (("prompt", "run", "1", "--model", "nowhere/x", "--row", "dev:1"), "nowhere"),
        (("prompt", "run", "1", "--vars", "missing.json"), "missing.json"),
        (("prompt", "save", "missing.prompt"), "missing.prompt"),
        (("prompt", "save", "-", "--few-shot", "999"), "fewer than 999"),
    ],
)
def test_wrong_input_is_exit_2(words: tuple[str, ...], says: str, project: Path) -> None:
    said = genai(*words, "--json", cwd=project, stdin="{{ ticket }}" if "save" in words else "")
    assert said.code == 2, said.err
    assert says in json.dumps(said.error)


def test_saving_listing_showing_exporting(project: Path) -> None:
    words = ("prompt", "save", "-", "--few-shot", "4", "--from", "1", "--json")
    few = genai(*words, cwd=project, stdin="{{ ticket }}").json
    assert few["prompt"] == 2
    assert few["parent"] == 1
    assert genai("prompt", "save", "-", "--json", cwd=project, stdin="Ticket: {{ ticket }}").json["prompt"] == 1
    listed = genai("prompt", "list", "--json", cwd=project).json["prompts"]
    assert [p["examples"] for p in listed] == [0, 4]
    text = genai("prompt", "export", "2", cwd=project).out
    assert genai("prompt", "save", "-", "--json", cwd=project, stdin=text).json["hash"] == few["hash"]
    assert genai("prompt", "show", few["hash"][:12], "--json", cwd=project).json["prompt"] == 2


def test_what_differs_of_two_versions_is_marked_within_lines(project: Path) -> None:
    text = "---\nparameters: {temperature: 1}\n---\nMy ticket: {{ ticket }}"
    genai("prompt", "save", "-", "--few-shot", "1", "--from", "1", cwd=project, stdin=text)
    told = genai("prompt", "diff", "1", "2", cwd=project).out
    assert "{+My ticket+}" in told or "{+My +}" in told, told
    assert "+ temperature: 1" in told
    changed = [
        part["part"]
        for part in genai("prompt", "diff", "1", "2", "--json", cwd=project).json["sections"]
        if part["changed"]
    ]
    assert len(changed) == 3
    same = genai("prompt", "diff", "1", "1", cwd=project)
    assert (same.out, "They send the same." in same.err) == ("", True)


def test_prompts_of_other_programs_are_imported_and_can_be_run(project: Path) -> None:
    body = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "From a body: {{ ticket }}"}]}
    (project / "body.json").write_text(json.dumps(body))
    (project / "prompts.txt").write_text("One: {{ ticket }}\n---\nTwo: {{ ticket }}\n")
    numbers = []
    for file in ("body.json", "prompts.txt"):
        ended = genai("prompt", "import", file, "--note", "foreign", "--json", cwd=project)
        numbers += [each["prompt"] for each in ended.json["prompts"]]
    assert numbers == [2, 3, 4]
    words = ("--model", "openai/echo", "--var", "ticket=x", "--json")
    said = [genai("prompt", "run", str(number), *words, cwd=project).json["text"] for number in numbers]
    assert said == ["From a body: x", "One: x", "Two: x"]
    shown = genai("prompt", "show", "2", "--json", cwd=project).json
    assert (shown["parameters"], shown["note"]) == ({"temperature": 0}, "foreign")


def test_few_shot_examples_come_from_train_alone_spread_over_what_is_expected(project: Path) -> None:
    genai("prompt", "save", "-", "--few-shot", "6", cwd=project, stdin="{{ ticket }}")
    text = genai("prompt", "show", "2", "--json", cwd=project).json["text"]
    train = {genai("data", "show", f"train:{n}", "--json", cwd=project).json["inputs"]["ticket"] for n in range(1, 25)}
    shown = [line.removeprefix("    ticket: ") for line in text.splitlines() if line.startswith("    ticket: ")]
    assert len(shown) == 6
    assert set(shown) <= train
    assert text.count("expected: a") == text.count("expected: b") == 3


def test_a_candidate_made_twice_is_one(project: Path) -> None:
    first = genai("candidate", "make", "--prompt", "1", "--model", "openai/gpt-x", "--json", cwd=project).json
    again = genai("candidate", "make", "--prompt", "1", "--model", "openai/gpt-x", "--json", cwd=project).json
    assert first["candidate"] == again["candidate"] == "c1"
    assert set(first) >= {"candidate", "hash", "model", "prompt"}
    shown = genai("candidate", "show", "c1", "--json", cwd=project).json
    assert shown["hash"] == first["hash"]


SCHEMA_FILE = """---
output: {schema: {type: object, required: [label]}}
---
{{ answer }}
"""


@pytest.mark.parametrize(
    ("answer", "schema"),
    [
        ('{"label": "a"}', {"ok": True}),
        ('\n{"x": 1}', {"ok": False, "kind": "schema", "sentence": "`label` is missing.", "path": "$", "line": 2}),
        ("no", {"ok": False, "kind": "json", "path": "$", "line": 1, "column": 1, "offset": 0}),
    ],
)
def test_the_document_says_whether_an_answer_holds_its_schema(project: Path, answer: str, schema: dict) -> None:
    number = genai("prompt", "save", "-", "--json", cwd=project, stdin=SCHEMA_FILE).json["prompt"]
    words = ("prompt", "run", str(number), "--model", "openai/echo", "--var", f"answer={answer}")
    assert schema.items() <= genai(*words, "--json", cwd=project).json["schema"].items()
    ended = genai(*words, cwd=project)
    assert ended.code == 0  # a broken answer was paid for, and is an answer
    assert (", line " in ended.err) == (not schema["ok"])


def test_without_a_schema_nothing_is_said_of_one(project: Path) -> None:
    assert "schema" not in run(project, "--var", "ticket=x").json


def test_logprobs_are_asked_for_and_leave_the_prompt_as_it_is(project: Path, fake: FakeEndpoint) -> None:
    run(project, "--var", "ticket=x", "--logprobs")
    assert (fake.requests[-1].json["logprobs"], fake.requests[-1].json["top_logprobs"]) == (True, 5)
    assert genai("prompt", "show", "1", "--json", cwd=project).json["parameters"] == {}
