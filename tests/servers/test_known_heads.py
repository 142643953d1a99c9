"""A head that comes again is not parsed again; no client can tell, however its bytes are cut into packets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from modelslab_mock.known import Known
from modelslab_mock.log import Log
from modelslab_mock.serve import _server_config, make_app
from modelslab_mock.settings import Settings
from modelslab_mock.wire.asgi import Wire
from modelslab_mock.wire.heads import Head

pytest.importorskip("httptools")

REALTIME = "/api/v6/realtime/text2img"


def post(path: str = REALTIME, *headers: str, **order: Any) -> bytes:
    body = json.dumps({"key": "k", "prompt": "a fox", **order}).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def in_chunks() -> bytes:
    head, _, body = post("/api/v3/text2img", "Transfer-Encoding: chunked").partition(b"\r\n\r\n")
    lines = [each for each in head.split(b"\r\n") if not each.startswith(b"Content-Length")]
    return b"\r\n".join(lines) + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


PLAIN = [post(), post(prompt="a cat"), post("/api/v3/text2img"), post("/api/v3/text2img", height=9), post("/nowhere")]
CAREFUL = [
    post(key="mock-processing", webhook="http://127.0.0.1:9/hook"),  # its webhook is an effect
    post(prompt="[[mock: slow=0.01]] a fox"),
    b"GET " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST " + REALTIME.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    post(REALTIME + "?a=%20b"),
    post(REALTIME, "Expect: 100-continue"),
    in_chunks(),
    b"\r\n" + post(),
    b"\r\n\r\n" + post(),
]


class Never(Known[bytes, Head]):
    """Nothing is known again."""

    def keep(self, key: bytes, value: Head) -> None: ...


class Transport:
    """What a protocol needs of one; keeps what was written."""

    def __init__(self) -> None:
        self.written = b""
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        self.written += data

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_extra_info(self, *_: Any) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def __getattr__(self, _: str) -> Any:
        return lambda *_: None


def wire_of() -> tuple[Any, Wire]:
    log = Log(quiet=True)
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=log)
    config, _ = _server_config(Settings(), app, log, 0.0)
    config.load()
    return config, config.loaded_app


async def answered(packets: list[tuple[bytes, bool]], heads: Known[bytes, Head] | None) -> bytes:
    """All that one connection answers to packets, each of which may be waited for; at its end no timer of it is left."""
    loop = asyncio.get_running_loop()
    config, _ = wire_of()
    wire: Wire = config.app
    wire.begin(loop)
    if heads is not None:
        wire.heads = heads
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    protocol = config.http_protocol_class(config, state, {}, loop)
    transport = Transport()
    transport.protocol = protocol
    protocol.connection_made(transport)
    for packet, is_awaited in packets:
        transport.protocol.data_received(packet)
        if is_awaited and state.tasks:
            await asyncio.wait(state.tasks, timeout=0.05)  # one whose body has not come whole waits for ever
        await asyncio.sleep(0)
    while state.tasks:
        await asyncio.wait(state.tasks)
    transport.protocol.connection_lost(None)
    await wire.close()
    assert protocol._rest_timer is None
    return transport.written


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_connection_answers_alike_whether_heads_are_known_or_not(data: st.DataObject) -> None:
    requests = data.draw(st.lists(st.sampled_from(PLAIN) | st.sampled_from(PLAIN + CAREFUL), min_size=2, max_size=8))
    stream, packets = b"".join(requests), []
    ends = {sum(map(len, requests[:n])) for n in range(1, len(requests))}  # mostly a packet for each request, as clients do it
    ends -= {each for each in sorted(ends) if data.draw(st.integers(0, 4)) == 0}
    ends |= set(data.draw(st.lists(st.integers(1, len(stream) - 1), max_size=2)))
    for begin, end in zip([0, *sorted(ends)], [*sorted(ends), len(stream)], strict=True):
        packets.append((stream[begin:end], data.draw(st.integers(0, 3)) > 0))
    known = asyncio.run(answered(packets, None))
    assert known == asyncio.run(answered(packets, Never()))
    assert known.count(b"HTTP/1.1 ") >= len(requests)


def test_what_comes_again_is_known_and_nothing_else_is() -> None:
    async def heads_after(*packets: bytes) -> Known[bytes, Head]:
        heads: Known[bytes, Head] = Known()
        await answered([(each, True) for each in packets], heads)
        return heads

    head = post().partition(b"{")[0]
    assert [*asyncio.run(heads_after(post(), post(), post()))] == [head]
    whole = post()
    assert asyncio.run(heads_after(whole + post(), whole[:90], whole[90:])) == {}, "in one packet, and alone in it"
    long = post(REALTIME, "X-Long: " + "x" * 5_000)
    assert asyncio.run(heads_after(long)) == {}
    assert asyncio.run(heads_after(*CAREFUL[2:7])) == {}
    assert len(asyncio.run(heads_after(*(post(REALTIME, f"X-Trace: {n}") for n in range(600))))) <= 256


@pytest.mark.parametrize("end", ["\r\n\n", "\r\n\r\r"])
def test_two_requests_in_one_packet_stay_two(end: str) -> None:
    """Older editions of httptools let a bare LF or CR end a head; then what the first empty line ends is the second one's."""
    two = f"POST {REALTIME} HTTP/1.1\r\nHost: a{end}POST /nowhere HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    packets = [(two, True)] * 3
    assert asyncio.run(answered(packets, None)) == asyncio.run(answered(packets, Never()))


def test_a_known_head_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: Known[bytes, Head] = Known()
    asyncio.run(answered([(post(), True)], heads))

    def never(*_: Any) -> None:
        raise AssertionError

    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    monkeypatch.setattr(HttpToolsProtocol, "data_received", never)
    assert asyncio.run(answered([(post(prompt="a cat"), True)], heads)).startswith(b"HTTP/1.1 200 ")


def test_a_connection_of_known_heads_may_offer_an_upgrade_later() -> None:
    heads: Known[bytes, Head] = Known()
    asyncio.run(answered([(post(), True)], heads))
    offer = post(REALTIME, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAA")
    replies = asyncio.run(answered([(post(), True), (offer, True), (post(), True)], heads))
    assert replies.count(b"HTTP/1.1 200 ") == 3
