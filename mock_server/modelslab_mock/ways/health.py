"""Asking an origin for its health: which process of ours answers there, or why none does."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

_MOST_BYTES = 64 * 1024
_PATIENCE_S = 2.0
#: What an emulator says of itself, and what a recorder does.
_OURS = ("contracts", "records")


class NotThere(Exception):
    """Why no emulator answers, as half a sentence."""


def pid_at(origin: str, now: Callable[[], float]) -> int:
    """The process of the emulator at an origin, asked once, with a patience of two seconds. Raises NotThere."""
    parts = urlsplit(origin)
    assert parts.hostname, "an origin was read before"
    until = now() + _PATIENCE_S
    connection = _connection(parts.scheme, parts.hostname, parts.port)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        reply = connection.getresponse()
        body = b""
        while len(body) < _MOST_BYTES and now() < until and (more := reply.read1(_MOST_BYTES)):
            body += more
    except ConnectionRefusedError:
        raise NotThere(f"nobody listens at {origin}; is modelslab-mock serve running, and on this port?") from None
    except TimeoutError:
        raise NotThere(f"what listens at {origin} does not answer") from None
    except (http.client.HTTPException, ConnectionError):
        tls = "; was it started with --tls? Then its address begins with https" if parts.scheme == "http" else ""
        raise NotThere(f"what listens at {origin} hangs up, or speaks no {parts.scheme}{tls}") from None
    except ssl.SSLError:
        raise NotThere(f"what listens at {origin} speaks no https; is its address http://{parts.netloc}?") from None
    except OSError as problem:
        raise NotThere(f"{origin} cannot be reached: {problem.strerror or problem}") from None
    finally:
        connection.close()
    return _pid_in(body, reply.status, origin)


def _pid_in(body: bytes, status: int, origin: str) -> int:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    is_ours = isinstance(told, dict) and told.keys() >= {"status", "pid"} and not told.keys().isdisjoint(_OURS)
    if status != 200 or not is_ours:
        raise NotThere(f"what answers at {origin} is no modelslab-mock: its /health is something else (HTTP {status})")
    return int(told["pid"])


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    # Nothing secret is sent, and who the server is says its answer: the authority of a run is known to nobody yet.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_PATIENCE_S, context=context)
