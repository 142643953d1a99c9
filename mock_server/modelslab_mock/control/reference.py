"""The reference of the API as plain rows, read from its OpenAPI document: what the page and docs/control-api.md draw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .calls import METHODS


class Row(NamedTuple):
    """A parameter or a field: its name, the form of its value, whether it is needed, one sentence."""

    name: str
    form: str
    needed: bool
    sentence: str


class Model(NamedTuple):
    """An object that goes in or comes out."""

    name: str
    sentence: str
    rows: tuple[Row, ...]


class CallSheet(NamedTuple):
    """One call. `body` and `answer` are forms, in which a model goes by its name.

    `address` is the path with examples in its variable parts; `example` is a body as JSON text.
    """

    method: str
    path: str
    address: str
    summary: str
    parameters: tuple[Row, ...]
    body: str
    body_is_needed: bool
    example: str
    answer: str

    @property
    def anchor(self) -> str:
        """Its id within a page."""
        return "-".join([self.method.lower(), *(part.strip("{}") for part in self.path.split("/")[2:])])


class Room(NamedTuple):
    """The calls of one room."""

    name: str
    sentence: str
    calls: tuple[CallSheet, ...]


class Reference(NamedTuple):
    """Everything that the document says to a reader."""

    title: str
    sentence: str
    rooms: tuple[Room, ...]
    models: tuple[Model, ...]


def reference(document: Mapping[str, Any]) -> Reference:
    """The reference that an OpenAPI document makes."""
    schemas = document.get("components", {}).get("schemas", {})
    rooms = tuple(
        Room(tag["name"], tag.get("description", ""), tuple(_calls(document, tag["name"], schemas)))
        for tag in document.get("tags", [])
    )
    models = tuple(
        Model(name, _flat(schema.get("description", "")), tuple(_rows(schema)))
        for name, schema in sorted(schemas.items())
        if schema.get("type") == "object"
    )
    info = document["info"]
    return Reference(info["title"], _flat(info.get("description", "")), rooms, models)


def _calls(document: Mapping[str, Any], tag: str, schemas: Mapping[str, Any]) -> Iterator[CallSheet]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            told = operations.get(method)
            if not told or tag not in told.get("tags", []):
                continue
            body = told.get("requestBody", {})
            schema = body.get("content", {}).get("application/json", {}).get("schema", {})
            answers: Mapping[str, Any] = told.get("responses", {}).get("200", {}).get("content", {})
            answer = form(answers["application/json"]["schema"]) if "application/json" in answers else ", ".join(answers)
            yield CallSheet(
                method=method.upper(),
                path=path,
                address=_filled(path, told.get("parameters", [])),
                summary=told.get("summary", ""),
                parameters=tuple(_parameter(each) for each in told.get("parameters", [])),
                body=form(_not_null(schema)) if schema else "",
                body_is_needed=bool(body.get("required")),
                example=json.dumps(_example(schema, schemas)) if schema else "",
                answer=answer,
            )


def _parameter(told: Mapping[str, Any]) -> Row:
    where = {"query": "?{}", "path": "{{{}}}", "header": "{}:"}[told["in"]].format(told["name"])
    return Row(where, form(_not_null(told["schema"])), bool(told.get("required")), _flat(told.get("description", "")))


def _rows(schema: Mapping[str, Any]) -> Iterator[Row]:
    needed = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        yield Row(name, form(told), name in needed, _flat(told.get("description", "")))


def form(schema: Mapping[str, Any]) -> str:
    """What a value looks like, in words: `number, at least 0`, `list of JobView`, `text or null`."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(form(each) for each in schema["anyOf"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type")
    if kind == "array":
        return f"list of {form(schema.get('items', {}))}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"object of {form(values)}" if isinstance(values, Mapping) else "object"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true | false", "null": "null"}
    bounds = [f"{name} {_number(schema[word])}" for word, name in _BOUNDS.items() if word in schema]
    default = [f"{_number(schema['default'])} when left out"] if isinstance(schema.get("default"), int | float) else []
    return ", ".join([words.get(str(kind), "any JSON"), *bounds, *default])


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _not_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a choice between something and null, the something: what can be left out is said elsewhere."""
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def _filled(path: str, parameters: list[Mapping[str, Any]]) -> str:
    """The path with the examples of its parameters."""
    for each in parameters:
        if each["in"] == "path":
            examples = each.get("examples") or each["schema"].get("examples") or [each["name"]]
            path = path.replace(f"{{{each['name']}}}", str(examples[0]))
    return path


_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "minLength": "length at least",
    "maxLength": "length at most",
}


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A body that can be sent as it is: the examples of its fields, without those that can be left out and have none."""
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    found = {}
    for name, told in schema.get("properties", {}).items():
        if told.get("examples"):
            found[name] = told["examples"][0]
    return found


def _flat(text: str) -> str:
    """A docstring as one paragraph."""
    return " ".join(text.split())
