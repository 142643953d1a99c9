"""Who may use the control API: hostile requests against the gate alone, without a socket and without a room behind it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_mock.control.gate import PUBLIC, Door, Gate

TOKEN = "a-token-of-the-tests"
OPEN = Door(frozenset({"127.0.0.1", "mock.test"}), max_body=1_000)
LOCKED = Door(frozenset({"127.0.0.1"}), token=TOKEN, max_body=1_000)
BEYOND = Door(frozenset({"0.0.0.0", "mock.test"}), any_address=True, max_body=1_000)
Headers = list[tuple[str, str]]
HOST = ("host", "127.0.0.1:4777")
JSON = ("content-type", "application/json")


class Room:
    """What lies behind the gate: answers 200 with the body that came through, and remembers that it was reached."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append((scope["method"], scope["path"]))
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"SAMEORIGIN")]})
        await send({"type": "http.response.body", "body": body})


def ask(
    door: Door, headers: Headers, *, method: str = "GET", path: str = "/__mock/jobs", chunks: tuple[bytes, ...] = (b"",)
) -> tuple[int, dict[str, str], bytes, Room]:
    """Status, headers, body, and the room, of one request through a gate."""
    room, sent = Room(), []
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]
    waiting[-1]["more_body"] = False

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    asyncio.run(Gate(room, door)({"type": "http", "method": method, "path": path, "headers": raw}, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(each["body"] for each in sent[1:]), room


def refused(door: Door, headers: Headers, status: int, **how: Any) -> str:
    """The sentence of a refusal; nothing behind the gate was reached."""
    found, told, body, room = ask(door, headers, **how)
    assert found == status, body
    assert room.reached == []
    assert told["content-type"] == "application/json"
    assert not [name for name in told if name.startswith("access-control-")]
    problem = json.loads(body)
    assert problem.keys() == {"error", "nearest"}
    return str(problem["error"])


HOSTILE_HOSTS = [
    "evil.example", "evil.example:4777", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example#127.0.0.1",
    "localhost@evil.example", "evil.example@localhost", "127.0.0.1:4777@evil.example", "modelslab.com", "10.0.0.1", "0.0.0.0",
    "[::2]", "[", "[::1", "::1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:999999", "127.1", "2130706433", "0x7f.1",
    "localhost/..", "localhost\t",
    "lôcalhost", "mock.test.", "mock.test.evil.example", "xmock.test", ".localhost/", "127.0.0.1, evil.example",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_name_that_is_not_ours_gets_nothing(host: str) -> None:
    if host == "mock.test.":  # the same name, fully qualified
        assert ask(OPEN, [("host", host)])[0] == 200
        return
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert "--link-host" in refused(OPEN, [("host", host), JSON], 403, method=method)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:4777",
        "localhost:1",
        "LOCALHOST",
        "[::1]:4777",
        "[::1]",
        "a.localhost",
        "mock.test:80",
        "MOCK.test",
    ],
)
def test_names_of_ours_come_in(host: str) -> None:
    assert ask(OPEN, [("host", host)])[0] == 200


def test_exactly_one_host_is_needed() -> None:
    for headers in ([], [("host", "")], [HOST, HOST], [HOST, ("host", "evil.example")], [("host", "evil.example"), HOST]):
        assert "exactly one Host" in refused(OPEN, headers, 400)
        assert "exactly one Host" in refused(LOCKED, [*headers, ("authorization", f"Bearer {TOKEN}")], 400)


def test_beyond_loopback_an_address_is_no_name_that_could_be_re_bound() -> None:
    for host in ("10.0.0.7:4777", "192.168.1.2", "[fe80::1]:4777", "mock.test", "localhost"):
        assert ask(BEYOND, [("host", host)])[0] == 200
    for host in ("evil.example", "10.0.0.7.evil.example", "10.0.0"):
        refused(BEYOND, [("host", host)], 403)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "http://127.0.0.1.evil.example",
        "null", "file://", "", "http://localhost:3000", "http://127.0.0.1",
        "http://127.0.0.1:47777", "http://localhost:4777", "http://127.0.0.1:4777@evil.example", "127.0.0.1:4777", "http://",
        "chrome-extension://abcdef", "http://127.0.0.1:4777/", "http://127.0.0.1:4777 http://evil.example",
    ],
)  # fmt: skip
def test_a_page_of_another_origin_gets_nothing(origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert "Origin" in refused(OPEN, [HOST, ("origin", origin), JSON], 403, method=method)
        with_token = [HOST, ("origin", origin), JSON, ("authorization", f"Bearer {TOKEN}")]
        assert "Origin" in refused(LOCKED, with_token, 403, method=method)
    assert "Origin" in refused(OPEN, [HOST, ("origin", "http://127.0.0.1:4777"), ("origin", origin)], 403)


def test_our_own_page_comes_in() -> None:
    for origin in ("http://127.0.0.1:4777", "https://127.0.0.1:4777", "HTTP://127.0.0.1:4777"):
        assert ask(OPEN, [HOST, ("origin", origin), ("sec-fetch-site", "same-origin")])[0] == 200


def test_what_a_browser_says_of_another_site_is_believed() -> None:
    for site in ("cross-site", "same-site", "anything", ""):
        assert "another site" in refused(OPEN, [HOST, ("sec-fetch-site", site)], 403)
    for site in ("same-origin", "none", "None"):
        assert ask(OPEN, [HOST, ("sec-fetch-site", site)])[0] == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "", "application/jsonp", "*/*"],
)
def test_what_a_plain_form_can_send_is_refused(kind: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for chunks in ((b"{}",), (b"",)):
            assert "application/json" in refused(OPEN, [HOST, ("content-type", kind)], 415, method=method, chunks=chunks)
    assert refused(OPEN, [HOST], 415, method="POST", chunks=(b"{}",))
    assert refused(OPEN, [HOST, JSON, ("content-type", "text/plain")], 415, method="POST", chunks=(b"{}",))


def test_json_comes_through_whole() -> None:
    for kind in ("application/json", "application/json; charset=utf-8", "application/merge-patch+json", "Application/JSON"):
        status, _, body, _ = ask(OPEN, [HOST, ("content-type", kind)], method="POST", chunks=(b'{"a"', b": 1", b"}"))
        assert (status, body) == (200, b'{"a": 1}')
    assert ask(OPEN, [HOST], method="POST")[0] == 200, "no body needs no type"


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"a": NaN}', b'"\\ud800"', b"[" * 100, b"\xef\xbb\xbf{}", b"{} {}", b"'a'", b"\x00"]
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes) -> None:
    assert "line 1, column" in refused(OPEN, [HOST, JSON], 400, method="PUT", chunks=(body,))


