"""Liars that download."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from modelslab_contracts.kit.run import Capabilities

from ..careful import ModelsLabError
from ..careful_kinds import Downloading, Saving
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


class TriesForEver(Downloading, Liar):
    """Tries twenty times, second by second, whatever it is told."""

    breaks = "client/downloads-without-end"
    does = Capabilities(downloads=True)

    def download(self, url: str) -> bytes:
        for _ in range(19):
            try:
                return super().download(url)
            except ModelsLabError:
                self.sleep(1)
        return super().download(url)


class NoMirrors(Downloading, Liar):
    """Does not know what proxy_links are for."""

    breaks = "client/tries-no-mirror"
    does = Capabilities(downloads=True)
    endpoints = ("images-pony-v6", "realtime-v6")

    def mirrors(self, reply: Mapping[str, Any]) -> list[str]:
        return []


class NamesByPrompt(Saving, Liar):
    """Names its files by the prompt, so that the same prompt overwrites."""

    breaks = "client/overwrites-its-files"
    does = Capabilities(downloads=True, files=True)

    def path(self, n: int) -> Path:
        return self.folder / f"{hashlib.sha256(str(self.request['prompt']).encode()).hexdigest()}-{n}.png"
