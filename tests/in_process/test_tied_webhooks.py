"""Webhooks while a client's time is tied: each comes at its moment, wherever the receiver lives, and time waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

pytest.importorskip("aiohttp", reason="aiohttp is not installed")
pytest.importorskip("time_machine", reason="time-machine is not installed")

import aiohttp
from aiohttp import web

from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.ways.in_process import courier as courier_module
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.ways.in_process.intercept import Interception
from modelslab_mock.ways.in_process.sandbox_time import SandboxTime
from modelslab_mock.ways.in_process.tied_time import TiedTime
from modelslab_mock.wire.wall_clock import real_now

from .clients import BEGAN
from .webhooks import HOST, INBOX, KEY, SUBMIT, Receiver, outbox, submit

OTHER = "other-key"
Make = Callable[..., InProcessCourier]


def tied(courier: InProcessCourier, *keys: str) -> TiedTime:
    return TiedTime(courier.time(lambda: [sandbox_name(each) for each in keys or (KEY,)], BEGAN))


def told_at(receiver: Receiver) -> list[tuple[int, float]]:
    """Filled with the job and the time of the client's clocks at each call."""
    told: list[tuple[int, float]] = []
    receiver.on_call = lambda body: told.append((body["id"], round(time.time() - BEGAN, 3)))
    return told


@pytest.mark.parametrize("clock", ["frozen", "auto"])
def test_a_receivers_thread_sees_each_webhook_at_its_moment(clock: str, receiver: Receiver, make_courier: Make) -> None:
    told, courier = told_at(receiver), make_courier(clock=clock)
    with tied(courier), Interception(courier.way()):
        jobs = [submit(receiver.url(), f"processing eta={eta}")["id"] for eta in (30, 10, 20, 90)]
        time.sleep(60)
        assert told == [(jobs[1], 10), (jobs[2], 20), (jobs[0], 30)]
        assert time.time() - BEGAN == 60
        assert [each.state for each in outbox(courier)] == ["delivered"] * 3


def test_webhooks_of_two_sandboxes_come_in_the_order_of_their_moments(receiver: Receiver, make_courier: Make) -> None:
    told, courier = told_at(receiver), make_courier()
    with tied(courier, KEY, OTHER), Interception(courier.way()):
        ours = [submit(receiver.url(), f"processing eta={eta}")["id"] for eta in (10, 30)]
        order = {"key": OTHER, "prompt": "a cat [[mock: processing eta=20]]", "webhook": receiver.url()}
        theirs = requests.post(HOST + SUBMIT, json=order).json()["id"]
        time.sleep(60)
    assert told == [(ours[0], 10), (theirs, 20), (ours[1], 30)]


def test_what_is_sent_after_a_reply_is_taken_before_time_goes_on(receiver: Receiver, make_courier: Make) -> None:
    courier = make_courier()
    told: list[float] = []

    def slowly(_: Any) -> None:
        threading.Event().wait(0)  # a turn of its own
        told.append(time.time() - BEGAN)

    receiver.on_call = slowly
    with tied(courier), Interception(courier.way()):
        submit(receiver.url(), "success webhook=twice")
        time.sleep(600)
    assert told == [0, 0]


