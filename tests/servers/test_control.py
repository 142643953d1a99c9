"""The control API under /__mock, over a real socket: contracts and doubts to read, clocks to move, jobs to look at."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
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
        if "get" in described["paths"][path] and path != "/__mock/events":  # whose answer has no end
            asked = path.replace("/specs/{name}", "/specs/realtime-v6").replace("{name}", "sb-none")
            reply = server.client.get(asked.replace("{job_id}", "5").replace("{n}", "999999999"))
            assert reply.status_code == (404 if "{job_id}" in path or "{n}" in path else 200), asked


def test_the_contracts_can_be_read_as_they_are(server: Server) -> None:
    assert sorted(server.client.get("/__mock/specs").json()) == NAMES
    for name in NAMES:
        reply = server.client.get(f"/__mock/specs/{name}")
        assert reply.headers["content-type"].startswith("text/plain")
        assert parse_yaml(reply.content, name)["openapi"].startswith("3.1")
    missing = server.client.get("/__mock/specs/realtime-v7")
    assert missing.status_code == 404
    assert "realtime-v6" in missing.json()["error"]


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


def fired(moved: dict[str, Any]) -> list[int]:
    """The jobs whose webhooks became due while a clock was moved, in order."""
    return [each["job_id"] for each in moved["fired"]]


def test_a_job_on_a_frozen_clock_ends_only_when_the_clock_is_moved(frozen: Server) -> None:
    key = "k-frozen"
    first = frozen.post(REALTIME, order(key))
    fetch = first["fetch_result"], {"key": key}
    assert [frozen.post(*fetch)["status"] for _ in range(3)] == ["processing"] * 3
    before = frozen.client.get(of(key) + "/clock").json()
    assert (before["mode"], before["factor"]) == ("frozen", 1)
    moved = frozen.post(of(key) + "/clock/advance", {"seconds": 59.5})
    assert moved == {"before": before["now"], "now": before["now"] + 59.5, "fired": [], "pending": []}
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
    assert fired(frozen.post(advance, {"seconds": 19.9})) == []
    assert fired(frozen.post(advance, {"seconds": 30})) == [soon, bad]
    until(lambda: len(came) == 2)
    assert {(each["id"], each["status"]) for each in came} == {(soon, "success"), (bad, "failed")}
    assert fired(frozen.post(advance, {"seconds": DAY})) == [late]
    assert fired(frozen.post(advance, {"seconds": DAY})) == []
    until(lambda: len(came) == 3)
    assert never not in {each["id"] for each in came}


def test_looking_at_jobs_is_no_poll(server: Server) -> None:
    key = "k-look"
    first = server.post(REALTIME, order(key, "processing polls=2"))
    fetch = first["fetch_result"], {"key": key}

    def seen() -> tuple[str, int]:
        (job,) = server.client.get(of(key) + "/jobs").json()["jobs"]
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
    assert [each["status"] for each in auto_server.client.get(of(key) + "/jobs").json()["jobs"]] == ["processing"]
    assert {auto_server.client.get(of(key) + "/clock").json()["now"], *shown} == {shown[0]}


def test_sandboxes_are_apart(frozen: Server) -> None:
    first = frozen.post(REALTIME, order("k-one"))
    frozen.post(of("k-two") + "/clock/advance", {"seconds": DAY})
    assert frozen.post(first["fetch_result"], {"key": "k-one"})["status"] == "processing"
    assert frozen.client.get(of("k-two") + "/jobs").json() == {"matched": 0, "jobs": []}


def test_a_real_clock_cannot_be_moved(server: Server) -> None:
    reply = server.client.post(of("k-real") + "/clock/advance", json={"seconds": 1})
    assert reply.status_code == 409
    assert "--clock frozen" in reply.json()["error"]


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


def test_a_server_that_is_reached_from_outside_asks_for_the_token_that_it_printed(start_server: StartServer) -> None:
    server = start_server("--host", "0.0.0.0")
    found = re.search(r"^  Token +(\S{20,})   asked for by ", server.log, re.MULTILINE)
    assert found
    assert server.log.count(found[1]) == 1
    assert "who knows the control token can steer it" in server.log
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer " + found[1][:-1]}, 401),
        ({"authorization": "Basic " + found[1]}, 401),
        ({"authorization": "Bearer " + found[1]}, 200),
        ({"authorization": "bearer " + found[1], "host": "mock:4777"}, 200),
    ):
        assert server.client.get("/__mock", headers=headers).status_code == status, headers
    for path in ("/health", "/__mock/health"):
        assert server.client.get(path, headers={"host": "10.0.0.7"}).json()["status"] == "ok"
    again = start_server("--host", "0.0.0.0", "--log-format", "json")
    (line,) = [note for note in map(json.loads, again.log.splitlines()) if "bearer token" in note["note"]]
    token = line["note"].rpartition(" ")[2]
    assert token != found[1]
    assert again.client.get("/__mock", headers={"authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_a_token_that_was_given_is_asked_for_on_loopback_too_and_printed_nowhere(start_server: StartServer, how: str) -> None:
    token = "a-token-of-the-tests"
    given = {"MODELSLAB_MOCK_CONTROL_TOKEN": token} if how == "environment" else {}
    server = start_server(*(() if given else ("--control-token", token)), environment=given)
    assert server.client.get("/__mock/config").status_code == 401
    reply = server.client.get("/__mock/config", headers={"authorization": f"Bearer {token}"})
    assert reply.json()["settings"]["control_token"]["value"] == "***"
    assert token not in reply.text
    assert token not in server.log


def test_the_word_off_opens_the_control_api_to_names_that_are_ours(start_server: StartServer) -> None:
    server = start_server("--host", "0.0.0.0", "--control-token", "off", "--link-host", "mock")
    assert "use it and steer it (control-token is off)" in server.log
    for host, status in (("mock:4777", 200), ("localhost", 200), ("192.168.0.7:4777", 200), ("evil.example", 403)):
        assert server.client.get("/__mock", headers={"host": host}).status_code == status, host


def test_an_allowed_name_is_one_for_links_too(start_server: StartServer) -> None:
    server = start_server("--link-host", "mock.test")
    for host, built_on in (("mock.test:4777", "http://mock.test:4777/"), ("other.test:4777", server.url)):
        answer = server.post(REALTIME, order("k-names"), headers={"host": host})
        assert answer["fetch_result"].startswith(built_on)


def test_a_body_beyond_the_bound_is_refused(start_server: StartServer) -> None:
    server = start_server("--max-body", "100")
    for content in (b"x" * 101, b"x" * 5_000_000, iter([b"x" * 60] * 2)):
        reply = server.client.put(of("k") + "/profile", content=content, headers={"content-type": "application/json"})
        assert (reply.status_code, reply.json()["error"]) == (413, "the body is larger than 100 bytes")
    assert server.client.put(of("k") + "/profile", json={"profile": "strict"}).status_code == 200


def test_the_profile_of_a_sandbox_is_its_own(server: Server) -> None:
    body = {"key": "k-strict", "prompt": "a fox", "width": "64"}
    assert server.client.post(REALTIME, json=body).status_code == 200
    assert server.client.put(of("k-strict") + "/profile", json={"profile": "strict"}).json()["profile"] == "strict"
    assert server.client.post(REALTIME, json=body).status_code == 400
    assert server.client.post(REALTIME, json=body | {"key": "k-not-strict"}).status_code == 200


def test_a_clock_can_be_stopped_and_moved_and_run_again(server: Server) -> None:
    key = "k-stopped"
    address = of(key) + "/clock"
    stopped = server.client.put(address, json={"mode": "frozen"}).json()
    first = server.post(REALTIME, order(key, "processing eta=3000"))
    server.post(address + "/advance", {"seconds": 2_999})
    assert server.post(first["fetch_result"], {"key": key})["status"] == "processing"
    fast = server.client.put(address, json={"mode": "scaled", "factor": 100_000}).json()
    assert (fast["mode"], fast["factor"]) == ("scaled", 100_000)
    assert fast["now"] >= stopped["now"] + 2_999
    assert server.client.get(f"/__mock/jobs/{first['id']}?wait=status:success").json()["status"] == "success"
    real = server.client.put(address, json={"mode": "real"}).json()
    assert real["now"] >= fast["now"], "time never runs backwards"
    assert server.post(first["fetch_result"], {"key": key})["status"] == "success"


def test_a_job_ended_by_hand_is_what_its_client_is_told(frozen: Server) -> None:
    key = "k-by-hand"
    done, failed, gone = (
        frozen.post(REALTIME, order(key, words)) for words in ("processing", "processing ends=never", "processing polls=9")
    )
    assert frozen.post(f"/__mock/jobs/{done['id']}/complete")["status"] == "success"
    assert frozen.post(f"/__mock/jobs/{failed['id']}/fail", {"message": "the GPU is on fire"})["status"] == "failed"
    assert frozen.post(f"/__mock/jobs/{gone['id']}/fail", {"status": "error"})["by_hand"]["message"] is None
    fetched = [frozen.post(each["fetch_result"], {"key": key}) for each in (done, failed, gone)]
    assert [each["status"] for each in fetched] == ["success", "failed", "error"]
    assert frozen.client.get(fetched[0]["output"][0]).headers["content-type"] == "image/png"
    assert "the GPU is on fire" in json.dumps(fetched[1])
    for each in (done, failed, gone):
        for how in ("complete", "fail"):
            reply = frozen.client.post(f"/__mock/jobs/{each['id']}/{how}")
            assert reply.status_code == 409
            assert "an end is for good" in reply.json()["error"]


def test_ending_a_job_by_hand_sends_its_webhook_once(
    frozen: Server, hooks: tuple[str, list[dict[str, Any]]], until: Callable[..., Any]
) -> None:
    url, came = hooks
    key = "k-hooks-by-hand"
    done = frozen.post(REALTIME, order(key, "processing eta=60", webhook=url))["id"]
    failed = frozen.post(REALTIME, order(key, "processing polls=3", webhook=url))["id"]
    frozen.post(f"/__mock/jobs/{done}/complete")
    frozen.post(f"/__mock/jobs/{failed}/fail", {"message": "no luck"})
    until(lambda: len(came) == 2)
    assert {(each["id"], each["status"]) for each in came} == {(done, "success"), (failed, "failed")}
    assert "no luck" in json.dumps(came)
    assert fired(frozen.post(of(key) + "/clock/advance", {"seconds": DAY})) == []


def test_waiting_for_a_job_ends_with_what_it_waits_for(frozen: Server, until: Callable[..., Any]) -> None:
    key = "k-wait"
    job = frozen.post(REALTIME, order(key, "processing eta=60"))["id"]
    answers: list[httpx.Response] = []

    def wait(what: str) -> threading.Thread:
        asked = f"{frozen.url}/__mock/jobs/{job}?wait=status:{what}&timeout=20"
        thread = threading.Thread(target=lambda: answers.append(httpx.get(asked, timeout=30, trust_env=False)))
        thread.start()
        return thread

    waiting = [wait("success"), wait("ended"), wait("failed")]
    assert frozen.client.get(f"/__mock/jobs/{job}").json()["fetches"] == 0
    assert not answers
    frozen.post(f"/__mock/jobs/{job}/complete")
    for each in waiting:
        each.join(10)
    assert sorted(each.status_code for each in answers) == [200, 200, 409]
    assert any("so it will never be failed" in each.text for each in answers)


def test_waiting_is_bounded_and_says_why_it_was_in_vain(frozen: Server) -> None:
    job = frozen.post(REALTIME, order("k-vain"))["id"]
    reply = frozen.client.get(f"/__mock/jobs/{job}?wait=status:success&timeout=0.01")
    assert reply.status_code == 409
    assert reply.json()["error"] == (
        f"job {job} is still processing after 0.01 s; its clock is frozen and moves only by advance"
    )


def test_the_reference_page_is_what_a_browser_gets(server: Server) -> None:
    for path, accept in (("/__mock", "text/html,*/*"), ("/__mock/docs", "*/*")):
        reply = server.client.get(path, headers={"accept": accept})
        assert reply.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert server.client.get("/__mock/").json()["docs"] == "/__mock/docs"
