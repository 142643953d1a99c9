"""A careful client, as people write them, with every decision in a method of its own: the liars override one each."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from copy import copy
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from modelslab_contracts.endpoint import Endpoint

#: Seconds of patience for a whole job.
PATIENCE_S = 120.0
PASSING = (408, 425, 429, 500, 502, 503, 504, 524)


class ModelsLabError(Exception):
    """What the server said, or that nobody can read it."""


class ModelsLabTimeout(ModelsLabError):
    """The job did not end in time."""


class Trouble(Exception):
    """A reply that says nothing about the job; `wait` is what the server asked for."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class Careful:
    """Submit, wait for the eta, fetch until the job ends or patience does, and say what the server said."""

    interval_s = 3.0
    patience_s = PATIENCE_S
    max_bad_polls = 5

    def __init__(self, endpoint: Endpoint) -> None:
        self.submit_path = endpoint.submit.path
        self.fetch_path = next(each.path for each in endpoint.fetches if each.id_in == "path")
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        """Each call with a state of its own: callers may come at the same time."""
        return copy(self).generate(base_url, key, request)

    def generate(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        self.base_url, self.key, self.request = base_url, key, request
        self.began = time.monotonic()
        reply: Mapping[str, Any] = self.submit(request)
        if reply.get("status") == "processing":
            reply = self.wait_for(reply)
        return self.result(reply)

    # --- requests -----------------------------------------------------------------------------------------------------

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"key": self.key, **request}

    def send(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        """POST, following redirects that repeat the body, within the host that the key is for."""
        for _ in range(4):
            answer = self.post(url, body)
            if answer.status_code not in (301, 302, 303, 307, 308):
                return answer
            url = self.redirected(url, answer)
        raise ModelsLabError("redirected in a circle")

    def post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        return self.session.post(url, json=body, timeout=30, allow_redirects=False)

    def redirected(self, url: str, answer: requests.Response) -> str:
        target = urljoin(url, answer.headers.get("location", ""))
        if answer.status_code not in (307, 308) or urlsplit(target).netloc != urlsplit(self.base_url).netloc:
            raise ModelsLabError(f"redirected to {target}, which is not followed")
        return target

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self.send(self.base_url + self.submit_path, self.body(request))
            return self.read(answer)
        except Trouble as trouble:
            raise ModelsLabError(str(trouble)) from None
        except requests.RequestException as problem:
            raise ModelsLabError(f"could not reach the server: {problem}") from problem

    # --- replies ------------------------------------------------------------------------------------------------------

    def read(self, answer: requests.Response) -> dict[str, Any]:
        """The reply's object; Trouble for what passes, ModelsLabError for what the server refuses."""
        reply = self.parse(answer)
        if answer.status_code in PASSING:
            raise Trouble(f"HTTP {answer.status_code}: {self.message(reply)}", self.retry_after(answer))
        if answer.status_code != 200:
            raise ModelsLabError(f"HTTP {answer.status_code}: {self.message(reply)}")
        return reply

    def parse(self, answer: requests.Response) -> dict[str, Any]:
        try:
            reply = json.loads(answer.content.decode("utf-8-sig"))
        except ValueError:
            raise Trouble(f"HTTP {answer.status_code}: the reply is no JSON") from None
        if not isinstance(reply, dict):
            raise Trouble(f"HTTP {answer.status_code}: the reply is no object")
        return reply

    def message(self, reply: Mapping[str, Any]) -> str:
        held = reply.get("message") or reply.get("messege") or "no reason given"
        return held if isinstance(held, str) else json.dumps(held, ensure_ascii=False)

    def retry_after(self, answer: requests.Response) -> float:
        return seconds_to_wait(answer.headers.get("retry-after", ""), answer.content)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        url, bad = self.fetch_url(reply), 0
        self.sleep(self.first_wait(reply))
        while True:
            if time.monotonic() - self.began > self.patience_s:
                return self.out_of_patience()
            wait = self.interval_s
            try:
                reply = self.fetch(url)
                bad = 0
            except (Trouble, requests.RequestException) as trouble:
                reply, bad = {"status": "processing"}, bad + 1
                if bad > self.max_bad_polls:
                    raise ModelsLabError(f"{bad} fetches in a row failed: {trouble}") from trouble
                wait = max(self.backed_off(bad), getattr(trouble, "wait", 0.0))
            if self.is_over(reply):
                return reply
            url = self.next_url(reply, url)
            self.sleep(max(wait, self.eta(reply)))

    def backed_off(self, bad: int) -> float:
        """Longer after each fetch in a row that failed."""
        return self.interval_s * 2.0 ** (bad - 1)

    def fetch(self, url: str) -> dict[str, Any]:
        return self.read(self.send(url, {"key": self.key}))

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return reply.get("status") in ("success", "failed", "error")

    def fetch_url(self, reply: Mapping[str, Any]) -> str:
        url = reply.get("fetch_result")
        if isinstance(url, str) and urlsplit(url).netloc == urlsplit(self.base_url).netloc:
            return url
        return self.base_url + self.fetch_path.replace("{id}", str(reply.get("id")))

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        known = {"id": url.rpartition("/")[2], **reply}  # an answer need not repeat it
        return self.fetch_url(known) if reply.get("fetch_result") else url

    def eta(self, reply: Mapping[str, Any]) -> float:
        try:
            eta = float(reply.get("eta") or 0)
        except (TypeError, ValueError):
            return 0.0
        return 0.0 if math.isnan(eta) else min(max(eta, 0.0), self.patience_s)

    def first_wait(self, reply: Mapping[str, Any]) -> float:
        return max(1.0, self.eta(reply))

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def out_of_patience(self) -> Mapping[str, Any]:
        raise ModelsLabTimeout(f"the job did not end within {self.patience_s:g} s")

    # --- results ------------------------------------------------------------------------------------------------------

    def result(self, reply: Mapping[str, Any]) -> Any:
        if reply.get("status") != "success":
            raise ModelsLabError(self.message(reply))
        return self.pictures(reply)

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        output = reply.get("output") or []
        if isinstance(output, str):
            return [output]
        return list(output.values()) if isinstance(output, dict) else list(output)


def seconds_to_wait(text: str, body: bytes) -> float:
    """Retry-After as a number or a date, else what the body says; 0 for neither."""
    if text.isdigit():
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - time.time() + 1
    except ValueError:
        pass
    try:
        return float(json.loads(body)["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 0.0
