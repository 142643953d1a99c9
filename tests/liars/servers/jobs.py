"""Servers that tell another story each time, or to the wrong one."""

from __future__ import annotations

import json
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.servers.line import Answered, Line

from .wrong import Asked, Wrong

WITH_FUTURE_LINKS = ("images-flux-v6", "images-pony-v6", "realtime-v6", "enterprise-v1")
#: Contracts whose fetch says with 404 that there is no such job.
WITH_404 = ("images-flux-v6", "images-pony-v6", "realtime-v6")


class Remembering(Wrong):
    """Keeps what it was asked and what it told, by job. A step to the others, and no server."""

    def __init__(self, right: Line, endpoint: Endpoint) -> None:
        super().__init__(right, endpoint)
        self.processing: dict[str, dict[str, Any]] = {}
        self.successes: dict[str, int] = {}
        self.owners: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answered:
        answered = super().answer(asked)
        if asked.role == "submit" and answered.status == 200:
            self.owners[str(json.loads(answered.body).get("id"))] = str(asked.fields.get("key"))
        return answered

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        if asked.role == "fetch" and told["status"] == "processing":
            self.processing[asked.job_id] = told
        if asked.role == "fetch" and told["status"] == "success":
            self.successes[asked.job_id] = self.successes.get(asked.job_id, 0) + 1
        return self.retold(asked, told)

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        """What is told in place of an answer; None for itself."""
        return None


class TakesBackASuccess(Remembering):
    """Says once that a job went well, and then that it is processing."""

    breaks = "server/changes-the-end-of-a-job"

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        return self.processing.get(asked.job_id) if self.successes.get(asked.job_id, 0) > 1 else None


class DrawsAnew(Remembering):
    """Draws other pictures whenever it is asked again."""

    breaks = "server/changes-what-it-delivered"

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        turn = self.successes.get(asked.job_id, 0)
        if asked.role != "fetch" or told["status"] != "success" or turn < 2:
            return None
        return {**told, "output": [each.replace(".png", f"-{turn}.png") for each in told["output"]]}


class NeverEnds(Remembering):
    """Says processing for ever once it has said so."""

    breaks = "server/never-ends-a-job"

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        is_owner = asked.fields.get("key") == self.owners.get(asked.job_id)
        return self.processing.get(asked.job_id) if asked.role == "fetch" and is_owner else None


class SharesJobs(Remembering):
    """Does not ask whose job it is."""

    breaks = "server/gives-a-job-to-another-key"

    def answer(self, asked: Asked) -> Answered:
        owner = self.owners.get(asked.job_id)
        if asked.role == "fetch" and owner and owner != asked.fields.get("key"):
            return self.pass_on(asked, key=owner)
        return super().answer(asked)


class MakesUpJobs(Remembering):
    """Has a job for any id: its last one."""

    breaks = "server/knows-a-job-that-there-is-not"
    last: dict[str, Any] | None = None

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        if asked.role == "fetch" and told["status"] == "success":
            self.last = told
        return None

    def answer(self, asked: Asked) -> Answered:
        answered = super().answer(asked)
        is_known = asked.role != "fetch" or asked.job_id in self.owners
        if is_known or self.last is None:
            return answered
        told = {**self.last, "id": int(asked.job_id)} if "id" in self.last else self.last
        return answered._replace(status=200, body=json.dumps(told).encode())


class ForgetsJobs(Remembering):
    """Forgets a job with its first fetch."""

    breaks = "server/forgets-a-job"
    contracts = WITH_404

    def answer(self, asked: Asked) -> Answered:
        answered = super().answer(asked)
        if asked.role != "fetch" or asked.job_id not in self.processing or self.successes.get(asked.job_id, 0) < 1:
            return answered
        path = asked.url.replace(asked.job_id, "404404404404")
        body = asked.body.replace(asked.job_id.encode(), b"404404404404")
        return self.right.ask(asked.method, path, asked.headers, body)


class NumbersItsAnswers(Remembering):
    """Gives a finished job an id of its own."""

    breaks = "server/changes-the-id-of-a-job"

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        is_one = asked.role == "fetch" and told["status"] == "success" and "id" in told
        return {**told, "id": told["id"] + 1} if is_one else None


class LosesAPicture(Wrong):
    """Delivers one picture less where there are several."""

    breaks = "server/makes-another-number-of-pictures"

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        links = told.get("output")
        is_one = told["status"] == "success" and isinstance(links, list) and len(links) > 1
        return {**told, "output": (links or [])[:-1]} if is_one else None


class AnnouncesOtherPictures(Wrong):
    """Announces pictures that it does not deliver."""

    breaks = "server/delivers-what-it-did-not-announce"
    contracts = WITH_FUTURE_LINKS

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        links = told.get("future_links")
        return {**told, "future_links": [each.replace(".png", "-soon.png") for each in links]} if links else None
