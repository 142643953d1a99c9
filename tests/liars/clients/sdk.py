"""The vendor's own Python SDK (modelslab_py 0.2.3), unmodified, behind as little glue as there can be.

The SDK hands out answers as they come and leaves it to its caller to ask again. So the glue orders, lets the SDK fetch where
the answer says processing, and returns the pictures of a success; for everything else it raises what came. It trusts
nothing that the SDK gives it, so that what is found is the SDK's.
"""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Mapping
from typing import Any


class NoPicturesError(Exception):
    """What came in place of a success."""


class Sdk:
    """A client for one of the SDK's families: `community` (images v6) or `realtime`."""

    def __init__(self, family: str, api: str, schema: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is written for an older pydantic
            self._client = importlib.import_module("modelslab_py.core.client").Client
            self._api = getattr(importlib.import_module(f"modelslab_py.core.apis.{family}"), api)
            self._schema = getattr(importlib.import_module(f"modelslab_py.schemas.{family}"), schema)

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> list[Any]:
        """Pictures, as `check_client` asks for them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            api = self._api(client=self._client(api_key=key))
            answer = api.text_to_image(self._schema(**request))
            if isinstance(answer, dict) and answer.get("status") == "processing" and "id" in answer:
                answer = api.fetch(str(answer["id"]))
        if not isinstance(answer, dict) or answer.get("status") != "success":
            raise NoPicturesError(json.dumps(answer, ensure_ascii=False))
        output = answer.get("output")
        return [output] if isinstance(output, str) else [*output.values()] if isinstance(output, dict) else [*(output or [])]


def community() -> Sdk:
    """Of images v6."""
    return Sdk("community", "Community", "Text2Image")


def realtime() -> Sdk:
    """Of realtime v6."""
    return Sdk("realtime", "Realtime", "RealtimeText2ImageSchema")
