"""The container image and the compose file, as far as that can be seen without an engine: what they copy, set and run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from modelslab_contracts.document import parse_yaml
from modelslab_mock.settings import ENVIRONMENT_PREFIX, FIELDS, make_settings

if TYPE_CHECKING:
    from .conftest import Server, StartServer

ROOT = Path(__file__).parents[2]
REALTIME = "/api/v6/realtime/text2img"
ORDER = {"key": "k-container", "prompt": "a lighthouse", "width": 64, "height": 64}
#: A tag that says which version it is, to the minor one at least.
TAGGED = re.compile(r"[a-z0-9./-]+:[0-9]+\.[0-9]+[a-z0-9.-]*")


def instructions() -> list[tuple[str, str]]:
    """(name, rest) of every instruction of the Dockerfile."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, rest.strip()) for name, rest in split]


ALL = instructions()
START = max(place for place, (name, _) in enumerate(ALL) if name == "FROM")
BUILD, LAST = ALL[:START], ALL[START:]


def rest_of(name: str, stage: list[tuple[str, str]] = LAST) -> list[str]:
    return [rest for each, rest in stage if each == name]


def words_of(name: str) -> list[str]:
    """The words of ENTRYPOINT or CMD of the image, in their JSON form: a shell in between would swallow signals."""
    (rest,) = rest_of(name)
    words = json.loads(rest)
    assert all(isinstance(each, str) for each in words)
    return list(words)


def variables() -> dict[str, str]:
    """The environment that the image sets."""
    return dict(each.split("=", 1) for rest in rest_of("ENV") for each in shlex.split(rest))


def settings_of(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(ENVIRONMENT_PREFIX)}


def copied() -> list[str]:
    """What the build stage takes from this folder."""
    return [each for rest in rest_of("COPY", BUILD) for each in rest.split()[:-1]]


# --- what the image is made of -----------------------------------------------------------------------------------------


def test_the_base_is_one_small_image_with_its_version() -> None:
    bases = {rest.split()[0] for name, rest in ALL if name == "FROM"}
    (base,) = bases
    assert TAGGED.fullmatch(base)
    assert "slim" in base
    minor = re.search(r":3\.([0-9]+)", base)
    assert minor
    assert int(minor[1]) >= 11


def test_nobody_is_root_in_it() -> None:
    users = rest_of("USER")
    assert users
    assert re.fullmatch(r"[1-9][0-9]{2,}:[1-9][0-9]{2,}", users[-1]), "by number: an orchestrator can tell that it is not root"
    order = [name for name, _ in LAST]
    assert order.index("USER") > max(place for place, name in enumerate(order) if name in ("COPY", "RUN", "FROM"))


def test_only_what_is_copied_is_sent_to_the_engine() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == set(copied())
    assert all((ROOT / each).exists() for each in copied())
    assert any(fnmatchcase("mock_server/modelslab_mock/__pycache__", line) for line in lines[1:])


