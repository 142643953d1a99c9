"""A scope's sandbox of an emulator behind an address, over its control API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.json_lines import read
from modelslab_contracts.near_miss import JobSeen, NearMiss, near_miss
from modelslab_contracts.wanted import Wanted

from ..engine.ids import NO_SANDBOX, sandbox_name
from ..inbox import Message
from ..outbox import Attempt, Delivery
from ..wire.wall_clock import real_now
from .control_client import ControlClient
from .far_jobs import order_in, pictures_in
from .problems import MockServerError, our_lines_hidden
from .reach import ClockNow, JobNow, StorySet

__tracebackhide__ = our_lines_hidden

_BY_KEY = "/sandboxes/by-key"
_MOST = 1_000


class Far:
    """See Reach. `strangers`: requests that name no sandbox are of this scope, too."""

    def __init__(self, origin: str, key: str, *, strangers: bool = True) -> None:
        self.url = origin.rstrip("/")
        self.key = key
        self.inbox = sandbox_name(key)
        self._control = ControlClient(origin, key)
        self._since = {name: self._last(name) for name in (self.inbox, *((NO_SANDBOX,) if strangers else ()))}

    def set_story(
        self, story: Mapping[str, Any], times: int | None, endpoint: str | None, prompt: str | None
    ) -> tuple[int, Sequence[StorySet]]:
        """See Reach."""
        waiting = self.unused_stories()
        body = {"story": story, "times": times, "endpoint": endpoint, "prompt": prompt}
        n = int(self._control.send("POST", f"{_BY_KEY}/stories", body)["stories"][0]["n"])
        left = {each.n for each in self._stories(unused="false")}
        return n, [each for each in waiting if each.n not in left]

    def unused_stories(self) -> Sequence[StorySet]:
        """See Reach."""
        return self._stories(unused="true")

    def set_profile(self, profile: str) -> None:
        """See Reach."""
        self._control.send("PUT", f"{_BY_KEY}/profile", {"profile": profile})

    def set_account(self, account: Mapping[str, Any]) -> None:
        """See Reach."""
        self._control.send("PUT", f"{_BY_KEY}/account", account)

    def clock(self) -> ClockNow:
        """See Reach."""
        shown = self._control.get(f"{_BY_KEY}/clock")
        return ClockNow(shown["mode"], shown["now"])

    def run_clock(self, clock: str) -> None:
        """See Reach."""
        mode, _, factor = clock.partition(":")
        self._control.send("PUT", f"{_BY_KEY}/clock", {"mode": mode} | ({"factor": float(factor)} if factor else {}))

    def advance(self, seconds: float) -> None:
        """See Reach."""
        self._control.send("POST", f"{_BY_KEY}/clock/advance", {"seconds": seconds})

    def jobs(self) -> Sequence[JobNow]:
        """See Reach."""
        found = self._control.get(f"{_BY_KEY}/jobs", limit=10_000)["jobs"]
        exchanges = self.exchanges() if found else ()
        return [self._job(each, [one for one in exchanges if one.job_id == each["id"]]) for each in reversed(found)]

    def exchanges(self) -> Sequence[Exchange]:
        """See Reach."""
        anyone = ControlClient(self.url, "")
        lines = (anyone.text("GET", "/journal.jsonl", sandbox=name, after=since) for name, since in self._since.items())
        return sorted((each for text in lines for each in read(text)), key=lambda each: each.real_at)

    def near_miss(self, exchange: Exchange) -> NearMiss | None:
        """See Reach."""
        return near_miss(exchange, endpoints(), self._job_seen)

    def webhooks(self) -> Sequence[Delivery]:
        """See Reach."""
        found = self._control.get(f"{_BY_KEY}/webhooks", order="oldest", limit=_MOST)["webhooks"]
        return [self._delivery(each["n"]) for each in found]

    def messages(self, inbox: str, after: int) -> Sequence[Message]:
        """See Reach."""
        return [_message(each) for each in self._control.get(f"/inboxes/{inbox}", after=after)["messages"]]

    def wait_for_exchange(self, wanted: Wanted, within: float, *, from_now: bool) -> Exchange:
        """See Reach."""
        asked = {name: value for name, value in asdict(wanted).items() if value not in (None, False)}
        asked["after"] = max(self._since[self.inbox], int(asked.pop("since", 0)))
        asked = {name: str(value).lower() if value is True else value for name, value in asked.items()}
        how = {"wait": "next" if from_now else "match", "timeout": within, "order": "oldest", "limit": 1}
        found = self._control.get(f"{_BY_KEY}/journal", waits_s=within, **asked, **how)["exchanges"][0]
        return next(each for each in self.exchanges() if (each.sandbox, each.n) == (found["sandbox"], found["n"]))

    def wait_for_job(self, job_id: int | None, state: str, within: float) -> JobNow:
        """See Reach."""
        end = real_now() + within
        while job_id is None:
            if newest := self._control.get(f"{_BY_KEY}/jobs", limit=1)["jobs"]:
                job_id = newest[0]["id"]
            elif (left := end - real_now()) > 0:
                self._await_news(left)
            else:
                raise MockServerError(f"waited {within:g} s in vain for a job to be submitted")
        left = max(0.0, end - real_now())
        self._control.get(f"/jobs/{job_id}", waits_s=left, wait=f"status:{state}", timeout=left)
        return next(each for each in self.jobs() if each.id == job_id)

    def wait_for_webhook(self, job_id: int | None, state: str, within: float) -> Delivery:
        """See Reach."""
        asked = {"job": job_id, "state": state, "wait": "match", "timeout": within, "order": "oldest", "limit": 1}
        return self._delivery(self._control.get(f"{_BY_KEY}/webhooks", waits_s=within, **asked)["webhooks"][0]["n"])

    def wait_for_message(self, inbox: str, after: int, within: float) -> Sequence[Message]:
        """See Reach."""
        found = self._control.get(f"/inboxes/{inbox}", waits_s=within, after=after, wait="match", timeout=within)
        return [_message(each) for each in found["messages"]]

    def _last(self, name: str) -> int:
        newest = ControlClient(self.url, "").get(f"/sandboxes/{name}/journal", limit=1)["exchanges"]
        return int(newest[0]["n"]) if newest else 0

    def _stories(self, unused: str) -> list[StorySet]:
        found, after = list[StorySet](), 0
        while True:
            page = self._control.get(f"{_BY_KEY}/stories", unused=unused, after=after, limit=_MOST)
            found += [StorySet(**{name: each[name] for name in StorySet._fields}) for each in page["stories"]]
            if page["next"] is None:
                return found
            after = page["next"]

    def _await_news(self, within: float) -> None:
        try:
            self._control.get(f"{_BY_KEY}/journal", waits_s=within, wait="next", timeout=within)
        except MockServerError:
            return

    def _job(self, told: Mapping[str, Any], about: Sequence[Exchange]) -> JobNow:
        return JobNow(
            told["id"], told["endpoint"], told["status"], order_in(about), pictures_in(about),
            told["submitted_at"], told["ends_at"], told["fetches"],
        )  # fmt: skip

    def _job_seen(self, job_id: int) -> JobSeen | None:
        try:
            told = json.loads(ControlClient(self.url, "").text("GET", f"/jobs/{job_id}"))
        except MockServerError:
            return None
        return JobSeen(told["sandbox"], told["endpoint"])

    def _delivery(self, n: int) -> Delivery:
        told = self._control.get(f"{_BY_KEY}/webhooks/{n}")
        attempts = tuple(Attempt(**each) for each in told["attempts"])
        kept = {name: told[name] for name in Delivery._fields if name in told}
        return Delivery(**kept | {"number": n, "attempts": attempts, "body": told["body"].encode()})


def _message(told: Mapping[str, Any]) -> Message:
    kept = {name: told[name] for name in Message._fields}
    return Message(**kept | {"headers": tuple(told["headers"].items()), "body": told["body"].encode()})
