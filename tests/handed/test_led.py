"""A program with https://modelslab.com written into it, checked as it is: in a private network, and by preloads and a proxy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modelslab_mock.cli import main

STORY = {
    "endpoint": "images-flux-v6",
    "story": {"submit": ["processing"], "polls": 2},
    "request": {"prompt": "a fox", "model_id": "flux"},
}
IN_PYTHON = """
import json, os, time, urllib.request
def ask(path, **body):
    data = json.dumps({"key": os.environ["MODELSLAB_API_KEY"], **body}).encode()
    asked = urllib.request.Request("https://modelslab.com" + path, data, {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(asked))
told = ask("/api/v6/images/text2img", **json.loads(os.environ["MODELSLAB_REQUEST"]))
job = told["id"]
while told["status"] == "processing":
    time.sleep(600)
    told = ask(f"/api/v6/images/fetch/{job}")
print(json.dumps({"images": told["output"]}))
"""
IN_A_SHELL = """
ask() { curl -sS "https://modelslab.com$1" -H 'content-type: application/json' -d "$2"; }
answer=$(ask /api/v6/images/text2img "{\\"key\\": \\"$MODELSLAB_API_KEY\\", ${MODELSLAB_REQUEST#?}")
id=$(printf '%s' "$answer" | grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2)
while printf '%s' "$answer" | grep -q '"status":"processing"'; do
  sleep 600
  answer=$(ask "/api/v6/images/fetch/$id" "{\\"key\\": \\"$MODELSLAB_API_KEY\\"}")
done
printf '%s\\n' "$answer" | sed 's/.*"output":\\(\\[[^]]*\\]\\).*/{"images": \\1}/'
"""


@pytest.mark.parametrize("how", ["auto", "off"])
@pytest.mark.parametrize(
    ("program", "file", "code"),
    [
        (sys.executable, "draw.py", IN_PYTHON),
        ("sh", "draw.sh", IN_A_SHELL.replace("modelslab.com", "stablediffusionapi.com")),  # the vendor's former host
    ],
)
def test_a_client_that_hard_codes_the_host_is_checked(how: str, program: str, file: str, code: str, tmp_path: Path) -> None:
    if program == "sh" and not shutil.which("curl"):
        pytest.skip("curl is not on this machine")
    (tmp_path / file).write_text(code)
    (tmp_path / "story.json").write_text(json.dumps(STORY))
    # A process of its own: whoever goes into a private network does not come back.
    words = ["check-client", f"--exec={how}", "--story", "story.json", "--", program, file]
    done = subprocess.run(
        [sys.executable, "-m", "modelslab_mock", *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "MUST" not in done.stdout
    assert "sitecustomize" not in done.stderr, "ours stand in front of each other"
    assert "in 1 story (level may)" in done.stdout
    assert ("by preloads and a proxy (--exec=off)" in done.stderr) is (how == "off") or "preloads" in done.stderr
    assert {each.name for each in tmp_path.iterdir()} == {file, "story.json"}, "nothing is left"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--exec=sometimes", "--", "true"], "--exec 'sometimes' is not one of auto, require, off"),
        (
            ["client:generate", "--exec"],
            "--exec is for programs: a Python function finds the emulator at https://modelslab.com",
        ),
    ],
)
def test_what_exec_is_not_for(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-client", *words]) == 2
    assert says in capsys.readouterr().err
