"""Our own contracts without everything that they declare beyond plain OpenAPI infer to what they declare, field for field.

A difference needs a waiver with its reason; a waiver that nothing needs fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Answer, AnswerField, Call, Endpoint
from modelslab_contracts.inference.infer import infer
from modelslab_contracts.loading import load_text

DECLARED = ("x-mock", "links", "callbacks")
#: (contract, what differs) -> why it may.
WAIVERS = {
    ("images-pony-v6", "submit success meta.file_prefix"): "that the prefix is repeated with an ending only its x-mock says",
    ("images-pony-v6", "submit processing meta.file_prefix"): "that the prefix is repeated with an ending only its x-mock says",
    ("images-pony-v6", "file name"): "that the index stands before the prefix only its x-mock says",
    ("images-pony-v6", "selector"): "which model_id is Pony's only its x-mock says",
    ("text2img-v3", "calls"): "a call beside the job is a page of its own when nothing says that it belongs to one",
}
FIELD_FACTS = (
    "name", "kind", "nullable", "required", "default", "minimum", "maximum", "multiple_of", "allowed", "pattern", "min_length",
    "judge",
)  # fmt: skip
ANSWER_FACTS = ("space", "fact", "literal", "has_literal", "types", "is_yes_no", "required")


def stripped(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: stripped(value) for key, value in node.items() if key not in DECLARED}
    return [stripped(each) for each in node] if isinstance(node, list) else node


def inferred(endpoint: Endpoint) -> Endpoint:
    text = json.dumps(stripped(dict(endpoint.document.root)))
    found = infer(load_text(text.encode(), f"{endpoint.name}.json", f"{endpoint.name}.json")).endpoints
    (one,) = (each for each in found.values() if each.makes_jobs)
    return one


def flat(fields: tuple[AnswerField, ...], before: str = "") -> Iterator[tuple[str, AnswerField]]:
    for each in fields:
        yield before + each.name, each
        yield from flat(each.children or (), f"{before}{each.name}.")


def of_answers(what: str, one: Mapping[str, Answer], other: Mapping[str, Answer]) -> Iterator[str]:
    if list(one) != list(other):
        yield f"{what} answers"
    for status in one.keys() & other.keys():
        declared, found = dict(flat(one[status].fields)), dict(flat(other[status].fields))
        for name in declared.keys() | found.keys():
            pair = declared.get(name), found.get(name)
            if None in pair or any(getattr(pair[0], fact) != getattr(pair[1], fact) for fact in ANSWER_FACTS):
                yield f"{what} {status} {name}"


def calls(endpoint: Endpoint) -> list[tuple[Any, ...]]:
    def told(call: Call) -> tuple[Any, ...]:
        return call.kind, call.method, call.path, call.id_in, call.operation_id, call.statuses, call.needs_key, call.key_headers

    return [told(each) for each in endpoint.calls]


def differences(one: Endpoint, other: Endpoint) -> Iterator[str]:
    if calls(one) != calls(other):
        yield "calls"
    for declared, found in zip(one.calls, other.calls, strict=False):
        yield from of_answers(declared.kind, declared.answers, found.answers)
    yield from of_answers("webhook", one.webhook, other.webhook)
    if one.file_name != other.file_name:
        yield "file name"
    if one.selector != other.selector:
        yield "selector"
    for mine, theirs in zip(one.fields, other.fields, strict=True):
        if any(getattr(mine, fact) != getattr(theirs, fact) for fact in FIELD_FACTS):
            yield f"field {mine.name}"


@pytest.mark.parametrize("name", endpoints())
def test_a_contract_of_ours_infers_to_what_it_declares(name: str) -> None:
    endpoint = endpoints()[name]
    found = {(name, each) for each in differences(endpoint, inferred(endpoint))}
    assert found == {each for each in WAIVERS if each[0] == name}
