"""What each keyword says, as a term: one row each. The words of `unevaluated*` are in a file of their own."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import Any, Protocol

from .normal import Schema
from .source import Source, Unreadable
from .terms import EVERYTHING, Matches, Over, Repeats, Step, Terms
from .values import TYPES

_NUMBERS = ("integer", "fraction")
_MOST_BRANCHES = 64


class Reads(Protocol):
    """Whoever reads the schemas that stand in a keyword."""

    terms: Terms
    source: Source

    def term(self, node: Any, base: str = "") -> int:
        """The term of a schema that speaks of the same value."""

    def inside(self, node: Any, base: str) -> int:
        """The term of a schema that speaks of a member or an item of the value."""

    def referred(self, reference: Any, base: str) -> int:
        """The term of what a reference leads to."""


#: Reads the value of one keyword of a schema that stands in a resource.
Read = Callable[[Reads, Schema, Any, str], int]


def _bound(strict: bool, *, lower: bool) -> Read:
    def read(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
        # "not over" for an upper bound; a lower one says "over" of numbers only. One predicate serves both.
        over = reader.terms.number(Over(_exact(value), strict == lower))
        return reader.terms.when(_NUMBERS, over) if lower else -over

    return read


def _exact(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    return Fraction(value)


def _type(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    names = [value] if isinstance(value, str) else value
    return reader.terms.of_kinds(kind for name in names for kind in TYPES[name])


def _multiple(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    step = Fraction(repr(value)) if isinstance(value, float) else _exact(value)
    if step <= 0:
        raise ValueError("multipleOf is not positive")
    # Halves and quarters are exact in a double; of tenths, engines have two opinions.
    vague = step.denominator & (step.denominator - 1) != 0 or step.denominator > 1 << 20 or step.numerator > 1 << 53
    return reader.terms.when(_NUMBERS, reader.terms.number(Step(step, vague)))


def _least(kind: str) -> Read:
    return lambda reader, _schema, value, _base: reader.terms.when((kind,), reader.terms.sized(kind, _count(value)))


def _most(kind: str) -> Read:
    return lambda reader, _schema, value, _base: -reader.terms.sized(kind, _count(value) + 1)


def _count(value: Any) -> int:
    if isinstance(value, bool) or value != int(value) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return int(value)


def _pattern(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    return reader.terms.when(("string",), reader.terms.number(Matches(str(value))))


def _required(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    return reader.terms.when(("object",), reader.terms.both(reader.terms.has(name) for name in value))


def _properties(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    return reader.terms.both(-reader.terms.has(name, -reader.inside(each, base)) for name, each in value.items())


def _pattern_properties(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    matching = ((reader.terms.number(Matches(pattern)), reader.inside(each, base)) for pattern, each in value.items())
    return reader.terms.both(-reader.terms.some(names, -inner) for names, inner in matching)


def _additional(reader: Reads, schema: Schema, value: Any, base: str) -> int:
    others = other_names(reader.terms, schema.get("properties", {}), schema.get("patternProperties", {}))
    return -reader.terms.some(others, -reader.inside(value, base))


def other_names(terms: Terms, names: Any, patterns: Any) -> int:
    """The strings that are none of these names and match none of these patterns."""
    matched = (-terms.number(Matches(pattern)) for pattern in patterns)
    return terms.both((terms.of_kinds(("string",)), -terms.values(names), *matched))


def _names(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    return -reader.terms.some(-reader.inside(value, base), EVERYTHING)


def _dependent_required(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    terms = reader.terms
    return terms.both(-terms.both((terms.has(name), -terms.has(need))) for name, needs in value.items() for need in needs)


def _dependent_schemas(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    terms = reader.terms
    return terms.both(-terms.both((terms.has(name), -reader.term(each, base))) for name, each in value.items())


def _prefix(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    return reader.terms.both(-reader.terms.item(index, -reader.inside(each, base)) for index, each in enumerate(value))


def _items(reader: Reads, schema: Schema, value: Any, base: str) -> int:
    return -reader.terms.rest(len(schema.get("prefixItems", ())), -reader.inside(value, base))


def _contains(reader: Reads, schema: Schema, value: Any, base: str) -> int:
    inner, terms = reader.inside(value, base), reader.terms
    enough = terms.when(("array",), terms.many(inner, _count(schema.get("minContains", 1))))
    if "maxContains" not in schema:
        return enough
    return terms.both((enough, -terms.many(inner, _count(schema["maxContains"]) + 1)))


def _unique(reader: Reads, _schema: Schema, value: Any, _base: str) -> int:
    return -reader.terms.number(Repeats()) if value is True else EVERYTHING


def _all_of(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    return reader.terms.both(reader.term(each, base) for each in value)


def _any_of(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    return reader.terms.either(reader.term(each, base) for each in value)


def _one_of(reader: Reads, _schema: Schema, value: Any, base: str) -> int:
    branches = [reader.term(each, base) for each in value]
    if len(branches) > _MOST_BRANCHES:
        raise Unreadable(f"a oneOf has more than {_MOST_BRANCHES} branches")
    no_two = (-reader.terms.both(pair) for pair in combinations(branches, 2))
    return reader.terms.both((reader.terms.either(branches), *no_two))


def _if(reader: Reads, schema: Schema, value: Any, base: str) -> int:
    condition, terms = reader.term(value, base), reader.terms
    wrong = []
    if "then" in schema:
        wrong.append(terms.both((condition, -reader.term(schema["then"], base))))
    if "else" in schema:
        wrong.append(terms.both((-condition, -reader.term(schema["else"], base))))
    return terms.both(-each for each in wrong)


#: keyword -> the set of values that it accepts, other keywords of its schema aside.
KEYWORDS: dict[str, Read] = {
    "$ref": lambda reader, _schema, value, base: reader.referred(value, base),
    "type": _type,
    "enum": lambda reader, _schema, value, _base: reader.terms.values(value),
    "const": lambda reader, _schema, value, _base: reader.terms.values([value]),
    "minimum": _bound(strict=False, lower=True),
    "exclusiveMinimum": _bound(strict=True, lower=True),
    "maximum": _bound(strict=False, lower=False),
    "exclusiveMaximum": _bound(strict=True, lower=False),
    "multipleOf": _multiple,
    "minLength": _least("string"),
    "maxLength": _most("string"),
    "pattern": _pattern,
    "minItems": _least("array"),
    "maxItems": _most("array"),
    "uniqueItems": _unique,
    "prefixItems": _prefix,
    "items": _items,
    "contains": _contains,
    "minProperties": _least("object"),
    "maxProperties": _most("object"),
    "required": _required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": lambda reader, _schema, value, base: -reader.term(value, base),
    "if": _if,
}
