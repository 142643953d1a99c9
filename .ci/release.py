"""Move the baseline of the contracts: what is released now is what the next change is held against (`make release`).

It refuses, with one sentence, where CHANGELOG.md has nothing to say of the release, or a break was not announced.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from pathlib import Path

from modelslab_mock.cli import main as run_command

ANNOUNCED = """\
# Breaks of the contracts since the last release that are meant, each with its reason; CI fails on any other.
# An entry is what `modelslab-mock diff --waivers` takes (docs/diff.md). `make release` empties this file.
"""
_SECTION = re.compile(r"^## (?P<version>\S+) \(unreleased\)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r'__version__ = "([^"]+)"')


class RefusedError(Exception):
    """Why nothing was moved, as one sentence."""


def release(root: Path, today: dt.date) -> str:
    """Date the changelog's section and make the contracts the baseline; returns what was done. Raises RefusedError."""
    changelog, specs, baseline = root / "CHANGELOG.md", root / "contracts/modelslab_contracts/specs", root / "fixtures/released"
    text = changelog.read_text(encoding="utf-8")
    version = _to_be_released(text, (root / "mock_server/modelslab_mock/version.py").read_text(encoding="utf-8"))
    if run_command(["diff", str(baseline), str(specs), "--waivers", str(baseline / "announced.toml")]):
        raise RefusedError(f"a break is not announced: give it a reason in {baseline.relative_to(root)}/announced.toml")
    for file in baseline.glob("*.yaml"):
        file.unlink()
    for file in sorted(specs.glob("*.yaml")):
        shutil.copy(file, baseline)
    (baseline / "announced.toml").write_text(ANNOUNCED, encoding="utf-8")
    changelog.write_text(text.replace(f"## {version} (unreleased)", f"## {version} ({today.isoformat()})", 1), encoding="utf-8")
    return f"{version} is dated {today.isoformat()}, and its contracts are the baseline now. Look at the changes, commit, tag."


def _to_be_released(changelog: str, module: str) -> str:
    section, version = _SECTION.search(changelog), _VERSION.search(module)
    if section is None:
        raise RefusedError('CHANGELOG.md has no section "## VERSION (unreleased)": write what a user would notice first')
    if not re.search(r"^- \S", section["text"], re.MULTILINE):
        raise RefusedError(f"CHANGELOG.md says nothing of {section['version']}: write what a user would notice first")
    if version is None or version[1] != section["version"]:
        raise RefusedError(f"CHANGELOG.md speaks of {section['version']}, version.py of {version[1] if version else 'nothing'}")
    return section["version"]


if __name__ == "__main__":
    try:
        print(release(Path(__file__).parent.parent, dt.datetime.now(dt.UTC).date()))
    except RefusedError as problem:
        sys.exit(f"make release: {problem}")
