"""Sentences as IFEval's checkers part them; the values are those of NLTK 3.10 and of lm-evaluation-harness 0.4.13."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.scorers.ifeval import follows
from genai_tui.stages.evaluate.scorers.sentences import counted, looked_up

pytest.importorskip("nltk", reason="the extra `metrics` is not installed")
CASES = [  # text, how many sentences are counted, and which are looked up
    ("Mr. Smith came. Did he? Yes!  He is 3.5 m tall", 4, ["Mr. Smith came.", "Did he?", "Yes!", "He is 3.5 m tall"]),
    (
        "It opens at 9 a.m. on Mon. and Tues. only. See you.",
        3,
        ["It opens at 9 a.m. on Mon.", "and Tues.", "only.", "See you."],
    ),
    (
        "We met in the U.S. The weather was fine. The U.S. team lost.",
        3,
        ["We met in the U.S. The weather was fine.", "The U.S. team lost."],
    ),
    (
        "Apples, pears, etc. The rest is gone. Cf. page 3.",
        4,
        ["Apples, pears, etc.", "The rest is gone.", "Cf.", "page 3."],
    ),
    (
        "He works for Acme Inc. She does not. Acme Inc. hired her.",
        2,
        ["He works for Acme Inc", "She does not.", "Acme Inc. hired her."],
    ),
    ("1. First.\n2. Second.\n3. Third.", 6, ["1.", "First.", "2.", "Second.", "3.", "Third."]),
    (
        "Well... I do not know. Wait… what? Really?! Yes.",
        5,
        ["Well...", "I do not know.", "Wait… what?", "Really?", "!", "Yes."],
    ),
    (
        '"Stop!" he said. "Why?" she asked. (It was late.) They left.',
        6,
        ['"Stop"!', "he said.", '"Why"?', "she asked.", "(It was late.", ") They left."],
    ),
    ("**Bold.** Next one. *It.*\n\n- one\n- two.", 4, ["**Bold.", "** Next one.", "*It.", "*  - one - two."]),
    (
        "Visit www.example.com. It is free. v2.0 is out.",
        3,
        ["Visit www.", "example.com.", "It is free.", "v2.0 is out."],
    ),
    (
        "Dr. J. R. R. Tolkien, Ph.D., wrote it. No. 5 is best. No. It is not.",
        5,
        ["Dr. J. R. R. Tolkien, Ph.D., wrote it.", "No.", "5 is best.", "No.", "It is not."],
    ),
    ("你好。再见。Bye.", 1, ["你好。再见。Bye."]),
    ("no end", 1, ["no end"]),
    ("", 0, []),
    (". . .", 3, [".", ".", "."]),
    ("P.S. I love you. P.P.S. So do I.", 4, ["P.S. I love you.", "P.P.S. So do I."]),
]


@pytest.mark.parametrize(("text", "count", "parts"), CASES)
def test_sentences_are_those_of_the_reference(text: str, count: int, parts: list[str]) -> None:
    assert len(counted(text)) == count
    assert looked_up(text) == parts


def test_an_instruction_without_what_it_asks_cannot_be_checked() -> None:
    with pytest.raises(UsageFault, match="number_words cannot be checked"):
        follows("length_constraints:number_words", {"num_words": None, "relation": "at least"}, "one")
    with pytest.raises(UsageFault, match="frequency cannot be checked"):
        follows("keywords:frequency", {}, "one")
