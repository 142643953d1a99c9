"""Probes: what a server is tried with, by number, for one endpoint, profile and seed. No line knows an endpoint.

Number 0 is the smallest order. Then the clauses of all fields have their turns, kept and broken, in an order that the seed
draws; a clause that comes round again has its next value. So the first round holds each boundary itself and what lies next to
it, whatever the seed. Between them come orders at large, fields that the page does not have, and what is no order at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ...endpoint import Endpoint
from ..chance import Dice, Simplest, lean, shuffled
from ..orders import Asked, FieldWays, OrderTable, order_table
from ..values import Way, as_sent

#: How the body is spelled, and with which key: `plain` is JSON with the key that the check was given.
Spelling = Literal["plain", "no-key", "empty-key", "cut", "list", "empty"]
SPELLINGS: tuple[Spelling, ...] = ("plain", "no-key", "empty-key", "cut", "list", "empty")
#: Whether a contract takes it. An unknown field is neither promised nor forbidden.
Means = Literal["taken", "refused", "either"]
MEANS: Mapping[str, Means] = {"valid": "taken", "edge": "taken", "invalid": "refused", "unknown": "either"}

#: The field that makes a server call somebody: never sent in an order that is meant to be taken.
_WEBHOOK = "webhook"
#: What makes a job long, so that it is queued: the most and the largest pictures.
_LARGE = ("samples", "width", "height")
_LATER = "instant_response"
#: Of six probes, which keep a clause, break one, are something else; the last is an order at large.
_CYCLE = 6
_PLACES: Mapping[str, tuple[int, ...]] = {"edge": (0, 3), "spoiled": (1, 4), "other": (2,)}
_EDGES, _SPOILED, _OTHERS = 0xED6E, 0x5B01, 0x07E5


class Probe(NamedTuple):
    """One try. `number` is its own, and says what is done beside it, so that the same number does the same again."""

    asked: Asked
    spelling: Spelling = "plain"
    number: int = 0

    @property
    def means(self) -> Means:
        """What the contract says to it."""
        return MEANS[self.asked.kind] if self.spelling == "plain" else "refused"

    @property
    def is_looked_at_closely(self) -> bool:
        """Whether its job is asked for with somebody else's key as well, and one of its pictures is looked at."""
        return self.number % 3 == 0

    @property
    def asks_for_no_job(self) -> bool:
        """Whether, where it comes to no job, one is asked for that there is not."""
        return self.number % 4 == 0 and self.spelling == "plain"


class Turn(NamedTuple):
    """A clause of a field, and the values that keep it on its edge, or break it, the nearest first. In round n comes value
    `first` + n × `step`: fields of one kind share out values of other types among them, which are many and alike.
    """

    ways: FieldWays
    values: tuple[Way, ...]
    first: int = 0
    step: int = 1

    def way(self, turn: int) -> Way:
        """The value of a round."""
        return self.values[(self.first + turn * self.step) % len(self.values)]


