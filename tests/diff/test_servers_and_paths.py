"""A path of which a part stands in the server's URL is at the same address as one that holds all of it."""

from __future__ import annotations

from typing import Any

import pytest

from .documents import compared, document, rules

_SIZE = {"type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}}
_LESS = {"type": "object", "properties": {"size": {"type": "integer", "maximum": 5}}}


def at(*urls: str, path: str, asks: Any = _SIZE) -> dict[str, Any]:
    root = document(asks=asks)
    return root | {"servers": [{"url": each} for each in urls], "paths": {path: root["paths"]["/draw"]}}


LONG = at("https://a.example", path="/api/v6/draw/{id}")
SHORT = at("https://a.example/api/v6", path="/draw/{name}")


@pytest.mark.parametrize(("old", "new"), [(LONG, SHORT), (SHORT, LONG)], ids=["into the server", "into the paths"])
def test_a_part_of_a_path_that_moves_is_the_new_name_of_a_parameter_alone(old: Any, new: Any) -> None:
    outcome = compared(old, new)
    assert rules(outcome.findings) == ["path-parameter-renamed"]


def test_without_a_parameter_it_is_silent() -> None:
    long, short = at("https://a.example", path="/v1/draw"), at("https://a.example/v1", path="/draw")
    assert compared(long, short).findings == compared(short, long).findings == []


def test_what_changed_besides_is_told() -> None:
    old, new = at("https://a.example", path="/v1/draw"), at("https://b.example/v1", path="/draw", asks=_LESS)
    assert sorted(rules(compared(old, new).findings)) == ["base-url-changed", "request-maximum-lowered"]


def test_a_server_of_another_path_is_another_address() -> None:
    same = at("https://a.example/v1", path="/draw"), at("https://a.example/v2", path="/draw")
    assert rules(compared(*same).findings) == ["base-url-changed"]
    apart = at("https://a.example", "https://a.example/v1", path="/draw"), at("https://a.example", path="/v1/draw", asks=_LESS)
    assert "request-maximum-lowered" not in rules(compared(*apart).findings)  # the servers do not agree on a part
