"""An emulator without a socket, and a watch on the sockets of this process."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from modelslab_mock import serve
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.ways.in_process.intercept import Interception

from .webhooks import Receiver, own_threads

try:
    from . import clients
except ModuleNotFoundError as problem:  # aiohttp: the modules of this folder say so and are skipped
    if problem.name != "aiohttp":
        raise


@pytest.fixture(params=list(clients.CLIENTS) if "clients" in globals() else [])
def ask(request: pytest.FixtureRequest) -> clients.Ask:
    """`ask(method, url, body, timeout)` by each of the libraries."""
    return clients.CLIENTS[request.param]


@pytest.fixture
def make_app() -> Callable[..., App]:
    """An emulator with settings, always with the same seed."""
    return clients.make_app


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


@pytest.fixture
def inside(app: App) -> Iterator[InProcess]:
    """A scope of interception around the test."""
    with Interception(InProcess(app)) as way:
        yield way


class _Watch:
    """Python tells an audit hook of everything that reaches for the network; a hook cannot be taken away, so there is one."""

    events = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")
    seen: list[str] | None = None

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        if self.seen is not None and event in self.events:
            self.seen.append(f"{event} {details[-1]!r}")


_watch = _Watch()
sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def network() -> Iterator[list[str]]:
    """What of this test reached for the network; there must be nothing at its end. A test that means to empties the list."""
    seen: list[str] = []
    _watch.seen = seen
    yield seen
    _watch.seen = None
    assert seen == []


@pytest.fixture
def receiver(network: list[str]) -> Iterator[Receiver]:
    taking = Receiver()
    taking.start()
    yield taking
    taking.stop()
    assert all("127.0.0.1" in each for each in network)  # and nothing but this receiver was reached for
    network.clear()


@pytest.fixture
def make_courier() -> Iterator[Callable[..., InProcessCourier]]:
    """`make_courier(clock=…)`; ended after the test, and then nothing may be left."""
    made: list[InProcessCourier] = []

    def make(**flags: Any) -> InProcessCourier:
        settings, log = make_settings({"quiet": True, "clock": "frozen", **flags}, {}), Log("text", True)
        app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=1_800_000_000.0, log=log)
        made.append(InProcessCourier(app, settings, log))
        return made[-1]

    yield make
    for each in made:
        each.close()
    assert own_threads() == []
    gc.collect()  # an unclosed loop or socket would warn, and a warning is an error here
