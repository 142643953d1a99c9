"""Liars about replies that are odd without being wrong, and about their keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

from ..careful import ModelsLabError, Trouble
from .liar import Liar


class RetriesBlindly(Liar):
    """Orders again whenever it could not read the answer."""

    breaks = "client/submits-again-though-its-order-was-taken"

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.read(self.send(self.base_url + self.submit_path, self.body(request)))
        except (Trouble, requests.RequestException) as trouble:
            self.sleep(max(60, getattr(trouble, "wait", 0.0)))
            return super().submit(request)


class TrustsEta(Liar):
    """Sleeps for as long as the answer says, which it takes for a number."""

    breaks = "client/obeys-any-eta"

    def first_wait(self, reply: Mapping[str, Any]) -> float:
        eta: float = reply["eta"]
        return eta if eta > 0 else 1.0


class NeverMindsTrouble(Liar):
    """Starts its patience anew at every fetch that goes wrong."""

    breaks = "client/waits-for-ever-for-a-broken-server"
    max_bad_polls = 10**9
    patience_s = 1_000.0
    interval_s = 900.0

    def backed_off(self, bad: int) -> float:
        return self.interval_s

    def retry_after(self, answer: requests.Response) -> float:
        self.began = time.monotonic()
        return super().retry_after(answer)


class InAHurry(Liar):
    """Comes back after its own interval, whatever a refusal says."""

    breaks = "client/comes-back-before-retry-after"

    def retry_after(self, answer: requests.Response) -> float:
        return 0.0


class ReadsSecondsOnly(Liar):
    """Reads Retry-After as a number only, and only in the header."""

    breaks = "client/comes-back-before-retry-after"

    def retry_after(self, answer: requests.Response) -> float:
        text = answer.headers.get("retry-after", "")
        return float(text) if text.isdigit() else 0.0


class FutureIsNow(Liar):
    """Returns the links to what will be there."""

    breaks = "client/returns-links-to-what-is-not-there-yet"
    #: Where the first answer holds pictures beside its links, the links are not what is wrong.
    also = ("client/never-polls", "client/returns-pictures-of-an-unfinished-job")
    endpoints = ("enterprise-v1", "images-flux-v6", "images-pony-v6", "realtime-v6")

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        if links := reply.get("future_links"):
            return {"status": "success", "output": links}
        return super().wait_for(reply)


class TakesAnyOutput(Liar):
    """Takes a job with pictures in its answer for finished."""

    breaks = "client/returns-pictures-of-an-unfinished-job"

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return bool(reply.get("output")) or super().is_over(reply)

    def result(self, reply: Mapping[str, Any]) -> Any:
        return self.pictures(reply) if reply.get("status") == "processing" else super().result(reply)


class WantsPictures(Liar):
    """Takes a success without pictures for one that is not ready."""

    breaks = "client/cannot-take-an-empty-success"

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return super().is_over(reply) and (reply["status"] != "success" or bool(reply.get("output")))


class ListsOnly(Liar):
    """Takes the letters of an address for pictures."""

    breaks = "client/needs-one-type-of-value"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        return list(reply.get("output") or [])


class NumbersOnly(Liar):
    """Does sums with the id."""

    breaks = "client/needs-one-type-of-value"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        assert isinstance(reply.get("id", 0), int)
        return super().pictures(reply)


class RefusalsAreHttp(Liar):
    """Knows refusals by their status and takes the rest for a result."""

    breaks = "client/has-no-word-for-a-refusal"

    def result(self, reply: Mapping[str, Any]) -> Any:
        if reply["status"] == "error":
            return list(reply["output"])
        return super().result(reply)


class TellsItsKey(Liar):
    """Puts what it sent into its errors."""

    breaks = "client/shows-its-key"

    def result(self, reply: Mapping[str, Any]) -> Any:
        if reply.get("status") != "success":
            raise ModelsLabError(f"{self.message(reply)} (sent with key {self.key})")
        return super().result(reply)


class KeyInTheQuery(Liar):
    """Sends the key in the address as well."""

    breaks = "client/puts-its-key-into-an-address"

    def post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        return self.session.post(url, params={"key": self.key}, json=body, timeout=30, allow_redirects=False)
