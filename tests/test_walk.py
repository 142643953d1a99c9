"""The walk over two documents: every position once, with the side that writes there."""

from __future__ import annotations

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.diff.walk import Position, walk
from modelslab_contracts.document import Document, parse_yaml
from modelslab_contracts.lint_subject import Subject


def subject(text: str) -> Subject:
    root = parse_yaml(text.encode(), "t.yaml")
    return Subject(Document("t", "t.yaml", text.encode(), root), root)


def told(positions: list[Position]) -> list[tuple[str, str]]:
    return [(each.side, each.where) for each in positions]


def test_every_position_of_the_tiny_contract_has_its_side(tiny: str) -> None:
    positions = list(walk(subject(tiny), subject(tiny)))
    assert told(positions) == [
        ("request", "/draw POST body application/json"),
        ("response", "/draw POST 200 application/json"),
        ("response", "/draw POST callback ended POST body application/json"),
        ("request", "/fetch/{id} POST path id"),
        ("request", "/fetch/{id} POST body application/json"),
        ("response", "/fetch/{id} POST 200 application/json"),
    ]
    assert all(each.old == each.new for each in positions)


def test_what_only_one_document_has_is_a_position_too(tiny: str) -> None:
    slower = "        '429': {description: Slower., headers: {Retry-After: {schema: {type: integer}}}}\n"
    grown = tiny.replace("      responses:\n", f"      responses:\n{slower}", 1)
    there, back = list(walk(subject(tiny), subject(grown))), list(walk(subject(grown), subject(tiny)))
    (new,) = [each for each in there if each.old is None]
    assert (new.side, new.where) == ("response", "/draw POST 429 header Retry-After")
    assert new.new is not None
    assert new.new.schema == {"type": "integer"}
    assert {(each.where, each.old, each.new) for each in map(str_of, there)} == {
        (each.where, each.new, each.old) for each in map(str_of, back)
    }


def str_of(position: Position) -> Position:
    return position._replace(old=position.old and position.old.pointer, new=position.new and position.new.pointer)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", endpoints())
def test_no_schema_of_our_contracts_is_passed_by(name: str) -> None:
    document = endpoints()[name].document
    whole = Subject(document, document.root)
    seen = {each.old.pointer for each in walk(whole, whole) if each.old}
    assert seen == {each.pointer for each in whole.outer if not each.pointer.startswith("/components/schemas/")}


PARTS = """\
openapi: 3.1.0
paths:
  /a:
    parameters:
      - {name: q, in: query, schema: {type: string}}
      - {$ref: '#/components/parameters/Trace'}
    get:
      parameters:
        - {name: q, in: query, schema: {type: integer}}
        - {name: f, in: query, content: {application/json: {schema: {type: object}}}}
      responses: {default: {$ref: '#/components/responses/Any'}}
webhooks:
  ended: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {}}}
components:
  parameters: {Trace: {name: trace, in: header, schema: {type: string}}}
  responses: {Any: {description: any, content: {text/plain: {}}}}
"""


def test_parts_are_followed_and_an_operations_own_parameter_wins() -> None:
    positions = {each.where: each for each in walk(subject(PARTS), subject(PARTS))}
    assert told(list(positions.values())) == [
        ("request", "/a GET query q"),
        ("request", "/a GET header trace"),
        ("request", "/a GET query f application/json"),
        ("response", "/a GET default text/plain"),
        ("response", "webhook ended POST body application/json"),
    ]
    own, trace, free = (positions[f"/a GET {each}"].old for each in ("query q", "header trace", "default text/plain"))
    assert own == ("/paths/~1a/get/parameters/0/schema", {"type": "integer"})
    assert trace == ("/components/parameters/Trace/schema", {"type": "string"})
    assert free is not None
    assert free.schema is True
