"""Orders with webhooks, and a receiver on loopback as a client's program may have one: threads and real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.outbox import Delivery
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.wire.wall_clock import real_now

HOST = "https://modelslab.com"
SUBMIT = "/api/v6/realtime/text2img"
KEY = "some-key"
NAME = sandbox_name(KEY)
INBOX = HOST + "/__mock/inbox/mine"


class Receiver(ThreadingHTTPServer):
    """Keeps the bodies that come. `on_call` is run before the answer; on /hang the answer comes when `released` is set."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.on_call: Callable[[dict[str, Any]], Any] = lambda _: None
        self.released = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1})

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        pass  # a caller that goes away is its own business


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"  # connections are kept, so somebody has to close them

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.on_call(body)
        self.server.bodies.append(body)
        if self.path == "/hang":
            self.server.released.wait()
        self.send_response(500 if self.path == "/500" else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def own_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("modelslab-mock")]


def order(webhook: str, words: str = "") -> dict[str, Any]:
    return {"key": KEY, "prompt": f"a fox [[mock: {words}]]" if words else "a fox", "webhook": webhook}


def submit(webhook: str, words: str = "") -> Any:
    return requests.post(HOST + SUBMIT, json=order(webhook, words), timeout=30).json()


def outbox(courier: InProcessCourier, name: str = NAME) -> list[Delivery]:
    return list(courier.panel.store.outbox(name))


def until(what: Callable[[], Any]) -> None:
    end = real_now() + 15
    while not what():
        assert real_now() < end, "waited in vain"
        time.sleep(0.005)
