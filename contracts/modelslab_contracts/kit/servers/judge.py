"""A visit, judged: every rule whose guard holds, and what of them is broken."""

from __future__ import annotations

from ...findings import Finding
from ..judgement import Judgement, judgement_of
from ..server_judge import judge_road
from .rules import DrivenRule, all_rules
from .visit import Visit


def judge(visit: Visit) -> Judgement[Finding]:
    """Judge a visit by every rule, and its roads by theirs."""
    exercised, found = set[str](), dict[str, list[Finding]]()
    for road in visit.roads:
        judged = judge_road(road)
        exercised |= judged.exercised
        for seen in (*judged.findings, *judged.shadows):
            found.setdefault(seen.finding.rule, []).append(seen.finding)
    for row in all_rules().values():
        if isinstance(row, DrivenRule) and row.when(visit):
            exercised.add(row.id)
            if findings := [*row.findings(visit)]:
                found[row.id] = findings
    return judgement_of(all_rules(), exercised, found)
