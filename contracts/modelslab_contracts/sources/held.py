"""A page held against the clauses that cite it: what is gone, what reads otherwise, what no clause knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..endpoint import Endpoint
from ..findings import Finding
from ..lint_subject import mapping
from ..profiles import PROFILES
from ..request import read_request
from .beside import Beside, digest, said_of
from .citations import Clause, clauses_of, page_of
from .page import Page


class Held(NamedTuple):
    """What came of holding a page against a contract; `citations` counts how often its clauses cite the page."""

    contract: str
    file: str
    citations: int
    findings: list[Finding]


def hold(page: Page, endpoint: Endpoint, sentences: Mapping[str, str]) -> Held:
    """Every disagreement between a page and the contract that was made from it, in the order of the page.

    `sentences` are the digests of what the page said when the clauses were written, by place and name.
    """
    clauses = _citing(endpoint)
    found: list[Finding] = []
    missing: Counter[str] = Counter()
    for each in clauses:
        beside = Beside(page, endpoint, each, sentences.get(_key(each), ""))
        if gone := beside.missing:
            missing[gone] += 1
        if not gone or said_of(page, each):
            found += beside.findings()
    found += [_gone(page, endpoint, what, times) for what, times in missing.items()]
    found += [*_unknown_parameters(page, endpoint), *_unknown_answers(page, endpoint), *_refused_samples(page, endpoint)]
    return Held(endpoint.name, page.file, len(clauses), sorted(dict.fromkeys(found), key=_line))


def digests(page: Page, endpoint: Endpoint) -> dict[str, str]:
    """How the sentences that the contract's clauses cite read now: digests by place and name."""
    told = ((_key(each), said_of(page, each)) for each in _citing(endpoint) if each.cited.place)
    return {key: digest(said.says) for key, said in told if said}


def _citing(endpoint: Endpoint) -> list[Clause]:
    """The clauses that cite the contract's own page."""
    number = page_of(endpoint.document)
    return [each for each in clauses_of(endpoint.document) if each.cited.page == number]


def _key(clause: Clause) -> str:
    return f"{clause.cited.place}: {clause.cited.name or clause.field}"


def _gone(page: Page, endpoint: Endpoint, what: str, times: int) -> Finding:
    says = f"{what} is not there, and {f'{times} clauses cite' if times > 1 else 'one clause cites'} it"
    return Finding("sources/cited-place-gone", f"{page.file}:1", "", says, endpoint.name)


def _unknown_parameters(page: Page, endpoint: Endpoint) -> Iterator[Finding]:
    told = [(each.name, each.line) for each in page.parameters]
    told += [(name, each.line) for each in page.samples if each.is_body for name in each.value]
    yield from _unknown("parameter-unknown", "a parameter", told, {"key", *endpoint.field}, page, endpoint)


def _unknown_answers(page: Page, endpoint: Endpoint) -> Iterator[Finding]:
    answers = [answer for call in endpoint.calls for answer in call.answers.values()]
    known = {each.name for answer in answers for each in answer.fields}
    known |= {f"meta.{child.name}" for answer in answers for each in answer.fields for child in each.children or ()}
    told = [(name, each.line) for each in page.samples if each.is_answer for name in _names(each.value)]
    told += [(each.name, each.line) for each in page.described if each not in page.of_bodies]
    yield from _unknown("answer-field-unknown", "a field of an answer", told, known, page, endpoint)


def _names(value: Mapping[str, Any]) -> Iterable[str]:
    return [*value, *(f"meta.{name}" for name in mapping(value.get("meta")))]


def _unknown(
    rule: str, what: str, told: Iterable[tuple[str, int]], known: set[str], page: Page, endpoint: Endpoint
) -> Iterator[Finding]:
    for name, line in dict(reversed(list(told))).items():
        if name not in known:
            where = f"{page.file}:{line} /{name.replace('.', '/')}"
            yield Finding(f"sources/{rule}", where, "", f"{what} that no clause knows", endpoint.name)


def _refused_samples(page: Page, endpoint: Endpoint) -> Iterator[Finding]:
    for each in page.samples:
        if each.is_body:
            for problem in read_request(endpoint, {**each.value, "key": "any"}, PROFILES["documented"]).problems:
                where, hint = f"{page.file}:{each.line} {problem.where}", "a sample of the page itself"
                yield Finding("sources/sample-refused", where, problem.expected, problem.got, problem.source, hint)


def _line(finding: Finding) -> int:
    found = re.search(r":([0-9]+)(?: |$)", finding.where)
    return int(found[1]) if found else 0
