"""Wrong clients, each one small difference to the careful one, and the rule that must catch it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

import requests

from .careful import Careful, ModelsLabError, Trouble

#: Every liar, by the order of its rule.
ZOO: list[type[Liar]] = []


class Liar(Careful):
    """`breaks` is the rule that must catch it; `also` are rules that the same mistake breaks in other stories."""

    breaks: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        ZOO.append(cls)


# --- what it sends -----------------------------------------------------------------------------------------------------


class AddsSamplesWithoutEnd(Liar):
    """Asks for a hundred pictures where nobody said how many."""

    breaks = "client/sends-what-the-contract-refuses"

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"samples": 100, **super().body(request)}


class SeedOrNothing(Liar):
    """`if value:` loses 0, false and the empty text."""

    breaks = "client/loses-or-changes-what-was-asked"

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().body(request).items() if value}


class CutsPrompts(Liar):
    """Sends at most a thousand characters."""

    breaks = "client/changes-the-prompt"

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request)
        return {**body, "prompt": body["prompt"][:1000]}


class PlainPrompts(Liar):
    """Drops whatever is not ASCII."""

    breaks = "client/changes-the-prompt"

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request)
        return {**body, "prompt": body["prompt"].encode("ascii", "ignore").decode()}


class AlwaysASeed(Liar):
    """Sends seed -1 where nobody asked for a seed."""

    breaks = "client/sends-what-nobody-asked-for"

    def body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"seed": -1, **super().body(request)}


class GetsItsFetch(Liar):
    """Fetches by GET, as one would."""

    breaks = "client/asks-at-an-address-that-is-no-call"

    def fetch(self, url: str) -> dict[str, Any]:
        return self.read(self.session.get(url, params={"id": 1}, timeout=30, allow_redirects=False))


class TwoSlashes(Liar):
    """Joins the address with one slash too many."""

    breaks = "client/asks-at-an-address-that-is-no-call"

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self.read(self.send(f"{self.base_url}/{self.submit_path}", self.body(request)))


class SendsAForm(Liar):
    """Posts a form, which this API happens to read."""

    breaks = "client/sends-no-clean-json"

    def post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        return self.session.post(url, data=dict(body), timeout=30, allow_redirects=False)


class KeyInAHeader(Liar):
    """Sends the key as a header only."""

    breaks = "client/submits-without-its-key"
    also = ("client/fetches-without-its-key",)

    def post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        keyless = {name: value for name, value in body.items() if name != "key"}
        return self.session.post(url, json=keyless, headers={"key": self.key}, timeout=30, allow_redirects=False)


# --- how it orders -----------------------------------------------------------------------------------------------------


class OrdersTwice(Liar):
    """Orders anew when the job is still processing after a fetch."""

    breaks = "client/submits-again-after-a-valid-reply"

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        if not getattr(self, "again", False):
            self.again = True
            try:
                self.sleep(self.first_wait(reply))
                reply = self.submit(self.request)
            finally:
                self.again = False
        return super().wait_for(reply) if reply.get("status") == "processing" else reply

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> list[Any]:
        self.request = request
        return super().__call__(base_url, key, request)


class RetriesEverything(Liar):
    """Sends an order again after any refusal, good or bad."""

    breaks = "client/repeats-what-was-refused-for-good"

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for attempt in range(3):
            answer = self.send(self.base_url + self.submit_path, self.body(request))
            if answer.status_code < 400 or answer.status_code >= 500 or attempt == 2:
                break
            self.sleep(2)
        try:
            return self.read(answer)
        except Trouble as trouble:
            raise ModelsLabError(str(trouble)) from None


# --- how it waits ------------------------------------------------------------------------------------------------------


class NeverPolls(Liar):
    """Returns what the first answer holds, as the pages' own samples do."""

    breaks = "client/never-polls"

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"status": "success", "output": reply.get("output") or []}


class BuildsItsAddress(Liar):
    """Builds the address of the fetch from the id, as all public clients do."""

    breaks = "client/does-not-follow-fetch-result"

    def fetch_url(self, reply: Mapping[str, Any]) -> str:
        return self.base_url + self.fetch_path.replace("{id}", str(reply.get("id")))

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        return url


