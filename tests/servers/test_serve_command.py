"""The command `modelslab-mock serve`: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import modelslab_contracts

if TYPE_CHECKING:
    from .conftest import Server, StartServer

REALTIME = "/api/v6/realtime/text2img"
ORDER = {"key": "k-serve", "prompt": "a lighthouse", "width": 64, "height": 64}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Run:
    """`run(*arguments, NAME=value)` runs the command to its end, in a folder of its own."""

    def run_it(*arguments: str, module: str = "modelslab_mock", **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(**variables), capture_output=True, text=True, timeout=30, check=False
        )

    return run_it


def refused(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    """One sentence on stderr that holds `words`, nothing on stdout, exit code 2."""
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert re.fullmatch(r"modelslab-mock: [^\n]+\n", ended.stderr), ended.stderr
    assert not [word for word in words if word not in ended.stderr], ended.stderr


# --- what it prints -------------------------------------------------------------------------------------------------


def test_the_banner_says_where_and_how(start_server: StartServer) -> None:
    server = start_server("--seed", "77", "--profile", "strict", "--clock", "frozen")
    banner = server.log
    assert re.search(rf"^  API +{re.escape(server.url)}   set this as your client's base URL", banner, re.MULTILINE)
    assert "https://modelslab.com" in banner
    assert re.search(r"^  Contracts +5 of 5 ", banner, re.MULTILINE)
    assert re.search(r"^  Profile +strict: ", banner, re.MULTILINE)
    assert re.search(r"^  Clock +frozen +seed 77$", banner, re.MULTILINE)
    assert re.search(rf"^  Control +{re.escape(server.url)}/__mock$", banner, re.MULTILINE)
    assert "no model runs" in banner
    assert "mock-processing" in banner
    assert "Trust" not in banner
    assert "Open" not in banner


def test_a_seed_is_drawn_and_printed_and_gives_the_same_again(start_server: StartServer) -> None:
    first = start_server()
    found = re.search(r"seed (\d+)$", first.log, re.MULTILINE)
    assert found
    again = start_server("--seed", found[1])
    answers = [server.post(REALTIME, ORDER) for server in (first, again)]
    assert answers[0]["id"] == answers[1]["id"]
    assert answers[0]["meta"] == answers[1]["meta"]


def test_each_event_is_a_line_with_its_reason(start_server: StartServer) -> None:
    server = start_server()
    answer = server.post(REALTIME, {**ORDER, "width": "64", "colour": 1})
    server.client.get(answer["output"][0])
    server.client.post(REALTIME, json={**ORDER, "width": -1, "height": 5000})
    server.client.post("/api/v6/images/img2img", json=ORDER)
    server.client.get("/api/v6/realtime/text2imgs")
    server.wait_for("text2imgs")
    at, whose = r"^\d\d:\d\d:\d\d ", r"sb-[0-9a-f]{8}"
    for line in (
        at + rf"200 POST {REALTIME}  success  {whose} job {answer['id']}  success: 0\.\d s fits the 5 s wait; "
        r"send key mock-processing to make it poll$",
        r"^ +note  colour: not on the page, ignored",
        r"^ +note  width: sent as text, read as numbers \(refused under strict\)$",
        at + rf"200 GET [0-9a-f-]{{36}}-0\.png  picture  {whose} job {answer['id']}  picture$",
        at + rf"400 POST {REALTIME}  error  {whose}  bad-field: /width must be between 1 and 1024, got -1, and 1 more$",
        r"^ +error request/above-maximum  /height must be between 1 and 1024, got 5000 \(000 ",
        at + r"404 POST /api/v6/images/img2img  error  sb-none  one of the vendor's other calls, not among the five endpoints",
        at + r"404 GET /api/v6/realtime/text2imgs  error  sb-none  no contract has this path; the nearest is " + REALTIME,
    ):
        assert re.search(line, server.log, re.MULTILINE), f"{line}\n{server.log}"


def test_what_a_client_sends_never_steers_the_terminal(start_server: StartServer) -> None:
    server = start_server()
    server.client.post("/%1b]0;owned%07%0a12:00:00 200 POST", json=ORDER)
    server.client.post(REALTIME, json={**ORDER, "prompt": "[[mock: \x1b[2J]]", "\x1b[31m\nred": 1})
    server.wait_for("/prompt")
    assert "\x1b" not in server.log
    assert not re.search(r"^12:00:00", server.log, re.MULTILINE)


def test_a_json_log_is_one_object_per_line(start_server: StartServer) -> None:
    server = start_server("--log-format", "json")
    odd = {"webhook": "http://example.com/", "prompt": "line\nbreak \x1b \u2028 🦊", "colour": 1}
    answer = server.post(REALTIME, {**ORDER, **odd})
    server.client.get(answer["output"][0])
    server.client.post(REALTIME, json={**ORDER, "width": -1})
    server.client.get("/nowhere%0a")
    server.wait_for("nowhere")
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert lines[0] == {"note": f"listening on {server.url}"}
    events = [line for line in lines if "note" not in line]
    assert [(each["status"], each["answer"]) for each in events] == [
        (200, "success"), (200, "picture"), (400, "error"), (404, "error")
    ]  # fmt: skip
    assert events[0]["job"] == answer["id"]
    assert events[0]["endpoint"] == "realtime-v6"
    assert [found["rule"] for found in events[2]["findings"]] == ["request/below-minimum"]
    assert any("--allow-webhook-host example.com" in line.get("note", "") for line in lines)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_api_key_is_ever_in_the_log(start_server: StartServer, log_format: str) -> None:
    server = start_server("--log-format", log_format, "--accept-key", "k-the-accepted-one")
    for body in (
        {"key": "k-secret-in-body"},
        {"key": None, "api_key": "k-secret-misnamed"},
        {"key": "k-the-accepted-one", "apikey": "k-secret-beside"},
    ):
        server.client.post(REALTIME, json={**ORDER, **body})
    server.client.post(REALTIME, json={**ORDER, "key": ""}, headers={"key": "k-secret-in-header"})
    server.client.post("/api/v3/text2img?key=k-secret-in-query&prompt=p")
    server.client.post("/api/v3/nowhere?key=k-secret-in-query")
    server.client.post(REALTIME, data={"key": "k-secret-in-form", "prompt": ""})
    server.client.post("/last")
    server.wait_for("/last")
    assert "secret" not in server.log
    assert "k-the-accepted-one" not in server.log


def test_quiet_prints_nothing(start_server: StartServer) -> None:
    for arguments in (["--quiet"], ["--quiet", "--log-format", "json"]):
        server = start_server(*arguments)
        server.post(REALTIME, ORDER)
        server.client.get("/nowhere")
        server.stop()
        assert server.log == ""


def test_the_ready_file_tells_where_and_is_gone_afterwards(start_server: StartServer) -> None:
    server = start_server()
    ready = server.folder / "ready.json"
    told = json.loads(ready.read_bytes())
    assert told == {"url": server.url, "port": server.port, "pid": server.process.pid}
    assert told["port"] > 0
    assert server.client.get("/health").status_code == 200
    assert server.stop() == 0
    assert not ready.exists()
    assert not list(server.folder.glob("ready.json*"))


def test_health_says_which_version_answers(server: Server) -> None:
    told = server.client.get("/health").json()
    assert (told["status"], told["contracts"]) == ("ok", 5)
    assert told["version"] in server.log
    assert server.client.head("/health").status_code == 200


def test_both_loopback_addresses_answer_on_one_port(server: Server) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert httpx.get(f"http://{host}:{server.port}/health", trust_env=False).json()["status"] == "ok"


@pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
def test_another_loopback_address_may_be_named(start_server: StartServer, host: str) -> None:
    server = start_server("--host", host)
    assert server.url == f"http://[::1]:{server.port}" if host == "::1" else f"http://{host}:{server.port}"
    assert server.post(REALTIME, ORDER)["output"][0].startswith(server.url)
    assert server.post(REALTIME, {**ORDER, "prompt": "[[mock: processing]]"})["status"] == "processing"


def test_on_every_ipv6_address_the_printed_one_answers(start_server: StartServer) -> None:
    server = start_server("--host", "::")
    assert server.url == f"http://[::1]:{server.port}"
    links = server.post(REALTIME, ORDER)["output"]
    assert server.client.get(links[0]).status_code == 200
    elsewhere = server.client.post(REALTIME, json=ORDER, headers={"host": "elsewhere.test"}).json()
    assert elsewhere["output"][0].startswith(server.url)


def test_beyond_loopback_the_banner_warns_and_directives_are_off(start_server: StartServer) -> None:
    server = start_server("--host", "0.0.0.0")
    assert re.search(r"^  Open +listening on 0\.0\.0\.0: whoever reaches", server.log, re.MULTILINE)
    assert server.post(REALTIME, {**ORDER, "prompt": "[[mock: processing]]"})["status"] == "success"


@pytest.mark.parametrize(
    ("variables", "hinted"),
    [
        ({"http_proxy": "http://proxy:3128"}, True),
        ({"http_proxy": "http://proxy:3128", "NO_PROXY": "localhost"}, True),  # the address that is printed is another
        ({"http_proxy": "http://proxy:3128", "NO_PROXY": "*.example.com"}, True),
        ({"ALL_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"}, True),
        ({"http_proxy": "http://proxy:3128", "NO_PROXY": "example.com, 127.0.0.1"}, False),
        ({"HTTP_PROXY": "http://proxy:3128", "no_proxy": "*"}, False),
        ({"https_proxy": "http://proxy:3128"}, False),
        ({}, False),
    ],
)
def test_a_proxy_that_would_swallow_loopback_is_hinted_at(
    start_server: StartServer, variables: dict[str, str], hinted: bool
) -> None:
    server = start_server(environment=variables)
    assert ("set NO_PROXY=localhost,127.0.0.1,::1" in server.log) is hinted
    assert "proxy:3128" not in server.log


def test_a_proxy_for_https_is_hinted_at_where_https_is_served(start_server: StartServer) -> None:
    server = start_server("--tls", environment={"https_proxy": "http://proxy:3128"})
    assert "https_proxy is set: set NO_PROXY=localhost,127.0.0.1,::1" in server.log


def test_the_banner_does_not_promise_every_key_where_only_some_are_accepted(start_server: StartServer) -> None:
    server = start_server("--accept-key", "k-accepted")
    assert "any non-empty key" not in server.log
    assert "only those given with --accept-key" in server.log
    assert "k-accepted" not in server.log
    assert server.client.post(REALTIME, json={**ORDER, "key": "mock-success"}).status_code == 401


# --- settings -------------------------------------------------------------------------------------------------------


def test_variables_set_what_flags_do_and_flags_win(start_server: StartServer, tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("profile: observed\nclock: frozen\nseed: 1\nstory: {submit: [no-credits]}\naccept-key: [k-serve]\n")
    variables = {
        "MODELSLAB_MOCK_CONFIG": str(config),
        "MODELSLAB_MOCK_CLOCK": "auto",
        "MODELSLAB_MOCK_SEED": "2",
        "MODELSLAB_MOCK_PUBLIC_BASE_URL": "http://mock.example:99",
        "MODELSLAB_MOCK_PORT": "1",
    }
    server = start_server("--seed", "3", environment=variables)
    assert re.search(r"^  Profile +observed: ", server.log, re.MULTILINE)
    assert re.search(r"^  Clock +auto +seed 3$", server.log, re.MULTILINE)
    reply = server.client.post(REALTIME, json=ORDER)
    assert (reply.status_code, reply.json()["status"], reply.json()["message"][:20]) == (200, "error", "Insufficient credits")
    answer = server.post(REALTIME, {**ORDER, "prompt": "[[mock: success]]"})
    assert answer["output"][0].startswith("http://mock.example:99/")
    assert server.client.post(REALTIME, json={**ORDER, "key": "other"}).json()["message"].startswith("Invalid API Key")


def test_a_config_file_that_lies_here_is_read(start_server: StartServer, tmp_path: Path) -> None:
    folder = tmp_path / "server-0"
    folder.mkdir()
    (folder / "modelslab-mock.yaml").write_text("profile: strict\n")
    assert re.search(r"^  Profile +strict: ", start_server().log, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--story", "procesing"], ["story (from command line)", "'procesing'", "processing"]),
        (["--story", '{"submit": ["success"'], ["story (from command line)", "not JSON at line 1"]),
        (["--story", '{"submt": []}'], ["unknown element 'submt'", "submit"]),
        (["--clock", "fast"], ["clock 'fast'", "real, scaled:FACTOR, frozen, auto"]),
        (["--clock", "scaled:0"], ["clock 'scaled:0'"]),
        (["--profile", "documentd"], ["profile 'documentd'", "documented"]),
        (["--port", "70000"], ["port must be from 0 to 65535"]),
        (["--port", "http"], ["port (from command line) must be a whole number, got 'http'"]),
        (["--latency", "-1"], ["latency"]),
        (["--latency", "nan"], ["latency"]),
        (["--public-base-url", "mock:4777/api"], ["public-base-url"]),
        (["--log-format", "xml"], ["log-format 'xml'"]),
        (["--max-body", "0"], ["max-body"]),
        (["--host", "no.such.host.invalid"], ["cannot listen on no.such.host.invalid"]),
        (["--host", "192.0.2.1"], ["cannot listen on 192.0.2.1"]),
        (["--ready-file", "no/such/folder/ready"], ["ready-file no/such/folder/ready", "no folder no/such/folder"]),
        (["--ready-file", "."], ["ready-file .: Is a directory"]),
        (["--accept-key", ""], ["accept-key must hold a key"]),
        (["--allow-webhook-host", "http://example.com"], ["allow-webhook-host must be a name", "without scheme"]),
        (["--config", "missing.yaml"], ["config file missing.yaml", "No such file"]),
    ],
    ids=lambda value: " ".join(value) if value[0].startswith("--") else "",
)
def test_a_setting_that_cannot_be_is_one_sentence(run: Run, arguments: list[str], words: list[str]) -> None:
    port = [] if "--port" in arguments else ["--port", "0"]
    ended = run("serve", "--quiet", *port, *arguments)
    refused(ended, *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port: [1\n", ["config file modelslab-mock.yaml:2", "not YAML"]),
        ("\x00\x01", ["config file modelslab-mock.yaml", "not YAML"]),
        ("prot: 1\n", ["unknown setting 'prot'", "port"]),
        ("public_base_ur: x\n", ["unknown setting 'public_base_ur'", "public-base-url"]),
        ("- port\n", ["must hold a mapping", "list"]),
        ("quiet: maybe\n", ["quiet (from modelslab-mock.yaml) must be yes or no"]),
        ("port: true\n", ["port (from modelslab-mock.yaml) must be a whole number"]),
        ("story: {polls: many}\n", ["story (from modelslab-mock.yaml)", "polls"]),
        ("accept-key: 5\n", ["accept-key (from modelslab-mock.yaml) must be a list of texts"]),
        ("1: 2\n", ["unknown setting 1"]),
    ],
)
def test_a_config_file_that_cannot_be_is_one_sentence(run: Run, tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "modelslab-mock.yaml").write_text(text)
    refused(run("serve", "--port", "0"), *words)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MODELSLAB_MOCK_PROT", "1", ["MODELSLAB_MOCK_PROT", "MODELSLAB_MOCK_PORT"]),
        ("MODELSLAB_MOCK_PORT", "http", ["port (from environment) must be a whole number"]),
        ("MODELSLAB_MOCK_PROFILE", "lax", ["profile (from environment) 'lax'"]),
        ("MODELSLAB_MOCK_QUIET", "perhaps", ["quiet (from environment) must be yes or no"]),
        ("MODELSLAB_MOCK_STORY", "polls=x", ["story (from environment)"]),
        ("MODELSLAB_MOCK_CONFIG", "missing.yaml", ["config file missing.yaml"]),
    ],
)
def test_a_variable_that_cannot_be_is_one_sentence(run: Run, name: str, value: str, words: list[str]) -> None:
    refused(run("serve", **{name: value}), *words)


def test_a_port_in_use_is_one_sentence(run: Run, server: Server) -> None:
    refused(run("serve", "--port", str(server.port)), f"port {server.port} on 127.0.0.1 is in use", "--port 0")
    refused(run("serve", "--port", str(server.port), "--host", "::1"), f"port {server.port} on ::1 is in use")


def test_a_stranger_on_the_other_loopback_address_is_noticed(run: Run) -> None:
    with socket.socket(socket.AF_INET6) as stranger:
        stranger.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        stranger.bind(("::1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        refused(run("serve", "--port", str(port)), f"port {port} on ::1 is in use")


BREAKS: dict[str, tuple[str, str, str]] = {
    "no YAML": ("paths:\n", "paths: [\n", "realtime-v6.yaml:"),
    "an unknown word": ("x-mock:\n        file-name:", "x-mock:\n        fil-name:", "file-name"),
    "a reference to nowhere": ("'#/components/schemas/Success'", "'#/components/schemas/Succes'", "Succes"),
    "no links": ("          links:\n", "          chains:\n", "0 operations link to a fetch call"),
    "no body": ("      requestBody:\n", "      requestBodies:\n", "requestBody"),
    "no properties": ("    Request:\n      type: object\n", "    Request: {}\n    Other:\n      type: object\n", "properties"),
    "no title": ('  title: "Realtime', '  subtitle: "Realtime', "title"),
    "a bad pattern": ("          minLength: 1\n", "          pattern: '('\n", "unterminated subpattern"),
    "a fact that there is not": ("from: job.links,", "from: job.linkz,", "did you mean 'links'?"),
    "no version": ("openapi: 3.1.0", "", "`openapi` version"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_contract_is_one_sentence(run: Run, tmp_path: Path, what: str) -> None:
    ours = tmp_path / "path" / "modelslab_contracts"
    shutil.copytree(Path(modelslab_contracts.__file__).parent, ours)
    spec = ours / "specs" / "realtime-v6.yaml"
    before, after, word = BREAKS[what]
    text = spec.read_text()
    assert before in text
    spec.write_text(text.replace(before, after, 1))
    path = os.pathsep.join(filter(None, (str(ours.parent), os.environ.get("PYTHONPATH"))))
    refused(run("serve", "--port", "0", PYTHONPATH=path), word, "realtime-v6.yaml")


# --- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["srve"], ["serve", "--port"], ["--nope"]], ids=" ".join)
def test_wrong_usage_is_one_sentence_that_leads_to_the_usage(run: Run, arguments: list[str]) -> None:
    refused(run(*arguments), "serve")


def test_without_a_command_the_usage_is_shown(run: Run) -> None:
    ended = run()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: modelslab-mock COMMAND")
    assert "Traceback" not in ended.stderr


def test_help_and_version_are_for_reading(run: Run) -> None:
    for arguments, word in (("--help", "serve"), ("serve --help", "MODELSLAB_MOCK_PORT"), ("--version", "modelslab-mock")):
        ended = run(*arguments.split())
        assert (ended.returncode, ended.stderr) == (0, "")
        assert word in ended.stdout


def test_every_option_is_explained(run: Run) -> None:
    text = run("serve", "--help").stdout
    for flag in ("-H", "-p", "--config", "--profile", "--clock", "--seed", "--story", "--latency", "--public-base-url",
                 "--accept-key", "--allow-webhook-host", "--log-format", "--quiet", "--tls", "--ready-file"):  # fmt: skip
        assert flag in text


def test_an_old_python_is_told_so(environment: Callable[..., dict[str, str]]) -> None:
    old = "import sys; sys.version_info = (3, 9, 0, 'final', 0); from modelslab_mock.cli import main; sys.exit(main(['serve']))"
    ended = subprocess.run(
        [sys.executable, "-c", old], env=environment(), capture_output=True, text=True, timeout=30, check=False
    )
    refused(ended, "Python 3.11 or newer is needed")


def test_the_console_script_is_the_same_command(environment: Callable[..., dict[str, str]]) -> None:
    script = Path(sys.executable).with_name("modelslab-mock")
    ended = subprocess.run([script, "--version"], env=environment(), capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.startswith("modelslab-mock ")


# --- how it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_ends_within_two_seconds_whatever_is_going_on(start_server: StartServer, how: signal.Signals) -> None:
    server = start_server("--log-format", "json")
    idle = socket.create_connection(("127.0.0.1", server.port))
    half = socket.create_connection(("127.0.0.1", server.port))
    half.sendall(b"POST / HTTP/1.1\r\nContent-Le")
    server.client.get("/health")  # stays open
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({**ORDER, "prompt": "[[mock: slow=30]]"})
    slow.request("POST", REALTIME, body, {"content-type": "application/json"})
    server.post(REALTIME, ORDER)
    begun = time.monotonic()
    server.process.send_signal(how)
    code = server.process.wait(20)
    assert time.monotonic() - begun < 2
    assert code == 0
    assert server.errors == ""
    assert json.loads(server.log.splitlines()[-1])["answer"] == "success", "what was waiting in the log is written"
    for each in (idle, half, slow):
        each.close()


def test_an_answer_that_is_held_back_leaves_when_the_server_stops(start_server: StartServer) -> None:
    server = start_server("--latency", "0.01")
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({**ORDER, "prompt": "[[mock: slow=30]]"})
    slow.request("POST", REALTIME, body, {"content-type": "application/json"})
    server.post(REALTIME, ORDER)
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    answer = slow.getresponse()
    assert (answer.status, json.loads(answer.read())["status"]) == (200, "success")
    assert time.monotonic() - begun < 20
    slow.close()
    assert server.stop() == 0


def test_a_request_that_cannot_be_finished_is_answered_in_the_vendors_shape(start_server: StartServer) -> None:
    server = start_server()
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # it takes connections and never says a word
        waiting = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        hook = f"http://127.0.0.1:{deaf.getsockname()[1]}/x"
        body = json.dumps({**ORDER, "prompt": "[[mock: webhook=before-reply]]", "webhook": hook})
        waiting.request("POST", REALTIME, body, {"content-type": "application/json"})
        taken, _ = deaf.accept()  # the webhook is under way, and the answer waits for it
        server.process.send_signal(signal.SIGTERM)
        answer = waiting.getresponse()
        told = answer.read()
        taken.close()
    assert (answer.status, answer.getheader("content-type")) == (503, "application/json"), told
    assert json.loads(told) == {
        "status": "error",
        "message": "modelslab-mock was stopped before this request was answered",
    }
    waiting.close()
    assert server.stop() == 0


def test_it_ends_at_once_when_nothing_is_going_on(start_server: StartServer) -> None:
    server = start_server()
    server.client.get("/health")
    begun = time.monotonic()
    assert server.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 1


def test_a_second_signal_does_no_harm(start_server: StartServer) -> None:
    server = start_server()
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    slow.request("POST", REALTIME, json.dumps({**ORDER, "prompt": "[[mock: slow=30]]"}), {"content-type": "application/json"})
    server.post(REALTIME, ORDER)
    server.process.send_signal(signal.SIGINT)
    server.process.send_signal(signal.SIGINT)
    assert server.stop(signal.SIGTERM) == 0
    slow.close()


def test_ctrl_c_while_it_starts_is_no_traceback(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> None:
    waiting = tmp_path / "config"
    os.mkfifo(waiting)  # whoever reads it waits for a writer
    command = [sys.executable, "-m", "modelslab_mock", "serve", "--config", str(waiting)]
    with (
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        waiting.open("wb"),  # which waits for the reader
    ):
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=10)
    assert (process.returncode, out, errors) == (130, b"", b"")


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM"])
def test_a_signal_just_before_it_serves_is_not_lost(how: str, run: Run, tmp_path: Path) -> None:
    # Between the command's own handlers and the library's: asyncio's runner is made there.
    (tmp_path / "early.py").write_text(
        "import asyncio, os, signal, sys\n"
        "class Runner(asyncio.Runner):\n"
        "    def __enter__(self):\n"
        f"        os.kill(os.getpid(), signal.{how})\n"
        "        return super().__enter__()\n"
        "asyncio.Runner = Runner\n"
        "from modelslab_mock.cli import main\n"
        "sys.exit(main(['serve', '--port', '0', '--quiet']))\n"
    )
    ended = run(module="early")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


# --- where its output goes ------------------------------------------------------------------------------------------


@pytest.fixture
def piped(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Iterator[Callable[..., Any]]:
    """Starts a server whose stdout is a pipe, and says where it answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(until: Callable[..., Any], stdout: Any = subprocess.PIPE) -> tuple[subprocess.Popen[bytes], str]:
        ready = tmp_path / "ready.json"
        command = [sys.executable, "-m", "modelslab_mock", "serve", "--port", "0", "--ready-file", str(ready)]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=stdout, stderr=subprocess.PIPE)
        started.append(process)
        until(lambda: ready.exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process, json.loads(ready.read_bytes())["url"]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def test_a_reader_that_goes_away_does_not_end_the_server(piped: Any, until: Callable[..., Any]) -> None:
    process, url = piped(until)
    assert b"modelslab-mock" in process.stdout.readline()
    process.stdout.close()
    for _ in range(5):
        assert httpx.post(url + REALTIME, json=ORDER, trust_env=False).json()["status"] == "success"
        until(lambda: process.poll() is None)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr.read() == b""


def test_a_reader_that_was_never_there_does_not_end_the_server(piped: Any, until: Callable[..., Any]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process, url = piped(until, stdout=writing)
    os.close(writing)
    assert httpx.post(url + REALTIME, json=ORDER, trust_env=False).json()["status"] == "success"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr.read() == b""


def test_a_full_disk_does_not_end_the_server(piped: Any, until: Callable[..., Any]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 # unbuffered
        process, url = piped(until, stdout=full)
    assert httpx.post(url + REALTIME, json=ORDER, trust_env=False).json()["status"] == "success"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr.read() == b""


def test_a_terminal_that_knows_only_ascii_is_no_obstacle(start_server: StartServer) -> None:
    server = start_server(environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    server.client.post("/é🦊", json=ORDER)
    server.post(REALTIME, {**ORDER, "é": 1})
    server.wait_for(REALTIME)


# --- https ----------------------------------------------------------------------------------------------------------


def test_https_works_for_those_who_trust_the_printed_authority(start_server: StartServer, until: Callable[..., Any]) -> None:
    server = start_server("--tls")
    assert server.url.startswith("https://")
    found = re.search(r"^  Trust +(\S+ca\.pem) ", server.log, re.MULTILINE)
    assert found
    trust = ssl.create_default_context(cafile=found[1])
    with httpx.Client(verify=trust, trust_env=False) as client:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            answer = client.post(f"https://{host}:{server.port}{REALTIME}", json=ORDER).json()
            assert answer["output"][0].startswith(f"https://{host}:{server.port}/")
            assert client.get(answer["output"][0]).headers["content-type"] == "image/png"
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):  # the ssl module takes a reset for an end
            client.post(server.url + REALTIME, json={**ORDER, "key": "mock-reset"})
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.post(server.url + REALTIME, json=ORDER)
    assert server.wait_for("the client does not trust this server's certificate: have it trust the file that the banner names")
    for name in ("modelslab.com", "cdn2.modelslab.com", "pub-1.r2.dev"):
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain,
            trust.wrap_socket(plain, server_hostname=name) as secure,
        ):
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        plain.shutdown(socket.SHUT_WR)
        until(lambda: not plain.recv(1000).startswith(b"HTTP/1.1 5"))
    said = "cut - -  reset  sb-none  the client speaks http to an https port: use https:// in base_url, or start without --tls"
    assert said in server.wait_for("the client speaks http")
    assert server.stop() == 0
    assert not Path(found[1]).exists(), "the authority's files are gone with the process"


def test_a_json_log_says_seed_and_what_to_trust(start_server: StartServer) -> None:
    server = start_server("--tls", "--log-format", "json")
    notes = [json.loads(line)["note"] for line in server.log.splitlines()]
    assert re.fullmatch("profile documented, clock real, seed [0-9]+", notes[1])
    trust = ssl.create_default_context(cafile=notes[2].removeprefix("the certificate authority to trust is "))
    assert httpx.get(server.url + "/health", verify=trust, trust_env=False).status_code == 200


def test_https_for_a_name_of_ones_own(start_server: StartServer) -> None:
    server = start_server("--tls", "--host", "127.0.0.3")
    found = re.search(r"^  Trust +(\S+ca\.pem) ", server.log, re.MULTILINE)
    assert found
    with httpx.Client(verify=ssl.create_default_context(cafile=found[1]), trust_env=False) as client:
        assert client.get(f"https://127.0.0.3:{server.port}/health").json()["status"] == "ok"
