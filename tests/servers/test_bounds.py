"""Clients and receivers that misbehave, a tester who asks for a lot: others are served, and memory stays within a figure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from uvicorn.server import Server as Uvicorn

from modelslab_mock import steer
from modelslab_mock.app import App
from modelslab_mock.engine.story_queue import MAX_STORIES
from modelslab_mock.log import Log
from modelslab_mock.serve import _server_config, make_app
from modelslab_mock.settings import Settings
from modelslab_mock.wire.courier import MAX_PENDING
from modelslab_mock.wire.listen import listen
from modelslab_mock.wire.wall_clock import real_now

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
ORDER = {"key": "k-bounds", "prompt": "a lighthouse", "width": 64, "height": 64}
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


def megabytes(process: int | str = "self") -> float:
    """What a process holds in memory."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


@contextlib.contextmanager
def within(server: Server, figure: float) -> Iterator[None]:
    """The server, once it has warmed up, grows by no more than so many megabytes, and answers others all the time."""
    for _ in range(50):
        server.post(REALTIME, ORDER)
    before = megabytes(server.process.pid)
    yield
    for _ in range(20):
        begun = time.monotonic()
        assert server.post(REALTIME, ORDER)["status"] == "success"
        assert time.monotonic() - begun < 2
    grown = megabytes(server.process.pid) - before
    assert grown < figure, f"{grown:.1f} MB more"
    assert server.errors == ""


def in_bytes(method: str, path: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


KILLED = """\
import json, socket, sys
port, request = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
lines = []
for _ in range(40):
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(request)
    line.recv(100)
    lines.append(line)
print("reading", flush=True)
import time; time.sleep(60)
"""


def test_a_client_killed_in_the_middle_of_replies(start_server: StartServer, environment: Callable[..., Any]) -> None:
    server = start_server()
    link = server.post(REALTIME, {**ORDER, "width": 1024, "height": 1024})["output"][0]
    path = "/" + link.split("/", 3)[3]
    assert len(server.client.get(path).content) > 8_000
    with within(server, 48):
        for _ in range(5):
            command = [sys.executable, "-c", KILLED, str(server.port), in_bytes("GET", path).hex()]
            with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as client:
                assert client.stdout is not None
                assert client.stdout.readline() == b"reading\n"
                os.kill(client.pid, signal.SIGKILL)


def test_200_half_open_connections(start_server: StartServer) -> None:
    server = start_server()
    body = json.dumps(ORDER).encode()
    starts = (b"", b"POST ", in_bytes("POST", REALTIME, body)[:-10], b"GET /health HTTP/1.1\r\nX-A")
    with within(server, 24), contextlib.ExitStack() as held:
        lines = [held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20)) for _ in range(200)]
        for n, line in enumerate(lines):
            line.sendall(starts[n % 4])
        for _ in range(20):
            assert server.post(REALTIME, ORDER)["status"] == "success"
        # Those who wait were not forgotten: the rest of a request is answered.
        lines[2].sendall(body[-10:])
        assert lines[2].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_slow_readers(start_server: StartServer) -> None:
    """What 20 clients ask for and do not read is not kept for them beyond a bound each: then they are not heard either."""
    server = start_server()
    request = in_bytes("POST", REALTIME, json.dumps({**ORDER, "prompt": "x" * 4000}).encode()) * 16
    with within(server, 96), contextlib.ExitStack() as held:
        lines = [held.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(20)]
        sent = 0
        for line in lines:
            line.setblocking(False)
        end = time.monotonic() + 20
        while (ready := select.select([], lines, [], 0.5)[1]) and sent < 400 * 2**20 and time.monotonic() < end:
            for line in ready:
                with contextlib.suppress(BlockingIOError):
                    sent += line.send(request)
        assert not ready, "all of it was taken"


def test_a_receiver_that_never_answers(start_server: StartServer) -> None:
    """Beyond the bound webhooks are refused at once; another receiver of another sandbox is called meanwhile."""
    server = start_server("--max-exchanges", "100")
    with within(server, 64), socket.create_server(("127.0.0.1", 0), backlog=512) as deaf:
        hook = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        for _ in range(MAX_PENDING + 200):
            assert server.post(REALTIME, {**ORDER, "webhook": hook})["status"] == "success"
        assert "too many of" in server.wait_for("too many of")
        assert server.log.count("too many of") == 1
        server.post(REALTIME, {**ORDER, "key": "k-other", "webhook": f"{server.url}/__mock/inbox/bounds"})
        server.wait_for("the receiver answered 200")


@contextlib.contextmanager
def served(app: App, settings: Settings, sockets: list[socket.socket]) -> Iterator[None]:
    """The app on its sockets, on a thread of this process."""
    config, _ = _server_config(settings, app, Log(quiet=True), real_now())
    uvicorn = Uvicorn(config)

    async def main() -> None:
        try:
            await uvicorn.serve(sockets)
        finally:
            await config.app.close()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    try:
        while not uvicorn.started:
            time.sleep(0.005)
        yield
    finally:
        uvicorn.should_exit = True
        thread.join(15)
        assert not thread.is_alive()


def test_10_000_queued_stories() -> None:
    """Set in this process; switches to a start_server and POST /__mock/sandboxes/NAME/stories once there is such a call."""
    settings, sockets = Settings(port=0, quiet=True), listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    app = make_app(settings, seed=7, origin=url, started=real_now(), log=Log(quiet=True))
    with served(app, settings, sockets), httpx.Client(base_url=url, trust_env=False, timeout=20) as client:

        def longest(key: str, prompt: str) -> float:
            times = []
            for _ in range(20):
                begun = time.monotonic()
                assert client.post(REALTIME, json={**ORDER, "key": key, "prompt": prompt}).json()["status"] == "success"
                times.append(time.monotonic() - begun)
            return sorted(times)[-3]  # two of them may be the machine's fault

        longest("k-other", "a fox")
        before = megabytes()
        for n in range(MAX_STORIES):
            steer.queue_story(app, ORDER["key"], {"ends": "failed"}, times=1, prompt=f"never {n}")  # type: ignore[arg-type]
        with pytest.raises(steer.SteerError, match="10000 stories wait already"):
            steer.queue_story(app, ORDER["key"], {"ends": "failed"}, times=1)  # type: ignore[arg-type]
        assert megabytes() - before < 48
        assert longest("k-other", "a fox") < 0.25
        assert longest(str(ORDER["key"]), "a fox that none of them is for") < 0.5
        last = client.post(REALTIME, json={**ORDER, "prompt": f"never {MAX_STORIES - 1}"}).json()
        assert last["status"] == "processing"
        assert len(steer.stories_of(app, str(ORDER["key"]))) == MAX_STORIES - 1
