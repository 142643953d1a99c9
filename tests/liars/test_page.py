"""The example of docs/check-client.md runs, and prints what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "check-client.md").read_text(encoding="utf-8")


def test_the_example_finds_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (finding,) = re.findall(r"```finding\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(block, "docs/check-client.md", "exec"), {})
    pattern = re.escape(finding).replace(re.escape("(…)"), r"\(\d+ of \d+ stories\)")
    assert re.search(pattern, capsys.readouterr().out)
