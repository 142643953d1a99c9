"""What the OpenAPI block of a page says. Its lines are those of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..json_pointer import escaped
from ..lint_subject import Subject, mapping
from .lines import plain
from .tables import Row

_KEYWORDS = ("type", "default", "minimum", "maximum", "multipleOf", "enum", "const", "pattern", "minLength", "maxLength")


def urls_of(openapi: Subject) -> Iterator[tuple[int, str]]:
    """The URL of every call, and its line."""
    servers = openapi.root.get("servers")
    bases = [str(mapping(each).get("url", "")) for each in servers] if isinstance(servers, list) else [""]
    for item in openapi.items:
        for base in bases:
            yield openapi.document.line_of(item.pointer), base.rstrip("/") + item.path


def properties_of(openapi: Subject) -> Iterator[Row]:
    """Name, schema, line, description and what is stated as data, of every property of every named schema."""
    for name, schema in mapping(mapping(openapi.root.get("components")).get("schemas")).items():
        pointer = f"/components/schemas/{escaped(name)}"
        for field, node in mapping(mapping(schema).get("properties")).items():
            where = f"{pointer}/properties/{escaped(field)}"
            stated = _stated(openapi, node)
            says = plain(str(mapping(node).get("description", "")))
            yield field, f"OpenAPI {name}", openapi.document.line_of(where), says, stated


def bodies_of(openapi: Subject) -> set[str]:
    """The places of the schemas that bodies are made of, those joined by allOf included."""
    found: set[str] = set()
    for operation in openapi.operations:
        body = openapi.resolved(operation.node.get("requestBody"))
        for media in mapping(body.get("content")).values():
            _gather(openapi, mapping(media).get("schema"), found)
    return found


def _gather(openapi: Subject, node: Any, found: set[str]) -> None:
    reference = mapping(node).get("$ref")
    name = reference.removeprefix("#/components/schemas/") if isinstance(reference, str) else ""
    if f"OpenAPI {name}" in found:
        return
    if name:
        found.add(f"OpenAPI {name}")
        node = openapi.resolved(node)
    parts = mapping(node).get("allOf")
    for each in parts if isinstance(parts, list) else ():
        _gather(openapi, each, found)


def required_of(openapi: Subject) -> set[str]:
    """The fields without which a body is refused, by the schemas that it is made of."""
    places = bodies_of(openapi)
    schemas = mapping(mapping(openapi.root.get("components")).get("schemas"))
    lists = [mapping(schemas.get(place.removeprefix("OpenAPI "))).get("required") for place in places]
    return {str(name) for each in lists if isinstance(each, list) for name in each}


def responses_of(openapi: Subject) -> set[str]:
    """The statuses of its calls."""
    return {str(status) for operation in openapi.operations for status in mapping(operation.node.get("responses"))}


def _stated(openapi: Subject, node: Any) -> dict[str, Any]:
    target = openapi.resolved(node)
    stated = {word: target[word] for word in _KEYWORDS if word in target}
    for word in ("oneOf", "anyOf"):
        listed = target.get(word)
        if isinstance(listed, list) and "type" not in stated:
            stated["type"] = [mapping(each).get("type") for each in listed]
    return stated
