"""The rooms for what happened, in one process: journal and files, near misses, webhooks, events, metrics."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelslab_contracts import json_lines
from modelslab_contracts.har import har, write
from modelslab_mock.control import event_stream
from modelslab_mock.control.event_stream import EventStream
from modelslab_mock.control.events import MAX_LISTENERS
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.messages import Request, Response
from modelslab_mock.version import __version__

if TYPE_CHECKING:
    from .test_control_rooms import Bench
else:
    Bench = runpy.run_path(str(Path(__file__).with_name("test_control_rooms.py")))["Bench"]

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
REALTIME = "/api/v6/realtime/text2img"
OF_KEY = f"/__mock/sandboxes/{NAME}"
WAIT_S = 20.0


def post(bench: Bench, body: Any, path: str = REALTIME, headers: dict[str, str] | None = None) -> Response:
    given = {"content-type": "application/json", **(headers or {})}
    return bench.app.handle(
        Request("POST", path, given, body if isinstance(body, bytes) else json.dumps(body).encode()), bench.now
    )


def hook(bench: Bench, state: str = "pending", job: int = 5, key: str = KEY, url: str = "http://localhost/hook") -> int:
    """A delivery in an outbox, as the courier writes it."""
    outbox = bench.app.store.outbox(sandbox_name(key))
    outbox.key = key
    body = json.dumps({"status": "success", "key": key}).encode()
    number = outbox.add(job_id=job, fate="once", answer="success", due_at=bench.now, url=url, body=body)
    if state != "pending":
        outbox.settled(number, state, "as the test asks")  # type: ignore[arg-type] # a state
    return number


@pytest.fixture
def used() -> Bench:
    """An emulator after some requests of two keys: five exchanges of KEY's, one of another's, one of nobody's."""
    bench = Bench()
    bench.now = 1_001.0
    job = bench.submit("processing eta=60")
    bench.now = 1_002.0
    post(bench, {"key": KEY}, f"/api/v6/realtime/fetch/{job}")
    post(bench, {"key": KEY, "prompt": "a fox", "width": 9_999, "wdth": 5})
    post(bench, {"key": KEY, "prompt": "a fox", "width": "64"})
    bench.now = 1_003.0
    post(bench, {"key": "another-key-of-the-tests", "prompt": "a hare"})
    post(bench, {"key": KEY}, "/api/v6/api/v6/realtime/text2img")
    post(bench, {"key": KEY, "prompt": "a fox [[mock: unavailable]]"})
    return bench


# --- journal -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("order=oldest&limit=2", [1, 2]),
        ("order=newest&limit=2", [5, 4]),
        ("after=3&order=oldest", [4, 5]),
        ("answer=processing", [2, 1]),
        ("status=5xx", [5]),
        ("status=400", [3]),
        ("refused=true", [3]),
        ("rule=request/above-*", [3]),
        ("rule=request/text-read-as-number", [4]),
        ("path=/api/v6/realtime/fetch/*", [2]),
        ("method=post&endpoint=realtime-v6", [5, 4, 3, 2, 1]),
        ("endpoint=text2img-v3", []),
        ("job=1", []),
        ("unmatched=true", []),
    ],
)
def test_exchanges_are_found_by_what_is_wanted(used: Bench, query: str, numbers: list[int]) -> None:
    told = used.ask("GET", f"{OF_KEY}/journal?{query}").json()
    assert [each["n"] for each in told["exchanges"]] == numbers
    assert used.ask("GET", f"/__mock/journal?sandbox={NAME}&{query}").json() == told
    assert used.ask("GET", f"/__mock/journal?{query}", headers={"key": KEY}).json() == told
    if "limit" not in query:
        assert told["matched"] == len(numbers)


def test_exchanges_of_all_sandboxes_are_in_the_order_of_time(used: Bench) -> None:
    newest = used.ask("GET", "/__mock/journal").json()
    oldest = used.ask("GET", "/__mock/journal?order=oldest").json()
    assert newest["matched"] == oldest["matched"] == 7
    assert [each["real_at"] for each in oldest["exchanges"]] == [1_001.0] + [1_002.0] * 3 + [1_003.0] * 3
    assert [each["real_at"] for each in newest["exchanges"]] == [1_003.0] * 3 + [1_002.0] * 3 + [1_001.0]
    job = oldest["exchanges"][0]["job_id"]
    assert used.ask("GET", f"/__mock/journal?job={job}").json()["matched"] == 2
    (lost,) = used.ask("GET", "/__mock/journal?unmatched=true").json()["exchanges"]
    assert (lost["sandbox"], lost["status"]) == ("sb-none", 404)


