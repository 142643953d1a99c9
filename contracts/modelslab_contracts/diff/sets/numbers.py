"""A number between bounds, a multiple of some steps and not of others: the simplest there is, or a proof of none.

Whole numbers are scanned over one period of all steps, which is exact. Between whole numbers, the line is dense and
what is excluded is not, so any open stretch has a member; whether a double can hold it is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from .judge import is_multiple
from .outcome import EMPTY, Outcome, member, unknown
from .terms import Over, Step, Terms, Values
from .values import kind_of, value_of

_MOST_TRIED = 20_000
_MOST_GUESSED = 400


class _Line(NamedTuple):
    """A stretch of numbers: its ends (None for no end; `open_*` where the end itself is out), steps and holes."""

    low: Fraction | None
    open_low: bool
    high: Fraction | None
    open_high: bool
    on: tuple[Step, ...]
    off: tuple[Step, ...]
    holes: frozenset[Fraction]

    @property
    def is_empty(self) -> bool:
        """Whether its ends leave nothing between them."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    def holds(self, number: Fraction) -> bool:
        """Whether a number is in the stretch and no hole, its steps aside."""
        if self.low is not None and (number < self.low or (self.open_low and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.open_high and number == self.high)):
            return False
        return number not in self.holes


def number_of(terms: Terms, kind: str, literals: Sequence[int]) -> Outcome:
    """A number of `kind` (integer or fraction) of which all literals are true."""
    line = _line(terms, kind, literals)
    if line.is_empty:
        return EMPTY
    vague = [each for each in (*line.on, *line.off) if each.vague]
    clear = line._replace(on=_clear(line.on), off=_clear(line.off))
    found = _on_a_grid(clear, kind) if kind == "integer" or clear.on else _between(clear)
    if not vague or found.is_empty:
        return found
    guesses = (_plain(each) for each in islice(_guesses(line, kind), _MOST_GUESSED))
    for guess in chain([found.value] if found.found else [], guesses):
        if kind_of(guess) == kind and line.holds(Fraction(guess)) and _fits(guess, line):
            return member(guess)
    return unknown(f"engines round multiples of {float(vague[0].step):g} differently")


def _line(terms: Terms, kind: str, literals: Sequence[int]) -> _Line:
    overs = terms.among(literals, Over)
    steps = terms.among(literals, Step)
    # The higher of two ends excludes more, and of two equal ones the open one.
    low = max(((each.bound, each.strict) for each, yes in overs if yes), default=(None, False))
    high = min(((each.bound, each.strict) for each, yes in overs if not yes), default=(None, True))
    values = [value_of(text) for each, _ in terms.among(literals, Values) for text in each.texts]
    return _Line(
        low=low[0],
        open_low=low[1],
        high=high[0],
        open_high=not high[1],
        on=tuple(each for each, yes in steps if yes),
        off=tuple(each for each, yes in steps if not yes),
        holes=frozenset(Fraction(each) for each in values if kind_of(each) == kind),
    )


def _clear(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(each for each in steps if not each.vague)


def _fits(number: float, line: _Line) -> bool:
    on = all(is_multiple(number, each) is True for each in line.on)
    return on and all(is_multiple(number, each) is False for each in line.off)


def _on_a_grid(line: _Line, kind: str) -> Outcome:
    """Multiples n/scale of the common step, looked at as whole numbers n."""
    scale = lcm(*(each.step.denominator for each in (*line.on, *line.off)))
    grid = lcm(*(int(each.step * scale) for each in line.on), *((scale,) if kind == "integer" else ()))
    avoid = [int(each.step * scale) for each in line.off] + ([scale] if kind == "fraction" else [])
    if any(grid % each == 0 for each in avoid):
        return EMPTY
    period = lcm(*(each // gcd(each, grid) for each in avoid))
    first = None if line.low is None else _past(line.low * scale / grid, line.open_low)
    last = None if line.high is None else -_past(-line.high * scale / grid, line.open_high)
    enough = (len(line.holes) + 1) * period
    for count, index in enumerate(_from_the_middle(first, last)):
        if count >= enough:
            return EMPTY
        if count >= _MOST_TRIED:
            return unknown(f"more than {_MOST_TRIED:,} multiples were tried")
        number = Fraction(index * grid, scale)
        if number not in line.holes and all(index * grid % each for each in avoid):
            plain = _plain(number)
            return member(plain) if Fraction(plain) == number else unknown("no double holds the number")
    return EMPTY


def _past(end: Fraction, is_open: bool) -> int:
    """The first whole number at or after an end."""
    return floor(end) + 1 if is_open else ceil(end)


def _from_the_middle(first: int | None, last: int | None) -> Iterator[int]:
    """Whole numbers of a range without a gap: up from the end nearest to 0, or from 0 itself, then the others."""
    if first is not None and last is not None and first > last:
        return
    start = max(0, first) if first is not None else 0
    start = min(start, last) if last is not None else start
    index = start
    # One direction first, so that any run of them is a run of neighbours, which is what periods speak of.
    while last is None or index <= last:
        yield index
        index += 1
    index = start - 1
    while first is None or index >= first:
        yield index
        index -= 1


def _between(line: _Line) -> Outcome:
    if line.low is not None and line.low == line.high:
        number = line.low
        if number.denominator == 1 or number in line.holes or any((number / each.step).denominator == 1 for each in line.off):
            return EMPTY
        return member(_plain(number))
    for number in islice(_simple(line), _MOST_GUESSED):
        plain = _plain(number)
        fits = not any(is_multiple(plain, each) for each in line.off)
        if kind_of(plain) == "fraction" and line.holds(Fraction(plain)) and fits:
            return member(plain)
    return unknown("no double was found between two bounds")


def _simple(line: _Line) -> Iterator[Fraction]:
    """Numbers with few decimals, near 0 or near an end."""
    yield from (each for each in (Fraction(1, 2), Fraction(-1, 2)) if line.holds(each))
    yield from (each for each in (line.low, line.high) if each is not None and line.holds(each))
    for digits in range(1, 18):
        unit = Fraction(1, 10**digits)
        ends = [each for each in (line.low, line.high, Fraction(0)) if each is not None]
        for end in ends:
            near = floor(end / unit)
            yield from (each * unit for each in range(near - 3, near + 5) if line.holds(each * unit))


def _guesses(line: _Line, kind: str) -> Iterator[Fraction]:
    ends = [each for each in (line.low, line.high, Fraction(0)) if each is not None]
    for step in line.on:
        for end in ends:
            near = floor(end / step.step)
            yield from (each * step.step for each in range(near - 12, near + 13))
    yield from _simple(line) if kind == "fraction" else (Fraction(floor(end) + each) for end in ends for each in range(-9, 10))


def _plain(number: Fraction | float) -> int | float:
    if isinstance(number, Fraction):
        return number.numerator if number.denominator == 1 else float(number)
    return number
