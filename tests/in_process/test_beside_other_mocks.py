"""Interception beside other libraries that mock HTTP, forbid sockets or stop clocks: each keeps its own business.

A library that is not installed skips its test.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.intercept import Interception

from .clients import CLIENTS, HOST, SUBMIT

BODY = {"key": "some-key", "prompt": "a fox"}
OTHER = "https://storage.test/upload"


def submit(library: str = "requests") -> str:
    said: str = CLIENTS[library]("POST", HOST + SUBMIT, BODY).json["status"]
    return said


def needs(name: str) -> pytest.MarkDecorator:
    """Skip where a package is not installed."""
    from importlib.util import find_spec

    return pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed (pip install {name})")


@pytest.fixture(params=["ours outside", "ours inside"])
def order(request: pytest.FixtureRequest) -> str:
    """Which of the two scopes was entered first."""
    return str(request.param)


@needs("responses")
def test_responses(order: str, way: InProcess) -> None:
    import responses

    theirs = responses.RequestsMock()
    for scope in _nested(order, theirs, Interception(way)):
        if scope == "within":
            theirs.add("PUT", OTHER, body="stored")
            assert requests.put(OTHER).text == "stored"
            assert submit() == "success"
            with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
                requests.get("https://unknown.test/")


@needs("requests_mock")
def test_requests_mock(order: str, way: InProcess) -> None:
    import requests_mock

    theirs = requests_mock.Mocker()
    for scope in _nested(order, theirs, Interception(way)):
        if scope == "within":
            theirs.put(OTHER, text="stored")
            assert requests.put(OTHER).text == "stored"
            assert submit() == "success"
            with pytest.raises(requests_mock.NoMockAddress):
                requests.get("https://unknown.test/")


@needs("respx")
def test_respx(order: str, way: InProcess) -> None:
    import respx

    theirs = respx.mock(assert_all_called=True)
    for scope in _nested(order, theirs, Interception(way)):
        if scope == "within":
            theirs.put(OTHER).respond(text="stored")
            assert httpx.put(OTHER).text == "stored"
            assert submit("httpx") == "success"
            assert submit("httpx-async") == "success"


@needs("vcr")
@pytest.mark.parametrize("library", CLIENTS)
@pytest.mark.parametrize("mode", ["none", "new_episodes"])
def test_vcrpy_neither_plays_nor_records_us(order: str, way: InProcess, library: str, mode: str, tmp_path: Path) -> None:
    import vcr

    tape = tmp_path / "tape.yaml"
    theirs = vcr.use_cassette(str(tape), record_mode=mode)
    for scope in _nested(order, theirs, Interception(way)):
        if scope == "within":
            assert submit(library) == "success"
    assert not tape.exists() or "some-key" not in tape.read_text()


@needs("freezegun")
def test_freezegun(order: str, way: InProcess) -> None:
    import freezegun

    for scope in _nested(order, freezegun.freeze_time("2020-02-02"), Interception(way)):
        if scope == "within":
            assert time.gmtime().tm_year == 2020
            assert submit() == "success"
            assert submit("httpx") == "success"


@needs("freezegun")
def test_the_emulators_own_clock_runs_on_in_a_frozen_test(way: InProcess) -> None:
    import freezegun

    with freezegun.freeze_time("2020-02-02"), Interception(way):
        first = requests.post(HOST + SUBMIT, json={**BODY, "prompt": "a fox [[mock: processing eta=0.05]]"}).json()
        said, tries = "processing", 0
        while said == "processing" and tries < 500:
            time.sleep(0.01)  # which freezegun leaves alone
            said = requests.post(first["fetch_result"], json={"key": BODY["key"]}).json()["status"]
            tries += 1
    assert said == "success"


@needs("time_machine")
def test_time_machine(order: str, way: InProcess) -> None:
    import time_machine

    for scope in _nested(order, time_machine.travel("2020-02-02"), Interception(way)):
        if scope == "within":
            assert time.gmtime().tm_year == 2020
            for library in CLIENTS:
                assert submit(library) == "success"


@pytest.fixture
def way(app: object) -> InProcess:
    return InProcess(app)  # type: ignore[arg-type]


def _nested(order: str, theirs: object, ours: object) -> Iterator[str]:
    """Enter both scopes in the order asked for; "within" both; leave them. Something left behind fails here."""
    before = (requests.adapters.HTTPAdapter.send, requests.Session.send, httpx.HTTPTransport.handle_request)
    first, second = (ours, theirs) if order == "ours outside" else (theirs, ours)
    with first, second:  # type: ignore[attr-defined]
        yield "within"
    assert before == (requests.adapters.HTTPAdapter.send, requests.Session.send, httpx.HTTPTransport.handle_request)


# --- plugins of pytest, each in a run of its own ------------------------------------------------------------------------

HEAD = """
import asyncio, threading
import httpx, pytest, requests
from modelslab_mock import serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.intercept import Interception

