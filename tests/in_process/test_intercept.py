"""Requests to the vendor's hosts are answered in this process, for every library, and nothing else is touched."""

from __future__ import annotations

import asyncio
import errno
import http.client
import socket
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
import urllib3

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

import aiohttp
import aiohttp.connector

from modelslab_mock.app import App
from modelslab_mock.messages import JSON, Request, Response
from modelslab_mock.ways.hosts import NAMED_HOSTS, is_vendor, is_vendor_url
from modelslab_mock.ways.in_process.answering import Answer, InProcess
from modelslab_mock.ways.in_process.http_text import RequestReader
from modelslab_mock.ways.in_process.intercept import Interception, current

from .clients import CLIENTS, HOST, RAISES, SUBMIT, Ask

BODY = {"key": "some-key", "prompt": "a fox"}


# --- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_a_submit_is_answered_with_the_vendors_links(ask: Ask) -> None:
    got = ask("POST", HOST + SUBMIT, BODY)
    assert (got.status, got.json["status"]) == (200, "success")
    assert got.json["output"][0].startswith("https://modelslab.com/generations/")
    assert got.headers["content-type"] == "application/json"
    assert int(got.headers["content-length"]) == len(got.body)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("host", sorted(NAMED_HOSTS))
def test_a_picture_is_served_by_every_host_of_the_vendor(ask: Ask, host: str) -> None:
    link = ask("POST", HOST + SUBMIT, BODY).json["output"][0]
    got = ask("GET", link.replace("modelslab.com", host))
    assert (got.status, got.headers["content-type"]) == (200, "image/png")
    assert got.body.startswith(b"\x89PNG")


@pytest.mark.usefixtures("inside")
def test_a_job_is_fetched_until_it_ends(ask: Ask) -> None:
    first = ask("POST", HOST + SUBMIT, {"key": "some-key", "prompt": "a fox [[mock: processing polls=2]]"}).json
    said = [ask("POST", first["fetch_result"], {"key": "some-key"}).json["status"] for _ in range(3)]
    assert said == ["processing", "processing", "success"]


@pytest.mark.usefixtures("inside")
def test_a_refusal_is_a_status_like_any_other(ask: Ask) -> None:
    got = ask("POST", HOST + SUBMIT, {"key": "mock-rate-limited", "prompt": "x"})
    assert got.status == 429
    assert got.headers["retry-after"]


@pytest.mark.usefixtures("inside")
def test_a_path_that_the_vendor_does_not_have_is_404(ask: Ask) -> None:
    assert ask("GET", HOST + "/nowhere").status == 404


@pytest.mark.usefixtures("inside")
def test_a_head_has_the_length_of_the_picture_and_no_body(ask: Ask) -> None:
    link = ask("POST", HOST + SUBMIT, BODY).json["output"][0]
    got = ask("HEAD", link)
    assert (got.status, got.body) == (200, b"")
    assert int(got.headers["content-length"]) > 1_000


def test_plain_http_is_answered_too_with_links_of_its_own_kind(ask: Ask, inside: InProcess) -> None:
    got = ask("POST", "http://stablediffusionapi.com" + SUBMIT, BODY)
    assert got.json["output"][0].startswith("http://stablediffusionapi.com/")


# --- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", CLIENTS)
def test_a_reset_is_the_librarys_own_exception(name: str) -> None:
    with pytest.raises(RAISES[name][0]) as raised:
        CLIENTS[name]("POST", HOST + SUBMIT, {"key": "mock-reset", "prompt": "x"})
    assert type(raised.value) is RAISES[name][0]


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", CLIENTS)
def test_an_answer_that_takes_too_long_is_the_librarys_own_time_out(name: str) -> None:
    with pytest.raises(RAISES[name][2]):
        CLIENTS[name]("POST", HOST + SUBMIT, {"key": "mock-slow", "prompt": "x"}, timeout=0.01)


