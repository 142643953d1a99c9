"""How a request is read: against the hand-copied bounds, the table of coercion, the pages' samples, and a schema engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from modelslab_contracts.body import MAX_DEPTH, MAX_FORM_FIELDS, Body, parse_body
from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import parse_yaml
from modelslab_contracts.endpoint import Endpoint, Field
from modelslab_contracts.findings import Finding
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import Order, Read, read_request, sentence

FIXTURES = Path(__file__).parent.parent / "fixtures"
DOCUMENTED, STRICT, OBSERVED = (PROFILES[name] for name in ("documented", "strict", "observed"))
BOUNDS: Mapping[str, Any] = parse_yaml((FIXTURES / "bounds.yaml").read_bytes(), "bounds.yaml")
COERCION: list[Any] = parse_yaml((FIXTURES / "coercion.yaml").read_bytes(), "coercion.yaml")
PARAMETERS = [(name, field) for name, fields in BOUNDS.items() for field in fields]
SAMPLES = sorted(FIXTURES.glob("pages/*/requests/*.json"))
Minimal = Callable[[str], dict[str, Any]]
EndpointWith = Callable[[dict[str, Any]], Endpoint]


def order_of(read: Read) -> Order:
    """The order of a request that was accepted."""
    assert read.order is not None, read.problems
    return read.order


def rules(findings: tuple[Finding, ...]) -> list[str]:
    """The ids of the rules, in order."""
    return [each.rule for each in findings]


# --- the bounds that were copied by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "field"), PARAMETERS)
def test_values_within_the_bounds_are_accepted_as_they_are(name: str, field: str, minimal: Minimal) -> None:
    endpoint = endpoints()[name]
    for value in BOUNDS[name][field]["accept"]:
        read = order_of(read_request(endpoint, {**minimal(name), field: value}, DOCUMENTED)).values[field]
        if value is None:
            assert read == endpoint.field[field].default
        elif not isinstance(read, bool):
            is_number_text = isinstance(value, str) and endpoint.field[field].kind in ("integer", "number")
            assert read == (json.loads(value) if is_number_text else value)


@pytest.mark.parametrize(("name", "field"), [each for each in PARAMETERS if "cap" in BOUNDS[each[0]][each[1]]])
def test_values_above_a_cap_are_lowered_to_it(name: str, field: str, minimal: Minimal) -> None:
    for sent, read in BOUNDS[name][field]["cap"]:
        body = {**minimal(name), field: sent}
        order = order_of(read_request(endpoints()[name], body, DOCUMENTED))
        assert order.values[field] == read
        assert rules(order.noticed)[-1] == "request/value-capped"
        assert order_of(read_request(endpoints()[name], body, OBSERVED)).values[field] == float(sent), "observed echoes"
        assert read_request(endpoints()[name], body, STRICT).problems, "strict refuses"


@pytest.mark.parametrize(("name", "field"), PARAMETERS)
def test_values_beyond_the_bounds_are_refused_where_they_stand(name: str, field: str, minimal: Minimal) -> None:
    for value in BOUNDS[name][field]["refuse"]:
        read = read_request(endpoints()[name], {**minimal(name), field: value}, DOCUMENTED)
        assert read.order is None, value
        assert {each.where for each in read.problems} == {f"/{field}"}
        assert all(each.source for each in read.problems)


@pytest.mark.parametrize(("name", "field"), PARAMETERS)
def test_strict_takes_exactly_what_the_schema_takes(name: str, field: str, minimal: Minimal) -> None:
    """A schema engine as second opinion; it does not judge URLs, 64 bits, and `$` before a line break as we do."""
    row, known = BOUNDS[name][field], endpoints()[name].field[field]
    engine = Draft202012Validator(dict(known.schema))
    for value in row["accept"] + [sent for sent, _ in row.get("cap", [])] + row["refuse"]:
        too_large = isinstance(value, (int, float)) and not -(2**63) <= value < 2**63
        broken_line = isinstance(value, str) and value.endswith("\n")
        if known.kind == "url" or too_large or broken_line:
            continue
        read = read_request(endpoints()[name], {**minimal(name), field: value}, STRICT)
        assert (read.order is not None) == engine.is_valid(value), value


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_the_neighbours_of_an_excused_value_are_refused(name: str, minimal: Minimal) -> None:
    for field in endpoints()[name].fields:
        for value in field.excused:
            step = 1 if isinstance(value, int) else 0.1
            for near in (value - step, value + step):
                if near not in (field.allowed or ()):
                    assert read_request(endpoints()[name], {**minimal(name), field.name: near}, DOCUMENTED).order is None


# --- the table of coercion ----------------------------------------------------------------------------------------------


def schema_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The plain schema of a row of the table."""
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer"},
        "number": {"type": "number"},
        "flag": {"type": "boolean"} if row.get("wire") == "true-false" else {"type": "string", "enum": ["yes", "no"]},
        "text": {"type": "string"},
        "url": {"type": "string", "format": "uri"},
    }
    schema = kinds[row["type"]]
    return {**schema, "type": [schema["type"], "null"]} if row.get("nullable") else schema


