"""Webhooks, received by a real receiver on loopback: when they come, what they say, and to whom they never go."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import jsonschema
import pytest

from modelslab_contracts.contract import endpoints

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
SUBMIT = {name: endpoint.submit.path for name, endpoint in endpoints().items()}
MODELS = {"images-pony-v6": "pony-realism"}


class Call:
    """One request that the receiver got."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.at = time.monotonic()
        self.path = path
        self.headers = headers
        self.raw = body

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))


class Receiver(ThreadingHTTPServer):
    """Takes webhooks. Its manners depend on the path: /500 fails, /redirect, /reset and /hang do what they say."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.on_call: Callable[[Call], None] = lambda _: None
        self.released = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str = "/hook", host: str = "127.0.0.1", user: str = "") -> str:
        return f"http://{user}{host}:{self.server_address[1]}{path}"

    def calls_to(self, path: str) -> list[Call]:
        return [each for each in self.calls if each.path == path]

    def handle_error(self, *_: object) -> None:
        pass  # a client that goes away is the server's business


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    manners: ClassVar[dict[str, int]] = {"/500": 500, "/redirect": 302}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.server.on_call(call)
        self.server.calls.append(call)
        if self.path == "/reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        if self.path == "/hang":
            self.server.released.wait(60)
            self.close_connection = True
            return
        self.send_response(self.manners.get(self.path, 204))
        if self.path == "/redirect":
            self.send_header("location", "/redirected")
        if self.path != "/hook":
            self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as taking:
        thread = threading.Thread(target=taking.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield taking
        taking.released.set()
        taking.shutdown()
        thread.join()


def order(receiver: Receiver | str, words: str = "", **more: Any) -> dict[str, Any]:
    """An order with a webhook and a directive."""
    webhook = receiver if isinstance(receiver, str) else receiver.url()
    prompt = f"a lighthouse [[mock: {words}]]" if words else "a lighthouse"
    return {"key": "k-webhooks", "prompt": prompt, "width": 64, "height": 64, "webhook": webhook, **more}


def order_of(name: str, receiver: Receiver, words: str = "") -> dict[str, Any]:
    """The same for any page."""
    more = {"model_id": MODELS.get(name, "flux")} if "model_id" in endpoints()[name].field else {}
    return {**order(receiver, words, track_id="track 7"), "width": 1024, "height": 1024, **more}


def valid(name: str, body: dict[str, Any]) -> None:
    """Valid under the callback schema of the page's contract."""
    document = endpoints()[name].document
    (callback,) = document.root["paths"][SUBMIT[name]]["post"]["callbacks"].values()
    ((_, item),) = callback.items()
    schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document.root["components"]}).validate(body)


@pytest.mark.parametrize("name", SUBMIT)
def test_a_finished_job_is_told_once_with_its_track_id(
    server: Server, receiver: Receiver, until: Callable[..., Any], name: str
) -> None:
    answer = server.post(SUBMIT[name], order_of(name, receiver))
    assert answer["status"] == "success"
    until(lambda: receiver.calls)
    (call,) = receiver.calls
    assert call.headers["content-type"] == "application/json"
    valid(name, call.body)
    assert call.body["status"] == "success"
    assert (call.body["id"], call.body["output"]) == (answer["id"], answer["output"])
    assert call.body["track_id"] == "track 7"
    assert server.client.get(call.body["output"][0]).status_code == 200


@pytest.mark.parametrize("ends", ["failed", "error"])
@pytest.mark.parametrize("name", SUBMIT)
def test_a_failed_job_is_told_too(server: Server, receiver: Receiver, until: Callable[..., Any], name: str, ends: str) -> None:
    words = f"processing polls=0 ends={ends} message='out of memory'"
    first = server.post(SUBMIT[name], order_of(name, receiver, words))
    assert server.post(first["fetch_result"], {"key": "k-webhooks"})["status"] == ends
    until(lambda: receiver.calls)
    (call,) = receiver.calls
    valid(name, call.body)
    told = {key: call.body[key] for key in ("status", "id", "message", "track_id")}
    assert told == {"status": "failed", "id": first["id"], "message": "out of memory", "track_id": "track 7"}


