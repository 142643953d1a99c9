"""The server's own lines: one per event, with the reason, and one below it for each finding.

Written in batches: a line at a time costs half of the throughput.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, TextIO

import orjson

from modelslab_contracts import report
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.report import one_line

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
            with suppress(OSError, ValueError):
                self._stream.close()  # or Python would try the same bytes again when it ends, and call that a failure


def tell_bug() -> None:
    """Say on stderr that the exception being handled is a bug of ours."""
    import traceback

    print(
        f"modelslab-mock: a bug of ours; please report it with the lines below\n{traceback.format_exc()}",
        file=sys.stderr,
        flush=True,
    )


def _as_text(event: Exchange | str) -> str:
    if isinstance(event, str):
        return f"         {one_line(event)}"
    real_at, _, sandbox, _, job_id, answer, method, path, status, reason, findings = event[:11]
    where = path if answer != "picture" else path.rpartition("/")[2]
    job = f" job {job_id}" if job_id is not None else ""
    code = "cut" if answer == "reset" else status
    line = one_line(f"{_clock_time(int(real_at))} {code} {method} {where}  {answer}  {sandbox}{job}  {reason}")
    return line + "".join(_INDENT + note for note in report.notes(findings)) if findings else line


@lru_cache(maxsize=4)
def _clock_time(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _as_json(event: Exchange | str) -> str:
    if isinstance(event, str):
        return orjson.dumps({"note": event}).decode()
    findings = [report.as_value(each) for each in event.findings]
    line = {"time": event.real_at, "clock": event.at, "status": event.status, "method": event.method, "path": event.path}
    line |= {"answer": event.answer, "endpoint": event.endpoint, "sandbox": event.sandbox, "job": event.job_id}
    return orjson.dumps({**line, "reason": event.reason, "findings": findings}).decode()
