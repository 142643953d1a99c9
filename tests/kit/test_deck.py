"""A deck deals the same for the same seed, leaves no word and no edge out, and asks for what a story speaks of."""

from __future__ import annotations

from collections import Counter

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.deck import Deal, Deck, deck_of
from modelslab_contracts.kit.deviations import deviations
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_contracts.story import Story

each_endpoint = pytest.mark.parametrize("name", sorted(endpoints()))
UNREMARKABLE = 6  # words that change nothing by themselves


def in_turn(deck: Deck, turn: int) -> list[Deal]:
    """The deals of a round in which every word has its turn; every third one is none of them."""
    count = len(deck.stories.words)
    numbers = [number for number in range(1, 2 * (turn + 1) * count) if number % 3]
    return [deck.deal(number) for number in numbers[turn * count : (turn + 1) * count]]


@each_endpoint
def test_a_deal_depends_on_its_seed_and_number_alone(name: str) -> None:
    deck = deck_of(name, 5)
    dealt = list(deck.deals(200))
    assert [deck_of(name, 5).deal(number) for number in (199, 7, 100)] == [dealt[199], dealt[7], dealt[100]]
    assert list(deck_of(name, 6).deals(200)) != dealt


@each_endpoint
def test_the_first_deal_is_the_plain_one(name: str) -> None:
    dealt = deck_of(name, 5).deal(0)
    assert dealt.story == Story()
    assert dealt.asked.request.keys() == {each.name for each in endpoints()[name].fields if each.required}


@pytest.mark.parametrize("seed", range(5))
@each_endpoint
def test_no_word_is_left_out_whatever_the_seed(name: str, seed: int) -> None:
    deck = deck_of(name, seed)
    count = len(deck.stories.words)
    first, second = [deck.deal(0), *in_turn(deck, 0)], in_turn(deck, 1)
    assert Counter(each.word for each in first[1:]) == Counter(deck.stories.words) == Counter(each.word for each in second)
    for dealt in (first, second):
        met = {word for each in dealt for word in deviations(each.story)}
        assert len(met) >= count - UNREMARKABLE - 1  # a number of fetches may come after a list of them
    assert [each.word for each in first[1:]] != [each.word for each in second]


@pytest.mark.parametrize("seed", range(5))
@each_endpoint
def test_on_what_clients_go_wrong_most_comes_up_more_often_than_the_rest(name: str, seed: int) -> None:
    met = Counter(each.word for each in deck_of(name, seed).deals(300))
    for word in ("polls: unknown-status", "polls: output: partial", "ends: never", "ends: http", "polls: retry_after (date)"):
        assert met[word] >= 4
    assert met["polls: garbled: nan"] <= 2


@each_endpoint
def test_in_the_first_round_every_word_is_alone_and_later_in_company(name: str) -> None:
    deck = deck_of(name, 1)
    count = len(deck.stories.words)
    sizes = [[len(deviations(each.story)) for each in in_turn(deck, turn)] for turn in (0, 1, 3)]
    assert max(sizes[0]) <= 2  # some words bring along what they say nothing without
    assert sum(each == 1 for each in sizes[0]) > 0.8 * count
    assert sum(sizes[0]) < sum(sizes[1]) < sum(sizes[2])


@each_endpoint
def test_no_edge_is_left_out(name: str) -> None:
    deck = deck_of(name, 1)
    edges = {(ways.field.name, way.clause) for ways, way in deck.orders.edges}
    dealt = list(deck.deals(2 * len(deck.orders.edges) + 2))
    assert {each.asked.about for each in dealt if each.asked.kind == "edge"} == edges
    assert {"valid", "edge"} == {each.asked.kind for each in dealt}


@pytest.mark.parametrize("profile", PROFILES)
@each_endpoint
def test_every_request_of_a_deck_is_accepted(name: str, profile: str) -> None:
    for dealt in deck_of(name, 2, profile).deals(400):
        read = read_request(endpoints()[name], dealt.asked.request, PROFILES[profile])
        assert read.problems == ()
        assert sorted((each.where[1:], each.rule) for each in read.noticed) == sorted(dealt.asked.noticed), dealt


@each_endpoint
def test_a_story_about_pictures_is_about_pictures_that_were_asked_for(name: str) -> None:
    endpoint, met = endpoints()[name], 0
    for dealt in deck_of(name, 3).deals(1_000):
        order = read_request(endpoint, dealt.asked.request, PROFILES["documented"]).order
        assert order is not None
        assert len(dealt.story.pictures) <= order.values["samples"]
        met += len(dealt.story.pictures) > 1
        if dealt.word.startswith("shape: base64"):
            assert order.values["base64"] is True or dealt.asked.about[0] == "base64"
    assert met > 20


def test_a_request_that_is_about_a_field_keeps_it() -> None:
    """Also when the story of its turn would like it otherwise."""
    deck = deck_of("realtime-v6", 1)
    asked = Asked({"prompt": "a cat", "samples": 1}, "edge", ("samples", "minimum"))
    assert deck._fit_for("pictures: 404", asked) == asked
    assert deck._fit_for("pictures: 404", asked._replace(about=("width", "minimum"))).request["samples"] == 4


def test_words_and_fields_can_be_left_out() -> None:
    deck = deck_of("realtime-v6", 1, without=["webhook", "submit: redirect"], fields_without=["webhook", "samples"])
    for dealt in deck.deals(400):
        assert not dealt.asked.request.keys() & {"webhook", "samples"}
        assert not any(word.startswith(("webhook", "submit: redirect")) for word in deviations(dealt.story))


def test_a_deck_without_words_deals_plain_stories() -> None:
    deck: Deck = deck_of(
        "realtime-v6", 1, without=["submit", "eta", "polls", "ends", "message", "nsfw", "shape", "pictures", "webhook"]
    )
    assert {dealt.story == Story() for dealt in deck.deals(20)} == {True}
    assert len({str(dealt.asked) for dealt in deck.deals(20)}) > 10
