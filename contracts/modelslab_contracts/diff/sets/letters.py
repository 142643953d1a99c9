r"""Sets of characters as ranges, and the two ways in which engines read `\d`, `\w` and `\s`."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

#: Sorted, disjoint ranges of code points, ends included.
Letters = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF
#: Lone surrogates are no characters.
ALL: Letters = ((0, 0xD7FF), (0xE000, _LAST))


class Reading(NamedTuple):
    """How an engine reads what patterns leave open."""

    name: str
    #: Whether `\d`, `\w` and `\s` are Unicode's.
    unicode: bool
    #: Whether `$` also stands before a line break that ends the text.
    ends_before_newline: bool


#: Those of jsonschema (Python's `re`) and of jsonschema-rs (ECMAScript's classes).
READINGS = (Reading("jsonschema", True, True), Reading("jsonschema-rs", False, False))
_ECMA = {
    "d": "0-9",
    "w": "0-9A-Z_a-z",
    "s": "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
}


def union(parts: Iterable[Letters]) -> Letters:
    """The letters of any part."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(each for part in parts for each in part):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def others(letters: Letters) -> Letters:
    """All letters that are not among these."""
    left: list[tuple[int, int]] = []
    for low, high in ALL:
        at = low
        for first, last in letters:
            if last < at or first > high:
                continue
            if first > at:
                left.append((at, first - 1))
            at = last + 1
        if at <= high:
            left.append((at, high))
    return tuple(left)


def named(name: str, reading: Reading) -> Letters:
    r"""The letters of `\d`, `\w`, `\s` or, in upper case, of their complements."""
    letters = _unicode(name.lower()) if reading.unicode else _spelt(_ECMA[name.lower()])
    return others(letters) if name.isupper() else letters


@lru_cache(maxsize=3)
def _unicode(name: str) -> Letters:
    # Asked of `re` itself, once: 40 ms for the largest.
    text = "\ufffe".join("".join(map(chr, range(first, last + 1))) for first, last in ALL)
    return tuple((ord(run[0]), ord(run[-1])) for run in re.findall(rf"\{name}+", text))


def _spelt(text: str) -> Letters:
    ranges, index = [], 0
    while index < len(text):
        last = text[index + 2] if text[index + 1 : index + 2] == "-" else text[index]
        ranges.append((ord(text[index]), ord(last)))
        index += 3 if last != text[index] else 1
    return union([tuple(ranges)])


#: What a person likes to read in a witness comes first.
_LIKED = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_- .,:;/!?#@+*=()[]{}<>|&%$'\"\\^~`"


def alphabet(sets: Sequence[Letters]) -> list[tuple[str, frozenset[int]]]:
    """One letter for each group that no set tells apart, with the numbers of the sets that have it; liked ones first."""
    cuts = sorted({0, *(edge for each in (ALL, *sets) for first, last in each for edge in (first, last + 1))})
    best: dict[frozenset[int], tuple[int, int]] = {}
    rank = {ord(each): place for place, each in enumerate(_LIKED)}
    starts = [[first for first, _ in each] for each in sets]
    for start, after in zip(cuts, [*cuts[1:], _LAST + 1], strict=True):
        if 0xD800 <= start <= 0xDFFF or start > _LAST:
            continue
        group = frozenset(number for number, each in enumerate(sets) if _has(each, starts[number], start))
        within = [each for each in rank if start <= each < after] if start < 127 else []
        letter = min(within, key=rank.__getitem__) if within else start
        place = rank.get(letter, len(rank) + (letter < 32 or letter == 127) * sys.maxunicode + letter)
        if group not in best or place < best[group][0]:
            best[group] = place, letter
    return [(chr(letter), group) for group, (_, letter) in sorted(best.items(), key=lambda each: each[1])]


def _has(letters: Letters, starts: list[int], point: int) -> bool:
    place = bisect_right(starts, point) - 1
    return place >= 0 and letters[place][0] <= point <= letters[place][1]
