"""The GitHub Action: its script, run as a job runs it, and whether action.yml and the script mean the same."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelslab_contracts.document import parse_yaml

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci/action.sh"
BASH = shutil.which("bash")

if sys.platform == "win32" or not BASH:
    pytest.skip("the action is for runners with bash", allow_module_level=True)


class Job:
    """A job of GitHub: its folders, the files that steps write to, and what the steps said."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.workspace = folder / "work space"
        self.temporary = folder / "runner's temp"
        self.home = self.temporary / "modelslab-mock"
        self._files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        self._environment = {**environment, "RUNNER_TEMP": str(self.temporary)}
        self._environment |= {name: str(file) for name, file in self._files.items()}
        for each in (self.workspace, self.home / "bin"):
            each.mkdir(parents=True)
        for each in self._files.values():
            each.touch()

    def step(self, word: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the action; inputs are as action.yml hands them over."""
        given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        return subprocess.run(
            [str(BASH), str(SCRIPT), word],
            cwd=self.workspace,
            env=self._environment | given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def told(self, name: str) -> dict[str, str]:
        """What the steps wrote to a file of the runner."""
        return dict(line.split("=", 1) for line in self._files[name].read_text().splitlines())

    def set(self, name: str, value: str) -> None:
        """Set a variable of the job's environment."""
        self._environment[name] = value

    def lines(self, name: str) -> list[str]:
        """What the steps wrote to a file of the runner, line by line."""
        return self._files[name].read_text().splitlines()


@pytest.fixture
def job(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Iterator[Job]:
    """A job in which `install` has put our own command where it belongs."""
    made = Job(tmp_path, environment())
    command = made.home / "bin/modelslab-mock"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m modelslab_mock "$@"\n')
    command.chmod(0o755)
    yield made
    for line in made.lines("GITHUB_OUTPUT"):
        if line.startswith("pid="):
            with suppress(ProcessLookupError):
                os.kill(int(line.removeprefix("pid=")), signal.SIGKILL)


def refused(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    """One annotation that holds `words`, last, and a step that failed."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    heard = re.sub(r"::stop-commands::(\S+)\n.*?\n::\1::\n", "", ended.stdout, flags=re.DOTALL)  # by the runner
    *before, last = heard.splitlines()
    assert last.startswith("::error title=modelslab-mock::")
    assert not [line for line in before if line.startswith("::error")]
    assert not [word for word in words if word not in last], last
    assert ended.stderr == ""


# --- start -------------------------------------------------------------------------------------------------------------


def test_the_emulator_outlives_the_step_and_ends_when_it_is_asked_to(job: Job, until: Callable[..., Any]) -> None:
    ended = job.step("start", port="0", profile="strict", story="processing polls=2", args="\n  --clock=auto\n--seed=1\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    told = job.told("GITHUB_OUTPUT")
    assert ended.stdout == f"modelslab-mock answers at {told['url']}; its lines go to {told['log']}\n"
    assert job.told("GITHUB_ENV") == {"MODELSLAB_BASE_URL": told["url"], "MODELSLAB_API_KEY": told["key"]}
    order = {"key": told["key"], "prompt": "a fox", "width": 512, "height": 512}
    assert httpx.post(f"{told['url']}/api/v6/realtime/text2img", json=order, trust_env=False).json()["status"] == "processing"
    log = Path(told["log"])
    assert "strict: " in log.read_text()
    assert "auto      seed 1" in log.read_text()
    os.kill(int(told["pid"]), signal.SIGTERM)
    until(lambda: not (log.parent / "ready.json").exists())
    until(lambda: "  processing  " in log.read_text())


def test_several_run_in_one_job_and_a_port_that_is_taken_is_told(job: Job) -> None:
    urls = []
    for _ in range(2):
        assert job.step("start", port="0").returncode == 0
        urls.append(job.told("GITHUB_OUTPUT")["url"])
    assert len(set(urls)) == 2
    for url in urls:
        assert httpx.get(f"{url}/health", trust_env=False).json()["status"] == "ok"
    taken = job.step("start", port=urls[0].rpartition(":")[2])
    refused(taken, "is in use", "--port 0")
    assert re.search(r"^::group::[^\n]+\n::stop-commands::(\S+)\nmodelslab-mock: port .*\n::\1::\n::endgroup::\n", taken.stdout)


def test_a_wrong_input_is_one_sentence(job: Job) -> None:
    (job.workspace / "bad.yaml").write_text("prot: 1\n")
    refused(job.step("start", port="0", profile="stric"), "did you mean 'strict'?")
    refused(job.step("start", port="0", config="nowhere.yaml"), "config file nowhere.yaml: No such file")
    refused(job.step("start", port="0", config="bad.yaml"), "did you mean 'port'?")
    refused(job.step("start", port="http"), "port", "'http'")
    refused(job.step("start", port="0", args="--clok=auto"), "did you mean '--clock'?")
    refused(job.step("start", port="0", wait_timeout="soon"), "wait-timeout", "'soon'")
    refused(job.step("start", port="0", key="a\nMODELSLAB_BASE_URL=http://evil.example"), "line break")
    refused(job.step("begin"), "install or start")
    assert job.lines("GITHUB_OUTPUT") == job.lines("GITHUB_ENV") == []


def test_inputs_are_no_shell_text_and_no_commands_to_the_runner(job: Job) -> None:
    hostile = "$(touch pwned) `touch pwned`; touch pwned #%0A::set-env\n::error::x"
    refused(job.step("start", port="0", config=hostile), "$(touch pwned)", "#%250A::set-env")
    refused(job.step("start", port=hostile))
    refused(job.step("start", port="0", wait_timeout=hostile), "%0A::error::x'")
    refused(job.step("install", python=hostile), "there is no $(touch pwned)")
    assert list(job.workspace.iterdir()) == []


def test_one_that_never_answers_is_ended(job: Job, until: Callable[..., Any]) -> None:
    command = job.home / "bin/modelslab-mock"
    command.write_text('#!/bin/sh\necho $$ > "$RUNNER_TEMP/pid"; echo "::error::a line"; exec sleep 300\n')
    ended = job.step("start", port="0", wait_timeout="1")
    refused(ended, "it did not answer within 1 s")
    assert "::error::a line\n" in ended.stdout
    pid = (job.temporary / "pid").read_text().strip()
    asking = ["ps", "-o", "stat=", "-p", pid]
    until(lambda: subprocess.run(asking, capture_output=True, text=True, check=False).stdout[:1] in {"", "Z"})


def test_a_key_that_the_job_has_stays(job: Job) -> None:
    job.set("MODELSLAB_API_KEY", "their-own")
    assert job.step("start", port="0", key="mock-processing").returncode == 0
    assert set(job.told("GITHUB_ENV")) == {"MODELSLAB_BASE_URL"}
    assert job.told("GITHUB_OUTPUT")["key"] == "mock-processing"


# --- install -----------------------------------------------------------------------------------------------------------

#: Takes the place of Python and pip, and notes what it is asked to do.
PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit "${OLD:-0}"
printf '%s\\037' "$@" >> "$RUNNER_TEMP/asked"; echo >> "$RUNNER_TEMP/asked"
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo ours > "$3/bin/modelslab-mock"; fi
[ -z "$FAILS" ] || [ "$2" = venv ]
"""


@pytest.fixture
def asked(job: Job, tmp_path: Path) -> Callable[..., list[list[str]]]:
    """`asked(version)` is what an installation asks of Python."""
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def install(version: str = "", **variables: str) -> list[list[str]]:
        for name, value in variables.items():
            job.set(name, value)
        ended = job.step("install", python=str(python), version=version)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), ended.stdout
        lines = (job.temporary / "asked").read_text().splitlines()
        return [line.split("\x1f")[:-1] for line in lines]

    return install


def test_by_default_what_stands_beside_it_is_installed_with_the_hashes_of_its_lock(job: Job, asked: Any) -> None:
    _, locked, ours = asked()
    assert locked[-3:] == ["--require-hashes", "-r", f"{ROOT}/requirements.lock"]
    assert ours[-3:] == ["--no-deps", "--no-build-isolation", str(ROOT)]
    assert job.lines("GITHUB_PATH") == [f"{job.home}/bin"]
    assert [each.name for each in (job.home / "bin").iterdir()] == ["modelslab-mock"], "no python, no pip"
    assert (job.home / "bin/modelslab-mock").read_text() == "ours\n"


@pytest.mark.parametrize(
    ("version", "required"),
    [
        ("0.1.0", "modelslab-mock==0.1.0"),
        ("modelslab-mock>=0.1", "modelslab-mock>=0.1"),
        ("./a wheel.whl", "./a wheel.whl"),
        ("--index-url=x", "--index-url=x"),
    ],
)
def test_another_version_is_what_pip_makes_of_it(asked: Any, version: str, required: str) -> None:
    _, (*_, dashes, last) = asked(version)
    assert (dashes, last) == ("--", required)


def test_what_cannot_be_installed_is_one_sentence(job: Job, asked: Any, tmp_path: Path) -> None:
    refused(job.step("install", python="no-such-python"), "there is no no-such-python here", "setup-python")
    asked()
    python = str(tmp_path / "python")
    job.set("OLD", "1")
    refused(job.step("install", python=python), "Python 3.11 or newer is needed")
    job.set("OLD", "0")
    job.set("FAILS", "1")
    refused(job.step("install", python=python), "could not be installed")
    refused(job.step("install", python=python, version="9.9"), "modelslab-mock==9.9 could not be installed")


# --- action.yml --------------------------------------------------------------------------------------------------------


def test_the_action_and_its_script_mean_the_same() -> None:
    action = parse_yaml((ROOT / "action.yml").read_bytes(), "action.yml")
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    script = SCRIPT.read_text()
    used: set[str] = set()
    for step in steps:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in shell text would be run"
        assert (ROOT / ".ci/action.sh").samefile(step["run"].split('"')[1].replace("$GITHUB_ACTION_PATH", str(ROOT)))
        for variable, value in step["env"].items():
            (name,) = re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", value)
            assert variable == "INPUT_" + name.upper().replace("-", "_")
            used.add(name)
    assert used == set(action["inputs"])
    assert set(re.findall(r"INPUT_[A-Z_]+", script)) - {"INPUT_"} == {variable for each in steps for variable in each["env"]}
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.start.outputs.{name} }}}}"
    assert [each["id"] for each in steps if "id" in each] == ["start"]
    written = re.findall(r'"(\w+)=\$\w+"', script.partition('>>"$GITHUB_OUTPUT"')[0].rpartition("printf")[2])
    assert set(written) == set(action["outputs"])
    assert not [name for name, each in action["inputs"].items() if not isinstance(each["default"], str)]
    assert all(each["description"].endswith(".") for each in [*action["inputs"].values(), *action["outputs"].values()])


