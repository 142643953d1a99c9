"""Real servers for the tests of this folder: started as a subprocess on a free port, always ended.

A server that printed anything to stderr fails the test that it belongs to: what goes wrong on the wire is an answer
and a line in the log, never a traceback.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import pytest

T = TypeVar("T")
STARTS_WITHIN_S = 30.0
STOPS_WITHIN_S = 10.0
WAIT_S = 15.0


def wait_until(what: Callable[[], T], within: float = WAIT_S) -> T:
    """The first true value of `what`; fails when none comes in time."""
    end = time.monotonic() + within
    while True:
        if value := what():
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {within:g} s in vain", pytrace=True)
        time.sleep(0.01)


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours and without proxies, and `more`."""
    dropped = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MODELSLAB_MOCK_") and k.lower() not in dropped}
    return {**kept, **more}


class Server:
    """A running `modelslab-mock serve`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, ready: Mapping[str, Any]) -> None:
        self.process = process
        self.folder = folder
        self.url = str(ready["url"])
        self.port = int(ready["port"])
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=20.0, verify=False)

    @property
    def log(self) -> str:
        """What it printed so far."""
        return (self.folder / "stdout").read_text()

    @property
    def errors(self) -> str:
        """What it printed to stderr so far."""
        return (self.folder / "stderr").read_text()

    def wait_for(self, text: str) -> str:
        """The first line of the log that holds `text`, once it is there."""
        return wait_until(lambda: next((line for line in self.log.splitlines() if text in line), ""))

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON answer to a POST of `body` as JSON, which has to come with HTTP 200."""
        reply = self.client.post(path, json=body, **more)
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        return reply.json()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as a person or a supervisor would and return its exit code; harmless when it has ended already."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail("the server did not stop")


class StartServer(Protocol):
    """Starts a server with these arguments after a command, in a folder and with settings in the environment of its own."""

    def __call__(self, *arguments: str, environment: Mapping[str, str] | None = None, command: str = "serve") -> Server: ...


def start(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, command: str = "serve") -> Server:
    """A server that answers, by any command that starts one. It runs in `folder`, where its output goes to files, too."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready.json"
    words = [sys.executable, "-m", "modelslab_mock", command, "--port", "0", "--ready-file", str(ready), *arguments]
    settings = plain_environment(**environment or {})
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=settings)
    end = time.monotonic() + STARTS_WITHIN_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
            pytest.fail(f"the server did not start: {(folder / 'stderr').read_text()}")
        time.sleep(0.01)
    return Server(process, folder, json.loads(ready.read_bytes()))


def ended_well(server: Server) -> None:
    """End a server and see that it had nothing to complain about."""
    code = server.stop()
    assert server.errors == ""
    assert code == 0


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers that end with the test."""
    started: list[Server] = []

    def start_one(*arguments: str, environment: Mapping[str, str] | None = None, command: str = "serve") -> Server:
        server = start(tmp_path / f"server-{len(started)}", *arguments, environment=environment, command=command)
        started.append(server)
        return server

    yield start_one
    for server in started:
        ended_well(server)


def _one(factory: pytest.TempPathFactory, *arguments: str) -> Iterator[Server]:
    server = start(factory.mktemp("server"), "--seed", "7", *arguments)
    yield server
    ended_well(server)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as it comes, with the real clock."""
    yield from _one(tmp_path_factory)


@pytest.fixture(scope="session")
def auto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose clocks jump when a client fetches: a queued job ends with its second fetch."""
    yield from _one(tmp_path_factory, "--clock", "auto")


@pytest.fixture(scope="session")
def observed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same, answering as public clients and captures show it."""
    yield from _one(tmp_path_factory, "--clock", "auto", "--profile", "observed")


@pytest.fixture
def until() -> Callable[..., Any]:
    """`until(what)` waits for a true value."""
    return wait_until


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """`environment(NAME=value)` is the environment for a subprocess."""
    return plain_environment


@pytest.fixture(scope="module")
def start_module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the module."""
    started: list[Server] = []

    def start_one(*arguments: str, command: str = "serve") -> Server:
        started.append(start(tmp_path_factory.mktemp("server"), *arguments, command=command))
        return started[-1]

    yield start_one
    for each in started:
        ended_well(each)


@pytest.fixture(scope="session")
def bare_environment() -> dict[str, str]:
    """The environment for a subprocess."""
    return plain_environment()
