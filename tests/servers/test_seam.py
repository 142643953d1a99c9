"""The seam between an answer and a socket: what a client sees of each delivery, by each way in, as fixtures/seam.yaml says.

Bytes on raw sockets, also under TLS, whose layer is a pair of buffers here: so the end of the TCP connection stays in sight.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
import uvloop
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server as Uvicorn

from modelslab_contracts.document import parse_yaml
from modelslab_mock.log import Log
from modelslab_mock.serve import _server_config, make_app
from modelslab_mock.settings import Settings
from modelslab_mock.wire.listen import listen
from modelslab_mock.wire.protocol import Protocol
from modelslab_mock.wire.wall_clock import real_now

SEAM = parse_yaml((Path(__file__).parents[2] / "fixtures" / "seam.yaml").read_bytes(), "seam.yaml")
CELLS = [(row["delivery"], way, cell) for row in SEAM["rows"] for way, cell in row["sees"].items()]
FLUX, REALTIME = "/api/v6/images/text2img", "/api/v6/realtime/text2img"
MAX_BODY = 4_000
SLOW_S = 0.15
UPGRADE = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")


class Counted:
    """A transport that notes how often something was written to it."""

    writes: int = 0

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        type(self).writes += bool(data)
        self._transport.write(data)


class CountedProtocol(Protocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(Counted(transport))  # type: ignore[arg-type]


class CountedH11(H11Protocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(Counted(transport))  # type: ignore[arg-type]


class House:
    """The server in this process, set up as `serve` does it, on a thread of its own."""

    def __init__(self, *, tls: bool, bare: bool) -> None:
        settings = Settings(port=0, quiet=True, seed=7, tls=tls, max_body=MAX_BODY)
        self.sockets = listen("127.0.0.1", 0)
        self.port = self.sockets[0].getsockname()[1]
        app = make_app(
            settings, seed=7, origin=f"http{'s' * tls}://127.0.0.1:{self.port}", started=real_now(), log=Log(quiet=True)
        )
        config, authority = _server_config(settings, app, Log(quiet=True), real_now())
        config.http = CountedH11 if bare else CountedProtocol
        self.trust = ssl.create_default_context(cafile=authority) if tls else None
        self._uvicorn = Uvicorn(config)
        self._wire = config.app
        self._factory = None if bare else uvloop.new_event_loop
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        while not self._uvicorn.started:
            time.sleep(0.005)

    def _run(self) -> None:
        async def main() -> None:
            try:
                await self._uvicorn.serve(self.sockets)
            finally:
                await self._wire.close()

        with asyncio.Runner(loop_factory=self._factory) as runner:
            runner.run(main())

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive()


class Sight(NamedTuple):
    """What a client saw: how much of the answer (all, head, half, none), and how its connection is then."""

    status: int
    headers: dict[str, str]
    body: bytes
    end: str  # open, FIN or RST
    said_goodbye: bool = False  # TLS: with a close_notify

    @property
    def share(self) -> str:
        if not self.status:
            return "none"
        promised = int(self.headers.get("content-length", 0))
        if len(self.body) == promised:
            return "all"
        return "half" if self.body and len(self.body) == promised // 2 else "head" if not self.body else f"{len(self.body)}"


class Line:
    """A connection in plain bytes or under TLS."""

    def __init__(self, house: House) -> None:
        self.socket = socket.create_connection(("127.0.0.1", house.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls: ssl.SSLObject | None = None
        self.said_goodbye = False
        if house.trust:
            self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = house.trust.wrap_bio(self._in, self._out, server_hostname="127.0.0.1")
            self._when_it_can(lambda: self.tls.do_handshake() or True)  # type: ignore[union-attr]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        if self.tls:
            self.tls.write(data)
            data = self._out.read()
        self.socket.sendall(data)

    def recv(self) -> bytes:
        """Bytes of the answer; b"" at the end of the TCP connection. Raises ConnectionResetError."""
        if self.tls is None:
            return self.socket.recv(2**18)
        tls = self.tls
        try:
            data = bytes(self._when_it_can(lambda: tls.read(2**18)))
        except ssl.SSLEOFError:  # TCP ended without a word of TLS
            return b""
        if not data:
            self.said_goodbye = True
            with contextlib.suppress(ssl.SSLError):  # answered in kind, else the server would wait for it before it ends TCP
                tls.unwrap()
            self.socket.sendall(self._out.read())
            while self.socket.recv(2**18):
                pass
        return data

    def _when_it_can(self, what: Callable[[], Any]) -> Any:
        done = None
        while done is None:
            with contextlib.suppress(ssl.SSLWantReadError):
                done = what()
            if out := self._out.read():
                self.socket.sendall(out)
            if done is None:
                if chunk := self.socket.recv(2**18):
                    self._in.write(chunk)
                else:
                    self._in.write_eof()
        return done

    def answer(self, *, has_body: bool = True) -> Sight:
        """The next answer as far as it comes, and whether the connection ended with it."""
        held, end = b"", "open"
        while not _is_whole(held, has_body=has_body):
            try:
                chunk = self.recv()
            except ConnectionResetError:
                end = "RST"
                break
            if not chunk:
                end = "FIN"
                break
            held += chunk
        if not held:
            return Sight(0, {}, b"", end, self.said_goodbye)
        head, _, body = held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        return Sight(int(first.split(" ")[1]), headers, body, end, self.said_goodbye)


def _is_whole(held: bytes, *, has_body: bool) -> bool:
    head, end, body = held.partition(b"\r\n\r\n")
    length = re.search(rb"\ncontent-length: (\d+)", head, re.IGNORECASE) if has_body else None
    return bool(end) and len(body) >= int(length[1] if length else 0)


class Asked(NamedTuple):
    """A request in bytes."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[str, ...] = ()


