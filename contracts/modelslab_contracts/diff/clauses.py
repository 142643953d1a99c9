"""One broken position taken apart: which clauses of the narrower schema refuse a value of the wider one, and which value.

A schema is the conjunction of its clauses, each wrapped in what leads to it: `maximum: 512` of the field `width` is
`{properties: {width: {maximum: 512}}}`. So a value of `one` that `other` refuses is refused by at least one of them, and a
value that a clause refuses is refused by `other`. Each clause is asked about the whole of `one`: its witness is a whole body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..json_pointer import escaped
from .alternatives import listed, paired
from .sets import Comparison, Safe, Unproved, Unreadable, Verdict
from .unchanged import Unchanged
from .view import Version, View
from .walk import Standing

Wrap = Callable[[Any], Any]

_DEEPEST = 16
_NOT_ASKED = Unproved("not asked yet")
#: Keywords that say something only together.
_TOGETHER = {
    "prefixItems": ("prefixItems",),
    "contains": ("contains", "minContains", "maxContains"),
    "if": ("if", "then", "else"),
}
_PLAIN = (
    "const", "enum", "type", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "multipleOf", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "dependentRequired",
    "dependentSchemas", "propertyNames", "patternProperties", "not",
)  # fmt: skip


class Cause(NamedTuple):
    """A clause that refuses something: its keyword, where in the value, both schemas there, the verdict."""

    word: str
    at: str
    one: View
    other: View
    verdict: Verdict


class _Here(NamedTuple):
    """Where the search stands: both schemas, the way to them, and what of `one` is spoken of."""

    one: Standing
    other: Standing
    at: str
    wrap: Wrap
    part: Any
    way: Wrap
    depth: int


class Search:
    """Asks about one pair of documents. `one` holds what has to be inside `other`."""

    def __init__(self, comparison: Comparison, one: Version, other: Version, unchanged: Unchanged) -> None:
        self._comparison = comparison
        self._unchanged = unchanged
        self._one, self._other = one, other
        self._kept: list[Any] = []  # made schemas, so that their ids stay their own
        #: Pairs of schemas that are being looked at, and those of them that were met again below.
        self._open: set[tuple[str, str]] = set()
        self._led_back: set[tuple[str, str]] = set()

    def is_unchanged(self, one: Standing, other: Standing) -> bool:
        """Whether a schema is the same in both documents, word for word, as far as that is plain to see."""
        return self._unchanged.is_same(one, other)

    def inside(self, one: Any, other: Any) -> Verdict:
        """Whether every value of a schema of `one` is a value of a schema of `other`."""
        self._kept += (one, other)
        try:
            first = self._comparison.set_of(self._one.source, one)
            return self._comparison.inside(first, self._comparison.set_of(self._other.source, other))
        except Unreadable as problem:
            return Unproved(str(problem))

    def causes(self, one: Standing, other: Standing) -> list[Cause]:
        """Every clause of `other` that is not proved to accept all of `one`."""
        return list(self._at(_Here(one, other, "", _same, one.schema, _same, 0)))

    def _at(self, here: _Here) -> Iterator[Cause]:
        if self.is_unchanged(here.one, here.other):  # values of the one are all that comes here
            return
        verdict = self.inside(here.part, here.wrap(here.other.schema))
        if isinstance(verdict, Safe):
            return
        one, other = self._one.view(here.one), self._other.view(here.other)
        pair = one.pointer, other.pointer
        if pair in self._open:  # schemas that lead back to themselves: what is wrong is told of further up
            self._led_back.add(pair)
            return
        self._open.add(pair)
        found = list(self._clauses(here, one, other)) if here.depth < _DEEPEST else []
        self._open.discard(pair)
        self._led_back.discard(pair)
        # A proof for each clause is a proof for all of them, unless alternatives were looked at one by one.
        proved = isinstance(verdict, Unproved) and here.depth < _DEEPEST and not other.words.keys() & {"anyOf", "oneOf"}
        if found or proved or self._led_back:
            yield from found
        else:
            yield Cause("", here.at, one, other, verdict)

    def _clauses(self, here: _Here, one: View, other: View) -> Iterator[Cause]:
        """The clauses of a schema that are not proved to accept all, those of its fields, items and alternatives included."""
        for word, clause in _plain_clauses(other):
            yield from self._asked(here, Cause(word, here.at, one, other, _NOT_ASKED), clause)
        for name in dict.fromkeys(other.get("required") or ()):
            cause = Cause("required", _below(here.at, name), one, other, _NOT_ASKED)
            yield from self._asked(here, cause, {"required": [name]})
        yield from self._fields(here, one, other)
        if "additionalProperties" in other.words:
            yield from self._other_fields(here, one, other)
        if "items" in other.words:
            known = [True] * len(other.get("prefixItems") or ())
            beside = {"prefixItems": known} if known else {}
            inner = one.words.get("items", Standing(one.pointer, True))
            yield from self._step(here, inner, other.words["items"], "*", lambda leaf: {**beside, "items": leaf})
        for word in ("anyOf", "oneOf"):
            if word in other.words:
                yield from self._alternatives(here, one, other, word)

    def _asked(self, here: _Here, cause: Cause, clause: Any) -> Iterator[Cause]:
        verdict = self.inside(here.part, here.wrap(clause))
        if not isinstance(verdict, Safe):
            yield cause._replace(verdict=verdict)

    def _step(self, here: _Here, one: Standing, other: Standing, name: str, inner: Wrap) -> Iterator[Cause]:
        yield from self._at(
            here._replace(
                one=one,
                other=other,
                at=_below(here.at, name),
                wrap=lambda leaf: here.wrap(inner(leaf)),
                way=lambda leaf: here.way(inner(leaf)),
                depth=here.depth + 1,
            )
        )

    def _fields(self, here: _Here, one: View, other: View) -> Iterator[Cause]:
        for name, each in other.properties.items():
            inner = _field(name)
            if name in one.properties or _has_a_say(one):
                mine = one.properties.get(name) or one.words.get("additionalProperties") or Standing(one.pointer, True)
                yield from self._step(here, mine, each, name, inner)
                continue
            cause = Cause("undeclared", _below(here.at, name), View(one.pointer), View(each.pointer), _NOT_ASKED)
            yield from self._asked(here, cause, inner(each.schema))

    def _other_fields(self, here: _Here, one: View, other: View) -> Iterator[Cause]:
        rest = other.get("additionalProperties")
        patterns = dict.fromkeys(other.get("patternProperties") or (), True)
        names = dict.fromkeys(other.properties, True)
        if rest is False and not patterns:
            for name, each in one.properties.items():
                if name not in names:
                    cause = Cause("closed", _below(here.at, name), View(each.pointer), other, _NOT_ASKED)
                    yield from self._asked(here, cause, _field(name)(False))
                    names[name] = True
        clause = {"properties": names, "patternProperties": patterns, "additionalProperties": rest}
        yield from self._asked(here, Cause("additionalProperties", here.at, one, other, _NOT_ASKED), clause)

    def _alternatives(self, here: _Here, one: View, other: View, word: str) -> Iterator[Cause]:
        """A value has to be in one of several schemas: those of `one` are looked at one by one, beside the most alike."""
        whole = {word: other.get(word)}
        verdict = self.inside(here.part, here.wrap(whole))
        if isinstance(verdict, Safe):
            return
        ours = next((each for each in ("oneOf", "anyOf") if each in one.words), "")
        found = False
        for mine, theirs in paired(self._one, self._other, listed(one, ours), listed(other, word)):
            part = {"allOf": [here.part, here.way(mine.schema)]}
            said = self.inside(part, here.wrap(whole))
            if isinstance(said, Safe):
                continue
            found = True
            if theirs is None:
                yield Cause("branch", here.at, self._one.view(mine), other, said)
                continue
            way = here._replace(
                one=mine,
                other=theirs,
                part=part,
                wrap=lambda leaf: here.wrap({"anyOf": [whole, leaf]}),
                depth=here.depth + 1,
            )
            inner = list(self._clauses(way, self._one.view(mine), self._other.view(theirs)))
            yield from inner or [Cause("", here.at, self._one.view(mine), self._other.view(theirs), said)]
        if not found:
            yield Cause("", here.at, one, other, verdict)


def _plain_clauses(view: View) -> Iterator[tuple[str, Any]]:
    """What a schema says of a value as a whole, keyword by keyword."""
    for word in _PLAIN:
        if word in view.words:
            yield word, {word: view.get(word)}
    for word, together in _TOGETHER.items():
        clause = {each: view.get(each) for each in together if each in view.words}
        if clause:
            yield word, clause
    for each in view.get("allOf") or ():
        yield "allOf", each


def _has_a_say(view: View) -> bool:
    """Whether a schema says anything of fields that it does not name."""
    spoken = ("patternProperties", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas", "propertyNames")
    return view.get("additionalProperties") not in (None, True) or any(word in view.words for word in spoken)


def _field(name: str) -> Wrap:
    return lambda leaf: {"properties": {name: leaf}}


def _same(leaf: Any) -> Any:
    return leaf


def _below(at: str, name: str) -> str:
    return f"{at}/{escaped(name)}"
