"""Rules about what only who drove the server can know: what was sent on purpose, what never came, what a picture is.

What is wrong with an answer, and with the answers about one job, say the rules of a road (`kit/server_rules/`), which a
recording is judged by as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from ..row import Broken, PlainRow, entering, in_order
from ..server_rule import ServerRule, server_rules
from .visit import Visit


@dataclass(frozen=True, slots=True)
class DrivenRule(PlainRow[Visit]):
    """A rule of a visit."""


#: Every rule of a visit by id, as far as its room is loaded.
DRIVEN_RULES: dict[str, DrivenRule] = {}

Check = Callable[[Visit], Iterable[Broken]]


def rule(id_: str, *, when: Callable[[Visit], bool], basis: str, masked_by: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""
    return entering(DRIVEN_RULES, lambda check: DrivenRule(id_, when, check, basis, masked_by))


@cache
def all_rules() -> dict[str, ServerRule | DrivenRule]:
    """Every rule that a server is judged by, with each room loaded, in the order of `findings.py`."""
    from . import rooms

    assert rooms
    known: dict[str, ServerRule | DrivenRule] = {**server_rules(), **DRIVEN_RULES}
    return in_order(known)
