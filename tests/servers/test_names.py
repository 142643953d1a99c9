"""Three machines with three names, as in a compose network: links, webhooks, pictures, inbox and control work across them.

Each machine is a network namespace of its own on one bridge, and all names stand in one hosts file, so nothing can be
reached over loopback by chance. Needs Linux, `unshare`, `nsenter` and `ip`, and a kernel that lets us use them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

#: Builds the network in namespaces of its own, runs the emulator and the receiver, then the client on the third machine.
NETWORK = """\
set -e
mount --bind "$FOLDER/hosts" /etc/hosts
ip link set lo up
ip link add bridge0 type bridge
ip link set bridge0 up
trap 'kill $PIDS 2>/dev/null || true' EXIT
number=0
for name in app emulator receiver; do
    number=$((number + 1))
    unshare -n sleep 300 &
    pid=$!
    PIDS="$PIDS $pid"
    until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
    ip link add veth$number type veth peer name eth0 netns $pid
    ip link set veth$number master bridge0 up
    nsenter -t $pid -n ip addr add 10.99.0.$number/24 dev eth0
    nsenter -t $pid -n ip link set lo up
    nsenter -t $pid -n ip link set eth0 up
    eval "$name=$pid"
done
"""
RUN = """\
nsenter -t $receiver -n "$PYTHON" "$FOLDER/receiver.py" > "$FOLDER/came" &
PIDS="$PIDS $!"
nsenter -t $emulator -n "$PYTHON" -m modelslab_mock serve --host 10.99.0.2 --port 4777 --ready-file "$FOLDER/ready" $FLAGS \
    > "$FOLDER/log" 2>&1 &
PIDS="$PIDS $!"
n=0
until [ -e "$FOLDER/ready" ] && [ -s "$FOLDER/came" ]; do
    n=$((n + 1)); [ $n -lt 1500 ] || { cat "$FOLDER/log" >&2; exit 9; }
    sleep 0.02
done
nsenter -t $app -n "$PYTHON" "$FOLDER/client.py"
"""
RECEIVER = """\
import http.server

class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        print(self.headers["host"], self.client_address[0], body, flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_): pass

server = http.server.ThreadingHTTPServer(("10.99.0.3", 9000), Taker)
print("ready", flush=True)
server.serve_forever()
"""
CLIENT = """\
import json, pathlib, sys, time, urllib.error, urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def ask(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers})
    try:
        with opener.open(request, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read()

folder = pathlib.Path(__file__).parent
base = "http://emulator:4777"
order = {"key": "k-names", "prompt": "a fox", "width": 64, "height": 64}
said = json.loads(ask(base + "/api/v6/realtime/text2img", {**order, "webhook": "http://receiver:9000/hook"})[1])
told = {"said": said, "picture": ask(said["output"][0])[1][:8].hex() if "emulator" in said["output"][0] else ""}
ask(base + "/api/v6/realtime/text2img", {**order, "webhook": "http://stranger:9000/hook"})
ask(base + "/api/v6/realtime/text2img", {**order, "webhook": base + "/__mock/inbox/names"})
inbox = ask(base + "/__mock/inboxes/names?wait=match&timeout=10")
told["inbox"] = [inbox[0], json.loads(inbox[1])]
told["control"] = [ask(base + "/__mock/specs")[0], ask(base + "/__mock/specs", host="elsewhere:4777")[0]]
end = time.monotonic() + 10
while (folder / "log").read_text().count("         webhook ") < 3 and time.monotonic() < end:  # one line for each of them
    time.sleep(0.02)
print(json.dumps(told))
"""
NAMES = "127.0.0.1 localhost\n10.99.0.1 app\n10.99.0.2 emulator\n10.99.0.3 receiver\n10.99.0.3 stranger\n"


@pytest.fixture(scope="module")
def across(tmp_path_factory: pytest.TempPathFactory, bare_environment: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """Runs the client across the three machines; returns what it saw, the emulator's log and what the receiver got."""
    if sys.platform != "linux" or not all(map(shutil.which, ("unshare", "nsenter", "ip", "mount"))):
        pytest.skip("network namespaces need Linux with unshare, nsenter, ip and mount")

    def run(*flags: str, script: str = NETWORK + RUN) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("names")
        for name, text in (("hosts", NAMES), ("receiver.py", RECEIVER), ("client.py", CLIENT)):
            (folder / name).write_text(text)
        given = {**bare_environment, "FOLDER": str(folder), "PYTHON": sys.executable, "FLAGS": " ".join(flags), "PIDS": ""}
        done = subprocess.run(
            ["unshare", "-rnm", "sh", "-c", script], env=given, capture_output=True, text=True, check=False, timeout=120
        )
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        came = (folder / "came").read_text().splitlines()[1:] if (folder / "came").exists() else []
        return {"code": done.returncode, "errors": done.stderr, "out": done.stdout, "log": log, "came": came}

    probe = run(script=NETWORK)
    if probe["code"]:
        pytest.skip(f"this kernel gives us no network namespaces: {probe['errors'].strip()[-200:]}")
    return run


def told_by(run: dict[str, Any]) -> dict[str, Any]:
    assert run["code"] == 0, run["errors"] + run["log"]
    return dict(json.loads(run["out"]))


def test_links_webhooks_pictures_inbox_and_control_work_across_three_names(across: Callable[..., dict[str, Any]]) -> None:
    run = across("--link-host", "emulator", "--allow-webhook-host", "receiver", "--control-token", "off")
    told = told_by(run)
    (link,) = told["said"]["output"]
    assert link.startswith("http://emulator:4777/generations/")
    assert told["picture"] == b"\x89PNG\r\n\x1a\n".hex()
    (came,) = run["came"]
    host, sender, body = came.split(" ", 2)
    assert (host, sender) == ("receiver:9000", "10.99.0.2")
    assert json.loads(body)["output"] == [link]
    assert "--allow-webhook-host stranger" in run["log"]
    status, held = told["inbox"]
    assert status == 200
    assert [each["json"]["status"] for each in held["messages"]] == ["success"]
    assert told["control"] == [200, 403]


def test_without_the_flags_nothing_goes_to_names_that_were_not_allowed(across: Callable[..., dict[str, Any]]) -> None:
    run = across()
    told = told_by(run)
    assert told["said"]["output"][0].startswith("http://10.99.0.2:4777/"), "the bound address, not the name of a Host header"
    assert run["came"] == []
    assert "--allow-webhook-host receiver" in run["log"]
    assert told["inbox"][0] == 401, "beyond loopback a token is asked for, unless it is off"
    assert told["control"] == [401, 401]
