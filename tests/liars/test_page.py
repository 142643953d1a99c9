"""The examples of docs/check-client.md and of the README run, and print what stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from modelslab_mock.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check-client.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_finds_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (finding,) = re.findall(r"```finding\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(block, "docs/check-client.md", "exec"), {})
    pattern = re.escape(finding).replace(re.escape("(…)"), r"\(\d+ of \d+ stories\)")
    assert re.search(pattern, capsys.readouterr().out)


def test_the_client_of_the_readme_has_the_finding_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (client,) = re.findall(r"```python\n([^`]*def generate.*?)```", README, re.DOTALL)
    (finding,) = re.findall(r"```finding\n(.*?)```", README, re.DOTALL)
    (command,) = re.findall(r"^\$ modelslab-mock (check-client .*)$", README, re.MULTILINE)
    (tmp_path / "client.py").write_text(client)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert main(command.split()) == 1
    del sys.modules["client"]
    told = capsys.readouterr().out
    drawn = {r"\d+ of": r"\\d+ of", "refused as plan": "refused as [a-z-]+", "403": r"4\\d\\d"}  # which refusal it is, is drawn
    for line in finding.splitlines():
        pattern = re.escape(line).replace("\\ ", " ")
        for one, any_ in drawn.items():
            pattern = re.sub(one, any_, pattern)
        assert re.search(f"^{pattern}$", told, re.MULTILINE), line
