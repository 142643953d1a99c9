"""The field table of a foreign request: one Field for each thing that its schema, or its query, speaks of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..contract import YES_NO, field_of
from ..endpoint import Clause, Field
from ..lint_subject import mapping
from .operations import Operation
from .schemas import Schemas, examples, is_valid, judge_of, kinds, merged, schema_of

KEY = "key"
#: Keywords that the field table itself has words for; any other that says something needs a judge.
_TOLD = frozenset((
    "type", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "minLength",
    "format", "default", "description", "title", "example", "examples", "nullable", "deprecated", "readOnly", "writeOnly",
    "externalDocs", "xml",
))  # fmt: skip
_SCALARS = frozenset(("boolean", "integer", "number", "string"))


def request_schema(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """Everything that a request may hold as one object schema: its body, of whichever media type, and its query."""
    whole: dict[str, Any] = {"type": "object", "properties": {}}
    for parameter in operation.parameters:
        if parameter.get("in") == "query" and isinstance(parameter.get("name"), str):
            part = {"properties": {parameter["name"]: schemas.alone(parameter.get("schema", {}))}}
            whole = merged(whole, {**part, "required": [parameter["name"]]} if parameter.get("required") is True else part)
    medias = operation.medias
    media: Any = next((medias[each] for each in medias if "json" in each), next(iter(medias.values()), {}))
    return merged(whole, _one_object(schemas.alone(mapping(media).get("schema") or _shown(media))))


def _shown(media: Any) -> Any:
    """The schema of a body of which only an example is known: none of its members is needed."""
    named = [mapping(each).get("value") for each in mapping(mapping(media).get("examples")).values()]
    given = [each for each in (mapping(media).get("example"), *named) if isinstance(each, dict)]
    return {**schema_of(given[0]), "required": []} if given else {}


def _one_object(schema: Any) -> dict[str, Any]:
    """An object schema without alternatives: the members of all of them, and what all of them need."""
    told = {key: value for key, value in mapping(schema).items() if key in ("properties", "required", "additionalProperties")}
    for word in ("oneOf", "anyOf"):
        branches = [_one_object(each) for each in mapping(schema).get(word) or () if isinstance(each, dict)]
        needed = [set(each.get("required", ())) for each in branches]
        for each in branches:
            told = merged({**each, "required": []}, told)
        if needed:
            told["required"] = [*told.get("required", ()), *sorted(set.intersection(*needed))]
    return told


def fields_of(schema: Mapping[str, Any], source: str) -> tuple[Field, ...]:
    """The fields of a request schema, without the key."""
    needed = schema.get("required") or ()
    return tuple(
        _field(name, mapping(each), name in needed, Clause(f"{source}: {name}", "stated"))
        for name, each in mapping(schema.get("properties")).items()
        if name != KEY
    )


def _field(name: str, schema: Mapping[str, Any], required: bool, clause: Clause) -> Field:
    told = dict(_plain(schema))
    if told.get("format") == "binary":
        required = False  # a file of a form, which nobody reads here
    types = [each for each in _types(told) if each != "null"]
    is_known = len(types) == 1 and types[0] in _SCALARS and not _mixes(told, types[0])
    told["examples"] = [each for each in examples(told) if is_valid(schema, each)]
    if is_known:
        told = _of_known_kind(name, told, types[0])
    else:
        told = {key: told[key] for key in told if key not in ("default", "pattern", "format", "minimum", "maximum")}
        if "default" in schema and is_valid(schema, schema["default"]):
            told["default"] = schema["default"]
    says_more = not is_known or not told.keys() <= _TOLD
    return field_of(name, told, required, clause, judge=judge_of(_bare(schema)) if says_more else None)


def _types(told: Mapping[str, Any]) -> tuple[str, ...]:
    stated = told.get("type", ())
    return (stated,) if isinstance(stated, str) else tuple(stated)


def _mixes(told: Mapping[str, Any], kind: str) -> bool:
    """Whether the listed values are of another kind than the type, so that only the whole schema can tell."""
    return any(each is not None and kind not in kinds({"const": each}) | {"number"} for each in told.get("enum", ()))


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("default", "example", "examples", "description")}


def _plain(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with its types as a `type`, where they are spread over alternatives that say nothing else."""
    for word in ("oneOf", "anyOf"):
        branches = [mapping(each) for each in schema.get(word) or ()]
        full = [each for each in branches if each.get("type") != "null"]
        if len(full) == 1:
            rest = {key: value for key, value in schema.items() if key != word}
            told = merged(full[0], rest)
            if len(full) < len(branches) and "type" in told:
                types = [told["type"]] if isinstance(told["type"], str) else list(told["type"])
                told["type"] = [*types, "null"]
            return told
    return schema


def _of_known_kind(name: str, told: dict[str, Any], kind: str) -> dict[str, Any]:
    """The schema in the words that the field table is made from."""
    is_url = kind == "string" and (told.get("format") in ("uri", "url") or name == "webhook")
    told = {key: value for key, value in told.items() if key != "format"} | ({"format": "uri"} if is_url else {})
    listed = [each for each in told.pop("enum", ()) if each is not None]
    if listed:
        told["enum"] = list(YES_NO) if kind == "string" and set(listed) == set(YES_NO) else listed
    if "default" in told:
        told["default"] = _default(told["default"], kind, told.get("enum"))
    for bound in ("minimum", "maximum", "multipleOf"):
        if bound in told and not (_is_number(told[bound]) and (bound != "multipleOf" or told[bound] > 0)):
            del told[bound]
    return _with_bounds(told, kind)


def _with_bounds(told: dict[str, Any], kind: str) -> dict[str, Any]:
    """The schema with its exclusive bounds as bounds: the next number that is allowed."""
    for word, bound, towards, tighter in (("exclusiveMinimum", "minimum", 1, max), ("exclusiveMaximum", "maximum", -1, min)):
        if not _is_number(told.get(word)):
            told.pop(word, None)
            continue
        limit = told[word]
        nearest = (math.floor(limit) + 1 if towards > 0 else math.ceil(limit) - 1) if kind == "integer" else 0
        allowed = nearest if kind == "integer" else math.nextafter(limit, towards * math.inf)
        told[bound] = tighter(allowed, told.get(bound, allowed))
    return told


def _default(default: Any, kind: str, enum: Any) -> Any:
    """A default as a value of its own kind, as it would come on the wire; None when it is none."""
    if default is None:
        return None
    if kind == "boolean":
        return {"yes": True, "true": True, "no": False, "false": False}.get(str(default).lower())
    if kind == "string":
        text = default if isinstance(default, str) else str(default)
        flag = {"true": "yes", "false": "no"}.get(text.lower(), text)
        return flag if enum == list(YES_NO) else text
    try:
        number = float(default)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and not isinstance(default, float) else number


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
