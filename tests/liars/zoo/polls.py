"""Liars about how they wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..careful import ModelsLabError
from .liar import Liar


class NeverPolls(Liar):
    """Returns what the first answer holds, as the pages' own samples do."""

    breaks = "client/never-polls"
    also = ("client/returns-pictures-of-an-unfinished-job",)  # where the first answer holds some already

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
        assert reply["fetch_result"] is not None
        return self.fetch_url(reply)


class LooksOnceMore(Liar):
    """Fetches once more after the end, to be sure."""

    breaks = "client/polls-after-the-end"
    also = (  # where the second look sees another end than the first
        "client/reports-a-success-as-failure",
        "client/needs-one-type-of-value",
    )

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        url = self.fetch_url(reply)
        ended = super().wait_for(reply)
        if ended.get("output") or ended.get("status") == "error":
            self.sleep(1)
            self.send(url, {"key": self.key})
        return ended


class TwoTries(Liar):
    """Fetches twice at most and returns whatever there is then."""

    breaks = "client/stops-before-the-end"
    tries = 0

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        self.tries += 1
        return super().next_url(reply, url)

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        return super().is_over(reply) or (self.tries >= 1 and not reply.get("output", "a bad poll"))

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
    also = ("client/waits-for-ever-for-an-unknown-status",)
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


class GivesUpOnALongerWait(Liar):
    """Gives a job up when the server announces more than a second once more."""

    breaks = "client/gives-up-before-the-eta"

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        if reply.get("eta") and self.eta(reply) > 1:
            self.out_of_patience()
        return super().next_url(reply, url)


class WaitsForUnknown(Liar):
    """Counts its patience anew at every status that it does not know."""

    breaks = "client/waits-for-ever-for-an-unknown-status"
    interval_s = 900.0
    patience_s = 1_000.0

    def is_over(self, reply: Mapping[str, Any]) -> bool:
        if reply.get("status") != "processing":
            self.began = time.monotonic()
        return super().is_over(reply)


class SteadyRate(Liar):
    """Asks a server that fails as often as one that does not."""

    breaks = "client/retries-at-a-constant-rate"

    def backed_off(self, bad: int) -> float:
        return self.interval_s
