"""Bytes on raw sockets, good ones and bad ones: never a 500, never a traceback, and the next client is served."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
ORDER = {"key": "k-wire", "prompt": "a lighthouse", "width": 64, "height": 64}
BODY = json.dumps(ORDER).encode()
TOO_LARGE = 50 * 2**20


class Reply:
    """One reply as it stood on the wire."""

    def __init__(self, version: str, status: int, headers: dict[str, str], body: bytes) -> None:
        self.version = version
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Line:
    """A connection, spoken to in bytes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def reply(self, *, has_body: bool = True) -> Reply:
        """The next reply, read to the end that its own headers name."""
        first, *lines = self._through(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = (first + " ").split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        wanted = int(headers.get("content-length", 0)) if has_body else 0
        while len(self._held) < wanted:
            self._more()
        body, self._held = self._held[:wanted], self._held[wanted:]
        return Reply(version, int(status), headers, body)

    def rest(self) -> bytes:
        """Everything until the server closes the connection, which it has to do in an orderly way."""
        while chunk := self.socket.recv(65536):
            self._held += chunk
        return self._held

    def is_silent(self) -> bool:
        """Whether nothing has come."""
        return not self._held and not select.select([self.socket], [], [], 0)[0]

    def _through(self, mark: bytes) -> bytes:
        while mark not in self._held:
            self._more()
        found, _, self._held = self._held.partition(mark)
        return found

    def _more(self) -> None:
        chunk = self.socket.recv(65536)
        assert chunk, f"the connection ended after {self._held!r}"
        self._held += chunk


def post(path: str = REALTIME, body: bytes = BODY, *more: str, version: str = "1.1", kind: str = "application/json") -> bytes:
    """A POST in bytes, with `more` header lines."""
    lines = (f"POST {path} HTTP/{version}", "Host: 127.0.0.1", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more)
    return "\r\n".join((*lines, "", "")).encode() + body


def promising(size: int, *more: str) -> bytes:
    """The head of a POST whose body will be of that size."""
    return post(REALTIME, b"", *more).replace(b"Content-Length: 0\r\n", b"Content-Length: %d\r\n" % size)


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    """A connection to the server; afterwards the server answers others, and was never at a loss."""
    with Line(server.port) as connection:
        yield connection
    alive(server)


def alive(server: Server) -> None:
    """The server answers, has not complained, and never said 500."""
    assert server.client.get("/health").json()["status"] == "ok"
    assert server.post(REALTIME, ORDER)["status"] == "success"
    assert server.errors == ""
    assert " 500 " not in server.log


def test_an_absolute_request_target_is_read_as_its_path(line: Line) -> None:
    line.send(post("http://modelslab.com" + REALTIME))
    assert line.reply().json["status"] == "success"
    line.send(post("https://modelslab.com:443/api/v3/text2img?key=k&prompt=p", b""))
    assert line.reply().json["status"] == "success"
    line.send(post("http://modelslab.com/"))
    assert line.reply().status == 404


def test_a_client_of_http_1_0_is_answered_and_let_go(line: Line) -> None:
    line.send(post(version="1.0"))
    reply = line.reply()
    assert reply.json["status"] == "success"
    assert reply.headers["connection"] == "close"
    assert line.rest() == b""


def test_a_client_that_asks_for_close_is_let_go(line: Line) -> None:
    line.send(post(REALTIME, BODY, "Connection: close"))
    assert line.reply().status == 200
    assert line.rest() == b""


def test_requests_in_one_packet_are_answered_in_order(line: Line) -> None:
    slow = json.dumps({**ORDER, "prompt": "a [[mock: slow=0.2]]"}).encode()
    line.send(post(REALTIME, slow) + post("/nowhere") + post(REALTIME, b"{}") + b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [line.reply().status for _ in range(4)] == [200, 404, 401, 200]
    line.send(post())
    assert line.reply().status == 200


def test_every_way_to_an_answer_gives_the_same_one(server: Server) -> None:
    """A whole request is answered on a short way of its own; these forms of the same request go through ASGI."""
    refused = json.dumps({**ORDER, "prompt": ""}).encode()
    chunked = post(REALTIME, b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    ways = {
        "short": post(REALTIME, refused),
        "expect": post(REALTIME, refused, "Expect: 100-continue"),
        "upgrade": post(REALTIME, refused, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        "chunked": chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(refused), refused),
        "query": post(REALTIME + "?a=b", refused),
    }
    replies = {}
    for way, sent in ways.items():
        with Line(server.port) as line:
            line.send(sent)
            reply = line.reply()
            replies[way] = reply if reply.status != 100 else line.reply()
    headers = {way: {**reply.headers, "date": "date" in reply.headers} for way, reply in replies.items()}
    for way, reply in replies.items():
        assert (reply.status, reply.body) == (400, replies["short"].body), way
        assert headers[way] == headers["short"], way
    assert headers["short"]["access-control-allow-origin"] == "*"


def test_a_client_that_reads_nothing_is_made_to_wait(line: Line, server: Server) -> None:
    """Answers to a client that sends on and never reads pile up to a bound; then its requests are not read either."""
    line.socket.settimeout(2)
    request = post(REALTIME, json.dumps({"key": "k", "prompt": "x" * 4000}).encode())
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 64 * 2**20:
            sent += line.socket.send(request * 16)
    assert sent < 64 * 2**20, "all of it was taken"
    assert server.post(REALTIME, ORDER)["status"] == "success"


def test_a_request_may_come_byte_by_byte(line: Line) -> None:
    line.send(*(bytes([each]) for each in post()))
    assert line.reply().json["status"] == "success"


def test_a_body_may_come_in_chunks(line: Line) -> None:
    head = f"POST {REALTIME} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for size in (1, 7, len(BODY)):
        line.send(head.encode(), *_chunks(BODY[at : at + size] for at in range(0, len(BODY), size)))
        assert line.reply().json["status"] == "success"


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    yield from (b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    yield b"0\r\n\r\n"


def _refusal_of_size(reply: Reply) -> None:
    assert reply.status == 413
    assert reply.json == {"status": "error", "message": "The request body is too large."}


def test_a_body_of_fifty_megabytes_is_refused_in_the_vendors_shape(line: Line, server: Server) -> None:
    line.send(post(REALTIME, b" " * TOO_LARGE))
    _refusal_of_size(line.reply())
    assert "too-large" in server.wait_for(" 413 POST")


def test_a_body_of_fifty_megabytes_in_chunks_is_refused_too(line: Line) -> None:
    head = f"POST {REALTIME} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    line.send(head.encode(), *_chunks([b" " * 2**20] * (TOO_LARGE // 2**20)))
    _refusal_of_size(line.reply())


def test_the_bound_of_a_body_is_exact(start_server: StartServer) -> None:
    server = start_server("--max-body", str(len(BODY)))
    with Line(server.port) as line:
        line.send(post())
        assert line.reply().status == 200
        line.send(post(REALTIME, BODY + b" "))
        _refusal_of_size(line.reply())
    head = post().removesuffix(BODY).replace(b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked")
    for body, status in ((BODY, 200), (BODY + b" ", 413)):
        for parts in ([body], [body[:20], body[20:]]):
            with Line(server.port) as line:
                line.send(head + b"".join(_chunks(parts)))
                assert line.reply().status == status


def test_a_client_that_waits_for_continue_is_told_to_go_on(line: Line) -> None:
    request = post(REALTIME, BODY, "Expect: 100-continue")
    line.send(request.removesuffix(BODY))
    assert line.reply(has_body=False).status == 100
    line.send(BODY)
    assert line.reply().json["status"] == "success"


def test_a_client_that_waits_for_continue_with_too_much_hears_the_refusal_instead(line: Line) -> None:
    line.send(promising(TOO_LARGE, "Expect: 100-continue"))
    reply = line.reply()
    _refusal_of_size(reply)
    # What follows on this connection would be taken for the body that never came.
    assert reply.headers["connection"] == "close"
    assert line.rest() == b""


def test_the_key_mock_reset_loses_its_connection(line: Line, server: Server) -> None:
    line.send(post(REALTIME, json.dumps({**ORDER, "key": "mock-reset"}).encode()))
    with pytest.raises(ConnectionResetError):
        line.socket.recv(1)
    assert "connection reset" in server.wait_for(" cut POST")


def test_a_reset_hits_one_connection_only(line: Line, server: Server) -> None:
    line.send(post(REALTIME, json.dumps({**ORDER, "prompt": "[[mock: slow=0.2]]"}).encode()))
    with Line(server.port) as other:
        other.send(post(REALTIME, json.dumps({**ORDER, "prompt": "[[mock: reset]]"}).encode()))
        with pytest.raises(ConnectionResetError):
            other.socket.recv(1)
    assert line.reply().json["status"] == "success"


def test_the_key_mock_garbled_gets_json_cut_in_its_middle(line: Line) -> None:
    line.send(post(REALTIME, json.dumps({**ORDER, "key": "mock-garbled"}).encode()))
    reply = line.reply()
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert len(reply.body) == int(reply.headers["content-length"]) > 20
    assert reply.body.startswith(b'{"status":"success"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
    assert line.is_silent()
    line.send(post())
    assert line.reply().json["status"] == "success"


def test_a_slow_answer_takes_its_time_and_holds_up_nobody_else(line: Line, server: Server) -> None:
    begun = time.monotonic()
    line.send(post(REALTIME, json.dumps({**ORDER, "prompt": "[[mock: slow=0.5]]"}).encode()))
    assert server.post(REALTIME, ORDER)["status"] == "success"
    assert line.is_silent()
    assert line.reply().json["status"] == "success"
    assert time.monotonic() - begun >= 0.5


def test_latency_delays_every_answer(start_server: StartServer) -> None:
    server = start_server("--latency", "0.2")
    url = server.post(REALTIME, ORDER)["output"][0]
    for method, path, body, status in (
        ("POST", REALTIME, ORDER, 200),
        ("POST", REALTIME, {}, 401),
        ("GET", url, None, 200),
        ("GET", "/nowhere", None, 404),
    ):
        begun = time.monotonic()
        assert server.client.request(method, path, json=body).status_code == status
        assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("sent", [1.0, 0.5, 0.0], ids=["all", "half", "nothing"])
@pytest.mark.parametrize("rudely", [True, False], ids=["reset", "closed"])
def test_a_client_may_leave_before_it_is_answered(line: Line, server: Server, sent: float, rudely: bool) -> None:
    slow = json.dumps({**ORDER, "prompt": "[[mock: slow=0.1]]"}).encode()
    request = post(REALTIME, slow)
    line.send(request[: len(request) - len(slow) + int(len(slow) * sent)])
    if rudely:
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.socket.close()


def test_a_client_that_promised_ten_gigabytes_may_leave(line: Line) -> None:
    line.send(promising(10_000_000_000) + b" " * 100)
    line.socket.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        bytes(range(256)) * 40,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 200,  # a TLS handshake
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\r\n\r\n\r\n\r\nhello\r\n\r\n",
        b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 1e9\r\n\r\n",
        b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
        b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n",
        b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\nX-Nul: \x00\r\n\r\n",
        b"CONNECT modelslab.com:443 HTTP/1.1\r\nHost: modelslab.com:443\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=repr,
)
def test_what_is_no_http_is_a_bad_request(line: Line, garbage: bytes) -> None:
    line.send(garbage)
    line.socket.shutdown(socket.SHUT_WR)
    answer = line.rest()
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))


def test_methods_that_nobody_knows_are_refused_like_others(line: Line) -> None:
    for method in (b"GET", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"PROPFIND", b"HEAD"):
        line.send(method + b" " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        reply = line.reply(has_body=method != b"HEAD")
        assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_a_header_of_a_hundred_kilobytes_is_read(line: Line) -> None:
    line.send(post(REALTIME, BODY, "X-Long: " + "x" * 100_000))
    assert line.reply().json["status"] == "success"


def test_a_thousand_headers_are_read(line: Line) -> None:
    line.send(post(REALTIME, BODY, *(f"X-{each}: {each}" for each in range(1000))))
    assert line.reply().json["status"] == "success"


def test_headers_of_any_bytes_are_read(line: Line) -> None:
    line.send(post(REALTIME, BODY, "X-A: MARK").replace(b"MARK", b"\xff\xfe\x80 caf\xc3\xa9"))
    assert line.reply().json["status"] == "success"
    for path in (REALTIME.encode(), b"/elsewhere"):
        line.send(
            b"OPTIONS " + path + b" HTTP/1.1\r\nHost: a\r\nOrigin: \xff\r\nAccess-Control-Request-Method: POST\r\n"
            b"Access-Control-Request-Headers: caf\xc3\xa9\t\xff\r\n\r\n"
        )
        assert line.reply().status == 204


@pytest.mark.parametrize("host", [b"", b"[", b"\xff", b"a:b:c", b"[::1", b"localhost:99999", b"@", b"\x80localhost"], ids=repr)
def test_any_host_header_is_survived(line: Line, host: bytes) -> None:
    for path in (REALTIME.encode(), b"/__mock", b"/health"):
        line.send(post(path.decode()).replace(b"127.0.0.1", host))
        assert line.reply().status in (200, 400, 403, 404, 405)


PATHS = [
    b"/%00",
    b"/api/v6/images/fetch/%00",
    b"/api/v6/images/fetch/%F0%9F%A6%8A",
    b"/api/v6/images/fetch/%ff%fe",
    b"/api/v6/images/fetch/" + b"9" * 5000,
    b"/api/v6/images/fetch/..%2f..%2fetc%2fpasswd",
    b"/api/v6/images/fetch/%0d%0aSet-Cookie:a=b",
    b"/%ED%A0%80",  # half of a surrogate pair
    b"/%",
    b"/%zz",
    b"//////",
    b"/" + b"a" * 60_000,
    b"/" + b"%2e%2e/" * 500,
    b"/generations/%00/%00",
    b"/generations/" + b"A" * 400 + b"/" + b"a" * 120,
    b"/base64/temp/%C3%A9/x.png",
    b"/proxy/generations/AAAAAAAAAAAA/" + b"0" * 8 + b"-0000-0000-0000-000000000000-0.png",
    b"/?" + b"%00=%ff&" * 100,
    b"/api/v3/text2img?%ff=%ff&key=%00",
    b"/api/v3/text2img?" + b"&" * 5000,
    b"/api/v3/text2img?" + b"a=1&" * 5000,
    b"/api/v3/text2img?key=%ED%A0%80&prompt=%F0",
    b"/__mock/../health",
    b"/__mock/%00",
    b"/__mock/sandboxes/sb-%00/jobs",
    b"/health/%00",
    b"/caf\xc3\xa9",
    b"/\xff\xfe",
    b"/\x7f",
    b"*",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:40]))
def test_any_path_gets_an_answer(server: Server, path: bytes) -> None:
    for method, body in ((b"GET", b""), (b"POST", BODY), (b"POST", b""), (b"HEAD", b""), (b"OPTIONS", b"")):
        length = b"Content-Length: %d\r\nContent-Type: application/json\r\n" % len(body)
        head = method + b" " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + length + b"\r\n"
        with Line(server.port) as other:
            other.send(head + body)
            status = int(other.rest()[9:12])
        known = (200, 204, 400, 401, 404, 405, 422) if path.startswith(b"/__mock") else (200, 204, 400, 401, 404, 405)
        assert status in known, f"{method!r} {status}"


def test_a_websocket_is_not_spoken_here(line: Line) -> None:
    for path in (REALTIME, "/nowhere", "/__mock"):
        line.send(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert line.reply().status in (200, 404, 405)


def test_a_client_that_offers_http_2_by_upgrade_is_served_over_http_1(line: Line, server: Server) -> None:
    # Java's HttpClient does that on every first request to a plain http origin.
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA")
    request = post(REALTIME, BODY, *offer)
    for each in (request, request, post()):
        line.send(each.removesuffix(BODY), BODY)
        assert line.reply().json["status"] == "success"
    with Line(server.port) as other:
        other.send(request + request)
        assert other.reply().json["status"] == other.reply().json["status"] == "success"
        other.send(post(REALTIME, json.dumps({**ORDER, "key": "mock-reset"}).encode()))
        with pytest.raises(ConnectionResetError):
            other.socket.recv(1)


def test_random_bytes_after_a_good_start_hurt_nobody(server: Server) -> None:
    request = post()
    for at in range(0, len(request), 5):
        with Line(server.port) as line, contextlib.suppress(ConnectionError):
            line.send(request[:at] + os.urandom(40) + request[at:])
            line.socket.shutdown(socket.SHUT_WR)
            answer = line.rest()
            assert answer == b"" or b"HTTP/1.1 500" not in answer
    alive(server)


BUGS = {
    "in the app": ("modelslab_mock.app", "App", "_nowhere", "/nowhere"),
    "in a picture": ("modelslab_mock.wire.gallery", "Gallery", "hang", ""),
    "on the wire": ("modelslab_mock.wire.asgi", "Wire", "_preflight", "OPTIONS"),
}


@pytest.mark.parametrize("where", BUGS)
def test_a_bug_of_ours_is_told_with_its_traceback_and_ends_nothing(where: str, tmp_path: Path, environment: Any) -> None:
    module, owner, name, asked = BUGS[where]
    (tmp_path / "buggy.py").write_text(
        f"import sys\nfrom {module} import {owner}\nfrom modelslab_mock.cli import main\n"
        f"def broken(*_):\n    raise RuntimeError('the bug')\n{owner}.{name} = broken\nsys.exit(main())\n"
    )
    ready = tmp_path / "ready.json"
    command = [sys.executable, "buggy.py", "serve", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while not ready.exists():
                assert process.poll() is None
                time.sleep(0.01)
            url = json.loads(ready.read_bytes())["url"]
            with httpx.Client(base_url=url, trust_env=False) as client:
                output = client.post(REALTIME, json=ORDER).json()["output"][0]
                reply = client.options("/") if asked == "OPTIONS" else client.get(asked or output)
                assert client.post(REALTIME, json=ORDER).json()["status"] == "success"
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)
    assert reply.status_code == 500
    assert errors.startswith("modelslab-mock: a bug of ours; please report it with the lines below\nTraceback")
    assert errors.endswith("RuntimeError: the bug\n\n")
    assert errors.count("Traceback") == 1


def test_where_there_is_a_fast_road_it_is_taken() -> None:
    pytest.importorskip("httptools")
    from modelslab_mock.wire.protocol import Protocol
    from modelslab_mock.wire.running import make_config

    assert make_config(None, {}).http is Protocol


def test_the_slow_roads_of_the_library_answer_alike(start_server: StartServer, tmp_path: Path) -> None:
    """Without httptools and uvloop, as on PyPy or Windows."""
    for name in ("httptools", "uvloop"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not here')\n")
    server = start_server(environment={"PYTHONPATH": os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))})
    with Line(server.port) as line:
        line.send(post("http://modelslab.com" + REALTIME), post() + post(REALTIME, b"{}") + post("/nowhere"))
        assert [line.reply().status for _ in range(4)] == [200, 200, 401, 404]
        line.send(post(REALTIME, BODY, "X-Long: " + "x" * 100_000))
        assert line.reply().status == 200
        line.send(post(REALTIME, b" " * TOO_LARGE))
        _refusal_of_size(line.reply())
    for garbage in (b"\x00\x01\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with Line(server.port) as line:
            line.send(garbage)
            assert line.reply().status in (400, 404)
    with Line(server.port) as line:
        line.send(post(REALTIME, json.dumps({**ORDER, "key": "mock-reset"}).encode()))
        with pytest.raises(ConnectionResetError):
            line.socket.recv(1)
    alive(server)
