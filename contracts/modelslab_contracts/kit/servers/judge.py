"""A visit, judged: every rule whose guard holds, and what of them is broken. One root cause, one finding."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ...findings import RULES, Finding
from .rules import SERVER_RULES, ServerRule
from .visit import Visit


class Judgement(NamedTuple):
    """Which rules the visit exercised, what it broke, and the findings that another one explains."""

    exercised: frozenset[str]
    findings: tuple[Finding, ...]
    shadows: tuple[Finding, ...]


@cache
def server_rules() -> dict[str, ServerRule]:
    """The catalogue, with every room of it loaded, in the order of `findings.py`."""
    from . import rooms

    assert rooms
    return {each: SERVER_RULES[each] for each in RULES if each in SERVER_RULES}


def judge(visit: Visit) -> Judgement:
    """Judge a visit by every rule."""
    exercised, found = set[str](), dict[str, list[Finding]]()
    for each in server_rules().values():
        if not each.when(visit):
            continue
        exercised.add(each.id)
        if findings := [*each.findings(visit)]:
            found[each.id] = findings
    causes, shadows = list[Finding](), list[Finding]()
    for id_, findings in found.items():
        is_shadow = any(each in found for each in server_rules()[id_].masked_by)
        (shadows if is_shadow else causes).extend(findings)
    return Judgement(frozenset(exercised), tuple(causes), tuple(shadows))
