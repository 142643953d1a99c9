"""A wheel built from this tree: what is in it, that it serves from an empty environment, and that it stays out of the way.

Nothing is fetched: the empty environment borrows the dependencies of the running one, but not this tree.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SUBMIT = "/api/v6/realtime/text2img"
ORDER = {"key": "k-wheel", "prompt": "a lighthouse", "width": 64, "height": 64}


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> str:
    """The output of a command that has to end well."""
    ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def away(bare_environment: dict[str, str]) -> dict[str, str]:
    """An environment in which nothing leads to this tree or to the network."""
    kept = {
        name: value for name, value in bare_environment.items() if not name.startswith(("PYTHON", "PIP_", "PYTEST_", "COV"))
    }
    return {**kept, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, away: dict[str, str]) -> Path:
    """The wheel, built as `make wheel` does."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--quiet")
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT, cwd=folder, env=away)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, wheel: Path, away: dict[str, str]) -> Path:
    """The interpreter of an environment that holds the wheel, and sees what else is installed here."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    binaries = folder / ("Scripts" if sys.platform == "win32" else "bin")
    inside = binaries / "python"
    run(sys.executable, "-m", "pip", "--python", inside, "install", "--no-deps", "--quiet", wheel, cwd=folder, env=away)
    own = Path(run(inside, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder, env=away).strip())
    # Folders that a .pth file adds are searched last, and the .pth files in them (such as an editable install's) are not read.
    borrowed = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (own / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return inside


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_two_packages_and_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    (facts,) = {top for top in tops if top.endswith(".dist-info")}
    assert tops == {"modelslab_contracts", "modelslab_mock", facts}
    installed = [name for name in names(wheel) if not name.startswith(facts)]
    assert not {"contracts", "mock_server", "tests", "fixtures"} & {part for name in installed for part in name.split("/")}
    assert not [name for name in names(wheel) if "__pycache__" in name or name.endswith((".pyc", ".done", ".orig"))]


def test_the_wheel_holds_every_file_that_the_code_reads(wheel: Path) -> None:
    held = set(names(wheel))
    specs = {path.name for path in (ROOT / "contracts/modelslab_contracts/specs").glob("*.yaml")}
    assert len(specs) == 5
    assert {f"modelslab_contracts/specs/{name}" for name in specs} <= held
    for each in ("modelslab_contracts/situations.yaml", "modelslab_contracts/ledger.yaml", "modelslab_contracts/py.typed"):
        assert each in held
    assert {"modelslab_mock/py.typed", "modelslab_mock/pictures/glyphs/unifont.bin"} <= held
    for package, folder in (("modelslab_contracts", "contracts"), ("modelslab_mock", "mock_server")):
        files = (path for path in (ROOT / folder / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        assert not {path.relative_to(ROOT / folder).as_posix() for path in files} - held


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode()
        entries = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
        licences = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist() if "/licenses/" in name}
    assert "\nName: modelslab-mock\n" in text
    assert "\nRequires-Python: >=3.11\n" in text
    assert "\nLicense-Expression: MIT AND OFL-1.1\n" in text
    assert "modelslab-mock = modelslab_mock.__main__:enter" in entries
    assert "[pytest11]\nmodelslab_mock = modelslab_mock.pytest_plugin" in entries
    assert set(licences) == {"LICENSE", "OFL-1.1.txt"}
    assert b"MIT" in licences["LICENSE"]
    assert b"SIL OPEN FONT LICENSE" in licences["OFL-1.1.txt"].upper()


def test_it_serves_from_an_empty_environment(
    python: Path, tmp_path: Path, away: dict[str, str], until: Callable[..., Any]
) -> None:
    where = "import modelslab_mock, modelslab_contracts; print(modelslab_mock.__file__); print(modelslab_contracts.__file__)"
    places = run(python, "-c", where, cwd=tmp_path, env=away).split()
    assert all(Path(each).is_relative_to(python.parents[1]) for each in places), places
    assert not [each for each in places if str(ROOT) in each]
    ready = tmp_path / "ready.json"
    command = [str(python.with_name("modelslab-mock")), "serve", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=tmp_path, env=away, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: ready.exists() or process.poll() is not None)
            url = json.loads(ready.read_bytes())["url"]
            answer = httpx.post(url + SUBMIT, json=ORDER, trust_env=False).json()
            picture = httpx.get(answer["output"][0], trust_env=False)
            ledger = httpx.get(url + "/__mock/fidelity", trust_env=False).json()["ledger"]
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")
    assert answer["status"] == "success"
    assert picture.content.startswith(b"\x89PNG")
    assert ledger


INNER_TEST = """
import httpx, pytest

@pytest.mark.modelslab("processing")
def test_it(modelslab_mock):
    said = httpx.post("https://modelslab.com/api/v6/realtime/text2img", json={"key": "any", "prompt": "a fox"}, trust_env=False)
    assert said.json()["status"] == "processing"
"""


def test_pytest_finds_the_plugin_by_itself(python: Path, tmp_path: Path, away: dict[str, str]) -> None:
    pytest.importorskip("time_machine", reason="time-machine is not installed")
    (tmp_path / "test_it.py").write_text(INNER_TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    said = run(python, "-m", "pytest", "-q", "--strict-markers", "-p", "no:asyncio", "test_it.py", cwd=tmp_path, env=away)
    assert "1 passed" in said


PROJECT = {
    "contracts/__init__.py": "WHOSE = 'the project'\n",
    "contracts/deal.py": "PRICE = 7\n",
    "mock_server/__init__.py": "WHOSE = 'the project'\n",
    "tests/__init__.py": "",
    "tests/helper.py": "def ours():\n    return 'the project'\n",
    "fixtures/data.txt": "",
    "tests/conftest.py": """
import pytest

@pytest.fixture
def whose():
    import contracts
    import mock_server
    return {contracts.WHOSE, mock_server.WHOSE}
""",
    "tests/test_project.py": """
import contracts.deal
import pytest

from .helper import ours


def test_our_own_packages_are_ours(whose):
    assert whose == {ours()}
    assert contracts.deal.PRICE == 7


def test_the_mock_is_there_too(capsys):
    import modelslab_mock.cli
    assert modelslab_mock.cli.main(["specs", "list"]) == 0
    assert "realtime-v6" in capsys.readouterr().out


@pytest.mark.parametrize("number", [1, 2])
def test_markers_are_strict(number, request):
    assert request.config.getoption("strict_markers")
""",
    "pytest.ini": "[pytest]\n",
}


def test_a_project_with_folders_of_the_same_names_is_left_alone(python: Path, tmp_path: Path, away: dict[str, str]) -> None:
    for name, text in PROJECT.items():
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    command = (python, "-m", "pytest", "-W", "error", "--strict-markers", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio")
    told = run(*command, cwd=tmp_path / "project", env=away)
    assert "4 passed" in told
    assert "warning" not in told
