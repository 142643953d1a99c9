"""The API key appears nowhere: not in the journal, not in the log, not in a reason; whatever it is and however it travels.

A key of eight characters or more is masked wherever it stands; a shorter one, which half of all bodies hold by chance,
where a key is expected.
"""

import asyncio
import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlencode, urlsplit

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from modelslab_contracts.exchange import KEPT_BYTES, MASK, Exchange, kept, masked
from modelslab_contracts.har import har
from modelslab_contracts.json_lines import write
from modelslab_contracts.story import story_from_words
from modelslab_mock.app import App
from modelslab_mock.engine.choose import MAGIC_KEYS
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.links import read_path
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app, make_wire
from modelslab_mock.settings import Settings
from modelslab_mock.webhooks import Took, address_of, refusal

SUBMIT = "/api/v6/realtime/text2img"
V3 = "/api/v3/text2img"
JSON_TYPE = {"content-type": "application/json"}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}
BOUNDARY = "a-boundary-of-the-tests"

unhurried = settings(deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
#: Keys as vendors make them, and keys as nobody would.
long_keys = (
    st.from_regex(r"\A[A-Za-z0-9_-]{8,60}\Z")
    | texts.filter(lambda key: len(key) >= 8)
    | st.sampled_from(
        [
            "abc/def+ghi=",
            'quote"in"it',
            "back\\slash",
            "two words ",
            "line\nbreak1",
            "%41%42%43",
            "ключ-ключ-ключ",
            "\x1b[31mred",
            "a&b=c;d?e#f",
            "x" * 200,
            "😀" * 8,
        ]
    )
).filter(lambda key: bool(key.strip()) and key not in MAGIC_KEYS)
short_keys = texts.map(lambda key: key[:7]).filter(lambda key: bool(key.strip()))
header_keys = st.from_regex(r"\A[!-~]([ -~]{6,40})[!-~]\Z").filter(lambda key: key not in MAGIC_KEYS)


def app_of(log: Log | None = None, **chosen: Any) -> App:
    given = Settings(**{"clock": "frozen", **chosen})
    return make_app(given, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=log or Log(quiet=True))


# --- transports: how a request carries a key ---------------------------------------------------------------------------


def as_json(fields: Mapping[str, Any]) -> Request:
    return Request("POST", SUBMIT, JSON_TYPE, json.dumps(fields).encode())


def as_plain_json(fields: Mapping[str, Any]) -> Request:
    return Request("POST", SUBMIT, JSON_TYPE, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def as_php_json(fields: Mapping[str, Any]) -> Request:
    return Request("POST", SUBMIT, JSON_TYPE, json.dumps(fields).replace("/", r"\/").encode())


def as_late_json(fields: Mapping[str, Any]) -> Request:
    """The key last, on a line of its own."""
    last = {name: fields[name] for name in sorted(fields, key=lambda name: name == "key")}
    return Request("POST", SUBMIT, JSON_TYPE, json.dumps(last, indent=2).encode())


def as_form(fields: Mapping[str, Any]) -> Request:
    return Request("POST", SUBMIT, FORM_TYPE, urlencode(fields).encode())


def as_form_with_other_escapes(fields: Mapping[str, Any]) -> Request:
    return Request("POST", SUBMIT, FORM_TYPE, urlencode(fields, quote_via=quote).encode())


def as_multipart(fields: Mapping[str, Any]) -> Request:
    parts = "".join(
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return Request("POST", SUBMIT, headers, f"{parts}--{BOUNDARY}--\r\n".encode())


def as_query(fields: Mapping[str, Any]) -> Request:
    return Request("POST", V3, {}, b"", urlencode(fields))


def as_header(fields: Mapping[str, Any]) -> Request:
    rest = {name: value for name, value in fields.items() if name != "key"}
    return Request("POST", SUBMIT, {**JSON_TYPE, "key": str(fields["key"])}, json.dumps(rest).encode())


Transport = Callable[[Mapping[str, Any]], Request]
TRANSPORTS: list[Transport] = [
    as_json,
    as_plain_json,
    as_php_json,
    as_late_json,
    as_form,
    as_form_with_other_escapes,
    as_multipart,
    as_query,
]
transports = st.sampled_from(TRANSPORTS)
each_transport = pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda each: str(each.__name__))


# --- where a key could be seen -----------------------------------------------------------------------------------------


def everything_kept(exchange: Exchange) -> Iterator[str]:
    """Every text of an exchange, and what it says once its escapes are undone; also in its exports."""
    kept: list[Any] = [list(exchange._replace(findings=())), [list(each) for each in exchange.findings]]
    for text in leaves(kept):
        yield text
        yield unquote(text)
        yield unquote_plus(text)
        with suppress(ValueError):
            yield from leaves(json.loads(text))
    yield from exported(exchange)


def exported(exchange: Exchange) -> Iterator[str]:
    """Every text of an exchange as a file holds it: JSON Lines, and HAR."""
    values = [json.loads("".join(write([exchange]))), har([exchange], version="1")]
    for text in leaves(values):
        yield text
        yield unquote(text)
        with suppress(ValueError):
            yield base64.b64decode(text, validate=True).decode("utf-8", "replace")


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, str):
        yield value


def lines_of(exchange: Exchange, form: str) -> str:
    stream = io.StringIO()
    log = Log(form, stream=stream)
    log.on_first = lambda: None
    log.add(exchange)
    log.flush()
    return stream.getvalue()


def handled(request: Request, app: App | None = None) -> Exchange:
    app = app or app_of()
    response: Response = app.handle(request, 0.0)
    assert response.exchange is not None
    assert (response.exchange.request_body, response.exchange.reply_body) == (b"", b""), "only a journal holds bodies"
    return list(app.store.journal(response.exchange.sandbox))[-1]


def assert_hidden(key: str, exchange: Exchange) -> None:
    assert sandbox_name(key) == exchange.sandbox, "the request was not read as one with this key"
    for text in everything_kept(exchange):
        assert key not in text
    assert key not in lines_of(exchange, "text")
    for text in everything_kept_in_json(lines_of(exchange, "json")):
        assert key not in text


def everything_kept_in_json(line: str) -> Iterator[str]:
    yield line
    yield from leaves(json.loads(line))


def stands_there_anyway(key: str, make: Callable[[str], Request]) -> bool:
    """Whether the key is a piece of what a request with another key leaves behind, too."""
    other = handled(make("\u0394" * 9 if key.isascii() else "\u0416" * 9))
    texts = [*everything_kept(other), lines_of(other, "text"), lines_of(other, "json")]
    return any(key in text for text in texts)


# --- long keys ---------------------------------------------------------------------------------------------------------


@each_transport
@unhurried
@given(key=long_keys)
def test_a_long_key_is_hidden_however_it_travels(transport: Transport, key: str) -> None:
    def make(which: str) -> Request:
        return transport({"key": which, "prompt": "a fox"})

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key)))


