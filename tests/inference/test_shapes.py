"""Every call of the shape documents: drawn bodies are taken, jobs are followed to their end, results are opened, and every
answer is one that the document declares.
"""

from __future__ import annotations

import io
import json
import re
import struct
import wave
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.strategies import orders
from modelslab_mock.media import kind_of, make
from modelslab_mock.messages import Request, Response

from .world import ORIGIN, ask, inferred, judge, path_of, world

ENDPOINTS = {each.name: each for each in inferred()}
JOBS = {name: each for name, each in ENDPOINTS.items() if each.makes_jobs}
PLAIN = {name: each for name, each in ENDPOINTS.items() if not each.makes_jobs}
#: Fetch calls that no document has: what they answer is guessed, so no document can be held against it.
GUESSED = {"bare-examples", "odd"}
#: What no document says and we answer all the same, with the usual words: a job that broke.
UNTOLD_FAILURES = {"twice-lines", "twice-dots", "webhook-only"}
KEYS = st.sampled_from(["mock-success", "mock-processing", "mock-failed", "mock-never"])
NUMBERS = st.integers(0, 10**9)


def test_there_is_a_job_and_a_plain_call_of_every_shape() -> None:
    assert set(JOBS) == {"branches", "one-schema", "bare-examples", "webhook-only", "odd", "twice-lines", "twice-dots"}
    assert set(PLAIN) == {f"plain-{each}" for each in ("balance", "models", "notes", "dropnotes", "restart", "chat", "ping")}


def told(response: Response) -> Any:
    return json.loads(response.body)


def followed(endpoint: Endpoint, key: str, submitted: Response) -> Iterator[Response]:
    """The answers to the fetches of a job, the last one being that of its end."""
    fetch = endpoint.fetches[0]
    job = submitted.exchange.job_id if submitted.exchange else None
    for _ in range(4):
        body = {fetch.id_field: str(job)} if fetch.id_in == "body" else {}
        response = ask(world(), fetch, fetch.address(job), key, body)
        yield response
        if response.exchange and response.exchange.answer != "processing":
            return


def says(endpoint: Endpoint, response: Response) -> str:
    return response.exchange.answer if response.exchange else ""


@pytest.mark.parametrize("name", JOBS)
@given(data=st.data(), key=KEYS, number=NUMBERS)
@settings(max_examples=12)
def test_a_job_of_any_shape_is_taken_followed_to_its_end_and_opened(
    name: str, data: st.DataObject, key: str, number: int
) -> None:
    endpoint, key = JOBS[name], f"{key}--{name}-{number}"
    asked = data.draw(orders(endpoint, without=[each for each in ("webhook",) if each in endpoint.field]))
    submitted = ask(world(), endpoint.submit, endpoint.submit.path.replace("{kind}", "x"), key, asked.request)
    assert submitted.status < 300, submitted.body
    assert judge().why_not(endpoint.submit, submitted, endpoint.document.file) == ""
    if says(endpoint, submitted) == "processing" and name != "odd":
        assert told(submitted).get("output") in (None, [], ""), "nothing is there yet"
    last = submitted
    if says(endpoint, submitted) == "processing":
        file = endpoint.fetches[0].clause.source.rpartition(":")[0]
        for last in followed(endpoint, key, submitted):
            is_untold = name in GUESSED or (says(endpoint, last) == "failed" and name in UNTOLD_FAILURES)
            assert is_untold or judge().why_not(endpoint.fetches[0], last, file) == ""
        wanted = {"processing": "success", "failed": "failed", "never": "processing"}
        assert says(endpoint, last) == wanted[key.removeprefix("mock-").partition("--")[0]]
    if says(endpoint, last) == "success" and name != "odd":
        links = told(last).get("output", told(last).get("url"))
        opened(links if isinstance(links, list) else [links] if links else [])


