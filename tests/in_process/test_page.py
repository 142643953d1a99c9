"""The examples of docs/in-process.md run, one after the other, as a reader would run them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed")
pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock.ways.hosts import NAMED_HOSTS
from modelslab_mock.wire.wall_clock import real_now

PAGE = (Path(__file__).parents[2] / "docs" / "in-process.md").read_text(encoding="utf-8")


def test_the_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    began, names = real_now(), {}  # type: ignore[var-annotated]
    for block in blocks:
        exec(compile(block, "docs/in-process.md", "exec"), names)
    assert "as on a bad day: ConnectionError" in capsys.readouterr().out
    assert real_now() - began < 10
    names["session"].close()


def test_the_hosts_named_are_met() -> None:
    assert {"modelslab.com", "www.modelslab.com", "stablediffusionapi.com", "www.stablediffusionapi.com"} <= set(NAMED_HOSTS)
