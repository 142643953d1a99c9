"""Whole jobs over a real socket: every body that the vendor's pages print, both roads, every picture downloaded."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from .conftest import Server, StartServer

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
BODIES = sorted(PAGES.glob("*/requests/*.json"))
SUBMIT = {
    "realtime-v6": "/api/v6/realtime/text2img",
    "images-flux-v6": "/api/v6/images/text2img",
    "images-pony-v6": "/api/v6/images/text2img",
    "text2img-v3": "/api/v3/text2img",
    "enterprise-v1": "/api/v1/enterprise/text2img",
}
#: Pages whose answers hold each list of links, as the pages say (profile documented).
PROMISES_LINKS = {"realtime-v6", "images-flux-v6", "images-pony-v6", "enterprise-v1"}
PROXIES_AT_ONCE = {"realtime-v6", "images-pony-v6"}
PROXIES_WHILE_PROCESSING = {"images-flux-v6"}
PLAIN: dict[str, Any] = {"key": "k-end-to-end", "prompt": "a lighthouse in a storm", "seed": 42, "width": 96, "height": 64}
FLUX = {**PLAIN, "model_id": "flux", "width": 512, "height": 512}
V3, REALTIME, IMAGES = SUBMIT["text2img-v3"], SUBMIT["realtime-v6"], SUBMIT["images-flux-v6"]

every_body = pytest.mark.parametrize("file", BODIES, ids=[f"{each.parts[-3]}/{each.stem}" for each in BODIES])


def sample(file: Path, key: str) -> tuple[str, dict[str, Any]]:
    """The page's name and its body as printed, with a key filled in."""
    return file.parts[-3], {**json.loads(file.read_text()), "key": key}


def picture(server: Server, url: str) -> Image.Image:
    """The picture behind a URL, decoded to the last pixel."""
    reply = server.client.get(url)
    assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["access-control-allow-origin"] == "*"
    image = Image.open(io.BytesIO(reply.content))
    image.load()
    assert image.format == "PNG"
    return image


def look_at_all(server: Server, body: dict[str, Any], urls: list[str]) -> None:
    """As many links as samples, every one on this server, every one a picture of the ordered size."""
    scale = 2 if body.get("upscale") == "yes" else 1
    assert len(urls) == int(body["samples"])
    assert all(url.startswith(server.url + "/") for url in urls)
    assert {picture(server, url).size for url in urls} == {(int(body["width"]) * scale, int(body["height"]) * scale)}


