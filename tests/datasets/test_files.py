"""Files as the system gives them: missing, folders, pipes, damaged, changed meanwhile, large."""

import gzip
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.datasets import ImportOptions, import_file, preview
from genai_tui.datasets.opening import open_file
from genai_tui.errors import FileFault, UsageFault

OPTIONS = ImportOptions(inputs=("q",), expected="a", split="dev")


def test_what_is_not_there_or_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="There is no file"):
        import_file(tmp_path / "nope.csv")
    with pytest.raises(FileFault, match="is a folder"):
        import_file(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileFault, match="cannot be read"):
        import_file(tmp_path / "loop")


@pytest.mark.parametrize("cut", [5, 15, -9, -1])
def test_gzip_that_is_cut_off_stores_nothing(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"q,a\n" + b"".join(b"%d,1\n" % n for n in range(5000)))[:cut])
    with pytest.raises(FileFault) as caught:
        import_file(path, OPTIONS)
    assert "gzip" in str(caught.value)


def test_gzip_with_a_wrong_sum_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    packed = bytearray(gzip.compress(b"q,a\nx,1\n"))
    packed[-8] ^= 1
    path.write_bytes(packed)
    with pytest.raises(FileFault, match="damaged"):
        import_file(path, OPTIONS)


def test_rows_come_through_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    thread = threading.Thread(target=path.write_text, args=("q,a\nx,1\ny,2\n",))
    thread.start()
    result = import_file(path, OPTIONS)
    thread.join()
    assert [[e.inputs["q"] for e in rows] for _, _, rows in result.batches()] == [["x", "y"]]


def test_a_file_that_changes_afterwards_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("q,a\nx,1\n")
    result = import_file(path, OPTIONS)
    path.write_text("q,a\nx,1\ny,2\n")
    assert [[e.inputs["q"] for e in rows] for _, _, rows in result.batches()] == [["x"]]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("q,a\nx,1\n")
    opened = open_file(path)
    path.write_text("q,a\nx,1\ny,2\n")
    with pytest.raises(FileFault, match="was changed"):
        list(opened.lines())


def test_a_preview_shows_the_mapping_and_the_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Unnamed: 0;q;a;n;n\n0;x;1;2;3\n1;y;2;3;4\n2;z;3\n", "utf-8-sig")
    mapping, rows = preview(path, ImportOptions(expected="a"), rows=1)
    assert [row.inputs for row in rows] == [{"q": "x"}]
    assert mapping.as_json() == {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ";",
        "columns": ["Unnamed: 0", "q", "a", "n"],
        "inputs": {"q": "q"},
        "expected": "a",
        "tags": [],
        "unused": ["n"],
        "index": ["Unnamed: 0"],
    }


def test_a_split_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no split"):
        import_file(tmp_path / "a.csv", ImportOptions(split="all"))  # type: ignore[arg-type]


GROWTH = """
import sys
from genai_tui.datasets import ImportOptions, import_file
def most():  # ru_maxrss is at least what the process that started this one had
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
options = ImportOptions(inputs=("q",), expected="a")
import_file(sys.argv[1], options)
before = most()
result = import_file(sys.argv[2], options)
print(sum(len(rows) for _, _, rows in result.batches()))
print(most() - before)
"""


