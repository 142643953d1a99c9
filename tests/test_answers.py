"""Every answer is valid under its own contract, and orders are refused exactly when their page says so.

Orders are drawn from the field table of each contract: nothing here knows an endpoint by name.
"""

import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import parse_yaml
from modelslab_contracts.endpoint import Call, Endpoint, Field
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.situations import Situation
from modelslab_contracts.story import ELEMENTS, Shape, Story, Submit, as_json
from modelslab_contracts.vocabulary import FACTS
from modelslab_mock.app import App
from modelslab_mock.engine.choose import MAGIC_KEYS
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import Deliver, Effect, Outcome, TickInput
from modelslab_mock.engine.links import read_path
from modelslab_mock.engine.render import JOB_FACTS, SHORT_FACTS
from modelslab_mock.engine.sandbox import ClockMoved
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
KEY = "a-key-of-the-tests"
JSON_TYPE = {"content-type": "application/json"}
ENDPOINTS = tuple(endpoints().values())
each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: str(each.name))
each_name = pytest.mark.parametrize("name", sorted(endpoints()))  # Hypothesis prints what it is given: names are short
unhurried = settings(deadline=None)  # the first example of a contract compiles its schemas
each_profile = pytest.mark.parametrize("profile", PROFILES)


def app_of(profile: str = "documented", **settings: Any) -> App:
    chosen = Settings(profile=profile, **{"clock": "frozen", **settings})
    return make_app(chosen, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def post(app: App, path: str, body: Mapping[str, Any], now: float = 0.0) -> Response:
    # json and not orjson: some values here are numbers that only Python can write
    return app.handle(Request("POST", path, JSON_TYPE, json.dumps(body).encode()), now)


def post_form(app: App, path: str, body: Mapping[str, Any]) -> Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return app.handle(Request("POST", path, headers, urlencode(in_a_form(body)).encode()), 0.0)


def post_multipart(app: App, path: str, body: Mapping[str, Any]) -> Response:
    parts = "".join(
        f'--a-boundary-of-the-tests\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in in_a_form(body).items()
    )
    headers = {"content-type": "multipart/form-data; boundary=a-boundary-of-the-tests"}
    return app.handle(Request("POST", path, headers, f"{parts}--a-boundary-of-the-tests--\r\n".encode()), 0.0)


def in_a_form(body: Mapping[str, Any]) -> dict[str, str]:
    """The body as a form can send it: everything is text, and what is absent or null is not sent."""
    spelled = {True: "true", False: "false"}
    return {
        name: spelled[value] if isinstance(value, bool) else str(value) for name, value in body.items() if value is not None
    }


SEND = {"json": post, "form": post_form, "multipart": post_multipart}


# --- orders, drawn from a contract's field table -----------------------------------------------------------------------


def numbers(low: float, high: float, step: float | None, *, whole: bool) -> SearchStrategy[Any]:
    """Numbers within bounds; the bounds themselves more often than chance would have it."""
    if whole or step:
        unit = int(step or 1)
        first, last = -(-math.ceil(low) // unit), math.floor(high) // unit
        return (st.sampled_from([first, last]) | st.integers(first, last)).map(lambda n: n * unit)
    # Thousandths, because a form cannot carry an exponent.
    return st.sampled_from([low, high]) | st.integers(math.ceil(low * 1000), math.floor(high * 1000)).map(lambda n: n / 1000)


@cache
def to_the_letter(field: Field) -> SearchStrategy[Any]:
    """Values that are right under every profile, as JSON."""
    if field.kind == "flag":
        return st.sampled_from(field.schema["enum"]) if "enum" in field.schema else st.booleans()
    if field.allowed is not None:
        return st.sampled_from(field.allowed)
    if field.kind in ("integer", "number"):
        whole = field.kind == "integer"
        low = field.minimum if field.minimum is not None else -(2**63)
        high = field.maximum if field.maximum is not None else 2**63 - 1
        drawn = numbers(low, high, field.multiple_of, whole=whole)
    elif field.kind == "url":
        hosts = st.sampled_from(["example.com", "localhost:9000", "127.0.0.1", "[::1]:8080"])
        drawn = st.builds(
            "{}://{}/{}".format, st.sampled_from(["http", "https"]), hosts, st.from_regex(r"\A[a-z0-9/?=&%.-]*\Z")
        )
    elif field.pattern is not None:
        drawn = st.from_regex(field.pattern)
    else:
        drawn = st.text(min_size=field.min_length)
    return drawn | st.none() if field.nullable else drawn


@cache
def bent(field: Field) -> SearchStrategy[Any]:
    """Values that `documented` and `observed` bend into place: texts for numbers, other spellings, null, caps, excuses."""
    ways: list[SearchStrategy[Any]] = []
    if field.kind == "flag":
        ways.append(st.sampled_from(["yes", "no", "true", "FALSE", "Yes", True, False]))
    if field.kind == "integer":
        ways.append(to_the_letter(field).filter(lambda value: value is not None).map(str))
    if field.caps and field.maximum is not None:
        ways.append(st.integers(int(field.maximum) + 1, 2**63 - 1))
    if field.excused:
        ways.append(st.sampled_from(field.excused))
    if not field.required:
        ways.append(st.none())
    return st.one_of(ways) if ways else to_the_letter(field)


@cache
def out_of_bounds(field: Field) -> SearchStrategy[Any]:
    """Values that are broken under every profile, as JSON and in a form; nothing where a field has no bounds."""
    ways: list[SearchStrategy[Any]] = []
    if field.kind in ("integer", "number"):
        if field.minimum is not None:
            ways.append(st.integers(-(2**62), math.ceil(field.minimum) - 1))
        if field.maximum is not None and not field.caps:
            ways.append(st.integers(math.floor(field.maximum) + 1, 2**62))
        if field.kind == "integer":
            ways.append(st.integers(2**63, 2**64 - 1))
            ways.append(st.floats(-1e6, 1e6).filter(lambda value: not value.is_integer() and value not in field.excused))
        if (step := field.multiple_of) is not None:
            ways.append(st.integers(0, 2**20).filter(lambda value: bool(value % step)))
    if field.kind == "flag":
        ways.append(st.sampled_from(["on", "1", " yes", "none"]))
    if field.kind == "url":
        ways.append(st.sampled_from(["nowhere", "ftp://example.com", "http://", "/hook"]))
    if field.allowed is not None:
        ways.append(st.integers() if field.kind == "integer" else st.text(min_size=1))
    allowed = (*(field.allowed or ()), *field.excused)
    return st.one_of(ways).filter(lambda value: value not in allowed) if ways else st.nothing()


@cache
def of_another_type(field: Field) -> SearchStrategy[Any]:
    """JSON values of a type that no profile reads as the field's."""
    ways: list[SearchStrategy[Any]] = [st.lists(st.integers()), st.dictionaries(st.text(), st.booleans())]
    if field.kind not in ("integer", "number", "flag"):
        ways += [st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)]
    if field.kind == "flag":
        ways += [st.integers(), st.just("")]
    if field.kind in ("integer", "number"):
        ways += [st.booleans(), st.sampled_from(["", "many", "0x10", " 1", "1 ", "+1", "１"])]
    return st.one_of(ways)


def rivals(endpoint: Endpoint) -> list[Endpoint]:
    return [each for each in ENDPOINTS if each is not endpoint and each.submit.path == endpoint.submit.path]


def chosen_by(endpoint: Endpoint, body: Mapping[str, Any]) -> Endpoint:
    """The endpoint of this URL that a body chooses: one whose selector matches, else the one without a selector."""
    shared = [endpoint, *rivals(endpoint)]
    for each in shared:
        if each.selector and isinstance(value := body.get(each.selector[0]), str) and each.selector[1].search(value):
            return each
    return next(each for each in shared if each.selector is None)


@cache
def orders(endpoint: Endpoint, *, bends: bool) -> SearchStrategy[dict[str, Any]]:
    """Bodies that the endpoint takes: under every profile, or (`bends`) under those that coerce and excuse."""

    def value_of(field: Field) -> SearchStrategy[Any]:
        fine = to_the_letter(field)
        if endpoint.selector and endpoint.selector[0] == field.name:
            return st.from_regex(endpoint.selector[1])
        return fine | bent(field) if bends else fine

    return st.fixed_dictionaries(
        {"key": st.just(KEY), **{each.name: value_of(each) for each in endpoint.fields if each.required}},
        optional={each.name: value_of(each) for each in endpoint.fields if not each.required},
    ).filter(lambda body: chosen_by(endpoint, body) is endpoint)


@st.composite
def broken_orders(draw: st.DrawFn, endpoint: Endpoint, *, in_forms: bool = False) -> dict[str, Any]:
    """Bodies that are fine but for one field (or several) that every profile refuses."""
    body = draw(orders(endpoint, bends=False))
    breakable = [
        (field, how)
        for field in endpoint.fields
        if not (endpoint.selector and endpoint.selector[0] == field.name)
        for how in ([out_of_bounds] if in_forms else [out_of_bounds, of_another_type])
        if not how(field).is_empty
    ]
    for field, how in draw(st.lists(st.sampled_from(breakable), min_size=1, max_size=3)):
        body[field.name] = draw(how(field))
    return body


# --- what a contract promises of an answer -----------------------------------------------------------------------------


class Judge(NamedTuple):
    """Both engines on one schema, and the schema itself with its references resolved."""

    reference: Draft202012Validator
    fast: Any
    schema: Mapping[str, Any]


@cache
def judge(endpoint: Endpoint, pointer: str) -> Judge:
    root = endpoint.document.root
    schema = endpoint.document.resolve(endpoint.document.at(pointer))
    whole = {**schema, "components": root["components"]}
    return Judge(Draft202012Validator(whole), jsonschema_rs.Draft202012Validator(whole), schema)


def pointer_of(*parts: str) -> str:
    return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def assert_promised(endpoint: Endpoint, call: Call, response: Response, dialect: str) -> dict[str, Any]:
    """The response is one that the operation declares, field by field; its body is returned."""
    declared = endpoint.document.resolve(endpoint.document.at(pointer_of("paths", call.path, "post")))["responses"]
    assert str(response.status) in declared, f"{call.path} declares no {response.status}: {response.body!r}"
    assert dict(response.headers)["content-type"] == "application/json"
    # A $ref to a response is followed by hand, because a validator only knows schemas.
    at = declared[str(response.status)].get("$ref") or pointer_of("paths", call.path, "post", "responses", str(response.status))
    body: dict[str, Any] = json.loads(response.body)
    assert_valid(endpoint, at + "/content/application~1json/schema", body, dialect)
    return body


def assert_valid(endpoint: Endpoint, pointer: str, body: Mapping[str, Any], dialect: str) -> None:
    reference, fast, schema = judge(endpoint, pointer)
    assert [each.message for each in reference.iter_errors(body)] == []
    assert fast.is_valid(body)
    branches = [endpoint.document.resolve(each) for each in schema.get("oneOf", [schema])]
    fitting = [each for each in branches if each["properties"]["status"].get("const") == body["status"]]
    assert len(fitting) == 1
    assert_known(endpoint, fitting[0], body, dialect)


def assert_known(endpoint: Endpoint, schema: Mapping[str, Any], body: Mapping[str, Any], dialect: str) -> None:
    """No field that the contract does not know, none that only the other dialect sends, in objects within it too."""
    if "properties" not in schema:
        return
    assert body.keys() <= schema["properties"].keys()
    for name, value in body.items():
        node = endpoint.document.resolve(schema["properties"][name])
        assert node.get("x-mock", {}).get("profile", dialect) == dialect, f"{name} belongs to the other dialect"
        if isinstance(value, dict):
            assert_known(endpoint, node, value, dialect)


def assert_webhook_promised(app: App, endpoint: Endpoint, effect: Deliver, sandbox: str) -> dict[str, Any]:
    held = app.store.read(sandbox)
    body: dict[str, Any] = json.loads(app.webhook_body(effect, held))
    callback = next(iter(endpoint.document.at(pointer_of("paths", endpoint.submit.path, "post", "callbacks")).values()))
    expression = next(iter(endpoint.document.resolve(callback)))
    name = next(iter(endpoint.document.at(pointer_of("paths", endpoint.submit.path, "post", "callbacks"))))
    at = pointer_of("paths", endpoint.submit.path, "post", "callbacks", name, expression, "post", "requestBody", "content")
    assert_valid(endpoint, at + "/application~1json/schema", body, held.profile.dialect)
    if "meta" in body:  # the contract leaves it open; it repeats what the submit said
        meta = endpoint.document.resolve(endpoint.document.at("#/components/schemas/Meta"))
        assert [each.message for each in judge(endpoint, "#/components/schemas/Meta").reference.iter_errors(body["meta"])] == []
        assert body["meta"].keys() <= meta["properties"].keys()
    return body


# --- a job's whole life -------------------------------------------------------------------------------------------------


def fetch(app: App, call: Call, job_id: Any, now: float = 0.0, key: str = KEY) -> Response:
    path = call.path.replace("{id}", str(job_id))
    return post(app, path, {"key": key} if call.id_in == "path" else {"key": key, "request_id": job_id}, now)


def move_clock(app: App, sandbox: str, moment: float) -> list[Deliver]:
    """Move a clock as its owner may, and return the webhooks that became due."""
    app.commit(sandbox, lambda held: Outcome([ClockMoved(held.clock.moved_to(moment, 0.0))], None, []))
    return deliveries(app.tick(sandbox, TickInput(), 0.0))


def deliveries(effects: Sequence[Effect]) -> list[Deliver]:
    return [each for each in effects if isinstance(each, Deliver)]


def live(app: App, endpoint: Endpoint, submitted: Response, *, polls: int = 2) -> Iterator[tuple[Call, Response]]:
    """Every answer from a submit to the end of its job, by every fetch call; webhooks are checked on the way."""
    yield endpoint.submit, submitted
    exchange = submitted.exchange
    assert exchange is not None
    delivered = deliveries(submitted.effects)
    if exchange.job_id is None:
        assert not delivered
        return
    for call in endpoint.fetches:
        for _ in range(polls):
            response = fetch(app, call, exchange.job_id)
            delivered += deliveries(response.effects)
            yield call, response
    delivered += move_clock(app, exchange.sandbox, 1e30)
    for call in endpoint.fetches:
        yield call, fetch(app, call, str(exchange.job_id))
    job = app.store.read(exchange.sandbox).jobs[exchange.job_id]
    for effect in delivered:
        body = assert_webhook_promised(app, endpoint, effect, exchange.sandbox)
        assert (body["id"] == exchange.job_id) == (job.story.webhook != "foreign")
        assert effect.job_id == exchange.job_id
    asked = bool(job.values.get("webhook")) and (job.story.ends != "never" or not job.is_queued)
    calls = {"none": 0, "twice": 2}.get(job.story.webhook, 1)
    assert len(delivered) == asked * calls, "a webhook goes out once, when the job has ended, unless the story says else"


def assert_whole_life_promised(app: App, endpoint: Endpoint, submitted: Response, *, polls: int = 2) -> dict[str, Any]:
    dialect = app.store.read("sb-none").profile.dialect
    assert submitted.exchange is not None
    assert submitted.exchange.endpoint == endpoint.name
    bodies = [
        assert_promised(endpoint, call, response, dialect) for call, response in live(app, endpoint, submitted, polls=polls)
    ]
    if bodies[0]["status"] in ("success", "processing"):
        assert bodies[-1]["status"] == "success"
    return bodies[0]


profiles = st.sampled_from(sorted(PROFILES))
clocks = st.sampled_from(["frozen", "auto", "real", "scaled:20"])
transports = st.sampled_from(sorted(SEND))


@each_name
@unhurried
@given(data=st.data(), profile=profiles, clock=clocks, transport=transports)
def test_an_order_to_the_letter_is_taken_and_every_answer_on_its_way_is_promised(
    name: str, data: st.DataObject, profile: str, clock: str, transport: str
) -> None:
    endpoint = endpoints()[name]
    app = app_of(profile, clock=clock)
    body = data.draw(orders(endpoint, bends=False))
    if transport != "json":  # in a form an empty text is absent, which no required field may be
        body = {name: value for name, value in body.items() if value != ""}
    if "[[" not in body["prompt"]:
        submitted = SEND[transport](app, endpoint.submit.path, body)
        if clock in ("frozen", "auto"):
            said = assert_whole_life_promised(app, endpoint, submitted)
        else:
            said = assert_promised(endpoint, endpoint.submit, submitted, PROFILES[profile].dialect)
        assert said["status"] in ("success", "processing")


@each_name
@unhurried
@given(data=st.data(), profile=st.sampled_from(["documented", "observed"]))
def test_an_order_that_has_to_be_bent_is_taken_unless_the_profile_is_strict(
    name: str, data: st.DataObject, profile: str
) -> None:
    endpoint = endpoints()[name]
    app = app_of(profile)
    submitted = post(app, endpoint.submit.path, data.draw(orders(endpoint, bends=True)))
    said = assert_whole_life_promised(app, endpoint, submitted)
    assert said["status"] in ("success", "processing")


@each_name
@unhurried
@given(data=st.data(), profile=profiles, transport=transports)
def test_an_order_with_a_broken_field_is_refused_as_promised(
    name: str, data: st.DataObject, profile: str, transport: str
) -> None:
    endpoint = endpoints()[name]
    app = app_of(profile)
    body = data.draw(broken_orders(endpoint, in_forms=transport != "json"))
    refused = SEND[transport](app, endpoint.submit.path, body)
    said = assert_promised(endpoint, endpoint.submit, refused, PROFILES[profile].dialect)
    assert said["status"] == "error"
    assert refused.status == (200 if profile == "observed" else 400)
    assert not app.store.read("sb-none").jobs


@each_name
@unhurried
@given(data=st.data())
def test_strict_refuses_what_the_schema_refuses_and_nothing_else(name: str, data: st.DataObject) -> None:
    endpoint = endpoints()[name]
    body = data.draw(orders(endpoint, bends=True) | broken_orders(endpoint))
    urls = [each.name for each in endpoint.fields if each.kind == "url"]
    schema = judge(endpoint, "#/components/schemas/Request")
    too_long = any(isinstance(each, int) and not -(2**63) <= each < 2**63 for each in body.values())
    # `format` is only a remark in JSON Schema, and no schema can say how many bits a whole number has.
    fits = schema.reference.is_valid(body) and not too_long and all(is_a_url(body.get(name)) for name in urls)
    if "[[" not in str(body["prompt"]):
        assert (post(app_of("strict"), endpoint.submit.path, body).status == 200) == fits


def is_a_url(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(re.match(r"https?://[^/]", value)))


# --- what is not an order ----------------------------------------------------------------------------------------------

CALLS = [(endpoint, call) for endpoint in ENDPOINTS for call in endpoint.calls]


def served_by(response: Response, call: Call) -> tuple[Endpoint, Call]:
    """Of the endpoints that share a URL, the one that answered, and its own call there."""
    assert response.exchange is not None
    endpoint = endpoints()[response.exchange.endpoint]
    return endpoint, next(each for each in endpoint.calls if each.path == call.path)


each_call = pytest.mark.parametrize(("endpoint", "call"), CALLS, ids=[f"{e.name}-{c.operation_id}" for e, c in CALLS])


@each_call
@pytest.mark.parametrize(
    ("body", "headers", "method"),
    [
        (b"{", JSON_TYPE, "POST"),
        (b"[]", JSON_TYPE, "POST"),
        (b"\xff", JSON_TYPE, "POST"),
        (b'{"key": "k", "x": ' + b"[" * 80 + b"]" * 80 + b"}", JSON_TYPE, "POST"),
        (b"", {}, "POST"),
        (b"<a/>", {"content-type": "text/xml"}, "POST"),
        (b"{}", JSON_TYPE, "POST"),
        (b'{"key": ""}', JSON_TYPE, "POST"),
        (b"", {}, "GET"),
    ],
    ids=["cut", "a-list", "not-utf8", "deep", "empty", "xml", "no-key", "empty-key", "get"],
)
def test_a_body_that_is_no_order_is_refused_as_promised(
    endpoint: Endpoint, call: Call, body: bytes, headers: dict[str, str], method: str
) -> None:
    for profile in PROFILES:
        response = app_of(profile).handle(Request(method, call.path.replace("{id}", "5"), headers, body), 0.0)
        said = assert_promised(*served_by(response, call), response, PROFILES[profile].dialect)
        assert said["status"] == "error"


@each_call
def test_a_body_beyond_the_bound_is_refused_as_promised(endpoint: Endpoint, call: Call) -> None:
    for profile in PROFILES:
        response = app_of(profile).handle(Request("POST", call.path.replace("{id}", "5"), JSON_TYPE, too_large=9), 0.0)
        assert response.status == 413
        assert_promised(*served_by(response, call), response, PROFILES[profile].dialect)


FETCHES = [(endpoint, call) for endpoint, call in CALLS if call.kind == "fetch"]


@pytest.mark.parametrize(("endpoint", "call"), FETCHES, ids=[f"{e.name}-{c.operation_id}" for e, c in FETCHES])
@pytest.mark.parametrize("job_id", [1, "1", "no-number", "٥", "-1", 99999999999999999999, "9" * 40, "%20"])
def test_an_unknown_id_is_not_found_as_promised(endpoint: Endpoint, call: Call, job_id: Any) -> None:
    for profile in PROFILES:
        response = fetch(app_of(profile), call, job_id)
        owner, shared = served_by(response, call)
        said = assert_promised(owner, shared, response, PROFILES[profile].dialect)
        assert (said["status"], said["message"]) == ("failed", "Request not found")
        assert response.status == (404 if 404 in shared.statuses and profile != "observed" else 200)


@pytest.mark.parametrize(
    ("endpoint", "call"), [each for each in FETCHES if each[1].id_in == "body"], ids=lambda each: getattr(each, "name", "")
)
@pytest.mark.parametrize("job_id", [None, True, 1.5, [], {}, ""])
def test_a_request_id_that_is_no_id_is_not_found_as_promised(endpoint: Endpoint, call: Call, job_id: Any) -> None:
    app = app_of()
    response = post(app, call.path, {"key": KEY, "request_id": job_id})
    assert assert_promised(*served_by(response, call), response, "documented")["status"] == "failed"


@each_profile
@unhurried
@given(etas=st.lists(st.integers(0, 1000), max_size=4), moved=st.integers(0, 1200))
def test_the_load_is_that_of_the_jobs_that_wait(profile: str, etas: list[int], moved: int) -> None:
    app = app_of(profile)
    (plain,) = ((endpoint, call) for endpoint, call in CALLS if call.kind == "plain")
    endpoint, call = plain
    for eta in etas:
        post(app, endpoint.submit.path, {"key": KEY, "prompt": f"[[mock: processing eta={eta}]]"})
    move_clock(app, sandbox_name(KEY), moved)
    said = assert_promised(endpoint, call, post(app, call.path, {"key": KEY}), PROFILES[profile].dialect)
    left = [eta - moved for eta in etas if eta > moved]
    assert said == {"queue_num": len(left), "queue_time": sum(left), "status": "ok"}


def reason_of(path: str, body: Mapping[str, Any], max_body: int = 0) -> str:
    told = app_of().handle(Request("POST", path, JSON_TYPE, json.dumps(body).encode(), too_large=max_body), 0.0).exchange
    assert told is not None
    return told.reason


def test_the_reason_says_what_came() -> None:
    realtime = endpoints()["realtime-v6"].submit.path
    assert "got none" in reason_of(realtime, {"prompt": "a fox"})
    assert "got none" in reason_of(realtime, {"key": "", "prompt": "a fox"})
    assert reason_of(realtime, {"key": 123456789, "prompt": "a fox"}).endswith("got a value that is no text")
    assert "the body must be at most 8,388,608 bytes (--max-body), got more" in reason_of(realtime, {}, max_body=2**23)
    assert reason_of("/api/v6/realtime/fetch/abc-123", {"key": KEY}) == "no id that a job could have (a whole number)"
    by_body = next(each for each in endpoints()["enterprise-v1"].fetches if each.id_in == "body")
    assert reason_of(by_body.path, {"key": KEY}) == "no id came"


def test_a_fetch_by_the_call_of_another_family_is_told_whose_job_it_is() -> None:
    app = app_of()
    job = json.loads(post(app, endpoints()["realtime-v6"].submit.path, {"key": KEY, "prompt": "a fox"}).body)["id"]
    told = post(app, endpoints()["text2img-v3"].fetch_by_path.address(job), {"key": KEY}).exchange
    assert told is not None
    assert told.reason == f"job {job} is one of realtime-v6, which is fetched elsewhere"


def test_the_root_is_a_route_that_could_not_be_found() -> None:
    assert json.loads(post(app_of(), "/", {}).body)["message"] == "The route / could not be found."


def test_every_fact_that_a_contract_may_name_can_be_filled() -> None:
    assert sorted(FACTS["job"]) == sorted((*SHORT_FACTS, *JOB_FACTS))
    assert set(FACTS["situation"]) <= set(Situation._fields)
    told = {each.fact for each in endpoints()["text2img-v3"].plain[0].answers["ok"].fields if each.space == "account"}
    assert set(FACTS["account"]) == told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(sorted({"key", "request_id", *(field.name for each in ENDPOINTS for field in each.fields)}))
bodies = st.one_of(
    st.binary(max_size=80),
    st.dictionaries(names | st.text(), json_values, max_size=6).map(lambda fields: json.dumps(fields).encode()),
    st.dictionaries(names | st.text(), st.text(), max_size=6).map(lambda fields: urlencode(fields).encode()),
    st.text().map(lambda words: json.dumps({"key": KEY, "prompt": f"[[mock: {words}]]"}).encode()),
)
media_types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "",
    ]
) | st.text(max_size=20)
paths = st.sampled_from(sorted({call.path.replace("{id}", "5") for _, call in CALLS})) | st.text(max_size=40).map("/".__add__)


