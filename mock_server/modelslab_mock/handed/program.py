"""What calls a client that is a program: it tells what came of a call by what it raises. See adapter.py and one_shot.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from modelslab_contracts.kit.run import Outcome

from .loopback_stage import LoopbackStage

#: Real seconds without a sign of life: nobody whose time is tied needs so many, and nobody else so many more.
SILENT_S, SILENT_REAL_S = 120.0, 900.0
#: How often it is looked at whether a story has to be ended from outside.
LOOK_S = 0.25
#: A picture's file is not read beyond this.
_MAX_PICTURE = 64 * 2**20
#: How languages tell which error ended a program, on a line with its class in front.
_ENDED_BY = re.compile(
    r"^(?:PHP Fatal error:\s+)?(?:Uncaught )?((?:[A-Za-z_][\w.:\\]*)?(?:Error|Exception|Timeout|Failure))(?: \[\w+\])?: ?(.*)$"
)
#: How much of a program's stderr is its error's message.
_TAIL = 4_000


class Program(Protocol):
    """A client that is a program, called for an `endpoint` ("" for the one of its choice).

    `deaths` counts the calls, one after the other, in which it died.
    """

    endpoint: str
    deaths: int

    def start(self, stage: LoopbackStage) -> None:
        """Be ready to be called, by `stage`'s time. Raises Gone."""

    def call(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        """Ask for pictures. Raises CameTo, NotJudged, Gone or Stopped."""

    def stop(self) -> None:
        """Nobody calls any more."""


def read_picture(path: str) -> bytes:
    """The bytes of a picture that a client wrote to a file. Raises OSError."""
    with Path(path).open("rb") as file:
        return file.read(_MAX_PICTURE)


def died(how: str, printed: str) -> Outcome:
    """A program that ended in the middle of a call: nobody can have meant that."""
    type_, says = ended_by(printed)
    return Outcome("crash", (), says, f"{type_} ({how})" if type_ else how)


def ended_by(printed: str) -> tuple[str, str]:
    """The class of the error that ended a program, "" where its stderr tells none, and what it said: the telling line first."""
    lines = reversed([each.strip() for each in printed.splitlines()])
    found = next((match for match in map(_ENDED_BY.match, lines) if match), None)
    said = printed.strip()[-_TAIL:]
    return (found[1], f"{found[2]}\n{said}") if found else ("", said)


def last_line(printed: str) -> str:
    """The line that tells an error, or else the last that says something (Node's last one is its version), for a sentence."""
    lines = [each.strip() for each in printed.splitlines() if each.strip()]
    told = [each for each in lines if _ENDED_BY.match(each)] or lines
    return told[-1][:200] if told else "and nothing on stderr"
