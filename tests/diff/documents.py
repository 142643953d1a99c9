"""Small documents to compare: one call whose body and answer are a schema each."""

from __future__ import annotations

import json
from typing import Any

from modelslab_contracts.diff.compare import Outcome, compare
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.lint_subject import Subject, subject_of

NOTHING: dict[str, Any] = {"type": "object"}


def subject(root: Any, name: str = "api") -> Subject:
    """A document as the command reads it."""
    return subject_of(json.dumps(root, indent=1).encode(), name, f"{name}.json")


def document(
    *, asks: Any = NOTHING, answers: Any = NOTHING, version: str = "3.1.0", components: Any = None, **operation: Any
) -> dict[str, Any]:
    """A document with one call: what its body asks for, and what it answers. More of the operation comes by name."""
    call = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": asks}}},
        "responses": {"200": {"description": "An answer.", "content": {"application/json": {"schema": answers}}}},
        **operation,
    }
    root = {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {"/draw": {"post": call}}}
    return {**root, "components": {"schemas": components}} if components else root


def compared(old: Any, new: Any) -> Outcome:
    """What a client of `old` meets under `new`."""
    return compare(subject(old, "old"), subject(new, "new"))


def found(old: Any, new: Any) -> list[Finding]:
    """The findings between two documents."""
    return compared(old, new).findings


def rules(findings: list[Finding], least: Severity = Severity.NOTE) -> list[str]:
    """The rules of findings, without their room."""
    return [each.rule.removeprefix("diff/") for each in findings if each.severity >= least]


def witness(finding: Finding) -> Any:
    """The value that a finding shows."""
    value, _ = json.JSONDecoder().raw_decode(finding.hint.partition(": ")[2])
    return value
