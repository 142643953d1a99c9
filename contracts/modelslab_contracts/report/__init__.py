"""Findings as people and programs read them. Nothing else words a finding, and nothing else escapes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..findings import Finding
from .forms import as_github, as_json, as_markdown, as_text, as_value
from .junit import as_junit
from .words import accepted, brief, counted, explanation, line, notes, one_line

#: The forms of a report by name.
FORMATS: dict[str, Callable[[Iterable[Finding]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "markdown": as_markdown,
    "junit": as_junit,
}

__all__ = [
    "FORMATS",
    "accepted",
    "as_github",
    "as_json",
    "as_junit",
    "as_markdown",
    "as_text",
    "as_value",
    "brief",
    "counted",
    "explanation",
    "line",
    "notes",
    "one_line",
]
