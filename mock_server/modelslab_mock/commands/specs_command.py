"""`modelslab-mock specs`: the contracts, each as a readable sheet, their doubts, and a lint for any OpenAPI document."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError, words_in
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.ledger import Assumption, Entry, assumptions, ledger
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.report import FORMATS, as_text, counted
from modelslab_contracts.vocabulary import CERTAINTIES

from . import sources_command
from .command_line import sorry
from .option_values import OptionsError
from .report_option import add_report, opened
from .specs_infer import add_parser as add_infer
from .specs_infer import run as infer_run
from .specs_page import Page
from .specs_sheet import draw_sheet, url_of


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `specs` and its commands."""
    specs = subparsers.add_parser(
        "specs", help="show the contracts behind it, every doubt about them, and check OpenAPI documents", allow_abbrev=False
    )
    commands = specs.add_subparsers(dest="specs_command", metavar="COMMAND", required=True)
    commands.add_parser("list", help="the contracts, one line each", allow_abbrev=False)
    show = commands.add_parser("show", help="one contract as a readable sheet", allow_abbrev=False)
    show.add_argument("name", metavar="NAME", help="a contract, as `specs list` names it")
    show.add_argument("--yaml", action="store_true", help="print the OpenAPI document itself")
    lint = commands.add_parser("lint", help="check OpenAPI documents, ours or others", allow_abbrev=False)
    lint.add_argument("files", metavar="FILE", nargs="+", type=Path)
    add_infer(commands)
    doubts = commands.add_parser("ledger", help="where pages and reality disagree, and what is assumed", allow_abbrev=False)
    doubts.add_argument("--endpoint", metavar="NAME", help="only what touches this contract")
    doubts.add_argument("--profile", metavar="PROFILE", help=f"only what this profile does: {', '.join(PROFILES)}")
    sources_command.add_parser(commands)
    add_report(lint)
    doubts.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Run one command. 0 fine, 1 findings, 2 usage or unreadable input."""
    if arguments.specs_command == "sources":
        return sources_command.run(arguments, environment)
    commands = {"list": _list, "show": _show, "infer": infer_run, "ledger": _ledger}
    try:
        if arguments.specs_command == "lint":
            return _lint(arguments, environment)
        return commands[arguments.specs_command](arguments)
    except (ContractError, OptionsError) as problem:
        return sorry(str(problem), "specs")


def _unknown(what: str, name: str, known: Iterable[str]) -> int:
    names = tuple(known)
    return sorry(f"no {what} {name!r}{did_you_mean(name, names) or '; there are ' + ', '.join(names)}", "specs")


def _list(_: argparse.Namespace) -> int:
    page = Page()
    rows = []
    for each in endpoints().values():
        counts = Counter(words.get("certainty") for _, words in words_in(each.document.root))
        # A terminal has no room for two long columns: there the page stands above its URL.
        where = (f"{each.title}\n{url_of(each).removeprefix('https://')}",) if page.on_terminal else (url_of(each), each.title)
        rows.append((each.name, *where, str(len(each.fields)), *(str(counts[word]) for word in CERTAINTIES)))
    columns = ("name", "page and URL") if page.on_terminal else ("name", "URL", "page")
    page.table((*columns, "fields", *CERTAINTIES), rows, whole=2, numbers=("fields", *CERTAINTIES))
    if page.on_terminal:
        page.text("The last four columns count clauses by how sure they are.", quiet=True)
        page.text("`specs show NAME` shows one contract, `specs ledger` every doubt.", quiet=True)
    page.print()
    return 0


def _show(arguments: argparse.Namespace) -> int:
    endpoint = endpoints().get(arguments.name)
    if endpoint is None:
        return _unknown("contract", arguments.name, endpoints())
    if arguments.yaml:
        sys.stdout.write(endpoint.document.text.decode())
        return 0
    page = Page()
    draw_sheet(page, endpoint, _entries(endpoint.name))
    page.print()
    return 0


def _lint(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from modelslab_contracts.lint import lint

    reports = opened(arguments.report or ["text"], environment.get("GITHUB_STEP_SUMMARY", ""))
    found: list[Finding] = [finding for file in arguments.files for finding in lint(file)]
    unreadable = [each for each in found if each.rule == "spec/unreadable"]
    rest = [each for each in found if each.rule != "spec/unreadable"]
    judged = len(arguments.files) - len(unreadable)
    with contextlib.ExitStack() as files:
        for form, stream in reports:
            text = as_text(rest) + _summary(rest, judged) if form == "text" else FORMATS[form](found)
            print(text, end="", file=files.enter_context(stream) if stream else sys.stdout, flush=True)
    for each in unreadable:
        sorry(f"cannot read {each.where}: {each.got}", "specs")
    if unreadable:
        return 2
    return 1 if any(each.severity is Severity.ERROR for each in rest) else 0


def _summary(found: list[Finding], files: int) -> str:
    if not files:
        return ""
    return f"{counted(found)} in {files} document{'s' if files > 1 else ''}\n"


def _ledger(arguments: argparse.Namespace) -> int:
    if arguments.endpoint not in (None, *endpoints()):
        return _unknown("contract", arguments.endpoint, endpoints())
    if arguments.profile not in (None, *PROFILES):
        return _unknown("profile", arguments.profile, PROFILES)
    entries = list(_entries(arguments.endpoint))
    assumed = list(assumptions(each for each in endpoints().values() if arguments.endpoint in (None, each.name)))
    profiles = (arguments.profile,) if arguments.profile else tuple(PROFILES)
    if arguments.format == "json":
        plain = {"entries": [_plain(each, profiles) for each in entries], "assumed": [asdict(each) for each in assumed]}
        sys.stdout.write(json.dumps(plain, indent=2) + "\n")
        return 0
    page = Page()
    page.title(f"{len(entries)} contradictions and silences")
    for each in entries:
        _draw_entry(page, each, profiles)
    page.head(f"{len(assumed)} assumed clauses")
    page.table(("contract", "clause", "assumed", "because"), _assumed_rows(assumed, grouped=page.on_terminal))
    page.print()
    return 0


def _entries(endpoint: str | None) -> Iterator[Entry]:
    return (each for each in ledger() if endpoint is None or endpoint in each.endpoints)


def _plain(entry: Entry, profiles: Iterable[str]) -> dict[str, Any]:
    """An entry as JSON; its probes are for our own tests and stay out."""
    kept = ("id", "endpoints", "says", "against", *profiles, "certainty", "why")
    values = {**asdict(entry), **{profile: entry.under(profile) for profile in profiles}}
    return {name: value for name, value in values.items() if name in kept}


def _draw_entry(page: Page, entry: Entry, profiles: Sequence[str]) -> None:
    page.head(entry.id)
    says = f"{entry.says.text} ({entry.says.source})"
    against = f"{entry.against.text} ({entry.against.source})"
    # Side by side, "the same" says enough; a profile shown alone has nothing to be the same as.
    alone = len(profiles) == 1
    done = [(profile, entry.under(profile) if alone else getattr(entry, profile)) for profile in profiles]
    page.pairs([("touches", ", ".join(entry.endpoints)), ("says", says), ("against", against), *done, ("why", entry.why)])


def _assumed_rows(assumed: Iterable[Assumption], *, grouped: bool) -> Iterator[tuple[str, ...]]:
    """One row per clause, or one for all that are assumed alike: the same contract, the same keywords, the same reason."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for each in assumed:
        alike = (each.endpoint, ", ".join(each.keywords) or "all of it", each.why or each.source)
        groups.setdefault(alike if grouped else (*alike, each.pointer), []).append(_place(each.pointer))
    for (endpoint, keywords, reason, *_), places in groups.items():
        yield endpoint, ", ".join(places), keywords, reason


def _place(pointer: str) -> str:
    """A pointer as people say it: Meta.width, POST /api/v3/text2img, its 200, TooLarge."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if parts[0] == "paths":
        return " ".join([parts[2].upper(), parts[1], *parts[4:]])
    return ".".join(part for part in parts[2:] if part != "properties")
