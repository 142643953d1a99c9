"""The command `journal export`: any kind in, any kind out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from modelslab_contracts.recordings.reading import read_recording

from .samples import KEY, RUBY, har

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(command: Run, in_a_folder: Path) -> Run:
    """Run `journal` in a folder with one HAR and one cassette: exit code, stdout, stderr."""
    assert in_a_folder
    Path("a.har").write_text(json.dumps(har()))
    Path("b.yml").write_text(RUBY)

    return partial(command, "journal")


@pytest.mark.parametrize("source", ["a.har", "b.yml"])
@pytest.mark.parametrize("form", ["jsonl", "har", "vcr"])
def test_each_kind_is_written_and_read_again(run: Run, form: str, source: str) -> None:
    code, out, err = run("export", source, "--format", form)
    assert (code, err, KEY in out) == (0, "", False)
    Path("again").write_text(out)
    before, after = read_recording(Path(source)), read_recording(Path("again"))
    assert after.kind == {"jsonl": "journal", "har": "HAR", "vcr": "vcrpy cassette"}[form]
    assert [(*each[6:9], each.request_body, each.reply_body) for each in after.exchanges] == [
        (*each[6:9], each.request_body, each.reply_body) for each in before.exchanges
    ]
    if form != "vcr":  # which has no word for the rest
        assert after.exchanges == before.exchanges


def test_a_file_is_written_where_one_is_named(run: Run) -> None:
    code, out, err = run("export", "a.har", "-o", "c.jsonl")
    assert (code, out, err) == (0, "", "modelslab-mock journal: 3 exchanges of a HAR in c.jsonl\n")
    assert "https://modelslab.com/api" in run("export", "c.jsonl", "--format", "har")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["export", "none"], "none: No such file or directory"),
        (["export", "a.har", "--format", "hra"], "--format 'hra' is not one of jsonl, har, vcr; did you mean 'har'?"),
        (["export", "a.har", "-o", "no/where"], "--out no/where: No such file or directory"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, words: list[str], says: str) -> None:
    assert run(*words) == (2, "", f"modelslab-mock journal: {says}\n")
