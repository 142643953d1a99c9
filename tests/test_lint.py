"""Lint: the smallest contract is clean, and every rule is tripped by the smallest change that should trip it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.findings import RULES, Finding, Severity
from modelslab_contracts.lint import lint
from modelslab_contracts.report import as_text

Lint = Callable[[str], list[Finding]]

#: A document of somebody else, in the older dialect: no x-mock, no links, exclusive bounds as flags.
FOREIGN = """\
openapi: 3.0.3
info: {title: Foreign, version: "1"}
paths:
  /things:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                size: {type: integer, minimum: 0, exclusiveMinimum: true, nullable: true, default: null}
      responses:
        default: {description: Whatever.}
"""


@pytest.fixture
def lint_text(tmp_path: Path) -> Lint:
    """Lint a document's text."""

    def run(text: str) -> list[Finding]:
        file = tmp_path / "tiny.yaml"
        file.write_text(text)
        return lint(file)

    return run


def test_the_smallest_contract_is_clean(lint_text: Lint, tiny: str) -> None:
    assert lint_text(tiny) == []


def test_a_foreign_document_is_only_noted_to_say_nothing_of_its_lifecycle(lint_text: Lint) -> None:
    assert [each.rule for each in lint_text(FOREIGN)] == ["spec/lifecycle-not-declared"]
    assert lint_text(FOREIGN)[0].severity is Severity.NOTE


FIELD = (
    "field: {type: integer, minimum: 1, default: 2, x-mock: {assumed: [minimum], why: ours, source: page, certainty: stated}}"
)
CLAUSE = "x-mock: {source: page, certainty: stated}"
REQUEST = "/components/schemas/Request"
OUR_FIELD = f"{REQUEST}/properties/field"
DRAW = "/paths/~1draw/post"
SCHEMA = "content/application~1json/schema"
RESPONSE = "description: An answer."
OF_ASSUMED = f"{OUR_FIELD}/x-mock/assumed/1"

