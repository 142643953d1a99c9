"""`check-trace --spec`: recordings of calls that only a document of the user's declares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelslab_contracts import json_lines
from modelslab_contracts.exchange import Exchange
from modelslab_mock.cli import main

from .world import ask, served

FILM = str(Path(__file__).parents[2] / "docs" / "any-document" / "film.md")


def film() -> list[Exchange]:
    """A job of a call that none of our contracts has, polled to its end."""
    app = served(FILM)
    endpoint = app.endpoints["film"]
    (fetch,) = endpoint.fetches
    told = json.loads(ask(app, endpoint.submit, endpoint.submit.path, "mock-processing", {"prompt": "a fox"}).body)
    for _ in range(3):
        ask(app, fetch, fetch.path.replace("{id}", str(told["id"])), "mock-processing", {})
    return [each for journal in app.store.journals().values() for each in journal]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "film.jsonl"


def test_they_are_judged_by_that_document_and_without_it_by_none(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("".join(json_lines.write(film())), encoding="utf-8")
    assert main(["check-trace", str(file)]) == 5
    capsys.readouterr()
    assert main(["check-trace", str(file), "--spec", FILM]) == 0
    assert "in 4 calls on 1 job (level must): 4 of film\n" in capsys.readouterr().out
    assert main(["check-trace", str(file), "--spec", FILM, "--contract", "film"]) == 0


def test_what_a_server_says_wrong_of_such_a_job_is_found(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exchanges = film()
    told = json.loads(exchanges[-1].reply_body)
    exchanges[-1] = exchanges[-1]._replace(reply_body=json.dumps({**told, "status": "processing"}).encode())
    file.write_text("".join(json_lines.write(exchanges)), encoding="utf-8")
    assert main(["check-trace", str(file), "--spec", FILM]) == 1
    assert "MUST  server/changes-the-end-of-a-job" in capsys.readouterr().out


def test_a_document_that_is_not_there_is_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("".join(json_lines.write(film())), encoding="utf-8")
    assert main(["check-trace", str(file), "--spec", "films.md"]) == 2
    assert main(["record", "--upstream", "http://127.0.0.1:1", "--spec", "films.md", "--journal", "x.jsonl"]) == 2
    assert not Path("x.jsonl").exists()
    assert capsys.readouterr().err.count("films.md: there is no such file or folder") == 2