def test_the_defaults_of_the_action_are_those_of_its_script() -> None:
    inputs = parse_yaml((ROOT / "action.yml").read_bytes(), "action.yml")["inputs"]
    for variable, default in re.findall(r"INPUT_([A-Z_]+):-([^}]+)\}", SCRIPT.read_text()):
        assert inputs[variable.lower().replace("_", "-")]["default"] == default


def test_the_lines_for_any_other_ci_work_as_they_stand(job: Job, environment: Callable[..., dict[str, str]]) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine")
    page = (ROOT / "docs/ci.md").read_text()
    (lines,) = re.findall(r"<!-- tested.*?-->\n```sh\n(.*?)```", page, re.DOTALL)
    given = environment(PATH=f"{job.home}/bin:{os.environ['PATH']}")
    command = [str(BASH), "-euc", lines + "wait || true\n"]
    ended = subprocess.run(command, cwd=job.workspace, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert '"status":"ok"' in ended.stdout
    assert [each.name for each in job.workspace.iterdir()] == ["modelslab-mock.log"]


def test_the_page_tells_every_input_and_its_default() -> None:
    inputs = parse_yaml((ROOT / "action.yml").read_bytes(), "action.yml")["inputs"]
    page = (ROOT / "docs/ci.md").read_text()
    told = {
        name: default.strip(" `")
        for names, default in re.findall(r"^\| (`[^|]*) \|([^|]*)\|", page, re.MULTILINE)
        for name in re.findall("`([a-z-]+)`", names)
    }
    assert told == {name: each["default"] for name, each in inputs.items()}