def order(words: str = "", **more: Any) -> bytes:
    return json.dumps({"key": "k-seam", "prompt": f"a fox {words}", "width": 64, "height": 64, **more}).encode()


def picture(house: House, words: str = "") -> str:
    """The path of a picture, ordered for this."""
    with Line(house) as line:
        line.send(in_bytes(Asked("POST", FLUX, order(words, model_id="flux"))))
        found: str = json.loads(line.answer().body)["output"][0]
    return "/" + found.split("/", 3)[3]


def _etag(house: House, path: str) -> str:
    with Line(house) as line:
        line.send(in_bytes(Asked("GET", path)))
        return line.answer().headers["etag"]


def _not_modified(house: House) -> Asked:
    path = picture(house)
    return Asked("GET", path, headers=(f"If-None-Match: {_etag(house, path)}",))


CLOSE = ("Connection: close",)
#: What asks for each delivery, by the name of its row.
ASKS: dict[str, Callable[[House], Asked]] = {
    "write": lambda _: Asked("POST", REALTIME, order()),
    "write, asked to close": lambda _: Asked("POST", REALTIME, order(), CLOSE),
    "write, to HEAD": lambda _: Asked("HEAD", REALTIME),
    "write, to HEAD, asked to close": lambda _: Asked("HEAD", REALTIME, headers=CLOSE),
    "delay": lambda _: Asked("POST", REALTIME, order(f"[[mock: slow={SLOW_S}]]")),
    "delay, asked to close": lambda _: Asked("POST", REALTIME, order(f"[[mock: slow={SLOW_S}]]"), CLOSE),
    "cut": lambda _: Asked("POST", REALTIME, order("[[mock: reset=mid-body]]")),
    "cut, asked to close": lambda _: Asked("POST", REALTIME, order("[[mock: reset=mid-body]]"), CLOSE),
    "reset": lambda _: Asked("POST", REALTIME, order("[[mock: reset]]")),
    "reset, asked to close": lambda _: Asked("POST", REALTIME, order("[[mock: reset]]"), CLOSE),
    "picture": lambda house: Asked("GET", picture(house)),
    "picture, asked to close": lambda house: Asked("GET", picture(house), headers=CLOSE),
    "picture, to HEAD": lambda house: Asked("HEAD", picture(house)),
    "picture, not modified": _not_modified,
    "picture cut": lambda house: Asked("GET", picture(house, "[[mock: pictures=cut]]")),
    "picture cut, to HEAD": lambda house: Asked("HEAD", picture(house, "[[mock: pictures=cut]]")),
    "too large": lambda _: Asked("POST", REALTIME, order("x" * MAX_BODY)),
    "too large, in chunks": lambda _: Asked("POST", REALTIME, order("x" * MAX_BODY), ("Transfer-Encoding: chunked",)),
}


