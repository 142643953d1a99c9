"""A client of every library, and an emulator for them: what tests with and without sockets share."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import aiohttp
import httpx
import requests
import urllib3

from modelslab_mock import serve
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings

HOST = "https://modelslab.com"
SUBMIT = "/api/v6/realtime/text2img"
#: What the clocks of its sandboxes show at first, where they are not real.
BEGAN = 1_800_000_000.0


class Got(NamedTuple):
    """What a client got. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


# Sessions and clients as many programs have them: made when a module is loaded, long before any scope.
SESSION = requests.Session()
SESSION.trust_env = False
CLIENT = httpx.Client(trust_env=False)
POOL = urllib3.PoolManager(cert_reqs="CERT_REQUIRED")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def by_requests(method: str, url: str, body: Any = None, timeout: float = 5.0) -> Got:
    reply = SESSION.request(method, url, json=body, timeout=timeout)
    return Got(reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, reply.content)


def by_httpx(method: str, url: str, body: Any = None, timeout: float = 5.0, client: Any = CLIENT) -> Got:
    reply = client.request(method, url, json=body, timeout=timeout)
    return Got(reply.status_code, dict(reply.headers), reply.content)


def by_httpx_async(method: str, url: str, body: Any = None, timeout: float = 5.0, library: Any = httpx) -> Got:
    async def ask() -> Got:
        async with library.AsyncClient(trust_env=False) as client:
            reply = await client.request(method, url, json=body, timeout=timeout)
            return Got(reply.status_code, dict(reply.headers), reply.content)

    return asyncio.run(ask())


def by_aiohttp(method: str, url: str, body: Any = None, timeout: float = 5.0) -> Got:
    async def ask() -> Got:
        patience = aiohttp.ClientTimeout(sock_read=timeout)
        async with aiohttp.ClientSession(timeout=patience) as session, session.request(method, url, json=body) as reply:
            return Got(reply.status, {name.lower(): value for name, value in reply.headers.items()}, await reply.read())

    return asyncio.run(ask())


def by_urllib3(method: str, url: str, body: Any = None, timeout: float = 5.0) -> Got:
    data = None if body is None else json.dumps(body).encode()  # urllib3 1.26 has no json=
    kind = {"content-type": "application/json"} if data else {}
    reply = POOL.request(method, url, body=data, headers=kind, timeout=timeout, retries=False)
    return Got(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.data)


def by_urllib(method: str, url: str, body: Any = None, timeout: float = 5.0) -> Got:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"} if data else {}, method=method)
    try:
        with OPENER.open(request, timeout=timeout) as reply:
            return Got(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Got(refused.code, {name.lower(): value for name, value in refused.headers.items()}, refused.read())


class Taken:
    """What came of a body: `said` is how long it was said to be."""

    def __init__(self) -> None:
        self.said = 0
        self.came = bytearray()


# The same libraries, reading a body as it comes: `take(url, body, taken)` fills `taken`. What ends the body early is raised.


def take_by_requests(url: str, body: Any, taken: Taken) -> None:
    with SESSION.post(url, json=body, stream=True, timeout=5.0) as reply:
        taken.said = int(reply.headers["content-length"])
        for each in reply.iter_content(1):
            taken.came.extend(each)


def take_by_httpx(url: str, body: Any, taken: Taken, client: Any = CLIENT) -> None:
    with client.stream("POST", url, json=body) as reply:
        taken.said = int(reply.headers["content-length"])
        for each in reply.iter_raw():
            taken.came.extend(each)


def take_by_httpx_async(url: str, body: Any, taken: Taken, library: Any = httpx) -> None:
    async def take() -> None:
        async with library.AsyncClient(trust_env=False) as client, client.stream("POST", url, json=body) as reply:
            taken.said = int(reply.headers["content-length"])
            async for each in reply.aiter_raw():
                taken.came.extend(each)

    asyncio.run(take())


def take_by_aiohttp(url: str, body: Any, taken: Taken) -> None:
    async def take() -> None:
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
            taken.said = int(reply.headers["content-length"])
            async for each in reply.content.iter_any():
                taken.came.extend(each)

    asyncio.run(take())


def take_by_urllib3(url: str, body: Any, taken: Taken) -> None:
    kind = {"content-type": "application/json"}
    data = json.dumps(body).encode()
    reply = POOL.request("POST", url, body=data, headers=kind, timeout=5.0, retries=False, preload_content=False)
    taken.said = int(reply.headers["content-length"])
    for each in reply.stream(1):
        taken.came.extend(each)


def take_by_urllib(url: str, body: Any, taken: Taken) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with OPENER.open(request, timeout=5.0) as reply:
        taken.said = int(reply.headers["content-length"])
        while each := reply.read(1):
            taken.came.extend(each)


Ask = Callable[..., Got]
CLIENTS: dict[str, Ask] = {
    "requests": by_requests,
    "httpx": by_httpx,
    "httpx-async": by_httpx_async,
    "aiohttp": by_aiohttp,
    "urllib3": by_urllib3,
    "urllib": by_urllib,
}
TAKERS: dict[str, Callable[[str, Any, Taken], None]] = {
    "requests": take_by_requests,
    "httpx": take_by_httpx,
    "httpx-async": take_by_httpx_async,
    "aiohttp": take_by_aiohttp,
    "urllib3": take_by_urllib3,
    "urllib": take_by_urllib,
}


#: client → what it raises when the connection is reset, when it is cut within a body, when nothing comes in time.
RAISES: dict[str, tuple[Any, Any, Any]] = {
    "requests": (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.exceptions.ReadTimeout),
    "httpx": (httpx.ReadError, httpx.ReadError, httpx.ReadTimeout),
    "httpx-async": (httpx.ReadError, httpx.ReadError, httpx.ReadTimeout),
    "aiohttp": (aiohttp.ClientOSError, aiohttp.ClientPayloadError, aiohttp.ServerTimeoutError),
    "urllib3": (urllib3.exceptions.ProtocolError, urllib3.exceptions.ProtocolError, urllib3.exceptions.ReadTimeoutError),
    "urllib": (ConnectionResetError, ConnectionResetError, TimeoutError),
}

if find_spec("httpx2"):  # the same people's next one, which the newest SDKs stand on
    httpx2: Any = import_module("httpx2")
    later = httpx2.Client(trust_env=False)
    CLIENTS |= {"httpx2": partial(by_httpx, client=later), "httpx2-async": partial(by_httpx_async, library=httpx2)}
    TAKERS |= {"httpx2": partial(take_by_httpx, client=later), "httpx2-async": partial(take_by_httpx_async, library=httpx2)}
    RAISES |= dict.fromkeys(("httpx2", "httpx2-async"), (httpx2.ReadError, httpx2.ReadError, httpx2.ReadTimeout))


def make_app(**flags: str) -> App:
    """An emulator with settings, always with the same seed."""
    settings = make_settings({"quiet": True, **flags}, {})
    return serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=BEGAN, log=Log("text", True))
