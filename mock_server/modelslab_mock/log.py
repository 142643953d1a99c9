"""The server's own lines: one per event, with the reason, and one below it for each finding.

Written in batches: a line at a time costs half of the throughput.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TextIO

import orjson

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding, Severity

#: Notes of one kind on one request are folded into one line.
_FOLDED = {
    "request/text-read-as-number": "sent as text, read as numbers",
    "request/flag-respelled": "in another spelling than the page's, read as flags",
    "request/null-read-as-absent": "null where the page has no null, read as absent",
}
_INDENT = "\n         "


class Log:
    """Lines waiting to be written.

    `on_first` is told when the first one waits; whoever owns the loop then calls `flush` soon.
    """

    def __init__(self, form: str = "text", quiet: bool = False, stream: TextIO | None = None) -> None:
        self._as_line = _as_json if form == "json" else _as_text
        self.quiet = quiet
        self._stream = stream or sys.stdout
        self._waiting: list[Exchange | str] = []
        self.on_first: Callable[[], Any] = self.flush

    def add(self, event: Exchange | str) -> None:
        """An exchange, or one line in our own words."""
        if self.quiet:
            return
        self._waiting.append(event)
        if len(self._waiting) == 1:
            self.on_first()

    def flush(self) -> None:
        """Write what waits, in one go."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.write("\n".join(map(self._as_line, waiting)) + "\n")

    def write(self, text: str) -> None:
        """Write `text` now."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self.quiet = True  # the reader went away (a closed pipe): the server goes on without a log


def _as_text(event: Exchange | str) -> str:
    if isinstance(event, str):
        return f"         {printable(event)}"
    at = _clock_time(int(event.real_at))
    where = event.path if event.answer != "picture" else event.path.rpartition("/")[2]
    job = f" job {event.job_id}" if event.job_id is not None else ""
    code = "cut" if event.answer == "reset" else event.status
    line = f"{at} {code} {event.method} {printable(where)}  {event.answer}  {event.sandbox}{job}  {printable(event.reason)}"
    return line + "".join(_INDENT + note for note in _notes(event.findings)) if event.findings else line


@lru_cache(maxsize=4)
def _clock_time(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _as_json(event: Exchange | str) -> str:
    if isinstance(event, str):
        return orjson.dumps({"note": event}).decode()
    findings = [{**each._asdict(), "severity": each.severity.label} for each in event.findings]
    line = {"time": event.real_at, "clock": event.at, "status": event.status, "method": event.method, "path": event.path}
    line |= {"answer": event.answer, "endpoint": event.endpoint, "sandbox": event.sandbox, "job": event.job_id}
    return orjson.dumps({**line, "reason": event.reason, "findings": findings}).decode()


def _notes(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Problems one by one, with pointer, rule, expected, got and source; notes of one kind folded into one line."""
    folded: dict[str, list[str]] = {}
    for each in findings:
        name = printable(each.where)
        tail = "; ".join(part for part in (each.source, printable(each.hint)) if part)
        if each.severity >= Severity.ERROR:
            if each.where:
                yield f"error {each.rule}  {name} must be {each.expected}, got {printable(each.got)} ({tail})"
        elif each.rule in _FOLDED:
            folded.setdefault(each.rule, []).append(name[1:])
        elif each.rule == "request/unknown-field":
            yield f"note  {name[1:]}: not on the page, ignored{f'; {each.hint}' if each.hint else ''}"
        else:
            yield f"note  {each.rule}  {name} {printable(each.got)}: the page says {each.expected} ({tail})"
    for rule, names in folded.items():
        yield f"note  {', '.join(names)}: {_FOLDED[rule]} (refused under strict)"


def printable(text: str) -> str:
    """`text` on one line, with control characters escaped: what a client sends never steers a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
