"""Runs of pytest inside of a test, with our plugin and no others but those that are asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

HEAD = """
import asyncio, os, sys, threading, time, unittest
import httpx, pytest, requests

SUBMIT = "/api/v6/realtime/text2img"

def submit(mock, **more):
    body = {"key": mock.key, "prompt": "a fox", "width": 64, "height": 64, **more}
    return requests.post(mock.url + SUBMIT, json=body, timeout=30).json()

def fetch(mock, job):
    return requests.post(job["fetch_result"], json={"key": mock.key}, timeout=30).json()
"""
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) test_\w+\.py::(\S+)", re.MULTILINE)


class Ran(NamedTuple):
    """How a run ended: its exit code, what it printed, and what became of each test by name."""

    code: int
    output: str
    outcomes: Mapping[str, str]

    def section(self, name: str) -> str:
        """What the output says below the title of a failed test."""
        found = re.split(r"^_+ (?:ERROR at \w+ of )?([^\n]+?) _+$", self.output, flags=re.MULTILINE)
        return dict(zip(found[1::2], found[2::2], strict=True))[name]


def environment(**more: str) -> dict[str, str]:
    """An environment that leads to this tree, and says nothing of the run outside."""
    path = os.pathsep.join(each for each in sys.path if each)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "MODELSLAB_"))}
    return {**kept, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}


def command(*options: str, strict: bool = True) -> list[str]:
    """The command of a run; `strict`: marks that nobody registered are pytest's own errors."""
    marks = ("--strict-markers",) if strict else ()
    ours = ("-p", "modelslab_mock.pytest_plugin", "-p", "no:cacheprovider")
    return [sys.executable, "-m", "pytest", "-q", "-rA", *marks, "-W", "error", *ours, *options]


def run(folder: Path, body: str, *options: str, head: str = HEAD, strict: bool = True, **variables: str) -> Ran:
    """Run the tests of a body under a head."""
    (folder / "test_it.py").write_text(head + body)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [*command(*options, strict=strict), "test_it.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(**variables),
        check=False,
    )
    return ran(done.returncode, done.stdout + done.stderr)


def ran(code: int, output: str) -> Ran:
    """A run by its output."""
    return Ran(code, output, {name: outcome.lower() for outcome, name in _OUTCOME.findall(output)})
