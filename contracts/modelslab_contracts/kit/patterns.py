"""Texts that match a pattern: a walk over what Python's own parser makes of it, shortest first.

What a walk cannot know (a look-ahead, a back reference) is checked afterwards, so nothing wrong is ever drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from .chance import Chance, DrawError, lean, pick

_TRIES = 20
_MANY = 3  # how far beyond its least count a repetition goes
_PRINTABLE = tuple(map(chr, (*range(97, 123), *range(48, 58), *range(65, 91), *range(33, 48), *range(58, 65), 95, 32)))
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda each: each.isalnum() or each == "_",
}


def matching(chance: Chance, pattern: re.Pattern[str]) -> str:
    """A text in which the pattern is found. Raises DrawError when none was met."""
    parsed = _parsed(pattern)
    for _ in range(_TRIES):
        text = _walk(chance, parsed)
        if pattern.search(text):
            return text
    raise DrawError(f"no text was found that matches {pattern.pattern}")


@lru_cache(maxsize=256)
def _parsed(pattern: re.Pattern[str]) -> Sequence[Any]:
    reader: Any = import_module("re._parser")  # as Hypothesis does: the one parser that reads what `re` reads
    parsed: Sequence[Any] = reader.parse(pattern.pattern, pattern.flags)
    return parsed


def _walk(chance: Chance, nodes: Iterable[Any]) -> str:
    return "".join(_text(chance, str(code), given) for code, given in nodes)


def _text(chance: Chance, code: str, given: Any) -> str:
    draw = _DRAWS.get(code)
    return draw(chance, given) if draw else ""  # an anchor, or something that only a check can know


def _repeated(chance: Chance, given: Any) -> str:
    least, most, inner = given
    count = least + lean(chance, range(min(int(most) - least, _MANY) + 1))
    return "".join(_walk(chance, inner) for _ in range(count))


def _one_of(chance: Chance, given: Sequence[Any]) -> str:
    return pick(chance, _members(tuple(given)))


@lru_cache(maxsize=256)
def _members(given: tuple[Any, ...]) -> Sequence[str]:
    """The characters of a class: printable ones of ASCII, else the first of what it names, else one that may fit."""
    held = [(str(code), value) for code, value in given if str(code) != "NEGATE"]
    found = [one for one in _PRINTABLE if any(_is_in(one, code, value) for code, value in held) == (len(held) == len(given))]
    named = [chr(value[0] if code == "RANGE" else value) for code, value in held if code in ("RANGE", "LITERAL")]
    return found or named or ["é"]


def _is_in(one: str, code: str, value: Any) -> bool:
    if code == "RANGE":
        return bool(value[0] <= ord(one) <= value[1])
    if code == "CATEGORY":
        name = str(value)
        test = _CATEGORIES.get(name.replace("_NOT_", "_"))
        return test is not None and test(one) != ("_NOT_" in name)
    return bool(code == "LITERAL" and value == ord(one))


_DRAWS: dict[str, Callable[[Chance, Any], str]] = {
    "LITERAL": lambda _, given: chr(given),
    "NOT_LITERAL": lambda chance, given: pick(chance, [each for each in _PRINTABLE if ord(each) != given]),
    "ANY": lambda chance, _: pick(chance, _PRINTABLE),
    "IN": _one_of,
    "BRANCH": lambda chance, given: _walk(chance, pick(chance, given[1])),
    "SUBPATTERN": lambda chance, given: _walk(chance, given[3]),
    "ATOMIC_GROUP": _walk,
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "POSSESSIVE_REPEAT": _repeated,
}
