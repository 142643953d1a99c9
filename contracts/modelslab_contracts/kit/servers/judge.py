"""A visit, judged: every rule whose guard holds, and what of them is broken. One root cause, one finding."""

from __future__ import annotations

from typing import NamedTuple

from ...findings import Finding
from ..server_judge import judge_road
from .rules import DRIVEN_RULES, all_rules
from .visit import Visit


class Judgement(NamedTuple):
    """Which rules the visit exercised, what it broke, and the findings that another one explains."""

    exercised: frozenset[str]
    findings: tuple[Finding, ...]
    shadows: tuple[Finding, ...]


def judge(visit: Visit) -> Judgement:
    """Judge a visit by every rule, and its roads by theirs."""
    exercised, found = set[str](), dict[str, list[Finding]]()
    for road in visit.roads:
        judged = judge_road(road)
        exercised |= judged.exercised
        for seen in (*judged.findings, *judged.shadows):
            found.setdefault(seen.finding.rule, []).append(seen.finding)
    for id_, row in all_rules().items():
        if id_ in DRIVEN_RULES and DRIVEN_RULES[id_].when(visit):
            exercised.add(id_)
            if findings := [*DRIVEN_RULES[row.id].findings(visit)]:
                found[id_] = findings
    causes, shadows = list[Finding](), list[Finding]()
    for id_, row in all_rules().items():
        is_shadow = any(each in found for each in row.masked_by)
        (shadows if is_shadow else causes).extend(found.get(id_, ()))
    return Judgement(frozenset(exercised), tuple(causes), tuple(shadows))