@pytest.mark.parametrize(
    ("query", "says", "close"),
    [
        ("answer=sucess", "?answer 'sucess' is not known; did you mean 'success'?", "success"),
        ("endpoint=realtime-v7", "did you mean 'realtime-v6'?", "realtime-v6"),
        ("rule=request/above-maximun", "did you mean 'request/above-maximum'?", "request/above-maximum"),
        ("method=PSOT", "did you mean 'POST'?", "POST"),
        ("status=4x", "?status must be a code such as 404 or a class such as 4xx", None),
        ("path=api", "?path must begin with / or *", None),
        ("job=five", "?job must be a whole number", None),
        ("refused=perhaps", "?refused must be true or false", None),
        ("order=newset", "?order must be one of newest, oldest", "newest"),
        ("wait=nxt", "?wait must be one of match, next", "next"),
        ("jbo=5", "?jbo is not a parameter of this call", "job"),
        ("limit=0", "?limit must be at least 1", None),
    ],
)
def test_a_filter_that_is_none_is_refused_and_names_the_nearest(used: Bench, query: str, says: str, close: str | None) -> None:
    reply = used.ask("GET", f"/__mock/journal?{query}")
    assert reply.status_code == 422
    assert says in reply.json()["error"]
    if close:
        assert close in (reply.json()["nearest"], *reply.json()["error"].split("'"), *reply.json()["error"].split('"'))


def test_one_exchange_is_told_in_full(used: Bench) -> None:
    told = used.ask("GET", f"{OF_KEY}/journal/3").json()
    assert json.loads(told["request_body"]) == {"key": "***", "prompt": "a fox", "width": 9_999, "wdth": 5}
    assert json.loads(told["reply_body"])["status"] == "error"
    assert ["content-type", "application/json"] in told["request_headers"]
    wrong = next(each for each in told["findings"] if each["rule"] == "request/above-maximum")
    assert wrong["says"].startswith("error request/above-maximum  /width: must be between 1 and 1024, got 9999")
    assert told["near_miss"]["nearest"] == f"POST {REALTIME}"
    assert "/width must be between 1 and 1024" in told["near_miss"]["text"]
    assert used.ask("GET", f"{OF_KEY}/journal/1").json()["near_miss"] is None
    missing = used.ask("GET", f"{OF_KEY}/journal/6")
    assert (missing.status_code, missing.json()["error"]) == (404, f"sandbox {NAME} keeps no exchange 6; it keeps 1 to 5")
    assert "it keeps none" in used.ask("GET", "/__mock/sandboxes/sb-00000000/journal/1").json()["error"]


def test_what_a_journal_let_go_is_counted() -> None:
    bench = Bench(max_exchanges=2)
    for _ in range(5):
        bench.submit()
    told = bench.ask("GET", f"{OF_KEY}/journal").json()
    assert (told["matched"], told["forgotten"], [each["n"] for each in told["exchanges"]]) == (2, 3, [5, 4])
    assert "it keeps 4 to 5" in bench.ask("GET", f"{OF_KEY}/journal/3").json()["error"]


def test_looking_makes_no_sandbox(used: Bench) -> None:
    for path in ("journal", "webhooks", "journal/1", "webhooks/1"):
        used.ask("GET", f"/__mock/sandboxes/sb-12345678/{path}")
    used.ask("POST", "/__mock/sandboxes/sb-12345678/webhooks/1/redeliver")
    assert not used.app.store.holds("sb-12345678")


@pytest.mark.parametrize("how", ["match", "next"])
def test_waiting_ends_with_the_next_exchange_that_matches(used: Bench, how: str) -> None:
    async def both() -> Any:
        asked = used.asked("GET", f"{OF_KEY}/journal?rule=request/below-minimum&wait={how}&timeout=20")
        waiting = asyncio.create_task(asked)
        await asyncio.wait_for(used.somebody_waits(), WAIT_S)
        post(used, {"key": "another-key-of-the-tests", "prompt": "a hare", "width": -5})
        post(used, {"key": KEY, "prompt": "a fox"})
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        post(used, {"key": KEY, "prompt": "a fox", "width": -5})
        return (await asyncio.wait_for(waiting, WAIT_S)).json()

    told = asyncio.run(both())
    assert [each["n"] for each in told["exchanges"]] == [7]