@unhurried
@given(key=long_keys, transport=transports)
def test_a_long_key_is_hidden_wherever_else_a_client_puts_it(transport: Transport, key: str) -> None:
    def make(which: str) -> Request:
        return transport({"key": which, "prompt": f"draw {which} please", "track_id": which, "api_key": which, "note": which})

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key)))


@each_transport
@unhurried
@given(key=st.from_regex(r"\A[A-Za-z0-9_-]{8,60}\Z"))
def test_a_picture_does_not_show_the_key(transport: Transport, key: str) -> None:
    """What a link says of its picture is packed, so no masking of texts would find the key there."""
    app = app_of()
    for _ in range(2):  # the second time the body was read before
        body = json.loads(app.handle(transport({"key": key, "prompt": f"draw {key} please"}), 0.0).body)
        shown = [read_path(urlsplit(each).path) for each in body["output"]]
        assert [each and each.picture.prompt for each in shown] == [f"draw {MASK} please"]


@unhurried
@given(key=long_keys, transport=transports, profile=st.sampled_from(["documented", "observed"]))
def test_a_long_key_in_a_broken_field_is_hidden(transport: Transport, key: str, profile: str) -> None:
    def make(which: str) -> Request:
        name = {} if transport is as_multipart else {f"x {which}": which}  # there a name is part of a header
        return transport({"key": which, "prompt": "a fox", "width": which, "webhook": which, **name})

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key), app_of(profile=profile)))


