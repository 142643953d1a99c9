"""docs/diff.md is true: its commands are run, and print what stands below them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```console\n(.*?)```", (ROOT / "docs" / "diff.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0].removeprefix("$ modelslab-mock "))
def test_an_example_prints_what_the_page_shows(
    block: str, shown: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert block == shown(block)


def test_the_page_has_examples() -> None:
    assert len(BLOCKS) == 5
