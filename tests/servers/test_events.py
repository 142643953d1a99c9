"""Listening, waiting and counting over a real socket; and a server that stops while somebody listens."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
STOPS_WITHIN_S = 2.0
JOURNAL_PAGE = Path(__file__).parents[2] / "docs" / "journal.md"


def of(key: str) -> str:
    return f"/__mock/sandboxes/sb-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def order(key: str, words: str = "processing eta=60", **more: Any) -> dict[str, Any]:
    return {"key": key, "prompt": f"a lighthouse [[mock: {words}]]", "width": 64, "height": 64, **more}


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_what_happens_is_heard_as_it_happens(server: Server) -> None:
    key = "k-heard"
    sandbox = of(key).rpartition("/")[2]
    asked = f"/__mock/events?sandbox={sandbox}&kind=exchange&kind=job-submitted&kind=delivery-made&kind=job-ended"
    with server.client.stream("GET", asked) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.headers["cache-control"] == "no-store"
        told = events(reply.iter_lines())
        inbox = f"{server.url}/__mock/inbox/heard"
        job = server.post(REALTIME, order(key, "processing eta=0.2", webhook=inbox))["id"]
        kinds = [next(told) for _ in range(4)]
        assert [each["kind"] for each in kinds[:2]] == ["job-submitted", "exchange"]
        assert {each["kind"] for each in kinds[2:]} == {"job-ended", "delivery-made"}
        made = next(each["what"] for each in kinds if each["kind"] == "delivery-made")
        assert made == {
            "job_id": job,
            "answer": "success",
            "outcome": "the receiver answered 200",
            "n": 1,
            "state": "delivered",
        }


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_stops_at_once_though_somebody_listens_and_waits(start_server: StartServer, how: signal.Signals) -> None:
    server = start_server()
    server.client.get("/__mock/health")
    slow = socket.create_connection(("127.0.0.1", server.port), 5)
    slow.sendall(b"GET /__mock/journal?wait=next&timeout=300 HTTP/1.1\r\nhost: localhost\r\n\r\n")
    with httpx.stream("GET", server.url + "/__mock/events", trust_env=False, timeout=10) as reply:
        lines = reply.iter_lines()
        assert next(lines) == ": listening"
        began = time.monotonic()
        server.process.send_signal(how)
        rest = list(lines)  # the end of a stream that is cut would be an error here
        assert server.process.wait(10) == 0
        assert time.monotonic() - began < STOPS_WITHIN_S
    assert not [line for line in rest if line.startswith("data:")]
    assert slow.recv(100).startswith(b"HTTP/1.1 409")
    slow.close()


def test_a_listener_that_reads_nothing_holds_up_neither_the_others_nor_the_end(start_server: StartServer) -> None:
    server = start_server()
    server.client.get("/__mock/health")
    with socket.create_connection(("127.0.0.1", server.port), 5) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /__mock/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert deaf.recv(100).startswith(b"HTTP/1.1 200")
        for _ in range(300):
            server.post(REALTIME, order("k-deaf", "success"))
        began = time.monotonic()
        assert server.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < STOPS_WITHIN_S


def test_a_listener_that_goes_is_forgotten(server: Server, until: Callable[..., Any]) -> None:
    for _ in range(120):  # more than may listen at the same time

        def listens() -> bool:
            with httpx.stream("GET", server.url + "/__mock/events", trust_env=False) as reply:
                return reply.status_code == 200

        until(listens)


def test_a_webhook_is_waited_for_looked_at_and_sent_again(server: Server) -> None:
    key = "k-hook"
    server.client.get("/__mock/version")  # the first request loads the control API, which takes longer than the job
    job = server.post(REALTIME, order(key, "processing eta=0.5", webhook=f"{server.url}/__mock/inbox/waited"))["id"]
    told = server.client.get(f"/__mock/webhooks?job={job}&state=delivered&wait=match&timeout=20").json()
    (delivery,) = told["webhooks"]
    assert [each["status"] for each in delivery["attempts"]] == [200]
    whole = server.client.get(f"{of(key)}/webhooks/{delivery['n']}").json()
    assert json.loads(whole["body"])["id"] == job
    again = server.post(f"{of(key)}/webhooks/{delivery['n']}/redeliver")
    assert [each["status"] for each in again["attempts"]] == [200, 200]
    assert len(server.client.get("/__mock/inboxes/waited?after=1&wait=match&timeout=10").json()["messages"]) == 1
    lines = server.client.get("/__mock/metrics").text.splitlines()
    (count,) = [
        line.rpartition(" ")[2] for line in lines if line.startswith('modelslab_mock_webhooks_total{outcome="delivered"}')
    ]
    assert int(count) >= 2


def test_who_waits_for_a_webhook_hears_of_a_receiver_that_takes_its_time(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        receiver.settimeout(10)
        url = f"http://127.0.0.1:{receiver.getsockname()[1]}/"
        job = server.post(REALTIME, order("k-slow-hook", "success", webhook=url))["id"]
        connection, _ = receiver.accept()
        assert server.client.get(f"/__mock/webhooks?job={job}").json()["webhooks"][0]["state"] == "pending"
        answer = threading.Timer(0.3, connection.sendall, [b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"])
        answer.start()
        began = time.monotonic()
        told = server.client.get(f"/__mock/webhooks?job={job}&state=settled&wait=match&timeout=18").json()
        assert time.monotonic() - began < 15, "woken, not timed out"
        assert (told["webhooks"][0]["state"], told["webhooks"][0]["attempts"][0]["status"]) == ("failed", 503)
        answer.join()
        connection.close()


def test_pictures_that_are_drawn_are_counted(start_server: StartServer) -> None:
    server = start_server()
    link = server.post(REALTIME, order("k-drawn", "success"))["output"][0]
    for _ in range(2):
        assert server.client.get(link).status_code == 200
    assert "modelslab_mock_pictures_drawn_total 1\n" in server.client.get("/__mock/metrics").text


def test_a_file_is_sent_in_pieces_with_a_name(start_server: StartServer) -> None:
    server = start_server()
    for n in range(100):
        server.post(REALTIME, {"key": "k-file", "prompt": f"{n} foxes " + "x" * 900})
    reply = server.client.get("/__mock/journal.jsonl")
    assert reply.headers["transfer-encoding"] == "chunked"
    assert reply.text.count("\n") == 100
    assert len(server.client.get("/__mock/journal.har").json()["log"]["entries"]) == 100


def test_the_examples_of_the_page_work(start_server: StartServer, until: Callable[..., Any]) -> None:
    page = JOURNAL_PAGE.read_text(encoding="utf-8")
    server = start_server("--clock", "frozen")
    key = "my-key"
    sandbox = of(key).rpartition("/")[2]
    assert sandbox in page, "the page names the sandbox of my-key"
    server.post(REALTIME, {"key": key, "prompt": "a fox", "webhook": f"{server.url}/__mock/inbox/a"})
    server.client.post(REALTIME, json={"key": key, "prompt": "a fox", "width": 9_999})
    until(lambda: server.client.get("/__mock/webhooks?state=delivered").json()["matched"])
    asked = re.findall(r"^\$ curl (-[A-Z] POST |-N )?'?http://127\.0\.0\.1:4777(/__mock/[^\s']+)'?", page, re.MULTILINE)
    assert len(asked) >= 9
    for flags, path in asked:
        if "events" in path:
            with server.client.stream("GET", path) as reply:
                assert reply.status_code == 200, path
            continue
        address = path.replace("wait=next", "wait=match")  # nobody else is here to bring the next
        reply = server.client.request("POST" if "POST" in flags else "GET", address)
        assert reply.status_code == 200, (path, reply.text)
        assert "matched" not in reply.text[:12] or reply.json()["matched"] > 0, f"{path} finds nothing"
