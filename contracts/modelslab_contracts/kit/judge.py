"""A run, judged: every rule whose guard holds, and what of them is broken."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

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
    does = frozenset(each for each in _needed() if getattr(run.capabilities, each))
    for each in _rules_about(run.kind, does):
        if (only is not None and each.id not in only) or not each.when(run):
            continue
        exercised.add(each.id)
        if findings := [*each.findings(run)]:
            found[each.id] = findings
    return judgement_of(client_rules(), exercised, found)


@cache
def _needed() -> tuple[str, ...]:
    """Everything that a client must do at all for some rule."""
    return tuple(sorted({each for row in client_rules().values() for each in row.needs}))


@cache
def _rules_about(kind: str, does: frozenset[str]) -> tuple[ClientRule, ...]:
    """The rules about runs of a kind, of a client that does these things. A client does the same in all of its runs."""
    return tuple(each for each in client_rules().values() if kind in each.of and does.issuperset(each.needs))
