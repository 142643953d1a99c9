"""The calls of the API by path, read from its own OpenAPI document: which one was meant, and what it knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from modelslab_contracts.nearest import nearest

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Call(NamedTuple):
    """A path with its operations by method, in upper case."""

    path: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Mapping[str, Any]]


class Calls:
    """Every path of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document.get("components", {}).get("schemas", {})
        self._all = [
            Call(
                path,
                re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))),
                {method.upper(): operations[method] for method in METHODS if method in operations},
            )
            for path, operations in document["paths"].items()
        ]

    def at(self, path: str) -> Call | None:
        """The call at `path`; one without variable parts goes first."""
        found = [each for each in self._all if each.pattern.fullmatch(path)]
        return min(found, key=lambda each: each.path.count("{"), default=None)

    def nearest(self, path: str) -> str | None:
        """The path most like an unknown one, as the document writes it. What stands in its variable parts does not count."""
        given = path[:200].split("/")
        spelled: dict[str, str] = {}
        for each in self._all:
            parts = each.path.split("/")
            if len(parts) == len(given):
                parts = [mine if part.startswith("{") else part for part, mine in zip(parts, given, strict=True)]
            spelled.setdefault("/".join(parts), each.path)
        close = nearest(path[:200], spelled)
        return spelled[close] if close else None

    def query_words(self, path: str, method: str) -> list[str]:
        """The query parameters that a call knows."""
        call = self.at(path)
        operation = call.operations.get(method, {}) if call else {}
        return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]

    def body_words(self, path: str, method: str, inside: Sequence[str | int]) -> list[str]:
        """The names that may stand in the object at `inside` of a call's body."""
        call = self.at(path)
        operation = call.operations.get(method, {}) if call else {}
        content = operation.get("requestBody", {}).get("content", {})
        schema = self.resolved(content.get("application/json", {}).get("schema", {}))
        for step in inside:
            below = schema.get("items", {}) if isinstance(step, int) else schema.get("properties", {}).get(step, {})
            schema = self.resolved(below)
        return list(schema.get("properties", {}))

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema with its reference followed; of a choice between it and null, the one that is not null."""
        choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
        if len(choices) == 1:
            schema = {**{k: v for k, v in schema.items() if k != "anyOf"}, **choices[0]}
        if "$ref" in schema:
            referred: Mapping[str, Any] = self._schemas[schema["$ref"].rpartition("/")[2]]
            return referred
        return schema
