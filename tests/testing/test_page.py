"""The examples of docs/pytest.md run, and the one that is to fail says what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import run

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(<!-- fails -->\n)?```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 7
    assert sum(bool(fails) for fails, _, _ in EXAMPLES) == 2


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example(number: int, tmp_path: Path) -> None:
    fails, code, says = EXAMPLES[number]
    ran = run(tmp_path, code, head="")
    assert ran.code == (1 if fails else 0), ran.output
    assert set(ran.outcomes.values()) == {"failed" if fails else "passed"}
    assert says in ran.output
    if not fails:
        assert len(ran.outcomes) >= code.count("def test_")