URL, BODY = "https://modelslab.com/api/v6/realtime/text2img", {"key": "k", "prompt": "a fox"}

@pytest.fixture
def inside():
    settings = make_settings({"quiet": True}, {})
    app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:1", started=0.0, log=Log("text", True))
    with Interception(InProcess(app)):
        yield
"""
#: package → its options, and the module that is run under it.
PLUGINS = {
    "pytest_httpx": (
        ["-p", "pytest_httpx"],
        """
@pytest.mark.parametrize("order", [0, 1])
def test_both(order, request):
    for name in (["inside", "httpx_mock"], ["httpx_mock", "inside"])[order]:
        request.getfixturevalue(name)
    mock = request.getfixturevalue("httpx_mock")
    mock.add_response(url="https://storage.test/", text="stored")
    assert httpx.get("https://storage.test/").text == "stored"
    assert httpx.post(URL, json=BODY).json()["status"] == "success"
    async def ask():
        async with httpx.AsyncClient() as client:
            return (await client.post(URL, json=BODY)).json()["status"]
    assert asyncio.run(ask()) == "success"
    assert len(mock.get_requests()) == 1
""",
    ),
    "pytest_socket": (
        ["-p", "pytest_socket", "--disable-socket"],
        """
from pytest_socket import SocketBlockedError
def test_no_socket_is_needed(inside):
    assert requests.post(URL, json=BODY).json()["status"] == "success"
    assert httpx.post(URL, json=BODY).json()["status"] == "success"
    with pytest.raises((SocketBlockedError, UserWarning, requests.ConnectionError)):
        requests.get("http://other.test/")
@pytest.mark.enable_socket
def test_nor_for_asyncio_but_its_own_pair(inside):
    aiohttp = pytest.importorskip("aiohttp")
    async def ask():
        async with aiohttp.ClientSession() as session, session.post(URL, json=BODY) as reply:
            return (await reply.json())["status"]
    assert asyncio.run(ask()) == "success"
""",
    ),
    "pytest_asyncio": (
        ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"],
        """
import pytest_asyncio
@pytest_asyncio.fixture
async def client():
    async with httpx.AsyncClient() as client:
        yield client
@pytest.mark.asyncio
async def test_client_first(client, inside):
    assert (await client.post(URL, json=BODY)).json()["status"] == "success"
@pytest.mark.asyncio
async def test_scope_first(inside, client):
    said = await asyncio.gather(*(client.post(URL, json=BODY) for _ in range(5)))
    assert [each.json()["status"] for each in said] == ["success"] * 5
""",
    ),
    "anyio": (
        ["-p", "anyio"],
        """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", pytest.param("trio", marks=pytest.mark.skipif(
    __import__("importlib.util").util.find_spec("trio") is None, reason="trio is not installed"))])
async def test_both_backends(inside, anyio_backend):
    async with httpx.AsyncClient() as client:
        assert (await client.post(URL, json=BODY)).json()["status"] == "success"
        with pytest.raises(httpx.ReadTimeout):
            await client.post(URL, json={"key": "mock-slow", "prompt": "x"}, timeout=0.01)
""",
    ),
    "pytest_timeout": (
        ["-p", "pytest_timeout", "--timeout", "20", "--timeout-method", "thread"],
        """
def test_in_time(inside):
    assert requests.post(URL, json=BODY).json()["status"] == "success"
""",
    ),
    "xdist": (
        ["-p", "xdist", "-n", "2"],
        """
@pytest.mark.parametrize("number", range(20))
def test_many(inside, number):
    assert requests.post(URL, json=BODY).json()["status"] == "success"
""",
    ),
    "pytest_cov": (
        ["-p", "pytest_cov", "--cov", "test_it", "--cov-report", "term"],
        """
def test_covered(inside):
    assert requests.post(URL, json=BODY).json()["status"] == "success"
""",
    ),
}


@pytest.mark.parametrize("package", PLUGINS)
def test_a_plugin_of_pytest(package: str, tmp_path: Path) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed", exc_type=ImportError)
    options, body = PLUGINS[package]
    (tmp_path / "test_it.py").write_text(HEAD + body)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options, "test_it.py"]
    environment = {**_environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    import os

    path = os.pathsep.join(each for each in sys.path if each)
    return {**{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}, "PYTHONPATH": path}
