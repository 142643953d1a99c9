"""What the kit makes of one exchange."""

from __future__ import annotations

import json

import requests

from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import KEPT_BYTES
from modelslab_contracts.kit.heard import heard
from modelslab_contracts.story import story_of
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
