"""What the kit makes of one exchange, and of clients that read what others refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import IncompleteRead
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import requests

from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import KEPT_BYTES
from modelslab_contracts.kit.heard import heard
from modelslab_contracts.kit.judge import judge
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.kit.run import Run
from modelslab_contracts.kit.sweep import Player
from modelslab_contracts.story import story_from_text, story_of
from modelslab_contracts.story_turns import Turn
from modelslab_mock.playhouse import InProcessStage


def test_the_stage_keeps_whole_pictures_and_a_reply_that_a_journal_has_cut_is_no_unknown_status(
    entered: InProcessStage,
) -> None:
    order = {"model_id": "flux", "prompt": "a fox", "width": 1024, "height": 1024, "samples": 4, "base64": True}

    def submit(base_url: str, key: str) -> list[str]:
        reply = requests.post(f"{base_url}/api/v6/images/text2img", json={**order, "key": key}, timeout=30).json()
        pictures: list[str] = reply["output"]
        return pictures

    story = story_of({"submit": ["success"], "shape": {"base64": "inline"}})
    (exchange,) = entered.play(story, submit).exchanges
    assert len(exchange.reply_body) > KEPT_BYTES
    assert len(json.loads(exchange.reply_body)["output"]) == 4
    cut = exchange._replace(reply_body=exchange.reply_body[:KEPT_BYTES])
    said = heard(cut, endpoints()["images-flux-v6"], Turn("success"))
    assert (said.says, said.reply) == ("success", None)


def reads_any_label(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    """By the standard library, which decodes nothing by itself and so never looks at a content-encoding."""
    told = posted(f"{base_url}/api/v6/realtime/text2img", {"key": key, **request})
    url = f"{base_url}/api/v6/realtime/fetch/{told.get('id')}"
    for _ in range(10):
        if told["status"] != "processing":
            break
        time.sleep(max(3, told.get("eta") or 0))
        told = posted(url, {"key": key})
    if told["status"] != "success":
        raise ValueError(told.get("message", "no end"))
    return list(told["output"])


def posted(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    asked = Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with build_opener(ProxyHandler({})).open(asked, timeout=30) as answer:
            reply: dict[str, Any] = json.load(answer)
            return reply
    except (HTTPError, IncompleteRead) as problem:
        raise ValueError(str(problem)) from problem


@pytest.mark.parametrize(
    "story",
    [
        "garbled=gzip-lie",
        "processing polls=garbled=gzip-lie",
        "processing polls=garbled=gzip-lie,garbled=gzip-lie,garbled=gzip-lie,garbled=gzip-lie",
    ],
)
def test_who_reads_plain_bytes_that_call_themselves_gzip_is_right_and_so_is_who_refuses_them(
    entered: InProcessStage, story: str
) -> None:
    run = Player(reads_any_label, endpoints()["realtime-v6"], entered).run(story_from_text(story), Asked({"prompt": "a fox"}))
    assert isinstance(run, Run)
    assert any(each.is_mislabelled and not each.is_hopeless and not each.passes for each in run.replies)
    assert run.outcome.kind == "images"
    assert not judge(run).findings
