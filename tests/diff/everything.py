"""One document that says something of everything that is compared, and what is left of it when one thing in it is junk."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from .lives import DONE, FAILED, QUEUED, job
from .services import SIGNED
from .silences import CAGE, kinds

JUNK: tuple[Any, ...] = (5, "x", [], {}, None, [1], {"a": 1}, True, [{}], {"$ref": "#/nowhere"})
Path = tuple[Any, ...]


def everything() -> dict[str, Any]:
    """A job with all that can be said of it."""
    root = job(DONE, QUEUED, FAILED)
    call = root["paths"]["/draw"]["post"]
    hook = {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
            "responses": {"2XX": {"description": "d"}},
        }
    }
    text = {
        "type": "string", "contentEncoding": "base64", "format": "uri", "readOnly": True, "default": "a", "examples": ["z"],
        "description": "Default: b. Up to 5.", "maximum": 3,
        "x-mock": {"source": "p", "certainty": "stated", "above-maximum": "cap", "excused": [7], "assumed": ["type"],
                   "from": "job.id"},
    }  # fmt: skip
    call |= {
        "tags": ["a"], "deprecated": True, "x-sunset": "2026-01-01", "x-stability-level": "beta", "x-limits": {"n": 5},
        "security": [{"a": ["draw"]}], "servers": [{"url": "https://{h}", "variables": {"h": {"default": "x"}}}],
        "x-mock": {"source": "s", "certainty": "stated", "selected-by": {"x": "^a"}},
        "parameters": [
            {"name": "q", "in": "query", "style": "form", "explode": True, "schema": {"type": "array"}},
            {"name": "c", "in": "query", "content": {"application/json": {"schema": {}}}},
        ],
        "callbacks": {"ended": {"{$request.body#/w}": hook}},
    }  # fmt: skip
    call["responses"]["401"] = {
        "description": "no",
        "content": {"application/json": {"schema": FAILED, "example": {"status": "failed"}, "examples": {"a": {"value": 5}}}},
        "headers": {"R": {"required": True, "schema": {"type": "integer"}}},
    }
    call["requestBody"]["content"]["multipart/form-data"] = {
        "schema": {"type": "object", "properties": {"f": text, "k": kinds(a="Cat")}},
        "encoding": {"f": {"style": "form"}},
    }
    parts = {"schemas": CAGE, "securitySchemes": {"a": SIGNED}}
    return {**root, "servers": [{"url": "https://a"}], "x-limits": {"m": 1}, "components": parts, "webhooks": {"w": hook}}


def places(node: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a document but its root."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoiled(root: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The document with something else in one place."""
    made = at = copy.deepcopy(root)
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made
