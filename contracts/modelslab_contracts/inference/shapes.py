"""The shapes of answer that a foreign call declares: alternatives, one schema for several statuses, or bare examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..lint_subject import mapping
from .names import MEANT, OF_WAITING, STATUS, fact_of
from .operations import Operation
from .schemas import Schemas, examples, is_valid, kinds, schema_of


class Shape(NamedTuple):
    """One shape of answer. `says` maps what a status means to the word that says so here.

    `is_shared` says that one schema serves several statuses, `is_bare` that only an example is known.
    """

    schema: Mapping[str, Any]
    says: Mapping[str, str]
    component: str
    code: int
    is_shared: bool = False
    is_bare: bool = False
    shown: tuple[Any, ...] = ()


def shapes(operation: Operation, schemas: Schemas) -> list[Shape]:
    """Every shape that the call answers with when all is well, in the order of the document."""
    found = []
    for status, response in operation.responses:
        if status == "2XX" or (status.isdigit() and 200 <= int(status) < 300):  # all is well
            code = int(status) if status.isdigit() else 200
            found += [each._replace(code=code) for each in shapes_in(response, operation, schemas)]
    if len(found) == 1 and _serves_all(found[0]):
        says = {"success": "success", "processing": "processing", "error": "error"} | dict(found[0].says)
        return [found[0]._replace(says=says, is_shared=True)]
    return found


def _serves_all(shape: Shape) -> bool:
    """Whether the only shape of a call, its status being any text, has a place for what is done and what is waited for."""
    members = mapping(shape.schema.get("properties"))
    facts = {fact_of(each) for each in members}
    return has_free_status(shape) and not shape.is_bare and "links" in facts and bool(facts.intersection(OF_WAITING))


def has_free_status(shape: Shape) -> bool:
    """Whether the status of a shape may be any text."""
    status = mapping(mapping(shape.schema.get("properties")).get(STATUS))
    return bool(status) and "string" in kinds(status) and "enum" not in status and "const" not in status


def shapes_in(response: Mapping[str, Any], operation: Operation, schemas: Schemas) -> list[Shape]:
    """The shapes of one response."""
    return list(_shapes(response, operation, schemas))


def refusals(operation: Operation, schemas: Schemas) -> Iterator[tuple[str, Shape]]:
    """The shape of answer that each status of a refusal has, where the document says it."""
    for status, response in operation.responses:
        if status[0] in "45D":
            shape = next(iter(_shapes(response, operation, schemas)), None)
            if shape is not None and "object" in kinds(shape.schema):
                yield status, shape


def json_media(response: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a response holds as JSON, if anything."""
    content = mapping(response.get("content"))
    return next((mapping(media) for kind, media in content.items() if "json" in kind or kind == "*/*"), None)


def shown_by(media: Mapping[str, Any], operation: Operation) -> tuple[Any, ...]:
    """The examples that stand beside a schema, or in place of one."""
    named = [operation.resolved(each) for each in mapping(media.get("examples")).values()]
    return (*([media["example"]] if "example" in media else ()), *(each["value"] for each in named if "value" in each))


def _shapes(response: Mapping[str, Any], operation: Operation, schemas: Schemas) -> Iterator[Shape]:
    media = json_media(response)
    if media is None:
        return
    shown = shown_by(media, operation)
    raw = media.get("schema")
    if not isinstance(raw, dict) or not _says_something(schemas.alone(raw)):
        for value in shown or examples(raw):
            yield _shape(schema_of(value), "", (value,), is_bare=True)
        return
    for branch in _branches(raw, operation):
        name = str(mapping(branch).get("$ref", "")).rpartition("/")[2]
        schema = schemas.alone(branch)
        yield _shape(schema, name, tuple(each for each in shown if is_valid(schema, each)))


def _branches(raw: Mapping[str, Any], operation: Operation) -> list[Any]:
    """The alternatives of a schema, or the schema itself."""
    told = operation.resolved(raw)
    for word in ("oneOf", "anyOf"):
        if isinstance(told.get(word), list) and told[word] and not told.get("properties"):
            return [inner for each in told[word] for inner in _branches(mapping(each), operation)]
    return [raw]


def _says_something(schema: Mapping[str, Any]) -> bool:
    if any(schema.get(word) for word in ("properties", "oneOf", "anyOf", "items", "enum", "required")) or "const" in schema:
        return True
    return "type" in schema and schema["type"] != "object"


def _shape(schema: Mapping[str, Any], name: str, shown: tuple[Any, ...], *, is_bare: bool = False) -> Shape:
    says = _says(schema, name, shown)
    return Shape(schema, says, name, 200, len(says) > 1, is_bare, shown)


def _says(schema: Mapping[str, Any], name: str, shown: tuple[Any, ...]) -> dict[str, str]:
    members = mapping(schema.get("properties"))
    status = mapping(members.get(STATUS))
    facts = {fact_of(each) for each in members}
    waits = bool(facts.intersection(OF_WAITING))
    listed = [status["const"]] if "const" in status else status.get("enum")
    if isinstance(listed, list):
        words = [each for each in listed if isinstance(each, str)]
        return {meant: word for word in reversed(words) if (meant := MEANT.get(word.lower()))}
    words = [each for each in examples(status) + [mapping(value).get(STATUS) for value in shown] if isinstance(each, str)]
    meanings = {MEANT[word.lower()]: word for word in reversed(words) if word.lower() in MEANT}
    if meanings:
        return meanings
    return _by_its_members(facts, name.lower(), waits=waits, has_status=STATUS in members and "string" in kinds(status))


def _by_its_members(facts: set[str], name: str, *, waits: bool, has_status: bool) -> dict[str, str]:
    """What a shape without a known status is, by its name and its members."""
    if waits or any(word in name for word in ("process", "queue", "pending")):
        return {"processing": "processing"}
    if any(word in name for word in ("error", "fail")) or ("text" in facts and not facts - {"text", "tip", "retry_after", ""}):
        return {"error": "error"} if has_status or any(word in name for word in ("error", "fail")) else {}
    return {"success": "success"} if has_status or "links" in facts else {}
