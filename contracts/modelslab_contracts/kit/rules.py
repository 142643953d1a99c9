"""The rules that a client is judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from .row import Broken, PlainRow, entering, in_order
from .run import Run

__all__ = ["CLIENT_RULES", "SENT", "Broken", "ClientRule", "Of", "client_rules", "rule"]

#: Which runs a rule is about: those of one caller who hears of the job by asking, of one who is told of it by a webhook, of
#: several at once, of one who went away.
Of = Literal["one", "told", "several", "gone"]
_ONE: tuple[Of, ...] = ("one",)
#: Runs in which a rule about what a client sends can judge: whatever came of it.
SENT: tuple[Of, ...] = ("one", "told")


@dataclass(frozen=True, slots=True)
class ClientRule(PlainRow[Run]):
    """A rule of a run. `needs` is what a client must do at all to be judged by it, `of` says which runs it is about."""

    needs: tuple[str, ...]
    of: tuple[Of, ...]


#: Every rule of a client by id, as far as its room is loaded.
CLIENT_RULES: dict[str, ClientRule] = {}

Check = Callable[[Run], Iterable[Broken]]


def rule(
    id_: str,
    *,
    when: Callable[[Run], bool],
    basis: str,
    needs: tuple[str, ...] = (),
    masked_by: tuple[str, ...] = (),
    of: tuple[Of, ...] = _ONE,
) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""
    return entering(CLIENT_RULES, lambda check: ClientRule(id_, when, check, basis, masked_by, needs, of))


@cache
def client_rules() -> dict[str, ClientRule]:
    """The catalogue, with every room of it loaded, in the order of `findings.py`."""
    from . import client_rules as rooms

    assert rooms
    return in_order(CLIENT_RULES)
