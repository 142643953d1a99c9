"""`modelslab-mock specs sources`: saved pages of the vendor, held against the clauses that cite them. Nothing is fetched."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.report import FORMATS, Row, Sheet, counted

from .checked import write
from .command_line import WIDE, sorry
from .option_values import OptionsError
from .report_option import add_report, opened

if TYPE_CHECKING:
    from modelslab_contracts.sources.held import Held
    from modelslab_contracts.sources.page import Page

_COMMAND = "specs sources"
_LARGEST = 8 << 20


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sources` to the commands of `specs`."""
    sources = commands.add_parser(
        "sources",
        help="hold saved pages of the vendor against the clauses that cite them",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Hold the vendor's pages, as you saved them (Markdown, HTML or text), against the clauses that cite them: "
        "what is gone, what reads otherwise, which parameters no clause knows. Which contract a page is of is told by what it "
        "says. Nothing is fetched.",
        epilog="Exit codes: 0 all is as the contracts say, 1 errors or warnings, 2 a page of no contract or unreadable input.",
    )
    sources.add_argument("pages", metavar="PAGE", nargs="+", type=Path)
    sources.add_argument(
        "--learn", metavar="FILE", type=Path, help="keep in FILE, as digests, how the cited sentences read now"
    )
    add_report(sources)


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 all is as the contracts say, 1 errors or warnings, 2 usage, an unreadable file or a page of no contract."""
    from modelslab_contracts.sources.held import digests, hold
    from modelslab_contracts.sources.matching import contract_of
    from modelslab_contracts.sources.page import read_page
    from modelslab_contracts.sources.sentences import read_sentences, written

    pages, strange = [], []
    try:
        for file in arguments.pages:
            page = read_page(_bytes(file), str(file))
            endpoint = contract_of(page, endpoints().values())
            if endpoint is None:
                strange.append(page)
            else:
                pages.append((page, endpoint))
        if arguments.learn:
            learnt = {endpoint.name: digests(page, endpoint) for page, endpoint in pages}
            before = read_sentences(arguments.learn) if arguments.learn.exists() else {}
            _write(arguments.learn, written({**before, **learnt}))
        sentences = read_sentences(*([arguments.learn] if arguments.learn else []))
        reports = opened(arguments.report, environment.get("GITHUB_STEP_SUMMARY", "")) or (("text", None),)
    except (ContractError, OptionsError) as problem:
        return sorry(str(problem), _COMMAND)
    held = [hold(page, endpoint, sentences.get(endpoint.name, {})) for page, endpoint in pages]
    found = [finding for each in held for finding in each.findings]
    sheet = Sheet(rows=tuple(map(Row, found)), title=_COMMAND, sentences=_sentences(held), bar=Severity.WARNING)

    def in_form(form: str) -> str:
        return FORMATS[form](sheet) + ("".join(f"{each}\n" for each in sheet.sentences) if form == "text" else "")

    try:
        write(reports, in_form)
    except OptionsError as problem:
        return sorry(str(problem), _COMMAND)
    for page in strange:
        sorry(f"{page.file} is a page of no contract: {_why(page)}", _COMMAND)
    return 2 if strange else _code(found)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST + 1)
    except OSError as problem:
        raise ContractError(f"cannot read {file}", 0, problem.strerror or str(problem)) from None
    if len(text) > _LARGEST:
        raise ContractError(f"cannot read {file}", 0, f"larger than {_LARGEST >> 20} MiB, which is no page")
    return text


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ContractError(f"--learn {file}", 0, problem.strerror or str(problem)) from None


def _sentences(held: list[Held]) -> tuple[str, ...]:
    """One for each page: which contract it is of, how much of it rests on the page, and what came of it."""
    return tuple(
        f"{each.file}: {each.contract}, {each.citations} citations held against it, {counted(each.findings)}." for each in held
    )


def _why(page: Page) -> str:
    calls = [path for path in page.paths if "/api/" in path]
    count = len(page.parameters)
    known = f"{count or 'no'} parameter{'' if count == 1 else 's'}"
    return f"it has {known} and names {', '.join(calls[:3]) or 'no call'}"


def _code(found: list[Finding]) -> int:
    return int(any(each.severity >= Severity.WARNING for each in found))
