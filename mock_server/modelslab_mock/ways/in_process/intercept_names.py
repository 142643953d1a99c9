"""Whoever looks up a name of the vendor's inside a scope is a client that nobody met: it is told so, and gets no further.

Otherwise a test would pass or fail by the real API, with a real key in its hands.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

from ..hosts import is_vendor
from .answering import InProcess
from .patches import Patches

Current = Callable[[], InProcess | None]


def install(name: str, patches: Patches, current: Current) -> None:
    """Patch what looks names up; asyncio, trio and all of the standard library ask there."""
    for each in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patches.wrap(sys.modules[name], each, lambda there: _asked(there, current))


def _asked(original: Any, current: Current) -> Any:
    def look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if current() is not None and is_vendor(host):
            name = host if isinstance(host, str) else host.decode("latin-1")
            raise socket.gaierror(
                socket.EAI_FAIL,
                f"modelslab-mock keeps {name} from being reached: it answers requests, httpx, aiohttp, urllib3 and urllib in "
                "this process, and this is another client; give it a real port (modelslab_mock_server, MockServer(port=0)) "
                "or run it under modelslab-mock exec",
            )
        return original(host, *rest, **named)

    return look_up