def test_waiting_for_what_is_there_needs_no_wait_and_for_the_next_does(used: Bench) -> None:
    told = used.ask("GET", f"{OF_KEY}/journal?refused=true&wait=match&timeout=0").json()
    assert [each["n"] for each in told["exchanges"]] == [3]
    reply = used.ask("GET", f"{OF_KEY}/journal?refused=true&wait=next&timeout=0.01")
    assert (reply.status_code, reply.json()["error"]) == (
        409,
        f"no exchange in sandbox {NAME} was what you wait for within 0.01 s",
    )
    assert used.app.store.told is None, "nobody listens any more"


# --- files -------------------------------------------------------------------------------------------------------------


def test_the_files_hold_what_the_journals_hold(used: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelslab_mock.control.journal_desk.PIECE_BYTES", 100)
    kept = [*used.app.store.journal(NAME)]
    reply = used.ask("GET", f"/__mock/journal.jsonl?sandbox={NAME}")
    assert json_lines.read(reply.text) == kept
    assert reply.headers["content-type"].startswith("application/jsonl")
    assert reply.headers["content-disposition"] == f'attachment; filename="journal-{NAME}.jsonl"'
    reply = used.ask("GET", f"/__mock/journal.har?sandbox={NAME}")
    assert reply.json() == json.loads(json.dumps(har(kept, version=__version__, origin=used.app.bound_origin)))
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["content-disposition"] == f'attachment; filename="journal-{NAME}.har"'
    everything = json_lines.read(used.ask("GET", "/__mock/journal.jsonl").text)
    assert [each.real_at for each in everything] == [1_001.0] + [1_002.0] * 3 + [1_003.0] * 3
    assert [each.n for each in json_lines.read(used.ask("GET", f"/__mock/journal.jsonl?refused=true&sandbox={NAME}").text)] == [
        3
    ]
    assert used.ask("GET", "/__mock/journal.har?job=1").json()["log"]["entries"] == []
    assert used.ask("GET", "/__mock/journal.jsonl?job=1").content == b""


def test_an_archive_in_pieces_is_the_archive(used: Bench) -> None:
    for kept in ([*used.app.store.journal(NAME)], []):
        assert json.loads("".join(write(kept, version="1"))) == json.loads(json.dumps(har(kept, version="1")))


def test_near_misses_are_explained(used: Bench) -> None:
    told = used.ask("GET", "/__mock/journal/near-misses?order=oldest").json()
    assert told["matched"] == 2
    wide, lost = told["near_misses"]
    assert (wide["sandbox"], wide["n"]) == (NAME, 3)
    assert [each["rule"] for each in wide["differs"]] == ["request/above-maximum", "request/unknown-field"][
        : len(wide["differs"])
    ]
    assert lost["nearest"] == f"POST {REALTIME}"
    assert "holds /api/ twice" in lost["text"]
    assert used.ask("GET", f"/__mock/journal/near-misses?sandbox={NAME}").json()["near_misses"] == [wide]
    assert used.ask("GET", "/__mock/journal/near-misses?unmatched=true").json()["near_misses"] == [lost]


# --- no key gets out ---------------------------------------------------------------------------------------------------

SECRET = "sekret-0123456789-of-the-tests"


def with_keys_everywhere() -> Bench:
    bench = Bench(max_exchanges=50)
    submit = {
        "key": SECRET,
        "prompt": f"a fox {SECRET}",
        "webhook": f"http://u:{SECRET}@{SECRET}.localhost/{SECRET}?key={SECRET}",
    }
    answer = post(bench, {**submit, "track_id": SECRET})
    job = json.loads(answer.body)["id"]
    hook(bench, "refused", job, SECRET, submit["webhook"])
    outbox = bench.app.store.outbox(sandbox_name(SECRET))
    outbox.settled(1, "refused", f"webhook to {SECRET}.example not sent")
    post(bench, {**submit, "width": SECRET, "wdth": SECRET, SECRET: 1})
    post(bench, {**submit, "prompt": f"[[mock: {SECRET}]]"})
    post(bench, {"key": SECRET}, f"/api/v6/realtime/fetch/{SECRET}")
    post(bench, {"prompt": "a fox"}, headers={"key": SECRET, "authorization": f"Bearer {SECRET}", "user-agent": SECRET})
    post(bench, {"prompt": "a fox", "api_key": SECRET}, headers={"x-api-key": SECRET, "cookie": f"key={SECRET}"})
    post(bench, json.dumps(json.dumps(submit)).encode())
    post(bench, f"key={SECRET}&prompt=x&width={SECRET}".encode(), headers={"content-type": "application/x-www-form-urlencoded"})
    post(bench, {"key": SECRET, "prompt": "x"}, "/api/v6/api/v6/realtime/text2img")
    request = Request(
        "POST", REALTIME, {"content-type": "application/json"}, b'{"key": "%s"' % SECRET.encode(), f"key={SECRET}"
    )
    bench.app.handle(request, bench.now)
    return bench


def test_no_answer_of_the_control_api_holds_a_key() -> None:
    bench = with_keys_everywhere()
    held = [each.name for each in bench.app.store.held()]
    asked = 0
    for path in sorted(bench.document["paths"]):
        if "get" not in bench.document["paths"][path] or path == "/__mock/events":
            continue
        for name in held:
            numbers = range(1, 15) if "{n}" in path else [0]
            for n in numbers:
                address = path.replace("/specs/{name}", "/specs/realtime-v6").replace("{name}", name).replace("{n}", str(n))
                for job in [*bench.app.store.look(name).jobs] if "{job_id}" in path else [0]:
                    reply = bench.ask("GET", address.replace("{job_id}", str(job)))
                    asked += 1
                    assert SECRET not in reply.text, address
                    assert "sekret" not in reply.text, address
    assert asked > 60
    for name in held:
        assert SECRET not in bench.ask("POST", f"/__mock/sandboxes/{name}/webhooks/1/redeliver").text


def test_no_event_holds_a_key() -> None:
    bench = Bench()

    async def heard() -> str:
        async with listening(bench, "") as read:
            post(bench, {"key": SECRET, "prompt": f"[[mock: {SECRET}]]", "width": SECRET})
            post(bench, {"key": SECRET}, f"/api/v6/realtime/fetch/{SECRET}")
            hook(bench, "refused", 5, SECRET, f"http://{SECRET}.example/")
            bench.app.store.outbox(sandbox_name(SECRET)).settled(1, "refused", f"webhook to {SECRET}.example not sent")
            bench.panel.watch.tell_delivery(sandbox_name(SECRET), 1)
            return str(await read(lambda text: "delivery-made" in text))

    text = asyncio.run(heard())
    assert text.count("event: exchange") == 2
    assert "sekret" not in text


# --- webhooks ----------------------------------------------------------------------------------------------------------


def test_webhooks_are_found_by_what_is_wanted() -> None:
    bench = Bench()
    for state, job in (("pending", 5), ("lost", 5), ("refused", 6)):
        hook(bench, state, job)
    hook(bench, "lost", 7, "another-key-of-the-tests")

    def numbers(query: str) -> list[tuple[bool, int]]:
        told = bench.ask("GET", f"/__mock/webhooks?order=oldest&{query}").json()["webhooks"]
        return [(each["sandbox"] == NAME, each["n"]) for each in told]

    assert sorted(numbers("")) == [(False, 1), (True, 1), (True, 2), (True, 3)]
    assert numbers(f"sandbox={NAME}&state=settled") == [(True, 2), (True, 3)]
    assert numbers(f"sandbox={NAME}&state=pending") == [(True, 1)]
    assert numbers("job=7") == [(False, 1)]
    assert numbers(f"sandbox={NAME}&after=1&limit=1") == [(True, 2)]
    assert bench.ask("GET", "/__mock/webhooks?state=settld").json()["nearest"] == "settled"
    told = bench.ask("GET", f"{OF_KEY}/webhooks").json()
    assert (told["matched"], [each["n"] for each in told["webhooks"]]) == (3, [3, 2, 1])


def test_one_webhook_is_told_with_its_body_and_sent_once_more() -> None:
    bench = Bench()
    number = hook(bench, "refused", url="http://somebody:secret@localhost/hook")
    told = bench.ask("GET", f"{OF_KEY}/webhooks/{number}").json()
    assert (told["state"], told["why"], told["attempts"], told["url"]) == (
        "refused", "as the test asks", [], "http://localhost/hook"
    )  # fmt: skip
    assert json.loads(told["body"]) == {"status": "success", "key": "***"}
    again = bench.ask("POST", f"{OF_KEY}/webhooks/{number}/redeliver").json()
    assert (again["state"], again["why"], [each["status"] for each in again["attempts"]]) == ("delivered", "", [204])
    for path in (f"{OF_KEY}/webhooks/9", "/__mock/sandboxes/sb-00000000/webhooks/1"):
        assert bench.ask("GET", path).status_code == 404
        assert bench.ask("POST", path + "/redeliver").status_code == 404


@pytest.mark.parametrize("how", ["match", "next"])
def test_waiting_for_a_webhook_ends_when_it_is_settled(how: str) -> None:
    bench = Bench()
    hook(bench, "pending", 5)

    async def both() -> Any:
        asked = bench.asked("GET", f"{OF_KEY}/webhooks?state=settled&job=6&wait={how}&timeout=20")
        waiting = asyncio.create_task(asked)
        await asyncio.wait_for(bench.somebody_waits(), WAIT_S)
        number = hook(bench, "pending", 6)
        bench.panel.watch.tell_delivery(NAME, number)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done(), "it is not settled yet"
        await bench.redeliver(NAME, number)
        return (await asyncio.wait_for(waiting, WAIT_S)).json()

    told = asyncio.run(both())
    assert [(each["n"], each["state"]) for each in told["webhooks"]] == [(2, "delivered")]


def test_waiting_for_a_webhook_in_vain_says_for_which() -> None:
    bench = Bench()
    hook(bench, "lost", 5)
    reply = bench.ask("GET", f"{OF_KEY}/webhooks?state=delivered&job=5&wait=match&timeout=0.01")
    assert (reply.status_code, reply.json()["error"]) == (
        409, f"no webhook of job 5 in sandbox {NAME} that is delivered within 0.01 s"
    )  # fmt: skip
    assert bench.ask("GET", f"{OF_KEY}/webhooks?wait=next&timeout=0.01").status_code == 409
    assert bench.ask("GET", f"{OF_KEY}/webhooks?wait=match&timeout=0").status_code == 200


# --- events ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def listening(bench: Bench, query: str, **headers: str) -> AsyncIterator[Callable[[Callable[[str], bool]], Any]]:
    """A listener; what it gives reads until the whole text is as wanted, and gives that text."""
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    gone = asyncio.Event()
    text = ""

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": "/__mock/events", "raw_path": b"/__mock/events", "root_path": "",
        "query_string": query.encode(), "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 4777),
        "headers": [(b"host", b"127.0.0.1:4777"), *((n.replace("_", "-").encode(), v.encode()) for n, v in headers.items())],
    }  # fmt: skip
    stream = asyncio.create_task(bench.asgi(scope, receive, sent.put))
    start = await asyncio.wait_for(sent.get(), WAIT_S)
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in dict(start["headers"])

    async def read(enough: Callable[[str], bool]) -> str:
        nonlocal text
        while not enough(text):
            message = await asyncio.wait_for(sent.get(), WAIT_S)
            text += message["body"].decode()
            if not message["more_body"]:
                text += "(end)"
        return text

    yield read
    gone.set()
    await asyncio.wait_for(stream, WAIT_S)
    assert bench.app.store.told is None, "whoever went is no longer told of anything"


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and value of each event."""
    blocks = [dict(line.split(": ", 1) for line in each.split("\n") if line[0] != ":") for each in text.split("\n\n") if each]
    for block in blocks:
        if "id" in block:
            assert json.loads(block["data"])["n"] == int(block["id"])
    return [(each["event"], json.loads(each["data"])) for each in blocks if "event" in each]


def test_a_listener_hears_what_happens_in_order() -> None:
    bench = Bench()

    async def heard() -> str:
        async with listening(bench, "") as read:
            bench.submit()
            hook(bench, "lost", 5)
            bench.panel.watch.tell_delivery(NAME, 1)
            return str(await read(lambda text: "delivery-made" in text))

    kinds = [kind for kind, _ in events_of(asyncio.run(heard()))]
    assert kinds == ["job-submitted", "exchange", "delivery-made"]


def test_a_listener_hears_only_what_it_asked_for() -> None:
    bench = Bench()

    async def heard() -> str:
        async with listening(bench, f"kind=exchange&kind=delivery-made&sandbox={NAME}") as read:
            bench.submit(key="another-key-of-the-tests")
            bench.submit()
            await bench.redeliver(NAME, hook(bench))
            return str(await read(lambda text: "delivery-made" in text))

    (kind, exchange), (_, made) = events_of(asyncio.run(heard()))
    assert (kind, exchange["sandbox"]) == ("exchange", NAME)
    assert made["what"] == {
        "job_id": 5, "answer": "success", "outcome": "the receiver answered 204", "n": 1, "state": "delivered"
    }  # fmt: skip


def test_who_comes_back_is_told_that_nothing_was_kept() -> None:
    bench = Bench()

    async def heard() -> str:
        async with listening(bench, "", last_event_id="17") as read:
            return str(await read(lambda text: "event" in text))

    ((kind, told),) = events_of(asyncio.run(heard()))
    assert kind == "lost"
    assert (told["what"]["after"], told["what"]["events"]) == (17, None)
    reply = bench.ask("GET", "/__mock/events", headers={"last-event-id": "my-key"})
    assert reply.status_code == 422
    assert "my-key" not in reply.text


def test_a_slow_listener_is_told_what_it_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    monkeypatch.setattr("modelslab_mock.watch.Watch.listen", small(bench))

    async def heard() -> str:
        async with listening(bench, "kind=exchange&kind=lost") as read:
            for _ in range(10):
                bench.submit()
            return str(await read(lambda text: text.count("event: exchange") == 3))

    (kind, lost), *rest = events_of(asyncio.run(heard()))
    assert (kind, lost["what"]) == ("lost", {"events": 7})
    assert [told["what"]["n"] for _, told in rest] == [8, 9, 10]


def small(bench: Bench) -> Any:
    """`Watch.listen` with room for three events."""
    usual = type(bench.panel.watch).listen
    return lambda watch, sandbox, kinds: usual(watch, sandbox, kinds, 3)


def test_a_silent_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    usual = EventStream.__init__
    monkeypatch.setattr(EventStream, "__init__", lambda *given, **named: usual(*given, **named, heartbeat_s=0.01))

    async def heard() -> str:
        async with listening(bench, "") as read:
            return str(await read(lambda text: text.encode().count(event_stream.HEARTBEAT) == 2))

    assert events_of(asyncio.run(heard())) == []


def test_a_stream_and_every_wait_end_when_the_server_stops() -> None:
    bench = Bench()
    job = bench.submit()

    async def heard() -> str:
        async with listening(bench, "") as read:
            paths = (f"/__mock/jobs/{job}?wait=status:ended", "/__mock/journal?wait=next", "/__mock/webhooks?wait=next")
            waiting = [asyncio.create_task(bench.asked("GET", f"{each}&timeout=300")) for each in paths]
            while len(bench.panel.watch._ears) < 5:  # noqa: ASYNC110 # turns of the loop: a stream has two
                await asyncio.sleep(0)
            bench.panel.watch.close()
            replies = await asyncio.wait_for(asyncio.gather(*waiting), WAIT_S)
            assert [each.status_code for each in replies] == [409] * 3
            return str(await read(lambda text: "(end)" in text))

    assert asyncio.run(heard()).endswith("(end)")


def test_an_unknown_kind_names_the_nearest_and_listeners_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    reply = bench.ask("GET", "/__mock/events?kind=exchange&kind=job-endet")
    assert (reply.status_code, reply.json()["nearest"]) == (422, "job-ended")
    listeners = [bench.panel.watch.listen() for _ in range(MAX_LISTENERS)]
    assert bench.ask("GET", "/__mock/events").status_code == 409
    for each in listeners:
        each.close()
    assert bench.panel.watch.listeners == 0


# --- metrics -----------------------------------------------------------------------------------------------------------


def test_metrics_tell_what_the_server_did(used: Bench) -> None:
    used.outcomes["delivered"] = 3
    used.now = 1_010.5
    reply = used.ask("GET", "/__mock/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for line in (
        'modelslab_mock_webhooks_total{outcome="delivered"} 3',
        'modelslab_mock_webhooks_total{outcome="lost"} 0',
        'modelslab_mock_jobs{status="processing"} 1',
        "modelslab_mock_uptime_seconds 10.5",
        "modelslab_mock_journal_exchanges 7",
        "modelslab_mock_pictures_drawn_total 0",
    ):
        assert line in reply.text.splitlines()


def test_the_index_says_what_the_rooms_are_for(used: Bench) -> None:
    told = used.ask("GET", "/__mock").json()
    assert {"journal", "webhooks", "events", "metrics"} <= told["rooms"].keys()
    assert {"/__mock/journal.har", "/__mock/events", "/__mock/metrics"} <= set(told["calls"])