def test_an_immediate_job_is_told_after_its_reply_was_written(
    server: Server, receiver: Receiver, until: Callable[..., Any]
) -> None:
    passed(server, receiver, until)  # the first webhook of a server takes longer
    body = json.dumps(order(receiver, "slow=0.3")).encode()
    head = f"POST {REALTIME} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    told = threading.Event()
    seen: list[bytes] = []

    def look(_: Call) -> None:
        try:
            seen.append(client.recv(15, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            seen.append(b"nothing yet")
        told.set()

    receiver.on_call = look
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head.encode() + body)
        assert told.wait(15)
    assert seen == [b"HTTP/1.1 200 OK"]


def test_a_queued_job_is_told_by_time(start_server: StartServer, receiver: Receiver, until: Callable[..., Any]) -> None:
    server = start_server("--clock", "scaled:50")
    begun = time.monotonic()
    late = server.post(REALTIME, order(receiver, "processing eta=50"))
    soon = server.post(REALTIME, order(receiver, "processing eta=20 ends=failed"))
    until(lambda: len(receiver.calls) == 2)
    assert [call.body["id"] for call in receiver.calls] == [soon["id"], late["id"]]
    assert [call.body["status"] for call in receiver.calls] == ["failed", "success"]
    assert receiver.calls[0].at - begun >= 0.35
    assert receiver.calls[1].at - begun >= 0.95
    assert server.post(late["fetch_result"], {"key": "k-webhooks"})["status"] == "success"
    server.wait_for(f"webhook success for job {late['id']}")
    assert len(receiver.calls) == 2


def test_a_polled_job_is_told_at_the_fetch_that_ends_it(server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
    first = server.post(REALTIME, order(receiver, "processing polls=1"))
    fetch = first["fetch_result"], {"key": "k-webhooks"}
    assert server.post(*fetch)["status"] == "processing"
    passed(server, receiver, until)
    assert not receiver.calls_to("/hook")
    assert server.post(*fetch)["status"] == "success"
    until(lambda: receiver.calls_to("/hook"))
    assert server.post(*fetch)["status"] == "success"
    passed(server, receiver, until)
    assert [call.body["id"] for call in receiver.calls_to("/hook")] == [first["id"]]


def passed(server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
    """Another job's webhook has come and gone, so one that was to come before has come."""
    before = len(receiver.calls_to("/other"))
    server.post(REALTIME, {**order(receiver.url("/other")), "key": "k-other"})
    until(lambda: len(receiver.calls_to("/other")) > before)


def test_on_the_auto_clock_a_job_is_told_though_nobody_fetches_it(
    auto_server: Server, receiver: Receiver, until: Callable[..., Any]
) -> None:
    passed(auto_server, receiver, until)  # the first webhook of a server takes longer
    begun = time.monotonic()
    first = auto_server.post(REALTIME, {**order(receiver, "processing eta=3600"), "key": "k-auto-hook"})
    until(lambda: receiver.calls_to("/hook"))
    (call,) = receiver.calls_to("/hook")
    assert call.at - begun >= 0.045
    assert call.body["id"] == first["id"]
    assert auto_server.post(first["fetch_result"], {"key": "k-auto-hook"})["status"] == "success"
    assert len(receiver.calls_to("/hook")) == 1


def test_a_job_that_never_ends_is_never_told(auto_server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
    never = auto_server.post(REALTIME, {**order(receiver, "processing ends=never"), "key": "k-never-hook"})
    other = auto_server.post(REALTIME, {**order(receiver, "processing eta=9"), "key": "k-never-hook"})
    assert auto_server.post(never["fetch_result"], {"key": "k-never-hook"})["status"] == "processing"
    until(lambda: receiver.calls)
    assert [call.body["id"] for call in receiver.calls] == [other["id"]]


def test_a_refused_order_is_not_told(server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
    for words in ("no-credits", "http=503", "unavailable", "nonsense"):
        server.client.post(REALTIME, json=order(receiver, words))
    passed(server, receiver, until)
    assert not receiver.calls_to("/hook")


def test_an_order_without_webhook_calls_nobody(server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
    server.post(REALTIME, {**order(receiver), "webhook": None})
    passed(server, receiver, until)
    assert not receiver.calls_to("/hook")


class TestWhereTheyMayGo:
    @pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "[2001:db8::1]", "localhost.example.com", "127.0.0.1.nip.io"])
    def test_elsewhere_is_refused_in_one_line_that_names_the_flag(self, server: Server, host: str) -> None:
        assert server.post(REALTIME, order(f"http://{host}/hook"))["status"] == "success"
        bare = host.strip("[]")
        line = server.wait_for(f"webhook to {bare} ")
        assert "only loopback is allowed" in line
        assert line.endswith(f"--allow-webhook-host {bare}")
        assert len([each for each in server.log.splitlines() if bare in each]) == 1

    # A receiver on this machine under a name that is not loopback: an attempt to connect would be heard.
    def test_there_is_no_attempt_to_connect(
        self, start_server: StartServer, receiver: Receiver, until: Callable[..., Any]
    ) -> None:
        server = start_server()
        for path in ("/refused", "/refused-too"):
            server.post(REALTIME, order(receiver.url(path, host="0.0.0.0")))
        server.wait_for("--allow-webhook-host 0.0.0.0")
        passed(server, receiver, until)
        assert {call.path for call in receiver.calls} == {"/other"}

    @pytest.mark.parametrize("flags", [["0.0.0.0"], ["*.example", "0.0.*"], ["*"], []], ids=" ".join)
    def test_a_host_allowed_by_name_or_wildcard_is_called(
        self, start_server: StartServer, receiver: Receiver, until: Callable[..., Any], flags: list[str]
    ) -> None:
        settings = {} if flags else {"MODELSLAB_MOCK_ALLOW_WEBHOOK_HOST": "*.example, 0.*.0.0"}
        server = start_server(*(word for each in flags for word in ("--allow-webhook-host", each)), environment=settings)
        server.post(REALTIME, order(receiver.url("/allowed", host="0.0.0.0")))
        until(lambda: receiver.calls_to("/allowed"))

    def test_a_wildcard_allows_no_more_than_it_says(
        self, start_server: StartServer, receiver: Receiver, until: Callable[..., Any]
    ) -> None:
        server = start_server("--allow-webhook-host", "*.example", "--allow-webhook-host", "0.0.0")
        server.post(REALTIME, order(receiver.url("/refused", host="0.0.0.0")))
        passed(server, receiver, until)
        assert not receiver.calls_to("/refused")

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
    def test_loopback_needs_no_permission(
        self, server: Server, receiver: Receiver, until: Callable[..., Any], host: str
    ) -> None:
        server.post(REALTIME, order(receiver.url(host=host)))
        until(lambda: receiver.calls)

    def test_a_proxy_in_the_environment_is_not_used(
        self, start_server: StartServer, receiver: Receiver, until: Callable[..., Any]
    ) -> None:
        server = start_server(environment={"http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9"})
        server.post(REALTIME, order(receiver))
        until(lambda: receiver.calls)


class TestBadReceivers:
    @pytest.mark.parametrize(
        ("path", "told"),
        [
            ("/500", "the receiver answered 500"),
            ("/redirect", "the receiver answered 302"),
            ("/reset", "not delivered"),
        ],
    )
    def test_do_not_disturb_the_server_and_are_called_once(
        self, server: Server, receiver: Receiver, until: Callable[..., Any], path: str, told: str
    ) -> None:
        job = server.post(REALTIME, order(receiver.url(path)))["id"]
        assert told in server.wait_for(f"webhook success for job {job} to http://127.0.0.1:")
        passed(server, receiver, until)
        assert [call.path for call in receiver.calls] == [path, "/other"]

    def test_that_hang_hold_up_nobody(self, server: Server, receiver: Receiver, until: Callable[..., Any]) -> None:
        for _ in range(20):
            server.post(REALTIME, order(receiver.url("/hang")))
        until(lambda: len(receiver.calls_to("/hang")) == 20)
        passed(server, receiver, until)

    def test_that_hang_do_not_keep_the_server_from_stopping(
        self, start_server: StartServer, receiver: Receiver, until: Callable[..., Any]
    ) -> None:
        server = start_server()
        server.post(REALTIME, order(receiver.url("/hang")))
        until(lambda: receiver.calls)
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 2

    def test_that_are_not_there_are_one_line(self, server: Server) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            job = server.post(REALTIME, order(f"http://127.0.0.1:{free.getsockname()[1]}/hook"))["id"]
            assert "not delivered: ConnectError" in server.wait_for(f"webhook success for job {job}")

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:99999999999999999999/",
            "http://a..localhost:1/",
            "http://" + "a" * 300 + ".localhost:1/",
            "http://xn--a.localhost:1/",
            "http://é.localhost:1/",
            "http://localhost:1/%zz?%ff",
            "http://localhost:1/ü",
            "https://127.0.0.1:1/",
            "HTTP://LOCALHOST:1/",
            "http://user@:1/",
            "http://[::1]:1/",
            "http://[::1%25lo]:1/",
            "http://127.0.0.1:1/" + "a" * 70_000,
        ],
        ids=lambda url: url[:40],
    )
    def test_with_odd_urls_are_an_answer_and_a_line_at_most(self, server: Server, url: str) -> None:
        reply = server.client.post(REALTIME, json=order(url))
        assert reply.status_code in (200, 400)
        if reply.status_code == 200:
            server.wait_for(f"webhook success for job {reply.json()['id']}")
        assert server.errors == ""


SECRETS = ("s3cret-word", "t0ken-in-query", "k-very-secret-key", "fr4gment")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_a_webhook_url_hides_is_not_in_the_log(start_server: StartServer, receiver: Receiver, log_format: str) -> None:
    server = start_server("--log-format", log_format)
    good = (f"http://{{}}127.0.0.1:{receiver.server_address[1]}/hook{{}}", "http://{}example.com/hook{}")
    bad = ("ftp://{}127.0.0.1/{}", "http://{}127.0.0.1:x/{}", "http://{}/{}", "http://{}[::1/{}", "{}{}", "http:{}a/{}")
    for url in good + bad:
        hidden = url.format("user:s3cret-word@", "?token=t0ken-in-query#fr4gment")
        reply = server.client.post(REALTIME, json={**order(hidden), "key": "k-very-secret-key"})
        assert reply.status_code == (200 if url in good else 400), url
    server.wait_for("webhook to example.com not sent")
    server.wait_for("webhook success")
    server.stop()
    assert not [each for each in SECRETS if each in server.log]
