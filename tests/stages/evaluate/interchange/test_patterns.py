"""Patterns as JavaScript means them, without flags and with the flag `u`."""

import pytest

from genai_tui.stages.evaluate.interchange.patterns import BadPattern, matches


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^a$", ["a"], ["a\n", "ba"]),
        (r"^\d+$", ["42"], ["٣"]),
        (r"\bé", [], ["é"]),
        ("^[^]$", ["\n", "a"], ["", "ab"]),
        ("[]", [], ["", "a"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("{", ["{"], ["a"]),
        (r"(?<y>a)\k<y>", ["aa"], ["ab"]),
        (r"(a)|\1b", ["a", "b"], ["c"]),
        (r"\u0041\x42\cJ", ["AB\n"], ["AB"]),
        (r"^.$", ["a"], ["\n", "\u2028"]),
        (r"[\d-x]", ["-", "5", "x"], ["a"]),
        (r"[a&&b]", ["&"], ["c"]),
        (r"\p{L}", ["p{L}"], ["a"]),
        (r"^\s$", ["\ufeff", "\u00a0"], ["\x1c"]),
        (r"\ud83d\ude00", ["😀"], ["x"]),
        ("a#b", ["a#b"], ["a"]),
        ("^..$", ["😀", "ab"], ["a", "😀x"]),
        ("[😀]", ["\ud83d"], ["x"]),
        (r"[\c_]", ["\x1f"], ["_", "c"]),
        ("(?=a)*b", ["b"], ["a"]),
        ("(?<é>a)\\k<é>", ["aa"], ["a"]),
    ],
)
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, yes: list[str], no: list[str]) -> None:
    assert all(matches(pattern, text) for text in yes)
    assert not any(matches(pattern, text) for text in no)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?i)a",
        "a++",
        "*a",
        "(?P<n>a)",
        "[b-a]",
        "[a",
        "a\\",
        "(?#c)",
        "(",
        "a{2}{3}",
        "(?<=a)*",
        r"\B+",
        "(?<a>.)(?<a>.)",
        ")",
        "a{99999999}",  # it is one, but written out it would take all memory
        "(a{1000}){1000}",
    ],
)
def test_what_is_no_pattern_in_javascript_is_none(pattern: str) -> None:
    with pytest.raises(BadPattern):
        matches(pattern, "")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^.$", ["😀", "a"], ["ab"]),
        (r"^\u{1F600}$", ["😀"], ["u"]),
        (r"^\p{Lu}\P{Lu}$", ["Éa"], ["éa"]),
        (r"^\p{Script=Greek}$", ["α"], ["a"]),
        (r"[\w\-]", ["-"], ["+"]),
    ],
)
def test_a_pattern_with_the_flag_u(pattern: str, yes: list[str], no: list[str]) -> None:
    assert all(matches(pattern, text, unicode=True) for text in yes)
    assert not any(matches(pattern, text, unicode=True) for text in no)


@pytest.mark.parametrize(
    "pattern", [r"\-", "]", "a{,2}", r"\1", r"[\w-a]", r"\p{Greek}", r"\u{110000}", r"\07", "(?=a)*"]
)
def test_what_the_flag_u_forbids(pattern: str) -> None:
    with pytest.raises(BadPattern):
        matches(pattern, "", unicode=True)
