"""The rooms of the control API in one process, without a socket: what they tell, what they refuse, and how."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_mock.app import App
from modelslab_mock.clockwork import Clockwork
from modelslab_mock.control.calls import Calls
from modelslab_mock.control.frame import gated, make_control
from modelslab_mock.control.page import html
from modelslab_mock.control.panel import Panel
from modelslab_mock.control.reference import form, reference
from modelslab_mock.engine.ids import NO_SANDBOX, sandbox_name
from modelslab_mock.engine.inputs import Deliver
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.outbox import Attempt, Delivery
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
ORIGIN = "http://127.0.0.1:4777"
REALTIME = "/api/v6/realtime/text2img"


class Bench:
    """An emulator with its control API, a real clock that only the test moves, and the webhooks that it would send."""

    def __init__(self, **chosen: Any) -> None:
        self.now = 1_000.0
        self.settings = Settings(**{"clock": "frozen", "seed": 7, **chosen})
        self.app: App = make_app(self.settings, seed=7, origin=ORIGIN, started=self.now, log=Log(quiet=True))
        self.sent: list[tuple[int, str]] = []
        self.stopped: list[str] = []
        self.outcomes: Counter[str] = Counter()
        clockwork = Clockwork(self.app, self, lambda: self.now)
        self.panel = Panel(self.app, self.settings, self, clockwork, lambda: self.now, 1_000.0)
        self.asgi: Any = gated(self.panel, ORIGIN)

    @cached_property
    def document(self) -> dict[str, Any]:
        return make_control(self.panel).openapi()

    def stop(self, name: str) -> None:
        """Nothing is under way."""
        self.stopped.append(name)

    def plan(self, name: str) -> None:
        """Nothing has to be planned: time stands still."""

    async def redeliver(self, sandbox: str, number: int) -> Delivery | None:
        """Every receiver answers 204, and the watch hears of it."""
        outbox = self.app.store.outbox(sandbox)
        outbox.attempted(number, Attempt(self.now, 0.0, 204))
        self.panel.watch.tell_delivery(sandbox, number)
        return outbox.get(number)

    def carry_out(self, _: str, effects: Any) -> list[asyncio.Task[None]]:
        """Note what would be sent."""
        self.sent += [(each.job.id, each.answer) for each in effects if isinstance(each, Deliver)]
        return []

    async def asked(self, method: str, path: str, **how: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.asgi)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.request(method, path, **how)

    async def somebody_waits(self) -> None:
        """Let the loop run until a request waits for a commit."""
        while self.app.store.told is None:  # noqa: ASYNC110 # turns of the loop, not time
            await asyncio.sleep(0)

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self.asked(method, path, **how))

    def submit(self, words: str = "processing eta=60", key: str = KEY, **more: Any) -> int:
        body = {"key": key, "prompt": f"a fox [[mock: {words}]]", "width": 64, "height": 64, **more}
        request = Request("POST", REALTIME, {"content-type": "application/json"}, json.dumps(body).encode())
        job: int = json.loads(self.app.handle(request, self.now).body)["id"]
        return job


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def shared() -> Bench:
    """One for the tests that change nothing."""
    return Bench()


# --- what is wrong with a request --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("/__mock/joobs", "/__mock/jobs"),
        ("/__mock/sandbox", "/__mock/sandboxes"),
        ("/__mock/sandboxes/sb-none/clocks", "/__mock/sandboxes/{name}/clock"),
        ("/__mock/jobs/5/compleet", "/__mock/jobs/{job_id}/complete"),
        ("/__mock/Config", "/__mock/config"),
        ("/__mock/" + "x" * 10_000, None),
        ("/__mock/%00%ff", "/__mock"),
    ],
)
def test_an_unknown_path_names_the_nearest(shared: Bench, path: str, close: str | None) -> None:
    for method in ("GET", "POST", "DELETE"):
        reply = shared.ask(method, path)
        assert reply.status_code == 404
        assert reply.json()["nearest"] == close
        assert len(reply.content) < 300, "what came is not repeated"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/__mock/config", "GET"),
        ("DELETE", "/__mock/sandboxes", "GET, POST"),
        ("POST", "/__mock/sandboxes/sb-none/clock", "GET, PUT"),
        ("GET", "/__mock/jobs/5/fail", "POST"),
        ("OPTIONS", "/__mock/jobs", "GET"),
    ],
)
def test_a_wrong_method_says_which_are_right(shared: Bench, method: str, path: str, allow: str) -> None:
    reply = shared.ask(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allow)
    assert allow in reply.json()["error"]


PROFILE, CLOCK = f"/__mock/sandboxes/{NAME}/profile", f"/__mock/sandboxes/{NAME}/clock"


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence", "close"),
    [
        ("PUT", PROFILE, {}, "/profile is needed", None),
        ("PUT", PROFILE, {"profile": "strikt"}, '/profile must be one of documented, strict, observed, got "strikt"', "strict"),
        ("PUT", PROFILE, {"profile": 5}, "/profile must be one of documented, strict, observed, got 5", None),
        ("PUT", PROFILE, {"profile": "strict", "profil": 1}, "/profil is not known here; did you mean 'profile'?", "profile"),
        ("PUT", PROFILE, [], "the body must be an object, got []", None),
        ("PUT", PROFILE, None, "the body is needed", None),
        ("POST", CLOCK + "/advance", {"seconds": -1}, "/seconds must be at least 0, got -1", None),
        ("POST", CLOCK + "/advance", {"seconds": 1e99}, "/seconds must be at most 31622400, got 1e+99", None),
        ("POST", CLOCK + "/advance", {"seconds": "soon"}, '/seconds must be a number, got "soon"', None),
        ("POST", CLOCK + "/advance", {"seconds": {"a": ["x" * 500]}}, '/seconds must be a number, got {"a": ["xxx', None),
        ("PUT", CLOCK, {"mode": "scaled", "factor": 0}, "/factor must be above 0, got 0", None),
        ("PUT", CLOCK, {"mode": "frozen", "factor": 2}, "/factor is for mode scaled only, and mode is frozen", "scaled"),
        ("POST", "/__mock/sandboxes", {"key": " "}, "/key must not be blank", None),
        ("POST", "/__mock/sandboxes", {"key": ["a-secret"]}, "/key must be a text of Unicode characters", None),
        ("POST", "/__mock/sandboxes", {"key": ""}, "/key must be at least 1 long", None),
        ("POST", "/__mock/jobs/5/fail", {"status": "never"}, '/status must be one of failed, error, got "never"', None),
        ("POST", "/__mock/jobs/5/complete", {"at": 5}, "/at is not known here", None),
        (
            "GET",
            "/__mock/jobs?stauts=failed",
            None,
            "?stauts is not a parameter of this call; it takes ",
            "status",
        ),
        (
            "GET",
            "/__mock/jobs?status=fialed",
            None,
            '?status must be one of processing, success, failed, error, got "fial',
            "failed",
        ),
        ("GET", "/__mock/jobs?limit=0", None, '?limit must be at least 1, got "0"', None),
        ("GET", "/__mock/jobs?endpoint=realtime", None, "?endpoint is none of ", "realtime-v6"),
        ("GET", "/__mock/jobs/5?timeout=nan", None, '?timeout must be a finite number, got "nan"', None),
        ("GET", "/__mock/jobs/five", None, "{job_id} in the path must be a whole number", None),
        ("GET", "/__mock/jobs?sandbox=a-secret", None, "a sandbox is named sb- and eight hex digits", None),
        ("GET", "/__mock/config?all=1", None, "?all is not a parameter of this call; it takes none", None),
        (
            "GET",
            "/__mock/sandboxes/a-secret",
            None,
            "a sandbox is named sb- and eight hex digits, or sb-none; POST /__mock/sandboxes tells",
            None,
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_a_pointer(
    shared: Bench, method: str, path: str, body: Any, sentence: str, close: str | None
) -> None:
    reply = shared.ask(method, path, json=body) if body is not None else shared.ask(method, path)
    told = reply.json()
    assert reply.status_code == 422, told
    assert told["error"].startswith(sentence)
    assert told["nearest"] == close
    assert "a-secret" not in reply.text
    assert "\n" not in told["error"]
    assert len(told["error"]) < 250
    assert "pydantic" not in reply.text
    assert "Input should" not in reply.text


def test_all_problems_of_a_body_are_told_at_once(bench: Bench) -> None:
    told = bench.ask("PUT", CLOCK, json={"mode": "fast", "factor": -1, "x": 1}).json()
    assert told["problems"] == [
        '/mode must be one of real, scaled, frozen, auto, got "fast"',
        "/factor must be above 0, got -1",
        "/x is not known here",
    ]
    assert told["error"] == told["problems"][0] + ", and 2 more"


@pytest.mark.parametrize(("wait", "close"), [("status:sucess", "success"), ("state:success", "status:success"), ("", None)])
def test_a_wait_that_is_not_understood_is_refused(bench: Bench, wait: str, close: str | None) -> None:
    job = bench.submit()
    reply = bench.ask("GET", f"/__mock/jobs/{job}", params={"wait": wait})
    assert reply.status_code == 422
    assert reply.json()["nearest"] == close or not wait


def test_a_bug_of_ours_is_told_in_the_same_shape(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> Any:
        raise RuntimeError("a secret of the tests")

    monkeypatch.setattr(bench.app.store, "look", broken)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(bench.asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.get("/__mock/sandboxes/sb-none")

    reply = asyncio.run(asked())
    assert (reply.status_code, reply.json()["nearest"]) == (500, None)
    assert "secret" not in reply.text


# --- sandboxes, clocks, profiles ---------------------------------------------------------------------------------------


def test_looking_changes_nothing_not_even_who_is_let_go_first(bench: Bench) -> None:
    bench = Bench(max_sandboxes=2)
    bench.submit(key="first-key")
    bench.submit(key="second-key")
    held = [each.name for each in bench.app.store.held()]
    job = next(iter(bench.app.store.look(sandbox_name("first-key")).jobs))
    for path in ("", "/clock", "/jobs"):
        for name in (sandbox_name("first-key"), sandbox_name("nobodys-key")):
            assert bench.ask("GET", f"/__mock/sandboxes/{name}{path}").status_code == 200
    bench.ask("GET", f"/__mock/jobs/{job}?wait=status:success&timeout=0.01")
    bench.ask("POST", "/__mock/sandboxes", json={"key": "first-key"})
    assert [each.name for each in bench.app.store.held()] == held


def test_sandboxes_are_told_the_most_recently_used_first(bench: Bench) -> None:
    for n, key in enumerate(("key-one", "key-two", "key-one")):
        bench.now = 2_000.0 + n
        bench.submit(key=key, webhook="http://localhost/hook")
    told = bench.ask("GET", "/__mock/sandboxes").json()
    first, second = told["sandboxes"][:2]
    assert (first["name"], second["name"]) == (sandbox_name("key-one"), sandbox_name("key-two"))
    assert (first["submitted"], first["jobs"], first["webhooks_waiting"], first["last_used_at"]) == (2, 2, 2, 2_002.0)
    assert (first["profile"], first["clock"]) == ("documented", {"mode": "frozen", "now": 1_000.0, "factor": 1.0})
    bounded = bench.ask("GET", "/__mock/sandboxes?limit=1").json()
    assert (bounded["held"], len(bounded["sandboxes"])) == (told["held"], 1)


def test_a_key_names_its_sandbox_in_a_body_and_in_a_header(bench: Bench) -> None:
    job = bench.submit()
    bench.submit(key="another-key")
    assert bench.ask("POST", "/__mock/sandboxes", json={"key": KEY}).json()["name"] == NAME
    assert bench.ask("GET", "/__mock/sandboxes/by-key", headers={"key": KEY}).json()["name"] == NAME
    assert bench.ask("GET", "/__mock/sandboxes/by-key").status_code == 422
    (found,) = bench.ask("GET", "/__mock/jobs", headers={"key": KEY}).json()["jobs"]
    assert (found["id"], found["sandbox"]) == (job, NAME)
    assert bench.ask("GET", f"/__mock/jobs/{job}?sandbox=sb-none").status_code == 404
    assert bench.ask("GET", f"/__mock/jobs/{job}?sandbox=sb-none", headers={"key": KEY}).status_code == 422


@given(st.lists(st.tuples(st.sampled_from(["real", "scaled", "frozen", "auto"]), st.floats(0, 1e6), st.floats(0, 1e5))))
@settings(max_examples=20)
def test_time_never_runs_backwards_however_the_clock_is_set(steps: list[tuple[str, float, float]]) -> None:
    bench = Bench()
    shown = bench.now

    async def walk() -> None:
        nonlocal shown
        for mode, factor, seconds in steps:
            body: dict[str, Any] = {"mode": mode}
            if mode == "scaled" and factor:
                body["factor"] = factor
            told = (await bench.asked("PUT", CLOCK, json=body)).json()
            assert told["mode"] == mode
            assert told["now"] >= shown
            moved = await bench.asked("POST", CLOCK + "/advance", json={"seconds": seconds})
            assert moved.status_code == (409 if mode == "real" else 200)
            bench.now += seconds / 7
            shown = (await bench.asked("GET", CLOCK)).json()["now"]
            assert shown >= told["now"]

    asyncio.run(walk())


def test_a_clock_that_is_made_to_run_sends_what_is_due() -> None:
    bench = Bench()
    job = bench.submit(webhook="http://localhost/hook")
    bench.now += 1_000
    assert bench.sent == []
    bench.ask("PUT", CLOCK, json={"mode": "real"})
    assert bench.sent == [(job, "success")]


# --- jobs --------------------------------------------------------------------------------------------------------------


def test_jobs_are_filtered_and_bounded(bench: Bench) -> None:
    ids = [bench.submit(words) for words in ("success", "processing", "processing", "success")]
    bench.ask("POST", f"/__mock/jobs/{ids[1]}/fail")

    def found(query: str = "") -> list[int]:
        return [each["id"] for each in bench.ask("GET", "/__mock/jobs" + query).json()["jobs"]]

    assert found() == ids[::-1], "the newest first"
    assert found("?status=success") == [ids[3], ids[0]]
    assert found("?status=failed") == [ids[1]]
    assert found("?limit=1") == [ids[3]]
    assert found("?endpoint=text2img-v3") == []
    assert found(f"?endpoint=realtime-v6&sandbox={NO_SANDBOX}") == []
    assert bench.ask("GET", "/__mock/jobs?limit=1").json()["matched"] == 4


def test_a_webhook_is_told_without_what_may_be_secret_in_it(bench: Bench) -> None:
    job = bench.submit(webhook="http://user:pass-word@localhost:9/hook?token=secret-token")
    told = bench.ask("GET", f"/__mock/jobs/{job}")
    assert told.json()["webhook"] == "http://localhost:9"
    assert "pass-word" not in told.text
    assert "secret-token" not in told.text
    assert KEY not in told.text


@pytest.mark.parametrize(
    "words", ["processing eta=60", "processing ends=never", "processing polls=3", "processing eta=60 ends=failed"]
)
@pytest.mark.parametrize(("how", "answer"), [("complete", "success"), ("fail", "failed")])
def test_an_end_by_hand_is_for_good_and_sends_one_webhook(words: str, how: str, answer: str) -> None:
    bench = Bench()
    job = bench.submit(words, webhook="http://localhost/hook")
    bench.ask("POST", CLOCK + "/advance", json={"seconds": 5})
    told = bench.ask("POST", f"/__mock/jobs/{job}/{how}").json()
    assert (told["status"], told["ends_at"], told["by_hand"]["at"]) == (answer, 1_005.0, 1_005.0)
    assert bench.sent == [(job, answer)]
    for other in ("complete", "fail"):
        reply = bench.ask("POST", f"/__mock/jobs/{job}/{other}")
        assert (reply.status_code, reply.json()["nearest"]) == (409, None)
    bench.ask("POST", CLOCK + "/advance", json={"seconds": 9_999})
    assert bench.ask("GET", f"/__mock/jobs/{job}").json()["status"] == answer
    assert bench.sent == [(job, answer)]


def test_a_job_that_is_not_kept_is_said_so(bench: Bench) -> None:
    for path in ("", "/complete", "/fail"):
        reply = bench.ask("POST" if path else "GET", f"/__mock/jobs/5{path}")
        assert reply.status_code == 404
        assert "no job 5" in reply.json()["error"]


def test_a_waiter_is_woken_by_a_commit_and_leaves_nothing_behind(bench: Bench) -> None:
    job = bench.submit()
    took: list[float] = []

    async def both() -> httpx.Response:
        waiting = asyncio.create_task(bench.asked("GET", f"/__mock/jobs/{job}?wait=status:ended&timeout=60"))
        await bench.somebody_waits()
        bench.submit(key="another-key")  # somebody else's commit changes nothing
        await bench.asked("POST", CLOCK + "/advance", json={"seconds": 60})
        since = asyncio.get_running_loop().time()
        reply = await waiting
        took.append(asyncio.get_running_loop().time() - since)
        return reply

    assert asyncio.run(both()).json()["status"] == "success"
    assert took[0] < 30, "it waited for its time-out"
    assert bench.app.store.told is None, "submits cost nothing any more"


def test_a_waiter_is_woken_by_time_alone() -> None:
    bench = Bench(clock="scaled:100000")
    job = bench.submit("processing eta=20000")  # a fifth of a real second
    started = bench.now
    loop_time: list[float] = []

    async def asked() -> httpx.Response:
        loop = asyncio.get_running_loop()
        await bench.asked("GET", "/__mock/jobs?limit=1")  # what is done once is done
        began = loop.time()
        bench.panel.watch.real_now = lambda: started + loop.time() - began
        object.__setattr__(bench.panel, "real_now", bench.panel.watch.real_now)
        reply = await bench.asked("GET", f"/__mock/jobs/{job}?wait=status:success&timeout=60")
        loop_time.append(loop.time() - began)
        return reply

    assert asyncio.run(asked()).json()["status"] == "success"
    assert 0.2 <= loop_time[0] < 30


def test_a_job_that_is_forgotten_while_somebody_waits_is_gone() -> None:
    bench = Bench(max_jobs=1)
    job = bench.submit()

    async def both() -> httpx.Response:
        waiting = asyncio.create_task(bench.asked("GET", f"/__mock/jobs/{job}?wait=status:ended&timeout=60"))
        await bench.somebody_waits()
        bench.submit()
        return await waiting

    assert asyncio.run(both()).status_code == 404


# --- about -------------------------------------------------------------------------------------------------------------


def test_the_config_is_what_was_resolved_with_its_secrets_masked() -> None:
    bench = Bench(accept_key=("a-secret-key", "another-secret"), control_token="a-secret-token", story=None)
    token = {"authorization": "Bearer a-secret-token"}
    reply = bench.ask("GET", "/__mock/config", headers=token)
    told = reply.json()["settings"]
    assert told["accept_key"]["value"] == ["***", "***"]
    assert told["control_token"]["value"] == "***"
    assert "secret" not in re.sub(r'"sentence":"[^"]*"', "", reply.text)
    assert (told["seed"]["value"], told["clock"]["value"], told["clock"]["default"]) == (7, "frozen", "real")
    assert told.keys() == Settings.__dataclass_fields__.keys()


def test_health_and_version(bench: Bench) -> None:
    bench.now += 2.5
    assert bench.ask("GET", "/__mock/health").json() | {"version": ""} == {
        "status": "ok", "version": "", "contracts": 5, "uptime_s": 2.5
    }  # fmt: skip
    assert bench.ask("GET", "/__mock/version").json()["name"] == "modelslab-mock"


class Page(HTMLParser):
    """What a page links to, what it holds, and whether its elements are closed in order."""

    VOID = ("meta", "link")

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_here = {name: value or "" for name, value in attrs}
        assert tag not in ("script", "img", "iframe", "form", "object"), "nothing runs and nothing is loaded"
        assert "style" not in given_here
        self.ids += [given_here["id"]] if "id" in given_here else []
        self.links += [given_here["href"]] if "href" in given_here else []
        self.headings += [tag] if tag[0] == "h" and tag[1:].isdigit() else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_reference_page_stands_alone_and_can_be_walked(bench: Bench) -> None:
    told = bench.ask("GET", "/__mock/docs").text
    page = Page()
    page.feed(told)
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link in ("data:,", "/__mock/openapi.json") or link[1:] in page.ids, link
    assert "://" not in re.sub(re.escape(ORIGIN) + r"|\"http://127.0.0.1:9000\"", "", told).replace("<!doctype", "")
    assert "url(" not in told
    assert "@import" not in told
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert "prefers-color-scheme: dark" in told
    assert page.links[1:2] == ["#main"], "the first thing that Tab reaches leads past the contents"
    for path in bench.document["paths"]:
        assert path in told


def test_the_reference_repeats_nothing_as_markup(bench: Bench) -> None:
    hostile = {**bench.document, "info": {"title": "<script>alert(1)</script>", "description": "a & b < c"}}
    page = html(reference(hostile), "http://<b>", "0")
    assert "<script" not in page
    assert "a &amp; b &lt; c" in page


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "number", "minimum": 0, "exclusiveMinimum": 0.5}, "number, at least 0, above 0.5"),
        ({"type": "integer", "default": 100}, "whole number, 100 when left out"),
        ({"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}, "A or null"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list of a | b"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text"),
        ({}, "any JSON"),
    ],
)
def test_a_form_is_said_in_words(schema: Mapping[str, Any], words: str) -> None:
    assert form(schema) == words


def test_every_example_of_the_reference_is_obeyed() -> None:
    bench = Bench(clock="frozen")
    for room in reference(bench.document).rooms:
        for call in room.calls:
            if call.answer == "text/event-stream":
                continue  # it has no end
            how = {"json": json.loads(call.example)} if call.body else {}
            reply = bench.ask(call.method, call.address, **how)
            nothing_yet = re.search(r"/jobs/1234567890|/journal/1\b|/webhooks/1\b", call.address)
            assert reply.status_code == (404 if nothing_yet else 200), call


# --- attacked by its own description -----------------------------------------------------------------------------------

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def drawn(calls: Calls, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema, and values beside it."""
    if "anyOf" in schema:
        return st.one_of(*(drawn(calls, each) for each in schema["anyOf"]))
    schema = calls.resolved(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | odd
    kind = schema.get("type")
    if kind == "object":
        fields = {name: drawn(calls, each) for name, each in schema.get("properties", {}).items()}
        right = st.fixed_dictionaries({}, optional=fields)
        return right | st.builds(lambda a, b: {**a, **b}, right, st.dictionaries(st.text(max_size=8), odd, max_size=2)) | odd
    words: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-1, 2**70),
        "number": st.floats(-1, 1e9) | st.integers(),
        "string": st.text(max_size=40)
        | st.sampled_from(["sb-none", NAME, "by-key", "status:success", "success", "realtime-v6"]),
        "null": st.none(),
        "boolean": st.booleans(),
    }
    return words.get(str(kind), odd) | odd


