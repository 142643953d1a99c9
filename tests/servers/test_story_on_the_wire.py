"""Every word of the alphabet of stories, seen on a socket: what the row says is what a client gets."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from modelslab_contracts.story_turn_words import HTTP, REDIRECTS
from modelslab_contracts.story_words import ALPHABET

if TYPE_CHECKING:
    from .conftest import Server, StartServer

FLUX, REALTIME = "/api/v6/images/text2img", "/api/v6/realtime/text2img"
KEY = "k-story"
#: Webhooks are seen where they arrive: test_webhooks.
ROWS = [(element, name) for element, rows in ALPHABET.items() if element != "webhook" for name in rows]


class Wire(NamedTuple):
    """What came back on a socket; `is_reset` says that it ended in a TCP reset."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_reset: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends bytes and reads bytes: what an HTTP library would hide stays in sight."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def ask(self, method: str, path: str, fields: Mapping[str, Any] | None = None) -> Wire:
        """One request on a connection of its own."""
        body = b"" if fields is None else json.dumps(fields).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        held, is_reset = b"", False
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as line:
            line.sendall(head.encode() + body)
            try:
                while chunk := line.recv(65536):
                    held += chunk
            except ConnectionResetError:
                is_reset = True
        if not held:
            return Wire(0, {}, b"", is_reset)
        first, _, body = held.partition(b"\r\n\r\n")
        status, *lines = first.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        return Wire(int(status.split(" ")[1]), headers, body, is_reset)

    def submit(self, words: str, path: str = FLUX, **more: Any) -> Wire:
        """An order whose prompt holds the story. Key and story are new each time, so that its attempts are counted anew."""
        fields = {"key": KEY, "model_id": "flux", "width": 64, "height": 64, "samples": 2, "prompt": f"a fox [[mock: {words}]]"}
        return self.ask("POST", path, {**fields, **more})

    def fetch(self, url: str) -> Wire:
        return self.ask("POST", urlsplit(url).path, {"key": KEY})

    def picture(self, url: str) -> Wire:
        return self.ask("GET", urlsplit(url).path)


@pytest.fixture(scope="module")
def client(start_module_server: Callable[..., Server]) -> Client:
    """A client of a server of its own: what it asks for would be taken for trouble on any other."""
    return Client(start_module_server("--seed", "7"))


Seen = Callable[[Client, str], None]
SEEN: dict[tuple[str, str], Seen] = {}


def sees(element: str, *names: str) -> Callable[[Seen], Seen]:
    """The function sees these words of an element."""

    def remember(look: Seen) -> Seen:
        SEEN.update({(element, name): look for name in names})
        return look

    return remember


@pytest.mark.parametrize(("element", "name"), ROWS, ids=[f"{element}-{name}" for element, name in ROWS])
def test_a_word_is_seen_on_the_wire(client: Client, element: str, name: str) -> None:
    SEEN[element, name](client, ALPHABET[element][name].words)
    assert client.server.errors == ""
    assert client.server.client.get("/health").status_code == 200


def test_every_word_is_looked_at_and_nothing_else() -> None:
    assert set(SEEN) == set(ROWS)


# --- submit ------------------------------------------------------------------------------------------------------------


@sees("submit", "default")
def _default(client: Client, words: str) -> None:
    assert [client.submit(words, key="k-default").status for _ in range(3)] == [503, 200, 200]


@sees("submit", "success")
def _success(client: Client, words: str) -> None:
    assert client.submit(words, samples=4, width=1024, height=1024).json["status"] == "success"


@sees("submit", "processing")
def _processing(client: Client, words: str) -> None:
    assert client.submit(words).json["status"] == "processing"


def _refused(name: str, status: int, said: str) -> None:
    @sees("submit", name)
    def look(client: Client, words: str) -> None:
        reply = client.submit(words)
        assert (reply.status, reply.json["status"]) == (status, "error")
        assert said in reply.json["messege"]


for _name, _status, _said in (
    ("invalid-key", 401, "Invalid API key"),
    ("no-credits", 402, "credits"),
    ("plan", 403, "premium"),
    ("rate-limited", 429, "Rate limit"),
    ("server-error", 500, "Internal server error"),
    ("unavailable", 503, "temporarily unavailable"),
    ("error", 400, "Something went wrong"),
):
    _refused(_name, _status, _said)


def _literally(status: int) -> None:
    @sees("submit", f"http {status}")
    def look(client: Client, words: str) -> None:
        reply = client.submit(words)
        assert (reply.status, reply.json["status"]) == (status, "error")


for _status in HTTP:
    _literally(_status)