@pytest.mark.parametrize("profile", ["documented", "strict"])
@pytest.mark.parametrize("row", COERCION, ids=lambda row: f"{row['type']}-{row['sent']!r}")
def test_a_value_is_coerced_as_the_table_says(row: Mapping[str, Any], profile: str, endpoint_with: EndpointWith) -> None:
    read = read_request(endpoint_with(schema_of(row)), {"key": "k", "field": row["sent"]}, PROFILES[profile])
    said = row[profile]
    assert (read.order is None) == ("refused" in said), read
    if read.order is not None:
        value = read.order.values["field"]
        assert (value, isinstance(value, bool)) == (said["read"], isinstance(said["read"], bool))


@pytest.mark.parametrize(
    ("schema", "sent", "rule"),
    [
        ({"type": "integer"}, "5", "request/text-read-as-number"),
        ({"type": "boolean"}, "yes", "request/flag-respelled"),
        ({"enum": ["yes", "no"], "type": "string"}, True, "request/flag-respelled"),
        ({"type": "string"}, None, "request/null-read-as-absent"),
        ({"type": "integer", "maximum": 3, "x-mock": {"above-maximum": "cap"}}, 5, "request/value-capped"),
        ({"type": "integer", "x-mock": {"excused": [7.5]}}, 7.5, "request/value-excused"),
    ],
)
def test_every_bent_value_is_noticed(schema: dict[str, Any], sent: Any, rule: str, endpoint_with: EndpointWith) -> None:
    read = read_request(endpoint_with(schema), {"key": "k", "field": sent}, DOCUMENTED)
    assert rules(order_of(read).noticed) == [rule]
    assert [each.severity.label for each in read.noticed] == ["note"]


def test_an_excused_whole_number_stays_whole(endpoint_with: EndpointWith) -> None:
    endpoint = endpoint_with({"type": "integer", "enum": [21], "x-mock": {"excused": [20]}})
    value = order_of(read_request(endpoint, {"key": "k", "field": 20.0}, DOCUMENTED)).values["field"]
    assert (value, type(value)) == (20, int)


# --- the pages' own samples ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_a_page_s_sample_is_accepted_once_it_has_a_key(file: Path) -> None:
    body = parse_body("application/json", file.read_bytes(), "", DOCUMENTED)
    assert isinstance(body, Body)
    read = read_request(endpoints()[file.parts[-3]], {**body.fields, "key": "some-key"}, DOCUMENTED, unknown="refuse")
    assert read.problems == ()


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_strict_refuses_every_sample_for_its_texts(file: Path) -> None:
    body = parse_body("application/json", file.read_bytes(), "", STRICT)
    assert isinstance(body, Body)
    read = read_request(endpoints()[file.parts[-3]], body.fields, STRICT)
    assert "/width" in [each.where for each in read.problems]


