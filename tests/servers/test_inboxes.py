"""Inboxes over a real socket: a webhook without a public URL, by way of the server itself or from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
KEY = "k-inboxes-of-the-tests"


def order(webhook: str, **more: Any) -> dict[str, Any]:
    return {"key": KEY, "prompt": "a fox", "width": 64, "height": 64, "webhook": webhook, **more}


def read(server: Server, name: str, **asked: str | float) -> list[dict[str, Any]]:
    reply = server.client.get(f"/__mock/inboxes/{name}", params=asked)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["messages"])


def test_a_webhook_to_an_inbox_is_there_as_soon_as_one_waits_for_it(server: Server) -> None:
    said = server.post(REALTIME, order(f"{server.url}/__mock/inbox/first?secret=s"))
    (message,) = read(server, "first", wait="match", timeout=15)
    assert (message["method"], message["path"], message["query"]) == ("POST", "/__mock/inbox/first", "secret=s")
    assert message["json"]["id"] == said["id"]
    assert message["headers"]["content-type"] == "application/json"
    server.wait_for(f"webhook success for job {said['id']} to {server.url}: the receiver answered 200")


def test_one_who_waits_is_answered_when_it_arrives_and_not_before(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        begun = time.monotonic()
        waiting = pool.submit(read, server, "later", wait="match", timeout=15)
        time.sleep(0.2)
        assert not waiting.done()
        server.client.put("/__mock/inbox/later", content=b"hello")
        (message,) = waiting.result(10)
    assert time.monotonic() - begun < 5
    assert (message["method"], message["body"], message["json"]) == ("PUT", "hello", None)
    assert read(server, "later", after=message["number"]) == []
    in_vain = server.client.get("/__mock/inboxes/later", params={"after": message["number"], "wait": "match", "timeout": 0.05})
    assert (in_vain.status_code, in_vain.json()["error"]) == (409, "no message came to the inbox later within 0.05 s")


# A --link-host with a port of its own would be no different: what counts is what the receiver sees.
def test_what_is_handed_over_looks_like_what_comes_over_a_socket(start_server: StartServer) -> None:
    ours, theirs = start_server("--seed", "5"), start_server("--seed", "5")
    seen = []
    for receiver in (ours, theirs):
        said = ours.post(REALTIME, order(f"{receiver.url}/__mock/inbox/same?a=b"))
        (message,) = read(receiver, "same", wait="match", timeout=15)
        assert message["json"]["id"] == said["id"]
        assert message["headers"].pop("host") == f"127.0.0.1:{receiver.port}"
        for name in ("real_at", "body", "json"):
            message.pop(name)
        seen.append(message)
    # Numbers of jobs and seeds differ in length by chance.
    for each in seen:
        assert int(each["headers"].pop("content-length")) > 100
    assert seen[0] == seen[1]


def test_the_key_is_masked_in_what_an_inbox_shows(server: Server) -> None:
    server.post(REALTIME, order(f"{server.url}/__mock/inbox/masked?t={KEY}", track_id=f"for {KEY}"))
    assert read(server, "masked", wait="match", timeout=15)
    server.client.post("/__mock/inbox/masked", json={"key": "tiny", "text": KEY}, headers={"authorization": "Bearer tiny"})
    text = server.client.get("/__mock/inboxes/masked").text
    assert len(json.loads(text)["messages"]) == 2
    assert KEY not in text
    assert "tiny" not in text


def test_an_inbox_sends_no_cors_header_and_can_be_emptied(server: Server) -> None:
    reply = server.client.post("/__mock/inbox/emptied", content=b"1", headers={"origin": "http://localhost:3000"})
    assert reply.json() == {"status": "taken"}
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    assert server.client.get("/__mock/inboxes").json()["inboxes"]["emptied"] == 1
    assert server.client.delete("/__mock/inboxes/emptied").status_code == 200
    assert "emptied" not in server.client.get("/__mock/inboxes").json()["inboxes"]


def test_what_another_page_can_send_is_taken_and_what_it_may_not_read_is_refused(server: Server) -> None:
    """A page of another site can post a form here; it gets nothing to read, and reading and emptying stand behind the gate."""
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    form = {**foreign, "content-type": "application/x-www-form-urlencoded"}
    reply = server.client.post("/__mock/inbox/form", content=b"a=b", headers=form)
    assert (reply.status_code, reply.content) == (200, b'{"status":"taken"}')
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    for method, path in (("GET", "/__mock/inboxes"), ("GET", "/__mock/inboxes/form"), ("DELETE", "/__mock/inboxes/form")):
        assert server.client.request(method, path, headers=foreign).status_code == 403
        assert server.client.request(method, path, headers={"host": "evil.example"}).status_code == 403
    assert [each["body"] for each in read(server, "form")] == ["a=b"]


def test_beyond_loopback_an_inbox_takes_from_anybody_and_is_read_with_the_token(start_server: StartServer) -> None:
    server = start_server("--host", "0.0.0.0", "--control-token", "t-of-the-tests")
    assert server.client.post("/__mock/inbox/open", content=b"1", headers={"host": "emulator:4777"}).status_code == 200
    assert server.client.get("/__mock/inboxes/open").status_code == 401
    reply = server.client.get("/__mock/inboxes/open", headers={"authorization": "Bearer t-of-the-tests"})
    assert [each["body"] for each in reply.json()["messages"]] == ["1"]


def test_many_who_wait_do_not_hold_up_the_server(server: Server) -> None:
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(read, server, "crowd", wait="match", timeout=15) for _ in range(20)]
        assert server.post(REALTIME, order(f"{server.url}/__mock/inbox/other"))["status"] == "success"
        server.client.post("/__mock/inbox/crowd", content=b"go")
        assert [each.result(10)[0]["body"] for each in waiting] == ["go"] * 20


WITHOUT_FASTAPI = """
import asyncio, json, sys
from modelslab_mock import serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings

settings = make_settings({"port": "0", "quiet": True}, {})
app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log("text", True))
config, _ = serve._server_config(settings, app, Log("text", True), 0.0)

async def ask(method, path, body=b""):
    sent = []
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}
    async def send(message):
        sent.append(message)
    headers = [(b"content-type", b"application/json"), (b"host", b"127.0.0.1:4777")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http", "headers": headers}
    await config.app(scope, receive, send)
    return json.loads(sent[1]["body"])

async def main():
    order = {"key": "k", "prompt": "a fox", "webhook": "http://127.0.0.1:4777/__mock/inbox/a"}
    await ask("POST", "/api/v6/realtime/text2img", json.dumps(order).encode())
    return await config.app.inboxes.wait("a", 0, 10.0)

told = asyncio.run(main())
print(len(told), sorted({"fastapi", "pydantic", "httpx", "starlette"} & set(sys.modules)))
"""


def test_a_webhook_to_an_inbox_loads_neither_fastapi_nor_an_http_client(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_FASTAPI], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.stderr, done.stdout.strip()) == ("", "1 []")


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "OPTIONS"])
def test_a_path_that_is_no_inbox_is_one_sentence(server: Server, method: str) -> None:
    reply = server.client.request(method, "/__mock/inbox/a/b")
    assert reply.status_code == 422
    assert "1 to 64 letters" in reply.json()["error"]
