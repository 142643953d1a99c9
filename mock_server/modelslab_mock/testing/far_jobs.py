"""What a journal tells of a job: what was ordered, and where its pictures are. A control API tells neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from modelslab_contracts.body import Body, parse_body
from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request


def order_in(about: Sequence[Exchange]) -> Mapping[str, Any]:
    """What was read from the submit of a job, given the exchanges about it: the same reading again; {} without it."""
    for each in about:
        endpoint = endpoints().get(each.endpoint)
        if endpoint is None or not each.request_body:
            continue
        kind = next((value for name, value in each.request_headers if name == "content-type"), "")
        profile = PROFILES["documented"]
        body = parse_body(kind, each.request_body, each.query, profile)
        if isinstance(body, Body) and (order := read_request(endpoint, body.fields, profile, body.is_form).order) is not None:
            return order.values
    return {}


def pictures_in(about: Sequence[Exchange]) -> tuple[str, ...]:
    """The addresses of a job's pictures, as its last successful answer told them."""
    for each in reversed(about):
        if each.answer != "success":
            continue
        try:
            output = orjson.loads(each.reply_body).get("output")
        except (ValueError, AttributeError):
            continue
        if isinstance(output, list):
            return tuple(map(str, output))
    return ()
