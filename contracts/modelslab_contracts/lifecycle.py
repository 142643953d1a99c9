"""How a job lives, as a document declares it: submit, then fetch (OpenAPI links), then a webhook (OpenAPI callbacks)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .document import ContractError, Document


@dataclass(frozen=True, slots=True)
class Operation:
    """One POST operation of a document."""

    path: str
    node: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The calls of a document by what they do to a job; `webhook` is the schema of the body that the server sends."""

    submit: Operation
    fetches: tuple[Operation, ...]
    plain: tuple[Operation, ...]
    webhook: Mapping[str, Any] | None


def lifecycle_of(document: Document) -> Lifecycle:
    """The lifecycle that a document declares. Raises ContractError when there is no submit with links to a fetch."""
    operations = {each.node.get("operationId", each.path): each for each in _operations(document)}
    submits = [each for each in operations.values() if _linked(document, each)]
    if len(submits) != 1:
        raise ContractError(
            document.file, 1, f"{len(submits)} operations link to a fetch call, one is needed", "spec/no-lifecycle"
        )
    linked = _linked(document, submits[0])
    missing = [name for name in linked if name not in operations]
    if missing:
        raise ContractError(document.file, 1, f"a link names {missing[0]!r}, no such operationId", "spec/no-lifecycle")
    fetches = tuple(operations[name] for name in linked)
    beside = tuple(each for each in operations.values() if each is not submits[0] and each not in fetches)
    return Lifecycle(submits[0], fetches, beside, _webhook(document, submits[0]))


def _operations(document: Document) -> Iterator[Operation]:
    for path, item in document.root.get("paths", {}).items():
        if "post" in item:
            yield Operation(path, item["post"])


def _linked(document: Document, operation: Operation) -> list[str]:
    success = document.resolve(operation.node.get("responses", {}).get("200", {}))
    return [link["operationId"] for link in success.get("links", {}).values() if "operationId" in link]


def _webhook(document: Document, submit: Operation) -> Mapping[str, Any] | None:
    for callback in submit.node.get("callbacks", {}).values():
        for item in document.resolve(callback).values():
            schema: Mapping[str, Any] = item["post"]["requestBody"]["content"]["application/json"]["schema"]
            return schema
    return None