@unhurried
@given(
    method=st.sampled_from(["POST", "POST", "GET", "HEAD", "PUT", "x"]),
    path=paths,
    kind=media_types,
    body=bodies,
    query=st.just("") | st.text(max_size=40),
    key=st.just("") | st.text(max_size=10),
    profile=profiles,
)
def test_whatever_comes_is_answered(method: str, path: str, kind: str, body: bytes, query: str, key: str, profile: str) -> None:
    app = app_of(profile)
    headers = {"content-type": kind, "host": query, **({"key": key} if key else {})}
    response = app.handle(Request(method, path, headers, body, query), 0.0)
    assert response.status < 500 or b"[[mock:" in body
    assert response.exchange is not None
    list(app.store.journal(response.exchange.sandbox))
    for form in ("text", "json"):
        log = Log(form, stream=io.StringIO())
        log.on_first = lambda: None
        log.add(response.exchange)
        log.flush()


# --- stories -----------------------------------------------------------------------------------------------------------


@cache
def minimal(endpoint: Endpoint) -> dict[str, Any]:
    """A body with every required field, in words that the endpoint's own selector chooses."""
    body = {"key": KEY, **{each.name: "a fox" for each in endpoint.fields if each.required}}
    if endpoint.selector:
        field, pattern = endpoint.selector
        body[field] = next(
            word for word in (each.lower() for each in re.findall("[A-Za-z]+", pattern.pattern)) if pattern.search(word)
        )
    assert chosen_by(endpoint, body) is endpoint
    return body