@pytest.fixture(scope="module")
def attacked() -> Iterator[Callable[..., httpx.Response]]:
    bench = Bench()
    loop = asyncio.new_event_loop()
    bench.submit(webhook="http://localhost/hook")
    assert {each["status"] for each in bench.ask("GET", "/__mock/jobs").json()["jobs"]} == {"processing"}

    def ask(*what: Any, **how: Any) -> httpx.Response:
        return loop.run_until_complete(bench.asked(*what, **how))

    yield ask
    loop.close()


@given(st.data())
@settings(max_examples=400)
def test_whatever_its_description_allows_and_more_never_breaks_it(
    attacked: Callable[..., httpx.Response], data: st.DataObject
) -> None:
    document = attacked("GET", "/__mock/openapi.json").json()
    calls = Calls(document)
    path = data.draw(st.sampled_from(sorted(set(document["paths"]) - {"/__mock/events"})))  # whose answer has no end
    method = data.draw(st.sampled_from(sorted(document["paths"][path])))
    told = document["paths"][path][method]
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    address = path
    for each in told.get("parameters", []):
        value = str(data.draw(drawn(calls, each["schema"])))
        if each["in"] == "path":
            known = st.sampled_from([NAME, "sb-none", "by-key", "1234567890"])
            part = data.draw(known | st.just(value.replace("/", "") or "x"))
            address = address.replace(f"{{{each['name']}}}", quote(part, safe=""))
        elif each["in"] == "query" and data.draw(st.booleans()):
            query[each["name"]] = "0" if each["name"] == "timeout" else value
        elif each["in"] == "header" and value.isascii() and value.isprintable() and data.draw(st.booleans()):
            headers[each["name"]] = value.strip()
    how: dict[str, Any] = {"params": query, "headers": headers}
    if "requestBody" in told:
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        how["content"] = json.dumps(data.draw(drawn(calls, schema)), ensure_ascii=True)
        headers["content-type"] = "application/json"
    reply = attacked(method.upper(), address, **how)
    assert reply.status_code in (200, 400, 404, 409, 422), (address, how, reply.text)
    if reply.status_code == 200:
        assert "200" in told["responses"]
    else:
        problem = reply.json()
        assert problem["error"]
        assert problem.keys() <= {"error", "nearest", "problems"}
        assert "Input should" not in reply.text
