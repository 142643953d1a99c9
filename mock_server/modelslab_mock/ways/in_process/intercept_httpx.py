"""httpx and httpx2, sync and async, met at their own two transports.

`handle_request` and `handle_async_request` are httpx's public seam (httpx.BaseTransport), the same in every version since
0.18 and in httpx2, its successor, which may live beside it in one process: each is answered in its own classes. A transport
that somebody wrote around them (retries, caches) still calls them; a client on a transport of its own (MockTransport,
ASGITransport) never asked the network anyway. Proxies are transports too, so they are met as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..hosts import is_vendor
from .answering import Answer, Begun, InProcess, arrived
from .http_text import reason_of
from .patches import Patches

if TYPE_CHECKING:
    import httpx

Current = Callable[[], InProcess | None]


def install(name: str, patches: Patches, current: Current) -> None:
    """Patch both transports of the library that is loaded under this name."""
    library = sys.modules[name]
    patches.wrap(library.HTTPTransport, "handle_request", lambda there: _sync(library, there, current))
    patches.wrap(library.AsyncHTTPTransport, "handle_async_request", lambda there: _async(library, there, current))


def _sync(library: Any, original: Any, current: Current) -> Any:
    def handle_request(self: Any, request: httpx.Request) -> Any:
        if (way := current()) is None or not is_vendor(request.url.host):
            return original(self, request)
        return answer_sync(library, way, request)

    return handle_request


def _async(library: Any, original: Any, current: Current) -> Any:
    async def handle_async_request(self: Any, request: httpx.Request) -> Any:
        if (way := current()) is None or not is_vendor(request.url.host):
            return await original(self, request)
        return await answer_async(library, way, request)

    return handle_async_request


def answer_sync(library: Any, way: InProcess, request: httpx.Request) -> httpx.Response:
    """The answer to a request, made of the library's classes. Raises what it raises for the fault that the answer holds."""
    answer = _come(library, way, _asked(way, request, request.read()), request)
    if wait := _wait(answer, request):
        time.sleep(wait)
    return _arrived(library, way, answer, request)


async def answer_async(library: Any, way: InProcess, request: httpx.Request) -> httpx.Response:
    """The same, on asyncio or trio."""
    import anyio  # a part of httpx

    begun = _asked(way, request, await request.aread())
    answer = begun if isinstance(begun, Answer) else await anyio.to_thread.run_sync(_come, library, way, begun, request)
    if wait := _wait(answer, request):
        await anyio.sleep(wait)
    return _arrived(library, way, answer, request)


def _asked(way: InProcess, request: httpx.Request, body: bytes) -> Begun:
    url, headers = request.url, dict(request.headers)
    return way.answer(request.method, url.scheme, url.raw_path.decode("ascii"), headers, body)


def _come(library: Any, way: InProcess, begun: Begun, request: httpx.Request) -> Answer:
    try:
        return arrived(begun, _patience(request))
    except TimeoutError:
        way.given_up(begun)
        raise library.ReadTimeout("timed out", request=request) from None


def _wait(answer: Answer, request: httpx.Request) -> float:
    """Seconds until the answer comes or the client gives up, whichever is first."""
    patience = _patience(request)
    return answer.delay_s if patience is None else min(answer.delay_s, patience)


def _patience(request: httpx.Request) -> float | None:
    seconds: float | None = request.extensions.get("timeout", {}).get("read")
    return seconds


def _arrived(library: Any, way: InProcess, answer: Answer, request: httpx.Request) -> httpx.Response:
    patience = _patience(request)
    if patience is not None and answer.delay_s > patience:
        way.given_up(answer)
        raise library.ReadTimeout("timed out", request=request)
    way.delivered(answer)
    if answer.delivery == "reset":
        raise _reset(library, request)
    response: httpx.Response = library.Response(
        answer.status,
        headers=list(answer.headers),
        stream=_cut(library, answer, request) if answer.delivery == "cut" else library.ByteStream(answer.body),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": reason_of(answer.status).encode("ascii")},
        request=request,
    )
    return response


def _cut(library: Any, answer: Answer, request: httpx.Request) -> Any:
    """A body whose connection is reset in its middle."""

    class Cut(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc] # whose, is known only now
        def __iter__(self) -> Iterator[bytes]:
            yield answer.arriving
            raise _reset(library, request)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield answer.arriving
            raise _reset(library, request)

    return Cut()


def _reset(library: Any, request: httpx.Request) -> Exception:
    problem: Exception = library.ReadError("[Errno 104] Connection reset by peer", request=request)
    return problem