submits = st.one_of(
    st.sampled_from([Submit("default"), Submit("success"), Submit("processing"), Submit("garbled")]),
    st.sampled_from(
        [Submit(word) for word in ("invalid-key", "no-credits", "plan", "rate-limited", "server-error", "unavailable", "error")]
    ),
    st.floats(0, 60).map(lambda slow: Submit("default", slow=slow)),
    st.builds(
        lambda *given: Submit("default", *given),
        st.integers(200, 599),
        st.none() | st.floats(0, 60),
        st.none() | st.integers(0, 600),
    ),
)
polled = st.sampled_from([Submit(), Submit("processing", slow=2.0), Submit("not-found"), Submit("error"), Submit(http=503)])
stories = st.builds(
    Story,
    submit=st.just((Submit("processing"),)) | st.lists(submits, min_size=1, max_size=3).map(tuple),
    eta=st.none() | st.floats(0, 86_400),
    polls=st.none() | st.integers(0, 5) | st.lists(polled, min_size=1, max_size=4).map(tuple),
    ends=st.sampled_from(["success", "empty", "failed", "error", "never", 500]),
    message=st.none() | st.text(min_size=1, max_size=40),
    nsfw=st.none() | st.booleans(),
    shape=st.just(Shape()),
    pictures=st.just(()),
    webhook=st.just("once"),
)


