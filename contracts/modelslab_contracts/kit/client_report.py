"""What came of checking a client: findings, what was verified and what was not, as a value and as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..accepted import Entry
from ..findings import Finding
from ..report import line, one_line
from ..story import as_json, as_sentence
from .accepted_reports import accepted_text
from .heard import Heard
from .judge import able, judge
from .levels import place_name, setting, within
from .reduce import Reduced
from .rules import ClientRule, client_rules
from .run import Capabilities, Run, came_to

#: The words of a replay.
REPLAY = ("edition", "rule", "endpoint", "profile", "story", "request", "later", "left_after")
#: Lines of a journal that a report shows; the file that replays it holds them all.
_SEEN = 12


@dataclass(frozen=True, slots=True)
class ClientFinding:
    """One root cause: a rule that a client breaks, in how many stories, and the simplest of them."""

    rule: str
    stories: int
    played: int
    reduced: Reduced

    @property
    def row(self) -> ClientRule:
        """The rule's row."""
        return client_rules()[self.rule]

    @property
    def level(self) -> str:
        """must, should or may."""
        return self.row.level

    @property
    def finding(self) -> Finding:
        """The disagreement in the simplest story, as every other finding of the project."""
        return self.reduced.finding

    @property
    def place(self) -> str:
        """Where it was found: the endpoint, and the profile if it is not the usual one."""
        return place_name(self.reduced.run.endpoint.name, self.reduced.run.profile)

    @property
    def replay(self) -> dict[str, Any]:
        """Everything that plays the simplest story again, as JSON."""
        run = self.reduced.run
        asked, told = run.asked, (1, self.rule, run.endpoint.name, run.profile, as_json(run.story), dict(run.asked.request))
        crowd = {"later": [*asked.later]} if asked.later else {}
        left = {} if asked.left_after is None else {"left_after": asked.left_after}
        return {**dict(zip(REPLAY, told, strict=False)), **crowd, **left}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check. `exercised` counts, by rule, the stories in which it could be judged; a rule without any is
    not verified. `trouble` is what could not be judged, and why; `flaky` are findings that did not come back; `explained` are
    rules that were broken only where another one was, with that one. `seed` is None for a replay. `accepted` are findings that
    do not count, each with the entry that says why; `remarks` are about entries that are over or not needed any more.
    """

    endpoint: str
    level: str
    played: int
    findings: tuple[ClientFinding, ...]
    exercised: Mapping[str, int]
    capabilities: Capabilities = field(default_factory=Capabilities)
    flaky: tuple[ClientFinding, ...] = ()
    explained: Mapping[str, str] = field(default_factory=dict)
    trouble: Mapping[str, int] = field(default_factory=dict)
    profile: str = "documented"
    seed: int | None = None
    accepted: tuple[tuple[ClientFinding, Entry], ...] = ()
    remarks: tuple[Finding, ...] = ()

    @property
    def is_replay(self) -> bool:
        """Whether one story was played again, and none was drawn."""
        return self.seed is None

    @property
    def found(self) -> tuple[ClientFinding, ...]:
        """Everything that was found, accepted or not."""
        return (*self.findings, *(each for each, _ in self.accepted))

    @property
    def verified(self) -> tuple[str, ...]:
        """Rules at or above the level that were exercised and never broken."""
        broken = {each.rule for each in (*self.found, *self.flaky)} | self.explained.keys()
        return tuple(each.id for each in self._rules() if self.exercised.get(each.id) and each.id not in broken)

    @property
    def not_verified(self) -> Mapping[str, str]:
        """Rules at or above the level that no story exercised, each with the reason."""
        return {
            each.id: self._why(each) for each in self._rules() if each.id in self.explained or not self.exercised.get(each.id)
        }

    @property
    def ok(self) -> bool:
        """Whether rules were judged, none is broken that nobody accepts, and nothing stood in the way of judging."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 fine; 1 findings; 3 the kit could not judge; 5 nothing verified."""
        if self.findings:
            return 1
        return 3 if self.trouble else 0 if self.verified or self.accepted else 5

    def raise_for_findings(self) -> None:
        """Raise ClientBroken with the whole report as text when the client breaks a rule or could not be judged."""
        __tracebackhide__ = True  # pytest shows the line of the test
        if not self.ok:
            raise ClientBroken(self)

    def __str__(self) -> str:
        return as_text(self)

    def _rules(self) -> list[ClientRule]:
        return [each for each in client_rules().values() if within(each.level, self.level)]

    def _why(self, rule: ClientRule) -> str:
        if not able(rule, self.capabilities):
            return "the client has no " + ", ".join(each for each in rule.needs if not getattr(self.capabilities, each))
        if rule.id in self.explained:
            return f"wherever it was broken, so was {self.explained[rule.id]}"
        return f"in no story was it true that {rule.guard}"


class ClientBroken(AssertionError):
    """A client breaks rules; the report is its text. It `speaks_for_itself` where a traceback says nothing more."""

    speaks_for_itself = False

    def __init__(self, report: Report) -> None:
        super().__init__(f"\n{report}")
        self.report = report


