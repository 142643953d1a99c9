"""Near misses: for everything that is refused, an explanation that a person understands at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import RULES
from modelslab_contracts.near_miss import NearMiss, near_miss, no_http, no_tls
from modelslab_contracts.near_path import advise
from modelslab_mock.app import App
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.stores.memory import MemoryStore

REALTIME = "/api/v6/realtime/text2img"
FETCH = "/api/v6/realtime/fetch/"
IMAGES = "/api/v6/images/text2img"
KNOWN = endpoints()
PAGE = Path(__file__).parent.parent / "docs" / "journal.md"
TYPE = {"content-type": "application/json"}


@pytest.fixture
def app() -> App:
    return make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def asked(app: App, path: str, body: Any, method: str = "POST", headers: dict[str, str] = TYPE) -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = app.handle(Request(method, path, headers, raw), 0.0).exchange
    assert told is not None
    return list(app.store.journal(told.sandbox))[-1]


def explained(app: App, path: str, body: Any, method: str = "POST", headers: dict[str, str] = TYPE) -> NearMiss:
    assert isinstance(app.store, MemoryStore)
    found = near_miss(asked(app, path, body, method, headers), app.endpoints, app.store.job_seen)
    assert found is not None
    return found


def submitted(app: App, key: str, path: str = REALTIME) -> int:
    body = {"key": key, "prompt": "a fox [[mock: processing]]", "model_id": "flux"}
    return int(json.loads(app.handle(Request("POST", path, TYPE, json.dumps(body).encode()), 0.0).body)["id"])


# --- paths -------------------------------------------------------------------------------------------------------------

TO_REALTIME = [
    ("/api/v6/api/v6/realtime/text2img", "the path holds /api/ twice: base_url must be an origin such as"),
    ("/v6/api/v6/realtime/text2img", "/v6 stands before /api/v6/realtime/text2img: base_url must be an origin"),
    ("/api/v6/v6/realtime/text2img", "the version stands there twice: base_url must be an origin"),
    ("/v6/realtime/text2img", "/api is missing before it"),
    ("/realtime/text2img", "/api/v6 is missing before it"),
    ("/api/api/v6/realtime/text2img", "the path holds /api/ twice: base_url must be an origin such as"),
    ("/api/v6/realtime/text2img ", "there is white space around the path: /api/v6/realtime/text2img"),
    ("/api/v4/realtime/text2img", "the version is v6 there, not v4"),
    ("/api/v7/realtime/text2img", "the version is v6 there, not v7"),
    ("//api/v6/realtime/text2img", "the path has a slash too many"),
    ("/api/v6//realtime/text2img/", "the path has a slash too many"),
    ("/API/v6/Realtime/text2img", "paths are in lower case: /api/v6/realtime/text2img"),
    ("/api/v6/realtime/txt2img", "the nearest is /api/v6/realtime/text2img: 'txt2img' should be 'text2img'"),
    ("/api/v6/realtime/text2img/5", "the nearest is /api/v6/realtime/text2img"),
]


@pytest.mark.parametrize(("path", "says"), TO_REALTIME)
def test_a_wrong_path_is_explained_and_leads_to_the_right_one(app: App, path: str, says: str) -> None:
    found = explained(app, path, {"key": "k", "prompt": "a fox"})
    assert (found.endpoint, found.nearest) == ("realtime-v6", f"POST {REALTIME}")
    assert [each.rule for each in found.differs] == ["route/unknown-path"]
    assert says in found.differs[0].hint
    assert found.differs[0].source == KNOWN["realtime-v6"].submit.clause.source
    assert str(found).startswith(f"POST {path} is no call of a contract; the nearest call is POST {REALTIME} (realtime-v6)\n")
    assert says in str(found)


@pytest.mark.parametrize(
    ("path", "nearest", "says"),
    [
        ("/api/v6/realtime/fetch", FETCH + "{id}", "the id is missing"),
        ("/api/v6/realtime/fetch/", FETCH + "{id}", "the id is missing"),
        ("/api/v6/realtime/fetch/1/2", FETCH + "{id}", "something stands behind the id"),
        ("/api/v6/api/v6/realtime/fetch/12", FETCH + "{id}", "twice"),
        ("/api/v5/realtime/fetch/12", FETCH + "{id}", "the version is v6 there, not v5"),
        ("/realtime/fetch/12", FETCH + "{id}", "/api/v6 is missing before it"),
        ("/api/v2/text2img", "/api/v3/text2img", "the version is v3 there, not v2"),
    ],
)
def test_other_calls_are_found_again_too(path: str, nearest: str, says: str) -> None:
    advice = advise(path, KNOWN.values())
    assert advice.place is not None
    assert advice.place.call.path == nearest
    assert says in advice.says


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/dreambooth",
        "/api/v6/images/img2img",
        "/api/v7/images/text-to-image",
        "/api/v7/images/fetch/17",
        "/api/v5/images/fetch/17",
        "/api/v1/enterprise/realtime/text2img",
        "/api/v1/enterprise/realtime/fetch/17",
        "/api/v1/enterprise/flux/text2img",
        "/api/v1/enterprise/pony/fetch",
    ],
)
def test_another_call_of_the_vendor_is_no_mistake_in_the_path(app: App, path: str) -> None:
    found = explained(app, path, {"key": "k"})
    assert (found.endpoint, found.nearest) == ("", "")
    assert found.differs[0].hint.startswith("one of the vendor's other calls")


def test_what_is_near_to_nothing_says_where_to_look(app: App) -> None:
    found = explained(app, "/favicon.ico", b"", "GET")
    assert str(found).splitlines()[0] == "GET /favicon.ico is no call of a contract"
    assert "modelslab-mock specs list" in str(found)


def test_who_opens_the_origin_in_a_browser_is_told_where_to_look(app: App) -> None:
    found = explained(app, "/", b"", "GET")
    assert (found.nearest, found.differs[0].hint.rpartition(" ")[2]) == ("", "/__mock")


@given(st.text(max_size=40))
def test_any_path_can_be_explained(path: str) -> None:
    assert advise(f"/{path}", KNOWN.values()).says


@pytest.mark.parametrize("endpoint", KNOWN.values(), ids=lambda each: str(each.name))
def test_every_call_is_found_under_a_base_url_with_a_path(endpoint: Endpoint) -> None:
    for call in endpoint.calls:
        for before in ("/api/v6", "/v6", "/api/v3", "/somewhere"):
            advice = advise(before + call.path.replace("{id}", "17"), KNOWN.values())
            assert advice.place is not None
            assert advice.place.call.path == call.path
            assert "base_url" in advice.says


# --- methods and schemes -----------------------------------------------------------------------------------------------


def test_a_wrong_method_is_explained(app: App) -> None:
    found = explained(app, REALTIME, b"", "GET")
    assert found.nearest == f"POST {REALTIME}"
    assert [each.rule for each in found.differs] == ["route/wrong-method"]
    assert "a POST that followed a redirect (from http:// to https://, say) arrives as a GET" in found.differs[0].hint
    assert "redirect" not in explained(app, FETCH + "5", b"", "GET").differs[0].hint


def test_a_wrong_path_with_a_wrong_method_says_both(app: App) -> None:
    found = explained(app, "/api/v4/realtime/text2img", b"", "GET")
    assert [each.rule for each in found.differs] == ["route/unknown-path", "route/wrong-method"]


@pytest.mark.parametrize(
    ("data", "got", "says"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "a TLS handshake", "use http:// in base_url, or start with --tls"),
        (b"CONNECT modelslab.com:443 HTTP/1.1\r\n", "a request to a proxy", "for its proxy: set it as base_url, or run"),
        (b"BREW / HTTP/1.1\r\n", "something else", "no HTTP request that can be read"),
    ],
)
def test_what_is_no_http_is_explained(app: App, data: bytes, got: str, says: str) -> None:
    told = app.unreadable(no_http(data), 0.0)
    assert near_miss(told, app.endpoints) is not None
    assert (told.status, told.findings[0].rule, told.findings[0].got) == (400, "route/wrong-scheme", got)
    assert says in told.reason


@pytest.mark.parametrize(
    ("reason", "got", "says"),
    [
        ("HTTP_REQUEST", "an HTTP request", "use https:// in base_url, or start without --tls"),
        ("WRONG_VERSION_NUMBER", "an HTTP request", "use https:// in base_url, or start without --tls"),
        ("HTTPS_PROXY_REQUEST", "a request to a proxy", "for its proxy: set it as base_url, or run"),
        ("TLSV1_ALERT_UNKNOWN_CA", "a refusal of the certificate", "have it trust the file that the banner names"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "a refusal of the certificate", "have it trust the file that the banner names"),
        ("UNSUPPORTED_PROTOCOL", "unsupported protocol", "no TLS that both speak"),
        ("", "something else", "no TLS that both speak"),
    ],
)
def test_what_is_no_tls_is_explained(app: App, reason: str, got: str, says: str) -> None:
    told = app.unreadable(no_tls(reason), 0.0, "reset")
    assert near_miss(told, app.endpoints) is not None
    assert (told.answer, told.findings[0].rule, told.findings[0].got) == ("reset", "route/wrong-scheme", got)
    assert says in told.reason


# --- jobs --------------------------------------------------------------------------------------------------------------


def test_a_job_of_another_key_is_explained(app: App) -> None:
    job_id = submitted(app, "the-first-key")
    found = explained(app, f"{FETCH}{job_id}", {"key": "the-other-key"})
    assert [each.rule for each in found.differs] == ["route/unknown-job"]
    assert f"the job belongs to another key, {sandbox_name('the-first-key')}" in found.differs[0].hint
    assert "the-first-key" not in str(found)


def test_a_job_of_another_endpoint_is_explained(app: App) -> None:
    job_id = submitted(app, "a-key-of-ours", IMAGES)
    found = explained(app, f"{FETCH}{job_id}", {"key": "a-key-of-ours"})
    assert "the job is one of images-flux-v6: follow the `fetch_result` of its submit" in found.differs[0].hint


@pytest.mark.parametrize("given_id", ["undefined", "null", "None", "{id}", "NaN"])
def test_an_id_that_the_client_did_not_have_is_explained(app: App, given_id: str) -> None:
    assert "the client has no id" in explained(app, FETCH + given_id, {"key": "k"}).differs[0].hint


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"key": "k", "request_id": 77}, "nobody has a job of this id"),
        ({"key": "k", "request_id": "j-77"}, "an id is a whole number"),
        ({"key": "k"}, "the client has no id"),
        ({"key": "k", "request_id": None}, "the client has no id"),
    ],
)
def test_an_id_in_the_body_is_explained(app: App, body: dict[str, Any], says: str) -> None:
    assert says in explained(app, "/api/v6/images/fetch", body).differs[0].hint


def test_an_id_in_a_form_is_explained(app: App) -> None:
    job_id = submitted(app, "the-first-key", IMAGES)
    form = f"key=another&request_id={job_id}".encode()
    found = explained(app, "/api/v6/images/fetch", form, headers={"content-type": "application/x-www-form-urlencoded"})
    assert "another key" in found.differs[0].hint


def test_a_fetch_in_vain_can_be_found_by_its_rule(app: App) -> None:
    assert [each.rule for each in asked(app, FETCH + "77", {"key": "k"}).findings] == ["route/unknown-job"]
    assert asked(app, f"{FETCH}{submitted(app, 'k')}", {"key": "k"}).findings == ()


# --- keys and fields ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "says"),
    [
        ({"prompt": "x"}, TYPE | {"authorization": "Bearer x"}, "a header authorization came, which this API does not read"),
        ({"prompt": "x"}, TYPE | {"x-api-key": "x"}, "a header x-api-key came"),
        ({"prompt": "x", "api_key": "x"}, TYPE, "'api_key' came; the field is `key`"),
        (b"apiKey=x&prompt=x", {"content-type": "application/x-www-form-urlencoded"}, "'apiKey' came"),
        ({"prompt": "x", "key": ""}, TYPE, "the key is the field `key` of the body"),
        ({"prompt": "x"}, TYPE, "the key is the field `key` of the body"),
    ],
)
def test_a_missing_key_is_explained(app: App, body: Any, headers: dict[str, str], says: str) -> None:
    found = explained(app, REALTIME, body, headers=headers)
    assert [each.rule for each in found.differs] == ["request/key-missing"]
    assert says in found.differs[0].hint


def test_a_field_out_of_range_says_the_range_and_the_page(app: App) -> None:
    found = explained(app, REALTIME, {"key": "some-key", "prompt": "a fox", "width": 9999})
    page = KNOWN["realtime-v6"].field["width"].clause.source
    assert str(found) == (
        f"POST {REALTIME} was refused by realtime-v6\n"
        "  /width must be between 1 and 1024, got 9999\n"
        f"      request/above-maximum; {page}"
    )


def test_a_misspelled_field_is_named_beside_the_one_that_is_missing(app: App) -> None:
    found = explained(app, REALTIME, {"key": "some-key", "promt": "a fox", "colour": "red", "widht": 512})
    assert [(each.rule, each.where) for each in found.differs] == [
        ("request/required-field-missing", "/prompt"),
        ("request/unknown-field", "/promt"),
    ]
    assert "nearest: prompt" in str(found)


# --- all of them -------------------------------------------------------------------------------------------------------


def test_what_went_well_is_no_near_miss(app: App) -> None:
    assert near_miss(asked(app, REALTIME, {"key": "some-key", "prompt": "a fox", "width": "512"}), app.endpoints) is None
    assert near_miss(asked(app, REALTIME, {"key": "mock-error", "prompt": "a fox"}), app.endpoints) is None


def test_as_a_value_it_holds_the_text_too(app: App) -> None:
    found = explained(app, "/nowhere/at/all", b"{}")
    value = json.loads(json.dumps(found.as_value()))
    assert value["text"] == str(found)
    assert value["differs"][0]["severity"] == "error"


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    path=st.sampled_from([REALTIME, IMAGES, FETCH + "1", FETCH + "x", "/api/v6/images/fetch", "/api/v9/x"])
    | st.text(max_size=9),
    body=st.binary(max_size=30) | st.dictionaries(st.sampled_from(["key", "prompt", "request_id"]), st.text(max_size=3)),
)
def test_every_refusal_has_an_explanation_on_lines_that_can_be_printed(method: str, path: str, body: Any) -> None:
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    exchange = asked(app, path, body, method)
    found = near_miss(exchange, app.endpoints)
    assert (found is None) == (exchange.answer in ("success", "processing", "picture"))
    if found is not None:
        assert all(each.rule in RULES and each.source for each in found.differs)
        assert all(line.isprintable() for line in str(found).splitlines())


# --- the page that shows some ------------------------------------------------------------------------------------------

SHOWN = re.findall(r"```near-miss\n> (\S+) (\S+)(?: ([^\n]*))?\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(("method", "path", "body", "text"), SHOWN)
def test_the_page_shows_what_is_said(app: App, method: str, path: str, body: str, text: str) -> None:
    assert str(explained(app, path, body.encode(), method)) == text


def test_the_page_shows_several() -> None:
    assert len(SHOWN) >= 6