@each_name
@unhurried
@given(story=stories, profile=profiles, clock=st.sampled_from(["frozen", "auto"]), hook=st.booleans())
def test_whatever_the_story_every_answer_is_promised(name: str, story: Story, profile: str, clock: str, hook: bool) -> None:
    endpoint = endpoints()[name]
    app = app_of(profile, clock=clock, story=story)
    dialect = PROFILES[profile].dialect
    body = minimal(endpoint) | ({"webhook": "http://localhost:9000/hook", "track_id": "t-1"} if hook else {})
    for attempt in range(4):
        submitted = post(app, endpoint.submit.path, body)
        planned = story.answer_to(attempt)
        if planned.http is not None:
            assert submitted.status == planned.http
        for number, (call, response) in enumerate(live(app, endpoint, submitted, polls=(story.polls_before_end or 1) + 1)):
            garbled = number == 0 and planned.word == "garbled"
            if not garbled and response.status in call.statuses:
                assert_promised(endpoint, call, response, dialect)


def ending(app: App, endpoint: Endpoint) -> dict[str, Any]:
    """The last answer of a job's life."""
    body = {**minimal(endpoint), "webhook": "http://localhost:9000/hook"}
    *_, (call, response) = live(app, endpoint, post(app, endpoint.submit.path, body))
    return assert_promised(endpoint, call, response, app.store.read("sb-none").profile.dialect)