@sees("submit", "retry_after (both)")
def _retry_both(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert (reply.status, reply.headers["retry-after"], reply.json["retry_after"]) == (429, "5", 5)


@sees("submit", "retry_after (date)")
def _retry_date(client: Client, words: str) -> None:
    asked = time.time()
    reply = client.submit(words)
    assert asked + 3 < parsedate_to_datetime(reply.headers["retry-after"]).timestamp() < asked + 12
    assert reply.json["retry_after"] == 5


@sees("submit", "retry_after (header)")
def _retry_header(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.headers["retry-after"] == "5"
    assert "retry_after" not in reply.json


@sees("submit", "retry_after (body)")
def _retry_body(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert "retry-after" not in reply.headers
    assert reply.json["retry_after"] == 5


@sees("submit", "spelling: message")
def _message(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert (reply.status, reply.json) == (422, {"status": "error", "message": "Out of paint"})


@sees("submit", "spelling: messege")
def _messege(client: Client, words: str) -> None:
    for path in (FLUX, REALTIME):
        reply = client.submit(words, path)
        assert (reply.status, reply.json) == (200, {"status": "error", "messege": "Out of paint"})


@sees("submit", "text")
def _lists(client: Client, words: str) -> None:
    assert client.submit(words).json == {"status": "error", "messege": {"prompt": ["The prompt field is required."]}}


def _whole(reply: Wire) -> None:
    assert not reply.is_reset
    assert len(reply.body) == int(reply.headers["content-length"])


@sees("submit", "garbled: truncated")
def _truncated(client: Client, words: str) -> None:
    reply = client.submit(words)
    _whole(reply)
    assert reply.body.startswith(b'{"status":"success"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


@sees("submit", "garbled: html")
def _html(client: Client, words: str) -> None:
    reply = client.submit(words)
    _whole(reply)
    assert (reply.status, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!DOCTYPE html>")


@sees("submit", "garbled: empty")
def _empty(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert (reply.status, reply.headers["content-length"], reply.body) == (200, "0", b"")


@sees("submit", "garbled: bom")
def _bom(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.body.startswith(b"\xef\xbb\xbf{")
    assert json.loads(reply.body.decode("utf-8-sig"))["status"] == "success"


@sees("submit", "garbled: wrong-type")
def _wrong_type(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.json["status"] == "success"


@sees("submit", "garbled: nan")
def _nan(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.body.count(b":NaN,") == 1
    assert reply.json["generationTime"] != reply.json["generationTime"]  # only NaN is unlike itself


@sees("submit", "garbled: duplicate-keys")
def _duplicates(client: Client, words: str) -> None:
    pairs = json.loads(client.submit(words).body, object_pairs_hook=list)
    assert pairs[:2] == [("status", None), ("status", "success")]


@sees("submit", "garbled: gzip-lie")
def _gzip_lie(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.json["status"] == "success"


@sees("submit", "garbled: latin1")
def _latin1(client: Client, words: str) -> None:
    for prompt in ("a fox", "un café"):
        body = client.submit(words, prompt=f"{prompt} [[mock: {words}]]").body
        with pytest.raises(UnicodeDecodeError):
            body.decode()
        assert json.loads(body.decode("latin-1"))["status"] == "success"


@sees("submit", "reset: before")
def _reset(client: Client, words: str) -> None:
    assert client.submit(words) == Wire(0, {}, b"", is_reset=True)


@sees("submit", "reset: mid-body")
def _mid_body(client: Client, words: str) -> None:
    reply = client.submit(words)
    assert reply.is_reset
    assert reply.status == 200
    assert len(reply.body) == int(reply.headers["content-length"]) // 2
    assert reply.body.startswith(b'{"status":"success"')


def _redirected(status: int) -> None:
    @sees("submit", f"redirect: {status}")
    def look(client: Client, words: str) -> None:
        first = client.submit(words, REALTIME)
        assert (first.status, first.headers["location"]) == (status, REALTIME)
        assert first.json == {"status": "redirect"}


for _status in REDIRECTS:
    _redirected(_status)


@sees("submit", "to: same-host")
def _same_host(client: Client, words: str) -> None:
    followed = [client.submit(f"{words} success", key="k-redirect") for _ in range(2)]
    assert followed[0].headers["location"] == FLUX
    assert followed[1].json["status"] == "success"


@sees("submit", "to: other-host")
def _other_host(client: Client, words: str) -> None:
    reply = client.submit(words, FLUX + "?a=b")
    assert reply.headers["location"] == f"http://localhost:{client.server.port}{FLUX}?a=b"


@sees("submit", "slow")
def _slow(client: Client, words: str) -> None:
    begun = time.monotonic()
    reply = client.submit(words.replace("2", "0.2"))
    assert time.monotonic() - begun >= 0.2
    assert reply.json["status"] == "processing"


# --- the road ----------------------------------------------------------------------------------------------------------


def _road(client: Client, words: str, count: int = 2, **more: Any) -> list[Wire]:
    """The answers to as many fetches of a queued job."""
    first = client.submit(words, **more).json
    assert first["status"] == "processing"
    return [client.fetch(first["fetch_result"]) for _ in range(count)]


@sees("eta", "seconds")
def _eta(client: Client, words: str) -> None:
    assert client.submit(words).json["eta"] == 4.5


@sees("polls", "number")
def _polls(client: Client, words: str) -> None:
    assert [each.json["status"] for each in _road(client, words, 4)] == [*["processing"] * 3, "success"]


@sees("polls", "processing")
def _polls_listed(client: Client, words: str) -> None:
    assert [each.json["status"] for each in _road(client, words, 3)] == ["processing", "processing", "success"]


@sees("polls", "unknown-status")
def _unknown_status(client: Client, words: str) -> None:
    assert [each.json["status"] for each in _road(client, words)] == ["Processing", "success"]


@sees("polls", "not-found")
def _not_found(client: Client, words: str) -> None:
    early, late = _road(client, words)
    assert (early.status, early.json["status"], early.json["message"]) == (404, "failed", "Request not found")
    assert late.json["status"] == "success"


@sees("polls", "eta")
def _polls_eta(client: Client, words: str) -> None:
    assert _road(client, words)[0].json["eta"] == 7.5


@sees("polls", "fetch_result: same", "fetch_result: changed")
def _fetch_result(client: Client, words: str) -> None:
    first = client.submit(words).json
    told = client.fetch(first["fetch_result"]).json["fetch_result"]
    assert (told == first["fetch_result"]) == ("same" in words)
    assert client.fetch(told).json["status"] == "success"
    assert client.fetch(first["fetch_result"]).json["status"] == "success"


@sees("polls", "fetch_result: elsewhere")
def _fetch_result_elsewhere(client: Client, words: str) -> None:
    first = client.submit(words).json
    told = client.fetch(first["fetch_result"]).json["fetch_result"]
    here, there = urlsplit(first["fetch_result"]), urlsplit(told)
    assert (here.hostname, there.hostname) == ("127.0.0.1", "localhost")
    assert (there.port, there.path) == (here.port, here.path)


@sees("polls", "fetch_result: missing")
def _without_fetch_result(client: Client, words: str) -> None:
    assert client.submit(words).json.keys() >= {"status", "eta", "id"}
    assert "fetch_result" not in client.submit(words).json


@sees("polls", "output: partial")
def _partial(client: Client, words: str) -> None:
    early, late = (each.json for each in _road(client, words, samples=3))
    assert early["status"] == "processing"
    assert early["output"] == late["output"][:1]
    assert len(late["output"]) == 3


@pytest.mark.parametrize(
    ("fault", "status"),
    [("garbled=empty", 200), ("http=502", 502), ("rate-limited", 429), ("redirect=308", 308), ("error", 400)],
)
def test_the_faults_of_a_submit_meet_fetches_too(client: Client, fault: str, status: int) -> None:
    early, late = _road(client, f"polls={fault}")
    assert early.status == status
    assert late.json["status"] == "success"


@pytest.mark.parametrize("how", ["before", "mid-body"])
def test_a_fetch_can_lose_its_connection(client: Client, how: str) -> None:
    early, late = _road(client, f"polls=reset={how}")
    assert early.is_reset
    assert bool(early.body) == (how == "mid-body")
    assert late.json["status"] == "success"


@sees("ends", "success", "failed", "error")
def _ends(client: Client, words: str) -> None:
    first, again = _road(client, f"polls=0 {words}")
    assert first.json["status"] == again.json["status"] == words.partition("=")[2]


@sees("ends", "empty")
def _ends_empty(client: Client, words: str) -> None:
    first = client.submit(f"polls=0 {words}").json
    told = client.fetch(first["fetch_result"]).json
    assert (told["status"], told["output"]) == ("success", [])
    assert client.picture(first["future_links"][0]).status == 404


@sees("ends", "http")
def _ends_http(client: Client, words: str) -> None:
    assert [each.status for each in _road(client, f"polls=1 {words}", 3)] == [200, 500, 500]


@sees("ends", "unknown-status")
def _ends_unknown(client: Client, words: str) -> None:
    statuses = [each.json["status"] for each in _road(client, f"polls=2 {words}", 5)]
    assert statuses == ["processing", "processing", "queued", "queued", "queued"]
    assert [each.json["status"] for each in _road(client, f"eta=0 {words}", 2)] == ["queued", "queued"]
    assert [each.json["status"] for each in _road(client, f"eta=3600 {words}", 1)] == ["processing"]


@sees("ends", "never")
def _ends_never(client: Client, words: str) -> None:
    assert [each.json["status"] for each in _road(client, f"polls=2 {words}", 5)] == ["processing"] * 5


@sees("message", "text")
def _says(client: Client, words: str) -> None:
    assert _road(client, f"polls=0 {words}")[0].json["message"] == "out of paint"


@sees("nsfw", "flag")
def _nsfw(client: Client, words: str) -> None:
    assert client.submit(words, REALTIME).json["nsfw_content_detected"] is True


# --- shape -------------------------------------------------------------------------------------------------------------


@sees("shape", "drop: names")
def _drop(client: Client, words: str) -> None:
    assert "future_links" in client.submit("processing").json
    assert "future_links" not in client.submit(f"processing {words}").json
    assert "output" in client.submit("processing shape=drop:output").json  # the contract needs it


@sees("shape", "null: names")
def _null(client: Client, words: str) -> None:
    assert client.submit(f"processing {words}").json["meta"] is None
    assert client.submit(f"success {words}").json["meta"]["prompt"]  # the contract needs it


@sees("shape", "add: names")
def _add(client: Client, words: str) -> None:
    for each in (client.submit(f"success {words}"), client.submit(f"plan {words}"), *_road(client, f"polls=1 {words}")):
        assert "queue_position" in each.json


@sees("shape", "id: number", "id: text")
def _id(client: Client, words: str) -> None:
    kind = str if "text" in words else int
    first = client.submit(f"polls=0 {words}").json
    told = client.fetch(first["fetch_result"]).json
    assert type(first["id"]) is type(told["id"]) is kind
    assert first["fetch_result"].endswith(f"/{first['id']}")


ETAS: dict[str, Callable[[Any], bool]] = {
    "int": lambda eta: eta == 3 and isinstance(eta, int),
    "float": lambda eta: eta == 2.5,
    "text": lambda eta: eta == "2.5",
    "absent": lambda eta: eta is None,
    "zero": lambda eta: eta == 0,
    "negative": lambda eta: eta < 0,
    "huge": lambda eta: eta >= 10**9,
}


@sees("shape", *(f"eta: {kind}" for kind in ETAS))
def _eta_shape(client: Client, words: str) -> None:
    said = client.submit(f"eta=2.5 {words}").json
    assert said["status"] == "processing"
    assert ETAS[words.partition(":")[2]](said.get("eta"))
    assert ("eta" in said) == ("absent" not in words)


@sees("shape", "output: list", "output: text", "output: object")
def _output(client: Client, words: str) -> None:
    plain = client.submit("success").json["output"]
    output = client.submit(f"success {words}").json["output"]
    kind = {"list": list, "text": str, "object": dict}[words.rpartition(":")[2]]
    assert type(output) is kind
    if kind is dict:
        assert list(output) == ["0", "1"]
    if kind is list:
        assert len(output) == len(plain) == 2
    first = output if isinstance(output, str) else output["0"] if isinstance(output, dict) else output[0]
    assert client.picture(first).body.startswith(b"\x89PNG")


@sees("shape", "proxy_links: list", "proxy_links: object", "proxy_links: empty", "proxy_links: absent")
def _proxy_links(client: Client, words: str) -> None:
    said = client.submit(f"success {words}", REALTIME).json
    kind = words.rpartition(":")[2]
    assert said["status"] == "success"
    if kind == "absent":
        assert "proxy_links" not in said
    elif kind == "empty":
        assert said["proxy_links"] == ""
    else:
        links = said["proxy_links"] if kind == "list" else [said["proxy_links"][each] for each in ("0", "1")]
        assert client.picture(links[1]).status == 200
    assert "proxy_links" not in client.submit(f"success {words}", "/api/v3/text2img").json  # whose answers have no such field


@sees("shape", "nsfw: bool", "nsfw: list", "nsfw: absent")
def _nsfw_shape(client: Client, words: str) -> None:
    said = client.submit(f"success nsfw {words}", REALTIME).json
    assert said["status"] == "success"
    expected = {"bool": True, "list": [True, True], "absent": None}[words.rpartition(":")[2]]
    assert said.get("nsfw_content_detected") == expected
    assert ("nsfw_content_detected" in said) == ("absent" not in words)


@sees("shape", "base64: url", "base64: inline")
def _base64(client: Client, words: str) -> None:
    said = client.submit(f"success {words}", REALTIME, base64=True).json["output"]
    assert len(said) == 2
    text = client.picture(said[0]).body if "url" in words else said[0].encode()
    assert base64.b64decode(text, validate=True).startswith(b"\x89PNG")
    assert client.submit(f"success {words}", REALTIME).json["output"][0].startswith("http")


@sees("shape", "fetch_id: same", "fetch_id: other")
def _fetch_id(client: Client, words: str) -> None:
    said = client.submit(f"polls=0 {words}").json
    before, _, named = said["fetch_result"].rpartition("/")
    assert (named == str(said["id"])) == ("same" in words)
    for url in (said["fetch_result"], f"{before}/{said['id']}"):
        assert client.fetch(url).json["id"] == said["id"]
    by_body = client.ask("POST", "/api/v6/images/fetch", {"key": KEY, "request_id": named})
    assert by_body.json["id"] == said["id"]


def test_a_second_id_is_nobodys_unless_the_story_says_so(client: Client) -> None:
    named = client.submit("polls=0 shape=fetch_id:other").json
    plain = client.submit("polls=0").json
    away = int(named["fetch_result"].rpartition("/")[2]) - named["id"]
    for moved in (away, away + 2_000_000_000, away - 2_000_000_000):
        url = plain["fetch_result"].replace(str(plain["id"]), str(plain["id"] + moved))
        assert client.fetch(url).status == 404


# --- pictures ----------------------------------------------------------------------------------------------------------


def _pictures(client: Client, words: str) -> tuple[Wire, Wire]:
    """The first picture, which is as it should be, and the second one, which is not."""
    links = client.submit(f"success {words}").json["output"]
    plain, other = client.picture(links[0]), client.picture(links[1])
    assert (plain.status, plain.headers["content-type"]) == (200, "image/png")
    _whole(plain)
    return plain, other


@sees("pictures", "ok", "403", "404")
def _gone(client: Client, words: str) -> None:
    _, other = _pictures(client, words)
    assert other.status == int(words[-3:])
    assert not other.body.startswith(b"\x89PNG")


@sees("pictures", "mirror")
def _mirrored(client: Client, words: str) -> None:
    said = client.submit(f"success {words}", REALTIME).json
    assert [client.picture(each).status for each in said["output"]] == [200, 404]
    mirrored = [client.picture(each) for each in said["proxy_links"]]
    assert [each.status for each in mirrored] == [200, 200]
    _whole(mirrored[1])


@sees("pictures", "html")
def _html_picture(client: Client, words: str) -> None:
    _, other = _pictures(client, words)
    assert (other.status, other.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert other.body.startswith(b"<!DOCTYPE html>")


@sees("pictures", "truncated")
def _short(client: Client, words: str) -> None:
    _, other = _pictures(client, words)
    _whole(other)
    assert other.body.startswith(b"\x89PNG")
    assert b"IEND" not in other.body


@sees("pictures", "cut")
def _cut(client: Client, words: str) -> None:
    _, other = _pictures(client, words)
    assert other.is_reset
    assert len(other.body) == int(other.headers["content-length"]) // 2
    assert other.body.startswith(b"\x89PNG")


@sees("pictures", "slow")
def _late(client: Client, words: str) -> None:
    begun = time.monotonic()
    _, other = _pictures(client, words.replace("3", "0.2"))
    assert time.monotonic() - begun >= 0.2
    _whole(other)
    assert b"IEND" in other.body


@sees("pictures", "wrong-type")
def _other_type(client: Client, words: str) -> None:
    _, other = _pictures(client, words)
    assert other.headers["content-type"] == "application/json"
    assert b"IEND" in other.body


@sees("pictures", "expires")
def _expires(client: Client, words: str) -> None:
    _, other = _pictures(client, words.replace("60", "0"))  # with time in between: the test below
    assert other.status == 404


def test_a_picture_expires_by_the_clock_of_its_sandbox(start_server: StartServer) -> None:
    server = start_server("--clock", "frozen")
    client = Client(server)
    links = client.submit("success pictures=expires:60").json["output"]
    name = server.wait_for(" success ").split(" success ")[1].split()[0]
    assert client.picture(links[0]).status == 200
    for seconds, status in ((59, 200), (2, 404)):
        moved = server.client.post(f"/__mock/sandboxes/{name}/clock/advance", json={"seconds": seconds})
        assert moved.status_code == 200
        assert client.picture(links[0]).status == status
    assert client.picture(links[1]).status == 200
