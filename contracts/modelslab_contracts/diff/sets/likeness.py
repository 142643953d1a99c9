"""Which schemas that references lead to are alike: the same but for order, description and what they are called.

Alike schemas, in one document or in two, become one term, so that what did not change is seen at a glance. All are taken
to be alike at first, then told apart by their own words, then by what they refer to, until nothing more is told apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .source import Source, Unreadable

#: A document, by its number, and a schema in it.
Key = tuple[int, int]


class Likeness:
    """The classes of alike schemas in some documents."""

    def __init__(self, sources: Sequence[Source]) -> None:
        words: dict[Key, str] = {}
        leads: dict[Key, list[Key]] = {}
        for serial, source in enumerate(sources):
            for node, home in source.targets():
                try:
                    words[serial, id(node)], leads[serial, id(node)] = _spelt_out(source, serial, node, home)
                except (Unreadable, RecursionError, AttributeError, TypeError):
                    continue  # it will say so itself, where it is read
        self._classes = _told_apart(words, leads)

    def class_of(self, serial: int, node: Any) -> int:
        """The number of the class of a schema that a reference leads to."""
        return self._classes.setdefault((serial, id(node)), len(self._classes))


def _spelt_out(source: Source, serial: int, node: Any, home: str) -> tuple[str, list[Key]]:
    """A schema's own words, and what its references lead to, in the order of its words."""
    leads: list[Key] = []

    def refer(target: Any, _home: str) -> str:
        leads.append((serial, id(target)))
        return "#"

    return json.dumps(source.cut(node, home, refer), sort_keys=True), leads


def _told_apart(words: dict[Key, str], leads: dict[Key, list[Key]]) -> dict[Key, int]:
    classes = _numbered(words)
    while True:
        finer = _numbered({key: (classes[key], tuple(classes.get(to, to) for to in leads[key])) for key in words})
        if len(set(finer.values())) == len(set(classes.values())):
            return finer
        classes = finer


def _numbered(labels: dict[Key, Any]) -> dict[Key, int]:
    numbers: dict[Any, int] = {}
    return {key: numbers.setdefault(label, len(numbers)) for key, label in labels.items()}
