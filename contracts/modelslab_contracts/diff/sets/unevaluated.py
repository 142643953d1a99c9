"""What `unevaluatedProperties` and `unevaluatedItems` still speak of, once the other keywords of a schema have spoken.

That depends on which branches hold for a value. The cases are listed, each with its condition; exactly one is met by a
value that the other keywords accept, so the keyword is the conjunction of "in this case, what is left is so".
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any, NamedTuple

from .keywords import Read, Reads, other_names
from .normal import Schema
from .source import Unreadable
from .terms import EVERYTHING

_MOST_CASES = 64


class Seen(NamedTuple):
    """What has been evaluated: all, or some names, patterns, first items, and items that were looked for."""

    everything: bool = False
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    first: int = 0
    looked_for: frozenset[int] = frozenset()

    def with_(self, other: Seen) -> Seen:
        """What either has evaluated."""
        return Seen(
            self.everything or other.everything,
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.first, other.first),
            self.looked_for | other.looked_for,
        )


#: A condition on the value, and what has been evaluated when it is met.
Case = tuple[int, Seen]


def left_over(reader: Reads, word: str, schema: Schema, inner: int, base: str) -> int:
    """The values in which everything that is left over is of `inner`."""
    terms = reader.terms
    others = {key: value for key, value in schema.items() if key != word}
    wrong = [
        terms.both((condition, -_rest(reader, word, seen, inner))) for condition, seen in _cases(reader, word, others, base)
    ]
    return terms.both(-each for each in wrong)


def _rest(reader: Reads, word: str, seen: Seen, inner: int) -> int:
    if seen.everything:
        return EVERYTHING
    if word == "unevaluatedProperties":
        names = other_names(reader.terms, sorted(seen.names), sorted(seen.patterns))
        return -reader.terms.some(names, -inner)
    return -reader.terms.rest(seen.first, reader.terms.both((-inner, *(-each for each in seen.looked_for))))


def _cases(reader: Reads, word: str, node: Any, base: str) -> list[Case]:
    if not isinstance(node, dict):
        return [(EVERYTHING, Seen())]
    schema = reader.source.told(node)
    base = reader.source.inner_base(schema, base)
    parts: list[list[Case]] = [[(EVERYTHING, _own(reader, word, schema, base))]]
    if "$ref" in schema:
        target, home = reader.source.find(schema["$ref"], base)
        parts.append(_cases(reader, word, target, home))
    parts += [_cases(reader, word, each, base) for each in schema.get("allOf", ())]
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        parts.append(_if_it_holds(reader, word, each, reader.term(each, base), base))
    for name, each in schema.get("dependentSchemas", {}).items():
        parts.append(_if_it_holds(reader, word, each, reader.terms.has(name), base))
    if "if" in schema:
        parts.append(_conditional(reader, word, schema, base))
    return _together(reader, parts)


def _own(reader: Reads, word: str, schema: Schema, base: str) -> Seen:
    if word == "unevaluatedProperties":
        everything = "additionalProperties" in schema or word in schema
        return Seen(everything, frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ())))
    looked_for = frozenset([reader.inside(schema["contains"], base)] if "contains" in schema else ())
    return Seen("items" in schema or word in schema, first=len(schema.get("prefixItems", ())), looked_for=looked_for)


def _if_it_holds(reader: Reads, word: str, node: Any, condition: int, base: str) -> list[Case]:
    inner = _cases(reader, word, node, base)
    if all(seen == Seen() for _, seen in inner):
        return [(EVERYTHING, Seen())]
    held = [(reader.terms.both((condition, each)), seen) for each, seen in inner]
    return [*held, (-condition, Seen())]


def _conditional(reader: Reads, word: str, schema: Schema, base: str) -> list[Case]:
    condition = reader.term(schema["if"], base)
    first = _cases(reader, word, schema["if"], base)
    then = _together(reader, [first, _cases(reader, word, schema.get("then", True), base)])
    other = _cases(reader, word, schema.get("else", True), base)
    both = reader.terms.both
    return [
        *((both((condition, each)), seen) for each, seen in then),
        *((both((-condition, each)), seen) for each, seen in other),
    ]


def _together(reader: Reads, parts: Iterable[list[Case]]) -> list[Case]:
    met: list[Case] = [(EVERYTHING, Seen())]
    for part in parts:
        pairs = product(met, part)
        met = [(reader.terms.both((one, other)), a.with_(b)) for (one, a), (other, b) in pairs]
        if len(met) > _MOST_CASES:
            raise Unreadable(f"what is left unevaluated depends on more than {_MOST_CASES} cases")
    return met


def _read(word: str) -> Read:
    return lambda reader, schema, value, base: left_over(reader, word, schema, reader.inside(value, base), base)


#: keyword -> the set of values that it accepts, beside the other keywords of its schema.
UNEVALUATED = {word: _read(word) for word in ("unevaluatedProperties", "unevaluatedItems")}
