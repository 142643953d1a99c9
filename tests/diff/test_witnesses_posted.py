"""What a witness claims, tried on the emulator: the old contract takes it, the new one refuses it, and names the field."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from modelslab_contracts.contract import SPECS, endpoint_of, endpoints
from modelslab_contracts.diff.compare import compare
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.findings import Severity
from modelslab_contracts.lint_subject import read_subject, subject_of
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.routes import Routes
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

from .documents import witness

KEY = "a-key-of-the-tests"
Schema = dict[str, Any]
Edit = Callable[[Schema], Iterator[str]]


def emulator(endpoint: Endpoint) -> App:
    """The emulator under `strict` with one contract, perhaps an edited one."""
    whole = make_app(
        Settings(profile="strict", clock="frozen"), seed=1, origin="http://127.0.0.1:1", started=0.0, log=Log(quiet=True)
    )
    return dataclasses.replace(whole, routes=Routes([endpoint]), endpoints={endpoint.name: endpoint})


def post(endpoint: Endpoint, body: Any) -> tuple[int, set[str]]:
    """The status of an answer, and the fields that it was refused for."""
    sent = json.dumps({**body, "key": KEY}).encode()  # a key is what no schema can say: any will do, none will not
    path = next(each.path for each in endpoint.calls if each.kind == "submit")
    response = emulator(endpoint).handle(Request("POST", path, {"content-type": "application/json"}, sent), 0.0)
    assert response.exchange is not None
    return response.status, {each.where for each in response.exchange.findings if each.severity is Severity.ERROR}


def _bounds(schema: Schema) -> Iterator[str]:
    for name, each in schema["properties"].items():
        if "maximum" in each and each["maximum"] > each.get("minimum", 0) + 1:
            each["maximum"] -= 1
            yield name


def _one_value_less(schema: Schema) -> Iterator[str]:
    for name, each in schema["properties"].items():
        if len(each.get("enum", ())) > 1:
            each["enum"] = each["enum"][1:]
            yield name


def _no_null(schema: Schema) -> Iterator[str]:
    for name, each in schema["properties"].items():
        if "null" in each.get("type", ()):
            each["type"] = next(kind for kind in each["type"] if kind != "null")
            yield name


def _one_more_needed(schema: Schema) -> Iterator[str]:
    schema["properties"]["licence"] = {"type": "string", "x-mock": {"source": "a test", "certainty": "assumed"}}
    schema["required"] = [*schema["required"], "licence", "negative_prompt"]
    yield from ("licence", "negative_prompt")


def _flags_said_otherwise(schema: Schema) -> Iterator[str]:
    for name, each in schema["properties"].items():
        if each.get("type") == "boolean":
            each |= {"type": "string", "enum": ["yes", "no"]}
            yield name
        elif each.get("enum") == ["yes", "no"]:
            del each["enum"]
            each["type"] = "boolean"
            yield name


def _numbers_as_text(schema: Schema) -> Iterator[str]:
    for name in ("width", "height"):
        each = schema["properties"][name]
        for word in ("minimum", "maximum", "multipleOf"):
            each.pop(word, None)
        each |= {"type": "string", "pattern": "^[0-9]+$"}
        yield name


def _renamed(schema: Schema) -> Iterator[str]:
    schema["properties"]["text"] = schema["properties"].pop("prompt")
    schema["required"] = ["text" if each == "prompt" else each for each in schema["required"]]
    yield "text"


EDITS: list[Edit] = [
    _bounds, _one_value_less, _no_null, _one_more_needed, _flags_said_otherwise, _numbers_as_text, _renamed,
]  # fmt: skip


@cache
def edited(name: str, edit: Edit) -> tuple[Endpoint, list[Any], list[str]]:
    """The endpoint of an edited contract, what breaks, and the fields that were edited."""
    old = read_subject(SPECS / f"{name}.yaml")
    root = copy.deepcopy(dict(old.root))
    request = root["components"]["schemas"]["Request"]
    fields = list(edit(request))
    for field in fields:  # whatever would no longer be right beside the edited clause
        for word in ("default", "x-mock"):
            request["properties"][field].pop(word, None)
        request["properties"][field]["x-mock"] = {"source": "a test", "certainty": "assumed"}
    new = subject_of(json.dumps(root).encode(), name, "new.json")
    broken = [each for each in compare(old, new).findings if each.severity is Severity.ERROR and each.hint]
    return endpoint_of(new.document), [each for each in broken if each.rule.startswith("diff/request-")], fields


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__.strip("_"))
@pytest.mark.parametrize("name", sorted(endpoints()))
def test_a_witness_is_taken_by_the_old_contract_and_refused_by_the_new_one(name: str, edit: Edit) -> None:
    new, broken, fields = edited(name, edit)
    if not fields:
        pytest.skip("this contract has no such field")
    assert {each.where.rpartition("/")[2] for each in broken} == set(fields)
    for each in broken:
        body, at = witness(each), f"/{each.where.rpartition('/')[2]}"
        assert post(endpoints()[name], body) == (200, set()), each
        status, refused = post(new, body)
        assert (status, at in refused) == (400, True), (each, refused)


def test_every_edit_is_tried_on_some_contract() -> None:
    assert all(any(edited(name, edit)[2] for name in sorted(endpoints())) for edit in EDITS)
