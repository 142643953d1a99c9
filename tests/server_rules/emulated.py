"""Exchanges of the emulator, in this process and without a socket: what a right server says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.judgement import Judgement
from modelslab_contracts.kit.road import Road, roads
from modelslab_contracts.kit.server_judge import judge_road
from modelslab_contracts.kit.server_rule import Seen
from modelslab_contracts.profiles import PROFILES
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

HEADERS = {"content-type": "application/json", "host": "127.0.0.1:4777"}


class Emulated:
    """An emulator whose jobs end with the second fetch, and everything that it was asked."""

    def __init__(self, profile: str = "documented") -> None:
        settings = Settings(clock="auto", profile=profile)
        self.profile = PROFILES[profile]
        self.app: App = make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))

    def post(self, path: str, body: Any) -> Mapping[str, Any]:
        """The answer to a POST of JSON."""
        reply = self.app.handle(Request("POST", path, HEADERS, json.dumps(body).encode()), 0.0)
        try:
            told = json.loads(reply.body)
        except ValueError:  # no answer, or a garbled one
            return {}
        return told if isinstance(told, dict) else {}

    def job(self, endpoint: Endpoint, order: Mapping[str, Any], fetches: int = 3) -> None:
        """An order, and fetches of it by every address that its contract has, one after the other."""
        told = self.post(endpoint.submit.path, order)
        for n in range(fetches if told.get("id") else 0):
            call = endpoint.fetches[n % len(endpoint.fetches)]
            self.post(call.path.replace("{id}", str(told["id"])), {"key": order["key"], "request_id": told["id"]})

    @property
    def exchanges(self) -> list[Exchange]:
        """Everything, key by key."""
        return [each for journal in self.app.store.journals().values() for each in journal]

    def roads(self, exchanges: Iterable[Exchange] | None = None) -> tuple[Road, ...]:
        """The roads of its exchanges, or of some."""
        return roads(self.exchanges if exchanges is None else exchanges, self.app.routes.find, self.profile).roads

    def judged(self, exchanges: Iterable[Exchange] | None = None) -> list[Judgement[Seen]]:
        """Every road, judged."""
        return [judge_road(each) for each in self.roads(exchanges)]


def answering(exchange: Exchange, change: Callable[[dict[str, Any]], Any]) -> Exchange:
    """An exchange with another answer: `change` is handed its members."""
    body = json.loads(exchange.reply_body)
    change(body)
    return exchange._replace(reply_body=json.dumps(body).encode())


def asking(exchange: Exchange, **members: Any) -> Exchange:
    """An exchange with another request."""
    body = json.loads(exchange.request_body) | members
    return exchange._replace(request_body=json.dumps({name: each for name, each in body.items() if each is not ...}).encode())