class Plays(InProcess):
    """Answers everything with one response."""

    def __init__(self, app: App, response: Response) -> None:
        super().__init__(app)
        self._response = response

    def answer(self, method: str, scheme: str, target: str, headers: Any, body: bytes) -> Answer:
        response = self._response
        length = ("content-length", str(len(response.body)))
        return Answer(response.status, (*response.headers, length), response.body, response.delivery, response.delay_s)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_body_cut_in_its_middle_is_the_librarys_own_exception(name: str, app: App) -> None:
    cut = Response(200, JSON, b'{"status": "success"}', delivery="cut")
    with Interception(Plays(app, cut)), pytest.raises(RAISES[name][1]) as raised:
        CLIENTS[name]("POST", HOST + SUBMIT, BODY)
    assert type(raised.value) is RAISES[name][1]


def test_an_answer_within_the_clients_patience_is_waited_for(ask: Ask, app: App) -> None:
    slow = Response(200, JSON, b'{"status": "success"}', delay_s=0.02)
    with Interception(Plays(app, slow)):
        assert ask("POST", HOST + SUBMIT, BODY, timeout=10).json == {"status": "success"}


def test_redirects_are_followed_by_the_library_itself(app: App) -> None:
    class Moved(InProcess):
        def answer(self, method: str, scheme: str, target: str, headers: Any, body: bytes) -> Answer:
            if target == "/old":
                return Answer(302, (("location", "/new?a=1"), ("content-length", "0")), b"", "write", 0.0)
            text = f"{method} {scheme} {target}".encode()
            return Answer(200, (("content-length", str(len(text))),), text, "write", 0.0)

    with Interception(Moved(app)):
        for name in ("requests", "aiohttp", "urllib3", "urllib"):
            if name != "urllib3":  # which was told not to
                assert CLIENTS[name]("GET", HOST + "/old").body == b"GET https /new?a=1", name
        assert httpx.get(HOST + "/old", follow_redirects=True).content == b"GET https /new?a=1"
        assert urllib3.PoolManager().request("GET", HOST + "/old").data == b"GET https /new?a=1"


# --- who is touched, and for how long ----------------------------------------------------------------------------------

PATCHED = (
    (http.client.HTTPConnection, "putrequest"),
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPConnection, "connect"),
    (urllib3.connection.HTTPSConnection, "connect"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.connector.BaseConnector, "connect"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
)


def state() -> list[Any]:
    return [vars(owner)[name] for owner, name in PATCHED] + [list(sys.meta_path)]


def test_everything_is_put_back_even_after_an_exception(app: App) -> None:
    before = state()
    with pytest.raises(ZeroDivisionError), Interception(InProcess(app)):
        assert all(was is not now for was, now in zip(before[:-1], state()[:-1], strict=True))
        raise ZeroDivisionError
    assert state() == before
    assert current() is None


def test_scopes_nest_and_the_innermost_answers(app: App) -> None:
    outer, inner = (Plays(app, Response(200, JSON, word)) for word in (b'"outer"', b'"inner"'))
    before = state()
    with Interception(outer):
        with Interception(inner):
            assert CLIENTS["requests"]("POST", HOST + SUBMIT, BODY).json == "inner"
        assert CLIENTS["requests"]("POST", HOST + SUBMIT, BODY).json == "outer"
    assert state() == before


def test_scopes_that_end_in_another_order_leave_nothing_behind_either(app: App) -> None:
    first, second = Interception(InProcess(app)), Interception(InProcess(app))
    before = state()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert CLIENTS["httpx"]("POST", HOST + SUBMIT, BODY).status == 200
    second.__exit__(None, None, None)
    assert state() == before


def test_a_patch_put_over_ours_stays_and_ours_under_it_is_silent(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = Interception(InProcess(app))
    scope.__enter__()
    ours: Any = httpx.HTTPTransport.handle_request
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda *both: ours(*both))
    theirs = httpx.HTTPTransport.handle_request
    assert httpx.post(HOST + SUBMIT, json=BODY).status_code == 200
    scope.__exit__(None, None, None)
    assert httpx.HTTPTransport.handle_request is theirs
    with pytest.raises(RuntimeError, match="the true one"):
        _through(ours)
    monkeypatch.undo()
    # What monkeypatch puts back is our wrapper, for which there is no scope any more: it only passes on. Take it away.
    httpx.HTTPTransport.handle_request = REAL_HANDLE  # type: ignore[method-assign]


REAL_HANDLE = httpx.HTTPTransport.handle_request


