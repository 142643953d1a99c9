"""Answers made from the shapes of a foreign document: each field bound to what fills it, or given a value that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..contract import YES_NO, types_of
from ..endpoint import Answer, AnswerField, Clause, Field
from ..lint_subject import mapping
from .names import STATUS, fact_of, field_behind
from .sample import sample
from .schemas import examples, is_valid, kinds
from .shapes import Shape

_NUMBERS = frozenset(("integer", "number", "string"))
#: fact -> where it is told, when one schema serves several statuses and does not ask for it.
_TOLD_IN = {
    "links": ("success",), "proxy_links": ("success",), "generation_time": ("success",), "nsfw": ("success",),
    "eta": ("processing",), "fetch_url": ("processing",), "future_links": ("processing",),
    "id": ("success", "processing"), "meta": ("success", "processing"), "seed": ("success",),
    "retry_after": ("error", "failed"), "track_id": ("success", "processing"),
}  # fmt: skip
_LIMITS = (
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
)


class Bound(NamedTuple):
    """What fills a field."""

    space: str
    fact: str
    is_yes_no: bool = False


class Maker:
    """Makes the answers of one endpoint. `fields` are those of its orders."""

    def __init__(self, fields: Mapping[str, Field], source: str, *, of_webhook: bool = False) -> None:
        self._fields = fields
        self._source = source
        self._of_webhook = of_webhook

    def answers(self, shapes: list[Shape]) -> dict[str, Answer]:
        """An answer for everything that the shapes say; the first shape that says it wins."""
        made: dict[str, Answer] = {}
        for shape in shapes:
            for meant in shape.says:
                if meant not in made:
                    made[meant] = self.answer(shape, meant)
        return made

    def answer(self, shape: Shape, meant: str) -> Answer:
        """A shape as the answer that means this."""
        members = mapping(shape.schema.get("properties"))
        needed = [each for each in shape.schema.get("required") or () if isinstance(each, str)]
        fields = [
            self._field(name, mapping(members.get(name)), name in needed, meant, shape)
            for name in (*members, *(each for each in needed if each not in members))
        ]
        return Answer(meant, shape.component, tuple(each for each in fields if each), shape.schema, shape.code)

    def waiting(self, shape: Shape, usual: Answer) -> Answer:
        """The shape of a success as the answer that a job is on its way, with what the usual one says beside it."""
        made = self.answer(shape._replace(is_shared=True, says={"processing": "processing"}), "processing")
        names = {each.name for each in made.fields}
        beside = [each for each in usual.fields if each.name not in names and each.name != "output"]
        return replace(made, fields=(*made.fields, *(beside if shape.schema.get("additionalProperties") is not False else ())))

    def _field(self, name: str, schema: Mapping[str, Any], required: bool, meant: str, shape: Shape) -> AnswerField | None:
        fact = fact_of(name)
        if name == STATUS and "string" in kinds(schema):
            literal = schema.get("const", shape.says.get(meant, meant))
            return self._made(name, schema, required, literal=literal)
        if shape.is_shared and not required and fact in _TOLD_IN and meant not in _TOLD_IN[fact]:
            return None
        if "const" in schema:
            return self._made(name, schema, required, literal=schema["const"])
        if fact == "meta" and meant in ("success", "processing") and "object" in kinds(schema):
            return self._meta(name, schema, required)
        if bound := self._binding(fact, schema, meant):
            needs_other = bound.space == "order" and not _is_always_there(bound, self._fields) and "null" not in kinds(schema)
            return self._made(name, schema, required, bound, **({"literal": sample(schema)} if needs_other else {}))
        return self._fixed(name, schema, required, meant if fact in ("links", "proxy_links") else "")

    def _fixed(self, name: str, schema: Mapping[str, Any], required: bool, meant: str) -> AnswerField | None:
        """A field with a value of its own: what the document shows, nothing made while a job waits, else anything that fits."""
        nothing: tuple[Any, ...] = ([], "")
        if meant == "processing" and (fitting := [each for each in nothing if is_valid(schema, each)]):
            return self._made(name, schema, required, literal=fitting[0])
        given = [*([schema["default"]] if "default" in schema else ()), *examples(schema)]
        fitting = [each for each in given if is_valid(schema, each)]
        if fitting or required:
            return self._made(name, schema, required, literal=fitting[0] if fitting else sample(schema))
        return None

    def _binding(self, fact: str, schema: Mapping[str, Any], meant: str) -> Bound | None:
        found = kinds(schema)
        if fact == "text" and self._of_webhook and meant != "success":
            return Bound("job", "message") if "string" in found else None
        if meant in ("error", "failed") and not self._of_webhook:
            is_told = (fact in ("text", "tip") and "string" in found) or (fact == "retry_after" and "integer" in found)
            return Bound("situation", fact) if is_told and not any(word in schema for word in _LIMITS) else None
        if fact == "track_id":
            return self._of_order("track_id", schema)
        wanted = _JOB_FACTS.get(fact)
        if wanted is None or (meant, fact) in _NOT_HERE or any(word in schema for word in _LIMITS):
            return None
        return wanted(fact, schema, meant)

    def _of_order(self, name: str, schema: Mapping[str, Any]) -> Bound | None:
        field = field_behind(name, self._fields)
        if field is None:
            return None
        found = kinds(schema)
        if field.kind == "flag":
            says_words = tuple(schema.get("enum", ())) == YES_NO or ("string" in found and "boolean" not in found)
            if says_words and (is_valid(schema, "yes") and is_valid(schema, "no")):
                return Bound("order", field.name, is_yes_no=True)
            return Bound("order", field.name) if "boolean" in found and "enum" not in schema else None
        fits = _WIRE.get(field.kind) in found and all(
            schema.get(word) == field.schema.get(word) for word in _LIMITS if word in schema
        )
        return Bound("order", field.name) if fits else None

    def _meta(self, name: str, schema: Mapping[str, Any], required: bool) -> AnswerField:
        members = mapping(schema.get("properties"))
        if not members and schema.get("additionalProperties", True) is not False:
            members = {each: _anything(told) for each, told in self._fields.items()}
        needed = schema.get("required") or ()
        children = [self._child(each, mapping(inner), each in needed) for each, inner in members.items()]
        made = self._made(name, schema, required)
        return _with_children(made, tuple(each for each in children if each))

    def _child(self, name: str, schema: Mapping[str, Any], required: bool) -> AnswerField | None:
        fact = fact_of(name)
        bound = self._binding(fact, schema, "success") if fact in ("seed", "prompt", "file_prefix", "id") else None
        bound = bound or self._of_order(name, schema)
        if "const" in schema:
            return self._made(name, schema, required, literal=schema["const"])
        if bound is None:
            return self._fixed(name, schema, required, "")
        if bound.space == "order" and not _is_always_there(bound, self._fields) and "null" not in kinds(schema):
            return self._made(name, schema, required, bound, literal=sample(schema))
        return self._made(name, schema, required, bound)

    def _made(
        self, name: str, schema: Mapping[str, Any], required: bool, bound: Bound | None = None, **given: Any
    ) -> AnswerField:
        return AnswerField(
            name=name,
            space=bound.space if bound else "",
            fact=bound.fact if bound else "",
            literal=given.get("literal"),
            has_literal="literal" in given,
            types=types_of(schema) or _told_types(schema),
            is_yes_no=bound.is_yes_no if bound else False,
            required=required,
            dialect=None,
            children=None,
            clause=Clause(self._source, "inferred"),
        )


def _is_always_there(bound: Bound, fields: Mapping[str, Field]) -> bool:
    """Whether an order always has a value for the field that is bound."""
    field = fields.get(bound.fact) if bound.space == "order" else None
    return field is None or field.required or field.default is not None


def _told_types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of a schema that spreads them over alternatives."""
    return tuple(sorted(kinds(schema))) if "anyOf" in schema or "oneOf" in schema else ()


