"""In the process and over a socket a client sees the same: statuses, headers, bytes, and exceptions."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.intercept import Interception

if TYPE_CHECKING:
    from ..in_process.clients import Got
    from .conftest import Server, StartServer

pytest.importorskip("aiohttp", reason="aiohttp is not installed")


def _clients() -> Any:
    """The clients of the tests without sockets."""
    name = "clients_in_process"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent.parent / "in_process" / "clients.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


CLIENTS: dict[str, Callable[..., Got]] = _clients().CLIENTS
TAKERS: dict[str, Callable[..., None]] = _clients().TAKERS
RAISES: dict[str, tuple[Any, Any, Any]] = _clients().RAISES
HOST, SUBMIT = _clients().HOST, _clients().SUBMIT


@pytest.fixture(scope="module")
def over_socket(start_module_server: StartServer) -> Server:
    return start_module_server("--seed", "1")


@pytest.fixture
def in_process() -> Iterator[str]:
    with Interception(InProcess(_clients().make_app())):
        yield HOST


def both(name: str, server: Server, method: str, path: str, body: Any = None, timeout: float = 5.0) -> list[Any]:
    """What a client gets or raises over a socket, and in the process."""
    seen: list[Any] = []
    for origin in (server.url, HOST):
        try:
            seen.append(CLIENTS[name](method, origin + path, body, timeout))
        except Exception as problem:  # noqa: BLE001 # which one, is the question
            seen.append(type(problem))
    return seen


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    ("key", "timeout"),
    [("mock-reset", 5.0), ("mock-slow", 0.05)],
)
def test_a_fault_is_the_same_exception(name: str, key: str, timeout: float, over_socket: Server) -> None:
    real, ours = both(name, over_socket, "POST", SUBMIT, {"key": f"{key}--{name}", "prompt": "x"}, timeout)
    assert isinstance(real, type)
    assert ours is real


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", TAKERS)
def test_of_a_body_that_is_cut_a_client_gets_the_same_half_and_the_same_exception(name: str, over_socket: Server) -> None:
    order = {"key": f"cut--{name}", "prompt": "a fox [[mock: reset=mid-body]]"}
    seen = []
    for origin in (over_socket.url, HOST):
        taken = _clients().Taken()
        with pytest.raises(RAISES[name][1]) as raised:
            TAKERS[name](origin + SUBMIT, order, taken)
        assert taken.came.startswith(b'{"status":"success"')
        assert len(taken.came) == taken.said // 2 > 300
        seen.append(type(raised.value))
    assert seen[0] is seen[1]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("key", ["mock-invalid-key", "mock-rate-limited", "mock-server-error", "mock-garbled", "mock-success"])
def test_an_answer_has_the_same_status_and_headers(name: str, key: str, over_socket: Server) -> None:
    real, ours = both(name, over_socket, "POST", SUBMIT, {"key": f"{key}--{name}", "prompt": "x"})
    assert (ours.status, sorted(ours.headers)) == (real.status, sorted(real.headers))
    changing = {"date", "content-length"}  # links are longer under the vendor's name
    assert {k: v for k, v in ours.headers.items() if k not in changing} == {
        k: v for k, v in real.headers.items() if k not in changing
    }


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_picture_is_the_same_to_the_byte(name: str, method: str, over_socket: Server) -> None:
    links = [
        each.json["output"][0] for each in both(name, over_socket, "POST", SUBMIT, {"key": name + method, "prompt": "a fox"})
    ]
    real, ours = (CLIENTS[name](method, link) for link in links)
    assert (ours.status, ours.body) == (real.status, real.body)
    assert {**ours.headers, "date": ""} == {**real.headers, "date": ""}


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", SUBMIT), ("OPTIONS", SUBMIT), ("GET", "/%41?x=%42")])
def test_everything_else_is_the_same(name: str, method: str, path: str, over_socket: Server) -> None:
    real, ours = both(name, over_socket, method, path)
    assert (ours.status, ours.body) == (real.status, real.body)
    assert {**ours.headers, "date": ""} == {**real.headers, "date": ""}
