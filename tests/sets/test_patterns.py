"""Automata against the two engines that they speak for: found or not found, and the shortest text between patterns."""

from __future__ import annotations

import random
import re

import jsonschema_rs
import pytest
from hypothesis import settings

from modelslab_contracts.diff.sets.automaton import accepts, shortest
from modelslab_contracts.diff.sets.letters import ALL, READINGS, named, others, union
from modelslab_contracts.diff.sets.patterns import Unsupported, found_in, parsed

PYTHON, RUST = READINGS
pytestmark = pytest.mark.thorough
_COUNT = 20_000 if settings().max_examples > 1_000 else 700  # HYPOTHESIS_PROFILE=thorough
LETTERS = "aab1- \n\rZé٣_\u2028"


def drawn(rng: random.Random, depth: int = 0) -> str:
    atoms = [
        "a",
        "b",
        "1",
        "-",
        ".",
        "[ab]",
        "[^a]",
        "[a-z0-9]",
        r"\d",
        r"\w",
        r"\s",
        r"\S",
        r"\D",
        r"\.",
        r"[\d-]",
        r"\n",
        "é",
        r"\x61",
        r"\u0062",
    ]
    kind = rng.randint(0, 7 if depth < 3 else 1)
    if kind < 2:
        return rng.choice(atoms)
    if kind == 2:
        return rng.choice(["^", "$", "^a", "b$"])
    if kind == 3:
        return f"(?:{drawn(rng, depth + 1)}|{drawn(rng, depth + 1)})"
    if kind == 4:
        return f"({drawn(rng, depth + 1)}){rng.choice(['*', '+', '?', '{2}', '{1,}', '{0,2}', '*?'])}"
    return drawn(rng, depth + 1) + drawn(rng, depth + 1)


def in_rust(pattern: str, text: str) -> bool:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(text)


def test_what_is_found_is_what_each_engine_finds() -> None:
    tried = 0
    for number in range(_COUNT):
        rng = random.Random(f"pattern {number}")
        pattern = drawn(rng)
        texts = ["".join(rng.choice(LETTERS) for _ in range(rng.randint(0, 5))) for _ in range(8)]
        try:
            parsed(pattern, PYTHON)
        except Unsupported:
            continue
        tried += 1
        for text in [*texts, "", "\n", "a\n"]:
            assert accepts(pattern, PYTHON, text) == bool(re.search(pattern, text)), (pattern, text)
            assert accepts(pattern, RUST, text) == in_rust(pattern, text), (pattern, text)
    assert tried > _COUNT / 2


def test_the_shortest_text_between_two_patterns_is_one_and_there_is_no_shorter() -> None:
    for number in range(_COUNT // 4):
        rng = random.Random(f"between {number}")
        on, off = drawn(rng, 1), drawn(rng, 1)
        try:
            found = shortest([(on, RUST)], [(off, RUST)], frozenset(), 0, 3)
        except Unsupported:
            continue
        shorter = [text for text in texts_of(3) if found is None or len(text) < len(found)]
        assert found is None or (in_rust(on, found) and not in_rust(off, found))
        judges = [jsonschema_rs.Draft202012Validator({"pattern": each}) for each in (on, off)]
        assert not [text for text in shorter if judges[0].is_valid(text) and not judges[1].is_valid(text)], (on, off, found)


def texts_of(size: int) -> list[str]:
    texts = [""]
    for _ in range(size):
        texts += [text + letter for text in texts for letter in "ab1-\n é" if len(text) < size]
    return sorted(set(texts), key=len)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\bword\b", r"the escape \b"),
        ("^(?=a)", "it looks around, names a group or sets a flag"),
        (r"(a)\1", r"the escape \1"),
        ("a**", "not a regular expression"),
        ("(", "not a regular expression"),
        (r"\p{L}", "not a regular expression"),
        ("a{,2}", "'{' stands alone"),
        ("[[a]", "a class in a class"),
        ("a++", "a count is counted"),
        (r"\Za", r"the escape \Z"),
    ],
)  # fmt: skip
def test_what_is_not_read_says_why(pattern: str, why: str) -> None:
    with pytest.raises(Unsupported, match=re.escape(why)):
        parsed(pattern, PYTHON)
    assert found_in(pattern, "word") is None


def test_a_pattern_of_too_many_states_is_refused() -> None:
    with pytest.raises(Unsupported, match="more than 3,000 states"):
        accepts("a{4000}", PYTHON, "a")


def test_letters_are_sets() -> None:
    for name in "dws":
        for reading in READINGS:
            letters = named(name, reading)
            assert others(others(letters)) == letters
            assert union([letters, named(name.upper(), reading)]) == ALL
    unicode_digits = {chr(point) for first, last in named("d", PYTHON) for point in range(first, last + 1)}
    assert unicode_digits == {
        chr(point) for first, last in ALL for point in range(first, last + 1) if re.match(r"\d", chr(point))
    }


def test_engines_that_read_a_text_differently_leave_it_open() -> None:
    assert found_in(r"^\d$", "٣") is None
    assert found_in("^a$", "a\n") is None
    assert found_in(r"^\d$", "3") is True
    assert found_in(r"^\d$", "a") is False
