"""How `modelslab-mock exec` runs a command: its exit code, its signals, its terminal, and what is refused before."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelslab_mock.ways.exec import namespace

if sys.platform == "win32":
    pytest.skip("signals and terminals of another kind", allow_module_level=True)

NO_NAMESPACE = namespace.why_not([])
LEVERS = [
    pytest.param("require", marks=pytest.mark.skipif(bool(NO_NAMESPACE), reason=f"no namespace here: {NO_NAMESPACE}")),
    "off",
]
OURS = [sys.executable, "-m", "modelslab_mock", "exec"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Run:
    """`run(*arguments)` runs `exec` with these arguments to its end."""

    def run_it(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        settings = environment() | more.pop("env", {})
        return subprocess.run(
            [*OURS, *arguments], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60, check=False, **more
        )

    return run_it


@pytest.fixture
def begin(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Iterator[Begin]:
    """`begin(*arguments)` starts `exec` and returns when the command has written its first line."""
    begun: list[subprocess.Popen[str]] = []

    def begin_it(*arguments: str, **more: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*OURS, *arguments],
            cwd=tmp_path,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )
        begun.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin_it
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(ended: subprocess.CompletedProcess[str], *words: str, code: int = 125) -> None:
    """One sentence of ours on stderr that holds `words`, nothing on stdout."""
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert re.fullmatch(r"modelslab-mock: [^\n]+\n", ended.stderr), ended.stderr
    assert not [word for word in words if word not in ended.stderr], ended.stderr


# --- exit codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contain", LEVERS)
def test_the_exit_code_is_the_commands(run: Run, contain: str) -> None:
    for code in (0, 1, 3, 125, 255):
        assert run("--contain", contain, "--", "sh", "-c", f"exit {code}").returncode == code
    assert run("--contain", contain, "--", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL
    assert run("--contain", contain, "--", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("contain", LEVERS)
def test_a_command_that_cannot_be_run(run: Run, tmp_path: Path, contain: str) -> None:
    (tmp_path / "plain.txt").write_text("not a program")
    for command, code, words in (
        ("no-such-command-at-all", 127, "no-such-command-at-all: no such command"),
        ("./plain.txt", 126, "./plain.txt: cannot be run: Permission denied"),
        (str(tmp_path), 126, "cannot be run: Permission denied"),
    ):
        ended = run("--contain", contain, "--quiet", "--", command)
        refused(ended, words, code=code)


def test_own_failures_are_125_and_one_sentence(run: Run, tmp_path: Path) -> None:
    true = ("--", "true")
    refused(run(), "no command", "-- curl")
    refused(run("--quiet", "--"), "no command")
    refused(run("--stroy", "x", *true), "exec has no option --stroy", "did you mean '--story'?")
    refused(run("--stroy", "true"), "exec has no option --stroy", "did you mean '--story'?")
    refused(run("--stroy=x", "true"), "exec has no option --stroy", "did you mean '--story'?")
    refused(run("-p", "1", "true"), "exec has no option -p")
    refused(run("--contain", "requires", *true), "auto, require, off", "did you mean 'require'?")
    refused(run("--report", "jsn=x", *true), "--report 'jsn'", "did you mean 'json'?")
    refused(run("--report", "json=", *true), "names no file")
    refused(run("--report", "text=x", "--report", "json=x", *true), "--report json=x: another report goes to this file")
    assert not (tmp_path / "x").exists(), "no file is touched before all words are read"
    refused(run("--report", "json=/no/such/folder/x", *true), "/no/such/folder/x: No such file")
    refused(run("--log-file", "/no/such/folder/x", *true), "--log-file /no/such/folder/x: No such file")
    refused(run("--profile", "stric", *true), "did you mean 'strict'?")
    refused(run("--story", "proccessing", *true), "story (from command line)", "processing")
    refused(run("--clock", "fast", *true), "clock 'fast'")
    refused(run("--allow-host", "https://a.b/", *true), "--allow-host 'https://a.b/'", "pypi.org")
    refused(run("--allow-host", "modelslab.com", *true), "the vendor's own hosts")
    refused(run("--allow-host", "cdn.modelslab.com:443", *true), "the vendor's own hosts")
    (tmp_path / "modelslab-mock.yaml").write_text("prot: 1\n")
    refused(run(*true), "did you mean 'port'?")
    missing = run("--story", "--", "true")
    assert missing.returncode == 125
    assert "expected one argument" in missing.stderr


def test_help_says_what_there_is(run: Run) -> None:
    ended = run("--help")
    assert ended.returncode == 0
    assert not [
        each for each in ("--contain", "--allow-host", "--report", "--story", "[--] COMMAND") if each not in ended.stdout
    ]
    assert "--port" not in ended.stdout
    said = " ".join(ended.stdout.split())
    assert "--seed N seed of ids, pictures and timing: the same gives the same (default: 1)" in said
    assert "is drawn" not in said
    assert "under CI=true 3 when it sent no request at all" in said


def test_the_first_word_that_is_no_option_is_the_command(run: Run) -> None:
    quiet = ("--quiet", "--contain", "off")
    shown = ("printf", "%s|", "a b", "--", "--quiet", "-x", "--help")
    assert run(*quiet, *shown).stdout == "a b|--|--quiet|-x|--help|"
    assert run("--profile=strict", *quiet, "--seed", "-1", "printf", "%s", "--seed").stdout == "--seed"
    assert run("--contain", "off", "--cors", "--no-quiet", "printf", "yes").stdout == "yes"
    refused(run(*quiet, "no-such-command-at-all"), "no-such-command-at-all: no such command", code=127)


# --- signals --------------------------------------------------------------------------------------------------------

# A handler may come while a print is still at work, and Python allows no print within a print.
PATIENT = (
    "import os, signal, sys, time\n"
    "def end(number, _):\n"
    "    os.write(1, b'got %d\\n' % number); sys.exit(7)\n"
    "for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1): signal.signal(each, end)\n"
    "os.write(1, b'ready\\n')\n"
    "time.sleep(60)\n"
)


@pytest.mark.parametrize("contain", LEVERS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_is_passed_on_and_its_answer_comes_back(begin: Begin, contain: str, number: signal.Signals) -> None:
    process = begin("--contain", contain, "--", sys.executable, "-c", PATIENT)
    process.send_signal(number)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (7, f"got {int(number)}\n")


def test_signals_that_are_ignored_or_held_are_so_for_the_command_too(run: Run) -> None:
    asking = (
        "import signal\n"
        "print(*[signal.getsignal(n).name for n in (signal.SIGHUP, signal.SIGTERM)], signal.pthread_sigmask(0, []))\n"
    )
    plain = subprocess.check_output([sys.executable, "-c", asking], text=True)  # under nohup it is not the default
    assert run("--", sys.executable, "-c", asking).stdout == plain
    ignoring = f"trap '' HUP; exec {' '.join(OURS)} -- {sys.executable} -c \"$0\""
    ended = subprocess.run(["sh", "-c", ignoring, asking], capture_output=True, text=True, check=False, timeout=60)
    assert ended.stdout == "SIG_IGN SIG_DFL set()\n"
    listing = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]
    inside, outside = run("--", *listing).stdout, subprocess.check_output(listing, text=True)
    assert [first_31(each) for each in inside.splitlines()] == [first_31(each) for each in outside.splitlines()]


def first_31(line: str) -> tuple[str, int]:
    """A line of /proc/PID/status without the signals that the C library keeps for itself, and ignores when it spawns."""
    name, _, digits = line.partition(":")
    return name, int(digits, 16) & 0x7FFFFFFF


@pytest.mark.parametrize("contain", LEVERS)
def test_ctrl_c_on_a_terminal_reaches_the_command_once(tmp_path: Path, contain: str) -> None:
    counting = (
        "import signal, socket, sys, time\n"
        "ours, theirs = socket.socketpair(); theirs.setblocking(False)\n"
        "signal.set_wakeup_fd(theirs.fileno()); signal.signal(signal.SIGINT, lambda *_: None)\n"
        "print('ready', sys.stdin.isatty(), flush=True)\n"
        "came = len(ours.recv(9)); time.sleep(0.3); ours.setblocking(False)\n"
        "try: came += len(ours.recv(9))\n"
        "except BlockingIOError: pass\n"
        "print('came', came, flush=True)\n"
    )
    with on_terminal([*OURS, "--contain", contain, "--quiet", "--", sys.executable, "-c", counting]) as (pid, terminal):
        read_until(terminal, b"ready True")
        os.write(terminal, b"\x03")
        read_until(terminal, b"came 1")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("contain", LEVERS)
def test_a_stopped_command_stops_us_and_goes_on_with_us(begin: Begin, contain: str) -> None:
    process = begin("--contain", contain, "--quiet", "--", "sh", "-c", "echo ready; kill -STOP $$; echo on; exit 4")
    _, stopped = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(stopped), "a shell would not get its prompt back"
    os.kill(process.pid, signal.SIGCONT)
    assert process.stdout
    assert (process.stdout.read(), process.wait(30)) == ("on\n", 4)


@contextlib.contextmanager
def on_terminal(command: list[str]) -> Iterator[tuple[int, int]]:
    """A command in front on a terminal of its own: its process id, and the terminal's other end."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    try:
        yield pid, terminal
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        os.close(terminal)


