"""The calls of two documents in pairs: by path and method, and else by what is asked and answered, where that is beyond doubt.

A call that moved is one finding, and is compared on: what changed in it besides is told of as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..lint_subject import Place, mapping
from .alternatives import listed
from .servers import base
from .view import Version
from .walk import REQUEST, RESPONSE, Call, Pair, Standing, Walker

_SLOT = re.compile(r"\{([^}]*)\}")
#: How much two calls must have in common to be the same one at another address, and how many things at least.
_ALIKE = 0.75
_LEAST = 4
_DEEPEST = 4


def calls(old: Version, new: Version) -> list[Call]:
    """Every call and webhook of either document, in the order of the old one."""
    walker = Walker(old.subject, new.subject)
    found: list[Call] = []
    for name, item, renamed in _items(walker):
        found += _methods(walker, item, name, renamed)
    found = list(_moved(old, new, found))
    for name, item in walker.inner(walker.roots, "webhooks"):
        found += walker.methods(item, f"webhook {name}", RESPONSE)
    return found


def _items(walker: Walker) -> Iterator[tuple[str, Pair, Mapping[str, str]]]:
    """The path items in pairs: a path whose parameters have other names is the same, for names are not on the wire.

    So is one of which another part stands in the server's URL.
    """
    items = dict(walker.inner(walker.roots, "paths"))
    before, after = map(base, walker.roots)
    come = [path for path, item in items.items() if item.old is None]
    taken: set[str] = set()
    for path, item in items.items():
        names = {_SLOT.sub("{}", path), _SLOT.sub("{}", _without(after, before + path))}
        same = [each for each in come if _SLOT.sub("{}", each) in names] if item.new is None else []
        if len(same) == 1 and same[0] not in taken:
            taken.add(same[0])
            renamed = dict(zip(_SLOT.findall(same[0]), _SLOT.findall(path), strict=True))
            yield path, Pair(item.old, items[same[0]].new), renamed
        elif path not in taken:
            yield path, item, {}


def _without(base: str, path: str) -> str:
    return path.removeprefix(base) if path.startswith(f"{base}/") else path


def _methods(walker: Walker, item: Pair, name: str, renamed: Mapping[str, str]) -> Iterator[Call]:
    """The calls of a path; the one method that is gone and the one that is new are the same call, asked otherwise."""
    found = list(walker.methods(item, name, REQUEST))
    gone = [each for each in found if each.operation.new is None]
    come = [each for each in found if each.operation.old is None]
    swapped = len(gone) == len(come) == 1
    for each in found:
        if swapped and each in gone:
            one, other = (call.name.rpartition(" ")[2] for call in (gone[0], come[0]))
            pair = Pair(each.operation.old, come[0].operation.new)
            yield each._replace(
                name=come[0].name, operation=pair, row="operation-method-changed", was=one, says=other, renamed=renamed
            )
        elif swapped and each in come:
            continue
        elif renamed and None not in each.operation:
            was, became = (", ".join(f"{{{name}}}" for name in names) for names in (renamed.values(), renamed))
            yield each._replace(row="path-parameter-renamed", was=was, says=became, renamed=renamed)
        else:
            yield each


def _moved(old: Version, new: Version, found: list[Call]) -> Iterator[Call]:
    """Calls that are gone with those that are new and the most alike, where each is the other's best."""
    gone = [each for each in found if each.operation.new is None]
    come = [each for each in found if each.operation.old is None]
    if not gone or not come:
        yield from found
        return
    walker = Walker(old.subject, new.subject)
    facts = [_facts(old, walker, each, 0) for each in gone], [_facts(new, walker, each, 1) for each in come]
    scores = [[_likeness(one, other) for other in facts[1]] for one in facts[0]]
    partners: dict[int, int] = {}
    for row, score in enumerate(scores):
        column = max(range(len(come)), key=lambda index: score[index])
        rivals = [other[column] for number, other in enumerate(scores) if number != row]
        beside = [each for number, each in enumerate(score) if number != column]
        if score[column] >= _ALIKE and all(score[column] > each for each in (*rivals, *beside)):
            partners[row] = column
    taken = {id(come[column]) for column in partners.values()}
    targets = {id(gone[row]): (row, column) for row, column in partners.items()}
    for each in found:
        if id(each) in targets:
            row, column = targets[id(each)]
            yield _one(each, come[column], facts[0][row], facts[1][column])
        elif id(each) not in taken:
            yield each


def _one(gone: Call, come: Call, before: frozenset[str], after: frozenset[str]) -> Call:
    """A call at its new address. An id that went from the path into the body, or back, is a part of the move."""
    moved = come._replace(operation=Pair(gone.operation.old, come.operation.new), item=Pair(gone.item.old, come.item.new))
    slots = [len(_SLOT.findall(each.name)) for each in (gone, come)]
    fields = [
        sorted(each[5:] for each in some if each.startswith("asks ") and "=" not in each)
        for some in (after - before, before - after)
    ]
    row, field = "operation-moved", ""
    if slots[0] > slots[1] and len(fields[0]) == 1:
        row, field = "path-id-moved-to-body", fields[0][0]
    elif slots[1] > slots[0] and len(fields[1]) == 1:
        row, field = "body-id-moved-to-path", fields[1][0]
    says = f"{come.name}, its id in the body as {field!r}" if row.startswith("path") else come.name
    was = f"{gone.name}, its id in the body as {field!r}" if row.startswith("body") else gone.name
    names = [_SLOT.findall(each.name) for each in (come, gone)]
    renamed = dict(zip(*names, strict=True)) if slots[0] == slots[1] else {}
    return moved._replace(row=row, was=was, says=says, renamed=renamed, moved_field=field)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    both = one & other
    if any(each.startswith("named ") for each in both) or ("submits a job" in both and len(both) > _LEAST):
        return 2.0
    apart = sum(each.startswith("named ") for each in one ^ other)
    return len(both) / max(1, len(one | other) - apart) if len(both) >= _LEAST else 0.0


def _facts(version: Version, walker: Walker, call: Call, index: int) -> frozenset[str]:
    """What can be seen of a call from outside: its name, fields, constants, parameters and statuses, and its part."""
    place: Place = call.operation[index] or ("", {})
    facts = {f"named {place[1]['operationId']}"} if isinstance(place[1].get("operationId"), str) else set()
    facts |= {name for name, _ in walker.parameters(call) if not name.startswith("path ")}
    facts.add(f"method {call.name.rpartition(' ')[2]}")
    alone = Pair(place, None) if index == 0 else Pair(None, place)
    for position in walker.positions(call._replace(operation=alone)):
        standing = position.old if index == 0 else position.new
        if standing is not None and " callback " not in position.where:
            word = "asks" if position.side == REQUEST else "answers"
            facts |= {f"{word} {each}" for each in _fields(version, standing, _DEEPEST)}
    answers = mapping(place[1].get("responses"))
    if any("links" in mapping(each) for each in answers.values()):
        facts.add("submits a job")
    return frozenset(facts | {f"status {each}" for each in answers})


def _fields(version: Version, standing: Standing, left: int) -> Iterator[str]:
    """The fields of a schema and of its alternatives, and the constants that tell those apart."""
    view = version.whole(standing)
    for name, each in view.properties.items():
        yield name
        schema: Any = each.schema
        if isinstance(schema, dict) and isinstance(schema.get("const"), str):
            yield f"{name}={schema['const']}"
    for word in ("anyOf", "oneOf"):
        for each in listed(view, word) if left else ():
            yield from _fields(version, each, left - 1)
