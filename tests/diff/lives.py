"""Pairs of documents between which a job lives another life."""

from __future__ import annotations

from typing import Any

from .documents import document

_TEXT = {"type": "string"}


def answer(status: str, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["status", *fields], "properties": {"status": {"const": status}, **fields}}


def without(schema: Any, field: str) -> dict[str, Any]:
    """The same, but the field may be missing."""
    return {**schema, "required": [each for each in schema["required"] if each != field]}


DONE = answer("success", output={"type": "array"})
QUEUED = answer("processing", eta={"type": "number"}, fetch_result=_TEXT, id={"type": "integer"})
FAILED = answer("failed", message=_TEXT)
KEY = {"type": "object", "required": ["key"], "properties": {"key": _TEXT}}
NO_KEY = {"type": "object", "properties": {"key": _TEXT}}


def job(
    *submitted: Any,
    fetched: tuple[Any, ...] = (DONE, QUEUED),
    asks: Any = KEY,
    takes: str = "$response.body#/id",
    linked: bool = True,
) -> dict[str, Any]:
    """A submit, and the fetch that it links to."""
    link = {"links": {"fetch": {"operationId": "fetch", "parameters": {"id": takes}}}} if linked else {}
    root = document(asks=KEY, answers={"oneOf": list(submitted or (DONE, QUEUED))}, operationId="draw")
    root["paths"]["/draw"]["post"]["responses"]["200"] |= link
    fetch = document(asks=asks, answers={"oneOf": list(fetched)}, operationId="fetch")
    fetch["paths"]["/draw"]["post"]["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}]
    return {**root, "paths": {**root["paths"], "/fetch/{id}": fetch["paths"]["/draw"]}}


def listed(*statuses: str) -> dict[str, Any]:
    """The same with one schema for all statuses."""
    return {"type": "object", "required": ["status"], "properties": {"status": {"enum": list(statuses)}}}


_WAITING = answer("waiting", eta={"type": "number"})

#: rule, old, new, rule of the way back ("" for none, with a reason in WAIVED)
LIVES: list[tuple[str, Any, Any, str]] = [
    ("job-end-added", job(), job(DONE, QUEUED, FAILED), "job-status-removed"),
    ("job-status-added", job(), job(DONE, QUEUED, _WAITING), "job-status-removed"),
    ("job-end-added", job(), job(fetched=(DONE, QUEUED, FAILED)), "job-status-removed"),
    (
        "job-end-added",
        job(fetched=(listed("processing", "success"),)),
        job(fetched=(listed("processing", "success", "error"),)),
        "job-status-removed",
    ),
    ("job-may-be-queued", job(DONE, FAILED), job(DONE, FAILED, QUEUED), "job-never-queued"),
    ("job-fetch-address-optional", job(), job(DONE, without(QUEUED, "fetch_result")), ""),
    ("job-estimate-optional", job(), job(DONE, without(QUEUED, "eta")), ""),
    ("job-fetch-id-changed", job(), job(takes="$response.body#/request_id"), "job-fetch-id-changed"),
    ("job-fetch-unlinked", job(), job(linked=False), "job-fetch-linked"),
    ("job-fetch-needs-key", job(asks=NO_KEY), job(), "job-fetch-needs-no-key"),
]
