"""Logs and configurations in an encoding of their own: what is advised is what helps."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Ended, genai

CONFIG = (
    "prompts: ['Say {{q}}']\nproviders: [echo]\ntests: [{vars: {q: Grüße}, assert: [{type: contains, value: ü}]}]\n"
)
SAMPLE = '{"doc_id": 1, "doc": {"q": "Grüße"}, "target": "a", "resps": [["a"]], "filtered_resps": ["a"], "acc": 1.0}\n'
FORMS = [
    pytest.param(CONFIG, ("run", "--config"), id="configuration"),
    pytest.param(SAMPLE, ("import",), id="log"),
]


def refused(ended: Ended, encoding: str) -> str:
    """What is advised."""
    assert ended.code == 2
    do = str(ended.error["do"])
    assert "--encoding" not in ended.err  # no option of these commands
    assert f"iconv -f {encoding} -t utf-8 " in do
    return do


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16le"])
@pytest.mark.parametrize(("text", "words"), FORMS)
def test_what_is_advised_for_another_encoding_helps(
    project: Path, text: str, words: tuple[str, ...], encoding: str
) -> None:
    file = project / "in other words.jsonl"
    file.write_text(text, encoding=encoding)
    do = refused(genai("eval", *words, file, "--json", cwd=project), encoding)
    if shutil.which("iconv") is None:
        pytest.skip("there is no iconv here to do what is advised")
    _, _, command = do.partition(": ")
    subprocess.run(command.replace("NEW-FILE", "new.jsonl"), shell=True, cwd=project, check=True)
    ended = genai("eval", *words, "new.jsonl", "--json", cwd=project)
    assert (ended.code, ended.json["n"]) == (0, 1), ended.err


def test_a_table_of_tests_in_another_encoding_is_advised_the_same(project: Path) -> None:
    (project / "tests.csv").write_bytes("q,__expected\nGrüße,ü\n".encode("cp1252"))
    (project / "config.yaml").write_text("prompts: ['Say {{q}}']\nproviders: [echo]\ntests: tests.csv\n")
    advised = refused(genai("eval", "run", "--config", "config.yaml", "--json", cwd=project), "cp1252")
    assert "tests.csv" in advised


def test_a_dataset_is_advised_the_option_that_it_has(project: Path) -> None:
    file = project / "rows.csv"
    file.write_bytes("q,a\nGrüße,ü\n".encode("cp1252"))
    ended = genai("data", "import", file, "--json", cwd=project)
    assert (ended.code, "--encoding cp1252" in ended.error["do"]) == (2, True)
    assert genai("data", "import", file, "--encoding", "cp1252", cwd=project).code == 0
