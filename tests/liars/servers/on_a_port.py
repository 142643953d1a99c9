"""A wrong server on a port, with as much of a control API as says that its clock is moved by fetches."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.servers.line import Answered, Line

from .line import InProcessLine
from .wrong import Wrong

_CLOCK = Answered(
    200, (("content-type", "application/json"),), json.dumps({"mode": "auto", "now": 0.0, "factor": 1.0}).encode()
)


@contextmanager
def served(server: type[Wrong], endpoint: Endpoint) -> Iterator[str]:
    """The origin at which a server listens."""
    behind: list[Line] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave in one write, or each answer takes 40 ms

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_control = self.path.startswith("/__mock")
            told = _CLOCK if is_control else behind[0].ask(self.command, behind[0].origin + self.path, headers, body)
            if told.trouble:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers:
                if name not in ("date", "content-length"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 # the library's names

        def log_message(self, *words: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        origin = f"http://127.0.0.1:{listening.server_address[1]}"
        behind.append(server(InProcessLine(origin=origin), endpoint))
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield origin
        finally:
            listening.shutdown()
            thread.join()