def test_a_client_that_waits_for_its_receiver_goes_on_at_that_moment(receiver: Receiver, make_courier: Make) -> None:
    courier, came = make_courier(), threading.Event()
    receiver.on_call = lambda _: came.set()
    with tied(courier), Interception(courier.way()):
        submit(receiver.url(), "processing eta=40")
        assert came.wait(100)
        assert time.time() - BEGAN == 40
        came.clear()
        submit(receiver.url(), "processing ends=never")
        assert not came.wait(100)
        assert time.time() - BEGAN == 140


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
@pytest.mark.parametrize("words", ["processing eta=30", "processing eta=30 webhook=before-reply"])
def test_a_receiver_on_the_clients_own_loop_sees_it_at_its_moment(
    words: str, library: str, make_courier: Make, network: list[str]
) -> None:
    courier = make_courier()
    told: list[float] = []

    async def hook(request: web.Request) -> web.Response:
        await request.json()
        told.append(time.time() - BEGAN)
        return web.Response()

    async def order(body: dict[str, Any]) -> Any:
        if library == "httpx":
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.post(HOST + SUBMIT, json=body)).json()
        async with aiohttp.ClientSession() as session, session.post(HOST + SUBMIT, json=body) as reply:
            return await reply.json()

    async def client() -> None:
        service = web.Application()
        service.router.add_post("/hook", hook)
        runner = web.AppRunner(service)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        said = await order({"key": KEY, "prompt": f"a fox [[mock: {words}]]", "webhook": url})
        assert said["status"] == "processing"
        assert told == ([0] if "before" in words else [])
        await asyncio.sleep(60)
        await runner.cleanup()

    began = real_now()
    with tied(courier), Interception(courier.way()):
        asyncio.run(client())
    assert real_now() - began < 4  # the bound on waiting for a receiver is never met
    (at,) = told
    assert at == pytest.approx(0 if "before" in words else 30, abs=1)
    assert [each.state for each in outbox(courier)] == ["delivered"]
    network.clear()


def test_on_an_auto_clock_nobody_is_nudged_while_the_client_moves_time_itself(receiver: Receiver, make_courier: Make) -> None:
    """A nudge would come at some moment of real time, and a run would not be the same twice."""
    told, courier = told_at(receiver), make_courier(clock="auto")
    with tied(courier), Interception(courier.way()):
        job = submit(receiver.url(), "processing eta=3600")["id"]
        began = real_now()
        while real_now() - began < 0.3:  # it works for longer than a nudge waits
            pass
        assert time.time() - BEGAN == 0
        time.sleep(4000)
        assert told == [(job, 3600)]


def test_on_an_auto_clock_one_who_only_waits_to_be_told_is_told(receiver: Receiver, make_courier: Make) -> None:
    courier, came = make_courier(clock="auto"), threading.Event()
    receiver.on_call = lambda _: came.set()
    with tied(courier), Interception(courier.way()):
        submit(receiver.url(), "processing eta=3600")
        came.wait()
        assert time.time() - BEGAN == 3600


def test_time_that_had_to_wait_is_asked_anew_whereto(make_courier: Make) -> None:
    """Whoever was told meanwhile may wait for something else now."""
    said = iter([False, False, False, True, True, True])
    clock = SandboxTime(make_courier().panel.emulator, lambda: [sandbox_name(KEY)], BEGAN, may_go_on=lambda _: next(said))
    assert [(clock.advance_to(BEGAN + 60), clock.now() - BEGAN) for _ in range(4)] == [
        (False, 0),  # not yet
        (True, 0),  # now it is: ask again
        (False, 60),
        (False, 60),
    ]


def test_a_receiver_that_hangs_holds_time_up_once(
    receiver: Receiver, make_courier: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "SETTLE_S", 0.5)
    courier = make_courier()
    with tied(courier), Interception(courier.way()):
        for eta in range(1, 21):
            submit(receiver.url("/hang"), f"processing eta={eta}")
        began = real_now()
        time.sleep(60)
        assert 0.5 <= real_now() - began < 8  # and not 20 times as long
        assert time.time() - BEGAN == 60
        receiver.released.set()
        assert courier.settle(15)
        receiver.released.clear()
        submit(receiver.url("/hang"), "processing eta=1")
        began = real_now()
        time.sleep(60)
        assert real_now() - began >= 0.5  # once it has answered, it is waited for again
    receiver.released.set()


def test_the_first_webhook_moves_no_clock_for_those_who_sleep(make_courier: Make) -> None:
    """The courier's thread is started in real time: a start that waited in tied time would let others' moments come."""
    courier = make_courier()
    seen: list[float] = []
    with tied(courier), Interception(courier.way()):
        sleeper = threading.Thread(target=time.sleep, args=(50,))
        sleeper.start()
        submit(INBOX)
        seen.append(time.time() - BEGAN)
        sleeper.join()
        assert courier.settle(15)
    assert seen == [0]