def as_text(report: Report, again: Callable[[ClientFinding], str] | None = None) -> str:
    """The report for people: every finding with its simplest story, then what was verified, then what was not. `again` says
    how to play a finding's story again.
    """
    parts = [_finding(each, again(each) if again else "") for each in report.findings]
    parts += [_accepted(each, entry) for each, entry in report.accepted]
    parts += map(_flaky, report.flaky)
    parts += [f"NOT JUDGED ({count} stories): {why}" for why, count in report.trouble.items()]
    missing = [f"  not verified: {rule}, because {why}" for rule, why in report.not_verified.items()]
    if report.is_replay and missing:  # what one story leaves out says nothing of the client
        missing = [f"  not verified: {len(missing)} rules, which one story alone does not exercise"]
    return "\n".join([*(f"{each}\n" for each in parts), summary(report), *missing, *map(line, report.remarks)])


def summary(report: Report) -> str:
    """The whole of a report on one line."""
    broken = f"{len(report.findings)} rules broken" if len(report.findings) != 1 else "1 rule broken"
    stories = f"{report.played} stories" if report.played != 1 else "1 story"
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    told = setting(report.level, report.profile, report.seed)
    return f"{report.endpoint}: {broken}{accepted}, {len(report.verified)} verified, in {stories} ({told})"


def _finding(found: ClientFinding, again: str) -> str:
    reduced, row = found.reduced, found.row
    run, finding = reduced.run, reduced.finding
    lines = [
        f"{found.level.upper()}  {found.rule}  ({found.stories} of {found.played} stories)",
        f"  {row.sentence}",
        f"  Story: {as_sentence(run.story)}. Asked for: {asked_of(run)}",
        *(f"  {'Seen :' if index == 0 else '      '}{each}" for index, each in enumerate(seen_in(run))),
        f"  Want : {finding.where} must be {finding.expected}; got {finding.got}",
    ]
    if reduced.cause:
        lines.append(f"  Cause: it vanishes {reduced.cause}")
    lines.append(f"  Why  : {row.basis}")
    if reduced.beside:
        lines.append(f"  Also broken in this story: {', '.join(reduced.beside)}")
    if again:
        lines.append(f"  Again: {again}")
    return "\n".join(one_line(each) for each in lines)


def _accepted(found: ClientFinding, entry: Entry) -> str:
    run, counted = found.reduced.run, f"{found.stories} of {found.played} stories"
    return accepted_text(found.rule, counted, entry, f"  Story: {as_sentence(run.story)}. Asked for: {asked_of(run)}")


def _flaky(found: ClientFinding) -> str:
    """All journals of what was broken once and kept when the same story was played again."""
    run = found.reduced.run
    lines = [
        f"FLAKY  {found.rule}  (broken once, and kept when the same story was played again: no finding)",
        f"  Story: {as_sentence(run.story)}. Asked for: {asked_of(run)}",
    ]
    for number, each in enumerate(found.reduced.again, 1):
        said = "broken" if is_broken(found.rule, each) else "kept"
        lines += [f"  Time {number}, {said}:", *(f"         {seen}" for seen in seen_in(each))]
    return "\n".join(map(one_line, lines))


def is_broken(rule: str, run: Run) -> bool:
    """Whether one run breaks one rule."""
    return any(each.rule == rule for each in judge(run, (rule,)).findings)


def asked_of(run: Run) -> str:
    """What a client was asked for, in short."""
    said = ", ".join(f"{name}={value!r}" if name != "prompt" else repr(value) for name, value in run.asked.request.items())
    said = said if len(said) <= 160 else said[:159] + "…"
    if run.others:
        said += f"; by {1 + len(run.others)} callers, the others {', '.join(f'{each:g} s' for each in run.asked.later)} later"
    if run.asked.left_after is not None:
        said += f"; by a caller who goes away after {run.asked.left_after:g} s"
    return said


def seen_in(run: Run) -> list[str]:
    """What went over the wire, one line per exchange, and what the client came to."""
    who = {each.sandbox: f"[{number}] " if run.others else "" for number, each in enumerate((run, *run.others), 1)}
    both = sorted(((each, caller) for caller in (run, *run.others) for each in caller.heard), key=lambda pair: pair[0].at)
    lines = [
        f"{each.at - run.began:8.1f} s  {who[caller.sandbox]}{each.exchange.method} {_host(each, run)}{each.exchange.path} → "
        f"{each.exchange.status} {each.says if each.call in ('submit', 'fetch') else each.exchange.answer}"
        for each, caller in both
    ]
    if len(lines) > _SEEN:
        lines[_SEEN - 2 : -1] = [f"          … {len(lines) - _SEEN + 1} more like these"]
    callers = (run, *run.others)
    lines += [f"{each.lasted:8.1f} s  {who[each.sandbox]}the client {came_to(each.outcome)}" for each in callers]
    return lines


def _host(each: Heard, run: Run) -> str:
    """The host of an exchange, where it is another one than the client was to ask."""
    return each.host if each.host not in ("", run.host) else ""
