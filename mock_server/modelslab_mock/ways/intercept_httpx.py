"""httpx, sync and async, met at its own two transports.

`handle_request` and `handle_async_request` are httpx's public seam (httpx.BaseTransport), the same in every version since
0.18. A transport that somebody wrote around them (retries, caches) still calls them; a client on a transport of its own
(MockTransport, ASGITransport) never asked the network anyway. Proxies are transports too, so they are met as well.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from .hosts import is_vendor
from .http_text import reason_of
from .in_process import Answer, Begun, InProcess, arrived
from .patches import Patches

Current = Callable[[], InProcess | None]


def install(_: str, patches: Patches, current: Current) -> None:
    """Patch both transports."""
    patches.wrap(httpx.HTTPTransport, "handle_request", lambda there: _sync(there, current))
    patches.wrap(httpx.AsyncHTTPTransport, "handle_async_request", lambda there: _async(there, current))


def _sync(original: Any, current: Current) -> Any:
    def handle_request(self: Any, request: httpx.Request) -> Any:
        if (way := current()) is None or not is_vendor(request.url.host):
            return original(self, request)
        return answer_sync(way, request)

    return handle_request


def _async(original: Any, current: Current) -> Any:
    async def handle_async_request(self: Any, request: httpx.Request) -> Any:
        if (way := current()) is None or not is_vendor(request.url.host):
            return await original(self, request)
        return await answer_async(way, request)

    return handle_async_request


def answer_sync(way: InProcess, request: httpx.Request) -> httpx.Response:
    """The answer to a request. Raises what httpx raises for the fault that it holds."""
    answer = _come(way, _asked(way, request, request.read()), request)
    if wait := _wait(answer, request):
        time.sleep(wait)
    return _arrived(way, answer, request)


async def answer_async(way: InProcess, request: httpx.Request) -> httpx.Response:
    """The same, on asyncio or trio."""
    import anyio  # a part of httpx

    begun = _asked(way, request, await request.aread())
    answer = begun if isinstance(begun, Answer) else await anyio.to_thread.run_sync(_come, way, begun, request)
    if wait := _wait(answer, request):
        await anyio.sleep(wait)
    return _arrived(way, answer, request)


def _asked(way: InProcess, request: httpx.Request, body: bytes) -> Begun:
    url, headers = request.url, dict(request.headers)
    return way.answer(request.method, url.scheme, url.raw_path.decode("ascii"), headers, body)


def _come(way: InProcess, begun: Begun, request: httpx.Request) -> Answer:
    try:
        return arrived(begun, _patience(request))
    except TimeoutError:
        way.given_up(begun)
        raise httpx.ReadTimeout("timed out", request=request) from None


def _wait(answer: Answer, request: httpx.Request) -> float:
    """Seconds until the answer comes or the client gives up, whichever is first."""
    patience = _patience(request)
    return answer.delay_s if patience is None else min(answer.delay_s, patience)


def _patience(request: httpx.Request) -> float | None:
    seconds: float | None = request.extensions.get("timeout", {}).get("read")
    return seconds


def _arrived(way: InProcess, answer: Answer, request: httpx.Request) -> httpx.Response:
    patience = _patience(request)
    if patience is not None and answer.delay_s > patience:
        way.given_up(answer)
        raise httpx.ReadTimeout("timed out", request=request)
    way.delivered(answer)
    if answer.delivery == "reset":
        raise _reset(request)
    return httpx.Response(
        answer.status,
        headers=list(answer.headers),
        stream=_Cut(answer, request) if answer.delivery == "cut" else httpx.ByteStream(answer.body),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": reason_of(answer.status).encode("ascii")},
        request=request,
    )


class _Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose connection is reset in its middle."""

    def __init__(self, answer: Answer, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        yield self._answer.arriving
        raise _reset(self._request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._answer.arriving
        raise _reset(self._request)


def _reset(request: httpx.Request) -> httpx.ReadError:
    return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
