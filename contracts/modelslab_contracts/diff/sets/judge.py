"""Is one value in a set? True, False, or None where engines have two opinions or nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from .patterns import found_in
from .terms import (
    Again,
    All,
    Has,
    Item,
    Kinds,
    Many,
    Matches,
    Opaque,
    Over,
    Predicate,
    Repeats,
    Rest,
    Size,
    Some,
    Step,
    Terms,
    Values,
)  # fmt: skip
from .values import kind_of, text_of

_DEEPEST = 200


def judge(terms: Terms, value: Any, term: int, depth: int = 0) -> bool | None:
    """Whether `value` is in the set of `term`."""
    if depth > _DEEPEST:
        return None
    predicate = terms[term]
    if isinstance(predicate, Again):
        return judge(terms, value, terms.follow(term), depth + 1)
    if isinstance(predicate, All):
        held = every(judge(terms, value, part, depth + 1) for part in predicate.parts)
    else:
        held = _holds(value, predicate, lambda inner, each: judge(terms, each, inner, depth + 1))
    return held if term > 0 or held is None else not held


def every(answers: Iterable[bool | None]) -> bool | None:
    """Whether all are true; False counts more than a doubt."""
    doubt = False
    for answer in answers:
        if answer is False:
            return False
        doubt = doubt or answer is None
    return None if doubt else True


def is_multiple(number: float, step: Step) -> bool | None:
    """Whether a number is a multiple; None where decimal and binary arithmetic differ."""
    decimal = (Fraction(repr(number)) / step.step).denominator == 1
    if not step.vague:
        return decimal
    try:
        quotient = number / float(step.step)
        binary = int(quotient) == quotient
    except (OverflowError, ZeroDivisionError):
        return None
    return decimal if decimal == binary else None


def _holds(value: Any, predicate: Predicate, ask: Callable[[int, Any], bool | None]) -> bool | None:
    kind = kind_of(value)
    match predicate:
        case Kinds(kinds):
            return kind in kinds
        case Values(texts):
            return text_of(value) in texts
        case Opaque():
            return None
        case Size(area, least):
            return kind == area and len(value) >= least
        case Over() | Step():
            return kind in ("integer", "fraction") and _holds_of_number(value, predicate)
        case Matches(pattern) if kind == "string":
            return found_in(pattern, value)
        case Has(name, inner) if kind == "object":
            return ask(inner, value[name]) if name in value else False
        case Some(names, inner) if kind == "object":
            return _any(every((ask(names, name), ask(inner, each))) for name, each in value.items())
        case _ if kind == "array":
            return _holds_of_array(value, predicate, ask)
        case _:
            return False


def _holds_of_number(value: float, predicate: Over | Step) -> bool | None:
    if isinstance(predicate, Step):
        return is_multiple(value, predicate)
    return value > predicate.bound if predicate.strict else value >= predicate.bound


def _holds_of_array(value: list[Any], predicate: Predicate, ask: Callable[[int, Any], bool | None]) -> bool | None:
    match predicate:
        case Item(index, inner):
            return ask(inner, value[index]) if index < len(value) else False
        case Rest(start, inner):
            return _any(ask(inner, each) for each in value[start:])
        case Many(inner, least):
            answers = [ask(inner, each) for each in value]
            if answers.count(True) >= least:
                return True
            return None if len(answers) - answers.count(False) >= least else False
        case _:  # Repeats; the predicates of other kinds are false of arrays
            return isinstance(predicate, Repeats) and len({text_of(each) for each in value}) < len(value)


def _any(answers: Iterable[bool | None]) -> bool | None:
    denied = every(None if each is None else not each for each in answers)
    return None if denied is None else not denied
