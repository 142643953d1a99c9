"""From a probe that breaks a rule to the simplest one that still does: one member after the other put back to its default.

Then it is sent twice more: what does not come back both times is flaky and no finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...findings import Finding
from ..chance import Simplest
from ..orders import Asked
from ..run import PLAIN_PROMPT
from .budget import SpentError, pictures_of
from .drive import Driver
from .judge import judge
from .probes import Probe, probes_of
from .rules import DrivenRule, all_rules
from .sweep import Case, Cause, cause_of
from .visit import Visit

#: Probes that one cause may cost beyond the sweep.
MAX_VISITS = 40
_TWICE = 2


class Reduced(NamedTuple):
    """The simplest visit that was found. It `is_flaky` when a repetition kept the rule; `is_whole` says that everything was
    tried. `beside` are other rules that are broken in it.
    """

    visit: Visit
    finding: Finding
    beside: tuple[str, ...]
    is_flaky: bool
    is_whole: bool


def reduce(driver: Driver, case: Case, max_visits: int = MAX_VISITS) -> Reduced:
    """The simplest case of the cause that the budget affords."""
    return _Reducer(driver, cause_of(case.visit, case.finding), max_visits).reduced(case)


class _Reducer:
    """One cause's reduction. `left` is how many more probes it may cost."""

    def __init__(self, driver: Driver, cause: Cause, left: int) -> None:
        self.driver = driver
        self.cause = cause
        row = all_rules()[cause.rule]
        self.in_earnest = isinstance(row, DrivenRule) and row.in_earnest
        self.left = 1 if self.in_earnest else left
        self.beside: tuple[str, ...] = ()

    def reduced(self, case: Case) -> Reduced:
        """The case made simple, then repeated."""
        try:
            simplest = self._simplest(case)
        except SpentError:
            return Reduced(case.visit, case.finding, (), False, False)
        is_whole = not self.in_earnest or simplest is not case or not any(_simpler_requests(self.driver, case.visit.probe))
        again_already = self.in_earnest and simplest is not case  # what takes that long is not done once more than needed
        self.left = _TWICE
        for _ in range(_TWICE - again_already):
            try:
                again = self._broken(simplest.visit.probe)
            except SpentError:
                return Reduced(simplest.visit, simplest.finding, self.beside, False, False)
            if again is None:
                return Reduced(simplest.visit, simplest.finding, (), True, True)
            simplest = again
        return Reduced(simplest.visit, simplest.finding, self.beside, False, is_whole)

    def _simplest(self, case: Case) -> Case:
        while simpler := next(self._simpler(case), None):
            case = simpler
        return case

    def _simpler(self, case: Case) -> Iterator[Case]:
        probe = case.visit.probe
        for asked in _simpler_requests(self.driver, probe):
            if self.left <= 0:
                return
            if (found := self._broken(probe._replace(asked=asked))) is not None:
                yield found

    def _broken(self, probe: Probe) -> Case | None:
        """The case, when the cause is there in it. Raises SpentError."""
        self.left -= 1
        if not self.driver.budget.affords(pictures_of(self.driver.endpoint, probe, self.driver.profile)):
            raise SpentError(f"the bound of {self.driver.budget.max_pictures:,} pictures is reached")
        visit = self.driver.drive(probe, in_earnest=self.in_earnest)
        judgement = judge(visit)
        self.beside = tuple(dict.fromkeys(each.rule for each in judgement.findings if each.rule != self.cause.rule))
        return next((Case(visit, each) for each in judgement.findings if cause_of(visit, each) == self.cause), None)


def _simpler_requests(driver: Driver, probe: Probe) -> Iterator[Asked]:
    """The request with nothing but what it needs and is about; then each time without one more member."""
    asked, endpoint = probe.asked, driver.endpoint
    bare = probes_of(endpoint, 0, driver.profile).orders.draw(Simplest()).request
    if "prompt" in bare:
        bare = {**bare, "prompt": PLAIN_PROMPT}
    about = asked.about[:1]
    kept = {name: asked.request[name] for name in about if name in asked.request}
    needed = {name: held for name, held in bare.items() if name not in about}
    if (least := {**needed, **kept}) != asked.request:
        yield asked._replace(request=least, noticed=())
    for name, held in asked.request.items():
        if name in about or held == bare.get(name):
            continue
        rest = {each: value for each, value in asked.request.items() if each != name}
        yield asked._replace(request={**rest, name: bare[name]} if name in bare else rest)
