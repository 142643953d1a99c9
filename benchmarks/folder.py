"""A folder of forty documents with two hundred calls, as large as what the vendor publishes: made, never copied."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DOCUMENTS, CALLS = 40, 5
_KINDS = ("image", "film", "voice", "solid")


def write_folder(folder: Path) -> int:
    """Write the documents, half of them YAML, some of those inside pages. Returns how many calls they have."""
    import yaml

    for number in range(DOCUMENTS):
        root = document(number)
        name = f"{_KINDS[number % 4]}-{number:02d}"
        if number % 2:
            (folder / f"{name}.json").write_text(json.dumps(root, indent=2))
        else:
            text = yaml.safe_dump(root, sort_keys=False, width=120)
            page = number % 8 == 0
            (folder / f"{name}{'.md' if page else '.yaml'}").write_text(f"# {name}\n\n```yaml\n{text}```\n" if page else text)
    return DOCUMENTS * CALLS


def document(number: int) -> dict[str, Any]:
    """Four calls that make jobs and the fetch of them all."""
    kind = _KINDS[number % 4]
    paths: dict[str, Any] = {f"/make_{n}": {"post": _submit(f"make{number}x{n}")} for n in range(CALLS - 1)}
    paths["/fetch/{id}"] = {"post": _fetch(f"fetch{number}")}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{kind} {number}", "version": "1"},
        "servers": [{"url": f"https://modelslab.com/api/v8/{kind}/{number}"}],
        "paths": paths,
        "components": {"schemas": {"Order": _order(), "Success": _success(), "Processing": _processing(), "Error": _error()}},
    }


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _refs(*names: str) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


def _submit(name: str) -> dict[str, Any]:
    answers = {"description": "The job.", **_json(_refs("Success", "Processing", "Error"))}
    refused = {"description": "No.", **_json({"$ref": "#/components/schemas/Error"})}
    body = {"required": True, **_json({"$ref": "#/components/schemas/Order"})}
    responses = {"200": answers, "400": refused, "401": refused, "500": refused}
    return {"operationId": name, "summary": "Makes something", "requestBody": body, "responses": responses}


def _fetch(name: str) -> dict[str, Any]:
    answers = {"description": "The job.", **_json(_refs("Success", "Processing", "Error"))}
    key = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {"operationId": name, "parameters": [parameter], "requestBody": _json(key), "responses": {"200": answers}}


def _order() -> dict[str, Any]:
    texts = {name: {"type": "string", "description": f"The {name} of what is made."} for name in ("prompt", "style", "voice")}
    numbers = {f"number_{n}": {"type": "integer", "minimum": 0, "maximum": 100 + n, "default": n} for n in range(10)}
    flags = {f"flag_{n}": {"type": "boolean", "default": False} for n in range(5)}
    hook = {"webhook": {"type": "string", "format": "uri"}, "track_id": {"type": "string"}}
    members = {"key": {"type": "string"}, **texts, **numbers, **flags, **hook}
    return {"type": "object", "required": ["key", "prompt"], "properties": members}


def _success() -> dict[str, Any]:
    links = {"type": "array", "items": {"type": "string", "format": "uri"}}
    meta = {"type": "object", "properties": {f"number_{n}": {"type": "integer"} for n in range(10)}}
    members = {"status": {"const": "success"}, "id": {"type": "integer"}, "output": links, "meta": meta}
    return {"type": "object", "required": ["status", "id", "output"], "properties": members}


def _processing() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("message", "fetch_result")}
    members = {"status": {"const": "processing"}, "id": {"type": "integer"}, "eta": {"type": "number"}, **texts}
    return {"type": "object", "required": ["status", "id", "eta", "fetch_result"], "properties": members}


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["status", "message"],
        "properties": {"status": {"const": "error"}, "message": {"type": "string"}},
    }


if __name__ == "__main__":
    write_folder(Path(sys.argv[1]))
