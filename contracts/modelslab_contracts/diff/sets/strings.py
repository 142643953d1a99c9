"""A string of some length in which some patterns are found and others are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

from .automaton import Limit, shortest
from .letters import READINGS, Reading
from .outcome import EMPTY, Outcome, member, unknown
from .patterns import Unsupported, parsed, probably_found_in
from .terms import Matches, Size, Terms, Values
from .values import value_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST = 100_000


class _Texts(NamedTuple):
    least: int
    most: int | None
    on: tuple[str, ...]
    off: tuple[str, ...]
    never: frozenset[str]

    def hold(self, text: str) -> bool:
        """Whether the length is right and the text not refused by name."""
        return self.least <= len(text) and (self.most is None or len(text) <= self.most) and text not in self.never


def string_of(terms: Terms, literals: Sequence[int]) -> Outcome:
    """A string of which all literals are true: the shortest, if that can be said."""
    texts = _texts(terms, literals)
    if texts.most is not None and texts.least > texts.most:
        return EMPTY
    if texts.least > _LONGEST:
        return unknown(f"a string of more than {_LONGEST:,} characters")
    if not texts.on and not texts.off:
        return next((member(text) for text in _plain(texts) if texts.hold(text)), EMPTY)
    refused = {each: why for each in (*texts.on, *texts.off) if (why := _why_unread(each))}
    if refused:
        rest = texts._replace(on=_without(texts.on, refused), off=_without(texts.off, refused))
        if (rest.on or rest.off) and _walked(rest).is_empty:
            return EMPTY
        pattern, why = next(iter(refused.items()))
        return _guessed(terms, texts, f"pattern {pattern!r}: {why}")
    found = _walked(texts)
    return _guessed(terms, texts, found.doubt) if found.doubt else found


def _texts(terms: Terms, literals: Sequence[int]) -> _Texts:
    sizes = [(each.least, yes) for each, yes in terms.among(literals, Size)]
    patterns = [(each.pattern, yes) for each, yes in terms.among(literals, Matches)]
    never = (text for each, _ in terms.among(literals, Values) for text in each.texts)
    return _Texts(
        least=max((size for size, yes in sizes if yes), default=0),
        most=min((size - 1 for size, yes in sizes if not yes), default=None),
        on=tuple(each for each, yes in patterns if yes),
        off=tuple(each for each, yes in patterns if not yes),
        never=frozenset(value_of(text) for text in never if text.startswith('"')),
    )


def _plain(texts: _Texts) -> Iterator[str]:
    """More strings than are refused by name, of the smallest length or the next."""
    for length in range(texts.least, texts.least + 2 if texts.most is None else min(texts.least + 1, texts.most) + 1):
        if length == 0:
            yield ""
        else:
            beyond = (chr(each) for each in range(0x4E00, 0x4E00 + len(texts.never) + 1))
            yield from (last * length if last == "a" else "a" * (length - 1) + last for last in chain(_LETTERS, beyond))


def _why_unread(pattern: str) -> str:
    try:
        for reading in READINGS:
            parsed(pattern, reading)
    except Unsupported as problem:
        return str(problem)
    return ""


def _without(patterns: tuple[str, ...], refused: dict[str, str]) -> tuple[str, ...]:
    return tuple(each for each in patterns if each not in refused)


def _walked(texts: _Texts) -> Outcome:
    """What a walk of the automata finds, as both engines read the patterns."""
    one, other = READINGS
    try:
        if all(_read_alike(each) for each in (*texts.on, *texts.off)):
            found = _shortest(texts, (one,))
            return EMPTY if found is None else member(found)
        found = _shortest(texts, (one, other))
        if found is not None:
            return member(found)
        if _shortest(texts, (one,)) is None and _shortest(texts, (other,)) is None:
            return EMPTY
    except (Limit, Unsupported) as problem:
        return unknown(str(problem))
    return unknown(f"engines read {(*texts.on, *texts.off)[0]!r} differently")


def _shortest(texts: _Texts, readings: tuple[Reading, ...]) -> str | None:
    on = [each for reading in readings for each in zip(texts.on, repeat(reading))]
    off = [each for reading in readings for each in zip(texts.off, repeat(reading))]
    return shortest(on, off, texts.never, texts.least, texts.most)


def _read_alike(pattern: str) -> bool:
    return "$" not in pattern and parsed(pattern, READINGS[0]) == parsed(pattern, READINGS[1])


def _guessed(terms: Terms, texts: _Texts, why: str) -> Outcome:
    """A string that a schema or a person might have written and that seems to fit, with the doubt."""
    plain = _plain(texts)
    written = chain(terms.texts(), plain, ("", "a", "0", "A", "-", " ", "aA0-", "abc", "a b", "a@b.c", "é", "0" * 8))
    for text in written:
        on = all(probably_found_in(each, text) for each in texts.on)
        if on and texts.hold(text) and not any(probably_found_in(each, text) for each in texts.off):
            return Outcome(True, text, why)
    return unknown(why)
