"""A line to any server over HTTP, for the kit: one pool of connections, bounded answers, no redirects."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx

from modelslab_contracts.kit.servers.line import Answered

from .wall_clock import real_now

#: Seconds that a server has for an answer, and the bytes of it that are read.
TIMEOUT_S = 60.0
MOST_BYTES = 64 * 2**20


class HttpLine:
    """See the kit's Line. A context: its connections are closed with it. `waits` is False where no time need pass."""

    def __init__(self, origin: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.origin = origin
        self.waits = True
        # No proxies and no credentials from the environment: what is checked is the server that was named.
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """See Line."""
        try:
            with self._client.stream(method, url, headers=dict(headers), content=body or None) as answer:
                chunks, size = list[bytes](), 0
                for chunk in answer.iter_bytes():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > MOST_BYTES:
                        return Answered(0, trouble=f"the answer is longer than {MOST_BYTES:,} bytes")
            given = tuple((name.lower(), value) for name, value in answer.headers.items())
            return Answered(answer.status_code, given, b"".join(chunks))
        except httpx.TimeoutException:
            return Answered(0, trouble="no answer in time")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            return Answered(0, trouble=_said(problem))

    def wait(self, seconds: float) -> None:
        """See Line."""
        if self.waits:
            time.sleep(seconds)

    def now(self) -> float:
        """See Line."""
        return real_now()


def _said(problem: Exception) -> str:
    """What went wrong, in half a sentence; an address in it is left out, which may hold more than it should."""
    text = str(problem).partition(" for url")[0].strip()
    text = re.sub(r"^\[Errno -?\d+\] ", "", text)
    return text[:1].lower() + text[1:120] if text else type(problem).__name__
