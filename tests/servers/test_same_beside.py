"""What a server has beside the emulator answers the same in the process: health, inboxes, control, bounds, pictures in part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from modelslab_mock import serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.ways.in_process.intercept import Interception

if TYPE_CHECKING:
    from .conftest import Server, StartServer

HOST = "https://modelslab.com"
SUBMIT = "/api/v6/realtime/text2img"
BOUND = 20_000
SETTINGS = {"max_body": BOUND, "latency": 0.01}


@pytest.fixture(scope="module")
def over_socket(start_module_server: StartServer) -> Server:
    return start_module_server("--seed", "1", "--max-body", str(BOUND), "--latency", "0.01")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as one:
        one.trust_env = False
        yield one


@pytest.fixture(scope="module", autouse=True)
def courier() -> Iterator[InProcessCourier]:
    settings, log = make_settings({"quiet": True, **SETTINGS}, {}), Log("text", True)
    app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=1.8e9, log=log)
    with InProcessCourier(app, settings, log) as courier, Interception(courier.way()):
        yield courier


class Both:
    """Asks both sides the same; they must answer the same, but for the date and for what `changing` names in the headers."""

    def __init__(self, server: Server, session: requests.Session) -> None:
        self._origins = (server.url, HOST)
        self._session = session

    def ask(self, method: str, path: str, changing: tuple[str, ...] = (), **more: Any) -> list[requests.Response]:
        got = [self._session.request(method, each + path, timeout=30, **more) for each in self._origins]
        theirs, ours = ((each.status_code, {name.lower(): value for name, value in each.headers.items()}) for each in got)
        for each in (theirs, ours):
            assert each[1].pop("date")
            for name in changing:
                each[1].pop(name, None)
        assert ours == theirs
        return got

    def same(self, method: str, path: str, **more: Any) -> requests.Response:
        """The answer, which is the same to the byte."""
        theirs, ours = self.ask(method, path, **more)
        assert ours.content == theirs.content
        return ours


@pytest.fixture
def both(over_socket: Server, session: requests.Session) -> Both:
    return Both(over_socket, session)


class InChunks:
    """A body of a length that is not told before, and beyond the bound."""

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"x" * BOUND, b"x")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_health(both: Both, method: str) -> None:
    theirs, ours = both.ask(method, "/health", ("content-length",))
    if method == "GET":
        assert ours.json().keys() == theirs.json().keys()
        assert {**ours.json(), "uptime_s": 0, "pid": 0} == {**theirs.json(), "uptime_s": 0, "pid": 0}
        assert ours.json()["pid"] == os.getpid()
        assert 0 < ours.json()["uptime_s"] < 600


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_an_inbox_takes_what_comes(both: Both, method: str) -> None:
    reply = both.same(method, f"/__mock/inbox/takes-{method}?a=%20b", data="some text")
    assert reply.status_code == 200
    theirs, ours = both.ask("GET", f"/__mock/inboxes/takes-{method}", ("content-length",))
    told = []
    for each in (theirs, ours):
        (message,) = each.json()["messages"]
        message.pop("real_at")
        assert message["headers"].pop("host") in ("modelslab.com", theirs.url.split("/")[2])
        told.append(message)
    assert told[0] == told[1]
    assert (told[1]["method"], told[1]["query"], told[1]["body"]) == (method, "a=%20b", "some text")


def test_an_inbox_is_read_waited_for_and_emptied(both: Both) -> None:
    for each in "abc":
        both.same("POST", "/__mock/inbox/read", data=each)
    for query in ("", "?after=1", "?after=3", "?wait=match&timeout=5", "?after=2&wait=match", "?timeout=0.5"):
        theirs, ours = both.ask("GET", "/__mock/inboxes/read" + query, ("content-length",))
        assert [each["body"] for each in ours.json()["messages"]] == [each["body"] for each in theirs.json()["messages"]]
    assert both.same("GET", "/__mock/inboxes/read?after=3&wait=match&timeout=0.05").status_code == 409
    assert both.same("GET", "/__mock/inboxes/read?wait=next&timeout=0.05").status_code == 409
    assert both.ask("GET", "/__mock/inboxes", ("content-length",))[1].json()["inboxes"]["read"] == 3
    assert both.same("DELETE", "/__mock/inboxes/read").json() == {"messages": 3}
    assert both.same("GET", "/__mock/inboxes/read").json() == {"inbox": "read", "messages": []}
    assert both.same("DELETE", "/__mock/inboxes").status_code == 200
    assert both.same("GET", "/__mock/inboxes/").json() == {"inboxes": {}}


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/__mock/inboxes/no%20name", {}),
        ("GET", "/__mock/inboxes/x?after=-1", {}),
        ("GET", "/__mock/inboxes/x?after=1&after=2", {}),
        ("GET", "/__mock/inboxes/x?wait=machts", {}),
        ("GET", "/__mock/inboxes/x?wait=", {}),
        ("GET", "/__mock/inboxes/x?timeout=1000", {}),
        ("GET", "/__mock/inboxes/x?nonsense=1", {}),
        ("DELETE", "/__mock/inboxes/x?after=1", {}),
        ("PUT", "/__mock/inboxes/x", {"json": {}}),
        ("POST", "/__mock/inbox/", {"data": "x"}),
        ("POST", "/__mock/inbox/too-large", {"data": "x" * (BOUND + 1)}),
        ("GET", "/__mock/nowhere", {}),
        ("GET", "/__mock/version", {}),
        ("HEAD", "/__mock/version", {}),
        ("POST", "/__mock/reset", {"data": "a=b"}),
        ("POST", "/__mock/reset", {"data": "{", "headers": {"content-type": "application/json"}}),
        ("POST", "/__mock/reset/inboxes", {"json": {}}),
        ("GET", "/__mock/inboxes", {"headers": {"origin": "https://evil.example"}}),
        ("GET", "/nowhere", {}),
        ("POST", SUBMIT, {"data": "x" * (BOUND + 1)}),
        ("POST", SUBMIT, {"data": InChunks()}),
        ("POST", SUBMIT, {"data": "", "headers": {"connection": "close"}}),
    ],
)
def test_what_is_refused_is_the_same(both: Both, method: str, path: str, more: dict[str, Any]) -> None:
    both.same(method, path, **more)


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "bytes=0-9"},
        {"range": "bytes=-9"},
        {"range": "bytes=999999999-"},
        {"range": "nonsense"},
        {"if-none-match": "*"},
        {"range": "bytes=0-9", "if-range": '"another"'},
        {"origin": "https://a.page"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_part_of_a_picture_and_one_that_did_not_change(
    over_socket: Server, session: requests.Session, method: str, asked: dict[str, str]
) -> None:
    seen = []
    for origin in (over_socket.url, HOST):
        link = session.post(origin + SUBMIT, json={"key": f"{method}{asked}", "prompt": "a fox"}).json()["output"][0]
        reply = session.request(method, link, headers=asked)
        headers = {name.lower(): value for name, value in reply.headers.items()}
        headers.pop("date")
        seen.append((reply.status_code, headers, reply.content))
    assert seen[0] == seen[1]


def test_the_control_api_steers_what_clients_see(courier: InProcessCourier, session: requests.Session) -> None:
    key = {"key": "k-steered"}
    body = {"story": "processing ends=failed", "times": 1}
    assert session.post(f"{HOST}/__mock/sandboxes/by-key/stories", json=body, headers=key).status_code == 200
    order = {**key, "prompt": "a fox", "webhook": f"{HOST}/__mock/inbox/steered"}
    assert session.post(HOST + SUBMIT, json=order).json()["status"] == "processing"
    clock = f"{HOST}/__mock/sandboxes/by-key/clock"
    assert session.put(clock, json={"mode": "frozen"}, headers=key).status_code == 200
    moved = session.post(clock + "/advance", json={"seconds": 60}, headers=key).json()
    assert [each["answer"] for each in moved["fired"]] == ["failed"]
    (message,) = session.get(f"{HOST}/__mock/inboxes/steered").json()["messages"]
    assert message["json"]["status"] == "failed"
    sent = session.get(f"{HOST}/__mock/webhooks?wait=match&state=delivered", headers=key).json()["webhooks"]
    assert [each["state"] for each in sent] == ["delivered"]
    refused = session.get(f"{HOST}/__mock/events")
    assert (refused.status_code, "no end" in refused.text) == (404, True)
