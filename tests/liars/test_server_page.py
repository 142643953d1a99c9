"""The example of docs/check-server.md runs, and prints what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_mock.cli import main

from .servers.on_a_port import served
from .servers.orders import TakesTooWide

PAGE = (Path(__file__).parents[2] / "docs" / "check-server.md").read_text(encoding="utf-8")


def test_the_example_finds_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (finding,) = re.findall(r"```finding\n(.*?)```", PAGE, re.DOTALL)
    with served(TakesTooWide, endpoints()["realtime-v6"]) as origin:
        exec(compile(block.replace("http://127.0.0.1:4777", origin), "docs/check-server.md", "exec"), {})
    said = re.sub(r"(?<=/fetch/)[0-9]+", "ID", capsys.readouterr().out)
    assert said == re.sub(r"(?<=/fetch/)[0-9]+", "ID", finding)


def test_the_estimate_is_what_the_page_says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSLAB_API_KEY", "sk-0123456789")
    (words,) = re.findall(r"MODELSLAB_API_KEY=… modelslab-mock (.*)", PAGE)
    assert main(words.split()) == 2
    assert capsys.readouterr().err.splitlines()[0] in PAGE