def fetched(server: Server, first: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The answers to fetches until the job has ended."""
    answers = []
    for _ in range(10):
        answers.append(server.post(first["fetch_result"], {"key": key}))
        if answers[-1]["status"] != "processing":
            return answers
    pytest.fail("the job did not end")


def test_the_pages_are_all_there() -> None:
    assert {each.parts[-3] for each in BODIES} == set(SUBMIT)
    assert len(BODIES) == 14


@every_body
def test_every_sample_body_gets_its_pictures_at_once(server: Server, file: Path) -> None:
    page, body = sample(file, "k-samples")
    answer = server.post(SUBMIT[page], body)
    assert answer["status"] == "success"
    look_at_all(server, body, answer["output"])
    assert ("proxy_links" in answer) is (page in PROXIES_AT_ONCE)
    if page in PROXIES_AT_ONCE:
        assert set(answer["proxy_links"]).isdisjoint(answer["output"])
        look_at_all(server, body, answer["proxy_links"])


@every_body
def test_every_sample_body_gets_its_pictures_by_polling(auto_server: Server, file: Path) -> None:
    page, body = sample(file, f"mock-processing--{file.parts[-3]}-{file.stem}")
    first, last = polled(auto_server, SUBMIT[page], body)
    assert ("future_links" in first) is (page in PROMISES_LINKS)
    assert ("proxy_links" in first) is (page in PROXIES_WHILE_PROCESSING)
    assert first.get("future_links", last["output"]) == last["output"]


@every_body
def test_every_sample_body_gets_its_pictures_under_the_observed_profile(observed_server: Server, file: Path) -> None:
    page, body = sample(file, f"k-observed-{file.parts[-3]}-{file.stem}")
    answer = observed_server.post(SUBMIT[page], body)
    assert answer["status"] == "success"
    for name in ("output", "proxy_links"):
        look_at_all(observed_server, body, answer.get(name, answer["output"]))
    polled(observed_server, SUBMIT[page], {**body, "key": body["key"].replace("k-", "mock-processing--")})


def polled(server: Server, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first and the last answer of a queued job. What it promises is not there before, and all there after the end."""
    first = server.post(path, body)
    assert first["status"] == "processing"
    assert first["eta"] > 0
    assert first["fetch_result"].startswith(server.url + "/api/")
    promised = [first[name] for name in ("future_links", "proxy_links") if name in first]
    assert {server.client.get(url).status_code for links in promised for url in links} <= {404}
    *waiting, last = fetched(server, first, body["key"])
    assert [each["status"] for each in waiting] == ["processing"]
    assert (last["status"], last["id"]) == ("success", first["id"])
    for links in (last["output"], last.get("proxy_links"), *promised):
        if links is not None:
            look_at_all(server, body, links)
    return first, last


def test_a_job_walks_by_polls_when_a_directive_says_so(server: Server) -> None:
    first = server.post(REALTIME, {**PLAIN, "prompt": "a fox [[mock: processing polls=3]]"})
    answers = fetched(server, first, PLAIN["key"])
    assert [each["status"] for each in answers] == ["processing"] * 3 + ["success"]
    assert picture(server, answers[-1]["output"][0]).size == (96, 64)


def test_a_job_ends_by_time_on_a_scaled_clock(start_server: StartServer, until: Callable[..., Any]) -> None:
    server = start_server("--clock", "scaled:50")
    begun = time.monotonic()
    first = server.post(REALTIME, {**PLAIN, "prompt": "a fox [[mock: processing eta=100]]"})
    assert (first["status"], first["eta"]) == ("processing", 100)
    fetch = {"key": PLAIN["key"]}
    assert server.post(first["fetch_result"], fetch)["status"] == "processing"
    last = until(lambda: answer if (answer := server.post(first["fetch_result"], fetch))["status"] != "processing" else None)
    assert time.monotonic() - begun >= 1.9
    assert last["status"] == "success"
    assert picture(server, last["output"][0]).size == (96, 64)


def test_a_failed_job_never_has_pictures(server: Server) -> None:
    first = server.post(REALTIME, {**PLAIN, "prompt": "a fox [[mock: processing polls=0 ends=failed message='out of memory']]"})
    last = server.post(first["fetch_result"], {"key": PLAIN["key"]})
    assert (last["status"], last["message"]) == ("failed", "out of memory")
    assert server.client.get(first["future_links"][0]).status_code == 404


@pytest.mark.parametrize(
    ("page", "model"), [("images-flux-v6", "flux"), ("images-pony-v6", "pony-realism"), ("enterprise-v1", "any")]
)
def test_a_job_is_fetched_by_path_and_by_request_id_as_number_and_as_text(server: Server, page: str, model: str) -> None:
    order = {"key": "k-ids", "prompt": "a fox [[mock: processing polls=4]]", "model_id": model, "width": 1024, "height": 1024}
    job = server.post(SUBMIT[page], order)["id"]
    folder = SUBMIT[page].replace("text2img", "fetch")
    assert isinstance(job, int)
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"{folder}/{job}", {"key": "k-ids"}),
        (f"{folder}/{job}/", {"key": "k-ids"}),
        (folder, {"key": "k-ids", "request_id": job}),
        (folder, {"key": "k-ids", "request_id": str(job)}),
        (folder, {"key": "k-ids", "request_id": job}),
    ]
    assert [server.post(path, body)["status"] for path, body in asked] == ["processing"] * 4 + ["success"]


@pytest.mark.parametrize("given", [1, "1", "no-number", "", None, 1.5, [1], True, "9" * 400, "१२३", -1])
def test_an_unknown_id_is_an_answer_not_an_accident(server: Server, given: Any) -> None:
    reply = server.client.post("/api/v6/images/fetch", json={"key": "k-ids", "request_id": given})
    assert (reply.status_code, reply.json()["status"], reply.json()["message"]) == (404, "failed", "Request not found")


