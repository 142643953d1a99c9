"""Stories, accounts, inboxes and resets through the control API, in one process and with the courier that really sends."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from modelslab_contracts.story import as_json, as_sentence, story_from_text
from modelslab_mock.app import App
from modelslab_mock.clockwork import Clockwork
from modelslab_mock.control.frame import gated
from modelslab_mock.control.panel import Panel
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.inbox import Inboxes
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.resets import WORDS
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.stores.memory import MemoryStore
from modelslab_mock.webhooks import Took
from modelslab_mock.wire.courier import Courier
from modelslab_mock.wire.wall_clock import real_now

KEY, OTHER = "a-key-of-the-tests", "another-key-of-the-tests"
NAME = sandbox_name(KEY)
ORIGIN = "http://127.0.0.1:4777"
HOOK = "http://localhost:9000/hook"
STORIES, ACCOUNT = f"/__mock/sandboxes/{NAME}/stories", f"/__mock/sandboxes/{NAME}/account"
DOCS = Path(__file__).parent.parent / "docs"


class Receiver:
    """In place of the HTTP client: notes what it gets, and answers once it is let."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.answered: list[int] = []
        self.lets = asyncio.Event()

    async def send(self, _: str, body: bytes) -> Took:
        job: int = json.loads(body)["id"]
        self.came.append(job)
        await self.lets.wait()
        self.answered.append(job)
        return Took(204)

    async def close(self) -> None:
        """Nothing is held open."""


