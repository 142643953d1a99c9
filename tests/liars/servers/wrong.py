"""What all wrong servers have in common: a right one, and one small difference on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.servers.line import Answered, Line

#: Every wrong server, by the order of its rule.
SERVERS: list[type[Wrong]] = []
JSON = (("content-type", "application/json"),)


class Asked(NamedTuple):
    """A request: what it is for (submit, fetch, picture), its fields as far as they are an object, and the job's id."""

    role: str
    fields: dict[str, Any]
    job_id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Wrong:
    """`breaks` is the rule that must catch it; `also` are rules that the same mistake breaks in other requests;
    `contracts` are those on which it can go wrong, where it cannot on all.
    """

    breaks: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    contracts: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        if vars(cls).get("breaks"):  # what is derived in a test is no liar
            SERVERS.append(cls)

    def __init__(self, right: Line, endpoint: Endpoint) -> None:
        self.right = right
        self.origin = right.origin
        self.endpoint = endpoint
        self.now, self.wait = right.now, right.wait

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """See Line."""
        return self.answer(self._asked(method, url, headers, body))

    def answer(self, asked: Asked) -> Answered:
        """The answer to a request: the right one, changed."""
        answered = self.pass_on(asked)
        if asked.role == "picture":
            return answered
        told = json.loads(answered.body)
        changed = self.told(asked, told, answered.status)
        return answered if changed is None else answered._replace(body=json.dumps(changed).encode())

    def told(self, asked: Asked, told: dict[str, Any], status: int) -> dict[str, Any] | None:
        """What is told in place of an answer; None for itself."""
        return None

    def pass_on(self, asked: Asked, **changed: Any) -> Answered:
        """The right answer, to other fields if some are given."""
        body = json.dumps({**asked.fields, **changed}).encode() if changed else asked.body
        return self.right.ask(asked.method, asked.url, asked.headers, body)

    def refusal(self, text: str, status: int = 400) -> Answered:
        """A refusal in the contract's own words."""
        names = [each.name for each in self.endpoint.submit.answers["error"].fields if each.fact == "text"]
        return Answered(status, JSON, json.dumps({"status": "error", **dict.fromkeys(names, text)}).encode())

    def _asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        path = url.removeprefix(self.origin)
        role = "picture" if method == "GET" else "submit" if path == self.endpoint.submit.path else "fetch"
        try:
            fields = json.loads(body)
        except ValueError:
            fields = {}
        fields = fields if isinstance(fields, dict) else {}
        id_ = str(fields.get("request_id", path.rpartition("/")[2])) if role == "fetch" else ""
        return Asked(role, fields, id_, method, url, headers, body)