def test_another_keys_job_is_not_found(server: Server) -> None:
    first = server.post(REALTIME, {**PLAIN, "prompt": "a fox [[mock: processing polls=0]]"})
    assert server.client.post(first["fetch_result"], json={"key": "somebody else"}).status_code == 404
    assert server.post(first["fetch_result"], {"key": PLAIN["key"]})["status"] == "success"


class TestPictures:
    def test_answers_head_with_the_headers_of_get_and_no_body(self, server: Server) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        head, get = server.client.head(url), server.client.get(url)
        assert head.status_code == get.status_code == 200
        assert head.content == b""
        names = ("content-type", "content-length", "etag", "accept-ranges", "cache-control")
        assert [head.headers[each] for each in names] == [get.headers[each] for each in names]
        assert int(head.headers["content-length"]) == len(get.content)

    @pytest.mark.parametrize("sent", ["{}", "*", 'W/"other", {}', '"a", {}', "W/{}"])
    def test_answers_304_to_a_known_etag(self, server: Server, sent: str) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        etag = server.client.get(url).headers["etag"]
        for method in ("GET", "HEAD"):
            reply = server.client.request(method, url, headers={"if-none-match": sent.replace("{}", etag)})
            assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)
            assert "content-length" not in reply.headers, "of a body that is not there only the 200's length may be told"
        assert server.client.get(url, headers={"if-none-match": '"other"'}).status_code == 200

    def test_gives_the_bytes_that_range_asks_for(self, server: Server) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        whole = server.client.get(url)
        size = len(whole.content)
        wanted = {
            "bytes=0-9": (0, 9),
            "bytes=10-": (10, size - 1),
            "bytes=-7": (size - 7, size - 1),
            f"bytes=5-{size * 9}": (5, size - 1),
            f"bytes={size - 1}-": (size - 1, size - 1),
            f"bytes=-{size * 9}": (0, size - 1),
        }
        for asked, (first, last) in wanted.items():
            part = server.client.get(url, headers={"range": asked})
            assert (part.status_code, part.headers["content-range"]) == (206, f"bytes {first}-{last}/{size}"), asked
            assert part.content == whole.content[first : last + 1], asked
            assert part.headers["etag"] == whole.headers["etag"]

    @pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
    def test_refuses_a_range_beyond_its_end(self, server: Server, asked: str) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        size = len(server.client.get(url).content)
        reply = server.client.get(url, headers={"range": asked})
        assert (reply.status_code, reply.headers["content-range"], reply.content) == (416, f"bytes */{size}", b"")

    @pytest.mark.parametrize("asked", ["lines=1-2", "bytes=9-1", "bytes=-", "bytes=a-b", "bytes=0-1,4-5", "nonsense"])
    def test_gives_everything_for_a_range_that_means_nothing(self, server: Server, asked: str) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        reply = server.client.get(url, headers={"range": asked})
        assert (reply.status_code, reply.content) == (200, server.client.get(url).content)

    def test_ignores_range_when_if_range_names_another_picture_or_the_method_is_head(self, server: Server) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        etag = server.client.get(url).headers["etag"]
        assert server.client.get(url, headers={"range": "bytes=0-1", "if-range": '"other"'}).status_code == 200
        assert server.client.get(url, headers={"range": "bytes=0-1", "if-range": etag}).status_code == 206
        assert server.client.head(url, headers={"range": "bytes=0-1"}).status_code == 200

    def test_are_the_same_for_the_same_order_and_others_for_other_samples(self, server: Server) -> None:
        one, two = (server.post(REALTIME, {**PLAIN, "samples": 3})["output"] for _ in range(2))
        drawn = [server.client.get(each).content for each in one]
        assert drawn == [server.client.get(each).content for each in two]
        assert len(set(drawn)) == 3

    def test_are_twice_as_large_when_upscaled_though_meta_keeps_what_was_ordered(self, server: Server) -> None:
        answer = server.post(V3, {**PLAIN, "upscale": "yes"})
        assert picture(server, answer["output"][0]).size == (192, 128)
        assert (answer["meta"]["W"], answer["meta"]["H"]) == (96, 64)

    def test_behind_a_base64_link_are_text_of_the_same_bytes(self, server: Server) -> None:
        plain = server.client.get(server.post(REALTIME, PLAIN)["output"][0])
        url = server.post(REALTIME, {**PLAIN, "base64": True})["output"][0]
        reply = server.client.get(url)
        assert reply.headers["content-type"].startswith("text/plain")
        assert base64.b64decode(reply.text, validate=True) == plain.content
        assert reply.headers["etag"] != plain.headers["etag"]
        assert Image.open(io.BytesIO(base64.b64decode(reply.text))).size == (96, 64)

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_are_only_to_be_looked_at(self, server: Server, method: str) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        reply = server.client.request(method, url)
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")

    def test_survive_a_restart_of_the_server(self, server: Server, start_server: StartServer) -> None:
        url = server.post(REALTIME, PLAIN)["output"][0]
        other = start_server()
        assert other.client.get(url.replace(server.url, "")).content == server.client.get(url).content

    def test_that_nobody_ordered_are_not_found(self, server: Server) -> None:
        for path in ("/generations/none/a.png", "/temp/AAAA/b.png", "/generations/", "/proxy/generations/x/y.png"):
            assert server.client.get(path).status_code == 404


