"""The control API under /__mock, over a real socket: contracts and doubts to read, clocks to move, jobs to look at."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.findings import RULES

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
NAMES = ["enterprise-v1", "images-flux-v6", "images-pony-v6", "realtime-v6", "text2img-v3"]
DAY = 86_400


def of(key: str) -> str:
    """The address of a key's sandbox."""
    return f"/__mock/sandboxes/sb-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def order(key: str, words: str = "processing eta=60", **more: Any) -> dict[str, Any]:
    return {"key": key, "prompt": f"a lighthouse [[mock: {words}]]", "width": 64, "height": 64, **more}


@pytest.fixture(scope="module")
def frozen(start_module_server: Callable[..., Server]) -> Server:
    """A server whose clocks stand still."""
    return start_module_server("--clock", "frozen")


@pytest.fixture
def hooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where to send webhooks, and what came."""
    came: list[dict[str, Any]] = []

    class Taker(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", came
        server.shutdown()
        thread.join()


def test_the_index_names_every_call_and_each_can_be_read(server: Server) -> None:
    told = server.client.get("/__mock").json()
    assert "/__mock/fidelity" in told["calls"]
    described = server.client.get(told["openapi"]).json()
    assert sorted(described["paths"]) == told["calls"]
    for path in told["calls"]:
        if "get" in described["paths"][path]:
            asked = path.replace("/specs/{name}", "/specs/realtime-v6").replace("{name}", "sb-none")
            assert server.client.get(asked).status_code == 200, asked


def test_the_contracts_can_be_read_as_they_are(server: Server) -> None:
    assert sorted(server.client.get("/__mock/specs").json()) == NAMES
    for name in NAMES:
        reply = server.client.get(f"/__mock/specs/{name}")
        assert reply.headers["content-type"].startswith("text/plain")
        assert parse_yaml(reply.content, name)["openapi"].startswith("3.1")
    missing = server.client.get("/__mock/specs/realtime-v7")
    assert missing.status_code == 404
    assert "realtime-v6" in missing.json()["detail"]


def test_every_doubt_is_told(server: Server) -> None:
    told = server.client.get("/__mock/fidelity").json()
    assert len(told["ledger"]) > 10
    assert {"id", "says", "against", "certainty"} <= told["ledger"][0].keys()
    assert {each["endpoint"] for each in told["assumed"]} == set(NAMES)
    assert all(each["keywords"] and each["why"] for each in told["assumed"])


def test_the_rules_are_the_catalogue(server: Server) -> None:
    told = server.client.get("/__mock/rules").json()
    assert [each["id"] for each in told] == list(RULES)
    assert all(each["sentence"] and each["severity"] for each in told)


def test_a_job_on_a_frozen_clock_ends_only_when_the_clock_is_moved(frozen: Server) -> None:
    key = "k-frozen"
    first = frozen.post(REALTIME, order(key))
    fetch = first["fetch_result"], {"key": key}
    assert [frozen.post(*fetch)["status"] for _ in range(3)] == ["processing"] * 3
    before = frozen.client.get(of(key) + "/clock").json()
    assert (before["mode"], before["factor"]) == ("frozen", 1)
    moved = frozen.post(of(key) + "/clock/advance", {"seconds": 59.5})
    assert moved == {"now": before["now"] + 59.5, "webhooks": []}
    assert frozen.post(*fetch)["status"] == "processing"
    assert frozen.client.get(first["future_links"][0]).status_code == 404
    frozen.post(of(key) + "/clock/advance", {"seconds": 0.5})
    assert frozen.client.get(first["future_links"][0]).status_code == 200
    assert frozen.post(*fetch)["status"] == "success"
    assert frozen.client.get(of(key) + "/clock").json()["now"] == before["now"] + 60


def test_moving_a_clock_sends_what_is_due_in_order(
    frozen: Server, hooks: tuple[str, list[dict[str, Any]]], until: Callable[..., Any]
) -> None:
    url, came = hooks
    key = "k-due"
    late, soon, bad, never = (
        frozen.post(REALTIME, order(key, f"processing eta={eta} ends={ends}", webhook=url))["id"]
        for eta, ends in ((60, "success"), (20, "success"), (40, "failed"), (1, "never"))
    )
    advance = of(key) + "/clock/advance"
    assert frozen.post(advance, {"seconds": 19.9})["webhooks"] == []
    assert frozen.post(advance, {"seconds": 30})["webhooks"] == [soon, bad]
    until(lambda: len(came) == 2)
    assert {(each["id"], each["status"]) for each in came} == {(soon, "success"), (bad, "failed")}
    assert frozen.post(advance, {"seconds": DAY})["webhooks"] == [late]
    assert frozen.post(advance, {"seconds": DAY})["webhooks"] == []
    until(lambda: len(came) == 3)
    assert never not in {each["id"] for each in came}


def test_looking_at_jobs_is_no_poll(server: Server) -> None:
    key = "k-look"
    first = server.post(REALTIME, order(key, "processing polls=2"))
    fetch = first["fetch_result"], {"key": key}

    def seen() -> tuple[str, int]:
        (job,) = server.client.get(of(key) + "/jobs").json()
        assert (job["id"], job["endpoint"]) == (first["id"], "realtime-v6")
        return job["status"], job["fetches"]

    assert [seen() for _ in range(5)] == [("processing", 0)] * 5
    assert [server.post(*fetch)["status"] for _ in range(2)] == ["processing"] * 2
    assert [seen() for _ in range(3)] == [("processing", 2)] * 3
    assert server.post(*fetch)["status"] == "success"
    assert seen() == ("success", 3)


def test_looking_at_jobs_moves_no_auto_clock(auto_server: Server) -> None:
    key = "k-look-auto"
    auto_server.post(REALTIME, order(key))
    shown = [auto_server.client.get(of(key) + "/clock").json()["now"] for _ in range(2)]
    assert [each["status"] for each in auto_server.client.get(of(key) + "/jobs").json()] == ["processing"]
    assert {auto_server.client.get(of(key) + "/clock").json()["now"], *shown} == {shown[0]}


def test_sandboxes_are_apart(frozen: Server) -> None:
    first = frozen.post(REALTIME, order("k-one"))
    frozen.post(of("k-two") + "/clock/advance", {"seconds": DAY})
    assert frozen.post(first["fetch_result"], {"key": "k-one"})["status"] == "processing"
    assert frozen.client.get(of("k-two") + "/jobs").json() == []


def test_a_real_clock_cannot_be_moved(server: Server) -> None:
    reply = server.client.post(of("k-real") + "/clock/advance", json={"seconds": 1})
    assert reply.status_code == 409
    assert "--clock frozen" in reply.json()["detail"]


def test_an_auto_clock_can_be_moved_too(auto_server: Server) -> None:
    key = "k-auto-moved"
    first = auto_server.post(REALTIME, order(key, "processing eta=500"))
    auto_server.post(of(key) + "/clock/advance", {"seconds": 500})
    assert auto_server.post(first["fetch_result"], {"key": key})["status"] == "success"


@pytest.mark.parametrize(
    "body",
    [{}, {"seconds": -1}, {"seconds": "NaN"}, {"seconds": 1e99}, {"seconds": 1, "second": 1}, {"seconds": None}, [], "1"],
)
def test_a_clock_is_moved_by_a_sensible_number_only(frozen: Server, body: Any) -> None:
    assert frozen.client.post(of("k-odd") + "/clock/advance", json=body).status_code == 422


@pytest.mark.parametrize("name", ["sb-1234567", "sb-123456789", "sb-ABCDEF12", "sb-", "k-secret", "sb-12345678%0a", "sb-none "])
@pytest.mark.parametrize("what", ["clock", "jobs"])
def test_a_name_that_no_sandbox_can_have_is_refused(server: Server, name: str, what: str) -> None:
    assert server.client.get(f"/__mock/sandboxes/{name}/{what}").status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:4777"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost@evil.example"},
        {"host": "modelslab.com"},
        {"host": "10.0.0.1"},
        {"host": "[::2]"},
        {"host": "["},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "null"},
        {"origin": "file://"},
        {"origin": "https://modelslab.com"},
    ],
    ids=str,
)
def test_who_comes_from_elsewhere_is_refused(server: Server, headers: dict[str, str]) -> None:
    for method, path in (
        ("GET", "/__mock"),
        ("GET", "/__mock/specs"),
        ("GET", "/__mock/openapi.json"),
        ("POST", of("k") + "/clock/advance"),
        ("OPTIONS", of("k") + "/clock/advance"),
        ("GET", "/__mock/nowhere"),
    ):
        reply = server.client.request(method, path, headers=headers, json={"seconds": 0} if method == "POST" else None)
        assert reply.status_code == 403, path


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "[::1]:4777", "LOCALHOST", "mock.localhost"])
def test_who_comes_from_here_is_not(server: Server, host: str) -> None:
    assert server.client.get("/__mock", headers={"host": host, "origin": f"http://{host}"}).status_code == 200


def test_no_page_of_another_origin_may_read_or_steer(server: Server) -> None:
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST", "access-control-request-headers": "a"}
    for method in ("GET", "OPTIONS", "POST"):
        for path in ("/__mock", "/__mock/nowhere", of("k") + "/clock/advance"):
            reply = server.client.request(method, path, headers=asked)
            assert not [name for name in reply.headers if name.startswith("access-control-")], f"{method} {path}"


def test_what_is_not_there_is_said_so(server: Server) -> None:
    assert server.client.get("/__mock/nowhere").status_code == 404
    assert server.client.post("/__mock/specs").status_code == 405
    assert server.client.get("/__mockery").json()["status"] == "error"


def test_a_server_that_is_reached_from_outside_keeps_its_controls_to_itself(start_server: StartServer) -> None:
    server = start_server("--host", "0.0.0.0")
    assert server.client.get("/__mock").status_code == 200
    assert server.client.get("/__mock", headers={"host": "192.168.0.7:4777"}).status_code == 403