def opened(links: list[str]) -> None:
    """Each result is there and is a file of its kind."""
    for link in links:
        response = world().handle(Request("GET", path_of(link), {}), 0.0)
        assert response.status == 200
        assert response.picture is not None
        made = make(response.picture.picture, response.picture.ending)
        assert kind_of(response.picture.ending)
        OPENS[link.rpartition(".")[2]](made)


def _wav(file: bytes) -> None:
    with wave.open(io.BytesIO(file)) as sound:
        assert (sound.getnframes(), sound.getframerate()) == (8000, 8000)


def _glb(file: bytes) -> None:
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", file)
    assert (magic, version, length, kind) == (b"glTF", 2, len(file), b"JSON")
    assert json.loads(file[20 : 20 + size])["asset"]["version"] == "2.0"


def boxes(file: bytes) -> dict[bytes, bytes]:
    found, at = {}, 0
    while at < len(file):
        size, kind = struct.unpack_from(">I4s", file, at)
        found[kind], at = file[at + 8 : at + size], at + size
    return found


def _mp4(file: bytes) -> None:
    outer = boxes(file)
    assert list(outer) == [b"ftyp", b"moov", b"mdat"]
    at = struct.unpack(">I", re.search(rb"stco.{8}(.{4})", outer[b"moov"], re.DOTALL)[1])[0]  # type: ignore[index]
    assert file[at:].startswith(outer[b"mdat"][:16]), "the sample table leads to the first frame"
    size = struct.unpack_from(">I", outer[b"mdat"])[0]
    assert outer[b"mdat"][4] == 0x65, "a picture that needs no other one"
    assert size < len(outer[b"mdat"])


def _picture(file: bytes) -> None:
    with Image.open(io.BytesIO(file)) as picture:
        picture.load()


def _text(file: bytes) -> None:
    assert file.decode().startswith("Placeholder text")


def _obj(file: bytes) -> None:
    assert file.count(b"\nv ") == 4
    assert file.count(b"\nf ") == 4


OPENS = {"wav": _wav, "glb": _glb, "mp4": _mp4, "png": _picture, "gif": _picture, "txt": _text, "obj": _obj}


def test_every_kind_of_result_can_be_opened() -> None:
    from modelslab_mock.engine.links import OTHER_ENDINGS
    from modelslab_mock.media import ENDINGS
    from modelslab_mock.pictures import picture_of

    assert set(OPENS) == set(ENDINGS) == OTHER_ENDINGS | {"png"}
    for ending, opens in OPENS.items():
        one, other = (make(picture_of("a lamp", width=64, height=64, seed=seed, sample=0), ending) for seed in (1, 2))
        opens(one)
        assert one != other, "the seed decides"


@pytest.mark.parametrize("name", PLAIN)
@given(data=st.data(), number=NUMBERS)
@settings(max_examples=12)
def test_a_plain_call_is_answered_from_schema_and_examples(name: str, data: st.DataObject, number: int) -> None:
    endpoint = PLAIN[name]
    request = data.draw(orders(endpoint)).request if endpoint.fields else {}
    path = endpoint.submit.path.replace("{model_id}", "soft-v1")
    response, again = (ask(world(), endpoint.submit, path, f"k{number}-0123456789", request) for _ in range(2))
    assert response.status < 300, response.body
    assert judge().why_not(endpoint.submit, response, endpoint.document.file) == ""
    assert again.body == response.body, "the same seed, key and call"