class TestHowABodyComes:
    def test_url_encoded(self, server: Server) -> None:
        reply = server.client.post(REALTIME, data={key: str(value) for key, value in PLAIN.items()})
        assert reply.json()["status"] == "success"
        assert (reply.json()["meta"]["width"], reply.json()["meta"]["seed"]) == (96, 42)

    def test_multipart(self, server: Server) -> None:
        reply = server.client.post(REALTIME, files={key: (None, str(value)) for key, value in PLAIN.items()})
        assert reply.request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert reply.json()["status"] == "success"
        assert (reply.json()["meta"]["width"], reply.json()["meta"]["seed"]) == (96, 42)

    def test_all_three_order_the_same_picture(self, server: Server) -> None:
        ways: list[dict[str, Any]] = [
            {"json": PLAIN},
            {"data": {key: str(value) for key, value in PLAIN.items()}},
            {"files": {key: (None, str(value)) for key, value in PLAIN.items()}},
        ]
        links = [server.client.post(REALTIME, **way).json()["output"][0] for way in ways]
        assert len({server.client.get(each).content for each in links}) == 1

    def test_v3_in_the_query_of_a_request_without_body(self, server: Server) -> None:
        reply = server.client.post(V3, params=PLAIN)
        assert reply.json()["status"] == "success"
        assert picture(server, reply.json()["output"][0]).size == (96, 64)

    def test_elsewhere_the_query_is_not_read(self, server: Server) -> None:
        reply = server.client.post(REALTIME, params=PLAIN)
        assert (reply.status_code, reply.json()["message"]) == (400, "Invalid API Request")

    def test_the_key_in_a_header(self, server: Server) -> None:
        body = {key: value for key, value in PLAIN.items() if key != "key"}
        job = server.post(REALTIME, {**body, "prompt": "a fox [[mock: processing polls=0]]"}, headers={"key": "k-header"})
        assert server.post(job["fetch_result"], {"key": "k-header"})["status"] == "success"
        bare = server.client.post(job["fetch_result"], headers={"key": "k-header"})
        assert bare.json()["status"] == "success", "a fetch by path needs no body when its key is a header"
        assert server.client.post(job["fetch_result"]).status_code == 400
        assert server.client.post(REALTIME, headers={"key": "k-header"}).status_code == 400
        assert server.client.post(REALTIME, json=body).status_code == 401
        assert server.client.post(REALTIME, json={**body, "key": ""}, headers={"key": ""}).status_code == 401

    def test_authorization_is_ignored(self, server: Server) -> None:
        bearer = {"authorization": "Bearer k-somebody"}
        body = {key: value for key, value in PLAIN.items() if key != "key"}
        reply = server.client.post(REALTIME, json=body, headers=bearer)
        assert (reply.status_code, reply.json()["message"]) == (401, "Invalid API key")
        assert server.post(REALTIME, PLAIN, headers=bearer)["status"] == "success"

    def test_the_broken_java_sample_of_page_001_is_refused_with_line_and_column(self, server: Server) -> None:
        broken = (PAGES / "images-flux-v6/requests/06-java.broken.txt").read_bytes()
        reply = server.client.post(IMAGES, content=broken, headers={"content-type": "application/json"})
        assert (reply.status_code, reply.json()["status"]) == (400, "error")
        line = server.wait_for("not-json: the body must be JSON, got line 16")
        assert " line 16 column 2: unexpected character, expected ':'" in line


