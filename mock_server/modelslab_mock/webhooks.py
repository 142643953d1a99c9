"""The only outbound calls: one POST when a job ends, to loopback unless a host was allowed by name.

Nothing is sent twice by itself: the vendor promises no retries for generation webhooks (webhook page).
"""

from __future__ import annotations

import asyncio
import fnmatch
import importlib
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .loopback import is_loopback

#: The vendor's own limit: a receiver answers 2xx within 30 s (webhook page).
ANSWER_WITHIN_S = 30.0


class Took(NamedTuple):
    """How a receiver took a webhook: the status of its answer, or None and why there is none."""

    status: int | None
    problem: str = ""


def refusal(url: str, allowed: tuple[str, ...]) -> str | None:
    """Why a webhook may not go to `url`, as a sentence that names the flag to add; None when it may."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "webhook not sent: it is not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "webhook not sent: it is not an http URL"
    if is_loopback(host) or any(fnmatch.fnmatchcase(host, pattern.lower()) for pattern in allowed):
        return None
    host = _as_written(parts.netloc, host)
    return f"webhook to {host} not sent: only loopback is allowed; to allow it, start with --allow-webhook-host {host}"


def _as_written(netloc: str, host: str) -> str:
    """A host as its URL has it: in lower case, a key in it would not be found and masked."""
    start = netloc.rpartition("@")[2].lower().find(host)
    return netloc.rpartition("@")[2][start:][: len(host)] if start >= 0 else host


def headers_for(url: str, body: bytes) -> dict[str, str]:
    """The headers of a webhook, all of them: what the vendor sends beside the type is not known."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return {
        "host": host,
        "user-agent": "modelslab-mock",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }


def address_of(url: str) -> str:
    """Scheme, host and port of a URL: user, path and query may hold a secret and stay out of the log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Sender:
    """One HTTP client for all webhooks, made on the first call. Proxies and redirects are not followed."""

    def __init__(self, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._answer_within_s = answer_within_s
        self._client: Any = None

    async def send(self, url: str, body: bytes) -> Took:
        """POST `body` once and say how the receiver took it; never raises for what the receiver does."""
        # In a thread: loading the library on the loop would hold up everybody else, once.
        httpx: Any = await asyncio.to_thread(importlib.import_module, "httpx")
        if self._client is None:
            # How many may be under way is the courier's business; the library's own bound would make one wait for another.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=None, trust_env=False, follow_redirects=False, limits=limits)
            self._client.headers.clear()
        try:
            # Streamed, so that a receiver's endless answer is never read: its status is all that counts.
            request = self._client.build_request("POST", url, content=body, headers=headers_for(url, body))
            async with asyncio.timeout(self._answer_within_s):
                reply = await self._client.send(request, stream=True)
                await reply.aclose()
            return Took(reply.status_code)
        except TimeoutError:
            return Took(None, f"no answer within {self._answer_within_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:  # ValueError: a host name that IDNA forbids
            return Took(None, f"{type(problem).__name__} {problem}".rstrip())

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
