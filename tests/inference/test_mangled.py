"""Documents with something senseless in some places: read as far as they go or refused in one sentence, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.inference.infer import infer, served
from modelslab_contracts.inference.sample import sample
from modelslab_contracts.kit.chance import Chance, Dice, pick
from modelslab_contracts.loading import load, load_text
from modelslab_mock.routes import Routes

from .world import SHAPES, ask, world

JUNK: tuple[Any, ...] = (
    None, 5, "x", [], {}, [1], {"a": 1}, True, 1.5, "$ref", {"$ref": "#/components/schemas/Order"}, {"$ref": "#/"}, -1, "{id}",
    "\ud800", [None], {"type": []}, {"type": "nope"}, {"enum": []}, {"oneOf": [1]}, {"type": "string", "pattern": "("},
)  # fmt: skip


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*at, key))


def mangled(chance: Chance) -> dict[str, Any]:
    """A shape document with junk in one to four places."""
    root: dict[str, Any] = json.loads(json.dumps(dict(pick(chance, ROOTS))))
    for _ in range(1 + chance.below(4)):
        at = pick(chance, list(places(root))[1:])
        node: Any = root
        for key in at[:-1]:
            node = node[key]
        node[at[-1]] = json.loads(json.dumps(pick(chance, JUNK)))
    return root


THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
ROOTS = [each.subject.root for each in load(SHAPES).documents]


def tried(number: int) -> None:
    chance = Dice(20, number)
    text = json.dumps(mangled(chance)).encode()
    try:
        documents = load_text(text, "mangled.json", "mangled.json")
        assert all(each.findings is not None for each in documents)
        found = infer(documents, endpoints()).endpoints
    except ContractError as problem:
        said = str(problem)
    else:
        said = ""
    assert "\n" not in said
    if said:
        return
    together = served(endpoints(), found)
    app = replace(world(), endpoints=together, routes=Routes(together.values()))
    for each in found.values():
        body = {field.name: sample(field.schema, chance) for field in each.fields if field.required}
        answer = ask(app, each.submit, each.submit.path, f"mock-processing--{number}", body)
        assert answer.status < 500
        if each.makes_jobs and answer.exchange and answer.exchange.job_id:
            fetch = each.fetches[0]
            for _ in range(2):
                ended = ask(app, fetch, fetch.address(answer.exchange.job_id), f"mock-processing--{number}", {})
                assert ended.status < 500


@pytest.mark.thorough
def test_a_mangled_document_never_ends_in_a_traceback() -> None:
    for number in range(4_000 if THOROUGH else 60):
        tried(number)