@unhurried
@given(key=long_keys, profile=st.sampled_from(["documented", "observed"]))
def test_a_long_key_that_an_answer_echoes_is_hidden_in_the_journal(key: str, profile: str) -> None:
    def make(which: str) -> Request:
        fields = {"key": which, "prompt": f"{which} {which}", "track_id": which, "webhook": f"http://localhost/{quote(which)}"}
        return Request("POST", "/api/v6/images/text2img", JSON_TYPE, json.dumps({**fields, "model_id": which}).encode())

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key), app_of(profile=profile)))


@unhurried
@given(
    key=long_keys, words=st.sampled_from(["{}", "success message={}", "procesing {}", "ends={}", "error default message={}"])
)
def test_a_long_key_in_a_directive_is_hidden(key: str, words: str) -> None:
    def make(which: str) -> Request:
        return as_json({"key": which, "prompt": f"[[mock: {words.format(json.dumps(which, ensure_ascii=False))}]]"})

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key)))


@unhurried
@given(key=header_keys)
def test_a_key_in_a_header_is_hidden_there_and_in_every_other_header(key: str) -> None:
    def make(which: str) -> Request:
        request = as_header({"key": which, "prompt": f"draw {which}"})
        more = {
            "authorization": f"Bearer {which}",
            "cookie": f"k={which}",
            "x-api-key": which,
            "x-note": f"my key is {which}",
            "referer": f"http://x/?k={quote(which)}",
        }
        return request._replace(headers={**request.headers, **more})

    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key)))


@unhurried
@given(key=long_keys | st.from_regex(r"\A[0-9]{8,22}\Z"))
@example(key="1234567890")  # which could be the id of a job
def test_a_long_key_in_a_path_is_hidden(key: str) -> None:
    def make(which: str) -> Request:
        return Request(
            "POST", f"/api/v6/realtime/fetch/{which}", JSON_TYPE, json.dumps({"key": which}).encode(), f"k={quote(which)}"
        )

    assume("/" not in key)
    assume(not stands_there_anyway(key, make))
    assert_hidden(key, handled(make(key)))


def test_another_key_than_the_accepted_ones_is_hidden() -> None:
    key = "not-the-accepted-one"
    assert_hidden(key, handled(as_json({"key": key, "prompt": "a fox"}), app_of(accept_key=("the-accepted-one",))))


@unhurried
@given(key=long_keys, before=st.integers(KEPT_BYTES - 300, KEPT_BYTES + 50), often=st.integers(1, 40))
def test_a_key_that_the_bound_of_a_body_splits_does_not_survive_in_part(key: str, before: int, often: int) -> None:
    escaped = json.dumps(key)[1:-1]
    assume("~" not in key)
    body = f'{{"key": "{escaped}", "prompt": "{escaped * often}{"~" * before}{escaped}"}}'.encode()
    for shown in (masked(body, key), masked(kept(body, key), key)):
        assert len(shown) <= KEPT_BYTES
        assert b'***"}'.startswith(shown.rpartition(b"~")[2]), "a piece of the key is left"


# --- by position -------------------------------------------------------------------------------------------------------


def fields_of(exchange: Exchange) -> dict[str, str]:
    """The fields of a request body or query as the journal holds them."""
    headers = dict(exchange.request_headers)
    body = exchange.request_body.decode("utf-8", "replace")
    if "json" in headers.get("content-type", ""):
        return dict(json.loads(body))
    if "multipart" in headers.get("content-type", ""):
        parts = body.split(f"--{BOUNDARY}")[1:-1]
        return {
            part.partition('name="')[2].partition('"')[0]: part.partition("\r\n\r\n")[2].removesuffix("\r\n") for part in parts
        }
    return dict(parse_qsl(body or exchange.query))


@each_transport
@unhurried
@given(key=short_keys)
@example(key=":")  # in a multipart form it stands where JSON would have its colon
def test_a_short_key_is_hidden_by_its_position(transport: Transport, key: str) -> None:
    exchange = handled(transport({"key": key, "prompt": "a fox"}))
    assert exchange.sandbox == sandbox_name(key)
    assert fields_of(exchange) == {"key": MASK, "prompt": "a fox"}


def spelled_otherwise(draw: Callable[[Any], Any], escape: Callable[[str], str]) -> str:
    """The word `key` with at least one of its letters escaped."""
    escaped = draw(st.sets(st.integers(0, 2), min_size=1))
    return "".join(escape(each) if at in escaped else each for at, each in enumerate("key"))


