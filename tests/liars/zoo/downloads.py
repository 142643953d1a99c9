"""Liars that download."""

from __future__ import annotations

import requests

from modelslab_contracts.kit.run import Capabilities

from ..careful_kinds import Downloading
from .liar import Liar


class TakesErrorPages(Downloading, Liar):
    """Takes whatever comes with any status for the picture."""

    breaks = "client/delivers-a-picture-that-is-gone"
    does = Capabilities(downloads=True)

    def download(self, url: str) -> bytes:
        answer = self.session.get(url, timeout=30)
        return answer.content if answer.status_code != 200 else super().download(url)


class NeverLooks(Downloading, Liar):
    """Takes whatever comes with HTTP 200 for the picture."""

    breaks = "client/accepts-what-is-no-picture"
    does = Capabilities(downloads=True)

    def looked_at(self, url: str, answer: requests.Response) -> bytes:
        return answer.content