class KeepsItsFirstAddress(Liar):
    """Follows the first fetch_result and never a later one."""

    breaks = "client/does-not-follow-fetch-result"

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        return url


class FetchesWithoutKey(Liar):
    """Thinks that the address of the fetch says it all."""

    breaks = "client/fetches-without-its-key"
    also = ("client/reports-a-success-as-failure",)

    def fetch(self, url: str) -> dict[str, Any]:
        return self.read(self.send(url, {"id": 1}))


class LosesItsAddress(Liar):
    """Looks for fetch_result in every answer, and falls over where there is none."""

    breaks = "client/loses-the-fetch-address"

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        if "message" not in reply and "messege" not in reply and "output" not in reply:
            return url
        fetch_result: str = reply["fetch_result"]
        return fetch_result


class LooksOnceMore(Liar):
    """Fetches once more after the end, to be sure."""

    breaks = "client/polls-after-the-end"

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        url = self.fetch_url(reply)
        ended = super().wait_for(reply)
        if ended.get("status") in ("success", "error"):
            self.sleep(1)
            self.send(url, {"key": self.key})
        return ended


class TwoTries(Liar):
    """Fetches twice at most and returns whatever there is then."""

    breaks = "client/stops-before-the-end"
    also = ("client/reports-a-timeout-as-pictures",)  # where the job never ends, nobody can tell the one from the other
    tries = 0

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        self.tries += 1
        return super().next_url(reply, url)

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return super().is_over(reply) or (self.tries >= 1 and "output" in reply)

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        self.tries = 0
        return super().wait_for(reply)

    def result(self, reply: Mapping[str, Any]) -> list[Any]:
        return self.pictures(reply) if reply.get("status") == "processing" else super().result(reply)


class IgnoresEta(Liar):
    """Fetches after a second, whatever it was told."""

    breaks = "client/polls-before-the-eta"

    def eta(self, reply: Mapping[str, Any]) -> float:
        return 0.0


class Hammers(Liar):
    """Asks every tenth of a second once the eta is over."""

    breaks = "client/hammers"
    interval_s = 0.1


class WaitsForEver(Liar):
    """Has all the patience in the world."""

    breaks = "client/has-no-deadline"
    patience_s = float("inf")
    interval_s = 900.0

    def eta(self, reply: Mapping[str, Any]) -> float:
        return min(60.0, super().eta(reply))


class TimesOutQuietly(Liar):
    """Returns nothing when its patience ends, as if there was nothing."""

    breaks = "client/reports-a-timeout-as-pictures"

    def out_of_patience(self) -> Mapping[str, Any]:
        return {"status": "success", "output": []}


class OneStrike(Liar):
    """Gives a job up at the first fetch that goes wrong."""

    breaks = "client/gives-up-after-one-bad-poll"
    max_bad_polls = 0


class UnknownIsFine(Liar):
    """Takes every status that it does not know for success."""

    breaks = "client/takes-an-unknown-status-for-success"

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return reply.get("status") != "processing"

    def result(self, reply: Mapping[str, Any]) -> list[Any]:
        if reply.get("status") in ("failed", "error"):
            raise ModelsLabError(self.message(reply))
        return self.pictures(reply)


# --- what it makes of the end ------------------------------------------------------------------------------------------


class FailureIsEmpty(Liar):
    """Returns no pictures in place of an error."""

    breaks = "client/reports-a-failure-as-success"

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> list[Any]:
        try:
            return super().__call__(base_url, key, request)
        except TimeoutError:
            raise
        except ModelsLabError as problem:
            if "did not end" in str(problem):
                raise
            return []


class AtMostThree(Liar):
    """Takes a success with more than three pictures for a mistake."""

    breaks = "client/reports-a-success-as-failure"
    also = ("client/needs-an-optional-member",)  # where the form is lean too

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


class FollowsAnywhere(Liar):
    """Follows a redirect to wherever it leads, key and all, as libraries do by themselves."""

    breaks = "client/sends-its-key-to-another-host"

    def redirected(self, url: str, answer: requests.Response) -> str:
        return urljoin(url, answer.headers["location"])