def test_the_broken_sample_is_refused_with_line_and_column() -> None:
    raw = (FIXTURES / "pages/images-flux-v6/requests/06-java.broken.txt").read_bytes()
    found = parse_body("application/json", raw, "", DOCUMENTED)
    assert isinstance(found, Finding)
    assert found.rule == "request/not-json"
    assert found.got.startswith("line 16 column "), found.got


# --- what is said of problems -------------------------------------------------------------------------------------------


def test_all_problems_are_found_at_once_in_the_order_of_the_page() -> None:
    body = {"samples": 9, "width": "wide", "webhook": "nowhere", "seed": [], "safety_checker": 5}
    read = read_request(endpoints()["realtime-v6"], body, DOCUMENTED)
    assert [(each.where, each.rule) for each in read.problems] == [
        ("/prompt", "request/required-field-missing"),
        ("/width", "request/wrong-type"),
        ("/samples", "request/above-maximum"),
        ("/safety_checker", "request/wrong-type"),
        ("/seed", "request/wrong-type"),
        ("/webhook", "request/not-a-url"),
    ]


def test_one_value_can_break_two_clauses(minimal: Minimal) -> None:
    read = read_request(endpoints()["images-pony-v6"], {**minimal("images-pony-v6"), "width": 1023}, DOCUMENTED)
    assert rules(read.problems) == ["request/below-minimum", "request/not-a-multiple"]


def test_notes_travel_with_problems_too() -> None:
    read = read_request(endpoints()["realtime-v6"], {"prompt": "", "width": "512"}, DOCUMENTED)
    assert (rules(read.problems), rules(read.noticed)) == (["request/required-field-missing"], ["request/text-read-as-number"])


def test_an_unknown_field_names_the_nearest(minimal: Minimal) -> None:
    noticed = read_request(endpoints()["realtime-v6"], {**minimal("realtime-v6"), "negativePrompt": "x"}, DOCUMENTED).noticed
    assert [(each.rule, each.where, each.hint) for each in noticed] == [
        ("request/unknown-field", "/negativePrompt", "nearest: negative_prompt")
    ]


def test_an_unknown_field_like_no_other_names_none(minimal: Minimal) -> None:
    noticed = read_request(endpoints()["realtime-v6"], {**minimal("realtime-v6"), "q/~": 1}, DOCUMENTED).noticed
    assert [(each.where, each.hint) for each in noticed] == [("/q~1~0", "")]


@pytest.mark.parametrize(("unknown", "accepted", "found"), [("accept", True, 0), ("note", True, 1), ("refuse", False, 1)])
def test_what_happens_to_unknown_fields_is_a_switch(unknown: str, accepted: bool, found: int, minimal: Minimal) -> None:
    read = read_request(endpoints()["realtime-v6"], {**minimal("realtime-v6"), "extra": 1}, STRICT, unknown=unknown)
    assert (read.order is not None, len(read.problems) + len(read.noticed)) == (accepted, found)


def test_absent_fields_have_the_page_s_defaults(minimal: Minimal) -> None:
    values = order_of(read_request(endpoints()["images-pony-v6"], minimal("images-pony-v6"), STRICT)).values
    assert (values["width"], values["scheduler"], values["safety_checker"]) == (1024, "DPMSolverMultistepScheduler", True)


@pytest.mark.parametrize(
    ("sent", "says", "framework_says"),
    [
        ({"prompt": ""}, "prompt is required", "The prompt field is required."),
        ({"width": 2048}, "width must be between 1 and 1024", "The width field must be between 1 and 1024."),
        ({"samples": "many"}, "samples must be an integer", "The samples field must be an integer."),
        ({"webhook": "x"}, "webhook must be a valid URL", "The webhook field must be a valid URL."),
    ],
)
def test_a_problem_has_the_vendor_s_sentence(sent: dict[str, Any], says: str, framework_says: str, minimal: Minimal) -> None:
    problem = read_request(endpoints()["realtime-v6"], {**minimal("realtime-v6"), **sent}, DOCUMENTED).problems[0]
    assert (sentence(problem), sentence(problem, laravel=True)) == (says, framework_says)


