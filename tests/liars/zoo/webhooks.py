"""Liars that listen for webhooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelslab_contracts.kit.run import Capabilities

from ..careful_webhooks import Inbox, Listening, Receiver, WebhookOnly
from .liar import Liar

LISTENS = Capabilities(webhooks=True)


class CollectsWebhooks(Listening, Liar):
    """Waits a second for more webhooks, and takes the pictures of each for new ones."""

    breaks = "client/takes-a-second-webhook-for-more"
    does = LISTENS

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        ended = super().wait_for(reply)
        if ended in self.inbox.payloads and ended["status"] == "success":
            Liar.sleep(self, 1)
            return {**ended, "output": [each for payload in self.inbox.payloads for each in payload["output"]]}
        return ended


class AddsBoth(Listening, Liar):
    """Looks whether a webhook has come as well, and adds its pictures to those of the fetch."""

    breaks = "client/takes-a-webhook-and-a-fetch-for-two"
    also = ("client/takes-a-second-webhook-for-more",)
    does = LISTENS

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        ended = super().wait_for(reply)
        if ended.get("status") != "success" or ended in self.inbox.payloads or not isinstance(ended.get("output"), list):
            return ended
        self.inbox.came.wait(1)
        return {**ended, "output": ended["output"] + [each for told in self.inbox.payloads for each in told.get("output", [])]}


class Believing(Receiver):
    """Takes what it cannot know of for what is waited for."""

    def inbox_for(self, payload: Mapping[str, Any]) -> Inbox | None:
        is_known = str(payload.get("track_id")) in self.known
        return super().inbox_for(payload) if is_known else next(iter(self.inboxes.values()), None)


class BelievesAnybody(Listening, Liar):
    """Believes a webhook of whoever sends one."""

    breaks = "client/believes-a-webhook-of-another-job"
    does = LISTENS
    receiver_kind = Believing


class Strict(Receiver):
    """Falls over what it does not know."""

    def taken(self, body: bytes) -> int:
        found = super().taken(body)
        return 500 if found == 404 else found


class FallsOverStrangers(Listening, Liar):
    """Breaks down at a webhook that it does not know."""

    breaks = "client/believes-a-webhook-of-another-job"
    does = LISTENS
    receiver_kind = Strict


class NotYet(Inbox):
    """Stands where an inbox will be."""


class Unready(Receiver):
    """Falls over a webhook for which nobody is ready."""

    def taken(self, body: bytes) -> int:
        is_early = isinstance(self.inbox_for(json.loads(body)), NotYet)
        return 500 if is_early else super().taken(body)


class ListensTooLate(Listening, Liar):
    """Is ready for a webhook only when its order was answered."""

    breaks = "client/loses-a-webhook-that-is-early"
    does = LISTENS
    receiver_kind = Unready

    def listen(self) -> None:
        self.receiver.open(self.track_id, NotYet())

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        super().listen()
        return super().wait_for(reply)


class NoFallback(WebhookOnly, Liar):
    """Never asks."""

    breaks = "client/has-no-fallback-for-a-lost-webhook"
    does = LISTENS


class ReadsSuccessOnly(Listening, Liar):
    """Passes over a webhook that brings no pictures."""

    breaks = "client/ignores-a-webhook-that-says-failed"
    does = LISTENS

    def told(self) -> None:
        if self.inbox.payloads[0].get("output"):
            super().told()
        Liar.sleep(self, 3)