def _through(handle: Any) -> None:
    class Pool:
        def handle_request(self, _: Any) -> None:
            raise RuntimeError("the true one")

    transport = httpx.HTTPTransport()
    transport._pool = Pool()  # type: ignore[assignment]
    handle(transport, httpx.Request("GET", HOST))


def test_other_hosts_go_on_to_whatever_was_there(ask: Ask, inside: InProcess, network: list[str]) -> None:
    with pytest.raises(Exception, match=r"refused|Connect|failed"):
        ask("GET", "http://127.0.0.1:1/")
    assert network
    network.clear()


def test_a_session_of_aiohttp_made_before_the_scope_is_met(app: App) -> None:
    async def run() -> Any:
        async with aiohttp.ClientSession() as session:
            with Interception(InProcess(app)):
                async with session.post(HOST + SUBMIT, json=BODY) as reply:
                    return await reply.json()

    assert asyncio.run(run())["status"] == "success"


def test_a_connection_that_was_open_before_the_scope_is_not_used(app: App) -> None:
    class Open:
        closed = False

        def close(self) -> None:
            self.closed = True

        def sendall(self, _: bytes) -> None:
            raise AssertionError("this goes to the vendor")

    connection = http.client.HTTPSConnection("modelslab.com")
    there = Open()
    connection.sock = there
    with Interception(InProcess(app)):
        connection.request("GET", "/nowhere")
        assert connection.getresponse().status == 404
    assert there.closed


def test_nothing_of_ours_stays_in_a_pool_that_outlives_the_scope(app: App) -> None:
    with requests.Session() as session:
        with Interception(InProcess(app)):
            session.post(HOST + SUBMIT, json=BODY)
        pools = session.get_adapter(HOST).poolmanager.pools  # type: ignore[attr-defined]
        kept = [each for key in pools.keys() for each in pools[key].pool.queue if each is not None]  # noqa: SIM118 # no dict
        assert [each.sock for each in kept] == [None]


def test_a_request_through_a_proxy_is_met_before_the_proxy(app: App) -> None:
    proxies = {"http": "http://127.0.0.1:1", "https": "http://127.0.0.1:1"}
    with Interception(InProcess(app)):
        for origin in (HOST, "http://modelslab.com"):
            assert requests.post(origin + SUBMIT, json=BODY, proxies=proxies).status_code == 200
            with httpx.Client(proxy="http://127.0.0.1:1") as client:
                assert client.post(origin + SUBMIT, json=BODY).status_code == 200


def test_twenty_threads_are_answered_each_with_its_own(inside: InProcess) -> None:
    said: dict[int, str] = {}

    def one(number: int) -> None:
        body = {"key": f"key-{number}", "prompt": f"fox {number}", "seed": number}
        said[number] = CLIENTS["requests"]("POST", HOST + SUBMIT, body).json["meta"]["prompt"]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"fox {number}" in prompt for number, prompt in said.items())
    assert len(said) == 20


def by_a_socket() -> None:
    socket.create_connection(("modelslab.com", 443), timeout=1)


def by_a_stream() -> None:
    asyncio.run(asyncio.open_connection("cdn2.stablediffusionapi.com", 443))


def by_its_number() -> None:
    socket.gethostbyname("modelslab.com")


@pytest.mark.parametrize("ask", [by_a_socket, by_a_stream, by_its_number])
def test_a_client_that_nobody_met_does_not_get_out(inside: InProcess, network: list[str], ask: Any) -> None:
    with pytest.raises(socket.gaierror, match=r"modelslab-mock keeps .* from being reached: .*modelslab_mock_server"):
        ask()
    assert network == []
    assert socket.getaddrinfo("127.0.0.1", 443)[0][4] == ("127.0.0.1", 443)
    network.clear()


LATE = """
import sys
from modelslab_mock import serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.intercept import Interception

settings = make_settings({"quiet": True}, {})
app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:1", started=0.0, log=Log("text", True))
LIBRARIES = ("urllib3", "requests", "httpx", "aiohttp")
assert not set(LIBRARIES) & set(sys.modules), "meeting a library must not load it"
with Interception(InProcess(app)):
    import requests, httpx, urllib3, aiohttp, asyncio
    url, body = "https://modelslab.com/api/v6/realtime/text2img", {"key": "k", "prompt": "a fox"}
    said = [requests.post(url, json=body).status_code, httpx.post(url, json=body).status_code]
    async def ask():
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
            return reply.status
    said.append(asyncio.run(ask()))
assert httpx.__loader__ is httpx.__spec__.loader and "Telling" not in repr(httpx.__loader__)
print(said)
"""