def test_what_is_wrong_with_a_text_completes_a_sentence(minimal: Minimal) -> None:
    """Neither another sentence in the middle of it, nor one character in the plural."""
    read = read_request(
        endpoints()["enterprise-v1"], {**minimal("enterprise-v1"), "prompt": "", "lora_strength": "2"}, DOCUMENTED
    )
    empty, strength = read.problems
    assert empty.expected == "at least 1 character"
    assert strength.expected.startswith("like ^(0[.]")
    assert strength.expected.endswith("$ (One strength per LoRA model, 0.1 to 1, separated by commas)")


def test_a_form_s_numbers_are_texts_even_under_strict(minimal: Minimal) -> None:
    body = {**minimal("realtime-v6"), "width": "256", "base64": "true"}
    values = order_of(read_request(endpoints()["realtime-v6"], body, STRICT, is_form=True)).values
    assert (values["width"], values["base64"]) == (256, True)


# --- from bytes to fields -----------------------------------------------------------------------------------------------

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=line"


def part(name: str, value: bytes, more: str = "") -> bytes:
    """One field of a multipart form."""
    return b'--line\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name.encode(), more.encode(), value)


@pytest.mark.parametrize(
    ("media_type", "raw", "fields", "is_form"),
    [
        (JSON, b'{"a": 1}', {"a": 1}, False),
        ("Application/JSON; charset=UTF-8", b"{}", {}, False),
        ('application/json; charset="utf-8"; v=1', b"{}", {}, False),
        ("application/vnd.api+json", b"{}", {}, False),
        (JSON, b'{"a": 1, "a": 2}', {"a": 2}, False),
        (JSON, '{"a": "写真"}'.encode(), {"a": "写真"}, False),
        (JSON, b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, False),
        (FORM, b"a=1&b=two+words&c=%C3%BC&d=", {"a": "1", "b": "two words", "c": "ü"}, True),
        (FORM, b"", {}, True),
        (MULTIPART, part("a", b"1") + part("b", "ü".encode()) + part("c", b"") + b"--line--\r\n", {"a": "1", "b": "ü"}, True),
        (MULTIPART, part("a", b"1") + part("f", b"x", '; filename="x.txt"') + b"--line--\r\n", {"a": "1"}, True),
    ],
)
def test_a_body_is_read(media_type: str, raw: bytes, fields: dict[str, Any], is_form: bool) -> None:
    assert parse_body(media_type, raw, "", DOCUMENTED) == Body(fields, is_form)


