"""Drawn requests: read as they are meant to be, by our own reader and by two schema engines; no clause left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from modelslab_contracts.body import Body, parse_body
from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint, Field
from modelslab_contracts.field_reader import ABSENT
from modelslab_contracts.kit.chance import Dice, DrawError, Simplest
from modelslab_contracts.kit.orders import KINDS, Asked, Kind, OrderTable, choice_of, draw_asked, order_table
from modelslab_contracts.kit.values import FREE, fitting_text, just
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_mock.routes import Routes

NAMES = sorted(endpoints())
DRAWS = 400
MANY = 3_000
each_endpoint = pytest.mark.parametrize("name", NAMES)
each_profile = pytest.mark.parametrize("profile", PROFILES)
each_kind = pytest.mark.parametrize("kind", KINDS)


def drawn(table: OrderTable, kind: Kind, count: int = DRAWS) -> Iterator[Asked]:
    return (table.draw(Dice(1, number), kind) for number in range(count))


def name_in(pointer: str) -> str:
    return pointer[1:].replace("~1", "/").replace("~0", "~")


def schema_of(endpoint: Endpoint) -> dict[str, Any]:
    """The plain schema of a request, without its key."""
    fields = endpoint.fields
    properties = {each.name: {key: value for key, value in each.schema.items() if key != "x-mock"} for each in fields}
    return {"type": "object", "required": [each.name for each in fields if each.required], "properties": properties}


# --- our own reader -----------------------------------------------------------------------------------------------------


@each_kind
@each_profile
@each_endpoint
def test_a_drawn_request_is_read_as_it_was_meant(name: str, profile: str, kind: Kind) -> None:
    endpoint = endpoints()[name]
    for asked in drawn(order_table(name, profile), kind):
        assert asked.kind == kind
        raw = json.dumps({"key": "some-key", **asked.request}, ensure_ascii=False).encode()
        body = parse_body("application/json", raw, "", PROFILES[profile])
        assert isinstance(body, Body), body
        read = read_request(endpoint, body.fields, PROFILES[profile])
        problems = [(name_in(each.where), each.rule) for each in read.problems]
        assert problems == ([asked.about] if kind == "invalid" else []), asked
        assert sorted((name_in(each.where), each.rule) for each in read.noticed) == sorted(asked.noticed), asked


@each_endpoint
def test_an_unknown_field_is_refused_where_unknown_fields_are(name: str) -> None:
    for asked in drawn(order_table(name, "strict"), "unknown", 50):
        read = read_request(endpoints()[name], asked.request, PROFILES["strict"], unknown="refuse")
        assert [(name_in(each.where), each.rule) for each in read.problems] == [
            (asked.about[0], "request/unknown-field-refused")
        ]


@each_kind
@each_endpoint
def test_the_url_leads_to_the_contract_that_the_request_was_drawn_for(name: str, kind: Kind) -> None:
    endpoint, profile = endpoints()[name], PROFILES["documented"]
    match = Routes(endpoints().values()).find(endpoint.submit.path)
    assert match is not None
    for asked in drawn(order_table(name), kind):
        chosen, _ = match.select(asked.request)
        if chosen is not endpoint:  # what chooses it was broken: then the URL's default says the same of it
            assert kind == "invalid"
            read = read_request(chosen, asked.request, profile)
            assert [(name_in(each.where), each.rule) for each in read.problems] == [asked.about]


def test_a_text_that_would_choose_another_contract_is_not_sent() -> None:
    flux, pony = endpoints()["images-flux-v6"], endpoints()["images-pony-v6"]
    assert pony.selector is not None
    name, pattern = pony.selector
    for endpoint, is_chosen in ((flux, False), (pony, True)):
        for said in ("PonyDiffusion", "a cat", ""):
            text = fitting_text(endpoint.field[name], choice_of(endpoint, endpoint.field[name]), just(said))
            assert bool(pattern.search(text(Simplest()))) == is_chosen
    assert choice_of(flux, flux.field["prompt"]) == choice_of(pony, pony.field["prompt"]) == FREE


# --- independent engines ------------------------------------------------------------------------------------------------

#: Rules beyond the schema: 64 bits are ours, and engines do not assert formats.
BEYOND = {"request/integer-too-large", "request/not-a-url"}


@each_kind
@each_endpoint
def test_two_schema_engines_agree_under_strict(name: str, kind: Kind) -> None:
    schema = schema_of(endpoints()[name])
    engine, fast = Draft202012Validator(schema), jsonschema_rs.validator_for(schema)
    judged = 0
    for asked in drawn(order_table(name, "strict"), kind):
        if asked.about[1:] and asked.about[1] in BEYOND:
            continue
        judged += 1
        assert engine.is_valid(asked.request) == fast.is_valid(asked.request) == (kind != "invalid"), asked
    assert judged > DRAWS / 2


# --- no clause is left out ----------------------------------------------------------------------------------------------


Row = tuple[str, Callable[[Any], bool], str]


def same(known: Any) -> Callable[[Any], bool]:
    return lambda value: value == known and type(value) is type(known)


def rows(field: Field, strict: bool, chooses: bool) -> Iterator[Row]:
    """(keyword, what a value on its right side looks like, the rule of its wrong side or "") for every clause of a field, read
    off its schema. `chooses`: it chooses the contract, so no text of it is as short as could be.
    """
    stated = field.schema
    yield "type", lambda value: value is not None, "request/wrong-type"
    if "null" in stated["type"]:
        yield "null", lambda value: value is None, ""
    if field.required:
        yield "required", lambda value: value is not ABSENT, "request/required-field-missing"
    if field.kind == "integer":
        yield "64 bits", lambda value: isinstance(value, int), "request/integer-too-large"
        yield "text", lambda value: isinstance(value, str) != strict, ""
    yield from rows_of_numbers(stated, strict)
    for each in stated.get("enum", ()):
        rule = "request/wrong-type" if field.kind == "flag" else "request/not-an-allowed-value"
        yield f"enum {each}", same(each), rule
    if "pattern" in stated:
        yield "pattern", lambda value: isinstance(value, str), "request/pattern-not-matched"
    if "minLength" in stated:
        assert field.required, "a short text of an optional field has another rule"
        least = stated["minLength"]
        yield "minLength", lambda value: isinstance(value, str) and (chooses or len(value) == least), ""
    if stated.get("format") == "uri":
        yield "format", lambda value: isinstance(value, str), "request/not-a-url"


def rows_of_numbers(stated: Mapping[str, Any], strict: bool) -> Iterator[Row]:
    low: Any = stated.get("minimum")
    high: Any = stated.get("maximum")
    caps = stated["x-mock"].get("above-maximum") == "cap" and not strict
    if low is not None:
        yield "minimum", lambda value: value == low, "request/below-minimum"
    if high is not None:
        yield "maximum", lambda value: value == high, "" if caps else "request/above-maximum"
    if caps:
        yield "above-maximum", lambda value: isinstance(value, int) and value > high, ""
    if step := stated.get("multipleOf"):
        yield "multipleOf", lambda value: value == low + step, "request/not-a-multiple"
    for each in stated["x-mock"].get("excused", ()) if not strict else ():
        yield f"excused {each}", same(each), ""
        yield f"excused {each} as text", same(str(each)), ""


@each_profile
@each_endpoint
def test_every_clause_of_every_field_is_met_on_both_sides(name: str, profile: str) -> None:
    table = order_table(name, profile)
    right = [asked.request for kind in ("valid", "edge") for asked in drawn(table, kind, MANY)]
    wrong = {asked.about for asked in drawn(table, "invalid", MANY)}
    selector = endpoints()[name].selector
    unmet = []
    for field in endpoints()[name].fields:
        values = [each[field.name] for each in right if field.name in each]
        for clause, holds, rule in rows(field, profile == "strict", bool(selector and selector[0] == field.name)):
            if not any(map(holds, values)):
                unmet.append(f"{field.name}: {clause} is never kept on the edge")
            if rule and (field.name, rule) not in wrong:
                unmet.append(f"{field.name}: {clause} is never broken")
    assert unmet == []


@each_endpoint
def test_an_edge_is_the_bound_and_its_neighbour(name: str) -> None:
    table = order_table(name, "strict")
    met: dict[tuple[str, ...], set[Any]] = {}
    for asked in drawn(table, "edge", MANY):
        met.setdefault(asked.about, set()).add(str(asked.request[asked.about[0]]))
    for field in endpoints()[name].fields:
        step = field.multiple_of or (1 if field.kind == "integer" else 0.01)
        for clause, bound, beside in (("minimum", field.minimum, step), ("maximum", field.maximum, -step)):
            if bound is not None:
                values = {float(each) for each in met[field.name, clause]}
                assert values == {bound, round(bound + beside, 2)}, field.name


@each_endpoint
def test_every_field_comes_alone_with_others_and_not_at_all(name: str) -> None:
    table = order_table(name)
    optional = {each.field.name for each in table.fields if not each.field.required}
    met = [set(asked.request) & optional for asked in drawn(table, "valid", 2 * MANY)]
    assert {next(iter(each)) for each in met if len(each) == 1} == optional
    assert set() in met
    assert optional in met
    assert any(2 <= len(each) < len(optional) for each in met)


def test_texts_of_all_kinds_are_met_and_none_that_no_wire_carries() -> None:
    texts = [value for asked in drawn(order_table("realtime-v6"), "valid", MANY) for value in asked.request.values()]
    met = [each for each in texts if isinstance(each, str)]
    for kind in "🦊", "ق", "\u2028", '"', "\\", "\n", "\u202e", "猫", "\x01", "\U0010ffff":
        assert any(kind in each for each in met), kind
    assert any(len(each) >= 10_000 for each in met)
    assert "" in met
    assert not any("\ud800" <= one <= "\udfff" for each in met for one in each)
    assert not any("[[mock" in each for each in met)


# --- what may be left out, and what is not understood -------------------------------------------------------------------


@each_endpoint
def test_the_simplest_request_is_what_is_required_and_nothing_else(name: str) -> None:
    required = {each.name for each in endpoints()[name].fields if each.required}
    asked = draw_asked(Simplest(), name)
    assert asked.request.keys() == required
    assert (asked.kind, asked.about, asked.noticed) == ("valid", (), ())
    assert set(asked.request.values()) <= {"a cat", "flux", "pony-realism"}


@each_kind
def test_a_field_to_do_without_is_never_sent(kind: Kind) -> None:
    table = order_table("realtime-v6", without=["webhook", "seed"])
    assert not any(asked.request.keys() & {"webhook", "seed"} for asked in drawn(table, kind) if asked.kind != "unknown")


@pytest.mark.parametrize(
    ("asking", "says"),
    [
        ({"endpoint": "realtime"}, "unknown endpoint 'realtime'; did you mean 'realtime-v6'?"),
        ({"profile": "stict"}, "unknown profile 'stict'; did you mean 'strict'?"),
        ({"kind": "edges"}, "unknown kind of request 'edges'; did you mean 'edge'?"),
        ({"without": ["webhok"]}, "unknown field of realtime-v6 'webhok'; did you mean 'webhook'?"),
        ({"without": ["prompt"]}, "realtime-v6 requires prompt: no request goes without it"),
        ({"without": "seed"}, "without takes a list of fields, as in without=['seed']"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence(asking: dict[str, Any], says: str) -> None:
    with pytest.raises(DrawError) as caught:
        draw_asked(Simplest(), **{"endpoint": "realtime-v6", **asking})
    assert str(caught.value) == says


# --- contracts that are not ours ----------------------------------------------------------------------------------------

NUMBER: dict[str, Any] = {"type": "number", "minimum": 0.5, "maximum": 2}
FOREIGN: list[dict[str, Any]] = [
    {"type": "integer"},
    {"type": "integer", "minimum": -20, "maximum": -10},
    {"type": "integer", "minimum": 5, "maximum": 100, "multipleOf": 7},
    {"type": "integer", "minimum": 3, "maximum": 3},
    {"type": "integer", "minimum": 8, "maximum": 8, "multipleOf": 8},
    {"type": "integer", "enum": [2, 4], "x-mock": {"excused": [3]}},
    {"type": "integer", "maximum": 9, "x-mock": {"above-maximum": "cap"}},
    NUMBER,
    {**NUMBER, "x-mock": {"excused": [7.25]}},
    {"type": "number", "multipleOf": 4},
    {"type": "number", "maximum": 8, "x-mock": {"above-maximum": "cap"}},
    {"type": "string", "minLength": 3},
    {"type": "string", "minLength": 2, "maxLength": 5},
    {"type": "string", "pattern": "^[A-Z]{2,4}-[0-9]+$"},
    {"type": ["string", "null"], "pattern": "^(?:red|green|[^a-z ]x{1,})$"},
    {"type": "string", "enum": ["one", "two"], "default": "two"},
    {"type": "string", "format": "uri"},
    {"type": ["boolean", "null"], "default": True},
    {"type": "string", "enum": ["yes", "no"]},
    {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 2}},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "array"}, "b": {"enum": [1]}}},
]


@each_profile
@pytest.mark.parametrize("schema", FOREIGN, ids=json.dumps)
def test_a_contract_of_any_shape_is_drawn_from(
    schema: dict[str, Any], profile: str, endpoint_with: Callable[[dict[str, Any]], Endpoint]
) -> None:
    endpoint = endpoint_with(schema)
    table, fast = order_table(endpoint, profile), jsonschema_rs.validator_for(schema_of(endpoint))
    for kind in KINDS:
        if not {"invalid": table.spoiled, "edge": table.edges}.get(kind, True):
            assert endpoint.fields[0].kind == "any"
            continue
        for asked in drawn(table, kind, 100):  # type: ignore[arg-type]
            read = read_request(endpoint, asked.request, PROFILES[profile])
            assert [(each.where[1:], each.rule) for each in read.problems] == ([asked.about] if kind == "invalid" else [])
            assert sorted((name_in(each.where), each.rule) for each in read.noticed) == sorted(asked.noticed), asked
            if profile == "strict" and not (asked.about and asked.about[1] in BEYOND):
                assert fast.is_valid(asked.request) == (kind != "invalid"), asked


def test_a_pattern_that_nothing_was_found_for_is_told(endpoint_with: Callable[[dict[str, Any]], Endpoint]) -> None:
    endpoint = endpoint_with({"type": "string", "pattern": "^(?=x)y$"})
    with pytest.raises(DrawError, match="no text was found that matches"):
        [*drawn(order_table(endpoint), "valid", 50)]