class Bench:
    """A server without its socket."""

    def __init__(self, **chosen: Any) -> None:
        settings = Settings(**{"clock": "frozen", "seed": 7, **chosen})
        log = Log(quiet=True)
        log.on_first = lambda: None
        self.app: App = make_app(settings, seed=7, origin=ORIGIN, started=1_000.0, log=log)
        self.inboxes = Inboxes()
        self.courier = Courier(self.app, log, (), self.inboxes)
        self.receiver = Receiver()
        self.courier._sender = self.receiver  # type: ignore[assignment]
        clockwork = Clockwork(self.app, self.courier, real_now)
        self.panel = Panel(self.app, settings, self.courier, clockwork, real_now, 1_000.0, inboxes=self.inboxes)
        self.asgi: Any = gated(self.panel, ORIGIN)

    async def asked(self, method: str, path: str, **how: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.asgi), base_url=ORIGIN, trust_env=False) as client:
            return await client.request(method, path, **how)

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self.asked(method, path, **how))

    def told(self, method: str, path: str, **how: Any) -> Any:
        reply = self.ask(method, path, **how)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def order(self, words: str = "", key: str = KEY, path: str = "/api/v6/realtime/text2img", **more: Any) -> Response:
        prompt = "a fox" + (f" [[mock: {words}]]" if words else "")
        body = {"key": key, "prompt": prompt, "width": 64, "height": 64, **more}
        return self.app.handle(Request("POST", path, {"content-type": "application/json"}, json.dumps(body).encode()), 1_000.0)

    def submit(self, words: str = "processing eta=60", key: str = KEY, **more: Any) -> int:
        response = self.order(words, key, **more)
        if response.effects:
            self.courier.carry_out(sandbox_name(key), response.effects)
        job: int = json.loads(response.body)["id"]
        return job

    @property
    def store(self) -> MemoryStore:
        assert isinstance(self.app.store, MemoryStore)
        return self.app.store


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def turns(count: int = 20) -> None:
    """Let everybody on the loop go on."""
    for _ in range(count):
        await asyncio.sleep(0)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    """A scene that may not hang."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(bounded())


# --- stories -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", ["unavailable processing+slow=2", {"submit": ["unavailable", "success"], "webhook": "twice"}])
def test_a_story_is_set_told_back_and_played(bench: Bench, story: Any) -> None:
    (told,) = bench.told("POST", STORIES, json={"story": story, "times": 1})["stories"]
    meant = story_from_text(story if isinstance(story, str) else json.dumps(story))
    assert (told["n"], told["story"], told["sentence"]) == (1, as_json(meant), as_sentence(meant))
    assert (told["times"], told["endpoint"], told["prompt"]) == (1, None, None)
    assert [bench.order().status for _ in range(2)] == [503, 200]
    assert bench.told("GET", STORIES) == {"waiting": 0, "stories": [], "next": None}


def test_stories_for_some_orders_only_and_how_far_they_were_played(bench: Bench) -> None:
    bench.told("POST", STORIES, json={"story": "error success", "times": 2, "endpoint": "realtime-v6", "prompt": "fox"})
    bench.told("POST", STORIES, json={"story": "http=500"})
    assert bench.order(path="/api/v3/text2img").status == 500
    bench.order()
    unused = bench.told("GET", STORIES + "?unused=true")["stories"]
    assert [(each["n"], each["jobs_done"], each["answers_given"]) for each in unused] == [(1, 0, 1)]
    assert [each["n"] for each in bench.told("GET", STORIES)["stories"]] == [1, 2]
    assert bench.told("DELETE", STORIES) == {"stories": 2}
    assert bench.order().status == 200


@pytest.mark.parametrize(
    ("body", "sentence", "close"),
    [
        ({}, "/story is needed, or /stories", "story"),
        (
            {"story": "unavailabel"},
            "story element 'submit': unknown word 'unavailabel'; did you mean 'unavailable'?",
            "unavailable",
        ),
        ({"story": {"submt": []}}, "story: unknown element 'submt'; did you mean 'submit'?", "submit"),
        ({"story": 5}, "story: must be a JSON object, got int", None),
        ({"story": None}, "story: must be a JSON object, got NoneType", None),
        ({"story": "success", "times": 0}, "/times must be at least 1, got 0", None),
        ({"story": "success", "times": True}, "/times must be a whole number, got true", None),
        ({"story": "success", "endpoint": "realtime"}, "story: unknown endpoint 'realtime'", "realtime-v6"),
        ({"stories": []}, "/stories must be at least 1 long, got []", None),
        ({"stories": [{"story": "success"}], "times": 2}, "/times cannot stand beside /stories", None),
        ({"stories": [{"story": "success"}, {"tims": 2}]}, "/stories/1/story is needed", "times"),
        (
            {"stories": [{"story": "success", "times": 1}, {"story": "sucess"}]},
            "/stories/1: story element 'submit': unknown word 'sucess'; did you mean 'success'?",
            "success",
        ),
    ],
    ids=str,
)
def test_a_story_that_cannot_be_set_is_one_sentence_and_nothing_is_set(
    bench: Bench, body: Any, sentence: str, close: str | None
) -> None:
    reply = bench.ask("POST", STORIES, json=body)
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(sentence)
    assert reply.json()["nearest"] == close
    assert bench.told("GET", STORIES)["waiting"] == 0


def test_without_a_key_no_story_and_no_account_is_ever_used(bench: Bench) -> None:
    for method, path, body in (("POST", "stories", {"story": "success"}), ("PUT", "account", {"credits": 1})):
        reply = bench.ask(method, f"/__mock/sandboxes/sb-none/{path}", json=body)
        assert (reply.status_code, "would never count" in reply.json()["error"]) == (422, True)


def test_ten_thousand_stories_are_set_at_once_and_read_page_by_page(bench: Bench) -> None:
    many = [{"story": {"submit": [{"http": 500 + n % 5}]}, "times": 1} for n in range(9_999)]
    told = bench.told("POST", STORIES, json={"stories": many})
    assert (told["waiting"], len(told["stories"]), told["next"]) == (9_999, 100, 100)
    refused = bench.ask("POST", STORIES, json={"stories": many[:2]})
    assert (refused.status_code, "9999 stories wait already" in refused.json()["error"]) == (422, True)
    seen, after = [], 0
    while after is not None:
        page = bench.told("GET", f"{STORIES}?limit=1000&after={after}")
        assert page["waiting"] == 9_999
        assert len(page["stories"]) <= 1_000
        seen += [each["n"] for each in page["stories"]]
        after = page["next"]
    assert seen == list(range(1, 10_000))
    assert [bench.order().status for _ in range(6)] == [500, 501, 502, 503, 504, 500]


def test_others_are_served_while_thousands_of_stories_are_read(bench: Bench) -> None:
    many = [{"story": "unavailable success", "times": 1} for _ in range(2_000)]

    async def scene() -> None:
        posting = asyncio.create_task(bench.asked("POST", STORIES, json={"stories": many}))
        served = 0
        while not posting.done():
            served += (await bench.asked("GET", "/__mock/version")).status_code == 200
            await asyncio.sleep(0)
        assert (await posting).status_code == 200
        assert served >= 5

    run(scene)


def test_words_are_read_as_json_and_as_a_sentence(bench: Bench) -> None:
    text = "processing polls=3 ends=failed"
    told = bench.told("POST", "/__mock/stories/read", json={"text": text})
    jsonschema.validate(told["story"], bench.told("GET", "/__mock/stories/schema"))
    assert told == {"story": as_json(story_from_text(text)), "sentence": as_sentence(story_from_text(text))}
    assert bench.told("POST", "/__mock/stories/read", json={"text": json.dumps(told["story"])}) == told
    reply = bench.ask("POST", "/__mock/stories/read", json={"text": "ends=fialed"})
    assert (reply.status_code, reply.json()["nearest"]) == (422, "failed")
    assert bench.told("GET", STORIES)["waiting"] == 0


# --- accounts ----------------------------------------------------------------------------------------------------------


def test_an_account_is_set_used_and_taken_away(bench: Bench) -> None:
    told = bench.told("PUT", ACCOUNT, json={"plan": "basic", "credits": 2})
    assert (told["queue_slots"], told["credits_left"], told["slots_used"]) == (5, 2, 0)
    bench.submit("success", samples=2)
    assert bench.order().status == 402
    told = bench.told("GET", ACCOUNT)
    assert (told["credits_left"], told["totals"]) == (0, {"jobs": 1, "pictures": 2, "credits_not_spent": 2})
    assert bench.told("PUT", ACCOUNT, json={})["plan"] is None, "an account is set as a whole"
    bench.told("PUT", ACCOUNT, json={"revoked": True})
    assert bench.order().status == 401
    assert bench.told("DELETE", ACCOUNT)["revoked"] is False
    assert bench.order().status == 200


def test_to_look_at_an_account_makes_no_sandbox(bench: Bench) -> None:
    for method, path in (("GET", ACCOUNT), ("GET", STORIES), ("DELETE", ACCOUNT), ("DELETE", STORIES)):
        bench.told(method, path)
    bench.told("POST", f"/__mock/reset?sandbox={NAME}")
    assert not bench.store.holds(NAME)


@pytest.mark.parametrize(
    ("body", "sentence", "close"),
    [
        ({"plan": "basc"}, "account: unknown plan 'basc'; did you mean 'basic'?", "basic"),
        ({"credit": 5}, "/credit is not known here; did you mean 'credits'?", "credits"),
        ({"credits": -1}, "account: credits must be a whole number from 0 to ", None),
        ({"credits": True}, "account: credits must be a whole number from 0 to ", None),
        ({"plan_only": ["upscal"]}, "account: plan_only: no order has a field 'upscal'; did you mean 'upscale'?", "upscale"),
        ({"revoked": "yes"}, "account: revoked must be true or false, got 'yes'", None),
        ({"same_order_within_s": 0}, "account: same_order_within_s must be seconds above 0", None),
        ([], "the body must be an object, got []", None),
    ],
    ids=str,
)
def test_an_account_that_cannot_be_is_one_sentence(bench: Bench, body: Any, sentence: str, close: str | None) -> None:
    reply = bench.ask("PUT", ACCOUNT, json=body)
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(sentence)
    assert reply.json()["nearest"] == close


def test_every_plan_says_who_says_so(bench: Bench) -> None:
    told = bench.told("GET", "/__mock/plans")
    assert [(each["name"], each["queue_slots"]) for each in told["plans"]] == [("basic", 5), ("standard", 10), ("premium", 15)]
    assert all(each["source"] and each["certainty"] for each in told["plans"] + told["plan_only"])
    assert [each["field"] for each in told["plan_only"]] == bench.told("PUT", ACCOUNT, json={"plan_only": True})["plan_only"]


@pytest.mark.parametrize("body", [{"prompt": 5}, {}, {"prompt": "x", "width": "wide"}], ids=str)
def test_a_revoked_key_is_told_before_anything_else_that_is_wrong(bench: Bench, body: Any) -> None:
    bench.told("PUT", ACCOUNT, json={"revoked": True})
    request = Request(
        "POST", "/api/v6/realtime/text2img", {"content-type": "application/json"}, json.dumps({"key": KEY, **body}).encode()
    )
    response = bench.app.handle(request, 1_000.0)
    assert response.status == 401
    assert response.exchange is not None
    assert response.exchange.findings[0].rule == "request/key-not-accepted"
    bench.told("DELETE", ACCOUNT)
    assert bench.app.handle(request, 1_000.0).status == 400


# --- totals of empty successes -----------------------------------------------------------------------------------------


def test_an_empty_success_makes_no_pictures_neither_kept_nor_forgotten() -> None:
    bench = Bench(max_jobs=1)
    bench.submit("processing eta=1 ends=empty", samples=2)
    bench.told("POST", f"/__mock/sandboxes/{NAME}/clock/advance", json={"seconds": 2})
    assert bench.told("GET", ACCOUNT)["totals"] == {"jobs": 1, "pictures": 0, "credits_not_spent": 2}
    bench.submit("success", samples=3)
    assert bench.told("GET", ACCOUNT)["totals"] == {"jobs": 2, "pictures": 3, "credits_not_spent": 5}
    job = bench.submit("processing eta=9 ends=empty")
    bench.told("POST", f"/__mock/jobs/{job}/complete")
    assert bench.told("GET", ACCOUNT)["totals"]["pictures"] == 4, "ended by hand it is no empty one"


# --- resets ------------------------------------------------------------------------------------------------------------


async def busy() -> Bench:
    """A server with two sandboxes that are far from fresh, each with a webhook that hangs and one that is planned."""
    bench = Bench()
    for key in (KEY, OTHER):
        name = f"/__mock/sandboxes/{sandbox_name(key)}"
        await bench.asked("POST", name + "/stories", json={"story": "http=503", "prompt": "cat"})
        await bench.asked("PUT", name + "/profile", json={"profile": "observed"})
        bench.submit("success", key=key, webhook=HOOK)
        bench.submit("processing eta=60", key=key, webhook=HOOK)
        await bench.asked("PUT", name + "/account", json={"credits": 9})
        await bench.asked("PUT", name + "/clock", json={"mode": "auto"})
        bench.inboxes.take(key, real_at=0.0, method="POST", path="/", query="", headers={}, body=b"x")
    await turns()
    assert len(bench.receiver.came) == 2
    return bench


def state(bench: Bench, key: str = KEY) -> dict[str, Any]:
    """What there is to be reset, by the word that resets it."""
    name = sandbox_name(key)
    held = bench.store.look(name)
    outbox, journal = bench.store.outboxes().get(name, ()), bench.store.journals().get(name, ())
    return {
        "jobs": (len(held.jobs), held.submitted, len(held.pending)),
        "stories": (held.stories, held.attempts.copy()),
        "clock": held.clock.mode,
        "accounts": (held.account, held.spent),
        "profile": held.profile.name,
        "journal": len(journal),
        "webhooks": len(outbox),
        "inboxes": bench.inboxes.names(),
    }


@pytest.mark.parametrize("word", [*WORDS, "all"])
def test_a_reset_does_what_its_word_says_and_says_what_it_let_go(word: str) -> None:
    async def scene() -> None:
        bench, fresh = await busy(), state(Bench())
        before, theirs = state(bench), state(bench, OTHER)
        where = "" if word == "inboxes" else f"?sandbox={NAME}"
        reply = await bench.asked("POST", f"/__mock/reset{'' if word == 'all' else '/' + word}{where}")
        assert reply.status_code == 200, reply.text
        told, after = reply.json()["reset"], state(bench)
        touched = {"jobs": {"jobs", "webhooks"}, "all": set(WORDS) - {"inboxes"}}.get(word, {word})
        assert told.keys() == touched
        for each in WORDS:
            assert after[each] == (fresh if each in touched else before)[each], each
            if each in touched:
                assert before[each] != fresh[each]
        if word != "inboxes":
            assert state(bench, OTHER) == theirs
        counts = {"jobs": 2, "stories": 1, "clock": 1, "accounts": 1, "profile": 1, "journal": 2, "inboxes": 2}
        counts["webhooks"] = 1 if word == "webhooks" else 2  # with jobs also the one that was planned
        assert told == {each: counts[each] for each in touched}
        again = (await bench.asked("POST", f"/__mock/reset{'' if word == 'all' else '/' + word}{where}")).json()["reset"]
        assert not any(again.values())
        await bench.courier.close()

    run(scene)


def test_without_a_sandbox_all_are_reset_and_stay_in_their_order() -> None:
    async def scene() -> None:
        bench = await busy()
        held = [each.name for each in bench.store.held()]
        told = (await bench.asked("POST", "/__mock/reset")).json()["reset"]
        assert (told["jobs"], told["journal"], told["inboxes"], told["webhooks"]) == (4, 4, 2, 4)
        fresh = state(Bench())
        assert state(bench) == state(bench, OTHER) == fresh
        assert [each.name for each in bench.store.held()] == held

    run(scene)


def test_after_a_reset_of_jobs_nothing_of_them_is_sent_or_found() -> None:
    async def scene() -> None:
        bench = Bench()
        late = bench.order("success", webhook=HOOK)  # its reply is still being written when the reset comes
        era = bench.courier.era(NAME)
        first = bench.submit("success webhook=twice", webhook=HOOK)
        for _ in range(30):  # more than are under way at a time
            bench.submit("success", webhook=HOOK)
        await turns()
        under_way = len(bench.receiver.came)
        assert 0 < under_way < 31
        bench.submit("processing eta=5", webhook=HOOK)
        files = set(bench.store._files)
        assert len(files) == 33
        told = (await bench.asked("POST", f"/__mock/reset/jobs?sandbox={NAME}")).json()["reset"]
        assert told == {"jobs": 33, "webhooks": 33}
        assert bench.store._files == {}
        bench.receiver.lets.set()
        assert bench.courier.carry_out(NAME, late.effects, era) == []
        await bench.asked("POST", f"/__mock/sandboxes/{NAME}/clock/advance", json={"seconds": 60})
        await turns(200)
        assert len(bench.receiver.came) == under_way
        assert bench.receiver.answered == []
        assert not bench.courier._tasks
        assert (bench.courier._pending, bench.courier._pending_in_all) == ({}, 0)
        assert bench.courier._alarm._moments == {}
        # The same orders get the same ids again, and their webhooks are sent.
        bench.order("success")
        again = bench.submit("success webhook=twice", webhook=HOOK)
        await turns(200)
        assert again == first
        assert bench.receiver.answered == [first, first]

    run(scene)


def test_a_webhook_that_was_accepted_and_not_begun_is_stopped_too() -> None:
    async def scene() -> None:
        bench = Bench()
        bench.submit("success", webhook=HOOK)  # its task has not had a turn yet
        bench.panel.resets.reset("jobs")
        await turns()
        assert bench.receiver.came == []
        assert (bench.courier._pending, bench.courier._pending_in_all) == ({}, 0)

    run(scene)


def test_what_was_sent_stays_in_the_outbox_until_webhooks_are_reset() -> None:
    async def scene() -> None:
        bench = Bench()
        bench.receiver.lets.set()
        bench.submit("success", webhook=HOOK)
        await turns()
        bench.submit("processing eta=5", webhook=HOOK)
        bench.panel.resets.reset("jobs")
        outbox = bench.store.outbox(NAME)
        assert [(each.number, each.state) for each in outbox] == [(1, "delivered")]
        bench.submit("processing eta=5", webhook=HOOK)
        assert bench.panel.resets.reset("webhooks", NAME) == {"webhooks": 1}
        await bench.asked("POST", f"/__mock/sandboxes/{NAME}/clock/advance", json={"seconds": 9})
        assert [(each.number, each.state) for each in outbox] == [(2, "delivered")], "jobs that go on are still told"

    run(scene)


def test_a_nudge_for_a_job_of_before_does_not_move_the_clock_of_its_successor() -> None:
    async def scene() -> None:
        bench = Bench(clock="auto")
        job = bench.submit("processing eta=5", webhook=HOOK)
        era = bench.courier.era(NAME)
        bench.panel.resets.reset("jobs")
        assert bench.submit("processing eta=5", webhook=HOOK) == job
        before = bench.store.look(NAME).clock.now(1_000.0)
        bench.courier._nudge(NAME, job, era)
        assert bench.store.look(NAME).clock.now(1_000.0) == before
        bench.courier._nudge(NAME, job, bench.courier.era(NAME))
        assert bench.store.look(NAME).clock.now(1_000.0) == before + 5
        await bench.courier.close()

    run(scene)


def test_whoever_waits_or_listens_hears_of_a_reset() -> None:
    async def scene() -> None:
        bench = await busy()
        with bench.panel.watch.listen() as listener:
            job = next(each.id for each in bench.store.look(NAME).jobs.values() if each.is_queued)
            waiting = asyncio.create_task(bench.asked("GET", f"/__mock/jobs/{job}?wait=status:success&timeout=15"))
            while len(bench.panel.watch._ears) < 2:  # noqa: ASYNC110 # turns of the loop, not time
                await asyncio.sleep(0)
            await bench.asked("POST", "/__mock/reset")
            assert (await waiting).status_code == 404
            kinds: list[tuple[str, str]] = []
            while (event := await listener.next(0.01)) is not None:
                kinds.append((event.kind, event.sandbox))
        for kind in ("jobs-reset", "stories-reset", "journal-cleared", "outbox-cleared", "account-set", "clock-moved"):
            assert {(kind, NAME), (kind, sandbox_name(OTHER))} <= set(kinds), kind
        assert ("inboxes-cleared", "sb-none") in kinds

    run(scene)


def test_the_end_of_a_job_is_told_again_when_the_same_job_is_made_again() -> None:
    async def scene() -> None:
        bench = Bench()
        with bench.panel.watch.listen(kinds=["job-ended"]) as listener:
            for _ in range(2):
                job = bench.submit("processing eta=5")
                await bench.asked("POST", f"/__mock/sandboxes/{NAME}/clock/advance", json={"seconds": 5})
                event = await listener.next(5)
                assert event is not None
                assert event.what.job_id == job
                assert await listener.next(0) is None
                bench.panel.resets.reset("all", NAME)

    run(scene)


def test_the_numbers_of_a_journal_go_on_after_a_reset(bench: Bench) -> None:
    bench.order()
    bench.order()
    assert bench.told("POST", "/__mock/reset/journal", headers={"key": KEY}) == {"reset": {"journal": 2}}
    bench.order()
    assert [each.n for each in bench.store.journal(NAME)] == [3]


def test_a_clock_that_is_reset_to_run_sends_what_is_due() -> None:
    async def scene() -> None:
        bench = Bench(clock="real")
        await bench.asked("PUT", f"/__mock/sandboxes/{NAME}/clock", json={"mode": "frozen"})
        bench.receiver.lets.set()
        job = bench.submit("processing eta=1", webhook=HOOK)
        bench.panel.resets._real_now = lambda: real_now() + 60
        await bench.asked("POST", f"/__mock/reset/clock?sandbox={NAME}")
        await turns(100)
        assert bench.store.look(NAME).clock.mode == "real"
        assert bench.receiver.answered == [job]
        await bench.courier.close()

    run(scene)


@pytest.mark.parametrize(
    ("path", "status", "close"),
    [
        ("/storys", 422, "stories"),
        ("/inboxes?sandbox=sb-none", 422, None),
        ("?sandbx=sb-none", 422, "sandbox"),
        ("/jobs?sandbox=my-key", 422, None),
    ],
)
def test_a_reset_that_is_not_understood_resets_nothing(bench: Bench, path: str, status: int, close: str | None) -> None:
    bench.told("POST", STORIES, json={"story": "success"})
    reply = bench.ask("POST", "/__mock/reset" + path)
    assert (reply.status_code, reply.json()["nearest"]) == (status, close)
    assert bench.told("GET", STORIES)["waiting"] == 1


# --- inboxes -----------------------------------------------------------------------------------------------------------


def put(bench: Bench, name: str = "one", body: bytes = b'{"id": 5}') -> None:
    bench.inboxes.take(name, real_at=5.0, method="POST", path=f"/__mock/inbox/{name}", query="", headers={"a": "b"}, body=body)


def test_inboxes_are_listed_read_and_emptied(bench: Bench) -> None:
    put(bench)
    put(bench, body=b"\xff")
    assert bench.told("GET", "/__mock/inboxes") == {"inboxes": {"one": 2}}
    first, second = bench.told("GET", "/__mock/inboxes/one")["messages"]
    assert first == {
        "number": 1, "real_at": 5.0, "method": "POST", "path": "/__mock/inbox/one", "query": "", "headers": {"a": "b"},
        "body": '{"id": 5}', "json": {"id": 5},
    }  # fmt: skip
    assert (second["body"], second["json"]) == ("\ufffd", None)
    assert [each["number"] for each in bench.told("GET", "/__mock/inboxes/one?after=1")["messages"]] == [2]
    assert bench.told("DELETE", "/__mock/inboxes/one") == {"messages": 2}
    assert bench.told("GET", "/__mock/inboxes/one") == {"inbox": "one", "messages": []}
    put(bench)
    assert bench.told("DELETE", "/__mock/inboxes") == {"messages": 1}


@pytest.mark.parametrize(("wait", "number"), [("match", 1), ("next", 2)])
def test_one_who_waits_for_a_message_is_woken_by_it(bench: Bench, wait: str, number: int) -> None:
    async def scene() -> None:
        if wait == "next":
            put(bench)
        waiting = asyncio.create_task(bench.asked("GET", f"/__mock/inboxes/one?wait={wait}&timeout=15"))
        while not bench.inboxes._waiting:  # noqa: ASYNC110 # turns of the loop, not time
            await asyncio.sleep(0)
        put(bench)
        assert [each["number"] for each in (await waiting).json()["messages"]] == [number]

    run(scene)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/.a", 422),
        ("/a%20b", 422),
        ("/one?after=-1", 422),
        ("/one?after=x", 422),
        ("/one?wait=10", 422),
        ("/one?aftr=1", 422),
        ("/one?wait=match&timeout=nan", 422),
        ("/one?wait=match&timeout=301", 422),
        ("/one?wait=match&timeout=0.01", 409),
    ],
)
def test_what_cannot_be_read_is_one_sentence(bench: Bench, path: str, status: int) -> None:
    reply = bench.ask("GET", "/__mock/inboxes" + path)
    assert (reply.status_code, reply.json()["error"] != "") == (status, True)


# --- the pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["accounts.md", "stories.md", "webhooks.md"])
def test_the_calls_that_a_page_shows_are_obeyed(page: str) -> None:
    """In the order of the page, against the control API; what goes to other addresses is left to the tests of the wire."""
    bench, seen = Bench(), 0
    put(bench, "fox")
    text = (DOCS / page).read_text(encoding="utf-8").replace("\\\n", " ")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in re.findall(r"^curl .*?(?=^curl |\Z)", block, re.DOTALL | re.MULTILINE):
            words = shlex.split(line, comments=True)
            url = next(each for each in words if each.startswith(ORIGIN))
            if "/__mock" not in url:
                continue
            given = dict(pairwise(words))
            headers = dict(each.split(": ", 1) for before, each in pairwise(words) if before == "-H")
            method = given.get("-X", "POST" if "-d" in given else "GET")
            reply = bench.ask(method, url, headers=headers, content=given.get("-d"))
            assert reply.status_code == 200, (line, reply.text)
            seen += 1
    assert seen >= 4