@pytest.mark.parametrize(
    ("media_type", "raw", "rule", "says"),
    [
        ("", b"{}", "wrong-media-type", "no Content-Type"),
        ("text/plain", b"{}", "wrong-media-type", "text/plain"),
        ("application/xml", b"<a/>", "wrong-media-type", "application/xml"),
        (FORM, b' {"a": 1}', "wrong-media-type", "around a JSON text"),
        (FORM, b"&".join(b"a%d=1" % each for each in range(MAX_FORM_FIELDS + 1)), "wrong-media-type", "too many fields"),
        ("multipart/form-data", b"x", "wrong-media-type", "boundary"),
        (MULTIPART, b"no line", "wrong-media-type", "cannot be read"),
        (MULTIPART, b"--line\r\nContent-Disposition: form-data\r\n\r\n1\r\n--line--\r\n", "wrong-media-type", "Field name"),
        (MULTIPART, part("a", b"1"), "wrong-media-type", "ends before its closing boundary"),
        (MULTIPART, (part("a", b"1") + part("b", b"2"))[:-20], "wrong-media-type", "ends before its closing boundary"),
        (MULTIPART, b"--line\r\nrubbish", "wrong-media-type", "ends before its closing boundary"),
        (JSON, b"", "not-json", "line 1 column 1"),
        (JSON, b'{"a": 1', "not-json", "line 1 column "),
        (JSON, b'{\n"a": NaN}', "not-json", "line 2 column "),
        (JSON, b'{"a": Infinity}', "not-json", "line 1"),
        (JSON, b'{"a": ' + b"9" * 5000 + b"}", "not-json", "line 1"),
        (JSON, b'{"a": "\\ud83d\\ude00",}', "not-json", "line 1 column 2"),
        (JSON, b'["some-key"]', "not-json", "a list"),
        (JSON, b'"some-key"', "not-json", "a text"),
        (JSON, b"null", "not-json", "null"),
        (JSON, b"5", "not-json", "a number"),
        (JSON, b'\xef\xbb\xbf{"a": 1}', "wrong-encoding", "byte order mark"),
        (JSON, b'{"a": "\\ud800"}', "wrong-encoding", "surrogate"),
        (JSON, b'{"a": "\xff"}', "wrong-encoding", "byte 7: invalid start byte"),
        (JSON, '{"a": "ü"}'.encode("latin-1"), "wrong-encoding", "UTF-8"),
        (JSON, '{"a": 1}'.encode("utf-16"), "wrong-encoding", "byte 0: invalid start byte"),
        ("application/json; charset=latin-1", b"{}", "wrong-encoding", "latin-1"),
        (FORM, b"a=%ff", "wrong-encoding", "byte 0"),
        (FORM, b"a=\xff", "wrong-encoding", "byte 2"),
        (MULTIPART, part("a", b"\xff") + b"--line--\r\n", "wrong-encoding", "byte 0"),
        (JSON, b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested-too-deep", "deeper"),
        (JSON, b'{"a": ' + b'{"b": ' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH + b"}", "nested-too-deep", "deeper"),
        (JSON, b'{"a": ' + b"[" * 100_000, "nested-too-deep", "deeper"),
    ],
)
def test_a_body_that_cannot_be_read_is_one_finding(media_type: str, raw: bytes, rule: str, says: str) -> None:
    found = parse_body(media_type, raw, "", DOCUMENTED)
    assert isinstance(found, Finding)
    assert found.rule == f"request/{rule}"
    assert says in found.got or says in found.expected


def test_values_may_nest_up_to_the_bound() -> None:
    deep = b'{"a": ' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert isinstance(parse_body(JSON, deep, "", DOCUMENTED), Body)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "/a"),
        (b'{"a/b": 1, "a/b": 2}', "/a~1b"),
        (b'{"": 1, "": 2}', "/"),
        (b'{"x": {"a": 1, "a": 2}, "a": 3}', ""),
        (b'{"x": {"a": 1, "a": 2}, "b": 3, "b": 4}', "/b"),
        (b'{"a": ' + b"9" * 300 + b', "a": 1}', "/a"),
    ],
)
def test_strict_refuses_a_field_that_is_given_twice(raw: bytes, where: str) -> None:
    found = parse_body(JSON, raw, "", STRICT)
    assert isinstance(found, Finding)
    assert (found.rule, found.where) == ("request/duplicate-field", where)
    assert isinstance(parse_body(JSON, raw, "", DOCUMENTED), Body)


def test_strict_finds_the_last_of_many_fields_at_once() -> None:
    """In one pass: a hundred thousand names are no way to keep a server busy."""
    raw = b"{" + b",".join(b'"%d":1' % each for each in range(100_000)) + b',"99999":1}'
    assert isinstance(parse_body(JSON, raw, "", STRICT), Finding)


