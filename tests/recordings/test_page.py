"""docs/recordings.md is true: its commands are run, and print what stands below them."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from modelslab_mock.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recordings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0].removeprefix("$ modelslab-mock "))
def test_an_example_prints_what_the_page_shows(
    block: str, shown: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "docs" / "recordings", tmp_path / "docs" / "recordings")
    shutil.copy(ROOT / "docs" / "recordings.md", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    assert block == shown(block)


def test_the_lines_of_a_comparison_are_among_what_it_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (command,) = re.findall(r"^modelslab-mock (diff docs/diff/.*)$", PAGE, re.MULTILINE)
    (lines,) = re.findall(r"```touched\n(.*?)```", PAGE, re.DOTALL)
    main(shlex.split(command))
    assert set(lines.splitlines()) <= set(capsys.readouterr().out.splitlines())


def test_the_page_has_examples_and_names_every_option() -> None:
    assert len(BLOCKS) == 2
    words = "--contract --profile --level --report --upstream --journal --replay --format --usage --fail-on"
    for word in words.split():
        assert word in PAGE
