"""Calls of a control API: JSON in, JSON out, on connections that no proxy, cassette or mock of HTTP comes between."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from .problems import MockServerError, our_lines_hidden

__tracebackhide__ = our_lines_hidden

#: Real seconds that an answer may take, beyond what the call itself waits.
_ANSWER_WITHIN_S = 60.0


class ControlClient:
    """The control API of the emulator at an origin, for the sandbox of a key ("": of none in particular).

    Raises MockServerError for what it refuses.
    """

    def __init__(self, origin: str, key: str) -> None:
        self.origin = origin.rstrip("/")
        self._key = key
        parts = urlsplit(self.origin)
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname or "", parts.port

    def get(self, path: str, /, *, waits_s: float = 0.0, **query: Any) -> Any:
        """What is at a path below /__mock."""
        return json.loads(self.text("GET", path, None, waits_s, **query))

    def send(self, method: str, path: str, body: Any = None, *, waits_s: float = 0.0) -> Any:
        """The answer to a call with a body."""
        return json.loads(self.text(method, path, body, waits_s))

    def text(self, method: str, path: str, body: Any = None, waits_s: float = 0.0, /, **query: Any) -> str:
        """The answer to a call as it came."""
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        headers = ({"key": self._key} if self._key else {}) | ({"content-type": "application/json"} if body is not None else {})
        content = None if body is None else json.dumps(body).encode()
        connection = self._connect(self._host, self._port, timeout=_ANSWER_WITHIN_S + waits_s)
        try:
            connection.request(method, f"/__mock{path}{'?' if asked else ''}{asked}", content, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        except (OSError, HTTPException) as problem:
            why = str(problem) or type(problem).__name__
            raise MockServerError(f"the emulator at {self.origin} does not answer: {why}") from None
        finally:
            connection.close()
        if reply.status >= 400:
            raise MockServerError(_why(text, reply.status, path))
        return text


def _why(text: str, status: int, path: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"/__mock{path} answered {status}: is that an emulator?"