def in_bytes(asked: Asked, *more: str, query: str = "") -> bytes:
    lines = [f"{asked.method} {asked.path}{query} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [*asked.headers, *more]
    body = asked.body
    if "Transfer-Encoding: chunked" in lines:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    elif asked.method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


#: Each way in: is it TLS, is it without httptools and uvloop, what is added to a request so that it goes that way.
WAYS: dict[str, tuple[bool, bool, tuple[str, ...], str]] = {
    "short": (False, False, (), ""),
    "httptools": (False, False, (), "?a=b"),
    "h11": (False, False, UPGRADE, ""),
    "h11-asyncio": (False, True, (), ""),
    "tls": (True, False, (), ""),
    "tls-h11-asyncio": (True, True, (), ""),
}


@pytest.fixture(scope="module")
def houses() -> Iterator[Callable[[bool, bool], House]]:
    """Servers by TLS and bareness, started when first asked for."""
    started: dict[tuple[bool, bool], House] = {}

    def house(tls: bool, bare: bool) -> House:
        if (tls, bare) not in started:
            started[tls, bare] = House(tls=tls, bare=bare)
        return started[tls, bare]

    yield house
    for each in started.values():
        each.stop()


def look(house: House, way: str, delivery: str) -> tuple[str, str, int, Sight]:
    """What comes of a delivery: how much of the answer, how the connection is then, in how many writes."""
    _, _, more, query = WAYS[way]
    asked = ASKS[delivery](house)
    if "Connection: close" in asked.headers:
        more = tuple(each.replace("Connection: ", "Connection: close, ") for each in more)
        asked = asked._replace(headers=asked.headers if not more else ())
    has_body = asked.method != "HEAD"
    with Line(house) as line:
        Counted.writes = 0
        line.send(in_bytes(asked, *more, query=query))
        sight = line.answer(has_body=has_body)
        writes, end = Counted.writes, sight.end
        if end == "open" and sight.headers.get("connection") != "close":
            line.send(in_bytes(Asked("GET", "/health")))
        if end == "open":
            end = line.answer().end
    share = sight.share if has_body or sight.body else "head"
    return share, end, writes, sight._replace(said_goodbye=line.said_goodbye)


@pytest.mark.parametrize(("delivery", "way", "cell"), CELLS, ids=[f"{delivery}-{way}" for delivery, way, _ in CELLS])
def test_a_cell_of_the_table_is_what_a_client_sees(
    houses: Callable[[bool, bool], House], delivery: str, way: str, cell: list[Any]
) -> None:
    house = houses(*WAYS[way][:2])
    begun = time.monotonic()
    *seen, sight = look(house, way, delivery)
    assert seen == cell
    assert time.monotonic() - begun >= SLOW_S * delivery.startswith("delay")
    assert sight.said_goodbye == (way.startswith("tls") and cell[1] == "FIN")
    status = {"write, to HEAD": 405, "write, to HEAD, asked to close": 405, "picture, not modified": 304}.get(delivery, 200)
    assert sight.status == (0 if cell[0] == "none" else 413 if delivery.startswith("too large") else status)


def test_every_delivery_has_a_row_and_every_way_a_cell() -> None:
    assert [row["delivery"] for row in SEAM["rows"]] == list(ASKS)
    assert list(SEAM["ways"]) == list(WAYS)
    for row in SEAM["rows"]:
        not_short = "HEAD" in row["delivery"] or "picture" in row["delivery"] or "chunks" in row["delivery"]
        assert list(row["sees"]) == [way for way in WAYS if way != "short" or not not_short], row["delivery"]


def test_what_is_refused_as_too_large_is_no_request_of_its_own(houses: Callable[[bool, bool], House]) -> None:
    """A request inside a body beyond the bound is never answered."""
    hidden = in_bytes(Asked("GET", "/health"))
    with Line(houses(False, False)) as line:
        line.send(in_bytes(Asked("POST", REALTIME, order("x" * MAX_BODY) + hidden)))
        assert line.answer().status == 413
        rest = line.answer()
    assert (rest.status, rest.end) == (0, "FIN")


@pytest.mark.parametrize("bare", [False, True], ids=["uvloop", "asyncio"])
@pytest.mark.parametrize(("delivery", "share"), [("reset", "none"), ("cut", "half")])
def test_what_python_shows_of_a_reset_under_tls(
    houses: Callable[[bool, bool], House], bare: bool, delivery: str, share: str
) -> None:
    """The reset is there, as the table says, but Python's ssl told it as an end of file (CPython issue 115627)."""
    house = houses(True, bare)
    assert house.trust
    plain = socket.create_connection(("127.0.0.1", house.port), timeout=10)
    held: list[bytes] = []
    # By default a ragged end of file is even taken for a good one; libraries that look at lengths notice.
    with house.trust.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as line:
        line.sendall(in_bytes(ASKS[delivery](house)))
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)) as told:
            _read_on(line, held)
    if sys.version_info < (3, 11, 9):
        assert told.type is ssl.SSLEOFError
    head, _, body = b"".join(held).partition(b"\r\n\r\n")
    assert ("half" if body else "none") == share
    promised = re.search(rb"content-length: (\d+)", head)
    assert len(body) == (int(promised[1]) // 2 if promised else 0)


def _read_on(line: ssl.SSLSocket, held: list[bytes]) -> None:
    while chunk := line.recv(65536):
        held.append(chunk)


def test_an_answer_of_the_short_way_is_whole_for_who_reads_once(houses: Callable[[bool, bool], House]) -> None:
    with Line(houses(False, False)) as line:
        for _ in range(50):
            line.send(in_bytes(Asked("POST", REALTIME, order())))
            assert _is_whole(line.socket.recv(2**18), has_body=True)
