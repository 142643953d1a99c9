"""Alternatives of two schemas in pairs, by what they are most alike in, never by index: an order says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .view import Version, View
from .walk import Standing


def paired(
    one: Version, other: Version, ours: list[Standing], theirs: list[Standing]
) -> Iterator[tuple[Standing, Standing | None]]:
    """Each alternative of one document with the most alike of the other: the same constants, then the same fields."""
    left = list(theirs)
    scored = sorted(
        ((_likeness(one.view(mine), other.view(each)), index, number) for index, mine in enumerate(ours)
         for number, each in enumerate(theirs)),
        key=lambda row: (-row[0], row[1], row[2]),
    )  # fmt: skip
    taken: dict[int, int] = {}
    for likeness, index, number in scored:
        if likeness > 0 and index not in taken and number not in taken.values():
            taken[index] = number
    for index, mine in enumerate(ours):
        yield mine, left[taken[index]] if index in taken else None


def _likeness(one: View, other: View) -> float:
    if one.types and other.types and not one.types & other.types:
        return 0.0
    both = one.properties.keys() & other.properties.keys()
    constants = [name for name in both if "const" in _plain(one, name) and "const" in _plain(other, name)]
    if any(_plain(one, name)["const"] != _plain(other, name)["const"] for name in constants):
        return 0.0
    share = len(both) / max(1, len(one.properties.keys() | other.properties.keys()))
    same_name = one.pointer.rpartition("/")[2] == other.pointer.rpartition("/")[2]
    return 4.0 * bool(constants) + share + same_name + (one.words.keys() == other.words.keys()) * 0.5


def _plain(view: View, name: str) -> dict[str, Any]:
    schema = view.properties[name].schema
    return schema if isinstance(schema, dict) else {}


def listed(view: View, word: str) -> list[Standing]:
    """The alternatives under a keyword."""
    if word not in view.words:
        return []
    return [Standing(f"{view.place(word)}/{index}", each) for index, each in enumerate(view.get(word))]