@each_endpoint
@each_profile
@pytest.mark.parametrize("ends", ["success", "failed", "error", "never"])
def test_a_job_ends_as_its_story_says(endpoint: Endpoint, profile: str, ends: str) -> None:
    app = app_of(profile, story=Story((Submit("processing"),), ends=ends))
    assert ending(app, endpoint)["status"] == {"never": "processing"}.get(ends, ends)


@each_endpoint
@pytest.mark.parametrize("ends", ["failed", "error"])
def test_the_text_of_a_failure_is_the_storys(endpoint: Endpoint, ends: str) -> None:
    app = app_of(story=Story((Submit("processing"),), ends=ends, message="out of paint"))
    said = ending(app, endpoint)
    assert "out of paint" in (said.get("message"), said.get("messege"))


@each_endpoint
@pytest.mark.parametrize("key", [each for each in MAGIC_KEYS if each not in ("mock-garbled", "mock-reset")])
def test_every_magic_key_gives_answers_that_are_promised(endpoint: Endpoint, key: str) -> None:
    for profile in PROFILES:
        app = app_of(profile)
        submitted = post(app, endpoint.submit.path, {**minimal(endpoint), "key": key})
        said = assert_promised(endpoint, endpoint.submit, submitted, PROFILES[profile].dialect)
        assert ("retry_after" in said) == ("retry-after" in dict(submitted.headers)) == (submitted.status in (429, 503))
        if submitted.exchange and submitted.exchange.job_id:
            move_clock(app, submitted.exchange.sandbox, 1000.0)
            for call in endpoint.fetches:
                response = fetch(app, call, submitted.exchange.job_id, key=key)
                assert_promised(endpoint, call, response, PROFILES[profile].dialect)


