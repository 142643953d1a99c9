"""Schemathesis, which knows nothing of this project, finds no fault in the emulator by any of the contracts; and would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from modelslab_contracts.contract import SPECS, endpoints

pytestmark = pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
#: Examples of each call in each phase that draws; the smaller figure is what CI has time for.
EXAMPLES = 500 if THOROUGH else 15
#: Where Hypothesis keeps its tables of characters and constants, which take seconds to make; examples are kept nowhere.
TABLES = str(Path(__file__).parents[2] / ".hypothesis")
ATTACK = Path(__file__).parent / "attack.py"
#: The profile that each kind of data is for: what breaks a schema is refused by `strict` alone in every case.
ATTACKS = {"positive": "documented", "negative": "strict"}


def attack(folder: Path, name: str, mode: str, told: Path | None = None, examples: int = EXAMPLES) -> tuple[int, str, int]:
    """The exit code, what was printed, and how many requests were sent."""
    spec = SPECS / f"{name}.yaml"
    done = subprocess.run(
        [sys.executable, ATTACK, spec, told or spec, ATTACKS[mode], mode, str(examples)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
            "HYPOTHESIS_STORAGE_DIRECTORY": TABLES,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    counted = re.search(r"^ +([0-9]+) generated", done.stdout, re.MULTILINE)
    return done.returncode, done.stdout + done.stderr, int(counted[1]) if counted else 0


@pytest.mark.parametrize("mode", ATTACKS)
@pytest.mark.parametrize("name", sorted(endpoints()))
@pytest.mark.thorough
def test_finds_nothing(name: str, mode: str, tmp_path: Path) -> None:
    code, said, count = attack(tmp_path, name, mode)
    assert code == 0, said
    assert count > 100, said


def test_finds_a_status_that_a_document_does_not_declare(tmp_path: Path) -> None:
    told = tmp_path / "told.yaml"
    text = (SPECS / "realtime-v6.yaml").read_text(encoding="utf-8")
    told.write_text(text.replace("        \"400\": {$ref: '#/components/responses/BadRequest'}\n", ""), encoding="utf-8")
    assert told.read_text(encoding="utf-8") != text
    code, said, _ = attack(tmp_path, "realtime-v6", "negative", told, 1)
    assert code == 1
    assert "Undocumented status code" in said
