"""`--report FORMAT[=FILE]`, as every command takes it: all words are read before any file is touched."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TextIO

from modelslab_contracts.report import FORMATS

from .option_values import OptionsError, known

STDOUT = "-"
#: Each report's format and open file; None is where its command puts a report by itself.
Reports = tuple[tuple[str, TextIO | None], ...]


def add_report(parser: argparse.ArgumentParser) -> None:
    """`--report` of a command whose findings go to stdout."""
    *most, last = FORMATS
    text = f"write the findings as {', '.join(most)} or {last}, to a file or to stdout; repeatable (default: text)"
    parser.add_argument("--report", metavar="FORMAT[=FILE]", action="append", default=[], help=text)


def read_reports(asked: Sequence[str]) -> list[tuple[str, str]]:
    """Each report's format and file, "" without one. Raises OptionsError."""
    split_up = [text.partition("=") for text in asked]
    files: set[str] = set()
    for name, equals, file in split_up:
        known("--report", name, FORMATS)
        if equals and not file:
            raise OptionsError(f"--report {name}=: names no file after the =")
        if file in files and file != STDOUT:
            raise OptionsError(f"--report {name}={file}: another report goes to this file already")
        files |= {file} - {""}
    return [(name, file) for name, _, file in split_up]


def opened(asked: Sequence[str], summary: str) -> Reports:
    """Each report with its open file, None where none is named; a job's `summary` is added to. Raises OptionsError."""
    return tuple((name, _stream(name, file, summary)) for name, file in read_reports(asked))


def opened_beside_text(asked: Sequence[str], summary: str) -> Reports:
    """The same, and the text before them where nothing else goes to stdout. Raises OptionsError."""
    reports = opened(asked, summary)
    is_stdout_taken = any(each.partition("=")[2] in ("", STDOUT) for each in asked)
    return reports if is_stdout_taken else (("text", None), *reports)


def open_text(name: str, asked: str, mode: Literal["w", "a"] = "w") -> TextIO:
    """A file to be written, `asked` for in these words. Raises OptionsError."""
    try:
        return Path(name).open(mode, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        raise OptionsError(f"{asked}: {problem.strerror}") from None


def _stream(name: str, file: str, summary: str) -> TextIO | None:
    if file == STDOUT:
        try:
            return os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")  # which no command inherits
        except OSError as problem:
            raise OptionsError(f"--report to stdout: {problem.strerror}") from None
    return open_text(file, f"--report {name}={file}", "a" if file == summary else "w") if file else None