@unhurried
@given(key=short_keys, data=st.data(), case=st.sampled_from([str, str.upper]))
def test_a_short_key_is_hidden_though_its_name_is_escaped_as_json_allows(key: str, data: st.DataObject, case: Any) -> None:
    name = spelled_otherwise(data.draw, lambda each: "\\u" + case(f"{ord(each):04x}"))
    exchange = handled(Request("POST", SUBMIT, JSON_TYPE, f'{{"{name}": {json.dumps(key)}, "prompt": "a fox"}}'.encode()))
    assert exchange.sandbox == sandbox_name(key)
    assert fields_of(exchange) == {"key": MASK, "prompt": "a fox"}
    as_text = json.dumps(f'{{"{name}": "S3CR3T"}}')  # JSON sent as a JSON text: it cannot be read, but is kept
    assert b"S3C" not in masked(as_text.encode(), "S3CR3T")


@unhurried
@given(key=short_keys, data=st.data())
def test_a_short_key_is_hidden_though_its_name_is_escaped_as_forms_allow(key: str, data: st.DataObject) -> None:
    name = spelled_otherwise(data.draw, lambda each: f"%{ord(each):02x}")
    form = f"prompt=a+fox&{name}={quote(key, safe='')}"
    for request in (Request("POST", SUBMIT, FORM_TYPE, form.encode()), Request("POST", V3, {}, b"", form)):
        exchange = handled(request)
        assert exchange.sandbox == sandbox_name(key)
        assert fields_of(exchange) == {"key": MASK, "prompt": "a fox"}


@unhurried
@given(key=header_keys.map(lambda key: key[:7].strip() or "k"))
def test_a_short_key_in_a_header_is_hidden_by_its_position(key: str) -> None:
    exchange = handled(as_header({"key": key, "prompt": "a fox"}))
    assert dict(exchange.request_headers)["key"] == MASK


@pytest.mark.parametrize("name", ["api_key", "apiKey", "apikey", "API-KEY", "x-api-key", "Key", "KEY"])
@each_transport
def test_a_key_under_a_name_that_is_not_its_own_is_hidden_too(transport: Transport, name: str) -> None:
    exchange = handled(transport({name: "S3CRET-S3CRET", "prompt": "a fox"}))
    assert exchange.status == 401
    for text in (*everything_kept(exchange), lines_of(exchange, "text"), lines_of(exchange, "json")):
        assert "S3CRET" not in text


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON_TYPE, b'{"key": "S3CRET-S3CRET", "prompt": }'),
        (JSON_TYPE, b'{"key": "S3CRET-S3CRET'),
        (JSON_TYPE, b'{"key" : "S3CRET \\" S3CRET", '),
        (JSON_TYPE, b'{"key": 5S3CRET, "prompt": "x"}'),
        (JSON_TYPE, b'[{"key": "S3CRET-S3CRET"}]'),
        (JSON_TYPE, b'"{\\"key\\": \\"S3CRET-S3CRET\\", \\"prompt\\": \\"x\\"}"'),
        (JSON_TYPE, b"key=S3CRET-S3CRET&prompt=x"),
        (JSON_TYPE, b'{"key": "S3CRET-S3CRET", "prompt": "\xff"}'),
        (JSON_TYPE, b'{"key": "\\ud800S3CRET", "prompt": "x"}'),
        (JSON_TYPE, b'{"key": "S3CRET-S3CRET", "x": ' + b"[" * 100 + b"]" * 100 + b"}"),
        (FORM_TYPE, b'{"key": "S3CRET-S3CRET", "prompt": "x"}'),
        (FORM_TYPE, b"prompt=%FF&key=S3CRET-S3CRET"),
        ({}, b'{"key": "S3CRET-S3CRET", "prompt": "x"}'),
        ({"content-type": "text/xml"}, b'{"key": "S3CRET-S3CRET", "prompt": "x"}'),
        (
            {"content-type": "multipart/form-data"},
            b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nS3CRET-S3CRET\r\n--b--',
        ),
        (
            {"content-type": "multipart/form-data; boundary=c"},
            b"--b\nContent-Disposition: form-data; name=key\n\nS3CRET\n--b--",
        ),
    ],
)
def test_a_key_in_a_body_that_cannot_be_read_is_hidden_by_its_position(headers: dict[str, str], body: bytes) -> None:
    exchange = handled(Request("POST", SUBMIT, headers, body))
    assert exchange.answer == "error"
    for text in (*everything_kept(exchange), lines_of(exchange, "text"), lines_of(exchange, "json")):
        assert "S3CRET" not in text


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_key_in_the_query_of_a_call_with_the_wrong_method_is_hidden(method: str) -> None:
    exchange = handled(Request(method, V3, {}, b"", "prompt=x&key=S3CRET-S3CRET"))
    for text in (*everything_kept(exchange), lines_of(exchange, "text"), lines_of(exchange, "json")):
        assert "S3CRET" not in text


