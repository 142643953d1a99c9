"""Two foreign calls with one address: told apart by what is in the body where that is possible, else the first one wins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..endpoint import Endpoint
from ..findings import Finding
from .drafts import Draft, bare

#: Fields whose examples are as good as a list: they name what is to do the work.
_CHOOSING = ("model_id", "model", "model_name", "task", "task_type", "mode", "type")
Made = tuple[Draft, Endpoint]
Selector = tuple[str, re.Pattern[str]]


def settled(made: Sequence[Made]) -> tuple[list[Endpoint], tuple[Finding, ...]]:
    """The endpoints that can be served side by side, with what chooses them, and a finding for each that cannot."""
    groups: dict[tuple[str, str], list[Made]] = {}
    for each in made:
        call = each[1].submit
        groups.setdefault((call.method, bare(call.path)), []).append(each)
    kept: list[Endpoint] = []
    findings: list[Finding] = []
    for rivals in groups.values():
        if len(rivals) == 1:
            kept.append(rivals[0][1])
            continue
        chosen = _by_value(rivals) or _by_presence(rivals)
        first = next((each for each in rivals if chosen.get(each[1].name) is None), rivals[0])
        for each in rivals:
            selector = chosen.get(each[1].name)
            if each is first:
                kept.append(each[1])
            elif selector is not None:
                kept.append(replace(each[1], selector=selector))
            else:
                findings.append(_taken(each, first))
    order = {id(endpoint.document): number for number, (_, endpoint) in enumerate(made)}
    return sorted(kept, key=lambda each: order[id(each.document)]), tuple(findings)


def _by_value(rivals: Sequence[Made]) -> dict[str, Selector | None]:
    """By a text field that every one of them has, and for which no two name the same value."""
    shared = set.intersection(*({each.name for each in endpoint.fields} for _, endpoint in rivals))
    for name in sorted(shared, key=lambda each: (each not in _CHOOSING, each)):
        values = {endpoint.name: _values(endpoint, name) for _, endpoint in rivals}
        named = [value for listed in values.values() for value in listed]
        if len([each for each in values.values() if not each]) <= 1 and len(named) == len(set(named)) > 0:
            return {each: (name, _one_of(listed)) if listed else None for each, listed in values.items()}
    return {}


def _values(endpoint: Endpoint, name: str) -> list[str]:
    field = endpoint.field[name]
    listed = list(field.allowed or ())
    if not listed and name in _CHOOSING:
        listed = [*field.schema.get("examples", ()), *([field.default] if field.default is not None else [])]
    return list(dict.fromkeys(each for each in listed if isinstance(each, str)))


def _one_of(values: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"^(?:" + "|".join(map(re.escape, values)) + r")\Z")


def _by_presence(rivals: Sequence[Made]) -> dict[str, Selector | None]:
    """By a field that one needs and none of the others knows."""
    found: dict[str, Selector | None] = {}
    for _, endpoint in rivals:
        others = {each.name for _, other in rivals if other is not endpoint for each in other.fields}
        needed = [each.name for each in endpoint.fields if each.required and each.name not in others]
        found[endpoint.name] = (needed[0], re.compile("")) if needed else None
    return found


def _taken(loser: Made, winner: Made) -> Finding:
    draft = loser[0].operation
    where = f"{loser[0].place} {draft.pointer}"
    expected = f"an address of its own, or told apart from {winner[1].name} by a field"
    hint = f"{winner[1].name} answers there"
    return Finding("document/url-taken", where, expected, f"{draft.method} {draft.path}", winner[0].place, hint)