def test_a_body_is_bounded_however_it_comes() -> None:
    fits = b'"' + b"x" * 998 + b'"'
    assert ask(OPEN, [HOST, JSON], method="POST", chunks=(fits,))[0] == 200
    for chunks in ((fits + b" ",), (fits, b" "), (b" ",) * 1_001):
        assert "1000 bytes" in refused(OPEN, [HOST, JSON], 413, method="POST", chunks=chunks)
    told = [HOST, JSON, ("content-length", "1001"), ("expect", "100-continue")]
    assert "1000 bytes" in refused(OPEN, told, 413, method="POST")
    for length in ("²", "-1", "9" * 5_000):
        assert ask(OPEN, [HOST, JSON, ("content-length", length)], method="POST", chunks=(b"{}",))[0] == 200


def test_a_stranger_is_refused_before_the_body_is_read() -> None:
    async def never() -> Any:
        raise AssertionError("the body of a stranger was read")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/__mock/jobs", "headers": [(b"host", b"evil.example")]}
    asyncio.run(Gate(Room(), OPEN)(scope, never, send))
    assert sent[0]["status"] == 403


@pytest.mark.parametrize(
    "given_token",
    [
        None, "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer x{TOKEN}", "Bearer tökén", f"Bearer {TOKEN} {TOKEN}", f"Bearer\t{TOKEN}", "Bearer " + "x" * 10_000,
    ],
)  # fmt: skip
def test_without_the_token_nothing_is_told(given_token: str | None) -> None:
    headers = [HOST, JSON] + ([("authorization", given_token)] if given_token is not None else [])
    for method in ("GET", "POST", "OPTIONS"):
        for path in ("/__mock", "/__mock/jobs", "/__mock/health/x", "/__mock/healthy", "/__mock/nowhere"):
            assert "bearer token" in refused(LOCKED, headers, 401, method=method, path=path)
    assert ask(LOCKED, headers)[1]["www-authenticate"].startswith("Bearer ")


def test_the_token_opens_under_any_name() -> None:
    for host in ("127.0.0.1", "mock", "evil.example:80"):
        assert ask(LOCKED, [("host", host), ("authorization", f"Bearer {TOKEN}")])[0] == 200
    twice = [HOST, ("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")]
    refused(LOCKED, twice, 401)


def test_health_is_open_to_everybody_with_or_without_a_token() -> None:
    for path in (PUBLIC, PUBLIC + "/"):
        assert ask(LOCKED, [("host", "probe")], path=path)[0] == 200
    refused(LOCKED, [HOST, ("origin", "https://evil.example")], 403, path=PUBLIC)


def test_every_answer_forbids_framing_guessing_and_keeping() -> None:
    for status, told in ((ask(OPEN, [HOST]))[:2], (ask(OPEN, []))[:2]):
        assert (told["x-content-type-options"], told["cache-control"]) == ("nosniff", "no-store")
        assert told["x-frame-options"] == ("SAMEORIGIN" if status == 200 else "DENY"), "what a room says itself stays"


def test_a_trailing_slash_does_not_matter() -> None:
    assert ask(OPEN, [HOST], path="/__mock/jobs/")[3].reached == [("GET", "/__mock/jobs")]


headers_of_anything = st.lists(
    st.tuples(
        st.sampled_from(["host", "origin", "sec-fetch-site", "authorization", "content-type", "content-length", "expect"]),
        st.text(st.characters(max_codepoint=255), max_size=30)
        | st.sampled_from(["127.0.0.1", "http://127.0.0.1", "none", f"Bearer {TOKEN}", "application/json"]),
    ),
    max_size=8,
)


@given(headers_of_anything, st.sampled_from(["GET", "POST", "PUT", "X"]), st.binary(max_size=20))
def test_whatever_comes_is_answered_and_only_the_token_opens(headers: Headers, method: str, body: bytes) -> None:
    status, _, _, room = ask(LOCKED, headers, method=method, chunks=(body,))
    assert status in (200, 400, 401, 403, 413, 415)
    assert bool(room.reached) == (status == 200)
    if status == 200:
        (given_token,) = [value for name, value in headers if name == "authorization"]
        assert given_token.partition(" ")[2].strip() == TOKEN
