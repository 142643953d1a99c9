"""Each exchange as it passes: masked first, then judged, written to the journal, and told in the log."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from modelslab_contracts import json_lines
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.kit.road import Find, Road, Tracer
from modelslab_contracts.kit.server_judge import judge_road
from modelslab_contracts.profiles import Profile
from modelslab_contracts.recordings.captured import Captured, Masks, exchange_of
from modelslab_contracts.report import brief

from ..log import Log


class Recorder:
    """Writes a journal. Nothing that it is handed reaches the file or the log before every key that is known was masked."""

    def __init__(self, file: TextIO, log: Log, find: Find, profile: Profile) -> None:
        self.written = 0
        self._found: Counter[Severity] = Counter()
        self._file = file
        self._log = log
        self._masks = Masks()
        self._tracer = Tracer(find, profile)

    @property
    def tally(self) -> str:
        """How many findings there were of each severity, worst first."""
        said = ((each.label, self._found[each]) for each in reversed(Severity) if self._found[each])
        return ", ".join(f"{count} {label}{'s' if count > 1 else ''}" for label, count in said) or "no findings"

    def record(self, captured: Captured) -> Exchange:
        """Write one exchange, and return it as it was written. Raises OSError when the file cannot be written."""
        self._masks.learn(captured)
        exchange = exchange_of(captured, self._masks, self.written + 1)
        road = self._tracer.add(exchange)
        if road is not None:
            exchange = _judged(exchange, road)
        elif not exchange.reason and exchange.answer != "picture":
            exchange = exchange._replace(reason="no call of a contract")
        self._file.writelines(json_lines.write([exchange]))
        self._file.flush()
        self.written += 1
        self._found.update(each.severity for each in exchange.findings)
        self._log.add(exchange)
        return exchange


def _judged(exchange: Exchange, road: Road) -> Exchange:
    """The exchange with what is wrong with it: the request, the answer by itself, and with all that was said before."""
    step = road.steps[-1]
    noticed = step.read.noticed if step.read else ()
    drift = tuple(each.finding for each in judge_road(road).findings if each.said is step)
    findings = (*drift, *(() if drift and step is road.submit and step.took else step.problems), *noticed)
    return exchange._replace(
        endpoint=step.endpoint.name,
        job_id=int(road.id) if road.id.isascii() and road.id.isdigit() and len(road.id) <= 20 else None,
        findings=findings,
        reason=exchange.reason or _reason(findings),
    )


def _reason(findings: tuple[Finding, ...]) -> str:
    """What the log says behind the answer: the first problem that has no line of its own there, or how many there are."""
    worst = [each for each in findings if each.severity is Severity.ERROR]
    return next(
        (brief(each) for each in worst if not each.where), f"{len(worst)} findings" if worst else "as the contract says"
    )
