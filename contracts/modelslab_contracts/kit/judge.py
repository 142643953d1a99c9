"""A run, judged: every rule whose guard holds, and what of them is broken."""

from __future__ import annotations

from collections.abc import Collection

from ..findings import Finding
from .judgement import Judgement, judgement_of
from .rules import ClientRule, client_rules
from .run import Capabilities, Run


def able(rule: ClientRule, capabilities: Capabilities) -> bool:
    """Whether a client does what a rule is about."""
    return all(getattr(capabilities, each) for each in rule.needs)


def judge(run: Run, only: Collection[str] | None = None) -> Judgement[Finding]:
    """Judge a run by every rule, or only by some of them."""
    exercised, found = set[str](), dict[str, list[Finding]]()
    for each in client_rules().values():
        if (only is not None and each.id not in only) or not able(each, run.capabilities):
            continue
        if run.kind not in each.of or not each.when(run):
            continue
        exercised.add(each.id)
        if findings := [*each.findings(run)]:
            found[each.id] = findings
    return judgement_of(client_rules(), exercised, found)