def test_every_element_of_a_story_is_drawn_here() -> None:
    drawn = {"submit", "eta", "polls", "ends", "message", "nsfw"}
    breaks_the_contract, is_no_answer = {"shape"}, {"pictures", "webhook"}
    assert set(ELEMENTS) == drawn | breaks_the_contract | is_no_answer
    assert as_json(Story()) == {}


# --- refused exactly when the page says so -----------------------------------------------------------------------------

BOUNDS = parse_yaml((FIXTURES / "bounds.yaml").read_bytes(), "bounds.yaml")
PARAMETERS = [(endpoint, name) for endpoint in ENDPOINTS for name in BOUNDS[endpoint.name]]
each_parameter = pytest.mark.parametrize(("endpoint", "name"), PARAMETERS, ids=[f"{e.name}-{name}" for e, name in PARAMETERS])
ERROR_SPELLING = {name: row["error_spelling"] for name, row in parse_yaml((FIXTURES / "answers.yaml").read_bytes(), "").items()}
PROCESSING_SPELLING = {
    name: row["processing_spelling"] for name, row in parse_yaml((FIXTURES / "answers.yaml").read_bytes(), "").items()
}


def test_the_bounds_table_has_every_parameter_of_every_contract() -> None:
    assert {(endpoint.name, name) for endpoint, name in PARAMETERS} == {
        (endpoint.name, field.name) for endpoint in ENDPOINTS for field in endpoint.fields
    }


