"""One walk over two documents side by side: every position where a schema stands, and who writes the values there.

What the client writes and the server reads is the request side; what the server writes, webhooks included, is the response
side; in a callback the two change places. References to parameters, bodies, responses and headers are followed; those in
schemas are not, they are a matter for the sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..json_pointer import escaped
from ..lint_subject import METHODS, Place, Subject, mapping
from .statuses import statuses

REQUEST, RESPONSE = "request", "response"
OTHER = {REQUEST: RESPONSE, RESPONSE: REQUEST}


class Standing(NamedTuple):
    """A schema and the pointer to where it stands in its document."""

    pointer: str
    schema: Any


class Position(NamedTuple):
    """A place where values travel: its side, its name in both documents, the schema of each (None: no such place), its call."""

    side: str
    where: str
    old: Standing | None
    new: Standing | None
    call: str = ""


class Pair(NamedTuple):
    """The same thing in both documents, as far as they have it."""

    old: Place | None
    new: Place | None


class Call(NamedTuple):
    """An operation of both documents, as far as they have it, and how it changed its place.

    `side` is that of what is sent to it. `row` is a row of the catalogue, `was` and `says` what became of what. `renamed` are
    path parameters by their new names; `moved_field` is the field of the body that was a part of the path, or became one.
    """

    name: str
    side: str
    item: Pair
    operation: Pair
    row: str = ""
    was: str = ""
    says: str = ""
    renamed: Mapping[str, str] = {}
    moved_field: str = ""


class Answer(NamedTuple):
    """What is answered with a status, and how old and new call that status ("" where there is none)."""

    status: str
    pair: Pair
    was: str
    became: str


def walk(old: Subject, new: Subject, calls: Iterable[Call] | None = None) -> Iterator[Position]:
    """Every position of either document, call by call; without `calls` by path and method, in the order of the old one."""
    walker = Walker(old, new)
    for call in walker.calls() if calls is None else calls:
        for position in walker.positions(call):
            yield position._replace(call=call.name)


class Walker:
    """Goes through two documents at once, references followed."""

    def __init__(self, old: Subject, new: Subject) -> None:
        self._old = old
        self._new = new
        self.roots = Pair(("", old.root), ("", new.root))

    def inner(self, pair: Pair, word: str) -> Iterator[tuple[str, Pair]]:
        """The named things in a mapping of both, references followed."""
        one, other = (_under(place, word) for place in pair)
        for name in dict.fromkeys((*one, *other)):
            yield name, self.followed(Pair(one.get(name), other.get(name)))

    def only(self, pair: Pair, word: str) -> Pair:
        """The one thing that a word of both stands for, references followed."""
        found = [(f"{place[0]}/{word}", place[1][word]) if place and word in place[1] else None for place in pair]
        return self.followed(Pair(*found))

    def calls(self) -> Iterator[Call]:
        """The calls and webhooks of both documents by name and method."""
        for path, item in self.inner(self.roots, "paths"):
            yield from self.methods(item, path, REQUEST)
        for name, item in self.inner(self.roots, "webhooks"):
            yield from self.methods(item, f"webhook {name}", RESPONSE)

    def methods(self, item: Pair, name: str, side: str) -> Iterator[Call]:
        """The operations of a path item. `side` is that of what is sent to it."""
        for method in METHODS:
            operation = self.only(item, method)
            if operation != (None, None):
                yield Call(f"{name} {method.upper()}", side, item, operation)

    def positions(self, call: Call) -> Iterator[Position]:
        """The positions of an operation, those of its callbacks included."""
        for parameter, pair in self.parameters(call):
            yield from self._carried(pair, f"{call.name} {parameter}", call.side)
        yield from self._content(self.only(call.operation, "requestBody"), f"{call.name} body", call.side)
        for status, response, _, _ in self.answers(call.operation):
            for header, pair in self.inner(response, "headers"):
                yield from self._carried(pair, f"{call.name} {status} header {header}", OTHER[call.side])
            yield from self._content(response, f"{call.name} {status}", OTHER[call.side])
        for callback, back, _ in self.callbacks(call.operation):
            for each in self.methods(back, f"{call.name} callback {callback}", OTHER[call.side]):
                yield from self.positions(each)

    def answers(self, operation: Pair) -> Iterator[Answer]:
        """The answers of an operation by status: a status is found in a range, and a lone new success stands for the old."""
        one, other = (_under(place, "responses") for place in operation)
        for was, became in statuses(list(one), list(other)):
            yield Answer(became or was, self.followed(Pair(one.get(was), other.get(became))), was, became)

    def callbacks(self, operation: Pair) -> Iterator[tuple[str, Pair, tuple[str, str] | None]]:
        """The path items of an operation's callbacks by the callback's name, and their addresses where those differ."""
        for callback, urls in self.inner(operation, "callbacks"):
            one, other = (list(mapping(place[1])) if place else [] for place in urls)
            if len(one) == len(other) == 1 and one != other:
                yield callback, self.followed(Pair(_at(urls.old, one[0]), _at(urls.new, other[0]))), (one[0], other[0])
                continue
            for url in dict.fromkeys((*one, *other)):
                yield callback, self.followed(Pair(*(_at(place, url) for place in urls))), None

    def parameters(self, call: Call) -> Iterator[tuple[str, Pair]]:
        """The parameters of an operation and its path item, by where and what they are."""
        one, other = (
            self._named(subject, *places)
            for subject, *places in zip((self._old, self._new), call.item, call.operation, strict=True)
        )
        other = {_old_name(name, call.renamed): place for name, place in other.items()}
        for name in dict.fromkeys((*one, *other)):
            pair = Pair(one.get(name), other.get(name))
            if not (call.row and None in pair and name.startswith("path ")):  # the path itself is told of
                yield name, pair

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
            yield Position(side, where, _standing(pair.old), _standing(pair.new))
        yield from self._content(pair, where, side)

    def _content(self, pair: Pair, where: str, side: str) -> Iterator[Position]:
        for media, each in self.media(pair):
            yield Position(side, f"{where} {media}", _standing(each.old), _standing(each.new))

    def media(self, pair: Pair) -> Iterator[tuple[str, Pair]]:
        """The media types of a body; one that differs in its parameters only (`; charset=utf-8`) is the same."""
        one, other = (_under(place, "content") for place in pair)
        partners = {}
        for name in one:
            alike = [each for each in other if each not in one and _essence(each) == _essence(name)]
            partners[name] = name if name in other else alike[0] if alike else ""
        for name in dict.fromkeys((*one, *(each for each in other if each not in partners.values()))):
            yield name, self.followed(Pair(one.get(name), other.get(partners.get(name, name))))

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


def _essence(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _old_name(parameter: str, renamed: Mapping[str, str]) -> str:
    where, _, name = parameter.partition(" ")
    return f"path {renamed[name]}" if where == "path" and name in renamed else parameter


def _standing(place: Place | None) -> Standing | None:
    """The schema of a media type, parameter or header; without one, anything may stand there."""
    if place is None:
        return None
    return Standing(f"{place[0]}/schema", place[1].get("schema", True))
