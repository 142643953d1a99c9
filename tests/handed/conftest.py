"""Programs as a tester would hand them over, written where a test wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelslab_contracts.story import Story, story_of
from modelslab_mock.handed.adapter import Adapter
from modelslab_mock.handed.program_stage import ProgramStage

if sys.platform == "win32":
    pytest.skip("these programs are for shells of another kind", allow_module_level=True)

#: An adapter without a client: what it does stands between its hello and its end. Run with -S and -E, it starts fast, untied.
ADAPTER = """\
import json, os, sys, time
def say(**told): print(json.dumps(told), flush=True)
def result(**told): say(op="result", seq=seq, **told)
for line in sys.stdin:
    told = json.loads(line)
    op, seq, key = told["op"], told.get("seq"), told.get("key")
    if op == "hello":
        say(op="hello", v=1, name="stub", caps=CAPS)
    elif op == "bye":
        break
    else:
"""
Words = Callable[..., list[str]]
QUEUED = story_of({"submit": ["processing"]})
PLAIN = Story()


@pytest.fixture
def adapter(tmp_path: Path) -> Words:
    """`adapter(body, caps)`: the command of an adapter that does `body` when it is called."""

    def make(body: str, caps: dict[str, object] | None = None) -> list[str]:
        file = tmp_path / f"adapter{len(list(tmp_path.iterdir()))}.py"
        lines = "".join(f"        {each}\n" for each in body.splitlines())
        file.write_text(f"CAPS = {caps or {}!r}\n" + ADAPTER + lines)
        return [sys.executable, "-S", "-E", str(file)]

    return make


@pytest.fixture
def staged() -> Callable[[list[str]], tuple[Adapter, ProgramStage]]:
    """An adapter and a stage for it, to be entered; what the stage tells a person is kept in its `told`."""

    def make(command: list[str]) -> tuple[Adapter, ProgramStage]:
        program, told = Adapter(command, dict(os.environ)), list[str]()
        stage = ProgramStage(program, told.append)
        stage.told = told  # type: ignore[attr-defined]
        return program, stage

    return make
