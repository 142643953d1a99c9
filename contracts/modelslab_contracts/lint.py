"""Judge an OpenAPI document: is it valid, and does it say of every promise where that comes from?

A document that uses `x-mock` anywhere is ours and is held to all of it. A foreign document is held to OpenAPI; what
would only hinder our own tools there is a note. Everything is found at once, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from . import lint_clauses, lint_openapi
from .document import ContractError
from .findings import Finding
from .lint_subject import Problem, Subject, read_subject

CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    lint_openapi.keys,
    lint_openapi.head,
    lint_openapi.references,
    lint_openapi.operations,
    lint_openapi.path_parameters,
    lint_openapi.schemas,
    lint_openapi.values,
    lint_openapi.required_names,
    lint_openapi.ambiguous_keywords,
    lint_clauses.unknown_words,
    lint_clauses.sources,
    lint_clauses.assumptions,
    lint_clauses.excuses,
    lint_clauses.answers,
    lint_clauses.lifecycle,
)


def lint(path: Path) -> list[Finding]:
    """Everything that is wrong with a document, by line. `where` is file:line and a JSON pointer."""
    try:
        subject = read_subject(path)
    except ContractError as problem:
        where = f"{path}:{problem.line}" if problem.line else str(path)
        return [Finding("spec/unreadable", where, "an OpenAPI document", problem.problem, "")]
    found = {problem for check in CHECKS for problem in check(subject)}
    placed = sorted((subject.document.line_of(each.pointer), each) for each in found)
    return [_finding(path, line, problem) for line, problem in placed]


def _finding(path: Path, line: int, problem: Problem) -> Finding:
    where = f"{path}:{line} {problem.pointer}".rstrip()
    return Finding(problem.rule, where, problem.expected, problem.got, problem.source, problem.hint)
