"""Careful clients of other kinds: one that downloads, one that retries, one with threads, an async one."""

from __future__ import annotations

import asyncio
import atexit
import base64
import io
import json
import shutil
import ssl
import tempfile
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
from PIL import Image

from modelslab_contracts.endpoint import Endpoint

from .careful import PASSING, PATIENCE_S, Careful, ModelsLabError, ModelsLabTimeout, Trouble, seconds_to_wait


class Moody(Careful):
    """Loses its pictures in those of its calls, counted from 1, whatever the story: no right client, and no wrong one."""

    def __init__(self, endpoint: Endpoint, *moods: int) -> None:
        super().__init__(endpoint)
        self.moods = moods
        self.calls = list[int]()  # of all copies of it

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        self.calls.append(1)
        return [] if len(self.calls) in self.moods else super().pictures(reply)


class Downloading(Careful):
    """Returns the pictures themselves, whole and looked at, and whether they are flagged; or an error that names the one that
    is missing, under its mirror too.
    """

    def result(self, reply: Mapping[str, Any]) -> Any:
        pictures = [
            self.either(each, mirror) for each, mirror in zip_longest(super().result(reply), self.mirrors(reply)) if each
        ]
        return self.told(pictures, reply)

    def told(self, pictures: list[Any], reply: Mapping[str, Any]) -> Any:
        return {"images": pictures, "nsfw": reply.get("nsfw_content_detected")}

    def mirrors(self, reply: Mapping[str, Any]) -> list[str]:
        held = reply.get("proxy_links") or []
        return [held] if isinstance(held, str) else list(held.values()) if isinstance(held, dict) else list(held)

    def either(self, url: str, mirror: str | None) -> Any:
        if not url.startswith("http"):
            return base64.b64decode(url)
        try:
            return self.download(url)
        except ModelsLabError:
            if not mirror:
                raise
        return self.download(mirror)

    def download(self, url: str) -> bytes:
        try:
            answer = self.session.get(url, timeout=30)
        except requests.RequestException as problem:
            raise ModelsLabError(f"{url} could not be downloaded: {problem}") from problem
        if answer.status_code != 200:
            raise ModelsLabError(f"{url} could not be downloaded: HTTP {answer.status_code}")
        return self.looked_at(url, answer)

    def looked_at(self, url: str, answer: requests.Response) -> bytes:
        try:
            content = base64.b64decode(answer.content, validate=True) if "/base64/" in url else answer.content
            Image.open(io.BytesIO(content)).load()
        except Exception as problem:
            raise ModelsLabError(f"{url} is no picture") from problem
        return content


class Saving(Downloading):
    """Stores each picture in a file of its own, and returns the paths."""

    folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def told(self, pictures: list[Any], reply: Mapping[str, Any]) -> Any:
        return {**super().told(pictures, reply), "images": [self.saved(each, n) for n, each in enumerate(pictures)]}

    def saved(self, picture: bytes, n: int) -> str:
        path = self.path(n)
        path.write_bytes(picture)
        return str(path)

    def path(self, n: int) -> Path:
        return self.folder / f"{uuid.uuid4().hex}-{n}.png"


class Retrying(Careful):
    """Orders again after a refusal that passes, for which no order was taken, as often as three times."""

    attempts = 3

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for attempt in range(self.attempts):
            try:
                answer = self.send(self.base_url + self.submit_path, self.body(request))
                return self.read(answer)
            except Trouble as trouble:
                said = trouble
            except requests.RequestException as problem:
                raise ModelsLabError(f"could not reach the server: {problem}") from problem
            if answer.status_code not in PASSING or attempt == self.attempts - 1:
                break
            self.sleep(max(2.0**attempt, said.wait))
        raise ModelsLabError(str(said)) from None


class Threaded(Careful):
    """Does all of it in a thread of its own, and waits for that no longer than twice its patience."""

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(super().__call__, base_url, key, request).result(timeout=2 * PATIENCE_S)


#: Made once: making one takes longer than a story.
TRUST = ssl.create_default_context()


class Async:
    """The same with asyncio and httpx."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.submit_path = endpoint.submit.path
        self.fetch_path = next(each.path for each in endpoint.fetches if each.id_in == "path")

    async def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
        async with httpx.AsyncClient(trust_env=False, timeout=30, verify=TRUST) as client:
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                reply = await self.ask(client, base_url + self.submit_path, {"key": key, **request})
            except (Trouble, httpx.HTTPError) as problem:
                raise ModelsLabError(str(problem)) from problem
            if reply.get("status") == "processing":
                url = self.fetch_url(base_url, reply)
                await self.pause(min(max(1.0, _eta(reply)), PATIENCE_S))
                bad = 0
                while loop.time() - began < PATIENCE_S:
                    try:
                        reply, bad, wait = await self.ask(client, url, {"key": key}), 0, 3.0
                    except (Trouble, httpx.HTTPError) as problem:
                        bad, wait = bad + 1, max(3.0 * 2**bad, getattr(problem, "wait", 0.0))
                        if bad > 5:
                            raise ModelsLabError(str(problem)) from problem
                        reply = {}
                    if reply.get("status") in ("success", "failed", "error"):
                        break
                    known = {"id": url.rpartition("/")[2], **reply}  # an answer need not repeat it
                    url = self.fetch_url(base_url, known) if reply.get("fetch_result") else url
                    await self.pause(max(wait, min(_eta(reply), PATIENCE_S)))
                else:
                    raise ModelsLabTimeout("the job did not end in time")
            if reply.get("status") != "success":
                raise ModelsLabError(str(reply.get("message") or reply.get("messege") or "no reason given"))
            output = reply.get("output") or []
            return [output] if isinstance(output, str) else [*output.values()] if isinstance(output, dict) else [*output]

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def ask(self, client: httpx.AsyncClient, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await client.post(url, json=body)
        try:
            reply = json.loads(answer.content.decode("utf-8-sig"))
        except ValueError:
            raise Trouble(f"HTTP {answer.status_code}: no JSON") from None
        said = (
            str(reply.get("message") or reply.get("messege") or "no reason given") if isinstance(reply, dict) else "no object"
        )
        if answer.status_code in PASSING:
            wait = seconds_to_wait(answer.headers.get("retry-after", ""), answer.content)
            raise Trouble(f"HTTP {answer.status_code}: {said}", wait)
        if answer.status_code != 200 or not isinstance(reply, dict):
            raise ModelsLabError(f"HTTP {answer.status_code}: {said}")
        return reply

    def fetch_url(self, base_url: str, reply: Mapping[str, Any]) -> str:
        url = reply.get("fetch_result")
        if isinstance(url, str) and urlsplit(url).netloc == urlsplit(base_url).netloc:
            return url
        return base_url + self.fetch_path.replace("{id}", str(reply.get("id")))


def _eta(reply: Mapping[str, Any]) -> float:
    try:
        return float(reply.get("eta") or 0)
    except (TypeError, ValueError):
        return 0.0