class Probes(NamedTuple):
    """Probes by number."""

    orders: OrderTable
    edges: tuple[Turn, ...]
    spoiled: tuple[Turn, ...]
    seed: int

    def probe(self, number: int) -> Probe:
        """The probe of a number, from 0."""
        if not number:
            return Probe(self._as_taken(self.orders.draw(Simplest())), number=0)
        turn, place = divmod(number - 1, _CYCLE)
        chance = Dice(self.seed, number)
        if place in _PLACES["edge"] and self.edges:
            each, rounds = _turn_of(self.edges, self.seed ^ _EDGES, 2 * turn + _PLACES["edge"].index(place))
            asked = self.orders.edge(chance, each.ways, each.way(rounds))
            return Probe(self._as_taken(asked), number=number)
        if place in _PLACES["spoiled"] and self.spoiled:
            each, rounds = _turn_of(self.spoiled, self.seed ^ _SPOILED, 2 * turn + _PLACES["spoiled"].index(place))
            return Probe(self._spoiled(chance, each.ways, each.way(rounds)), number=number)
        if place in _PLACES["other"]:
            return self._other(chance, turn, number)
        asked = self._as_taken(self.orders.draw(chance))
        return Probe(self._large(asked, chance) if turn % 2 == 0 else asked, number=number)

    def probes(self, count: int) -> Iterator[Probe]:
        """The first so many."""
        return map(self.probe, range(count))

    def _other(self, chance: Dice, turn: int, number: int) -> Probe:
        """What is neither plainly right nor wrong in one field."""
        others: Sequence[Any] = ("unknown", *SPELLINGS[1:])
        word, _ = _turn_of(others, self.seed ^ _OTHERS, turn)
        if word == "unknown":
            return Probe(self._as_taken(self.orders.draw(chance, "unknown")), number=number)
        return Probe(self._as_taken(self.orders.draw(Simplest())), word, number)

    def _spoiled(self, chance: Dice, ways: FieldWays, way: Way) -> Asked:
        asked = self.orders.broken(chance, ways, way)
        return asked if ways.field.name == _WEBHOOK else self._as_taken(asked)

    def _as_taken(self, asked: Asked) -> Asked:
        """Without what would make the server call somebody."""
        if _WEBHOOK not in asked.request or asked.about[:1] == (_WEBHOOK,):
            return asked
        return _with(asked, {each: held for each, held in asked.request.items() if each != _WEBHOOK})

    def _large(self, asked: Asked, chance: Dice) -> Asked:
        """As much as the contract allows, or to be answered later, so that there is something to fetch."""
        field = self.orders.endpoint.field
        if _LATER in field and lean(chance, (True, False)):
            return _with(asked, {**asked.request, _LATER: as_sent(field[_LATER], True)}, _LATER)
        most = {name: int(field[name].maximum or 0) for name in _LARGE if name in field and field[name].maximum}
        return _with(asked, {**asked.request, **most}, *most)


def probes_of(endpoint: str | Endpoint, seed: int = 0, profile: str = "documented") -> Probes:
    """The probes of an endpoint. Raises DrawError for a name that there is not."""
    orders = order_table(endpoint, profile)
    respelled = ((ways, way._replace(clause="spelling")) for ways in orders.fields for way in ways.respelled)
    kept = [(ways, way) for ways, way in (*orders.edges, *respelled) if ways.field.name != _WEBHOOK]
    return Probes(orders, _turns(kept), _turns(orders.spoiled), seed)


def _turns(found: Sequence[tuple[FieldWays, Way]]) -> tuple[Turn, ...]:
    turns: dict[tuple[str, str], tuple[FieldWays, list[Way]]] = {}
    for ways, way in found:
        turns.setdefault((ways.field.name, way.clause), (ways, []))[1].append(way)
    alike: dict[str, list[Turn]] = {}
    for (name, clause), (ways, values) in turns.items():
        is_type = clause == "type"
        turn = Turn(ways, tuple(_one_of_each_type(values) if is_type else values))
        alike.setdefault(ways.field.kind if is_type else f"{name} {clause}", []).append(turn)
    return tuple(each._replace(first=first, step=len(group)) for group in alike.values() for first, each in enumerate(group))


def _one_of_each_type(values: Sequence[Way]) -> list[Way]:
    """The values, the first of each JSON type before the second of any."""
    met = Counter[type]()
    placed = []
    for each in values:
        kind = type(each.draw(Simplest()))
        placed.append((met[kind], each))
        met[kind] += 1
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


def _turn_of(items: Sequence[Any], seed: int, number: int) -> tuple[Any, int]:
    """Whose turn it is, when all come round in an order of each round's own, and which round it is."""
    turn, place = divmod(number, len(items))
    return items[shuffled(Dice(seed, -1 - turn), range(len(items)))[place]], turn


def _with(asked: Asked, request: dict[str, Any], *changed: str) -> Asked:
    """The same try with another request; what was to be noticed of members that changed or went is not."""
    noticed = tuple(each for each in asked.noticed if each[0] in request and each[0] not in changed)
    return asked._replace(request=request, noticed=noticed)