@pytest.mark.parametrize(
    ("raw", "query", "expected"),
    [
        (b"", "a=1&b=%C3%BC", Body({"a": "1", "b": "ü"}, True)),
        (b"a=2", "a=1", Body({"a": "2"}, True)),
        (b"", "", Body({}, True)),
    ],
)
def test_the_query_is_read_when_the_body_is_empty(raw: bytes, query: str, expected: Body) -> None:
    assert parse_body(FORM, raw, query, DOCUMENTED) == expected


@pytest.mark.parametrize("query", ["a=%ff", "&".join(["a=1"] * (MAX_FORM_FIELDS + 1))])
def test_a_query_that_cannot_be_read_is_a_finding(query: str) -> None:
    assert isinstance(parse_body("", b"", query, DOCUMENTED), Finding)


def test_the_form_library_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong with a client's form is our finding, said once."""
    parse_body("multipart/form-data", b"x", "", DOCUMENTED)
    parse_body(MULTIPART, part("a", b"x", "\r\nContent-Transfer-Encoding: odd") + b"--line--\r\n", "", DOCUMENTED)
    assert caplog.records == []


# --- laws ---------------------------------------------------------------------------------------------------------------

profiles = st.sampled_from(sorted(PROFILES.values(), key=lambda each: each.name))
media_types = st.one_of(st.sampled_from([JSON, FORM, MULTIPART, "application/json; charset=", ""]), st.text(max_size=40))
bodies = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet='{}[]":,\\ud8 e0123456789nul+-=&%', max_size=60).map(str.encode),
    st.lists(st.binary(max_size=20)).map(lambda parts: b"--line\r\n".join(parts) + b"--line--"),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(media_types, bodies, st.text(max_size=30), profiles)
def test_no_bytes_make_the_reader_raise(media_type: str, raw: bytes, query: str, profile: Any) -> None:
    assert isinstance(parse_body(media_type, raw, query, profile), (Body, Finding))


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(sorted(endpoints())), profiles, st.booleans())
def test_no_json_makes_the_reader_raise(data: st.DataObject, name: str, profile: Any, is_form: bool) -> None:
    endpoint = endpoints()[name]
    names = st.one_of(st.sampled_from(["key", *endpoint.field]), st.text(max_size=10))
    read = read_request(endpoint, data.draw(st.dictionaries(names, json_values, max_size=8)), profile, is_form=is_form)
    assert (read.order is None) == bool(read.problems)
    if read.order is not None:
        assert list(read.order.values) == list(endpoint.field)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(endpoints())), st.sampled_from([DOCUMENTED, OBSERVED]))
def test_reading_an_order_s_values_again_gives_them_back(data: st.DataObject, name: str, profile: Any) -> None:
    rows, endpoint = BOUNDS[name], endpoints()[name]
    needed = {
        each.name: data.draw(st.sampled_from([v for v in rows[each.name]["accept"] if v]))
        for each in endpoint.fields
        if each.required
    }
    sent = {
        field: rows[field]["accept"] + [value for value, _ in rows[field].get("cap", [])]
        for field in rows
        if field not in needed
    }
    chosen = data.draw(st.lists(st.sampled_from(sorted(sent)), unique=True, max_size=6))
    body = {**needed, **{field: data.draw(st.sampled_from(sent[field])) for field in chosen}}
    first = order_of(read_request(endpoint, body, profile)).values
    assert order_of(read_request(endpoint, first, profile)).values == first


@settings(max_examples=200, deadline=None)
@given(st.integers())
def test_a_whole_number_is_read_alike_as_number_and_as_text(value: int) -> None:
    endpoint = endpoints()["realtime-v6"]
    reads = [read_request(endpoint, {"prompt": "x", "seed": each}, DOCUMENTED).order for each in (value, str(value))]
    assert len({None if read is None else read.values["seed"] for read in reads}) == 1


def test_a_field_of_every_kind_exists() -> None:
    """So that nothing above is proved of nothing."""
    fields: list[Field] = [field for endpoint in endpoints().values() for field in endpoint.fields]
    assert {each.kind for each in fields} == {"integer", "number", "text", "flag", "url"}
