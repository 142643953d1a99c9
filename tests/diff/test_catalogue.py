"""The hand-written list of what can change, against the rows of the differ: each is a row or excused, and none is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.findings import RULES

FILE = Path(__file__).parents[2] / "fixtures" / "changes.yaml"
ROOMS: list[dict[str, Any]] = parse_yaml(FILE.read_bytes(), FILE.name)
ROWS = [row for room in ROOMS for row in room["rows"]]
KNOWN = {each.removeprefix("diff/") for each in RULES if each.startswith("diff/")}


def named(row: dict[str, Any]) -> set[str]:
    return {each.format(side=side) for each in row.get("rules", ()) for side in ("request", "response")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["change"])
def test_a_change_is_a_row_or_excused(row: dict[str, Any]) -> None:
    assert ("rules" in row) != ("why" in row)
    assert len(row.get("why", "a reason that is long enough")) > 20
    # a rule that is named for both sides may have one of them only where the row says which
    assert {each for each in row.get("rules", ()) if "{side}" not in each} <= KNOWN
    for each in row.get("rules", ()):
        assert {each.format(side=side) for side in ("request", "response")} & KNOWN, each


def test_no_row_of_the_differ_is_forgotten() -> None:
    assert KNOWN - {each for row in ROWS for each in named(row)} == set()


def test_the_list_is_as_long_as_the_catalogue() -> None:
    assert len(ROWS) >= 121
    assert sum("why" in row for row in ROWS) < len(ROWS) / 4
