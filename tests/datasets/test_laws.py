"""Laws of reading: what was written comes back as it was, or its row is refused; nothing raises what is no sentence."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from genai_tui.datasets import ImportOptions, delimited, import_file
from genai_tui.datasets.checks import SPREADSHEET
from genai_tui.errors import GenaiError

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
OPTIONS = ImportOptions(inputs=("q",), expected="a", split="dev")


def read(content: bytes, name: str, options: ImportOptions = OPTIONS) -> list[tuple[Any, Any, int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        result = import_file(path, options)
        return [(e.inputs["q"], e.expected, e.line) for _, _, examples in result.batches() for e in examples]


@quick
@given(
    st.lists(st.tuples(text, text), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
@example([('"', "\\"), ("a\nb", ","), (' "', ";")], ",", "\n")
@example([("\t\r", "")], "\t", "\n")
def test_csv_comes_back_as_it_was_written(rows: list[tuple[str, str]], mark: str, end: str) -> None:
    rows = [("row", "first"), *rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("q", "a"), *rows])
    found = read(out.getvalue().encode(), "a.csv")
    kept = [row for row in rows if "".join(row).strip() and not SPREADSHEET & set(row)]
    assert [(q, a) for q, a, _ in found] == [(q, a if a.strip() else None) for q, a in kept]


@quick
@given(st.lists(st.tuples(values, values), min_size=1, max_size=5), st.booleans(), st.sampled_from([None, 1]))
def test_json_comes_back_as_it_was_written(rows: list[tuple[Any, Any]], lines: bool, indent: int | None) -> None:
    rows = [("row", "first"), ("row", "second"), *rows]
    objects = [{"q": q, "a": a} for q, a in rows]
    if lines:
        content = "\n".join(json.dumps(row, ensure_ascii=False, indent=indent) for row in objects)
    else:
        content = json.dumps(objects, ensure_ascii=False, indent=indent)
    found = read(content.encode(), "a.jsonl")
    wanted = [(q, a) for q, a in rows if q is not None]
    assert repr([(q, a) for q, a, _ in found]) == repr(wanted)


@quick
@given(st.lists(text, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_line_of_a_record_is_the_physical_one(answers: list[str], end: str) -> None:
    """Only LF, CR LF and CR end a line: what Python calls a line is not asked."""
    answers = [answer.translate({10: None, 13: None}) for answer in answers]
    content = "".join(json.dumps({"q": "x", "a": answer}, ensure_ascii=False) + end for answer in answers)
    content += '{"q": "last", "a": 1}'
    found = read(content.encode(), "a.jsonl")
    assert [line for _, _, line in found] == list(range(1, len(answers) + 2))


@quick
@given(
    st.lists(st.tuples(text, text), min_size=1, max_size=6),
    st.sampled_from([("q", "r"), ("r", "q"), ("q",)]),
    st.booleans(),
    st.integers(1, 30),
    st.sampled_from(["a", None]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
@example([("=1", "[1]"), ("\U0010ffff", "#N/A"), ("ü", "")], ("r", "q"), True, 1, "a", csv.QUOTE_ALL)
@example([("x", "y"), ("u", " "), ("v", ""), ("{}", "null")], ("q",), False, 30, "a", csv.QUOTE_MINIMAL)
def test_a_sheet_and_lines_of_json_give_the_same_rows(
    rows: list[tuple[str, str]],
    names: tuple[str, ...],
    twice: bool,
    at_once: int,
    expected: str | None,
    quoting: Literal[0, 1],
) -> None:
    """Hashes, order of keys, numbers of groups: the quick way of a sheet is the way of everything else."""
    kept = [row for row in rows if "".join(row).strip() and not SPREADSHEET & set(row)]
    kept = (kept or [("x", "y")]) * (1 + twice)
    options = ImportOptions(inputs=names, expected=expected, ratios=("0.5", "0.25", "0.25"))
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting)
    writer.writerows([("q", "r", "a"), *((q, "r" + q, a) for q, a in kept)])
    lines = [json.dumps({"q": q, "r": "r" + q, "a": a if a.strip() else None}) for q, a in kept]
    packed = []
    for content, name in ((out.getvalue(), "a.csv"), ("\n".join(lines), "a.jsonl")):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(delimited, "AT_ONCE", at_once)  # so that rows come in several pieces
            path = Path(folder) / name
            path.write_bytes(content.encode())
            result = import_file(path, options)
            packed.append(([block.contents() for block in result.spool.blocks()], result.places))
    assert packed[0] == packed[1]


plain_lines = ["x,1\n", "y,a\n", "y,b\n", "x,1,\n", "ü\u2028,é\r\n", '"a, ""b""",c\n', '"two\nlines",c\n', '5" p,a\n']
blank_lines = ["x,\n", ",\n", " , \n", "\r\n", "x\n", "x,1,2\n", "\0,a\n", ' "s",a\n', '"open,a\n']
odd_lines = ["=1,a\n", "[1],a\n", "#REF!,a\n", "Loading...,a\n"]
LINES = st.sampled_from([*plain_lines, *blank_lines, *odd_lines])


