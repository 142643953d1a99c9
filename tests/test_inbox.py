"""Inboxes and outboxes: bounded, masked, and whoever waits is woken by what arrives."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_mock.app import App
from modelslab_mock.hosts import leads_here
from modelslab_mock.inbox import Inboxes, Message, inbox_of
from modelslab_mock.log import Log
from modelslab_mock.mailroom import take
from modelslab_mock.messages import Request, Response
from modelslab_mock.outbox import Attempt, Outbox
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

SECRET = "k-very-secret-key"


def app_of(**chosen: Any) -> App:
    return make_app(Settings(**chosen), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def put(inboxes: Inboxes, name: str = "one", body: bytes = b"{}", **more: Any) -> Message:
    given = {"real_at": 1.0, "method": "POST", "path": "/__mock/inbox/" + name, "query": "", "headers": {}, **more}
    return inboxes.take(name, body=body, **given)


# --- inboxes -----------------------------------------------------------------------------------------------------------


@given(arrivals=st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 30)), max_size=60))
def test_an_inbox_keeps_the_last_messages_within_every_bound(arrivals: list[tuple[str, int]]) -> None:
    inboxes = Inboxes(max_inboxes=3, max_messages=4, max_bytes=60)
    for name, size in arrivals:
        before = [each.number for each in inboxes.messages(name)]
        new = put(inboxes, name, b"x" * size)
        kept = inboxes.messages(name)
        assert kept[-1] == new
        assert new.number == (before[-1] + 1 if before else new.number)
        assert [each.number for each in kept] == list(range(kept[0].number, new.number + 1)), "none is missing in the middle"
        assert len(inboxes.names()) <= 3
        assert all(count <= 4 for count in inboxes.names().values())
        sizes = [len(each.body) for name in inboxes.names() for each in inboxes.messages(name)]
        assert sum(sizes) <= 60
        assert inboxes._bytes == sum(sizes)


def test_whoever_waits_is_woken_by_the_arrival() -> None:
    inboxes = Inboxes()

    async def wait_and_put() -> None:
        waiting = asyncio.gather(inboxes.wait("one", 0, 30.0), inboxes.wait("one", 1, 30.0), inboxes.wait("two", 0, 0.05))
        await asyncio.sleep(0)
        put(inboxes, "one", b"1")
        await asyncio.sleep(0)
        put(inboxes, "one", b"2")
        first, second, other = await asyncio.wait_for(waiting, 5)
        assert [each.body for each in first][:1] == [b"1"]
        assert [each.body for each in second] == [b"2"]
        assert other == []
        assert not inboxes._waiting

    asyncio.run(wait_and_put())


def test_what_is_there_already_is_not_waited_for() -> None:
    inboxes = Inboxes()
    put(inboxes)
    assert len(asyncio.run(asyncio.wait_for(inboxes.wait("one", 0, 30.0), 1))) == 1


def test_keys_are_masked_by_position_always_and_as_text_once_known() -> None:
    inboxes = Inboxes()
    inboxes.remember(SECRET)
    body = json.dumps({"key": "short", "prompt": f"say {SECRET}"}).encode()
    put(inboxes, body=body, query=f"key=short&t={SECRET}", headers={"authorization": "Bearer x", "referer": f"/{SECRET}"})
    (message,) = inboxes.messages("one")
    told = json.dumps(message.as_json())
    assert not [each for each in ("short", SECRET, "Bearer x") if each in told]
    assert message.as_json()["json"] == {"key": "***", "prompt": "say ***"}


def test_a_body_is_cut_and_need_not_be_json() -> None:
    inboxes = Inboxes()
    assert len(put(inboxes, body=b"a" * 100_000).body) == 64 * 1024
    assert put(inboxes, body=b"\xff{").as_json()["json"] is None


def test_clearing_lets_go_and_counts_on_from_one() -> None:
    inboxes = Inboxes()
    put(inboxes, "one")
    put(inboxes, "two")
    assert inboxes.clear("one") == 1
    assert inboxes.names() == {"two": 1}
    assert inboxes.clear() == 1
    assert (inboxes.names(), inboxes._bytes) == ({}, 0)


# --- their addresses ---------------------------------------------------------------------------------------------------


def put_by_request(inboxes: Inboxes, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> Response:
    return take(inboxes, Request(method, path, headers, body, query), 5.0)


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE", "PATCH", "OPTIONS"])
def test_any_method_is_taken_from_anybody(method: str) -> None:
    inboxes = Inboxes()
    path = "/__mock/inbox/a.b-c"
    reply = put_by_request(inboxes, method, path, "x=1", b'{"id": 5}', host="emulator:4777", origin="https://evil.example")
    assert (reply.status, reply.body) == (200, b'{"status":"taken"}')
    (message,) = inboxes.messages("a.b-c")
    seen = (message.method, message.path, message.query, message.body, dict(message.headers)["host"])
    assert seen == (method, path, "x=1", b'{"id": 5}', "emulator:4777")


@pytest.mark.parametrize("name", ["", "a/b", ".a", "-a", "a" * 65, "a b", "é"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    reply = put_by_request(inboxes := Inboxes(), "POST", f"/__mock/inbox/{name}")
    assert reply.status == 422
    assert "1 to 64 letters" in json.loads(reply.body)["error"]
    assert not inboxes.names()


def test_a_message_beyond_the_bound_is_refused() -> None:
    large = Request("POST", "/__mock/inbox/one", {}, b"", too_large=9)
    assert take(inboxes := Inboxes(), large, 5.0).status == 413
    assert not inboxes.names()


def test_whoever_waits_while_an_inbox_is_let_go_gets_what_comes_next() -> None:
    inboxes = Inboxes()
    for _ in range(3):
        put(inboxes, "one")

    async def wait_clear_and_put() -> list[Message]:
        waiting = asyncio.create_task(inboxes.wait("one", 3, 20.0))
        await asyncio.sleep(0)
        assert inboxes.clear("one") == 3
        put(inboxes, "one", b"new")
        return await asyncio.wait_for(waiting, 5)

    assert [(each.number, each.body) for each in asyncio.run(wait_clear_and_put())] == [(1, b"new")]


# --- names of our own --------------------------------------------------------------------------------------------------

OURS = [
    ("http://127.0.0.1:4777/__mock/inbox/a", True),
    ("http://localhost:4777/__mock/inbox/a", True),
    ("http://u:p@[::1]:4777/x", True),
    ("http://localhost:4778/x", False),
    ("http://localhost/x", False),
    ("http://emulator:9/x", True),
    ("https://EMULATOR./x", True),
    ("https://modelslab.com/__mock/inbox/a", True),
    ("https://public.test:8443/x", True),
    ("https://public.test/x", False),
    ("http://10.0.0.1:4777/x", False),
    ("http://emulator.example/x", False),
    ("http://[::1/x", False),
    ("http://localhost:99999/x", False),
]


@pytest.mark.parametrize(("url", "ours"), OURS)
def test_an_address_leads_here_or_elsewhere(url: str, ours: bool) -> None:
    app = app_of(link_host=("emulator",), public_base_url="https://public.test:8443")
    assert leads_here(url, app) == ours


def test_only_the_path_of_an_inbox_names_one() -> None:
    assert inbox_of("http://a/__mock/inbox/b?c#d") == "b"
    for path in ("/__mock/inbox/", "/__mock/inbox/a/b", "/__mock/inboxes/a", "/x/__mock/inbox/a", ""):
        assert inbox_of("http://a" + path) is None
    assert inbox_of("http://[") is None


def test_links_are_built_on_a_name_of_our_own_and_on_no_other() -> None:
    app = app_of(link_host=("emulator",))
    body = json.dumps({"key": "k", "prompt": "a fox"}).encode()
    for host, origin in (("emulator:80", "http://emulator:80"), ("other:80", "http://127.0.0.1:4777")):
        headers = {"content-type": "application/json", "host": host}
        said = json.loads(app.handle(Request("POST", "/api/v6/realtime/text2img", headers, body), 0.0).body)
        assert said["output"][0].startswith(origin + "/generations/")


# --- outboxes ----------------------------------------------------------------------------------------------------------


def send(outbox: Outbox, body: bytes = b"{}") -> int:
    return outbox.add(job_id=1, fate="once", answer="success", due_at=2.0, url="http://u:p@localhost/x?key=abc", body=body)


@given(sizes=st.lists(st.integers(0, 40), max_size=30))
def test_an_outbox_keeps_the_last_deliveries_within_both_bounds(sizes: list[int]) -> None:
    outbox = Outbox(max_deliveries=5, max_bytes=100)
    for count, size in enumerate(sizes, 1):
        assert send(outbox, b"x" * size) == count
        numbers = [each.number for each in outbox]
        assert numbers == list(range(count - len(numbers) + 1, count + 1))
        assert len(numbers) <= 5
        assert sum(len(each.body) for each in outbox) <= 100
        assert outbox.forgotten == count - len(numbers)


@pytest.mark.parametrize(
    ("status", "state"), [(200, "delivered"), (299, "delivered"), (302, "failed"), (500, "failed"), (None, "failed")]
)
def test_only_2xx_counts_as_delivered(status: int | None, state: str) -> None:
    outbox = Outbox()
    number = send(outbox)
    assert outbox.pending() == [number]
    outbox.attempted(number, Attempt(1.0, 0.1, status, ""))
    (delivery,) = outbox
    assert (delivery.state, delivery.attempts[0].status, outbox.pending()) == (state, status, [])
    assert delivery.url == "http://localhost/x?key=***"
    json.dumps(delivery.as_json())


def test_what_is_noted_of_a_delivery_that_was_let_go_does_no_harm() -> None:
    outbox = Outbox()
    number = send(outbox)
    outbox.clear()
    outbox.attempted(number, Attempt(1.0, 0.1, 200, ""))
    outbox.settled(number, "lost", "")
    assert (len(outbox), outbox.get(number)) == (0, None)
    assert send(outbox) == number + 1
