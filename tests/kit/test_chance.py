"""Choices are the same everywhere, and as likely as they should be."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from modelslab_contracts.kit.chance import Dice, DrawError, Simplest, lean, one_in, pick, shuffled
from modelslab_contracts.kit.patterns import matching


def test_a_seed_throws_the_same_on_every_machine() -> None:
    """Written down once: whoever changes the dice changes every seed that somebody has noted."""
    dice = Dice(7, 3)
    assert [dice.below(count) for count in (1, 2, 10, 1_000, 2**64)] == [0, 0, 5, 96, 15758874658447071555]


def test_the_mixer_is_that_of_splitmix64() -> None:
    """The first throws of the published generator from state 1234567."""
    dice = Dice(0)
    dice._state = 1234567
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [dice.below(2**64) for _ in published] == published


def test_draws_of_one_seed_and_neighbouring_seeds_differ() -> None:
    firsts = {Dice(seed, number).below(2**64) for seed in range(-20, 20) for number in range(-20, 40)}
    assert len(firsts) == 40 * 60


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_every_choice_is_as_likely(count: int) -> None:
    met = Counter(Dice(1, number).below(count) for number in range(200 * count))
    assert set(met) == set(range(count))
    assert min(met.values()) > 140


def test_whoever_leans_prefers_what_comes_first() -> None:
    met = Counter(lean(Dice(1, number), "abcd") for number in range(4_000))
    assert [each for each, _ in met.most_common()] == list("abcd")
    assert min(met.values()) > 100


def test_the_simplest_choice_is_the_first_and_no() -> None:
    assert (pick(Simplest(), "ab"), lean(Simplest(), "ab"), one_in(Simplest(), 5)) == ("a", "a", False)


def test_shuffling_keeps_everything() -> None:
    orders = {shuffled(Dice(1, number), "abc") for number in range(100)}
    assert len(orders) == 6
    assert {"".join(sorted(each)) for each in orders} == {"abc"}


@pytest.mark.parametrize(
    "pattern",
    [
        "^pony",
        "(?i)^pony",
        "^(0[.][1-9][0-9]*|1([.]0+)?)(,(0[.][1-9][0-9]*|1([.]0+)?))*$",
        r"^\d{4}-\d\d$",
        r"\w+\s\W",
        r"^[^a-z]{3}$",
        r"^[^\d]+?x$",
        "^.[é-ü]$",
        "^(?:a|b|)c*$",
        "^[^x]y{2,}$",
        "^[[:alpha:]$",
        "a|b",
        "",
    ],
)
@pytest.mark.filterwarnings("ignore:Possible nested set")
def test_a_text_is_drawn_that_matches_a_pattern(pattern: str) -> None:
    compiled = re.compile(pattern)
    for number in range(50):
        assert compiled.search(matching(Dice(1, number), compiled))


@pytest.mark.parametrize("pattern", [r"^(?=x)y$", r"\bx\B$", r"(?!)"])
def test_a_pattern_for_which_nothing_is_found_is_an_error(pattern: str) -> None:
    with pytest.raises(DrawError, match="no text was found that matches"):
        matching(Dice(1), re.compile(pattern))