@pytest.mark.parametrize("name", [each for each in ENDPOINTS if ENDPOINTS[each].fields])
@given(data=st.data())
@settings(max_examples=12)
def test_an_order_with_one_clause_broken_is_refused_as_declared(name: str, data: st.DataObject) -> None:
    endpoint = ENDPOINTS[name]
    if not any(each.required or each.kind in ("integer", "number", "text", "url") for each in endpoint.fields):
        return
    if endpoint.submit.method == "GET":
        return
    asked = data.draw(orders(endpoint, kind="invalid"))
    if endpoint.selector is not None and asked.about[0] == endpoint.selector[0]:
        return  # then the other document of this address reads it
    path = re.sub(r"\{\w+\}", "x", endpoint.submit.path)
    response = ask(world(), endpoint.submit, path, "mock-success--no", asked.request)
    assert response.status == 400, asked
    assert (asked.about[1], f"/{asked.about[0]}") in {(f.rule, f.where) for f in response.exchange.findings}  # type: ignore[union-attr]
    statuses = {*endpoint.submit.refusals, *map(str, endpoint.submit.statuses)}
    if statuses & {"400", "4XX", "DEFAULT"}:
        assert judge().why_not(endpoint.submit, response, endpoint.document.file) == ""


def test_calls_with_one_address_are_told_apart_by_the_body_and_a_fetch_speaks_the_dialect_of_its_job() -> None:
    lines, dots = JOBS["twice-lines"], JOBS["twice-dots"]
    for endpoint, model, sign in ((lines, "wire", "lines"), (dots, "dotted", "dots"), (dots, "nobody's", None)):
        response = ask(
            world(), endpoint.submit, endpoint.submit.path, "mock-processing--two", {"model_id": model, "prompt": "x"}
        )
        if sign is None:
            assert response.status == 400, "who is told apart by nothing is the first document's"
            continue
        job = told(response)["id"]
        ended = ask(world(), endpoint.fetches[0], f"/api/v9/twice/fetch/{job}", "mock-processing--two", {})
        ended = ask(world(), endpoint.fetches[0], f"/api/v9/twice/fetch/{job}", "mock-processing--two", {})
        assert sign in told(ended)


def test_a_webhook_of_a_foreign_job_says_what_its_callback_declares() -> None:
    from modelslab_mock.engine.inputs import Deliver

    endpoint = JOBS["webhook-only"]
    body = {"init_image": "http://127.0.0.1/x.png", "webhook": "http://127.0.0.1:9/hook"}
    response = ask(world(), endpoint.submit, endpoint.submit.path, "mock-success--hook", body)
    (effect,) = response.effects
    assert isinstance(effect, Deliver)
    sandbox = world().store.read(response.exchange.sandbox)  # type: ignore[union-attr]
    sent = json.loads(world().webhook_body(effect, sandbox))
    assert sent["status"] == "success"
    assert sent["output"] == [told(response)["output"]]
    failed = json.loads(world().webhook_body(effect._replace(answer="failed"), sandbox))
    assert (failed["status"], sorted(failed)) == ("error", ["id", "message", "status"])


@pytest.mark.parametrize(("key", "statuses"), [("mock-no-credits", (402, 402)), ("mock-unavailable-once", (503, 200))])
def test_a_plain_call_is_refused_where_a_magic_key_says_so(key: str, statuses: tuple[int, ...]) -> None:
    call = PLAIN["plain-models"].submit
    answers = [ask(world(), call, call.path, f"{key}--plain", {}) for _ in statuses]
    assert tuple(each.status for each in answers) == statuses
    assert told(answers[0])["status"] == "error"


def test_unknown_keys_and_methods_are_refused_as_the_document_says() -> None:
    notes = PLAIN["plain-notes"].submit
    response = world().handle(Request("GET", "/api/v9/desk/models/a/notes", {}), 0.0)
    assert (response.status, list(told(response))) == (401, ["error"])
    assert judge().why_not(notes, response, PLAIN["plain-notes"].document.file) == ""
    wrong = world().handle(Request("PUT", "/api/v9/desk/models/a/notes", {}), 0.0)
    assert wrong.status == 405
    assert dict(wrong.headers)["allow"] == "GET, DELETE"
    assert "GET" in told(wrong)["message"] if "message" in told(wrong) else True
    missing = ask(world(), JOBS["branches"].fetches[0], "/api/v9/film/fetch/7", "k", {})
    assert (missing.status, told(missing)) == (404, {"status": "failed", "reason": "gone"})
    assert ORIGIN
