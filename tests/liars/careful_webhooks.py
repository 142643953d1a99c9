"""A careful client that listens for webhooks, and asks where none comes; its receiver is one server for all of its calls."""

from __future__ import annotations

import atexit
import json
import threading
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from modelslab_contracts.endpoint import Endpoint

from .careful import Careful, ModelsLabError

#: Bytes of a webhook that a receiver reads.
MOST = 1_000_000


class Inbox:
    """What was sent about one job, by the track_id of its order. Made before the order, so that nothing is too early."""

    def __init__(self) -> None:
        self.payloads: list[Mapping[str, Any]] = []
        self.came = threading.Event()

    def take(self, payload: Mapping[str, Any]) -> None:
        self.payloads.append(payload)
        self.came.set()


class Receiver:
    """A server on loopback. What is not for one of its inboxes is answered with 404, and forgotten."""

    def __init__(self) -> None:
        self.inboxes: dict[str, Inbox] = {}
        self.known: set[str] = set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler: BaseHTTPRequestHandler) -> None:  # noqa: N805 # as the library calls it
                length = min(int(handler.headers.get("content-length") or 0), MOST)
                handler.send_response(self.taken(handler.rfile.read(length)))
                handler.send_header("content-length", "0")
                handler.end_headers()

            def log_message(handler, *_: Any) -> None:  # noqa: N805
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        atexit.register(self.server.server_close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def open(self, track_id: str, inbox: Inbox) -> None:
        self.inboxes[track_id] = inbox
        self.known.add(track_id)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"

    def taken(self, body: bytes) -> int:
        try:
            payload = json.loads(body)
            inbox = self.inbox_for(payload)
        except (ValueError, TypeError, AttributeError):
            return 400
        if inbox is None:
            return 404
        inbox.take(payload)
        return 200

    def inbox_for(self, payload: Mapping[str, Any]) -> Inbox | None:
        return self.inboxes.get(str(payload.get("track_id")))


_receivers: dict[type[Receiver], Receiver] = {}


def receiver(kind: type[Receiver] = Receiver) -> Receiver:
    """The receiver of this process, one of each kind."""
    if kind not in _receivers:
        _receivers[kind] = kind()
    return _receivers[kind]


class Told(Exception):
    """A webhook came while the client waited."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__("told")
        self.payload = payload


class Listening(Careful):
    """Is woken by a webhook about its own job, and fetches as patiently as any other client until then."""

    receiver_kind: type[Receiver] = Receiver

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.receiver = receiver(self.receiver_kind)

    def generate(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        self.track_id, self.inbox = uuid.uuid4().hex, Inbox()
        self.listen()
        try:
            return super().generate(base_url, key, request)
        finally:
            self.receiver.inboxes.pop(self.track_id, None)

    def listen(self) -> None:
        self.receiver.open(self.track_id, self.inbox)

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request), "webhook": self.receiver.url, "track_id": self.track_id}

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return super().wait_for(reply)
        except Told as told:
            return told.payload

    def first_wait(self, reply: Mapping[str, Any]) -> float:
        """A moment more than the eta, in which the webhook may come."""
        return super().first_wait(reply) + 0.5

    def sleep(self, seconds: float) -> None:
        if self.inbox.came.wait(seconds):
            self.told()

    def told(self) -> None:
        raise Told(self.inbox.payloads[0])


class WebhookOnly(Listening):
    """Waits for nothing but its webhook."""

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.inbox.came.wait(self.patience_s):
            self.out_of_patience()
        return self.inbox.payloads[0]


__all__ = ["Inbox", "Listening", "ModelsLabError", "Receiver", "Told", "WebhookOnly", "receiver"]
