"""Liars about what they make of a job's end."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from modelslab_contracts.kit.run import Capabilities

from ..careful import ModelsLabError, Trouble
from .liar import Liar


class FailureIsEmpty(Liar):
    """Returns no pictures in place of an error."""

    breaks = "client/reports-a-failure-as-success"
    also = ("client/takes-an-unknown-status-for-success",)  # where the failure comes without a status

    def generate(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        try:
            return super().generate(base_url, key, request)
        except TimeoutError:
            raise
        except ModelsLabError as problem:
            if "did not end" in str(problem):
                raise
            return []


class AtMostThree(Liar):
    """Takes a success with more than three pictures for a mistake."""

    breaks = "client/reports-a-success-as-failure"
    also = ("client/needs-an-optional-member", "client/needs-one-type-of-value")  # where the form is odd too

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        pictures = super().pictures(reply)
        if len(pictures) > 3:
            raise ModelsLabError("too many pictures")
        return pictures


class OwnWords(Liar):
    """Says what it thinks and not what the server said."""

    breaks = "client/loses-the-servers-words"

    def message(self, reply: Mapping[str, Any]) -> str:
        return "generation failed"


class OneSpelling(Liar):
    """Reads the server's words only where they are called message."""

    breaks = "client/loses-the-servers-words"

    def message(self, reply: Mapping[str, Any]) -> str:
        return str(reply.get("message") or "no reason given")


class KnowsNoFailed(Liar):
    """Takes failed for one more way of not being ready."""

    breaks = "client/does-not-know-failed"

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return reply.get("status") in ("success", "error")


class FirstOnly(Liar):
    """Returns the first picture of up to four."""

    breaks = "client/loses-pictures"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        return super().pictures(reply)[:1]


class Reverses(Liar):
    """Returns the pictures last first."""

    breaks = "client/loses-pictures"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        return super().pictures(reply)[::-1]


class CountsTwice(Liar):
    """Returns the mirrors of the pictures too."""

    breaks = "client/invents-pictures"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        pictures = super().pictures(reply)
        return pictures + [each.replace("/generations/", "/proxy/generations/") for each in pictures]


class NeedsMeta(Liar):
    """Crashes where a member is null that it does not need, and refuses what it does not know."""

    breaks = "client/needs-an-optional-member"

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        if "queue_position" in reply or None in reply.values():
            raise KeyError("queue_position")
        return super().pictures(reply)


class RawParser(Liar):
    """Lets the parser's own error out."""

    breaks = "client/crashes-on-a-garbled-reply"

    def parse(self, answer: requests.Response) -> dict[str, Any]:
        reply: dict[str, Any] = json.loads(answer.content.decode("utf-8-sig"))
        return reply


class LetsRequestsOut(Liar):
    """Lets the errors of its HTTP library out where the connection breaks."""

    breaks = "client/lets-its-librarys-error-out"

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.read(self.send(self.base_url + self.submit_path, self.body(request)))
        except Trouble as trouble:
            raise ModelsLabError(str(trouble)) from None


class SaysNothing(Liar):
    """Says that it tells of flagged pictures, and returns addresses only."""

    breaks = "client/hides-that-a-picture-is-flagged"
    does = Capabilities(flags=True)
    endpoints = ("images-pony-v6", "realtime-v6")


class DecodesAddresses(Liar):
    """Decodes whatever comes where base64 was ordered."""

    breaks = "client/confuses-base64-with-an-address"
    endpoints = ("enterprise-v1", "images-flux-v6", "realtime-v6")

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        pictures = super().pictures(reply)
        return [decoded(each) for each in pictures] if self.request.get("base64") in (True, "true", "yes") else pictures


class JoinsWhateverComes(Liar):
    """Joins what it is given with its base URL, as if it were the path of a picture."""

    breaks = "client/confuses-base64-with-an-address"
    endpoints = ("enterprise-v1", "images-flux-v6", "realtime-v6")

    def pictures(self, reply: Mapping[str, Any]) -> list[Any]:
        return [urljoin(self.base_url + "/", each) for each in super().pictures(reply)]


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return text.encode()


class FollowsAnyFetchResult(Liar):
    """Follows fetch_result to wherever it leads, key and all."""

    breaks = "client/sends-its-key-to-another-host"

    def fetch_url(self, reply: Mapping[str, Any]) -> str:
        url = reply.get("fetch_result")
        return url if isinstance(url, str) else super().fetch_url(reply)


class FollowsWithoutKey(FollowsAnyFetchResult):
    """Follows fetch_result to wherever it leads, and keeps its key to itself there."""

    breaks = "client/follows-an-address-to-another-host"

    def fetch(self, url: str) -> dict[str, Any]:
        is_home = urlsplit(url).netloc == urlsplit(self.base_url).netloc
        return self.read(self.send(url, {"key": self.key} if is_home else {"id": 1}))


class FollowsAnywhere(Liar):
    """Follows a redirect to wherever it leads, key and all, as libraries do by themselves."""

    breaks = "client/sends-its-key-to-another-host"

    def redirected(self, url: str, answer: requests.Response) -> str:
        return urljoin(url, answer.headers["location"])