def read_until(terminal: int, text: bytes) -> None:
    """Read until a text has come; fails when it does not."""
    seen, end = b"", time.monotonic() + 30
    while text not in seen:
        assert select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0], seen
        seen += os.read(terminal, 4096)


# --- what the command is given --------------------------------------------------------------------------------------


@pytest.mark.parametrize("contain", LEVERS)
def test_stdin_stdout_and_arguments_are_the_commands(run: Run, contain: str) -> None:
    ended = run(
        "--contain", contain, "--", "sh", "-c", 'cat; printf "%s|" "$@"', "sh", "a b", "--", "--quiet", "", input="from stdin\n"
    )
    assert (ended.returncode, ended.stdout) == (0, "from stdin\na b|--|--quiet||")


@pytest.mark.parametrize("contain", LEVERS)
def test_a_command_that_closes_what_it_was_given(run: Run, contain: str) -> None:
    closing = "import os, urllib.request as u\nfor fd in (0, 1, 2): os.close(fd)\n"
    body = 'b\'{"key": "k", "prompt": "x"}\''
    to = "'https://modelslab.com/api/v6/realtime/text2img'"
    submit = f"request = u.Request({to}, {body}, {{'Content-Type': 'application/json'}})\n"
    submit += "assert b'success' in u.urlopen(request).read()\n"
    ended = run("--contain", contain, "--", sys.executable, "-c", closing + submit + "os._exit(5)")
    assert ended.returncode == 5, ended.stderr
    assert "  success  " in ended.stderr


