"""What `modelslab-mock exec` keeps in, what it lets pass, and what it says about both."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modelslab_mock.ways.exec import namespace

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NO_NAMESPACE = namespace.why_not([])
needs_namespace = pytest.mark.skipif(bool(NO_NAMESPACE), reason=f"no namespace here: {NO_NAMESPACE}")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not on this machine")
SUBMIT = (
    "import urllib.request as u\n"
    "def submit(host='modelslab.com'):\n"
    '    body = b\'{"key": "k", "prompt": "x"}\'\n'
    "    to = f'https://{host}/api/v6/realtime/text2img'\n"
    "    return u.urlopen(u.Request(to, body, {'Content-Type': 'application/json'})).read()\n"
    "submit()\n"
)
#: A program that takes no notice of anything: no site, no environment, no name, just an address.
RAW = [sys.executable, "-I", "-S", "-c"]


@pytest.fixture
def run(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Run:
    """`run(*options, command=[…], NAME=value)` runs a command under exec, in a folder of its own."""

    def run_it(*options: str, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "modelslab_mock", "exec", *options, "--", *command]
        return subprocess.run(
            line, cwd=tmp_path, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )

    return run_it


class Neighbour:
    """A server outside: on this machine's loopback, which a namespace does not have."""

    def __init__(self) -> None:
        seen = self.seen = []  # type: list[str]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers["Host"])
                self.send_response(200)
                self.send_header("Content-Length", "9")
                self.end_headers()
                self.wfile.write(b"neighbour")

            def do_CONNECT(self) -> None:
                seen.append(self.path)
                self.send_error(502)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    there = Neighbour()
    yield there
    there.server.shutdown()
    there.server.server_close()


