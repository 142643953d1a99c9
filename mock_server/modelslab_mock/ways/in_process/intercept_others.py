"""Other libraries that mock HTTP: inside a scope they let the vendor's hosts through, in whichever order they were started.

They sit above the places where we meet the HTTP libraries, and refuse what they were not told of. A row per library:
where it decides about a request, and how it is told that this one is not its business. (respx patches httpcore, which is
below us, and needs no row.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..hosts import is_vendor, is_vendor_url
from .answering import InProcess
from .patches import Patches

Current = Callable[[], InProcess | None]


def install(name: str, patches: Patches, current: Current) -> None:
    """Tell the library whose module `name` is loaded."""
    _ROWS[name](sys.modules[name], patches, current)


def _responses(module: Any, patches: Patches, current: Current) -> None:
    """Responses replaces HTTPAdapter.send by something that asks `_on_request`; it keeps the true one as `_real_send`."""

    def make(original: Any) -> Any:
        def on_request(self: Any, adapter: Any, request: Any, **named: Any) -> Any:
            if current() is None or not is_vendor_url(request.url):
                return original(self, adapter, request, **named)
            named.pop("retries", None)
            return self._real_send(adapter, request, **named)

        return on_request

    patches.wrap(module.RequestsMock, "_on_request", make)


def _requests_mock(module: Any, patches: Patches, current: Current) -> None:
    """requests-mock has an exception of its own that means: this one goes to the network."""

    def make(original: Any) -> Any:
        def send(self: Any, request: Any, **named: Any) -> Any:
            if current() is not None and is_vendor_url(request.url):
                raise module._RunRealHTTP  # noqa: SLF001 # what its own real_http=True raises
            return original(self, request, **named)

        return send

    patches.wrap(module.Adapter, "send", make)


def _pytest_httpx(module: Any, patches: Patches, current: Current) -> None:
    """pytest-httpx replaces what we replace, perhaps after us; so its own decision is asked past."""
    _httpx_asker(module.HTTPXMock, ("_handle_request", "_handle_async_request"), patches, current)


def _vcr_httpx(module: Any, patches: Patches, current: Current) -> None:
    """So does vcrpy since 8.2, and what it takes for the network is what was there when it was loaded."""
    _httpx_asker(module, ("_vcr_handle_request", "_vcr_handle_async_request"), patches, current)


def _httpx_asker(owner: Any, names: tuple[str, str], patches: Patches, current: Current) -> None:
    """Wrap two functions, sync and async, that get a request of httpx or httpx2 among others and return the response."""
    from .intercept_httpx import answer_async, answer_sync

    def ours(arguments: tuple[Any, ...]) -> tuple[Any, InProcess, Any] | None:
        if (way := current()) is None:
            return None
        for library in (sys.modules[name] for name in ("httpx", "httpx2") if name in sys.modules):
            for each in arguments:
                if isinstance(each, library.Request):
                    return (library, way, each) if is_vendor(each.url.host) else None
        return None

    def make(original: Any) -> Any:
        def handle(*arguments: Any) -> Any:
            mine = ours(arguments)
            return original(*arguments) if mine is None else answer_sync(*mine)

        return handle

    def make_async(original: Any) -> Any:
        async def handle(*arguments: Any) -> Any:
            mine = ours(arguments)
            return await original(*arguments) if mine is None else await answer_async(*mine)

        return handle

    patches.wrap(owner, names[0], make)
    patches.wrap(owner, names[1], make_async)


def _vcr(module: Any, patches: Patches, current: Current) -> None:
    """A cassette neither plays nor records what it filters out; so keys in bodies never get onto a tape through us."""

    def told(answer: Any) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def method(self: Any, request: Any, *rest: Any) -> Any:
                if current() is not None and is_vendor_url(request.uri):
                    return answer
                return original(self, request, *rest)

            return method

        return make

    patches.wrap(module.Cassette, "can_play_response_for", told(False))
    patches.wrap(module.Cassette, "filter_request", told(None))
    patches.wrap(module.Cassette, "append", told(None))


_ROWS: dict[str, Callable[[Any, Patches, Current], None]] = {
    "responses": _responses,
    "requests_mock.adapter": _requests_mock,
    "pytest_httpx": _pytest_httpx,
    "vcr.cassette": _vcr,
    "vcr.stubs.httpx_stubs": _vcr_httpx,
}
