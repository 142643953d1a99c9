"""What came of checking a server: findings, what was verified and what was not, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...accepted import Entry
from ...findings import Finding
from ..levels import place_name, within
from ..server_rule import ServerRule
from .reduce import Reduced
from .rules import DrivenRule, all_rules

#: The words of a replay.
REPLAY = ("edition", "rule", "contract", "profile", "kind", "about", "spelling", "number", "request")


@dataclass(frozen=True, slots=True)
class ServerFinding:
    """One root cause: a rule that a server breaks, in how many of the probes sent, the simplest of them, and which other
    places it stands for.
    """

    rule: str
    times: int
    sent: int
    reduced: Reduced
    places: tuple[str, ...] = ()

    @property
    def row(self) -> ServerRule | DrivenRule:
        """The rule's row."""
        return all_rules()[self.rule]

    @property
    def level(self) -> str:
        """must, should or may."""
        return self.row.level

    @property
    def finding(self) -> Finding:
        """The disagreement in the simplest visit, as every other finding of the project."""
        return self.reduced.finding

    @property
    def place(self) -> str:
        """Where it was found: the contract, and the profile if it is not the usual one."""
        return place_name(self.reduced.visit.endpoint.name, self.reduced.visit.profile)

    @property
    def exact_place(self) -> str:
        """The same with the member that it is about."""
        return f"{self.place}: {self.finding.where or '(root)'}"

    @property
    def replay(self) -> dict[str, Any]:
        """Everything that sends the simplest probe again, as JSON. The key is no part of it."""
        visit = self.reduced.visit
        probe, asked = visit.probe, visit.probe.asked
        told = (1, self.rule, visit.endpoint.name, visit.profile, asked.kind, [*asked.about], probe.spelling, probe.number)
        return dict(zip(REPLAY, (*told, dict(asked.request)), strict=True))


@dataclass(frozen=True, slots=True)
class ServerReport:
    """The outcome of a check of one contract. `exercised` counts, by rule, the probes in which it could be judged; a rule
    without any is not verified. `trouble` is why the check could not go on; `stopped` that a bound was reached; `left_out`
    counts probes that would have gone beyond the bound on pictures; `given_up` are jobs that had not ended when they were
    left, the first of them after all that anybody would wait, the next ones sooner; `flaky` are findings that did not come
    back. `seed` is None for a replay. `accepted` are findings that do not count, each with the entry that says why;
    `remarks` are about entries that are over or not needed any more.
    """

    url: str
    contract: str
    level: str
    sent: int
    findings: tuple[ServerFinding, ...]
    exercised: Mapping[str, int]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    pictures: int = 0
    flaky: tuple[ServerFinding, ...] = ()
    trouble: str = ""
    stopped: str = ""
    left_out: int = 0
    profile: str = "documented"
    seed: int | None = None
    given_up: int = 0
    accepted: tuple[tuple[ServerFinding, Entry], ...] = ()
    remarks: tuple[Finding, ...] = ()

    @property
    def is_replay(self) -> bool:
        """Whether one request was sent again, and none was drawn."""
        return self.seed is None

    @property
    def found(self) -> tuple[ServerFinding, ...]:
        """Everything that was found, accepted or not."""
        return (*self.findings, *(each for each, _ in self.accepted))

    @property
    def verified(self) -> tuple[str, ...]:
        """Rules at or above the level that were exercised and never broken."""
        broken = {each.rule for each in (*self.found, *self.flaky)}
        return tuple(each.id for each in self._rules() if self.exercised.get(each.id) and each.id not in broken)

    @property
    def not_verified(self) -> Mapping[str, str]:
        """Rules at or above the level that no probe exercised, each with the reason."""
        return {
            each.id: f"of no probe was it true that {each.guard}" for each in self._rules() if not self.exercised.get(each.id)
        }

    @property
    def ok(self) -> bool:
        """Whether rules were judged, none is broken that nobody accepts, and nothing stood in the way of judging."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 fine; 1 findings; 3 it could not be judged; 5 nothing verified."""
        if self.findings:
            return 1
        return 3 if self.trouble else 0 if self.verified or self.accepted else 5

    def raise_for_findings(self) -> None:
        """Raise ServerBroken with the whole report as text when the server breaks a rule or could not be judged."""
        if not self.ok:
            raise ServerBroken(self)

    def __str__(self) -> str:
        from .telling import as_text  # which needs reports

        return as_text(self)

    def _rules(self) -> list[ServerRule | DrivenRule]:
        return [each for each in all_rules().values() if within(each.level, self.level)]


class ServerBroken(AssertionError):
    """A server breaks rules; the report is its text."""

    def __init__(self, report: ServerReport) -> None:
        super().__init__(f"\n{report}")
        self.report = report