def test_many_rows_do_not_fill_memory(tmp_path: Path) -> None:
    """80 MB of text, of which 16 and some blocks are held at most."""
    for name, count in (("small.csv", 100), ("large.csv", 40_000)):
        with (tmp_path / name).open("w") as file:
            file.write("q,a\n")
            for number in range(count):
                file.write(f"this is the text of row {number}{' and more' * 200},{number % 7}\n")
    words = [sys.executable, "-c", GROWTH, str(tmp_path / "small.csv"), str(tmp_path / "large.csv")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == 40_000
    assert kilobytes < 60_000


def test_a_quote_never_closed_over_many_lines_does_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('q,a\nx,1\n"' + "y\n" * 400_000)
    tracemalloc.start()
    try:
        with pytest.raises(FileFault, match="3: a quotation mark"):
            import_file(path, OPTIONS)
        assert tracemalloc.get_traced_memory()[1] < 22_000_000
    finally:
        tracemalloc.stop()


def test_a_document_of_many_rows_is_in_memory_once(tmp_path: Path) -> None:
    rows = [{"q": f"row {number}", "a": "x", "n": [number] * 10} for number in range(20_000)]
    path = tmp_path / "a.json"
    peaks = []
    for content in ({"rows": rows}, rows):
        path.write_text(json.dumps(content))
        tracemalloc.start()
        try:
            assert import_file(path, OPTIONS).total == 20_000
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    tracemalloc.start()
    kept = json.loads(path.read_text())
    once = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == 20_000
    assert peaks[0] - peaks[1] < 0.5 * once


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_of_fifty_thousand_columns_is_read(tmp_path: Path, ending: str) -> None:
    """Whoever compares each column with each of them waits for minutes."""
    names = [f"c.{number}" for number in range(50_000)]
    path = tmp_path / f"wide.{ending}"
    row = dict.fromkeys(names, "x")
    path.write_text(json.dumps(row) if ending == "jsonl" else f"{','.join(names)}\n{','.join(row.values())}\n")
    result = import_file(path, ImportOptions(split="dev"))
    assert (len(result.mapping.inputs), result.mapping.unused, result.total) == (50_000, (), 1)


LONG = 50_000_000  # characters in one line


@pytest.mark.parametrize(
    ("name", "before", "after", "rows", "rejected"),
    [
        ("a.csv", "q,a\nx,1\n", ",2\ny,3\n", 3, []),
        ("a.csv", "q,a\nx,1\n", "\ny,3\n", 2, [3]),
        ("a.jsonl", '{"q":"x","a":1}\n{"q":"', '","a":2}\n{"q":"y","a":3}\n', 3, []),
        ("a.jsonl", '{"q":"x","a":1}\n{"q":"', '\n{"q":"y","a":3}\n', 2, [2]),
    ],
)
def test_a_line_of_50_mb_is_a_row_or_named(
    tmp_path: Path, name: str, before: str, after: str, rows: int, rejected: list[int]
) -> None:
    (tmp_path / name).write_text(before + "x" * LONG + after)
    result = import_file(tmp_path / name, OPTIONS)
    assert (result.total, [row.line for row in result.rejected]) == (rows, rejected)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.csv", 'q,a\nx,1\n"' + "x" * LONG, 3),
        ("a.json", '[{"q":"x","a":1},\n{"q":"' + "x" * LONG, 2),
        ("a.yaml", '- vars: {q: x}\n- vars: {q: "' + "x" * LONG, 1),
    ],
    ids=["csv", "json", "yaml"],
)
def test_what_is_cut_off_after_50_mb_is_refused_with_its_line(
    tmp_path: Path, name: str, content: str, line: int
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileFault) as caught:
        import_file(tmp_path / name, OPTIONS)
    assert [row["line"] for row in caught.value.extra["rejected"]] == [line]
    assert caught.value.extra["rejected"][0]["reason"]


GOOD = {
    "csv": "q,a\nx,1\n",
    "tsv": "q\ta\nx\t1\n",
    "json": '[{"q": "x", "a": "1"}]',
    "jsonl": '{"q": "x", "a": "1"}\n',
    "yaml": "- vars: {q: x}\n  assert: [{type: equals, value: '1'}]\n",
}


@pytest.mark.parametrize("ending", GOOD)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_every_format_is_read_with_its_mark(tmp_path: Path, ending: str, encoding: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(GOOD[ending].encode(encoding))
    options = ImportOptions(split="dev") if ending == "yaml" else OPTIONS
    [(_, _, [row])] = import_file(path, options).batches()
    assert (row.inputs, row.expected) == ({"q": "x"}, "1")


@pytest.mark.parametrize("ending", GOOD)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_every_format_without_the_mark_that_it_needs_is_told_its_encoding(
    tmp_path: Path, ending: str, encoding: str
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(GOOD[ending].replace("x", "x€").encode(encoding))
    with pytest.raises(FileFault, match="not like utf-8") as caught:
        import_file(path, OPTIONS)
    assert caught.value.do == f"--encoding {encoding}"
    options = ImportOptions(split="dev", encoding=encoding) if ending == "yaml" else replace(OPTIONS, encoding=encoding)
    [(_, _, [row])] = import_file(path, options).batches()
    assert row.inputs == {"q": "x€"}


@pytest.mark.parametrize("ending", GOOD)
def test_every_format_in_another_encoding_is_refused_with_the_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(GOOD[ending].encode() + b"\n\n\xe9\n")
    with pytest.raises(FileFault, match="not utf-8") as caught:
        import_file(path, OPTIONS)
    line = GOOD[ending].count("\n") + 3
    assert [row["line"] for row in caught.value.extra["rejected"]] == [line]


@pytest.mark.parametrize("ending", GOOD)
def test_zero_bytes_within_any_format_are_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text(GOOD[ending].replace("x", "x\0y"))
    with pytest.raises(FileFault) as caught:
        import_file(path, ImportOptions(split="dev") if ending == "yaml" else OPTIONS)
    assert [row["line"] for row in caught.value.extra["rejected"]]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize(("change", "said"), [("grow", "was changed"), ("vanish", "There is no file")])
def test_a_file_that_changes_while_its_rows_come_is_refused(tmp_path: Path, name: str, change: str, said: str) -> None:
    path = tmp_path / name
    row = "text,1\n" if name == "a.csv" else '{"q": "text", "a": 1}\n'
    path.write_text(("q,a\n" if name == "a.csv" else "") + row * 20_000)

    def other(read: int) -> None:
        if not path.exists():
            return
        if change == "vanish":
            path.unlink()
        else:
            with path.open("a") as file:
                file.write(row[:5])

    with pytest.raises(FileFault, match=said):
        import_file(path, OPTIONS, progress=other)