def spelled(said: Mapping[str, Any]) -> list[str]:
    return [name for name in ("message", "messege") if name in said]


@each_parameter
def test_what_the_page_refuses_is_refused_in_the_vendors_spelling(endpoint: Endpoint, name: str) -> None:
    apps = {profile: app_of(profile) for profile in PROFILES}
    for value, (profile, app) in product(BOUNDS[endpoint.name][name].get("refuse", []), apps.items()):
        body = {**minimal(endpoint), name: value}
        chosen = chosen_by(endpoint, body)
        response = post(app, endpoint.submit.path, body)
        said = assert_promised(chosen, chosen.submit, response, PROFILES[profile].dialect)
        assert (response.status, said["status"]) == (200 if profile == "observed" else 400, "error"), value
        assert spelled(said) == [ERROR_SPELLING[chosen.name][profile]], value
        text = said[spelled(said)[0]]
        if profile == "observed" and chosen.says_errors_as_lists:
            assert list(text) == [name], value
            assert all(isinstance(each, str) and name in each for each in text[name]), value
        else:
            assert name in text, value
        assert response.exchange is not None
        assert f"/{name}" in [each.where for each in response.exchange.findings], value


@each_parameter
def test_what_the_page_takes_is_taken(endpoint: Endpoint, name: str) -> None:
    row = BOUNDS[endpoint.name][name]
    apps = [app_of(profile) for profile in ("documented", "observed")]
    for app, value in product(apps, [*row.get("accept", []), *(sent for sent, _ in row.get("cap", []))]):
        response = post(app, endpoint.submit.path, {**minimal(endpoint), name: value})
        assert response.status == 200, value
        assert json.loads(response.body)["status"] in ("success", "processing"), value
        assert response.exchange is not None
        assert response.exchange.endpoint == endpoint.name


CAPPED = [(endpoint, name) for endpoint, name in PARAMETERS if "cap" in BOUNDS[endpoint.name][name]]


@pytest.mark.parametrize(("endpoint", "name"), CAPPED, ids=[f"{e.name}-{name}" for e, name in CAPPED])
def test_what_the_page_caps_is_capped_and_shown_so_in_meta_but_echoed_as_sent_under_observed(
    endpoint: Endpoint, name: str
) -> None:
    for sent, read in BOUNDS[endpoint.name][name]["cap"]:
        body = {**minimal(endpoint), name: sent}
        assert meta_of(app_of("documented"), endpoint, body)[name] == read
        assert meta_of(app_of("observed"), endpoint, body)[name] == int(float(sent))


# --- the pages' own samples --------------------------------------------------------------------------------------------

SAMPLES = [
    (endpoint, file)
    for endpoint in ENDPOINTS
    for file in sorted((FIXTURES / "pages" / endpoint.name / "requests").glob("*.json"))
]
each_sample = pytest.mark.parametrize(("endpoint", "file"), SAMPLES, ids=[f"{e.name}-{file.stem}" for e, file in SAMPLES])


@each_sample
def test_a_pages_own_sample_gives_pictures_at_once(endpoint: Endpoint, file: Path) -> None:
    body = {**json.loads(file.read_bytes()), "key": KEY}
    app = app_of("documented")
    said = assert_whole_life_promised(app, endpoint, post(app, endpoint.submit.path, body))
    assert said["status"] == "success"
    assert len(said["output"]) == int(body["samples"])


@each_sample
def test_a_pages_own_sample_polls_when_asked_to(endpoint: Endpoint, file: Path) -> None:
    body = {**json.loads(file.read_bytes()), "key": KEY}
    app = app_of("documented", story=Story((Submit("processing"),)))
    said = assert_whole_life_promised(app, endpoint, post(app, endpoint.submit.path, body))
    assert said["status"] == "processing"


@each_endpoint
def test_four_large_pictures_are_queued(endpoint: Endpoint) -> None:
    body = {**minimal(endpoint), "width": 1024, "height": 1024, "samples": 4}
    assert json.loads(post(app_of(), endpoint.submit.path, body).body)["status"] == "processing"


def test_the_page_sample_that_is_not_json_is_refused_with_its_line() -> None:
    file = next(FIXTURES.glob("pages/*/requests/*.broken.txt"))
    endpoint = endpoints()[file.parent.parent.name]
    response = app_of().handle(Request("POST", endpoint.submit.path, JSON_TYPE, file.read_bytes()), 0.0)
    assert response.status == 400
    assert assert_promised(endpoint, endpoint.submit, response, "documented")["status"] == "error"
    assert response.exchange is not None
    assert re.search(r"line \d+ column \d+", response.exchange.reason)


# --- meta ---------------------------------------------------------------------------------------------------------------


def meta_of(app: App, endpoint: Endpoint, body: Mapping[str, Any]) -> dict[str, Any]:
    said = json.loads(post(app, endpoint.submit.path, body).body)
    return cast("dict[str, Any]", said["meta"])


def size_in(meta: Mapping[str, Any]) -> tuple[int, int]:
    return meta.get("W", meta.get("width")), meta.get("H", meta.get("height"))


@each_endpoint
@pytest.mark.parametrize("absent", ["left out", "null"])
def test_meta_shows_the_defaults_of_what_was_not_sent(endpoint: Endpoint, absent: str) -> None:
    nulls = {each.name: None for each in endpoint.fields if not each.required} if absent == "null" else {}
    meta = meta_of(app_of(), endpoint, {**minimal(endpoint), **nulls})
    assert size_in(meta) == (endpoint.field["width"].default, endpoint.field["height"].default)
    assert meta["n_samples"] == 1


