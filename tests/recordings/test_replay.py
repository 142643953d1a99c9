"""A recording played back, without sockets: which answer, in which order, with which links."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts import json_lines
from modelslab_contracts.exchange import Exchange
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import ServeError, make_app
from modelslab_mock.settings import Settings

from .samples import DONE, FETCH, PICTURE, PROCESSING, SUBMIT

OWN = "http://127.0.0.1:4777"
HEADERS = {"content-type": "application/json", "host": "127.0.0.1:4777"}
Play = Callable[[list[Exchange]], App]


def recorded(body: Any, reply: str | bytes, path: str = SUBMIT, **more: Any) -> Exchange:
    """An exchange as a recorder of traffic with the vendor writes it."""
    sent = json.dumps({"key": "***", **body}).encode()
    exchange = Exchange(
        1.0, 1.0, "sb-none", "", None, "", "POST", path, 200, "", request_headers=(("host", "modelslab.com"), *HEADERS.items()),
        request_body=sent, reply_headers=(("content-type", "application/json"),),
        reply_body=reply if isinstance(reply, bytes) else reply.encode(),
    )  # fmt: skip
    return exchange._replace(request_headers=(("host", "modelslab.com"), ("content-type", "application/json")), **more)


def processing(n: int) -> str:
    return PROCESSING.replace("4711", str(n)).replace(
        '"output": []', '"output": [], "future_links": ["https://cdn.example/x/0.png"]'
    )


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """An emulator that plays some exchanges back."""

    def make(exchanges: list[Exchange]) -> App:
        file = tmp_path / "recording"
        file.write_text("".join(json_lines.write(exchanges)))
        settings = Settings(replay=str(file), clock="frozen")
        return make_app(settings, seed=1, origin=OWN, started=0.0, log=Log(quiet=True))

    return make


def ask(app: App, path: str, body: Any = None, key: str = "some-key", method: str = "POST") -> Response:
    sent = b"" if body is None else json.dumps({"key": key, **body}).encode()
    return app.handle(Request(method, path, HEADERS, sent), 0.0)


def told(response: Response) -> Any:
    return json.loads(response.body)


FOX, CAT = {"prompt": "a fox"}, {"prompt": "a cat"}


def test_the_same_order_sent_twice_gets_its_jobs_in_their_order_and_the_last_one_stays(play: Play) -> None:
    app = play([recorded(FOX, processing(n)) for n in (11, 12)])
    assert [told(ask(app, SUBMIT, FOX))["id"] for _ in range(4)] == [11, 12, 12, 12]


def test_orders_are_the_same_when_the_contract_reads_them_the_same(play: Play) -> None:
    app = play([recorded({**FOX, "width": "512", "samples": 1}, processing(11))])
    assert told(ask(app, SUBMIT, {**FOX, "width": 512, "webhook": None}))["id"] == 11
    assert ask(app, SUBMIT, {**FOX, "width": 640}).status == 404


def test_a_polling_sequence_goes_on_job_by_job_and_key_by_key(play: Play) -> None:
    done = DONE.replace("4711", "12")
    later = FETCH.replace("4711", "12")
    app = play(
        [
            recorded(FOX, processing(11)), recorded(CAT, processing(12)),
            recorded({}, '{"status": "processing", "n": 1}', FETCH.replace("4711", "11")),
            recorded({}, '{"status": "processing", "n": 1}', later),
            recorded({}, '{"status": "processing", "n": 2}', later),
            recorded({}, done, later),
        ]
    )  # fmt: skip
    ask(app, SUBMIT, FOX)
    seen = [told(ask(app, later, {}, key)) for key in ("one", "one", "two", "one", "two", "one")]
    assert [(each["status"], each.get("n")) for each in seen] == [
        ("processing", 1), ("processing", 2), ("processing", 1), ("success", None), ("processing", 2), ("success", None),
    ]  # fmt: skip
    ask(app, SUBMIT, CAT, "one")
    assert told(ask(app, later, {}, "one"))["n"] == 1, "its job begins again"


def test_links_of_the_vendor_lead_here_pictures_too_and_others_stay(play: Play) -> None:
    body = {
        "status": "success", "id": 11, "generationTime": 1, "tip": "see https://docs.modelslab.com/x",
        "output": ["https://cdn.example/x/0.png", "https://cdn.example/x/1.png"], "help": "https://example.org/help", "odd": "http://[",
        "fetch_result": "https://modelslab.com/api/v6/realtime/fetch/11",
    }  # fmt: skip
    raw = json.dumps(body).replace("/", "\\/").encode()
    picture = recorded({}, PICTURE, "/x/0.png", method="GET", answer="picture", reply_headers=(("content-type", "image/png"),))
    app = play([recorded({**FOX, "width": 64, "height": 32, "samples": 2}, raw), picture._replace(request_body=b"")])
    reply = told(ask(app, SUBMIT, {**FOX, "width": 64, "height": 32, "samples": 2}))
    kept, drawn = reply["output"]
    assert kept == f"{OWN}/x/0.png"
    assert (reply["fetch_result"], reply["help"], reply["tip"]) == (
        f"{OWN}/api/v6/realtime/fetch/11",
        body["help"],
        body["tip"],
    )
    response = ask(app, "/x/0.png", method="GET")
    assert (response.status, response.body, dict(response.headers)["content-type"]) == (200, PICTURE, "image/png")
    response = ask(app, drawn.removeprefix(OWN), method="GET")
    assert response.picture is not None
    assert (response.picture.picture.width, response.picture.picture.height, response.picture.picture.sample) == (64, 32, 1)


def test_a_reset_is_a_reset_and_a_refusal_has_its_status_and_headers(play: Play) -> None:
    slow = recorded(CAT, b'{"status": "error", "message": "slow down"}', status=429)
    slow = slow._replace(reply_headers=(("retry-after", "7"), ("date", "x"), ("set-cookie", "***"), ("content-length", "3")))
    app = play([recorded(FOX, b"", answer="reset", status=0), slow])
    assert ask(app, SUBMIT, FOX).delivery == "reset"
    response = ask(app, SUBMIT, CAT)
    assert (response.status, response.headers) == (429, (("retry-after", "7"),))


def test_a_body_that_nobody_can_read_is_matched_as_it_is(play: Play) -> None:
    broken = recorded(FOX, b'{"status": "error", "message": "Invalid API Request"}', status=400)._replace(request_body=b"{oops")
    app = play([broken])
    assert app.handle(Request("POST", SUBMIT, HEADERS, b"{oops"), 0.0).status == 400
    assert app.handle(Request("POST", SUBMIT, HEADERS, b"{other"), 0.0).status == 404


def test_other_calls_of_a_contract_are_played_by_their_address(play: Play) -> None:
    load = recorded({}, b'{"queue_num": 0, "queue_time": 0, "status": "ok"}', "/api/v3/system_load")
    app = play([load])
    assert told(ask(app, "/api/v3/system_load", {}))["status"] == "ok"
    assert "it has calls of text2img-v3" in told(ask(app, SUBMIT, FOX))["message"]


def test_what_is_played_is_kept_in_the_journal_without_the_key(play: Play) -> None:
    app = play([recorded(FOX, processing(11))])
    response = ask(app, SUBMIT, FOX, "sk-my-own-secret")
    missing = ask(app, SUBMIT, {"prompt": "sk-my-own-secret"}, "sk-my-own-secret")
    assert response.exchange is not None
    first, second = app.store.journal(response.exchange.sandbox)
    assert (first.reason, first.job_id, first.answer) == ("played back: #1 of the recording", 11, "processing")
    assert [each.rule for each in second.findings] == ["route/not-recorded"]
    assert "sk-my-own-secret" not in repr([first, second, missing.exchange])


def test_a_recording_of_nothing_is_one_sentence(play: Play) -> None:
    says = r"^replay: .* holds no call of a contract \(1 exchange, such as .* /x/0\.png\); name the document .* with --spec$"
    with pytest.raises(ServeError, match=says):
        play([recorded({}, PICTURE, "/x/0.png")])
