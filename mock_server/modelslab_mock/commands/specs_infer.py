"""`modelslab-mock specs infer`: what foreign documents come to as endpoints, what that rests on, and what is odd in them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.findings import Finding
from modelslab_contracts.report import as_text, as_value, counted

from .specs_page import Page

_COLUMNS = ("endpoint", "what", "taken to be", "certainty", "because")


def add_parser(commands: Any) -> None:
    """Add `specs infer`."""
    infer = commands.add_parser(
        "infer", help="what OpenAPI documents of others come to, and what is guessed", allow_abbrev=False
    )
    infer.add_argument("files", metavar="PATH", nargs="+", help="a document, a saved documentation page, or a folder of them")
    infer.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Print one table. Raises ContractError for what cannot be read."""
    from ..specs_named import documents, inferred

    paths = tuple(arguments.files)
    found = inferred(paths)
    odd = [finding for each in documents(paths) for finding in each.findings] + list(found.findings)
    if arguments.format == "json":
        told = {
            "endpoints": {name: _told(each) for name, each in found.endpoints.items()},
            "inferred": [each._asdict() for each in found.guesses],
            "findings": [as_value(each) for each in odd],
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return 0
    _draw(found.endpoints.values(), found.guesses, odd)
    return 0


def _told(endpoint: Endpoint) -> dict[str, Any]:
    calls = [{"kind": each.kind, "method": each.method, "path": each.path} for each in endpoint.calls]
    return {"title": endpoint.title, "calls": calls, "fields": [each.name for each in endpoint.fields]}


def _draw(endpoints: Any, guesses: Any, odd: list[Finding]) -> None:
    jobs = [each for each in endpoints if each.makes_jobs]
    plain = [each for each in endpoints if not each.makes_jobs]
    page = Page()
    page.title(
        f"{_several(len(jobs), 'call')} that make{'' if len(jobs) > 1 else 's'} jobs, {_several(len(plain), 'plain call')}"
    )
    before = ""
    rows = []
    for each in sorted(guesses, key=lambda guess: guess.endpoint):
        name = each.endpoint if each.endpoint != before or not page.on_terminal else ""
        rows.append((name, each.about, each.taken, each.certainty, each.why))
        before = each.endpoint
    if rows:
        page.table(_COLUMNS, rows)
    if plain:
        page.head("Plain calls")
        page.table(
            ("endpoint", "call", "title"), [(e.name, f"{e.submit.method} {e.submit.path}", e.title) for e in plain], whole=2
        )
    if odd:
        page.head(f"What a strict reader would refuse: {counted(odd)}")
    page.print()
    sys.stdout.write(as_text(odd) if odd else "")


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
