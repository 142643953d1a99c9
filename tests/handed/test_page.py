"""What docs/check-client.md and docs/adapters/README.md print is true."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from modelslab_mock.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "check-client.md").read_text(encoding="utf-8")
README = (DOCS / "adapters" / "README.md").read_text(encoding="utf-8")


def test_the_command_of_the_page_is_checked_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine")
    (script,) = re.findall(r"```sh\n(# draw\.sh\n.*?)```", PAGE, re.DOTALL)
    (line,) = [each for each in re.findall(r"^\$ modelslab-mock (.*)$", PAGE, re.MULTILINE) if each.endswith("draw.sh")]
    (tmp_path / "draw.sh").write_text(script)
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)) == 0
    assert " verified, in 10 stories (level must, seed 0)\n" in capsys.readouterr().out


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_readme_print_what_it_says(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not on this machine")
    blocks = re.findall(r"```console\n\$ modelslab-mock (.*?)\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    command, printed = blocks[number]
    monkeypatch.chdir(DOCS / "adapters" / "node")
    main(shlex.split(command))
    out = re.sub(r"node v[\d.]+", "node v20.20.2", capsys.readouterr().out)
    wanted = ".*".join(map(re.escape, printed.split("…")))
    assert re.match(wanted, out, re.DOTALL), out


def test_links_of_the_readme_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (DOCS / "adapters" / link).exists(), link
