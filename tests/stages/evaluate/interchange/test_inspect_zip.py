"""Inspect's own logs, the archives called .eval: read as the JSON that Inspect makes of them, or refused with how."""

import json
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from genai_tui.stages.evaluate.interchange import inspect_zip
from tests.stages.evaluate.interchange.test_logs import inspect_log, inspect_sample
from tests.support.commands import Ended, genai

SAMPLES = (
    inspect_sample("b", 1, "C"), inspect_sample("a/1", 1, "I"), inspect_sample("b", 2, "P"),
    inspect_sample("a/1", 2, "C", input="two\nlines \u2028 ü"),
)  # fmt: skip
TOP = {"eval": {"task": "sums", "model": "m/m", "dataset": {"samples": 2, "sample_ids": ["b", "a/1"]}}}
CONVERT = "inspect log convert --to json --output-dir . "  # which it does not do without a folder


def archive(
    folder: Path, samples: Mapping[str, str], head: str = "header.json", kind: int = zipfile.ZIP_DEFLATED
) -> Path:
    """An archive as Inspect writes it: samples as they end, then the rest."""
    path = folder / "log.eval"
    top = {key: value for key, value in json.loads(inspect_log(**TOP)).items() if key != "samples"}
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr("_journal/start.json", json.dumps({"version": 2, "eval": top["eval"]}))
        for name, text in reversed(samples.items()):
            file.writestr(f"samples/{name}.json", text)
        file.writestr("summaries.json", "[]")
        if head == "header.json":
            file.writestr(head, json.dumps(top))
    return path


def members(*samples: dict[str, Any]) -> dict[str, str]:
    return {f"{each['id']}_epoch_{each['epoch']}": json.dumps(each, indent=1) for each in samples}


def imported(project: Path, path: Path) -> Ended:
    return genai("eval", "import", path, "--json", cwd=project)


def answers(project: Path, run: int) -> list[Any]:
    lines = genai("eval", "export", run, "--format", "jsonl", cwd=project).out.splitlines()
    names = ("inputs", "expected", "text", "repeat", "row", "scores")
    return [{name: json.loads(line)[name] for name in names} for line in lines]


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_the_log_that_inspect_makes_of_it(project: Path, tmp_path: Path, kind: int) -> None:
    plain = tmp_path / "log.json"
    plain.write_text(inspect_log(*SAMPLES, **TOP))
    first, second = imported(project, plain), imported(project, archive(tmp_path, members(*SAMPLES), kind=kind))
    assert (first.code, second.code) == (0, 0), second.err
    for key in ("n", "answered", "scores", "warnings", "rejected"):
        assert first.json[key] == second.json[key], key
    assert answers(project, second.json["run"]) == answers(project, first.json["run"])


def test_a_log_that_was_never_ended_says_so(project: Path, tmp_path: Path) -> None:
    ended = imported(project, archive(tmp_path, members(*SAMPLES[:1]), head="none"))
    assert ended.json["n"] == 1
    assert "status is started" in ended.err + ended.out


def test_what_cannot_be_read_is_refused_with_the_command_that_converts_it(project: Path, tmp_path: Path) -> None:
    path = archive(tmp_path, members(*SAMPLES), kind=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # of each member the method becomes Zstandard's
        place = data.find(mark)
        while place >= 0:
            data[place + at] = 93
            place = data.find(mark, place + 1)
    path.write_bytes(data)
    path = path.rename(tmp_path / "my log.eval")
    ended = imported(project, path)
    assert (ended.code, ended.out) == (2, "")
    assert f"{CONVERT}'{path}'" in ended.error["do"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c_epoch_1", '{"id": "c", "epoch": 1', "samples/c_epoch_1.json is no JSON"),
        ("c_epoch_1", '["c"]', "samples/c_epoch_1.json is no object"),
    ],
)
def test_a_member_that_is_broken_is_named(project: Path, tmp_path: Path, name: str, text: str, said: str) -> None:
    ended = imported(project, archive(tmp_path, {**members(*SAMPLES), name: text}))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.error["what"]


@pytest.mark.parametrize("change", ["cut", "byte", "name"])
def test_an_archive_that_is_damaged_is_refused(project: Path, tmp_path: Path, change: str) -> None:
    path = archive(tmp_path, members(*SAMPLES), kind=zipfile.ZIP_STORED)
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")  # the last name of its table, said to be UTF-8
    named = data[: at + 8] + b"\0\x08" + data[at + 10 : at + 46] + b"\xff" + data[at + 47 :]
    path.write_bytes({"cut": data[:-30], "byte": data.replace(b"lines", b"limes"), "name": named}[change])
    ended = imported(project, path)
    assert (ended.code, ended.out) == (2, "")
    assert "zip archive" in ended.error["what"]


def test_what_would_unpack_to_too_much_is_not_unpacked(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect_zip, "LARGEST", 5_000_000)
    path = archive(tmp_path, {**members(*SAMPLES), "c_epoch_1": " " * 6_000_000})
    assert path.stat().st_size < 20_000
    ended = imported(project, path)
    assert (ended.code, ended.out) == (2, "")
    assert "at most 0.005 GB are read" in ended.error["what"]


def test_a_disk_without_room_to_unpack_on_is_said(project: Path, tmp_path: Path) -> None:
    path = archive(tmp_path, members(inspect_sample("a", 1, "C", input="long " * 200_000)))
    code = f"ulimit -f 100; exec {shlex.join([sys.executable, '-m', 'genai_tui', 'eval', 'import', str(path)])} --json"
    ended = subprocess.run(["bash", "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stderr
    error = json.loads(ended.stderr.splitlines()[-1])["error"]
    assert error["what"].endswith("log.eval cannot be unpacked.")
    assert "room" in error["do"]
