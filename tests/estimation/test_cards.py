"""The shipped cards, and cards found by name."""

import re

import pytest

from genai_tui.estimation.cards import _read, comparable, find_card, shipped_cards
from genai_tui.records.cards import ModelCard


def test_every_shipped_card_is_counted_and_names_its_sources():
    cards = shipped_cards()
    assert len(cards) > 70
    for card in cards:
        assert card.architecture is not None, card.name
        assert card.parameters == card.architecture.parameters > 10**7
        assert card.sources
        assert all(sentence.strip() == sentence and sentence for sentence in card.sources)


def test_licence_training_and_purpose_are_of_models_that_there_are_each_with_a_source():
    shipped = {comparable(card.name) for card in shipped_cards()}
    for fact in _read()["origins"]:
        assert fact.keys() <= {"models", "published", "licence", "trained_on", "purpose", "sources"}, fact
        assert len(fact) > 2, fact
        assert all(each.startswith(("paper arXiv ", "page https://")) or "/" in each for each in fact["sources"]), fact
        for name in fact["models"]:
            shape = comparable(name.removesuffix("-Instruct").removesuffix("-it"))
            assert comparable(name) in shipped or shape in shipped, name
    assert sum(card.licence is not None for card in shipped_cards()) > 110


def test_the_month_of_each_card_is_one_and_agrees_with_a_name_that_has_it():
    months = {card.name: card.published for card in shipped_cards()}
    assert all(month and re.fullmatch(r"20(18|19|2[2-5])-(0[1-9]|1[0-2])", month) for month in months.values()), months
    assert months["mistralai/Mistral-7B-v0.1"] == "2023-09" < months["mistralai/Mistral-7B-v0.3"]
    for name, month in months.items():
        if found := re.search(r"-(2[3-5])(0[1-9]|1[0-2])\b", name):  # Mistral names by year and month
            assert month == f"20{found[1]}-{found[2]}", name
        if found := re.search(r"OLMo-2-(\d\d)(\d\d)", name):  # and OLMo by month and year
            assert month == f"20{found[2]}-{found[1]}", name


def test_what_one_source_says_is_marked_so():
    one = {card.name for card in shipped_cards() if card.one_source_only}
    assert "facebook/opt-13b" in one
    assert "gpt2" not in one


def test_names_are_compared_without_publisher_case_separators_and_hf():
    for name in ("meta-llama/Llama-2-7b-hf", "llama-2-7b", "Llama 2 7B", "LLAMA_2_7B"):
        assert find_card(name).name == "meta-llama/Llama-2-7b-hf", name


def test_points_are_told_apart_where_that_matters_and_not_where_it_does_not():
    assert find_card("opt-1.3b").name == "facebook/opt-1.3b"
    assert find_card("opt-13b").name == "facebook/opt-13b"
    assert find_card("phi-1.5").name == "microsoft/phi-1_5"
    assert comparable("opt-1.3b") != comparable("opt-13b")


def test_what_is_given_comes_before_what_is_shipped():
    own = ModelCard("other/Llama-2-7b", "given")
    assert find_card("Llama 2 7B", (own,)) is own


@pytest.mark.parametrize("name", ["", "nobody/has-this-9b", "/", "()"])
def test_what_is_not_known_is_none(name):
    assert find_card(name) is None


def test_a_card_is_made_when_it_is_asked_for_and_then_kept():
    assert find_card("Llama-3.1-405B") is find_card("meta-llama/llama 3.1 405b")
    assert find_card("Llama-3.1-405B") in shipped_cards()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Qwen2.5-7B", 7_615_616_512),
        ("Qwen2.5-1.5B", 1_543_714_304),
        ("Mixtral-8x22B-v0.1", 140_630_071_296),
        ("gemma-2-27b", 27_227_128_320),
        ("gemma-3-4b-it", 3_880_263_168),
        ("Qwen3-235B-A22B", 235_093_634_560),
    ],
)
def test_shapes_that_people_ask_for_have_the_size_their_checkpoints_have(name, parameters):
    assert find_card(name).parameters == parameters
