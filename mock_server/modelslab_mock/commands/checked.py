"""What a command that checks something does with what came of it: files that play it again, reports, an exit code."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from .option_values import OptionsError
from .report_option import Reports

NOT_JUDGED, NOTHING_VERIFIED = 3, 5


class Outcome(Protocol):
    """A report as far as it decides the exit code."""

    @property
    def exit_code(self) -> int:
        """That of this report alone."""


def exit_code(reports: Iterable[Outcome]) -> int:
    """That of several reports: findings, then what could not be judged, then what was not verified."""
    codes = {each.exit_code for each in reports} or {NOTHING_VERIFIED}
    return next((code for code in (1, NOT_JUDGED, NOTHING_VERIFIED) if code in codes), 0)


def replay_file(folder: Path, name: str, replay: Mapping[str, Any]) -> str:
    """Write a finding's replay, named by its rule; returns the file. Raises OptionsError."""
    file = folder / f"{name.replace('/', '-')}.json"
    try:
        file.write_text(json.dumps(replay, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise OptionsError(f"--replays {file}: {problem.strerror}") from None
    return str(file)


def write(reports: Reports, in_form: Callable[[str], str]) -> None:
    """Write each report in its form, and close its file; without one, to stdout. Raises OptionsError."""
    for form, file in reports:
        try:
            with file or contextlib.nullcontext(sys.stdout) as stream:  # a full disk may be told of when it is closed
                stream.write(in_form(form))
                stream.flush()
        except BrokenPipeError:
            raise  # whoever reads has seen enough
        except OSError as problem:
            raise OptionsError(f"--report {form}: {problem.strerror}") from None