def test_nothing_of_a_request_to_an_unknown_path_is_kept_but_the_path() -> None:
    request = Request("POST", "/api/v6/nowhere", {"key": "S3CRET-S3CRET"}, b'{"key": "S3CRET-S3CRET"}', "key=S3CRET-S3CRET")
    exchange = handled(request)
    for text in (*everything_kept(exchange), lines_of(exchange, "text"), lines_of(exchange, "json")):
        assert "S3CRET" not in text


def test_the_last_of_two_keys_counts_and_both_are_hidden() -> None:
    exchange = handled(Request("POST", SUBMIT, JSON_TYPE, b'{"key": "first-s3cret", "key": "s3c", "prompt": "a fox"}'))
    assert exchange.sandbox == sandbox_name("s3c")
    assert b"s3c" not in exchange.request_body


# --- webhooks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://u:S3CRET@localhost:9/x",
        "http://localhost:9/S3CRET",
        "http://localhost:9/?key=S3CRET",
        "http://localhost:9/#S3CRET",
    ],
)
def test_the_log_tells_only_the_host_of_a_webhook(url: str) -> None:
    assert address_of(url) == "http://localhost:9"


@pytest.mark.parametrize("story", ["success", "success webhook=lost"])
@pytest.mark.parametrize("host", ["S3cret-Key-1.localhost:9", "s3cret-key-1.example.com", "S3cret-Key-1.example.com:80"])
def test_a_key_in_the_host_of_a_webhook_is_masked_in_the_log(story: str, host: str) -> None:
    key = host.partition(".")[0]
    lines = io.StringIO()
    wire = make_wire(Settings(), app_of(story=story_from_words(story)), Log(stream=lines), 0.0)
    body = json.dumps({"key": key, "prompt": "a fox", "webhook": f"http://{host}/x"}).encode()

    async def one_request() -> None:
        async def nobody(*_: Any) -> Took:
            return Took(None, f"ConnectError {host}")

        wire.courier._sender.send = nobody
        response = wire.answer(Request("POST", SUBMIT, JSON_TYPE, body))
        await asyncio.gather(*wire.courier.carry_out(response.exchange.sandbox, response.effects))
        await wire.close()

    asyncio.run(one_request())
    assert "webhook " in lines.getvalue()
    assert "***." in lines.getvalue()
    assert key.lower() not in lines.getvalue().lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://u:S3CRET@example.com/x",
        "https://example.com/S3CRET?S3CRET",
        "ftp://example.com/S3CRET",
        "http://[S3CRET",
        "S3CRET",
    ],
)
def test_a_refused_webhook_is_told_without_what_could_be_a_secret(url: str) -> None:
    told = refusal(url, ())
    assert told is not None
    assert "S3CRET" not in told


# --- what is no secret -------------------------------------------------------------------------------------------------


def test_everything_but_the_key_is_kept_as_it_came() -> None:
    fields = {"key": "S3CRET-S3CRET", "prompt": 'a "keyed" fox, key: none', "track_id": "t-1", "seed": None}
    exchange = handled(as_json(fields))
    assert json.loads(exchange.request_body) == {**fields, "key": MASK}
    assert dict(exchange.request_headers) == JSON_TYPE


def test_the_word_of_a_magic_key_is_told_because_it_decided() -> None:
    assert handled(as_json({"key": "mock-processing--S3CRET", "prompt": "a fox"})).reason.endswith("(key mock-processing)")


@given(body=st.binary(max_size=300), key=texts)
def test_masking_never_fails_and_never_grows_beyond_its_bound(body: bytes, key: str) -> None:
    assert len(masked(body, key)) <= KEPT_BYTES
