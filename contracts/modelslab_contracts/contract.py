"""From a document to an endpoint: every schema becomes a field table, every answer a list of what fills it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from .document import ContractError, Document, read_document
from .endpoint import Answer, AnswerField, Call, Clause, Endpoint, Field, Kind
from .lifecycle import Operation, lifecycle_of
from .nearest import did_you_mean
from .vocabulary import FACTS

SPECS = Path(__file__).parent / "specs"
YES_NO = ("yes", "no")


@lru_cache(maxsize=1)
def endpoints() -> Mapping[str, Endpoint]:
    """The shipped contracts by name, sorted. Raises ContractError when one is broken."""
    return {file.stem: endpoint_of(read_document(file)) for file in sorted(SPECS.glob("*.yaml"))}


def endpoint_of(document: Document) -> Endpoint:
    """The endpoint that a document declares. Raises ContractError naming the file and what is missing."""
    try:
        endpoint = _endpoint_of(document)
        _check_bindings(endpoint)
    except (LookupError, TypeError, AttributeError, ValueError, re.error) as problem:
        what = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
        raise ContractError(document.file, 0, f"not the contract of an endpoint: {what}") from problem
    return endpoint


def _check_bindings(endpoint: Endpoint) -> None:
    """Every answer field is bound to something that exists; else the first answer would be the one to find out."""
    known = {**FACTS, "order": tuple(endpoint.field)}
    for answers in (*(call.answers for call in endpoint.calls), endpoint.webhook):
        for answer in answers.values():
            for field in _bound(answer.fields):
                if field.fact not in known[field.space]:
                    hint = did_you_mean(field.fact, known[field.space])
                    bound = f"{field.space}.{field.fact}"
                    problem = f"{answer.component}: {field.name} is filled from {bound}, which there is not{hint}"
                    line = endpoint.document.line_of(f"/components/schemas/{answer.component}/properties/{field.name}")
                    raise ContractError(endpoint.document.file, line, problem, "spec/binding-leads-nowhere")


def _bound(fields: tuple[AnswerField, ...]) -> Iterator[AnswerField]:
    for each in fields:
        if each.space:
            yield each
        elif each.children:
            yield from _bound(each.children)


def _endpoint_of(document: Document) -> Endpoint:
    cycle = lifecycle_of(document)
    words = cycle.submit.node.get("x-mock", {})
    selector = next(iter(words.get("selected-by", {}).items()), None)
    request = document.resolve(_json_schema(document, cycle.submit.node["requestBody"]))
    required = request.get("required", [])
    fields = tuple(
        field_of(name, node, name in required, clause_of(node))
        for name, node in ((name, document.resolve(schema)) for name, schema in request["properties"].items())
    )
    return Endpoint(
        name=document.name,
        title=document.root["info"]["title"],
        document=document,
        submit=_call(document, cycle.submit, "submit"),
        fetches=tuple(_call(document, each, "fetch") for each in cycle.fetches),
        plain=tuple(_call(document, each, "plain") for each in cycle.plain),
        webhook=answers_of(document, cycle.webhook) if cycle.webhook else {},
        fields=tuple(each for each in fields if each.name != "key"),
        key_clause=clause_of(request["properties"].get("key", {})),
        file_name=words.get("file-name", "{prefix}-{index}.png"),
        selector=(selector[0], re.compile(selector[1])) if selector else None,
    )


def clause_of(node: Mapping[str, Any]) -> Clause:
    """What a node's `x-mock` says of its origin."""
    words = node.get("x-mock", {})
    return Clause(words.get("source", ""), words.get("certainty", ""), tuple(words.get("assumed", ())), words.get("why", ""))


def _call(document: Document, operation: Operation, kind: Literal["submit", "fetch", "plain"]) -> Call:
    node = operation.node
    return Call(
        kind=kind,
        path=operation.path,
        operation_id=node.get("operationId", ""),
        summary=node.get("summary", ""),
        id_in=None if kind != "fetch" else "path" if "{" in operation.path else "body",
        answers=answers_of(document, _json_schema(document, node["responses"]["200"])),
        statuses=tuple(int(each) for each in node["responses"] if each.isdigit()),
        reads_query=node.get("x-mock", {}).get("also-in") == "query",
        clause=clause_of(node),
    )


def _json_schema(document: Document, node: Any) -> Any:
    return document.resolve(node)["content"]["application/json"]["schema"]


def answers_of(document: Document, schema: Any) -> dict[str, Answer]:
    """The answers that a schema, or each of its alternatives, makes, by the status that each is known by."""
    answers = {}
    for each in schema.get("oneOf", [schema]):
        body = document.resolve(each)
        status = body["properties"]["status"].get("const")
        if status is None:
            problem = f"{each.get('$ref', 'an answer')} has no constant status to be known by"
            raise ContractError(document.file, 0, problem, "spec/answer-without-status")
        fields = _answer_fields(document, body)
        answers[status] = Answer(status, each.get("$ref", "").rpartition("/")[2], fields, body)
    return answers


def _answer_fields(document: Document, body: Mapping[str, Any]) -> tuple[AnswerField, ...]:
    required = body.get("required", [])
    return tuple(
        _answer_field(document, name, document.resolve(node), name in required)
        for name, node in body.get("properties", {}).items()
    )


def _answer_field(document: Document, name: str, node: Mapping[str, Any], required: bool) -> AnswerField:
    words = node.get("x-mock", {})
    space, _, fact = words.get("from", "").partition(".")
    has_literal = "const" in node or "default" in node
    return AnswerField(
        name=name,
        space=space,
        fact=fact,
        literal=node.get("const", node.get("default")),
        has_literal=has_literal,
        types=types_of(node),
        is_yes_no=tuple(node.get("enum", ())) == YES_NO,
        required=required,
        dialect=words.get("profile"),
        children=_answer_fields(document, node) if "properties" in node else None,
        clause=clause_of(node),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    # JSON Schema's `$` is the end of the text; Python's also matches before a last line break.
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern)


def types_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that a schema names."""
    stated = node.get("type", ())
    return (stated,) if isinstance(stated, str) else tuple(stated)


def field_of(
    name: str, node: Mapping[str, Any], required: bool, clause: Clause, judge: Callable[[Any], str] | None = None
) -> Field:
    """The field that a schema without references makes; `judge` says what the field table has no words for."""
    words = node.get("x-mock", {})
    types = types_of(node)
    allowed = tuple(node["enum"]) if "enum" in node else None
    kind = _kind(node, types, allowed)
    default = node.get("default")
    return Field(
        name=name,
        kind=kind,
        nullable="null" in types,
        required=required,
        default=default == "yes" if kind == "flag" and isinstance(default, str) else default,
        minimum=node.get("minimum"),
        maximum=node.get("maximum"),
        multiple_of=node.get("multipleOf"),
        allowed=None if kind == "flag" else allowed,
        pattern=_compiled(node["pattern"]) if "pattern" in node else None,
        min_length=node.get("minLength", 0),
        caps=words.get("above-maximum") == "cap",
        excused=tuple(words.get("excused", ())),
        appends=words.get("appends", ""),
        clause=clause,
        schema=node,
        judge=judge,
    )


def _kind(node: Mapping[str, Any], types: tuple[str, ...], allowed: tuple[Any, ...] | None) -> Kind:
    if "boolean" in types or allowed == YES_NO:
        return "flag"
    if "integer" in types:
        return "integer"
    if "number" in types:
        return "number"
    if "string" in types:
        return "url" if node.get("format") == "uri" else "text"
    return "any"