@quick
@given(
    st.lists(LINES, min_size=1, max_size=12),
    st.sampled_from(["", "sep=,\n", "\n"]),
    st.integers(1, 30),
    st.sampled_from(["a", None]),
)
@example(["x,a\n", '"two\nlines",c\n', "y,b\n", "=1,a\n", ",\n", "y,b\n"], "sep=,\n", 1, "a")
@example(["x,\n", "y, \n", "x,1\n", ",\n", "x,2\n"], "", 1, "a")
@example(["x,\n", "y,1\n", "y,\n"], "", 1, None)
def test_a_sheet_is_the_same_however_many_lines_are_read_at_once(
    lines: list[str], before: str, at_once: int, expected: str | None
) -> None:
    content = (before + "q,a\n" + "".join(lines)).encode()
    found = [_all_of(content, number, expected) for number in (at_once, 250_000)]
    assert found[0] == found[1]


def _all_of(content: bytes, at_once: int, expected: str | None) -> Any:
    """What an import makes of a sheet that is read so many characters at once, or its fault."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "AT_ONCE", at_once)
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        try:
            result = import_file(path, ImportOptions(inputs=("q",), expected=expected))
        except GenaiError as fault:
            return fault.why, fault.extra
        return list(result.spool.blocks()), result.rejected, result.warnings, result.places


def check_sentence(content: bytes, name: str, options: ImportOptions) -> None:
    """The file gives rows, each once and by its line, or an error of the family."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        fault = None
        try:
            result = import_file(path, options)
        except GenaiError as error:
            fault = error
        if fault is not None:
            assert fault.what
            assert fault.exit_code in (2, 5)
            return
        lines = [example.line for _, _, examples in result.batches() for example in examples]
        assert len(lines) == result.total > 0
        assert lines == sorted(lines)
        assert all(row.reason and row.line > 0 for row in result.rejected)


@quick
@given(st.binary(max_size=60), st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl", "a", "a.csv.gz"]), st.booleans())
def test_any_bytes_are_rows_or_a_sentence(content: bytes, name: str, asked: bool) -> None:
    check_sentence(content, name, OPTIONS if asked else ImportOptions(split="dev"))


pieces = st.sampled_from(
    ['{"q":', '"x"', ',"a":', "1", "}", "[", "]", "\n", ",", " ", '"', "q", "a", ";", "\t", "{", "NaN", "\ufeff", '"q"']
)


@quick
@given(st.lists(pieces, max_size=25), st.sampled_from(["a.csv", "a.json", "a.jsonl"]))
def test_nearly_json_and_nearly_csv_are_rows_or_a_sentence(parts: list[str], name: str) -> None:
    check_sentence("".join(parts).encode(), name, OPTIONS)
