"""Near-duplicates: what is found and what is not, held against comparing each with each."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.datasets.near import NEAR, likeness, near_groups, plain, texts_of


def groups(texts: list[str]) -> list[int]:
    return near_groups(texts, texts.__getitem__)


def compared(texts: list[str]) -> list[int]:
    """The groups as they are if each text is compared with each."""
    found = list(range(len(texts)))
    for one in range(len(texts)):
        for other in range(one):
            near = bool(plain(texts[one])) and likeness(plain(texts[one]), plain(texts[other])) >= NEAR
            if near and found[one] != found[other]:
                low, high = sorted((found[one], found[other]))
                found = [low if each == high else each for each in found]
    return found


def test_texts_that_differ_by_a_word_are_near() -> None:
    text = "I have been waiting for my new card for over two weeks now, and it has still not arrived"
    texts = [text, "Something else altogether, about exchange rates and fees", text + " yet!", text.upper(), ""]
    assert groups(texts) == [0, 1, 0, 0, 4]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_is_what_comparing_all_finds(seed: int) -> None:
    chosen = random.Random(seed)
    words = [f"{chosen.choice('abcdefgh')}{number}" for number in range(400)]
    texts = [" ".join(chosen.choices(words, k=chosen.randint(6, 20))) for _ in range(150)]
    for number in range(60):
        changed = chosen.choice(texts).split()
        changed[number % len(changed)] = chosen.choice(words)
        texts.append(" ".join(changed))
    chosen.shuffle(texts)
    assert groups(texts) == compared(texts)
    assert len(set(groups(texts))) < len(texts)


def test_it_does_not_matter_how_texts_are_taken_in() -> None:
    texts = [
        f"this is text number {number // 2} of many, and it says nothing of use {number // 2}" for number in range(1300)
    ]
    assert [group <= number for number, group in enumerate(groups(texts))] == [True] * 1300
    assert all(groups(texts)[number] == groups(texts)[number + 1] for number in range(0, 1300, 100))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=30))
def test_equal_texts_are_in_one_group_and_blank_ones_alone(texts: list[str]) -> None:
    found = groups(texts)
    for number, text in enumerate(texts):
        if plain(text):
            assert found[number] == found[texts.index(text)]
        else:
            assert found[number] == number


def test_all_text_of_a_row_is_compared() -> None:
    assert texts_of({"q": "x", "n": [1, {"m": None, "t": "y"}], "b": True}) == "x 1 y True"
