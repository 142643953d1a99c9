"""The README is true: its commands are run, its answers compared, its tables held against the code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.story import directive_in, story_from_words
from modelslab_mock.engine.choose import MAGIC_KEYS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server as the README starts it, apart from the port: its origin, and the file that holds what it prints."""
    folder = tmp_path_factory.mktemp("readme")
    ready, log = folder / "ready.json", folder / "log.txt"
    command = [sys.executable, "-m", "modelslab_mock", "serve", "--seed", "1", "--port", "0", "--ready-file", str(ready)]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder) as process:
        deadline = time.monotonic() + 30
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield json.loads(ready.read_text())["url"], log
        process.terminate()


def block(language: str, number: int = 0) -> str:
    """The n-th code block of a language."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return found[number]


@pytest.fixture(scope="module")
def answer(printed: tuple[str, Path]) -> str:
    """What the README's curl prints, with the README's own address."""
    if not shutil.which("curl"):
        pytest.skip("the README's command needs curl, which is not on this machine")
    origin, _ = printed
    command = ["sh", "-c", block("sh").replace("http://127.0.0.1:4777", origin)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.replace(origin, "http://127.0.0.1:4777")


def test_the_first_curl_is_answered_as_printed(answer: str) -> None:
    assert json.loads(answer) == json.loads(block("json"))


def test_the_picture_shown_is_the_picture_behind_that_answer(answer: str, printed: tuple[str, Path]) -> None:
    url = json.loads(answer)["output"][0].replace("http://127.0.0.1:4777", printed[0])
    with urllib.request.urlopen(url) as reply:
        assert reply.read() == (ROOT / "docs" / "placeholder.png").read_bytes()


@pytest.mark.usefixtures("answer")
def test_the_log_says_what_the_readme_shows(printed: tuple[str, Path]) -> None:
    shown = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in block("text").splitlines()]
    deadline = time.monotonic() + 5
    while shown[0] not in printed[1].read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    log = printed[1].read_text()
    assert [line for line in shown if line not in log] == []


@pytest.mark.usefixtures("answer")  # which needs curl, too, and comes first: these lines reset the server
def test_the_lines_that_steer_do(printed: tuple[str, Path], tmp_path: Path) -> None:
    script = block("sh", 1).replace("http://127.0.0.1:4777", printed[0]).replace("\n", "; echo\n")
    done = subprocess.run(
        ["sh", "-c", script.replace("; echo", "", 1)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    stories, account, clock, moved, saved, was_reset = (line for line in done.stdout.split("\n")[:6])
    assert [each["times"] for each in json.loads(stories)["stories"]] == [1]
    assert json.loads(account)["queue_slots"] == 5
    assert json.loads(clock)["mode"] == "frozen"
    assert json.loads(moved)["now"] == json.loads(moved)["before"] + 60
    assert saved == ""
    assert json.loads((tmp_path / "run.har").read_text())["log"]["version"] == "1.2"
    assert json.loads(was_reset)["reset"]["stories"] == 1


def test_the_table_of_keys_lists_every_magic_key_and_no_other() -> None:
    assert set(re.findall(r"^\| `(mock-[a-z-]+)` \|", README, re.MULTILINE)) == set(MAGIC_KEYS)


def test_the_table_of_endpoints_names_every_call_of_every_contract() -> None:
    for name, endpoint in endpoints().items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
        expected = endpoint.submit.path if endpoint.selector is None else endpoint.selector[0]
        assert expected in row


def test_every_directive_shown_is_understood() -> None:
    shown = [line for line in README.splitlines() if "[[mock:" in line and "…" not in line]
    assert len(shown) >= 3
    for line in shown:
        words = directive_in(line)
        assert words is not None
        story_from_words(words)


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert named <= targets