class TestBrowsers:
    def test_may_read_answers_pictures_and_refusals(self, server: Server) -> None:
        headers = {"origin": "https://app.example"}
        answer = server.client.post(REALTIME, json=PLAIN, headers=headers)
        replies = [
            answer,
            server.client.get(answer.json()["output"][0], headers=headers),
            server.client.post(REALTIME, json={}, headers=headers),
            server.client.get(REALTIME, headers=headers),
            server.client.get("/nowhere", headers=headers),
            server.client.get("/health", headers=headers),
        ]
        assert [each.status_code for each in replies] == [200, 200, 401, 405, 404, 200]
        assert {each.headers["access-control-allow-origin"] for each in replies} == {"*"}

    @pytest.mark.parametrize("path", [REALTIME, "/api/v6/images/fetch/1", "/generations/a/b.png"])
    def test_get_their_preflight(self, server: Server, path: str) -> None:
        asked = {
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type, key",
        }
        reply = server.client.options(path, headers=asked)
        assert (reply.status_code, reply.content) == (204, b"")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "POST" in reply.headers["access-control-allow-methods"]
        assert reply.headers["allow"] == ("GET, HEAD, OPTIONS" if path.startswith("/generations") else "POST, OPTIONS")
        assert reply.headers["access-control-allow-headers"] == "content-type, key"
        assert "content-length" not in reply.headers, "a 204 has none"

    def test_are_on_their_own_when_cors_is_off(self, start_server: StartServer) -> None:
        server = start_server("--no-cors")
        asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
        replies = [server.client.post(REALTIME, json=PLAIN), server.client.options(REALTIME, headers=asked)]
        assert not [name for each in replies for name in each.headers if name.startswith("access-control-")]


def test_links_are_built_on_the_host_under_which_the_order_came(server: Server) -> None:
    for host in (f"localhost:{server.port}", f"[::1]:{server.port}", "modelslab.com"):
        answer = server.post(REALTIME, PLAIN, headers={"host": host})
        assert answer["output"][0].startswith(f"http://{host}/")
    foreign = server.post(REALTIME, PLAIN, headers={"host": "evil.example"})
    assert foreign["output"][0].startswith(server.url)


def test_links_are_built_on_the_public_base_url_when_there_is_one(start_server: StartServer) -> None:
    server = start_server("--public-base-url", "https://mock.example:8443/")
    answer = server.post(REALTIME, {**PLAIN, "prompt": "a fox [[mock: processing polls=0]]"})
    links = [answer["fetch_result"], *answer["future_links"]]
    assert all(each.startswith("https://mock.example:8443/") and "//" not in each[8:] for each in links)


def test_temp_links_end_after_a_day_of_the_clock(start_server: StartServer) -> None:
    server = start_server("--clock", "frozen")
    url = server.post(IMAGES, {**FLUX, "temp": "yes"})["output"][0]
    kept = server.post(IMAGES, FLUX)["output"][0]
    clock = f"/__mock/sandboxes/{server.wait_for('success').partition('  sb-')[2].join(('sb-', ''))[:11]}/clock/advance"
    assert "/temp/" in url
    server.post(clock, {"seconds": 24 * 3600 - 1})
    assert picture(server, url).size == (512, 512)
    server.post(clock, {"seconds": 1})
    assert server.client.get(url).status_code == 404
    assert picture(server, kept).size == (512, 512)
