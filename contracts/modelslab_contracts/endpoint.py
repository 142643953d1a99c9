"""Frozen values made from a contract: what one documented call promises, in its own dialect.

Nothing here knows the name of an endpoint. A new endpoint is a new document in `specs/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .document import ContractError, Document, read_document
from .lifecycle import Operation, lifecycle_of

Kind = Literal["integer", "number", "text", "flag", "url", "any"]
SPECS = Path(__file__).parent / "specs"
YES_NO = ("yes", "no")
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a promise comes from and how sure we are; `assumed` lists the keywords that no page states."""

    source: str
    certainty: str
    assumed: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One parameter of a request. A `flag` is a true/false or yes/no field; its value inside is a bool."""

    name: str
    kind: Kind
    nullable: bool
    required: bool
    default: Any
    minimum: float | None
    maximum: float | None
    multiple_of: float | None
    allowed: tuple[Any, ...] | None
    pattern: re.Pattern[str] | None
    min_length: int
    caps: bool
    excused: tuple[Any, ...]
    appends: str
    clause: Clause
    schema: Mapping[str, Any]


class Row(NamedTuple):
    """The short way to read a field: a value of exactly the type `plain` is right if it is between `low` and `high` and on
    the `step`, a text if it is at least `low` long. `plain` None: only a text among `words` is right, read as it says there.
    """

    name: str
    plain: type | None
    low: float
    high: float
    step: float | None
    words: Mapping[str, Any]
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class AnswerField:
    """One field of an answer: filled from `space`.`fact`, else from its literal, else (as an object) from its children."""

    name: str
    space: str
    fact: str
    literal: Any
    has_literal: bool
    types: tuple[str, ...]
    is_yes_no: bool
    required: bool
    dialect: str | None
    children: tuple[AnswerField, ...] | None
    clause: Clause


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One shape of answer, known by the constant of its `status` field."""

    status: str
    component: str
    fields: tuple[AnswerField, ...]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One operation: where it is asked, and what it may answer with HTTP 200."""

    kind: Literal["submit", "fetch", "plain"]
    path: str
    operation_id: str
    summary: str
    id_in: Literal["path", "body"] | None
    answers: Mapping[str, Answer]
    statuses: tuple[int, ...]
    reads_query: bool
    clause: Clause


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One vendor page: a submit call, its fetch calls, its webhook, and calls beside them."""

    name: str
    title: str
    document: Document
    submit: Call
    fetches: tuple[Call, ...]
    plain: tuple[Call, ...]
    webhook: Mapping[str, Answer]
    fields: tuple[Field, ...]
    key_clause: Clause
    file_name: str
    selector: tuple[str, re.Pattern[str]] | None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The request fields, each with the short way to see that a value is right as it stands."""
        return tuple(map(_row, self.fields))

    @cached_property
    def field(self) -> Mapping[str, Field]:
        """The request fields by name."""
        return {each.name: each for each in self.fields}

    @cached_property
    def appends(self) -> tuple[tuple[str, str], ...]:
        """Flags that, when on, append a text to the prompt."""
        return tuple((each.name, each.appends) for each in self.fields if each.appends)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every operation of the contract, the submit first."""
        return (self.submit, *self.fetches, *self.plain)

    @property
    def unknown_id_status(self) -> int:
        """HTTP status for an id that the key does not have: 404 where the fetch call declares it, else 200."""
        return 404 if 404 in self.fetches[0].statuses else 200

    @property
    def says_errors_as_lists(self) -> bool:
        """Whether the text of an error may be an object of lists, as the oldest dialect's captures show."""
        return any("object" in f.types for f in self.submit.answers["error"].fields if f.fact == "text")


@lru_cache(maxsize=1)
def endpoints() -> Mapping[str, Endpoint]:
    """The shipped contracts by name, sorted. Raises ContractError when one is broken."""
    return {file.stem: endpoint_of(read_document(file)) for file in sorted(SPECS.glob("*.yaml"))}


def endpoint_of(document: Document) -> Endpoint:
    """The endpoint that a document declares. Raises ContractError naming the file and what is missing."""
    try:
        return _endpoint_of(document)
    except (LookupError, TypeError, AttributeError, ValueError, re.error) as problem:
        what = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
        raise ContractError(document.file, 0, f"not the contract of an endpoint: {what}") from problem


def _endpoint_of(document: Document) -> Endpoint:
    cycle = lifecycle_of(document)
    words = cycle.submit.node.get("x-mock", {})
    selector = next(iter(words.get("selected-by", {}).items()), None)
    request = document.resolve(_json_schema(document, cycle.submit.node["requestBody"]))
    required = request.get("required", [])
    fields = tuple(_field(name, document.resolve(schema), name in required) for name, schema in request["properties"].items())
    return Endpoint(
        name=document.name,
        title=document.root["info"]["title"],
        document=document,
        submit=_call(document, cycle.submit, "submit"),
        fetches=tuple(_call(document, each, "fetch") for each in cycle.fetches),
        plain=tuple(_call(document, each, "plain") for each in cycle.plain),
        webhook=_answers(document, cycle.webhook) if cycle.webhook else {},
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
        answers=_answers(document, _json_schema(document, node["responses"]["200"])),
        statuses=tuple(int(each) for each in node["responses"] if each.isdigit()),
        reads_query=node.get("x-mock", {}).get("also-in") == "query",
        clause=clause_of(node),
    )


def _json_schema(document: Document, node: Any) -> Any:
    return document.resolve(node)["content"]["application/json"]["schema"]


def _answers(document: Document, schema: Any) -> dict[str, Answer]:
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
        types=_types(node),
        is_yes_no=tuple(node.get("enum", ())) == YES_NO,
        required=required,
        dialect=words.get("profile"),
        children=_answer_fields(document, node) if "properties" in node else None,
        clause=clause_of(node),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    # JSON Schema's `$` is the end of the text; Python's also matches before a last line break.
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern)


def _types(node: Mapping[str, Any]) -> tuple[str, ...]:
    stated = node.get("type", ())
    return (stated,) if isinstance(stated, str) else tuple(stated)


def _field(name: str, node: Mapping[str, Any], required: bool) -> Field:
    words = node.get("x-mock", {})
    types = _types(node)
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
        clause=clause_of(node),
        schema=node,
    )


def _row(field: Field) -> Row:
    plain: dict[str, type] = {"integer": int, "number": float, "text": str}
    needs_a_look = field.allowed is not None or field.pattern is not None
    if field.kind == "flag":
        words: Mapping[str, Any] = {} if "boolean" in field.schema.get("type", ()) else {"yes": True, "no": False}
    else:
        words = {each: each for each in field.allowed or () if isinstance(each, str)}
    low = field.min_length if field.kind == "text" else -_INT64 if field.minimum is None else field.minimum
    high = _INT64 - 1 if field.maximum is None else field.maximum
    return Row(field.name, None if needs_a_look else plain.get(field.kind), low, high, field.multiple_of, words, field)


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
