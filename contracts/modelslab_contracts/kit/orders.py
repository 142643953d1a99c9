"""Orders: requests as the kit asks a client for them, drawn from the field table of a contract. No line knows an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..contract import endpoints
from ..endpoint import Endpoint, Field
from ..field_reader import ABSENT
from ..nearest import did_you_mean
from ..profiles import PROFILES
from .chance import Chance, DrawError, lean, pick
from .edges import edges
from .spoiled import spoiled
from .texts import text
from .values import Choice, Way, plain, respelled

Kind = Literal["valid", "edge", "invalid", "unknown"]
#: Of eight values so many are on an edge, and so many respelled; the rest is plain.
_ON_AN_EDGE, _RESPELLED = 2, 1
#: An optional field comes when a throw below 64 reaches the bar: none of them, few, each second one, nearly all.
_NONE = 64
_BARS = (_NONE, 60, 32, 1)


class Asked(NamedTuple):
    """A request without its key, and what reading it must say.

    `about` is empty for a valid one; for an edge it is (field, keyword of the clause), for an invalid or unknown one
    (field, rule). `noticed` holds every (field, rule) that reading notes on the way. `later` says how many seconds after the
    first caller others ask for the same, each with a key of its own; `left_after` that the caller goes away so many seconds
    after it asked.
    """

    request: dict[str, Any]
    kind: Kind = "valid"
    about: tuple[str, ...] = ()
    noticed: tuple[tuple[str, str], ...] = ()
    later: tuple[float, ...] = ()
    left_after: float | None = None

    @property
    def is_from_one(self) -> bool:
        """Whether one caller asks, and waits for what comes."""
        return not self.later and self.left_after is None

    def without(self, names: Collection[str]) -> Asked:
        """The same, with these fields left out; it is about none of them any more."""
        if not names:
            return self
        request = {name: value for name, value in self.request.items() if name not in names}
        noticed = tuple(each for each in self.noticed if each[0] not in names)
        is_plain = self.about[:1] and self.about[0] in names
        return Asked(request, "valid" if is_plain else self.kind, () if is_plain else self.about, noticed)


class FieldWays(NamedTuple):
    """All ways to choose a value for one field under one profile."""

    field: Field
    plain: tuple[Way, ...]
    respelled: tuple[Way, ...]
    edges: tuple[Way, ...]
    spoiled: tuple[Way, ...]


class OrderTable(NamedTuple):
    """An endpoint as it is drawn from under one profile: its fields in the order of the page."""

    endpoint: Endpoint
    fields: tuple[FieldWays, ...]
    edges: tuple[tuple[FieldWays, Way], ...]
    spoiled: tuple[tuple[FieldWays, Way], ...]
    strangers: tuple[str, ...]

    def draw(self, chance: Chance, kind: Kind = "valid") -> Asked:
        """One request of a kind."""
        return KINDS[kind](self, chance)

    def edge(self, chance: Chance, ways: FieldWays, way: Way) -> Asked:
        """A valid request in which one field is on an edge, in this way."""
        asked = _put_together(self, chance, "edge", ways, way)
        return asked._replace(about=(ways.field.name, way.clause))

    def broken(self, chance: Chance, ways: FieldWays, way: Way) -> Asked:
        """A request in which one clause of one field is broken, in this way."""
        selector = self.endpoint.selector
        # Without what chooses this contract its URL's default one reads the request: then nothing but what every one needs.
        is_alone = selector is not None and selector[0] == ways.field.name
        asked = _put_together(self, chance, "invalid", ways, way, _NONE if is_alone else None)
        return asked._replace(about=(ways.field.name, way.rule))


def draw_asked(
    chance: Chance, endpoint: str | Endpoint, profile: str = "documented", kind: Kind = "valid", without: Collection[str] = ()
) -> Asked:
    """A request of an endpoint: `kind` is valid, edge, invalid or unknown (a field that the page does not have); `without`
    names fields that are never sent. Raises DrawError for a name that there is not.
    """
    return order_table(endpoint, profile, without).draw(chance, known(kind, KINDS, "kind of request"))


def order_table(endpoint: str | Endpoint, profile: str = "documented", without: Collection[str] = ()) -> OrderTable:
    """What requests of an endpoint are drawn from. Raises DrawError for a name that there is not."""
    found = endpoint_named(endpoint)
    known(profile, PROFILES, "profile")
    if isinstance(without, str):
        raise DrawError(f"without takes a list of fields, as in without=[{without!r}]")
    for name in without:
        if found.field[known(name, found.field, f"field of {found.name}")].required:
            raise DrawError(f"{found.name} requires {name}: no request goes without it")
    return _table(found, profile, frozenset(without))


def endpoint_named(endpoint: str | Endpoint) -> Endpoint:
    """The endpoint of a name; one that is given as it is may come from any document. Raises DrawError."""
    return endpoint if isinstance(endpoint, Endpoint) else endpoints()[known(endpoint, endpoints(), "endpoint")]


def known(name: Any, names: Collection[Any], what: str) -> Any:
    """`name`, one of the names. Raises DrawError naming the nearest."""
    if name not in names:
        raise DrawError(f"unknown {what} {name!r}{did_you_mean(str(name), map(str, names))}")
    return name


@lru_cache(maxsize=256)
def _table(endpoint: Endpoint, profile_name: str, without: frozenset[str]) -> OrderTable:
    profile = PROFILES[profile_name]
    fields = []
    for field in endpoint.fields:
        choice = choice_of(endpoint, field)
        if field.name not in without:
            ways = (plain(field, choice), respelled(field, profile), edges(field, profile, choice), spoiled(field, profile))
            fields.append(FieldWays(field, *ways))
    return OrderTable(
        endpoint,
        tuple(fields),
        tuple((each, way) for each in fields for way in each.edges),
        tuple((each, way) for each in fields for way in each.spoiled),
        _strangers(endpoint),
    )


def choice_of(endpoint: Endpoint, field: Field) -> Choice:
    """What a text of this field must and must not be, so that the URL leads to this contract and to no other one."""
    rivals = [
        each.selector
        for each in endpoints().values()
        if each.name != endpoint.name and each.selector and each.submit.path == endpoint.submit.path
    ]
    own = endpoint.selector
    return Choice(
        own[1] if own and own[0] == field.name else None,
        () if own else tuple(pattern for name, pattern in rivals if name == field.name),
    )


def _strangers(endpoint: Endpoint) -> tuple[str, ...]:
    """Names that the page does not have: as its own are often misspelled, and some from elsewhere."""
    made = [spell(each.name) for each in endpoint.fields for spell in (_camel, str.upper, _without_last, _dashed)]
    elsewhere = [each.name for other in endpoints().values() for each in other.fields]
    names = dict.fromkeys([*made, *elsewhere, "extra", "n", "model", "api_key_hint", "", "a/b~c"])
    return tuple(each for each in names if each not in endpoint.field and each != "key")


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(map(str.title, tail))


def _without_last(name: str) -> str:
    return name[:-1]


def _dashed(name: str) -> str:
    return name.replace("_", "-")


# --- kinds --------------------------------------------------------------------------------------------------------------


def _valid(table: OrderTable, chance: Chance) -> Asked:
    return _put_together(table, chance, "valid")


def _edge(table: OrderTable, chance: Chance) -> Asked:
    return table.edge(chance, *pick(chance, table.edges))


def _invalid(table: OrderTable, chance: Chance) -> Asked:
    return table.broken(chance, *pick(chance, table.spoiled))


def _unknown(table: OrderTable, chance: Chance) -> Asked:
    name = pick(chance, table.strangers)
    asked = _put_together(table, chance, "unknown")
    values: tuple[Any, ...] = (1, "yes", None, True, 0.5, [], {}, text(chance))
    rule = "request/unknown-field"
    request = {**asked.request, name: pick(chance, values)}
    return Asked(request, "unknown", (name, rule), (*asked.noticed, (name, rule)))


#: How a request of each kind is drawn.
KINDS: Mapping[str, Callable[[OrderTable, Chance], Asked]] = {
    "valid": _valid,
    "edge": _edge,
    "invalid": _invalid,
    "unknown": _unknown,
}


def _put_together(
    table: OrderTable,
    chance: Chance,
    kind: Kind,
    subject: FieldWays | None = None,
    way: Way | None = None,
    bar: int | None = None,
) -> Asked:
    """The request of what is required and of those optional fields that reach the bar, `subject` chosen in its way."""
    bar = lean(chance, _BARS) if bar is None else bar
    request: dict[str, Any] = {}
    noticed: list[tuple[str, str]] = []
    for each in table.fields:
        if each is subject and way is not None:
            chosen = way
        elif each.field.required or (bar < _NONE and chance.below(_NONE) >= bar):
            chosen = _way(each, chance)
        else:
            continue
        value = chosen.draw(chance)
        if value is not ABSENT:
            request[each.field.name] = value
        noticed += [(each.field.name, rule) for rule in chosen.noticed]
    return Asked(request, kind, (), tuple(noticed))


def _way(ways: FieldWays, chance: Chance) -> Way:
    throw = 7 - chance.below(8)
    if throw < _RESPELLED and ways.respelled:
        return pick(chance, ways.respelled)
    if throw < _RESPELLED + _ON_AN_EDGE and ways.edges:
        return lean(chance, ways.edges)
    return lean(chance, ways.plain)
