"""Which schemas that references lead to are alike: the same but for order, description and what they are called.

Alike schemas, in one document or in two, become one term, so that what did not change is seen at a glance. All are taken
to be alike at first, then told apart by their own words, then by what they refer to, until nothing more is told apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from .source import Source, Unreadable

#: The keywords whose schemas speak of the same value as the schema that they stand in.
_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
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
        self._leads_back: dict[int, bool] = {}

    def class_of(self, serial: int, node: Any) -> int:
        """The number of the class of a schema that a reference leads to."""
        return self._classes.setdefault((serial, id(node)), len(self._classes))

    def leads_back(self, source: Source, node: Any, home: str) -> bool:
        """Whether a schema refers to itself without a member or an item in between, and so says nothing."""
        if id(node) not in self._leads_back:
            seen: dict[int, Any] = {}
            todo = list(_beside(source, node, home))
            while todo and id(node) not in seen:
                target, base = todo.pop()
                if id(target) not in seen:
                    seen[id(target)] = target
                    todo += _beside(source, target, base)
            self._leads_back[id(node)] = id(node) in seen
        return self._leads_back[id(node)]


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


def _beside(source: Source, node: Any, base: str) -> Iterator[tuple[Any, str]]:
    """What a schema refers to that speaks of the same value."""
    if not isinstance(node, dict):
        return
    schema = source.told(node)
    base = source.inner_base(schema, base)
    if "$ref" in schema:
        try:
            yield source.find(schema["$ref"], base)
        except Unreadable:
            return
    for word in _SAME_VALUE:
        inner = schema.get(word, ())
        listed = (
            inner.values()
            if word == "dependentSchemas" and isinstance(inner, dict)
            else inner
            if isinstance(inner, list)
            else [inner]
        )
        for each in listed:
            yield from _beside(source, each, base)