def test_its_commands_build_and_install_the_wheel_from_what_is_copied(tmp_path: Path, bare_environment: dict[str, str]) -> None:
    """All but the installation of the lock, which needs the network: its packages are those of the running Python."""
    for each in copied():
        source = ROOT / each
        if source.is_dir():
            shutil.copytree(source, tmp_path / each, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / each)
    make, locked, build, install = rest_of("RUN", BUILD)
    assert make.startswith("python -m venv --without-pip /opt/modelslab-mock")
    assert locked.endswith("install --no-cache-dir --require-hashes -r requirements.lock")
    kept = {name: value for name, value in bare_environment.items() if not name.startswith(("PYTHON", "PIP_"))}
    away = kept | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    target = tmp_path / "opt"
    programs = {"python": sys.executable, "pip": f"{sys.executable} -m pip"}

    def run(line: str) -> str:
        program, _, rest = line.partition(" ")
        line = f"{programs[program]} {rest}"
        line = line.replace("/opt/modelslab-mock", shlex.quote(str(target)))
        ended = subprocess.run(line, shell=True, cwd=tmp_path, env=away, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    run(make)
    (packages,) = target.glob("lib/python*/site-packages")
    borrowed = [each for each in sys.path if each.endswith("-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    run(build)
    run(install)
    ended = subprocess.run([target / "bin/modelslab-mock", "--version"], env=away, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("modelslab-mock ")


# --- how it behaves ----------------------------------------------------------------------------------------------------


@pytest.fixture
def container(start_server: StartServer, tmp_path: Path) -> Server:
    """A server with the words and the environment of the image, but for the port."""
    entry, command = words_of("ENTRYPOINT"), words_of("CMD")
    assert (entry, command[0]) == (["modelslab-mock"], "serve")
    given = settings_of(variables())
    given.pop(f"{ENVIRONMENT_PREFIX}READY_FILE")  # which the flag sets for us
    return start_server(*command[1:], environment=given)


def test_its_settings_are_known_and_its_port_is_the_one_that_it_tells() -> None:
    settings = make_settings({}, variables())
    assert rest_of("EXPOSE") == [str(settings.port)]
    assert settings.host == "0.0.0.0"
    assert not settings.is_on_loopback, "so prompt directives are off, and /__mock asks for a token"
    assert settings.control_token == ""
    assert settings.ready_file.startswith("/tmp/"), "the one place that everybody may write to"
    assert variables()["PATH"].startswith(rest_of("COPY")[0].split()[-1] + "/bin:")


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("127.0.0.1:4777", "http://127.0.0.1:4777"),
        ("localhost:8080", "http://localhost:8080"),
        ("modelslab-mock:4777", "http://modelslab-mock:4777"),
        ("host.docker.internal:4777", "http://host.docker.internal:4777"),
        ("evil.example", None),
    ],
)
def test_links_point_to_where_the_client_found_it(container: Server, host: str, where: str | None) -> None:
    answer = container.post(REALTIME, ORDER, headers={"host": host})
    origin = where or container.url
    assert answer["output"][0].startswith(f"{origin}/generations/")


def test_it_is_steered_with_the_token_that_it_prints_and_by_no_prompt(container: Server) -> None:
    control = f"{container.url}/__mock/config"
    assert httpx.get(control, trust_env=False).status_code == 401
    token = re.search(r"^  Token +(\S+) ", container.log, re.MULTILINE)
    assert token
    headers = {"authorization": f"Bearer {token[1]}", "host": "modelslab-mock:4777"}
    assert httpx.get(control, headers=headers, trust_env=False).status_code == 200
    assert container.post(REALTIME, {**ORDER, "prompt": "[[mock: error]]"})["status"] == "success"


def test_its_health_is_that_of_the_server(container: Server, environment: Callable[..., dict[str, str]]) -> None:
    (check,) = rest_of("HEALTHCHECK")
    options, _, words = check.partition("CMD ")
    assert set(re.findall(r"--([a-z-]+)=", options)) == {"interval", "timeout", "start-period", "retries"}
    command = json.loads(words)
    assert command[0] == words_of("ENTRYPOINT")[0]
    command[:1] = [sys.executable, "-m", "modelslab_mock"]
    given = settings_of(variables()) | {f"{ENVIRONMENT_PREFIX}READY_FILE": str(container.folder / "ready.json")}

    def ask() -> int:
        return subprocess.run(command, env=environment(**given), capture_output=True, check=False, timeout=30).returncode

    assert ask() == 0
    kept = (container.folder / "ready.json").read_bytes()
    container.stop()
    assert ask() != 0
    (container.folder / "ready.json").write_bytes(kept)  # as one that was killed leaves it
    assert ask() != 0
    (container.folder / "ready.json").unlink()


# --- compose -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    read: dict[str, Any] = parse_yaml((ROOT / "compose.yaml").read_bytes(), "compose.yaml")
    assert set(read) == {"services"}
    return dict(read["services"])


def test_the_service_is_reached_by_its_name_and_from_this_machine_only(services: dict[str, Any]) -> None:
    mock = services["modelslab-mock"]
    settings = make_settings({}, variables() | mock["environment"])
    assert "modelslab-mock" in settings.link_host
    assert mock["ports"] == [f"127.0.0.1:{settings.port}:{settings.port}"]
    assert mock["read_only"] is True
    assert str(Path(settings.ready_file).parent) in mock["tmpfs"]
    known = {ENVIRONMENT_PREFIX + name.upper() for name in FIELDS}
    assert set(mock["environment"]) <= known
    assert set(settings.allow_webhook_host) <= set(services)


def test_a_client_waits_for_it_and_gets_a_picture(
    services: dict[str, Any], server: Server, environment: Callable[..., dict[str, str]]
) -> None:
    client = services["client"]
    assert client["depends_on"] == {"modelslab-mock": {"condition": "service_healthy"}}
    assert TAGGED.fullmatch(client["image"])
    assert client["environment"]["MODELSLAB_BASE_URL"] == "http://modelslab-mock:4777"
    python, *words = client["command"]
    assert python == "python"
    given = environment(**client["environment"] | {"MODELSLAB_BASE_URL": server.url})
    ended = subprocess.run([sys.executable, *words], env=given, capture_output=True, text=True, check=False, timeout=60)
    assert re.fullmatch(rf"success {server.url}/generations/\S+\.png \d+ bytes\n", ended.stdout), ended.stderr


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """`docker compose`, which checks a file without an engine."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not on this machine")
    return [docker, "compose"]


def test_docker_compose_can_read_it(compose: list[str]) -> None:
    line = [*compose, "-f", str(ROOT / "compose.yaml"), "--profile", "example", "config", "--quiet"]
    ended = subprocess.run(line, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
