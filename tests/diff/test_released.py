"""Our own contracts are held against those of the last release: a break has to be announced, with its reason."""

from __future__ import annotations

import datetime as dt
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts.contract import SPECS
from modelslab_mock.cli import main

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "fixtures" / "released"
ANNOUNCED = RELEASED / "announced.toml"
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / ".ci" / "release.py"))
DAY = dt.date(2026, 12, 24)
CHANGES = "# Changelog\n\n## 0.1.0 (unreleased)\n\n- It lights.\n\n## 0.0.9 (2026-01-01)\n\n- It smokes.\n"


def test_no_break_since_the_last_release_is_unannounced(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["diff", str(RELEASED), str(SPECS), "--waivers", str(ANNOUNCED)])
    out, err = capfd.readouterr()
    assert code == 0, f"a contract breaks its clients; if that is meant, say why in {ANNOUNCED}:\n{out}{err}"
    assert "accepted/" not in out, f"an announcement no longer holds:\n{out}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small checkout: one contract, released as it is."""
    for folder in ("contracts/modelslab_contracts/specs", "fixtures/released"):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(SPECS / "realtime-v6.yaml", tmp_path / folder)
    (tmp_path / "fixtures/released/announced.toml").write_text(TOOL["ANNOUNCED"])
    (tmp_path / "mock_server/modelslab_mock").mkdir(parents=True)
    (tmp_path / "mock_server/modelslab_mock/version.py").write_text('__version__ = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGES)
    return tmp_path


def change(tree: Path, before: str, after: str) -> Path:
    """The tree's contract with another clause."""
    contract = tree / "contracts/modelslab_contracts/specs/realtime-v6.yaml"
    assert before in contract.read_text()
    contract.write_text(contract.read_text().replace(before, after))
    return contract


def released(tree: Path) -> str:
    return (tree / "fixtures/released/realtime-v6.yaml").read_text()


def test_a_release_dates_the_changelog_and_moves_the_baseline(tree: Path) -> None:
    contract = change(tree, "maximum: 1024", "maximum: 2048")
    told = TOOL["release"](tree, DAY)
    assert told.startswith("0.1.0 is dated 2026-12-24, and its contracts are the baseline now.")
    assert (tree / "CHANGELOG.md").read_text() == CHANGES.replace("unreleased", "2026-12-24")
    assert released(tree) == contract.read_text()


def test_a_release_forgets_contracts_that_are_gone_and_announcements_that_are_kept(tree: Path) -> None:
    change(tree, "maximum: 1024", "maximum: 512").rename(tree / "contracts/modelslab_contracts/specs/realtime-v7.yaml")
    announced = tree / "fixtures/released/announced.toml"
    announced.write_text('[[accepted]]\nrule = "diff/*"\nreason = "a smaller server"\n')
    TOOL["release"](tree, DAY)
    assert [each.name for each in sorted((tree / "fixtures/released").iterdir())] == ["announced.toml", "realtime-v7.yaml"]
    assert announced.read_text() == TOOL["ANNOUNCED"] == ANNOUNCED.read_text().split("\n[[")[0]


def no_section(tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text(CHANGES.replace("(unreleased)", "(2026-11-11)"))


def no_words(tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text(CHANGES.replace("- It lights.", ""))


def another_version(tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text(CHANGES.replace("## 0.1.0", "## 0.2.0"))


def a_break(tree: Path) -> None:
    change(tree, "maximum: 1024", "maximum: 512")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_section, 'CHANGELOG.md has no section "## VERSION (unreleased)": write what a user would notice first'),
        (no_words, "CHANGELOG.md says nothing of 0.1.0: write what a user would notice first"),
        (another_version, "CHANGELOG.md speaks of 0.2.0, version.py of 0.1.0"),
        (a_break, "a break is not announced: give it a reason in fixtures/released/announced.toml"),
    ],
)
def test_a_release_is_refused_with_a_sentence_and_moves_nothing(
    tree: Path, spoil: Callable[[Path], None], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = released(tree)
    spoil(tree)
    log = (tree / "CHANGELOG.md").read_text()
    with pytest.raises(TOOL["RefusedError"]) as refused:
        TOOL["release"](tree, DAY)
    assert str(refused.value) == says
    assert (released(tree), (tree / "CHANGELOG.md").read_text()) == (before, log)
    assert ("request-maximum-lowered" in capfd.readouterr().out) == (spoil is a_break)
