"""A visit, judged: every rule whose guard holds, and what of them is broken."""

from __future__ import annotations

from ...findings import Finding
from ..judgement import Judgement, judgement_of
from ..server_judge import judge_road
from .rules import DRIVEN_RULES, all_rules
from .visit import Visit


def judge(visit: Visit) -> Judgement[Finding]:
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
    return judgement_of(all_rules(), exercised, found)
