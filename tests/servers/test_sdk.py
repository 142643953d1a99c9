"""The vendor's own Python SDK (modelslab_py 0.2.3 from PyPI), unmodified but for its base URL, gets its pictures."""

from __future__ import annotations

import importlib
import io
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from .conftest import Server

# The SDK is written for an older pydantic; that is no concern of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


class Sdk:
    """What a program imports from the SDK."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.client = importlib.import_module("modelslab_py.core.client").Client
            self.realtime = importlib.import_module("modelslab_py.core.apis.realtime").Realtime
            self.community = importlib.import_module("modelslab_py.core.apis.community").Community
            self.realtime_order = importlib.import_module("modelslab_py.schemas.realtime").RealtimeText2ImageSchema
            self.community_order = importlib.import_module("modelslab_py.schemas.community").Text2Image


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    return Sdk()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def client(sdk: Sdk, server: Server, key: str, **more: Any) -> Any:
    """A client as its README makes it, with another base URL."""
    made = sdk.client(key, **more)
    assert made.base_url == "https://modelslab.com/api/"
    made.base_url = f"{server.url}/api/"
    return made


def ordered(sdk: Sdk, family: str, of: Any, **more: Any) -> tuple[Any, Any]:
    """The family's API object and the answer to an order."""
    if family == "realtime":
        api = sdk.realtime(client=of)
        return api, api.text_to_image(sdk.realtime_order(prompt="a lighthouse in a storm", **more))
    api = sdk.community(client=of)
    model = {"model_id": family, "num_inference_steps": 31, "guidance_scale": 7, "safety_checker": "no"}
    return api, api.text_to_image(sdk.community_order(prompt="a lighthouse in a storm", **{**model, **more}))


def sizes(server: Server, urls: list[str]) -> list[tuple[int, int]]:
    return [Image.open(io.BytesIO(server.client.get(url).content)).size for url in urls]


FAMILIES = pytest.mark.parametrize("family", ["realtime", "flux", "pony-realism"])


@FAMILIES
def test_pictures_at_once(server: Server, sdk: Sdk, family: str) -> None:
    _, answer = ordered(sdk, family, client(sdk, server, "k-sdk"), width=1024, height=1024, samples=2)
    assert answer["status"] == "success"
    assert sizes(server, answer["output"]) == [(1024, 1024)] * 2


@FAMILIES
def test_pictures_by_polling(auto_server: Server, sdk: Sdk, family: str) -> None:
    of = client(sdk, auto_server, f"mock-processing--sdk-{family}", fetch_retry=5, fetch_timeout=0)
    api, answer = ordered(sdk, family, of, width=1024, height=1024)
    assert answer["status"] == "processing"
    done = api.fetch(str(answer["id"]))
    assert done["status"] == "success"
    assert sizes(auto_server, done["output"]) == [(1024, 1024)]
    assert done["output"] == answer.get("future_links", done["output"])


def test_the_sdk_waits_between_its_polls_as_the_story_asks(server: Server, sdk: Sdk) -> None:
    of = client(sdk, server, "k-sdk-polls", fetch_retry=10, fetch_timeout=0.05)
    api = sdk.realtime(client=of)
    answer = api.text_to_image(sdk.realtime_order(prompt="a fox [[mock: processing polls=3]]", width=64, height=64))
    begun = time.monotonic()
    done = api.fetch(str(answer["id"]))
    assert done["status"] == "success"
    assert time.monotonic() - begun >= 0.15
    assert sizes(server, done["output"]) == [(64, 64)]


def test_the_sdk_gives_up_on_a_job_that_never_ends(auto_server: Server, sdk: Sdk) -> None:
    of = client(sdk, auto_server, "mock-never--sdk", fetch_retry=4, fetch_timeout=0)
    api, answer = ordered(sdk, "realtime", of)
    assert api.fetch(str(answer["id"]))["status"] == "processing"


def test_the_sdk_raises_on_what_is_not_200(server: Server, sdk: Sdk) -> None:
    for key, status in (("mock-no-credits--sdk", 402), ("mock-invalid-key--sdk", 401), ("mock-rate-limited--sdk", 429)):
        with pytest.raises(Exception, match=f"Request failed with status code {status}: .*message"):
            ordered(sdk, "realtime", client(sdk, server, key))
