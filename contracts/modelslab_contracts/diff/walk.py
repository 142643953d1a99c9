"""One walk over two documents side by side: every position where a schema stands, and who writes the values there.

What the client writes and the server reads is the request side; what the server writes, webhooks included, is the response
side; in a callback the two change places. References to parameters, bodies, responses and headers are followed; those in
schemas are not, they are a matter for the sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..document import escaped
from ..lint_subject import METHODS, Place, Subject, mapping

REQUEST, RESPONSE = "request", "response"
OTHER = {REQUEST: RESPONSE, RESPONSE: REQUEST}


class Standing(NamedTuple):
    """A schema and the pointer to where it stands in its document."""

    pointer: str
    schema: Any


class Position(NamedTuple):
    """A place where values travel: its side, its name in both documents, and the schema of each (None: no such place)."""

    side: str
    where: str
    old: Standing | None
    new: Standing | None


class Pair(NamedTuple):
    """The same thing in both documents, as far as they have it."""

    old: Place | None
    new: Place | None


def walk(old: Subject, new: Subject) -> Iterator[Position]:
    """Every position of either document, in the order of the old one."""
    walker = Walker(old, new)
    roots = Pair(("", old.root), ("", new.root))
    for path, item in walker.inner(roots, "paths"):
        yield from walker.item(item, path, REQUEST)
    for name, item in walker.inner(roots, "webhooks"):
        yield from walker.item(item, f"webhook {name}", RESPONSE)


class Walker:
    """Goes through two documents at once, references followed."""

    def __init__(self, old: Subject, new: Subject) -> None:
        self._old = old
        self._new = new

    def inner(self, pair: Pair, word: str) -> Iterator[tuple[str, Pair]]:
        """The named things in a mapping of both, references followed."""
        one, other = (_under(place, word) for place in pair)
        for name in dict.fromkeys((*one, *other)):
            yield name, self.followed(Pair(one.get(name), other.get(name)))

    def only(self, pair: Pair, word: str) -> Pair:
        """The one thing that a word of both stands for, references followed."""
        found = [(f"{place[0]}/{word}", place[1][word]) if place and word in place[1] else None for place in pair]
        return self.followed(Pair(*found))

    def item(self, item: Pair, name: str, side: str) -> Iterator[Position]:
        """The positions of a path item's operations. `side` is that of what is sent to it."""
        for method in METHODS:
            operation = self.only(item, method)
            if operation != (None, None):
                yield from self._operation(operation, item, f"{name} {method.upper()}", side)

    def _operation(self, operation: Pair, item: Pair, name: str, side: str) -> Iterator[Position]:
        for parameter, pair in self.parameters(operation, item):
            yield from self._carried(pair, f"{name} {parameter}", side)
        yield from self._content(self.only(operation, "requestBody"), f"{name} body", side)
        for status, response in self.inner(operation, "responses"):
            for header, pair in self.inner(response, "headers"):
                yield from self._carried(pair, f"{name} {status} header {header}", OTHER[side])
            yield from self._content(response, f"{name} {status}", OTHER[side])
        for callback, back in self.callbacks(operation):
            yield from self.item(back, f"{name} callback {callback}", OTHER[side])

    def callbacks(self, operation: Pair) -> Iterator[tuple[str, Pair]]:
        """The path items of an operation's callbacks, by the callback's name."""
        for callback, urls in self.inner(operation, "callbacks"):
            one, other = (mapping(place[1]) if place else {} for place in urls)
            for url in dict.fromkeys((*one, *other)):
                yield callback, self.followed(Pair(*(_at(place, url) for place in urls)))

    def parameters(self, operation: Pair, item: Pair) -> Iterator[tuple[str, Pair]]:
        """The parameters of an operation and its path item, by where and what they are."""
        named = [
            self._named(subject, *places) for subject, *places in zip((self._old, self._new), item, operation, strict=True)
        ]
        for name in dict.fromkeys((*named[0], *named[1])):
            yield name, Pair(named[0].get(name), named[1].get(name))

    @staticmethod
    def _named(subject: Subject, *places: Place | None) -> dict[str, Place]:
        """Parameters by where and what they are; those of the operation, which come last, win."""
        found = {}
        for pointer, node in (place for place in places if place):
            listed = node.get("parameters")
            for index, each in enumerate(listed if isinstance(listed, list) else ()):
                place = subject.followed(f"{pointer}/parameters/{index}", each)
                found[f"{place[1].get('in')} {place[1].get('name')}"] = place
        return found

    def _carried(self, pair: Pair, where: str, side: str) -> Iterator[Position]:
        """A parameter or header: it has a schema, or content of one media type."""
        if any(place and "schema" in place[1] for place in pair):
            yield Position(side, where, *(_standing(place) for place in pair))
        yield from self._content(pair, where, side)

    def _content(self, pair: Pair, where: str, side: str) -> Iterator[Position]:
        for media, each in self.inner(pair, "content"):
            yield Position(side, f"{where} {media}", *(_standing(place) for place in each))

    def followed(self, pair: Pair) -> Pair:
        """What a pair of references leads to."""
        subjects = (self._old, self._new)
        return Pair(*(subject.followed(*place) if place else None for subject, place in zip(subjects, pair, strict=True)))


def _under(place: Place | None, word: str) -> dict[str, Place]:
    if place is None:
        return {}
    pointer, node = place
    return {str(name): (f"{pointer}/{word}/{escaped(str(name))}", each) for name, each in mapping(node.get(word)).items()}


def _at(place: Place | None, name: str) -> Place | None:
    return (f"{place[0]}/{escaped(name)}", place[1][name]) if place and name in place[1] else None


def _standing(place: Place | None) -> Standing | None:
    """The schema of a media type, parameter or header; without one, anything may stand there."""
    if place is None:
        return None
    return Standing(f"{place[0]}/schema", place[1].get("schema", True))
