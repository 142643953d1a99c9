"""A client's two calls, for the tests of this folder."""

from __future__ import annotations

from typing import Any

import requests

HOST = "https://modelslab.com"
SUBMIT = "/api/v6/realtime/text2img"


def submit(key: str = "some-key", **more: Any) -> Any:
    return requests.post(HOST + SUBMIT, json={"key": key, "prompt": "a fox", **more}, timeout=20).json()


def fetch(answer: Any, key: str = "some-key") -> Any:
    url = answer.get("fetch_result") or f"{HOST}/api/v6/realtime/fetch/{answer['id']}"
    return requests.post(url, json={"key": key}, timeout=20).json()
