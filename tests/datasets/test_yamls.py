"""YAML as js-yaml reads it: what is what, what is refused with its line, and bounded in time."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.datasets.yamls import read_yaml
from genai_tui.errors import FileFault


def plain(text: str) -> Any:
    return read_yaml(text, "a.yaml").plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("y", "y"), ("12:30", "12:30"), ("1_000", "1_000"), ("012", 12), ("0o14", 12),
        ("0x1F", 31), ("0b11", "0b11"), ("+0x1", "+0x1"), ("-0o7", "-0o7"), ("-7", -7), ("+7", 7), ("1.0", 1),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000),
        ("1e21", 1e21), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"), ("", None), ("true", True),
        ("TRUE", True), ("tRUE", "tRUE"), ("2024-01-05", "2024-01-05"), ("'12'", "12"), ('"true"', "true"),
        ("1.2.3", "1.2.3"), ("0x", "0x"), ("=", "="), ("18446744073709551617", 2**64 + 1), (".inf", float("inf")),
        ("|\n  a\n  b\n", "a\nb\n"), (">\n  a\n  b\n", "a b\n"),
        ("{1: a, true: b, ~: c}", {"1": "a", "true": "b", "null": "c"}), ("[a, [b], {c: d}]", ["a", ["b"], {"c": "d"}]),
    ],
)  # fmt: skip
def test_scalars(text: str, value: Any) -> None:
    assert repr(plain(f"v: {text}")) == repr({"v": value})


@pytest.mark.parametrize("style", ["{}", '"{}"', "'{}'", "|-\n    {}"])
def test_only_line_ends_end_lines(style: str) -> None:
    text = "a\u2028b\u2029c\x85d\x7fe\ufdd0f"
    root = read_yaml(f"- q: {style.format(text)}\n- last", "a.yaml")
    assert root.plain() == [{"q": text}, "last"]
    assert root.value[1].line == style.count("\n") + 2


def test_merge_keys_are_shallow_and_give_way() -> None:
    text = "a: &a {x: 1, n: {p: 1, q: 2}}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n  n: {p: 3}\nd: {'<<': text}\n"
    found = plain(text)
    assert found["c"] == {"x": 1, "y": 2, "n": {"p": 3}}
    assert found["d"] == {"<<": "text"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: !!str 2", 2, "tag"),
        ("a: !x {}", 1, "tag"),
        ("a: 1\nb: 2\na: 3", 3, "'a' stands twice"),
        ("- {b: {c: 1,\n  c: 2}}", 2, "'c' stands twice"),
        ("1: a\n'1': b", 2, "twice"),
        ("a: *b", 1, "stands for nothing"),
        ("a: &a [1, *a]", 1, "inside"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("? [a]\n: 1", 1, "key is a list"),
        ("a: [1,\n  2", 2, "expected"),
        ("a: 'x\n", 2, "end of stream"),
        ("a: {<<: 5}", 1, "merge"),
        ("a:\n\t- b", 2, "token"),
        ("\0", 1, ""),
        ("[" * 500, 1, "deep"),
    ],
)
def test_what_is_refused_has_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(FileFault) as caught:
        plain(text)
    [row] = caught.value.extra["rejected"]
    assert row["line"] == line
    assert says in row["reason"]


def test_a_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    before = time.process_time()
    with pytest.raises(FileFault, match="alias"):
        plain("\n".join(lines))
    assert time.process_time() - before < 1


def test_a_thousand_aliases_may_stand() -> None:
    assert len(plain(f"a: &a x\nb: [{', '.join(['*a'] * 1000)}]")["b"]) == 1000
    with pytest.raises(FileFault, match="alias"):
        plain(f"a: &a x\nb: [{', '.join(['*a'] * 1001)}]")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab:-[]{}*&!|>'\" \n\t#?,%@`<~01."), max_size=40))
def test_anything_is_a_value_or_a_sentence(text: str) -> None:
    try:
        read_yaml(text, "a.yaml")
    except FileFault as fault:
        line = fault.extra["rejected"][0]["line"]
    else:
        line = 1
    assert line >= 1
