"""Parquet: rows with their types as JSON has them, streamed; damaged files and what is no text are refused."""

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.datasets import ImportOptions, import_file
from genai_tui.errors import FileFault, MissingPiece

duckdb = pytest.importorskip("duckdb", reason="the extra `parquet` is not installed")
OPTIONS = ImportOptions(inputs=("q",), expected="a", split="dev")


def write(path: Path, select: str) -> Path:
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{quoted}' (FORMAT parquet)")
    return path


def read(path: Path, options: ImportOptions = OPTIONS) -> list[tuple[Any, Any]]:
    return [(e.inputs, e.expected) for _, _, rows in import_file(path, options).batches() for e in rows]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("9223372036854775807::BIGINT", 9223372036854775807),
        ("0.5::DOUBLE", 0.5),
        ("true", True),
        ("1.10::DECIMAL(9,2)", 1.1),
        ("12.00::DECIMAL(9,2)", 12),
        ("12345678901234567890.1::DECIMAL(38,1)", "12345678901234567890.1"),
        ("DATE '2024-02-29'", "2024-02-29"),
        ("TIMESTAMP '2024-02-29 12:30:00'", "2024-02-29 12:30:00"),
        ("TIME '12:30:00'", "12:30:00"),
        ("TIMESTAMPTZ '2024-02-29 12:30:00+02'", "2024-02-29 10:30:00+00"),
        ("[TIMESTAMP_NS '2024-02-29 12:30:00.123456789']", ["2024-02-29 12:30:00.123456789"]),
        ("{'a b': [TIME '12:30:00'], 'd': DATE '2024-02-29'}", {"a b": ["12:30:00"], "d": "2024-02-29"}),
        ("MAP {'k': TIMESTAMPTZ '2024-02-29 12:30:00+02'}", {"k": "2024-02-29 10:30:00+00"}),
        ("['x', NULL]", ["x", None]),
        ("{'n': [1], 't': 'ü'}", {"n": [1], "t": "ü"}),
        ("MAP {'k': 1}", {"k": 1}),
        ("NULL", None),
    ],
)
def test_types_are_those_of_json(tmp_path: Path, written: str, kept: Any) -> None:
    path = write(tmp_path / "a.parquet", f"SELECT 'x' AS q, {written} AS a")
    assert repr(read(path)) == repr([({"q": "x"}, kept)])


def test_rows_stand_in_their_order_and_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        "SELECT i AS q, CASE WHEN i = 3 THEN 'NaN'::DOUBLE ELSE i END AS a FROM range(5000) t(i)",
    )
    result = import_file(path, OPTIONS)
    assert [(row.line, row.reason) for row in result.rejected] == [(4, "a is NaN, which is no number of JSON")]
    rows = [example for _, _, batch in result.batches() for example in batch]
    assert [example.inputs["q"] for example in rows] == [i for i in range(5000) if i != 3]
    assert [example.line for example in rows[:4]] == [1, 2, 3, 5]


def test_bytes_are_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", "SELECT 'x' AS q, 'abc'::BLOB AS a UNION ALL SELECT 'y', NULL")
    result = import_file(path, OPTIONS)
    assert [row.reason for row in result.rejected] == ["a holds bytes, no text"]


def test_a_name_is_no_pattern_and_no_partition(tmp_path: Path) -> None:
    folder = tmp_path / "q=1"
    folder.mkdir()
    write(folder / "other.parquet", "SELECT 'other' AS q, 'o' AS a")
    path = write(folder / "o[t]*?'er.parquet", "SELECT 'x' AS q, 'y' AS a")
    assert read(path) == [({"q": "x"}, "y")]


def test_the_formats_with_a_meaning_are_read_from_it(tmp_path: Path) -> None:
    select = "SELECT 'x' AS question, 's' AS subject, ['p', 'q'] AS choices, 1 AS answer"
    path = write(tmp_path / "a.parquet", select)
    assert read(path, ImportOptions(split="dev")) == [({"question": "x", "A": "p", "B": "q"}, "B")]
    data = write(tmp_path / "b.parquet", "SELECT [{'role': 'user', 'content': 'x'}] AS messages")
    inputs = {"messages": [{"role": "user", "content": "x"}]}
    assert read(data, ImportOptions(split="dev")) == [(inputs, None)]


def test_it_comes_through_a_pipe_and_packed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", "SELECT 'x' AS q, 'y' AS a")
    with path.open("rb") as stream:
        result = import_file("stdin", ImportOptions(inputs=("q",), split="dev", format="parquet"), stream)
        assert result.total == 1


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", "SELECT 'x' AS q, 'y' AS b")
    with pytest.raises(FileFault, match="has no column a"):
        import_file(path, OPTIONS)


def test_names_that_differ_by_letter_case_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", "SELECT {'x': 1} AS s, 'x' AS qq, 'y' AS aa")
    path.write_bytes(path.read_bytes().replace(b"qq", b"Q1").replace(b"aa", b"q1"))  # duckdb writes no such names
    assert read(path, ImportOptions(split="dev")) == [({"s": {"x": 1}, "Q1": "x", "q1": "y"}, None)]
    assert read(path, ImportOptions(inputs=("Q1",), expected="q1", split="dev")) == [({"Q1": "x"}, "y")]


def test_a_column_that_stands_twice_is_not_used(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", "SELECT 'x' AS q, 'y' AS a1, 'z' AS a2")
    path.write_bytes(path.read_bytes().replace(b"a2", b"a1"))
    with pytest.raises(FileFault, match="the column a1 stands twice"):
        import_file(path, ImportOptions(inputs=("q",), expected="a1", split="dev"))
    result = import_file(path, ImportOptions(split="dev"))
    assert [e.inputs for _, _, rows in result.batches() for e in rows] == [{"q": "x"}]
    assert "The column a1 stands twice; it is not used." in [warned.text for warned in result.warnings]


def test_long_texts_on_one_page_are_read_and_want_of_memory_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS q, repeat('x', 1000000) || i % 140 AS t, i AS a FROM range(280) t(i)) TO '{path}' "
            "(FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 999, STRING_DICTIONARY_PAGE_SIZE_LIMIT 200000000)"
        )
    assert import_file(path, OPTIONS).total == 280
    monkeypatch.setattr("genai_tui.datasets.parquet._MEMORY", "100MB")
    with pytest.raises(FileFault, match="takes too much memory"):
        import_file(path, OPTIONS)


@pytest.mark.parametrize("cut", [8, 100, -1])
def test_what_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "a.parquet", "SELECT i AS q, i AS a FROM range(100) t(i)")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileFault, match="damaged Parquet"):
        import_file(path, OPTIONS)


def test_without_the_extra_the_command_to_install_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet", "SELECT 'x' AS q, 'y' AS a")
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPiece) as caught:
        import_file(path, OPTIONS)
    assert caught.value.exit_code == 5
    assert "parquet" in json.dumps(caught.value.as_json())
    assert "genai-tui[parquet]" in caught.value.do
