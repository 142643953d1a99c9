"""Liars about what they send and how they order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from modelslab_contracts.kit.run import Capabilities

from ..careful import ModelsLabError, Trouble
from .liar import Liar


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
    also = ("client/sends-what-the-contract-refuses",)  # where nothing is left of it

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


class RetriesEverything(Liar):
    """Sends an order again after any refusal, good or bad."""

    breaks = "client/repeats-what-was-refused-for-good"

    def submit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for attempt in range(3):
            try:
                answer = self.send(self.base_url + self.submit_path, self.body(request))
            except requests.RequestException as problem:
                raise ModelsLabError(f"could not reach the server: {problem}") from problem
            if answer.status_code in (200, 429) or answer.status_code >= 500 or attempt == 2:
                break
            self.sleep(2)
        try:
            return self.read(answer)
        except Trouble as trouble:
            raise ModelsLabError(str(trouble)) from None


class FixedHost(Liar):
    """Asks the host that it has always asked."""

    breaks = "client/ignores-its-base-url"

    def generate(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        return super().generate("https://modelslab.com", key, request)


class SaysItRetries(Liar):
    """Says that it retries, and never does."""

    breaks = "client/does-not-retry-what-passes"
    does = Capabilities(retries=True)


class TellsItsPrompt(Liar):
    """Names itself by what it was asked for."""

    breaks = "client/puts-its-prompt-into-a-header"

    def post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        headers = {"user-agent": f"fox-finder ({quote(str(self.request['prompt']).strip())[:2000]})"}
        return self.session.post(url, json=body, headers=headers, timeout=30, allow_redirects=False)
