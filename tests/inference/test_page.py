"""docs/any-document.md is true: its command is run and prints what stands below it, its order gets the answer it shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from modelslab_contracts.findings import RULES
from modelslab_mock.cli import main

from .world import ask, served

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "any-document.md").read_text(encoding="utf-8")
FILM = str(ROOT / "docs" / "any-document" / "film.md")


def test_the_command_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    command, _, shown = block.partition("\n")
    assert main(shlex.split(command)[2:]) == 0
    assert capsys.readouterr().out == shown


def test_the_order_gets_the_answer_that_the_page_shows() -> None:
    body, answer = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    app = served(FILM)
    submit = app.endpoints["film"].submit
    asked = json.loads(body)
    response = ask(app, submit, submit.path, asked.pop("key"), asked)
    assert response.body.decode() == answer.strip()


def test_the_page_speaks_of_every_oddity() -> None:
    assert len([each for each in RULES if each.startswith("document/")]) == 11, "then the page has one more to tell of"
