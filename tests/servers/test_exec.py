"""`modelslab-mock exec` with programs that know nothing of it: each gets its picture, by either lever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelslab_mock.ways.exec import namespace

PROGRAMS = Path(__file__).parent / "programs"
#: program -> what runs it, and what that needs beside itself
CLIENTS = {
    "with_curl.sh": ("sh", "curl"),
    "with_urllib.py": (sys.executable,),
    "with_requests.py": (sys.executable,),
    "with_httpx.py": (sys.executable,),
    "with_aiohttp.py": (sys.executable,),
    "with_fetch.mjs": ("node",),
    "with_https.cjs": ("node",),
    "with_net_http.rb": ("ruby",),
    "with_curl.php": ("php",),
    "with_net_http.go": ("go",),
}
Run = Callable[..., "subprocess.CompletedProcess[str]"]
NO_NAMESPACE = namespace.why_not([])
LEVERS = [
    pytest.param("require", marks=pytest.mark.skipif(bool(NO_NAMESPACE), reason=f"no namespace here: {NO_NAMESPACE}")),
    "off",
]
#: What would spoil a proof that a certificate is believed because of us.
TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@pytest.fixture
def run(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Run:
    """`run(*options, command=[…], NAME=value)` runs a command under exec, in a folder of its own."""

    def run_it(*options: str, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        settings = {name: value for name, value in environment().items() if name not in TRUSTED} | variables
        line = [sys.executable, "-m", "modelslab_mock", "exec", *options, "--", *command]
        return subprocess.run(
            line, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
        )

    return run_it


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def started(program: str, folder: Path) -> list[str]:
    """The command that runs a program; skips where what it needs is missing."""
    needed = CLIENTS[program]
    for each in needed:
        if not shutil.which(each):
            pytest.skip(f"{Path(each).name} is not on this machine")
    if program.endswith("_aiohttp.py"):
        pytest.importorskip("aiohttp")
    if program.endswith(".php") and "curl" not in subprocess.check_output(["php", "-m"], text=True).split():
        pytest.skip("this PHP has no curl")
    if program.endswith(".go"):
        built = folder / "client"
        subprocess.run(["go", "build", "-o", built, PROGRAMS / program], check=True, capture_output=True)
        return [str(built)]
    return [needed[0], str(PROGRAMS / program)]


@pytest.mark.parametrize("contain", LEVERS)
@pytest.mark.parametrize("program", CLIENTS)
def test_an_unmodified_program_gets_its_picture(run: Run, tmp_path: Path, program: str, contain: str) -> None:
    picture = tmp_path / "picture.png"
    ended = run("--contain", contain, command=[*started(program, tmp_path), str(picture)])
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert size_of(picture) == (64, 64)
    first, submitted, *_, fetched = ended.stderr.splitlines()
    assert first.startswith("modelslab-mock: contained: " if contain == "require" else "modelslab-mock: not contained (")
    assert "  success  sb-8254c329 job " in submitted
    assert " 200 GET " in fetched


@pytest.mark.skipif(bool(NO_NAMESPACE), reason=f"no namespace here: {NO_NAMESPACE}")
@pytest.mark.parametrize("program", ["with_curl.sh", "with_urllib.py", "with_aiohttp.py", "with_curl.php", "with_net_http.rb"])
def test_in_the_namespace_no_variable_is_needed(run: Run, tmp_path: Path, program: str) -> None:
    picture = tmp_path / "picture.png"
    cleared = ["env", "-i", "PATH=/usr/bin:/bin", f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}"]
    ended = run(command=[*cleared, *started(program, tmp_path), str(picture)])
    assert ended.returncode == 0, ended.stderr
    assert size_of(picture) == (64, 64)


@pytest.mark.parametrize("contain", LEVERS)
def test_hosts_of_pictures_are_led_here_too(run: Run, contain: str) -> None:
    hosts = [
        "cdn2.stablediffusionapi.com",
        "pub-0123456789abcdef.r2.dev",
        "assets.modelslab.com",
        "d1okzptojspljx.cloudfront.net",
        "modelslab-bom.s3.amazonaws.com",
    ]
    asking = (
        "import sys, urllib.request as u, urllib.error as e\n"
        "for host in sys.argv[1:]:\n"
        "    for scheme in ('https', 'http'):\n"
        "        try: u.urlopen(f'{scheme}://{host}/generations/no.png')\n"
        "        except e.HTTPError as error: print(error.read().decode(), end='')\n"
    )
    ended = run("--contain", contain, command=[sys.executable, "-c", asking, *hosts])
    assert (ended.returncode, ended.stdout) == (0, "no such picture\n" * 2 * len(hosts)), ended.stderr


@pytest.mark.parametrize("contain", LEVERS)
def test_clients_that_read_a_base_url_and_a_key_find_them(run: Run, contain: str) -> None:
    asking = (
        "import json, os, urllib.request as u\n"
        "body = json.dumps({'key': os.environ['MODELSLAB_API_KEY'], 'prompt': 'x'}).encode()\n"
        "request = u.Request(os.environ['MODELSLAB_BASE_URL'] + '/api/v6/realtime/text2img', body)\n"
        "request.add_header('Content-Type', 'application/json')\n"
        "print(json.load(u.urlopen(request))['output'][0].startswith(os.environ['MODELSLAB_BASE_URL'] + '/generations/'))\n"
        "print(os.environ['MODELSLAB_API_KEY'], os.environ['MODELSLAB_EXEC_URL'] == os.environ['MODELSLAB_BASE_URL'])\n"
    )
    ended = run("--contain", contain, command=[sys.executable, "-c", asking], MODELSLAB_BASE_URL="https://modelslab.com")
    assert (ended.returncode, ended.stdout) == (0, "True\ntest-key True\n"), ended.stderr
    kept = run("--contain", contain, command=[sys.executable, "-c", asking], MODELSLAB_API_KEY="mine")
    assert kept.stdout == "True\nmine True\n"


@pytest.mark.parametrize("contain", LEVERS)
def test_a_webhook_reaches_a_listener_of_the_program(run: Run, contain: str) -> None:
    listening = (
        "import http.server, json, threading, urllib.request as u\n"
        "class Inbox(http.server.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        print(json.loads(self.rfile.read(int(self.headers['content-length'])))['status'], flush=True)\n"
        "        self.send_response(200); self.end_headers(); threading.Thread(target=server.shutdown).start()\n"
        "    def log_message(self, *_): pass\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), Inbox)\n"
        "body = json.dumps({'key': 'k', 'prompt': 'x', 'webhook': f'http://localhost:{server.server_port}/done'}).encode()\n"
        "request = u.Request('https://modelslab.com/api/v6/realtime/text2img', body, {'Content-Type': 'application/json'})\n"
        "u.urlopen(request).read()\n"
        "server.serve_forever()\n"
    )
    ended = run("--contain", contain, command=[sys.executable, "-c", listening])
    assert (ended.returncode, ended.stdout) == (0, "success\n"), ended.stderr
