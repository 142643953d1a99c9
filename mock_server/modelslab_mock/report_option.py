"""`--report FORMAT[=FILE]`: which report goes where, checked before any file is touched."""

from __future__ import annotations

from collections.abc import Sequence

from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.report import FORMATS

STDOUT = "-"


class ReportError(Exception):
    """A report that cannot be made, as one sentence."""


def read_reports(asked: Sequence[str]) -> list[tuple[str, str]]:
    """Each report's format and file, "" without one. Raises ReportError."""
    split_up = [text.partition("=") for text in asked]
    files: set[str] = set()
    for name, equals, file in split_up:
        if name not in FORMATS:
            raise ReportError(f"--report {name!r} is not one of {', '.join(FORMATS)}{did_you_mean(name, FORMATS)}")
        if equals and not file:
            raise ReportError(f"--report {name}=: names no file after the =")
        if file in files and file != STDOUT:
            raise ReportError(f"--report {name}={file}: another report goes to this file already")
        files |= {file} - {""}
    return [(name, file) for name, _, file in split_up]
