"""The values of one field, compiled from its clauses: right as they stand, and respelled so that they are read as such."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..endpoint import Field
from ..inference.sample import sample
from ..profiles import Profile
from . import texts
from .chance import Chance, one_in, pick
from .clauses import Grid, broken, grid_of
from .patterns import matching

_SMALL = 100
EXACT = 2**53  # beyond it a float is not every whole number


class Way(NamedTuple):
    """One way to choose a value. `clause` is the keyword of the schema that it is about, `rule` the one that refuses it ("":
    none does), `noticed` the rules that note it.
    """

    clause: str
    draw: Callable[[Chance], Any]
    noticed: tuple[str, ...] = ()
    rule: str = ""


class Choice(NamedTuple):
    """Which contract a text chooses where several share a URL: what has to be found in it, and what must not be."""

    wanted: re.Pattern[str] | None = None
    unwanted: tuple[re.Pattern[str], ...] = ()


FREE = Choice()
TEXT_READ = "request/text-read-as-number"


def just(value: Any) -> Callable[[Chance], Any]:
    """Always the same value."""
    return lambda _: value


def plain(field: Field, choice: Choice = FREE) -> tuple[Way, ...]:
    """Values that are right under every profile, the simplest first."""
    ways = [Way("type", draw) for draw in _PLAIN.get(field.kind, _any)(field, choice)]
    if field.default is not None and not broken_as_sent(field, field.default):
        ways.insert(0, Way("default", just(as_sent(field, field.default))))
    ways[:0] = [Way("example", just(each)) for each in field.schema.get("examples", ())]
    if field.nullable and not field.required:
        ways.append(Way("null", just(None)))
    return tuple(ways)


def respelled(field: Field, profile: Profile) -> tuple[Way, ...]:
    """Values that are read as what they mean, and noted, where the profile coerces."""
    if not profile.coerces:
        return ()
    ways: list[Way] = []
    if field.kind in ("integer", "number"):
        numbers = _numbers(field, FREE)[0]
        ways.append(Way("type", lambda chance: number_text(chance, numbers(chance)), (TEXT_READ,)))
    if field.kind == "flag":
        ways += [Way("type", just(each), ("request/flag-respelled",)) for each in OTHER_FLAGS[is_yes_no(field)]]
    if not field.nullable and not field.required:
        ways.append(Way("null", just(None), ("request/null-read-as-absent",)))
    return tuple(ways)


def number_text(chance: Chance, number: float) -> str:
    """A number as people write it into a form: its digits, seldom with zeros around them."""
    plain_text = f"{number:.2f}" if isinstance(number, float) and not number.is_integer() else str(int(number))
    if not one_in(chance, 4):
        return plain_text
    if "." in plain_text:
        return plain_text + "0"
    return plain_text.replace("-", "-0") if number < 0 else "0" + plain_text if len(plain_text) < 19 else plain_text


#: What stands for true and false in the dialect that is not the field's own, by whether that is yes and no.
OTHER_FLAGS = {
    True: (True, False, "true", "false", "YES", "No", "TRUE"),
    False: ("yes", "no", "true", "false", "YES", "False"),
}


def is_yes_no(field: Field) -> bool:
    """Whether a flag is spelled yes and no."""
    return "boolean" not in field.schema.get("type", ())


def as_sent(field: Field, value: Any) -> Any:
    """A value of the field table as it comes on the wire."""
    return ("yes" if value else "no") if field.kind == "flag" and is_yes_no(field) else value


def broken_as_sent(field: Field, value: Any) -> bool:
    """Whether a value of the field table breaks the field's own clauses."""
    return field.kind != "flag" and bool(broken(field, value))


# --- right values, by kind ----------------------------------------------------------------------------------------------


def _numbers(field: Field, _: Choice) -> list[Callable[[Chance], Any]]:
    if field.allowed is not None:
        return [lambda chance: pick(chance, field.allowed or ())]
    grid = grid_of(field)
    draws: list[Callable[[Chance], Any]] = []
    first = min(max(grid.low, 0), grid.high)
    if grid.high - grid.low > 10 * _SMALL:
        draws.append(lambda chance: grid.at(first + chance.below(min(_SMALL, grid.high - first + 1))))
    draws.append(lambda chance: _turned(grid, first, chance.below(grid.high - grid.low + 1)))
    draws.append(lambda chance: _whole(grid, first, chance))
    return draws


def _turned(grid: Grid, first: int, index: int) -> Any:
    """The number of an index when they are counted from `first`, and from the low end after the high one."""
    return grid.at(first + index if first + index <= grid.high else grid.low + index - (grid.high - first + 1))


def _whole(grid: Grid, first: int, chance: Chance) -> Any:
    """A whole number in the other spelling that JSON has for it: 512.0, or 7 where 7.5 could stand."""
    value = _turned(grid, first, chance.below(grid.high - grid.low + 1))
    if grid.down > 1:
        low, high = -(-grid.low // grid.down), grid.high // grid.down
        return max(low, min(high, int(value))) if low <= high else value
    return float(value) if abs(value) <= EXACT else value


def _flags(field: Field, _: Choice) -> list[Callable[[Chance], Any]]:
    return [lambda chance: pick(chance, ("yes", "no") if is_yes_no(field) else (True, False))]


def _texts(field: Field, choice: Choice) -> list[Callable[[Chance], Any]]:
    if field.allowed is not None:
        return [lambda chance: pick(chance, field.allowed or ())]
    if field.pattern is not None:
        pattern = field.pattern
        return [lambda chance: matching(chance, pattern)]
    return [fitting_text(field, choice, each) for each in (just(texts.SHORT[0]), texts.text)]


def fitting_text(field: Field, choice: Choice, draw: Callable[[Chance], str]) -> Callable[[Chance], str]:
    """Texts of a drawn kind that are long enough, not too long, and choose this contract."""
    most = field.schema.get("maxLength")

    def fitted(chance: Chance) -> str:
        text = draw(chance)
        if choice.wanted is not None and not choice.wanted.search(text):
            text = matching(chance, choice.wanted) + ("" if text == texts.SHORT[0] else text)
        if any(each.search(text) for each in choice.unwanted):
            text = texts.SHORT[0]
        return text.ljust(field.min_length, ".")[:most]

    return fitted


def _urls(_field: Field, _: Choice) -> list[Callable[[Chance], Any]]:
    return [lambda chance: pick(chance, texts.URLS)]


def _any(field: Field, _: Choice) -> list[Callable[[Chance], Any]]:
    return [lambda chance: sample(field.schema, chance, shown=False)]


_PLAIN: dict[str, Callable[[Field, Choice], list[Callable[[Chance], Any]]]] = {
    "integer": _numbers,
    "number": _numbers,
    "flag": _flags,
    "text": _texts,
    "url": _urls,
}