@pytest.mark.parametrize("contain", LEVERS)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_was_closed_before_stays_closed_and_is_no_obstacle(tmp_path: Path, contain: str, closed: str) -> None:
    listing = "import os; open('fds', 'w').write(' '.join(fd for fd in '012' if os.path.exists(f'/proc/self/fd/{fd}')))"
    line = f'{" ".join(OURS)} --contain {contain} -- {sys.executable} -c "$0" {closed}'
    ended = subprocess.run(["sh", "-c", line, listing], cwd=tmp_path, check=False, timeout=60, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    plain = f'{sys.executable} -c "$0" {closed}'
    seen = (tmp_path / "fds").read_text()
    subprocess.run(["sh", "-c", plain, listing], cwd=tmp_path, check=True, timeout=60, capture_output=True)
    assert seen == (tmp_path / "fds").read_text()


@pytest.mark.parametrize("contain", LEVERS)
def test_open_files_are_handed_on_and_ours_are_not(tmp_path: Path, contain: str) -> None:
    listing = "ls /proc/self/fd | wc -l; cat <&7"
    (tmp_path / "seven").write_text("seven\n")
    line = f'{" ".join(OURS)} --quiet --contain {contain} -- sh -c "$0" 7<seven'
    ended = subprocess.run(["sh", "-c", line, listing], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    plain = subprocess.run(
        ["sh", "-c", 'sh -c "$0" 7<seven', listing], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.stdout == plain.stdout


def test_nothing_is_left_behind(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "temporary files"
    folder.mkdir()
    counting = 'ls "$TMPDIR" | wc -l; if command -v node >/dev/null; then node -e 0; fi'
    for contain in ("auto", "off"):
        ended = run(
            "--contain", contain, "--allow-host", "localhost:9", "--", "sh", "-c", counting, env={"TMPDIR": str(folder)}
        )
        assert (ended.returncode, ended.stdout) == (0, "2\n"), ended.stderr
        assert list(folder.iterdir()) == []


def test_the_emulators_settings_count(run: Run, tmp_path: Path) -> None:
    submit = (
        "import urllib.request as u\n"
        'request = u.Request(\'https://modelslab.com/api/v6/realtime/text2img\', b\'{"key": "k", "prompt": "x"}\')\n'
        "request.add_header('Content-Type', 'application/json')\n"
        "print(u.urlopen(request).read().decode())\n"
    )
    asking = [sys.executable, "-c", submit]
    assert '"status":"processing"' in run("--story", "processing eta=2", "--", *asking).stdout
    first, second = (run("--quiet", "--", *asking) for _ in range(2))
    assert first.stdout == second.stdout, "the seed is fixed"
    assert first.stdout != run("--seed", "2", "--", *asking).stdout
    assert first.stderr == ""
    lines = run("--log-format", "json", "--", *asking).stderr.splitlines()
    assert lines[1].startswith('{"time":')
    (tmp_path / "modelslab-mock.yaml").write_text("story: processing\nport: 1\ntls: false\n")
    assert '"status":"processing"' in run("--", *asking).stdout
