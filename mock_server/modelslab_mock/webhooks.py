"""The only outbound calls: one POST when a job ends, to loopback unless a host was allowed by name."""

from __future__ import annotations

import asyncio
import fnmatch
import importlib
import ipaddress
from typing import Any
from urllib.parse import urlsplit

ANSWER_WITHIN_S = 30.0


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
    return f"webhook to {host} not sent: only loopback is allowed; to allow it, start with --allow-webhook-host {host}"


def address_of(url: str) -> str:
    """Scheme, host and port of a URL: user, path and query may hold a secret and stay out of the log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Sender:
    """One HTTP client for all webhooks, made on the first call. Proxies and redirects are not followed."""

    def __init__(self) -> None:
        self._client: Any = None

    async def send(self, url: str, body: bytes) -> str:
        """POST `body` once and say in one clause how the receiver took it; never raises for what the receiver does."""
        # In a thread: loading the library on the loop would hold up everybody else, once.
        httpx: Any = await asyncio.to_thread(importlib.import_module, "httpx")
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False, follow_redirects=False)
        try:
            # Streamed, so that a receiver's endless answer is never read: its status is all that counts.
            async with self._client.stream("POST", url, content=body, headers={"content-type": "application/json"}) as reply:
                return f"the receiver answered {reply.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:  # ValueError: a host name that IDNA forbids
            return f"not delivered: {type(problem).__name__} {problem}".rstrip()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
