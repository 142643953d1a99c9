"""Who may call: what a call asks a caller to prove, in two versions. A scheme is known by what it is, not by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..json_pointer import escaped
from ..lint_subject import mapping
from .envelope import Change
from .view import Version
from .walk import Call, Pair, Standing

_ABOUT = ("description", "summary")
#: What the field of a body is called that holds a key, without its separators.
_KEYS = re.compile(r"(api)?(key|token)")


class Proof(NamedTuple):
    """One scheme as a call asks for it: its kind, where it travels, all that is said of it, its scopes."""

    kind: str
    place: str
    definition: str
    scopes: frozenset[str]


Need = frozenset[Proof]


def secured(old: Version, new: Version, call: Call) -> Iterator[Change]:
    """What a caller has to prove more, or otherwise."""
    for each in _changed(old, new, call):
        if any("security" in mapping(place[1]) for place in call.operation if place) or "body" in each.was + each.says:
            yield each
        else:  # said once for all calls
            yield each._replace(where="/security", pair=Pair(*(("/security", version.subject.root) for version in (old, new))))


def _changed(old: Version, new: Version, call: Call) -> Iterator[Change]:
    before, after = _needs(old, call, 0), _needs(new, call, 1)
    keys = _keys(old, call, 0), _keys(new, call, 1)
    if before == after and keys[0] == keys[1]:
        return
    places = [_places(before, keys[0]), _places(after, keys[1])]
    if places[0] and places[1] and not places[0] & places[1]:
        was, became = (" or ".join(sorted(_where(place) for place in each)) for each in places)
        yield Change("key-moved", call.name, call.operation, became, was)
        return
    lost = [need for need in before if not any(_asks_no_more(other, need) for other in after)]
    won = [need for need in after if not any(_asks_no_more(other, need) for other in before)]
    if lost:
        row = _row(lost, after, is_open=frozenset() in before)
        yield Change(row, call.name, call.operation, _told(after), _told(before))
    elif won:
        yield Change(_loosened(won, before), call.name, call.operation, _told(after), _told(before))


def _loosened(won: list[Need], before: frozenset[Need]) -> str:
    """Which row it is when a caller gets on with something that was not enough."""
    less = [(need, each) for need in won for each in before if _asks_no_more(need, each)]
    if not less:
        return "security-alternative-added"
    same = all({_bare(each) for each in need} == {_bare(each) for each in other} for need, other in less)
    return "scope-removed" if same else "security-removed"


def _asks_no_more(one: Need, other: Need) -> bool:
    """Whether a caller that proves `other` has proved `one`."""
    return all(any(_bare(each) == _bare(has) and each.scopes <= has.scopes for has in other) for each in one)


def _bare(proof: Proof) -> Proof:
    return proof._replace(scopes=frozenset())


def _row(lost: list[Need], after: frozenset[Need], *, is_open: bool) -> str:
    if is_open:
        return "security-added"
    bare = {frozenset(_bare(each) for each in need) for need in after}
    same = any(frozenset(_bare(each) for each in need) in bare for need in lost)
    return "scope-added" if same else "security-changed"


def _needs(version: Version, call: Call, side: int) -> frozenset[Need]:
    """The alternatives of what a call asks for; the empty one where it asks for nothing."""
    place = call.operation[side]
    root = version.subject.root
    listed = mapping(place[1]).get("security", root.get("security")) if place else None
    schemes = mapping(mapping(root.get("components")).get("securitySchemes"))
    found = [
        frozenset(_proof(version, name, schemes.get(name), scopes) for name, scopes in mapping(each).items())
        for each in (listed if isinstance(listed, list) else ())
    ]
    return frozenset(found or [frozenset()])


def _proof(version: Version, name: str, scheme: Any, scopes: Any) -> Proof:
    node = dict(version.subject.resolved(scheme))
    listed = frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset[str]()
    if not node:
        return Proof("unknown", name, name, listed)
    kind = str(node.get("type"))
    place = f"{node.get('in')} {node.get('name')}" if kind == "apiKey" else "header Authorization"
    place = place.lower() if place.startswith("header") else place  # the case of a header means nothing
    about = {key: value for key, value in node.items() if key not in _ABOUT}
    if "flows" in about:
        about["flows"] = {
            flow: {key: each for key, each in mapping(said).items() if key != "scopes"}
            for flow, said in mapping(about["flows"]).items()
        }
    return Proof(kind, place, json.dumps(about, sort_keys=True, default=str), listed)


def _keys(version: Version, call: Call, side: int) -> frozenset[str]:
    """The fields of a body that hold a key, told as places; only where the document has no better way to say so."""
    place = call.operation[side]
    body = version.subject.followed(f"{place[0]}/requestBody", place[1].get("requestBody")) if place else ("", {})
    found: set[str] = set()
    for media, each in mapping(body[1].get("content")).items():
        standing = Standing(f"{body[0]}/content/{escaped(media)}/schema", mapping(each).get("schema", True))
        names = version.whole(standing).properties
        found |= {f"body {name}" for name in names if _KEYS.fullmatch(re.sub(r"[^a-z]", "", name.lower()))}
    return frozenset(found)


def _places(needs: frozenset[Need], keys: frozenset[str]) -> frozenset[str]:
    """Where one key travels; nothing where a call asks for several things at once, or for none."""
    single = frozenset(next(iter(need)).place for need in needs if len(need) == 1)
    return single | keys


def _where(place: str) -> str:
    where, _, name = place.partition(" ")
    return f"the key in the {where} as {name!r}"


def _told(needs: frozenset[Need]) -> str:
    if needs == {frozenset()}:
        return "open to everybody"
    said = (" and ".join(sorted(_named(each) for each in need)) or "nothing" for need in needs)
    return f"asks for {' or '.join(sorted(said))}"


def _named(proof: Proof) -> str:
    scopes = f" with {', '.join(sorted(proof.scopes))}" if proof.scopes else ""
    return f"{proof.kind} in the {proof.place}{scopes}"
