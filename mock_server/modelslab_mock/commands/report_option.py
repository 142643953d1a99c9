"""`--report FORMAT[=FILE]`, as every command takes it: all words are read before any file is touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TextIO

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


def opened(asked: Sequence[str], summary: str) -> tuple[tuple[str, TextIO | None], ...]:
    """Each report with its open file, None where none is named; a job's `summary` is added to. Raises ReportError."""
    return tuple((name, _stream(name, file, summary)) for name, file in read_reports(asked))


def open_text(name: str, asked: str, mode: Literal["w", "a"] = "w") -> TextIO:
    """A file to be written, `asked` for in these words. Raises ReportError."""
    try:
        return Path(name).open(mode, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        raise ReportError(f"{asked}: {problem.strerror}") from None


def _stream(name: str, file: str, summary: str) -> TextIO | None:
    if file == STDOUT:
        try:
            return os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")  # which no command inherits
        except OSError as problem:
            raise ReportError(f"--report to stdout: {problem.strerror}") from None
    return open_text(file, f"--report {name}={file}", "a" if file == summary else "w") if file else None