def test_a_library_loaded_only_inside_the_scope_is_met_too() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[200, 200, 200]", "")


# --- the parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["modelslab.com", "WWW.ModelsLab.com", "modelslab.com.", b"cdn2.stablediffusionapi.com"])
def test_a_host_of_the_vendor_is_known_in_any_spelling(host: Any) -> None:
    assert is_vendor(host)


@pytest.mark.parametrize("host", ["", None, "notmodelslab.com", "modelslab.com.evil.test", "r2.dev", "localhost"])
def test_any_other_host_is_not(host: Any) -> None:
    assert not is_vendor(host)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://modelslab.com", True),
        ("https://user:secret@modelslab.com:8443/api?x=1", True),
        (b"http://www.stablediffusionapi.com/a", True),
        ("https://other.test/?next=https://modelslab.com/", False),
        ("https://modelslab.com@other.test/", False),
        ("/api/v6/realtime/text2img", False),
        ("ftp://modelslab.com/", False),
    ],
)
def test_a_url_is_the_vendors_by_its_host_alone(url: Any, ours: bool) -> None:
    assert is_vendor_url(url) is ours


@pytest.mark.parametrize("size", [1, 3, 1_000])
@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"POST /a?b=1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (b"POST /a?b=1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", b""),
        (b"POST http://modelslab.com/a?b=1 HTTP/1.1\r\n\r\n", b""),
    ],
)
def test_a_request_is_whole_only_when_its_last_byte_came(sent: bytes, body: bytes, size: int) -> None:
    reader = RequestReader()
    heard = [reader.feed(sent[at : at + size]) for at in range(0, len(sent), size)]
    assert not any(heard[:-1])
    assert heard[-1] is not None
    assert (heard[-1].method, heard[-1].target, heard[-1].body) == ("POST", "/a?b=1", body)


def test_aiohttp_is_told_to_continue_when_it_asks(inside: InProcess) -> None:
    async def run() -> Any:
        async with aiohttp.ClientSession() as session, session.post(HOST + SUBMIT, json=BODY, expect100=True) as reply:
            return reply.status

    assert asyncio.run(run()) == 200


def test_bodies_may_come_in_pieces_and_forms(inside: InProcess) -> None:
    pieces = [b'{"key": "some-key", ', b'"prompt": "a fox"}']
    kind = {"content-type": "application/json"}
    assert requests.post(HOST + SUBMIT, data=iter(pieces), headers=kind).status_code == 200
    assert httpx.post(HOST + SUBMIT, content=iter(pieces), headers=kind).status_code == 200
    assert requests.post(HOST + SUBMIT, data=BODY).json()["status"] == "success"
    assert (
        requests.post(HOST + SUBMIT, files={name: (None, value) for name, value in BODY.items()}).json()["status"] == "success"
    )


def test_a_body_beyond_the_bound_is_refused(app: App) -> None:
    with Interception(InProcess(app, max_body=1_000)):
        reply = requests.post(HOST + SUBMIT, json={**BODY, "prompt": "x" * 2_000})
    assert (reply.status_code, reply.headers["connection"]) == (413, "close")


def test_what_follows_from_an_answer_happens_after_it_was_handed_over(make_app: Callable[..., App], ask: Ask) -> None:
    told: list[Any] = []
    asked: list[Request] = []
    way = InProcess(make_app(), follow_up=told.append, before=asked.append)
    with Interception(way):
        ask("POST", HOST + SUBMIT, {**BODY, "webhook": "http://localhost:9/hook"})
    assert [each.path for each in asked] == [SUBMIT]
    assert [len(each.effects) for each in told] == [1]


def test_urllib_says_reset_as_it_does_for_a_socket(inside: InProcess) -> None:
    with pytest.raises(ConnectionResetError) as raised:
        CLIENTS["urllib"]("POST", HOST + SUBMIT, {"key": "mock-reset", "prompt": "x"})
    assert raised.value.errno == errno.ECONNRESET
    assert not isinstance(raised.value, urllib.error.URLError)
