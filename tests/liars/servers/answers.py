"""Servers whose answers are wrong by themselves."""

from __future__ import annotations

from typing import Any

from modelslab_contracts.kit.servers.line import Answered

from .wrong import Asked, Wrong

_PAGE = b"<html><head><title>400 Bad Request</title></head><body><h1>400 Bad Request</h1></body></html>"


class ForgetsEta(Wrong):
    """Says that a job is processing, and not when to come back."""

    breaks = "server/leaves-out-a-required-member"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {name: held for name, held in told.items() if name != "eta"} if asked.role == "submit" else None


class ForgetsThePictures(Wrong):
    """Says that all went well, and not where the pictures are."""

    breaks = "server/leaves-out-a-required-member"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        is_one = asked.role == "fetch" and told["status"] == "success"
        return {name: held for name, held in told.items() if name != "output"} if is_one else None


class SpellsIdAsText(Wrong):
    """Tells ids as texts."""

    breaks = "server/answers-a-value-of-another-type"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {**told, "id": str(told["id"])} if told.get("id") else None


class DeliversOnePlainLink(Wrong):
    """Delivers one picture as its link, without the list."""

    breaks = "server/answers-a-value-of-another-type"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        links = told.get("output")
        return {**told, "output": links[0]} if isinstance(links, list) and len(links) == 1 else None


class DeliversBareNames(Wrong):
    """Delivers the names of files where links were promised."""

    breaks = "server/answers-a-value-of-another-type"
    also = ("server/delivers-what-it-did-not-announce",)

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        if told["status"] != "success":
            return None
        return {**told, "output": [each.rpartition("/")[2] for each in told["output"]]}


class TellsFlagsInCapitals(Wrong):
    """Tells the order again with flags in a spelling of its own."""

    breaks = "server/answers-a-value-that-breaks-its-clause"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        meta = told.get("meta")
        if not isinstance(meta, dict):
            return None
        return {**told, "meta": {name: held.upper() if held in ("yes", "no") else held for name, held in meta.items()}}


class RefusesWithAPage(Wrong):
    """Lets its web server refuse, with a page for people."""

    breaks = "server/answers-with-no-json"

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked)
        is_refusal = asked.role == "submit" and answered.status == 400
        return Answered(400, (("content-type", "text/html"),), _PAGE) if is_refusal else answered


class Refuses422(Wrong):
    """Refuses as its framework does, with 422."""

    breaks = "server/answers-with-an-undeclared-status"

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked)
        return answered._replace(status=422) if answered.status == 400 else answered


class SaysCompleted(Wrong):
    """Has a word of its own for a job that went well."""

    breaks = "server/says-an-unknown-status-word"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {**told, "status": "completed"} if asked.role == "fetch" and told["status"] == "success" else None


class CallsItText(Wrong):
    """Calls its JSON plain text."""

    breaks = "server/answers-in-another-media-type"

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked)
        return answered._replace(headers=(("content-type", "text/plain"),)) if asked.role == "submit" else answered


class AddsACost(Wrong):
    """Tells what an order has cost, which no page speaks of."""

    breaks = "server/adds-a-member-that-no-page-has"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {**told, "credits_used": 2} if told["status"] == "success" else None


class TellsNegativeEta(Wrong):
    """Tells how long a job is late already."""

    breaks = "server/announces-an-eta-that-is-no-time"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {**told, "eta": -3} if "eta" in told else None


class PointsToAStatusPage(Wrong):
    """Names an address to fetch from that is no fetch call."""

    breaks = "server/names-an-address-that-is-no-fetch"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        return {**told, "fetch_result": f"{self.origin}/jobs/{told['id']}"} if "fetch_result" in told else None