def lines(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """Our own sentences, without our name."""
    return [each.removeprefix("modelslab-mock: ") for each in ended.stderr.splitlines() if each.startswith("modelslab-mock: ")]


# --- nothing leaves the namespace -----------------------------------------------------------------------------------


def raw(port: int) -> str:
    return f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('out')"


@needs_namespace
def test_a_program_that_ignores_every_setting_cannot_get_out(run: Run, neighbour: Neighbour) -> None:
    ended = run("--contain", "require", command=[*RAW, raw(neighbour.port)])
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "ConnectionRefusedError" in ended.stderr
    assert lines(ended)[0].startswith("contained: a private network namespace. Escape is impossible, whatever the runtime;")


def test_without_a_namespace_it_gets_out_and_that_is_said(run: Run, neighbour: Neighbour) -> None:
    ended = run("--contain", "off", "--block-network", command=[*RAW, raw(neighbour.port)])
    assert (ended.returncode, ended.stdout) == (0, "out\n")
    first, silence = lines(ended)
    assert first.startswith("not contained (--contain off): preloads and a proxy. Escape is impossible for no runtime;")
    assert "not prevented for what ignores HTTPS_PROXY (raw sockets, Java, static binaries)" in first
    assert silence.startswith(f"the emulator saw no request: {sys.executable} never called one of the vendor's hosts, or")
    assert silence.endswith("--contain require makes sure")


@needs_namespace
def test_no_address_outside_can_be_reached_and_the_tries_are_counted(run: Run) -> None:
    trying = (
        "import socket\n"
        "for family, address in ((2, '192.0.2.1'), (2, '1.1.1.1'), (2, '10.0.0.1')):\n"
        "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n"
        "        print(socket.socket(family, kind).connect_ex((address, 443)))\n"
        "print([name for _, name in socket.if_nameindex()])\n"
    )
    ended = run(command=[*RAW, trying])
    *codes, interfaces = ended.stdout.splitlines()
    assert set(codes) == {"101"}, "network is unreachable"
    assert interfaces == "['lo']"
    assert "refused: 6 tries to reach an address outside without asking for a name" in lines(ended)


@needs_namespace
def test_the_command_stays_who_it_is_and_its_files_are_its_own(run: Run, tmp_path: Path) -> None:
    asking = "import os; open('made', 'w'); print(os.getuid(), os.getgid(), os.getcwd(), os.stat('made').st_uid)"
    plain = subprocess.check_output([sys.executable, "-c", asking], cwd=tmp_path, text=True)
    (tmp_path / "made").unlink()
    assert run(command=[sys.executable, "-c", asking]).stdout == plain
    assert (tmp_path / "made").stat().st_uid == tmp_path.stat().st_uid


@needs_namespace
def test_the_files_of_the_system_are_as_before_afterwards(run: Run) -> None:
    files = [Path("/etc/hosts"), Path("/etc/resolv.conf"), Path("/etc/ssl/certs/ca-certificates.crt")]
    before = [each.read_bytes() if each.exists() else b"" for each in files]
    inside = run(command=["sh", "-c", "grep -c modelslab.com /etc/hosts"])
    assert inside.stdout == "1\n"
    assert [each.read_bytes() if each.exists() else b"" for each in files] == before


@needs_namespace
def test_where_the_kernel_has_no_namespace_for_us_that_is_said(run: Run, environment: Callable[..., dict[str, str]]) -> None:
    if not shutil.which("unshare"):
        pytest.skip("no unshare program to forbid namespaces with")
    exhausted = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    ours = [sys.executable, "-m", "modelslab_mock", "exec"]
    for how, code, said in (("auto", 0, "not contained (unshare: "), ("require", 125, "--contain require: unshare: ")):
        line = ["unshare", "-r", "sh", "-c", exhausted, "sh", *ours, "--contain", how, "--", sys.executable, "-c", SUBMIT]
        ended = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == code, ended.stderr
        assert lines(ended)[0].startswith(said)


# --- other hosts ----------------------------------------------------------------------------------------------------


@needs_namespace
def test_refused_names_are_named_at_the_end(run: Run) -> None:
    trying = SUBMIT + "for host in ('Api.Example.com', 'two.example.org'):\n    try: submit(host)\n    except OSError: pass\n"
    ended = run(command=[sys.executable, "-c", trying])
    assert ended.returncode == 0
    assert lines(ended)[-1] == "refused: api.example.com, two.example.org; --allow-host HOST lets one pass"


def test_without_a_namespace_refused_names_are_named_as_well(run: Run) -> None:
    trying = SUBMIT + "for host in ('api.example.com', '192.0.2.1'):\n    try: submit(host)\n    except OSError: pass\n"
    proxied = run("--contain", "off", "--block-network", command=[sys.executable, "-c", trying])
    assert lines(proxied)[-1] == "refused: api.example.com, 192.0.2.1; --allow-host HOST lets one pass"
    direct = "import os; [os.environ.pop(name) for name in list(os.environ) if 'proxy' in name.lower()]\n" + trying
    preloaded = run("--contain", "off", "--block-network", command=[sys.executable, "-c", direct])
    assert preloaded.returncode == 0, preloaded.stderr
    assert lines(preloaded)[-1] == "refused: api.example.com, 192.0.2.1; --allow-host HOST lets one pass"


@needs_node
def test_node_is_refused_what_python_is_refused(run: Run) -> None:
    trying = (
        "const tries = ['https://api.example.com/', 'http://192.0.2.1/'];\n"
        "Promise.all(tries.map((to) => fetch(to).catch((e) => e.cause.code))).then((all) => console.log(all.join()))\n"
        ".then(() => require('dns').promises.lookup('three.example.com')).catch((e) => console.log(e.code));"
    )
    ended = run("--contain", "off", "--block-network", command=["node", "-e", trying])
    assert ended.stdout == "ECONNREFUSED,ECONNREFUSED\nENOTFOUND\n", ended.stderr
    refused = lines(ended)[1]
    assert all(name in refused for name in ("api.example.com", "192.0.2.1", "three.example.com"))


@needs_namespace
@pytest.mark.parametrize("named", ["localhost", "127.0.0.1"])
def test_an_allowed_port_of_this_machine_is_reached_from_the_namespace(run: Run, neighbour: Neighbour, named: str) -> None:
    asking = SUBMIT + f"print(u.urlopen('http://{named}:{neighbour.port}/').read().decode())"
    ended = run("--allow-host", f"{named}:{neighbour.port}", command=[sys.executable, "-c", asking])
    assert (ended.returncode, ended.stdout) == (0, "neighbour\n"), ended.stderr
    assert lines(ended)[0].endswith("all others are refused but for 1 allowed")
    assert lines(ended)[-1] == f"let through to other hosts: {named}"


@needs_namespace
def test_an_allowed_name_is_reached_from_the_namespace_through_the_users_own_proxy(run: Run, neighbour: Neighbour) -> None:
    asking = SUBMIT + "u.urlopen('https://deep.example.com/')"
    proxy = f"http://127.0.0.1:{neighbour.port}"
    ended = run("--allow-host", "*.example.com", command=[sys.executable, "-c", asking], https_proxy=proxy)
    assert ended.returncode == 1
    assert neighbour.seen == ["deep.example.com:443"]
    assert "deep.example.com:443 is allowed, but cannot be reached: the proxy said HTTP/1.0 502" in ended.stderr


def test_without_a_namespace_other_hosts_pass_through_the_users_own_proxy(run: Run, neighbour: Neighbour) -> None:
    asking = SUBMIT + "u.urlopen('https://deep.example.com/')"
    proxy = f"http://127.0.0.1:{neighbour.port}"
    ended = run("--contain", "off", command=[sys.executable, "-c", asking], HTTPS_PROXY=proxy, NO_PROXY="*.example.org")
    assert ended.returncode == 1
    assert neighbour.seen == ["deep.example.com:443"]
    assert lines(ended)[-1] == "let through to other hosts: deep.example.com"


def test_without_a_namespace_plain_http_passes(run: Run, neighbour: Neighbour) -> None:
    name = socket.gethostname()
    try:
        if not socket.gethostbyname(name).startswith("127."):
            pytest.skip("this machine's name does not lead to loopback")
    except OSError:
        pytest.skip("this machine's name leads nowhere")
    asking = SUBMIT + f"print(u.urlopen('http://{name}:{neighbour.port}/a').read().decode())"
    ended = run("--contain", "off", command=[sys.executable, "-c", asking])
    assert (ended.returncode, ended.stdout) == (0, "neighbour\n"), ended.stderr
    assert neighbour.seen == [f"{name}:{neighbour.port}"]
    blocked = run("--contain", "off", "--block-network", command=[sys.executable, "-c", asking])
    assert "403: Forbidden" in blocked.stderr
    allowed = run(
        "--contain",
        "off",
        "--block-network",
        "--allow-host",
        f"{name}:{neighbour.port}",
        command=[sys.executable, "-c", asking],
    )
    assert allowed.stdout == "neighbour\n"


# --- nothing was seen -----------------------------------------------------------------------------------------------


def test_a_client_that_does_not_trust_the_certificate_is_told_apart(run: Run) -> None:
    asking = (
        "import ssl, urllib.request as u; u.urlopen('https://modelslab.com/', context=ssl.create_default_context(cadata=''))"
    )
    distrusting = asking.replace("ssl.create_default_context(cadata='')", "ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)")
    ended = run("--contain", "off", command=[sys.executable, "-c", distrusting])
    assert ended.returncode == 1
    said = (
        "the emulator saw no request: a client greeted modelslab.com over https and hung up; it does not trust the certificate"
    )
    assert lines(ended)[-1].startswith(said)


@pytest.mark.parametrize("contain", ["auto", "off"])
def test_no_request_at_all_is_an_error_in_ci(run: Run, contain: str) -> None:
    silent = run("--contain", contain, command=["true"])
    assert silent.returncode == 0
    assert lines(silent)[-1].startswith("the emulator saw no request: true never c")
    for command, code in (["true"], 3), (["false"], 1), ([sys.executable, "-c", SUBMIT], 0):
        line = ["env", "CI=true", sys.executable, "-m", "modelslab_mock", "exec", "--contain", contain, "--", *command]
        assert run("--contain", "off", command=line).returncode == code


# --- what was there before keeps working ----------------------------------------------------------------------------


def test_the_sitecustomize_of_a_project_still_runs(run: Run, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text("import builtins\nbuiltins.THEIRS = __file__\n")
    asking = SUBMIT + "import sitecustomize; print(THEIRS == sitecustomize.__file__, THEIRS)"
    ended = run("--contain", "off", command=[sys.executable, "-c", asking], PYTHONPATH=_with_ours(theirs))
    assert (ended.returncode, ended.stdout) == (0, f"True {theirs / 'sitecustomize.py'}\n"), ended.stderr


def _with_ours(folder: Path) -> str:
    """The module path of a subprocess that must find this package too, installed or not."""
    return ":".join([str(folder), *(each for each in sys.path if each)])


@needs_node
def test_node_options_of_a_project_still_count(run: Run, tmp_path: Path) -> None:
    (tmp_path / "theirs.cjs").write_text("globalThis.THEIRS = 'here';")
    asking = "console.log(THEIRS, process.execArgv.length, require('net').connect.name)"
    options = f"--require {tmp_path / 'theirs.cjs'}"
    assert run("--contain", "off", command=["node", "-e", asking], NODE_OPTIONS=options).stdout == "here 2 connect\n"


@needs_node
@pytest.mark.parametrize(
    "asking",
    [
        "import { lookup } from 'node:dns/promises'; console.log((await lookup('modelslab.com')).address)",
        "import { lookup } from 'dns'; lookup('modelslab.com', (_, address) => console.log(address))",
        "import { resolve4 } from 'node:dns'; resolve4('modelslab.com', (_, all) => console.log(all[0]))",
    ],
)
def test_node_looks_names_up_here(run: Run, asking: str) -> None:
    ended = run("--contain", "off", command=["node", "--input-type=module", "-e", asking])
    assert ended.stdout == "127.77.77.77\n", ended.stderr


@needs_node
def test_every_way_to_connect_in_node_leads_here(run: Run) -> None:
    asking = (
        "const net = require('net'), tls = require('tls');\n"
        "const ask = (socket) => new Promise((done) => { socket.write('GET /health HTTP/1.0\\r\\n\\r\\n'); let text = '';\n"
        "  socket.on('data', (d) => text += d).on('end', () => done(/200 OK[^]*\"status\":\"ok\"/.test(text))); });\n"
        "const host = 'modelslab.com', on = (socket) => socket;\n"
        "const ways = [net.connect(80, host), net.connect({ port: 80, host }), new net.Socket().connect(80, host),\n"
        "  net.createConnection({ port: '80', host }, () => 0), new net.Socket().connect({ port: 80, host }, () => 0),\n"
        "  tls.connect(443, host), tls.connect({ port: 443, host, servername: host })];\n"
        "Promise.all(ways.map(ask)).then((all) => console.log(all.join()));\n"
    )
    ended = run("--contain", "off", command=["node", "-e", asking])
    assert ended.stdout == ",".join(["true"] * 7) + "\n", ended.stderr


def test_every_way_to_connect_in_python_leads_here(run: Run) -> None:
    asking = (
        "import asyncio, socket, ssl\n"
        "def ok(sock):\n"
        "    sock.sendall(b'GET /health HTTP/1.0\\r\\n\\r\\n')\n"
        "    text = b''.join(iter(lambda: sock.recv(1000), b''))\n"
        "    return text.startswith(b'HTTP/1.1 200') and b'ok' in text\n"
        "plain = socket.socket(); plain.connect(('modelslab.com', 80))\n"
        "quiet = socket.socket(); assert quiet.connect_ex(('MODELSLAB.com.', 80)) == 0\n"
        "resolved = socket.socket(); resolved.connect((socket.gethostbyname('modelslab.com'), 80))\n"
        "context = ssl.create_default_context()\n"
        "secure = context.wrap_socket(socket.create_connection((b'modelslab.com', 443)), server_hostname='modelslab.com')\n"
        "late = context.wrap_socket(socket.socket(), server_hostname='modelslab.com'); late.connect(('modelslab.com', 443))\n"
        "print(*map(ok, (plain, quiet, resolved, secure, late)))\n"
        "async def asked():\n"
        "    reader, writer = await asyncio.open_connection('modelslab.com', 443, ssl=True)\n"
        "    writer.write(b'GET /health HTTP/1.0\\r\\n\\r\\n')\n"
        "    return (await reader.read()).startswith(b'HTTP/1.1 200')\n"
        "print(asyncio.run(asked()), socket.gethostbyname_ex('modelslab.com')[2])\n"
    )
    ended = run("--contain", "off", command=[sys.executable, "-c", asking])
    assert ended.stdout == "True True True True True\nTrue ['127.77.77.77']\n", ended.stderr


def test_findings_are_reported_once_each_in_the_form_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    wrong = SUBMIT + (
        "for _ in range(3):\n"
        '    body = b\'{"key": "very-secret-key", "prompt": "x", "width": 9000}\'\n'
        "    to = 'https://modelslab.com/api/v6/realtime/text2img'\n"
        "    try: u.urlopen(u.Request(to, body, {'Content-Type': 'application/json'}))\n"
        "    except OSError: pass\n"
    )
    ended = run("--report", "json=report.json", "--log-file", "log", command=[sys.executable, "-c", wrong])
    assert len(lines(ended)) == 1, "nothing but the first line"
    (found,) = json.loads((tmp_path / "report.json").read_text())
    assert (found["rule"], found["severity"]) == ("request/above-maximum", "error")
    assert found["where"] == "POST /api/v6/realtime/text2img#/width"
    assert (tmp_path / "log").read_text().count("bad-field") == 3
    told = run("--report", "text", "--quiet", command=[sys.executable, "-c", wrong])
    assert told.stderr.startswith("error request/above-maximum  POST /api/v6/realtime/text2img#/width: must be between 1 and ")
    assert told.stderr.count("\n") == 1
    assert "very-secret-key" not in ended.stderr + told.stderr + (tmp_path / "log").read_text()
    more = ("junit=j.xml", "markdown=summary", "github", "text=-")
    summary = tmp_path / "summary"
    summary.write_text("by an earlier command\n")
    asked = [word for each in more for word in ("--report", each)]
    command = [sys.executable, "-c", wrong + "open('summary', 'a').write('by this command\\n')"]
    told = run(*asked, "--quiet", command=command, GITHUB_STEP_SUMMARY="summary")
    assert told.stderr.startswith("::error title=request/above-maximum::POST /api/v6/realtime/text2img#/width: must be ")
    assert told.stdout.startswith("error request/above-maximum  POST /api/v6/realtime/text2img#/width: must be between 1 and ")
    assert ET.parse(tmp_path / "j.xml").getroot().get("failures") == "1"
    assert re.match("by an earlier command\nby this command\n### modelslab-mock: 1 error\n", summary.read_text())
    assert "very-secret-key" not in told.stderr + told.stdout + summary.read_text() + (tmp_path / "j.xml").read_text()


def test_a_run_in_which_no_request_came_is_not_reported_as_if_all_were_well(run: Run, tmp_path: Path) -> None:
    asked = [word for form in ("json", "junit", "markdown", "html") for word in ("--report", f"{form}={form}")]
    assert (
        run(*asked, "--contain", "off", "--quiet", command=["sh", "-c", "exit 0 # a-key-in-a-word"], CI="true").returncode == 3
    )
    (found,) = json.loads((tmp_path / "json").read_text())
    assert (found["rule"], found["where"], found["got"]) == ("check/nothing-verified", "sh", "no request")
    assert "never called one of the vendor's hosts" in found["hint"]
    assert ET.parse(tmp_path / "junit").getroot().get("failures") == "1"
    page = (tmp_path / "html").read_text()
    assert "check/nothing-verified" in page
    assert "exec sh" in page
    assert "a-key-in-a-word" not in page


def test_a_report_that_cannot_be_written_does_not_change_the_exit_code(run: Run) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    ended = run("--report", "markdown=/dev/full", "--contain", "off", "--quiet", command=["sh", "-c", "exit 4"])
    assert ended.returncode == 4
    assert "modelslab-mock: --report markdown: No space left" in ended.stderr
    assert "Traceback" not in ended.stderr
