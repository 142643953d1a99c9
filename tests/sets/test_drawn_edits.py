"""Edits of every kind in the catalogue, at every kind of place: no proved verdict is wrong, and few are unproved.

What an edit does is not taken from its name: both engines judge values that a sampler draws from either schema.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import settings

from .edits import ROWS
from .grammar import Rng, changed, drawn, rings
from .places import nested
from .trial import Tally

pytestmark = pytest.mark.thorough
_THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
_EDITS = 60 if _THOROUGH else 5
_PAIRS = 20_000 if _THOROUGH else 600
_SAMPLES = 150 if _THOROUGH else 24

#: row -> why some of its verdicts cannot be proved.
EXCUSED = {
    "multipleOf-of-tenths": "one engine divides doubles, the other decimals",
    "pattern-of-classes": "the engines read \\d and \\w differently, so that a digit of another script divides them",
    "pattern-with-lookaround": "what looks around is not decided, only tried",
}


def tally_of(name: str, count: int, samples: int) -> Tally:
    tally = Tally()
    for number in range(count):
        rng = random.Random(f"{name} {number}")
        tally.try_both_ways(rng, *nested(rng, *ROWS[name](rng)), samples)
    return tally


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", ROWS)
def test_no_verdict_on_an_edit_is_wrong(name: str) -> None:
    tally = tally_of(name, _EDITS, _SAMPLES)
    assert not tally.wrong
    assert tally.verdicts == 2 * _EDITS
    if name not in EXCUSED:
        assert len(tally.unproved) <= tally.verdicts / 50


def test_hardly_anything_is_unproved_in_our_contracts() -> None:
    tally = Tally()
    for name in ROWS:
        for number in range(_EDITS // 3):
            rng = random.Random(f"contract {name} {number}")
            tally.try_both_ways(rng, *nested(rng, *ROWS[name](rng), share=1), 3)
    assert not tally.wrong
    assert len(tally.unproved) < tally.verdicts / 50


@pytest.mark.parametrize("name", EXCUSED)
def test_an_excuse_is_still_needed(name: str) -> None:
    assert tally_of(name, 40, 0).unproved


@pytest.mark.parametrize("part", range(4))
def test_no_verdict_on_schemas_drawn_from_the_whole_fragment_is_wrong(part: int) -> None:
    tally = Tally()
    for number in range(_PAIRS // 4):
        rng = Rng(f"{part} {number}")
        one = drawn(rng)
        other = changed(rng, one) if rng.random() < 0.7 else drawn(rng)
        tally.try_both_ways(rng, one, other, _SAMPLES)
    assert not tally.wrong
    assert len(tally.unproved) <= tally.verdicts / 2_000  # what is unevaluated may depend on too many cases
    assert min(tally.safe, tally.breaking) > tally.verdicts / 10
    assert tally.found > tally.breaking / 2, "the sampler is too weak a judge"


@pytest.mark.parametrize("part", range(2))
def test_no_verdict_on_schemas_that_refer_to_each_other_is_wrong(part: int) -> None:
    tally = Tally()
    for number in range(_PAIRS // 8):
        rng = Rng(f"ring {part} {number}")
        tally.try_both_ways(rng, *rings(rng), _SAMPLES)
    assert not tally.wrong
    assert not tally.unproved
    assert min(tally.safe, tally.breaking) > tally.verdicts / 10