def _with_children(made: AnswerField, children: tuple[AnswerField, ...]) -> AnswerField:
    return replace(made, children=children)


def _anything(field: Field) -> Mapping[str, Any]:
    """The schema of an order's field in a meta of which nothing is said."""
    return {} if field.kind == "any" else {"type": [_WIRE[field.kind], "null"]}


_WIRE = {"integer": "integer", "number": "number", "text": "string", "url": "string", "flag": "boolean"}


def _number(fact: str, schema: Mapping[str, Any], _: str) -> Bound | None:
    return Bound("job", fact) if kinds(schema) & _NUMBERS else None


def _text(fact: str, schema: Mapping[str, Any], _: str) -> Bound | None:
    return Bound("job", fact) if "string" in kinds(schema) else None


def _links(fact: str, schema: Mapping[str, Any], meant: str) -> Bound | None:
    found = kinds(schema)
    listed = schema.get("items", {})
    if (
        "array" in found and "string" in kinds(listed) and "enum" not in mapping(listed) and schema.get("maxItems", 4) >= 4
    ):  # most pictures of an order
        return Bound("job", fact if fact != "proxy_links" or meant == "success" else "future_proxy_links")
    return Bound("job", "first_link") if "string" in found and fact == "links" else None


#: fact -> whether a schema can hold it, and how.
_JOB_FACTS: Mapping[str, Callable[[str, Mapping[str, Any], str], Bound | None]] = {
    "id": _number, "eta": _number, "generation_time": _number, "seed": _number, "prompt": _text, "file_prefix": _text,
    "fetch_url": _text, "links": _links, "proxy_links": _links, "future_links": _links,
    "nsfw": lambda fact, schema, _: Bound("job", fact) if "boolean" in kinds(schema) else None,
    "meta": lambda fact, schema, _: Bound("job", fact) if "object" in kinds(schema) and not schema.get("required") else None,
}  # fmt: skip
#: What an answer of some meaning does not tell, even if its schema has a place for it.
_NOT_HERE = frozenset(
    (("processing", "links"), ("processing", "generation_time"), ("success", "eta"), ("success", "fetch_url"))
)


def literal_fields(answer: Answer) -> Iterator[str]:
    """The needed fields of an answer that nothing fills but a value that fits."""
    yield from (
        each.name
        for each in answer.fields
        if each.required and not each.space and each.children is None and each.name != STATUS
    )
