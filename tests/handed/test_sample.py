"""A client in the style of the page's own NODE sample: the kit finds in it what is listed in known.toml, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from modelslab_mock.cli import main

HERE = Path(__file__).parent / "clients"


def test_its_findings_are_those_that_reading_it_confirms(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not on this machine")
    monkeypatch.chdir(HERE)
    words = ["--endpoint", "images-flux-v6", "--level", "should", "--stories", "120", "--known", "known.toml"]
    code = main(["check-client", "--adapter", "node adapter.cjs", *words, "--report", "json"])
    (report,) = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
    assert code == 0
    listed = {each["rule"] for each in tomllib.loads((HERE / "known.toml").read_text())["accepted"]}
    assert {each["rule"] for each in report["accepted"]} == listed


def test_the_lines_that_the_reasons_name_say_that() -> None:
    lines = (HERE / "sample.cjs").read_text().splitlines()
    says = {
        26: "throw new Error(error)",
        27: "JSON.parse",
        34: "result.output",
        37: "result.fetch_result",
        38: "5000",
        40: "message",
    }
    named = {int(each) for each in re.findall(r"line (\d+)", (HERE / "known.toml").read_text())}
    assert named == says.keys()
    assert [number for number, text in says.items() if text not in lines[number - 1]] == []
