"""What a client waits by that tied time cannot see: the functions in C that it calls between two polls."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

#: Modules in C whose functions may wait. What waits without any of them does not wait at all.
_WAITING = ("select", "signal", "_thread", "_queue", "_ctypes", "ctypes", "gevent", "zmq", "pygame")
#: Packages whose own calls are not the client's doing.
_OURS = frozenset(
    {"modelslab_mock", "modelslab_contracts", "threading", "logging", "queue", "socket", "ssl", "http", "urllib3", "requests"}
    | {"httpx", "httpcore", "anyio", "aiohttp", "asyncio", "concurrent", "selectors", "email", "codecs", "json"}
)


class Sleepers:
    """Names, in the order of their first call, of functions that a client's own code calls and that may wait."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._is_watching = False

    def watch(self) -> None:
        """Look at the calls of this thread from now on."""
        if not self._is_watching and sys.getprofile() is None:
            self._is_watching = True
            sys.setprofile(self._look)

    def stop(self) -> tuple[str, ...]:
        """Look away, and say what was seen."""
        if self._is_watching:
            sys.setprofile(None)
        self._is_watching = False
        names, self._names = (*self._names,), {}
        return names

    def _look(self, frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or str(frame.f_globals.get("__name__", "")).partition(".")[0] in _OURS:
            return
        owner = getattr(called, "__self__", None)
        module = getattr(called, "__module__", None) or getattr(owner, "__name__", None) or type(owner).__module__
        if str(module).partition(".")[0] in _WAITING:
            self._names[f"{str(module).lstrip('_')}.{called.__qualname__}"] = None
