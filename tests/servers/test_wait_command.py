"""`modelslab-mock wait`: it ends once an emulator answers, and says why when none does."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Server, StartServer

Environment = Callable[..., dict[str, str]]
Wait = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND = [sys.executable, "-m", "modelslab_mock", "wait"]


@pytest.fixture
def wait(tmp_path: Path, environment: Environment) -> Wait:
    """`wait(*arguments, NAME=value)` runs the command to its end, in a folder of its own."""

    def run_it(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        line, settings = [*COMMAND, *arguments], environment(**variables)
        return subprocess.run(line, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60, check=False)

    return run_it


@contextlib.contextmanager
def neighbour(answer: bytes) -> Iterator[str]:
    """The origin of somebody who gives every connection the same answer, and then hangs up; without one, holds it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    held.append(line)
                    if answer:
                        line.recv(1000)
                        line.sendall(answer)
                        line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for each in held:
            each.close()


def not_ready(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    """One sentence on stderr, nothing on stdout, exit code 3."""
    assert (ended.returncode, ended.stdout) == (3, ""), ended.stderr
    assert ended.stderr.startswith("modelslab-mock wait: no emulator after ")
    assert ended.stderr.count("\n") == 1
    assert not [word for word in words if word not in ended.stderr], ended.stderr


def test_it_ends_once_the_server_answers_and_prints_its_origin(
    start_server: StartServer, tmp_path: Path, environment: Environment
) -> None:
    ready = tmp_path / "server-0" / "ready.json"
    line = [*COMMAND, "--timeout", "60", "--ready-file", str(ready)]
    with subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, text=True) as waiting:
        server = start_server()
        said, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, said) == (0, server.url + "\n")


def test_an_origin_may_be_given(server: Server, wait: Wait) -> None:
    ended = wait("--url", server.url + "/", "--timeout", "20")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, server.url + "\n", "")


def test_without_options_it_waits_for_what_serve_would_start_here(server: Server, wait: Wait, tmp_path: Path) -> None:
    said = f"http://127.0.0.1:{server.port}\n"
    assert wait(MODELSLAB_MOCK_PORT=str(server.port)).stdout == said
    assert wait(MODELSLAB_MOCK_READY_FILE=str(server.folder / "ready.json")).stdout == said
    (tmp_path / "modelslab-mock.yaml").write_text(f"port: {server.port}\nhost: localhost\n")
    assert wait().stdout == f"http://localhost:{server.port}\n"
    (tmp_path / "modelslab-mock.yaml").rename(tmp_path / "other.yaml")
    assert wait("--config", "other.yaml").stdout == f"http://localhost:{server.port}\n"


def test_https_is_waited_for_without_a_certificate(start_server: StartServer, wait: Wait) -> None:
    server = start_server("--tls")
    assert wait("--ready-file", str(server.folder / "ready.json")).stdout == server.url + "\n"
    assert server.url.startswith("https://")
    not_ready(wait("--timeout", "0", "--url", server.url.replace("https", "http")), "hangs up, or speaks no http; was it")


def test_an_old_ready_file_is_noticed(server: Server, wait: Wait, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    with socket.create_server(("127.0.0.1", 0)) as bound:
        free = bound.getsockname()[1]
    told = {"url": f"http://127.0.0.1:{free}", "port": free, "pid": 1}
    old.write_text(json.dumps(told))
    not_ready(wait("--timeout", "0", "--ready-file", "old.json"), "old.json may be that of", "(process 1): nobody listens at")
    old.write_text(json.dumps(told | {"url": server.url}))
    not_ready(wait("--timeout", "0", "--ready-file", "old.json"), f"another one (process {server.process.pid}) is at")
    old.write_text(json.dumps(told | {"url": server.url, "pid": server.process.pid}))
    assert wait("--timeout", "20", "--ready-file", "old.json").stdout == server.url + "\n"


@pytest.mark.parametrize("text", ["", "[]", '{"url": 1}', '{"url": "elsewhere", "port": 1, "pid": 1}'])
def test_a_file_of_another_kind_is_no_ready_file(wait: Wait, tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    not_ready(wait("--timeout", "0", "--ready-file", "file"), "file is not what serve --ready-file writes")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "its /health is something else (HTTP 404)"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}', "its /health is something else (HTTP 200)"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000, "its /health is something else (HTTP 200)"),
        (b"+OK this is something else\r\n", "hangs up, or speaks no http"),
        (b"", "does not answer"),
    ],
)  # fmt: skip
def test_what_is_no_emulator_is_told_of(wait: Wait, answer: bytes, cause: str) -> None:
    with neighbour(answer) as origin:
        not_ready(wait("--timeout", "0", "--url", origin), origin, cause)


def test_when_nobody_listens_the_likely_cause_is_named(wait: Wait, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    ended = wait("--timeout", "0.2", MODELSLAB_MOCK_PORT=str(port))
    not_ready(ended, f"after 0.2 s: nobody listens at http://127.0.0.1:{port}; is modelslab-mock serve running")
    not_ready(wait("--timeout", "0", "--ready-file", "no.json"), "no.json never came; is modelslab-mock serve --ready-file no")
    not_ready(wait("--timeout", "0", "--url", "http://no.invalid"), "http://no.invalid cannot be reached: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timeot", "3"], "wait has no option --timeot; did you mean '--timeout'?"),
        (["now"], "wait takes no argument 'now'"),
        (["--timeout", "soon"], "--timeout must be from 0 to 3600 seconds, got 'soon'"),
        (["--timeout", "nan"], "--timeout must be from 0 to 3600 seconds, got 'nan'"),
        (["--url", "http://a/api"], "--url must be an origin such as http://127.0.0.1:4777, without a path, got 'http://a/api'"),
        (["--url", "http://a", "--ready-file", "b"], "take one of --url and --ready-file"),
        (["--ready-file", ""], "--ready-file names no file"),
        (["--ready-file", "."], ".: Is a directory"),
        (["--config", "no.yaml"], "config file no.yaml: No such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_waited_for_is_one_sentence(wait: Wait, arguments: list[str], said: str) -> None:
    ended = wait(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith(said + "\n")
    assert ended.stderr.count("\n") == 1


def test_any_free_port_is_no_place_to_wait_for(wait: Wait) -> None:
    ended = wait(MODELSLAB_MOCK_PORT="0")
    assert ended.returncode == 2
    assert "port 0 is any free port; give serve and wait the same --ready-file FILE" in ended.stderr


def test_ctrl_c_is_quiet(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = [*COMMAND, "--url", f"http://127.0.0.1:{silent.getsockname()[1]}"]
        with subprocess.Popen(line, env=environment(), stderr=subprocess.PIPE, text=True) as waiting:
            line_in, _ = silent.accept()
            waiting.send_signal(signal.SIGINT)
            _, said = waiting.communicate(timeout=30)
            line_in.close()
    assert (waiting.returncode, said) == (130, "")


def test_it_loads_next_to_nothing(server: Server, environment: Environment) -> None:
    asking = "import sys; from modelslab_mock import cli; cli.main(['wait', '--url', sys.argv[1]]); print(*sys.modules)"
    line = [sys.executable, "-c", asking, server.url]
    said = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert said[0] == server.url
    assert not {"asyncio", "yaml", "httpx", "uvicorn", "modelslab_mock.settings", "modelslab_contracts"} & set(said)