#: rule, what is replaced in the tiny contract, by what, and where the finding stands.
LIARS = [
    ("unreadable", "openapi: 3.1.0", "openapi: [", ""),
    ("unreadable", "openapi: 3.1.0", "swagger: '2.0'", ""),
    ("invalid-openapi", "openapi: 3.1.0", "openapi: 4.0.0", "/openapi"),
    ("invalid-openapi", "openapi: 3.1.0", "openapi: 3.1", "/openapi"),
    ("invalid-openapi", 'info: {title: Tiny, version: "1"}', "info: {title: Tiny, version: 1}", "/info"),
    ("invalid-openapi", "schemas/Error'", "schemas/Eror'", f"{DRAW}/responses/200/{SCHEMA}/oneOf/1/$ref"),
    ("invalid-openapi", "'#/components/schemas/Request'", "'other.yaml#/Request'", f"{DRAW}/requestBody/{SCHEMA}/$ref"),
    ("invalid-openapi", "description: An answer.", "summary: An answer.", f"{DRAW}/responses/200"),
    ("invalid-openapi", '"200":', "200:", f"{DRAW}/responses/200"),
    ("invalid-openapi", '"200":', '"20":', f"{DRAW}/responses/20"),
    ("invalid-openapi", "operationId: fetch\n", "operationId: draw\n", f"{DRAW}/operationId"),
    ("invalid-openapi", "name: id,", "name: job,", "/paths/~1fetch~1{id}/post"),
    ("invalid-openapi", "/fetch/{id}:", "/fetch:", "/paths/~1fetch/post"),
    ("invalid-openapi", "required: true, schema", "schema", "/paths/~1fetch~1{id}/post"),
    ("invalid-openapi", "  /draw:", "  draw:", "/paths/draw"),
    ("invalid-openapi", FIELD, FIELD.replace("integer", "intger"), f"{OUR_FIELD}/type"),
    ("invalid-openapi", FIELD, FIELD.replace("minimum: 1", "minimum: one"), f"{OUR_FIELD}/minimum"),
    ("invalid-openapi", FIELD, FIELD.replace("default: 2", "default: 0"), f"{OUR_FIELD}/default"),
    ("invalid-openapi", FIELD, FIELD.replace("default: 2", 'enum: [2, "3"]'), f"{OUR_FIELD}/enum/1"),
    ("invalid-openapi", "const: error", "const: error, type: integer", "/components/schemas/Error/properties/status/const"),
    ("invalid-openapi", FIELD, FIELD.replace("default: 2", 'pattern: "("'), f"{OUR_FIELD}/pattern"),
    ("invalid-openapi", "required: [key]", "required: [key, filed]", f"{REQUEST}/required/1"),
    ("duplicate-key", FIELD, FIELD.replace("default: 2", "default: 2, default: 3"), f"{OUR_FIELD}/default"),
    ("unknown-word", CLAUSE, "x-mock: {sauce: page, source: page, certainty: stated}", f"{DRAW}/x-mock/sauce"),
    ("unknown-word", CLAUSE, "x-mock: {source: page, certainty: sure}", f"{DRAW}/x-mock/certainty"),
    ("clause-without-source", CLAUSE, "x-mock: {certainty: stated}", DRAW),
    ("clause-without-source", FIELD, "field: {type: integer}", OUR_FIELD),
    ("clause-without-source", f"{RESPONSE}\n          {CLAUSE}", RESPONSE, f"{DRAW}/responses/200"),
    ("assumed-without-why", FIELD, FIELD.replace("why: ours, ", ""), f"{OUR_FIELD}/x-mock"),
    ("assumed-without-keyword", FIELD, FIELD.replace("[minimum]", "[minimum, maximum]"), OF_ASSUMED),
    ("assumed-without-keyword", FIELD, FIELD.replace("[minimum]", "[minimum, nullable]"), OF_ASSUMED),
    ("assumed-without-keyword", FIELD, FIELD.replace("[minimum]", "[minimum, required]"), OF_ASSUMED),
    ("stale-excuse", FIELD, FIELD.replace("assumed:", "excused: [0, 7], assumed:"), f"{OUR_FIELD}/x-mock/excused/1"),
    ("answer-without-value", "from: order.field, ", "", "/components/schemas/Success/properties/number"),
    ("answer-without-status", "const: error", "type: string, default: error", "/components/schemas/Error"),
    ("binding-leads-nowhere", "order.field", "order.feild", "/components/schemas/Success/properties/number/x-mock/from"),
    ("binding-leads-nowhere", "order.field", "job.linkz", "/components/schemas/Success/properties/number/x-mock/from"),
    ("binding-leads-nowhere", "order.field", "order.key", "/components/schemas/Success/properties/number/x-mock/from"),
    ("ambiguous-keyword", FIELD, FIELD.replace("default: 2", "multipleOf: 0.1"), f"{OUR_FIELD}/multipleOf"),
    ("ambiguous-keyword", FIELD, FIELD.replace("default: 2", "format: date"), f"{OUR_FIELD}/format"),
    ("no-lifecycle", "operationId: fetch}", "operationId: fetching}", ""),
    ("no-lifecycle", "          links:\n            fetch: {operationId: fetch}\n", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "right", "wrong", "pointer"), LIARS, ids=[f"{each[0]}-{each[2][:40]!r}" for each in LIARS])
def test_the_smallest_wrong_thing_trips_its_rule(
    lint_text: Lint, tiny: str, rule: str, right: str, wrong: str, pointer: str
) -> None:
    assert right in tiny
    found = [each for each in lint_text(tiny.replace(right, wrong, 1)) if each.rule == f"spec/{rule}"]
    assert pointer in [each.where.partition(" ")[2] for each in found]


def test_every_rule_of_a_document_has_a_liar() -> None:
    by_foreigners = {"spec/engines-may-disagree", "spec/lifecycle-not-declared"}
    assert {f"spec/{each[0]}" for each in LIARS} | by_foreigners == {each for each in RULES if each.startswith("spec/")}


@pytest.mark.parametrize(
    "pattern", [r"\d", r"a\w+", r"\\\s", r"(?=a)", r"(?!a)", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"\bword"], ids=str
)
def test_a_pattern_on_which_engines_disagree_is_found(lint_text: Lint, tiny: str, pattern: str) -> None:
    text = tiny.replace(FIELD, FIELD.replace("integer, minimum: 1, default: 2", f"string, minimum: 1, pattern: '{pattern}'"))
    assert [each.rule for each in lint_text(text)] == ["spec/ambiguous-keyword"]


