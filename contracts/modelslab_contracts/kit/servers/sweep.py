"""Send many probes to one server, without reducing, and count: what was exercised, what was found, and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ...findings import Finding
from ..judgement import Judgement
from .budget import SpentError, pictures_of
from .drive import Driver
from .judge import judge
from .probes import Probe
from .visit import Visit

#: Examples kept of a cause: the simplest ones, from which reduction begins.
_KEPT = 3
#: Of one rule, so many fields are causes of their own; a rule that is broken in more places is one cause.
_MOST_PLACES = 3
_KEY = "the server does not accept the key (HTTP 401): give one with --key or MODELSLAB_API_KEY"
_CREDITS = "the account has no credits left (HTTP 402)"


class Cause(NamedTuple):
    """What findings have in common: the rule, and which clause the order was about or where in the answer it stood."""

    rule: str
    about: str


@dataclass(frozen=True, slots=True)
class Case:
    """One visit that broke a rule, and the finding."""

    visit: Visit
    finding: Finding

    @property
    def subject(self) -> int:
        """How long the value is that its order is about."""
        asked = self.visit.probe.asked
        return len(str(asked.request.get(asked.about[0], ""))) if asked.about else 0

    @property
    def weight(self) -> int:
        """How far from boring it is: how long its request is."""
        return len(self.visit.submit.exchange.request_body)


@dataclass(slots=True)
class Swept:
    """What a sweep counted. `cases` are the simplest of each cause; `trouble` is why it could not go on."""

    sent: int = 0
    left_out: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    exercised: Counter[str] = field(default_factory=Counter)
    broken: Counter[Cause] = field(default_factory=Counter)
    cases: dict[Cause, list[Case]] = field(default_factory=dict)
    shadowed: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    trouble: str = ""

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are broken."""
        return frozenset(each.rule for each in self.broken)

    def take(self, visit: Visit, judgement: Judgement[Finding]) -> None:
        """Count one judged visit."""
        self.sent += 1
        self.outcomes[visit.submit.says] += 1
        self.exercised.update(judgement.exercised)
        self.shadowed.update({each.rule for each in judgement.shadows})
        for cause, finding in {cause_of(visit, each): each for each in reversed(judgement.findings)}.items():
            self.broken[cause] += 1
            kept = self.cases.setdefault(cause, [])
            kept.append(Case(visit, finding))
            kept.sort(key=lambda each: (each.visit.probe.means != "taken", each.weight))  # a right order leads nobody astray
            del kept[_KEPT:]

    def causes(self) -> dict[Cause, tuple[Cause, ...]]:
        """The causes to tell, each with those that it stands for: what is wrong with one field is one, and a rule that is
        broken everywhere is one.
        """
        by_rule: dict[str, dict[str, list[Cause]]] = {}
        for each in self.broken:
            by_rule.setdefault(each.rule, {}).setdefault(each.about.partition(" ")[0], []).append(each)
        groups: list[list[Cause]] = []
        for fields in by_rule.values():
            groups += (
                fields.values() if len(fields) <= _MOST_PLACES else [[each for found in fields.values() for each in found]]
            )
        told: dict[Cause, tuple[Cause, ...]] = {}
        for group in groups:
            simplest = min(group, key=lambda each: (self.cases[each][0].subject, self.cases[each][0].weight))
            told[simplest] = (simplest, *(each for each in group if each != simplest))
        return told


def cause_of(visit: Visit, finding: Finding) -> Cause:
    """The cause of a finding: for what is about an order, its field and clause; else where in the answer it stands."""
    asked = visit.probe.asked
    is_of_order = visit.probe.means == "taken" and visit.submit.is_refusal and not finding.where
    if asked.about and (is_of_order or finding.where == f"/{asked.about[0]}"):
        return Cause(finding.rule, f"/{asked.about[0]} {asked.about[1].rpartition('/')[2].replace('-', ' ')}")
    return Cause(finding.rule, re.sub(r"/\d+", "/…", finding.where) if finding.where.startswith("/") else "")


def sweep(driver: Driver, probes: Iterable[Probe], watch: Callable[[], None] = lambda: None, until: str = "") -> Swept:
    """Send every probe that the budget affords; or only until the rule `until` is broken. `watch` is called after each."""
    swept = Swept()
    for probe in probes:
        if not driver.budget.affords(pictures_of(driver.endpoint, probe, driver.profile)):
            swept.left_out += 1
            continue
        try:
            visit = driver.drive(probe)
        except SpentError as spent:
            swept.stopped = str(spent)
            break
        watch()
        if trouble := _trouble(visit, is_first=not swept.sent):
            swept.trouble = trouble
            break
        swept.take(visit, judge(visit))
        if until in swept.rules:
            break
    return swept


def _trouble(visit: Visit, *, is_first: bool) -> str:
    """Why it makes no sense to go on."""
    submit = visit.submit
    if visit.probe.means != "taken":
        return ""
    if submit.exchange.status == 402:
        return _CREDITS
    if is_first and submit.exchange.status == 401:
        return _KEY
    if is_first and submit.trouble:
        return f"{visit.origin} does not answer: {submit.trouble}"
    if submit.exchange.status in (429, 503):
        return f"the server refuses orders for now (HTTP {submit.exchange.status}), after several tries"
    return ""
