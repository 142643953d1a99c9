"""Findings as people and programs read them. Nothing else words a finding, and nothing else escapes one."""

from __future__ import annotations

from collections.abc import Callable

from .forms import as_github, as_json, as_markdown, as_text, as_value
from .junit import as_junit
from .sheet import Fact, Item, Row, Sheet, Told, counted, sheet_of
from .words import brief, explanation, line, notes, one_line


def as_sarif(told: Told) -> str:
    """A log of code scanning: SARIF 2.1.0."""
    from .sarif import log  # a server's start needs neither this nor the next

    return log(told)


def as_html(told: Told) -> str:
    """One page for a person, which loads nothing from elsewhere."""
    from .html import page

    return page(told)


#: The forms of a report by name.
FORMATS: dict[str, Callable[[Told], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "markdown": as_markdown,
    "junit": as_junit,
    "sarif": as_sarif,
    "html": as_html,
}

__all__ = [
    "FORMATS",
    "Fact",
    "Item",
    "Row",
    "Sheet",
    "Told",
    "as_github",
    "as_html",
    "as_json",
    "as_junit",
    "as_markdown",
    "as_sarif",
    "as_text",
    "as_value",
    "brief",
    "counted",
    "explanation",
    "line",
    "notes",
    "one_line",
    "sheet_of",
]