@pytest.mark.parametrize("pattern", ["^[0-9]+$", r"\\d", "(?:a|b)", r"a[.]b", "(?i)^pony"], ids=str)
def test_a_pattern_on_which_engines_agree_is_fine(lint_text: Lint, tiny: str, pattern: str) -> None:
    text = tiny.replace(FIELD, FIELD.replace("integer, minimum: 1, default: 2", f"string, minimum: 1, pattern: '{pattern}'"))
    assert lint_text(text) == []


def test_what_engines_disagree_on_is_only_noted_in_a_foreign_document(lint_text: Lint) -> None:
    found = lint_text(FOREIGN.replace("nullable: true", "nullable: true, multipleOf: 0.5"))
    assert [(each.rule, each.severity) for each in found if "multipleOf" in each.where] == [
        ("spec/engines-may-disagree", Severity.NOTE)
    ]


def test_a_finding_names_file_and_line(lint_text: Lint, tiny: str, tmp_path: Path) -> None:
    found = lint_text(tiny.replace("minimum: 1", "minimum: one"))
    line_number = next(n for n, text in enumerate(tiny.splitlines(), 1) if FIELD in text)
    assert found[0].where == f"{tmp_path / 'tiny.yaml'}:{line_number} {OUR_FIELD}/minimum"


def test_an_unknown_word_names_the_nearest(lint_text: Lint, tiny: str) -> None:
    found = lint_text(tiny.replace("x-mock: {source", "x-mock: {sauce", 1))
    assert [each.hint for each in found if each.rule == "spec/unknown-word"] == ["did you mean 'source'?"]


def test_all_problems_come_at_once_in_the_order_of_the_file(lint_text: Lint, tiny: str) -> None:
    broken = [each for each in LIARS if each[0] in ("unknown-word", "assumed-without-why", "ambiguous-keyword", "no-lifecycle")]
    text = tiny
    for _, right, wrong, _ in broken[:3]:
        text = text.replace(right, wrong, 1)
    found = lint_text(text)
    lines = [int(each.where.partition("yaml:")[2].partition(" ")[0]) for each in found]
    assert len(found) >= 3
    assert lines == sorted(lines)
    assert found == lint_text(text)


def test_a_property_may_be_called_like_a_keyword(lint_text: Lint, tiny: str) -> None:
    """`default`, `enum` and `x-ray` among properties are names, not data: what stands in them is looked at."""
    for name in ("default", "enum", "x-ray", "schema", "properties"):
        text = tiny.replace("        key: {", f"        {name}: {{$ref: '#/nowhere', {CLAUSE}}}\n        key: {{")
        assert [each.rule for each in lint_text(text)] == ["spec/invalid-openapi"], name


def test_a_response_called_default_is_looked_at(lint_text: Lint) -> None:
    text = FOREIGN.replace("default: {description: Whatever.}", "default: {$ref: '#/components/responses/None'}")
    assert "spec/invalid-openapi" in [each.rule for each in lint_text(text)]


def test_names_required_by_a_whole_may_come_from_its_parts(lint_text: Lint, tiny: str) -> None:
    part = "allOf: [{$ref: '#/components/schemas/Error'}]\n      required: [key, status]"
    assert lint_text(tiny.replace("required: [key]", part)) == []


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_opened_is_one_finding(tmp_path: Path, name: str) -> None:
    found = lint(tmp_path / name)
    assert [each.rule for each in found] == ["spec/unreadable"]


# --- laws ---------------------------------------------------------------------------------------------------------------


def nodes(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in a document."""
    children: Any = enumerate(node) if isinstance(node, list) else node.items() if isinstance(node, dict) else ()
    return [path] + [below for key, value in children for below in nodes(value, (*path, key))]


odd = st.sampled_from([None, True, 0, -1.5, "", "x", [], {}, [None], {"$ref": "#/paths"}, {"": 1}, {"type": "x"}, {1: 2}])


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_broken_document_makes_lint_raise(data: st.DataObject, tiny: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Anything anywhere in a good contract, replaced by something odd, is a finding or nothing."""
    root = parse_yaml(tiny.encode(), "tiny")
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(nodes(root)[1:]))
        target = root
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = copy.deepcopy(data.draw(odd))
    file = tmp_path_factory.getbasetemp() / "broken.yaml"
    file.write_text(yaml.safe_dump(root))
    found = lint(file)
    assert all(each.rule in RULES for each in found)
    assert as_text(found).count("\n") == len(found)


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=80))
def test_no_bytes_make_lint_raise(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(raw)
    assert isinstance(lint(file), list)