@each_endpoint
def test_meta_does_not_mix_up_width_and_height(endpoint: Endpoint) -> None:
    least = int(endpoint.field["width"].minimum or 0)
    meta = meta_of(app_of(), endpoint, {**minimal(endpoint), "width": least + 16, "height": least + 8})
    assert size_in(meta) == (least + 16, least + 8)


@each_endpoint
def test_meta_shows_sizes_that_were_sent_as_text_as_numbers(endpoint: Endpoint) -> None:
    meta = meta_of(app_of(), endpoint, {**minimal(endpoint), "width": "1024", "height": "1024", "samples": "2"})
    assert (*size_in(meta), meta["n_samples"]) == (1024, 1024, 2)


@each_name
@unhurried
@given(seed=st.integers(-(2**63), 2**63 - 1))
def test_meta_shows_the_seed_that_was_sent_and_the_pictures_are_drawn_from_it(name: str, seed: int) -> None:
    endpoint = endpoints()[name]
    said = json.loads(post(app_of(), endpoint.submit.path, {**minimal(endpoint), "seed": seed}).body)
    assert said["meta"]["seed"] == seed
    assert seeds_of_links(said) == {seed}


@each_endpoint
def test_meta_shows_the_seed_that_was_drawn_and_the_pictures_are_drawn_from_it(endpoint: Endpoint) -> None:
    app = app_of()
    first, second = (json.loads(post(app, endpoint.submit.path, {**minimal(endpoint), "seed": None}).body) for _ in range(2))
    assert seeds_of_links(first) == {first["meta"]["seed"]}
    assert first["meta"]["seed"] != second["meta"]["seed"]


def seeds_of_links(said: Mapping[str, Any]) -> set[int]:
    links = [read_path(urlsplit(link).path) for link in said["output"]]
    return {link.picture.seed for link in links if link is not None}


# --- key order, copied by hand from the pages --------------------------------------------------------------------------

ANSWERS = parse_yaml((FIXTURES / "answers.yaml").read_bytes(), "answers.yaml")
EXACT = [
    (endpoint, branch, row)
    for endpoint, branch in product(
        ENDPOINTS,
        (
            "submit_success",
            "submit_processing",
            "fetch_success",
            "fetch_processing",
            "fetch_failed",
            "fetch_not_found",
            "error",
            "webhook_success",
            "webhook_failed",
        ),
    )
    for row in [ANSWERS[endpoint.name]["answers"][branch]]
    if "keys" in row
]


def example_of(endpoint: Endpoint, branch: str) -> dict[str, Any]:
    """A body of one branch, made by the emulator."""
    hook = {"webhook": "http://localhost:9000/hook", "track_id": "t-1"}
    ways: dict[str, Story] = {
        "processing": Story((Submit("processing"),)),
        "failed": Story((Submit("processing"),), ends="failed"),
    }
    app = app_of(story=ways.get(branch.rpartition("_")[2]))
    submitted = post(app, endpoint.submit.path, {**minimal(endpoint), **(hook if branch.startswith("webhook") else {})})
    if branch.startswith("submit"):
        return cast("dict[str, Any]", json.loads(submitted.body))
    if branch == "error":
        broken = post(app, endpoint.submit.path, {**minimal(endpoint), "width": "wide"})
        return cast("dict[str, Any]", json.loads(broken.body))
    assert submitted.exchange is not None
    call = endpoint.fetches[0]
    if branch == "fetch_not_found":
        return cast("dict[str, Any]", json.loads(fetch(app, call, 1).body))
    effects = deliveries(submitted.effects)
    if branch != "fetch_processing":
        effects += move_clock(app, submitted.exchange.sandbox, 1000.0)
    if branch.startswith("webhook"):
        (effect,) = effects
        return cast("dict[str, Any]", json.loads(app.webhook_body(effect, app.store.read(submitted.exchange.sandbox))))
    return cast("dict[str, Any]", json.loads(fetch(app, call, submitted.exchange.job_id).body))


@pytest.mark.parametrize(("endpoint", "branch", "row"), EXACT, ids=[f"{e.name}-{branch}" for e, branch, _ in EXACT])
def test_the_keys_of_an_answer_are_those_of_the_page_in_its_order(
    endpoint: Endpoint, branch: str, row: Mapping[str, Any]
) -> None:
    body = example_of(endpoint, branch)
    for told, keys in ((row["keys"], list(body)), (row.get("meta", {}), list(body.get("meta", {})))):
        listed = told.get("list")
        if listed is not None and told["exact"]:
            assert keys == listed
        elif listed is not None:
            spelled_alike = {"messege": "message"}
            optional = {"tip"}  # a tip comes and goes between captures
            missing = {spelled_alike.get(each, each) for each in listed} - {spelled_alike.get(each, each) for each in keys}
            assert missing <= optional


@each_endpoint
@each_profile
def test_the_text_of_a_queued_job_is_spelled_as_the_page_spells_it(endpoint: Endpoint, profile: str) -> None:
    app = app_of(profile, story=Story((Submit("processing"),)))
    said = json.loads(post(app, endpoint.submit.path, minimal(endpoint)).body)
    assert spelled(said) == [PROCESSING_SPELLING[endpoint.name][profile]]


@each_endpoint
def test_the_observed_server_escapes_every_slash_and_the_documented_one_none(endpoint: Endpoint) -> None:
    assert re.search(rb"[^\\]/", post(app_of("observed"), endpoint.submit.path, minimal(endpoint)).body) is None
    assert rb"\/" not in post(app_of("documented"), endpoint.submit.path, minimal(endpoint)).body
