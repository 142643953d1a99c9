"""Our speed as a ratio to a bare uvicorn application in the same run; prints a table, `--write` keeps it in results.md.

Needs wrk (Debian: apt-get install wrk). The server runs on core 0, wrk on core 1, where taskset exists.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.results import keep

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "fixtures" / "pages"
LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open(os.getenv("BODY"))
wrk.body = file:read("*a")
file:close()
local before, after = wrk.body:match("^(.*)@n@(.*)$")
if before then
  local n = 0
  request = function()
    n = n + 1
    return wrk.format(nil, nil, nil, before .. n .. after)
  end
end
"""


def main() -> int:
    """Run the benchmark; 2 when wrk is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results.md")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("benchmarks need wrk on the PATH (Debian: apt-get install wrk)", file=sys.stderr)
        return 2
    table = _measure(options.rounds, options.seconds)
    print(table)
    if options.write:
        keep("The emulator beside bare uvicorn", "make bench ARGS=--write", table)
    return 0


def _measure(rounds: int, seconds: int) -> str:
    bodies = _bodies()
    starts = {name: [_start_seconds(name) for _ in range(5)] for name in ("bare", "ours")}
    foreign = _foreign_start_seconds(3)
    ratios: dict[str, list[float]] = {kind: [] for kind in bodies}
    rates: dict[str, list[float]] = {kind: [] for kind in (*bodies, "bare")}
    with _server("bare") as (bare, _), _server("ours") as (ours, process):
        idle = _resident_mib(process.pid)
        for url in (bare, ours):
            _wrk(url, bodies["valid submit"], 2)
        for _ in range(rounds):
            before = _wrk(bare, bodies["valid submit"], seconds)
            each = {kind: _wrk(ours, body, seconds) for kind, body in bodies.items()}
            after = _wrk(bare, bodies["valid submit"], seconds)
            rates["bare"] += [before, after]
            for kind, rate in each.items():
                rates[kind].append(rate)
                ratios[kind].append(rate / ((before + after) / 2))
        loaded = _resident_mib(process.pid)
    lines = ["| what | requests/s (median) | ratio to bare uvicorn: median (min to max) |", "|---|---|---|"]
    lines.append(f"| bare uvicorn, constant answer | {statistics.median(rates['bare']):.0f} | 1 |")
    for kind, found in ratios.items():
        spread = f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        lines.append(f"| {kind} | {statistics.median(rates[kind]):.0f} | {spread} |")
    first = {name: f"{statistics.median(taken):.2f} s" for name, taken in starts.items()}
    lines += ["", f"First answer after start: ours {first['ours']}, bare {first['bare']}."]
    lines.append(
        f"With a folder of 40 foreign documents (200 calls): {foreign[0]:.2f} s, and {foreign[1]:.2f} s the next time."
    )
    lines.append(f"Memory: {idle:.0f} MiB idle, {loaded:.0f} MiB after the load.")
    return "\n".join(lines)


def _bodies() -> dict[str, Path]:
    """Valid and refused orders of the Pony page's sample, in files that wrk can read; it counts in the place of @n@."""
    folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-bench-"))
    sample = json.loads(next((SAMPLES / "images-pony-v6" / "requests").glob("*body.json")).read_text())
    valid = sample | {"width": 1024, "height": 1024, "samples": 1, "num_inference_steps": 31, "clip_skip": 2}
    wrong = valid | {"width": 5000}
    other = valid | {"prompt": f"@n@ {valid['prompt']}"}
    bodies: dict[str, Path] = {}
    for kind, body in (
        ("valid submit", valid),
        ("valid submit, another prompt each time", other),
        ("the page's own sample", sample),
        ("refused submit", wrong),
    ):
        bodies[kind] = folder / f"{len(bodies)}.json"
        bodies[kind].write_text(json.dumps({**body, "key": f"bench-key-012345678{len(bodies)}"}))  # each lets its own jobs go
    (folder / "post.lua").write_text(LUA)
    return bodies


def _command(name: str, port: int) -> list[str]:
    if name == "ours":
        return [sys.executable, "-m", "modelslab_mock", "serve", "--port", str(port)]
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "bare:app",
        "--app-dir",
        str(HERE),
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--no-access-log",
    ]


@contextmanager
def _server(
    name: str, *, pinned: bool = True, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    env = {**os.environ, **(environment or {})}
    pin = ["taskset", "-c", "0"] if pinned and shutil.which("taskset") else []
    with subprocess.Popen(
        [*pin, *_command(name, port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
    ) as process:
        url = f"http://127.0.0.1:{port}/api/v6/images/text2img"
        try:
            _wait(url)
            yield url, process
        finally:
            process.terminate()


def _start_seconds(name: str, environment: Mapping[str, str] | None = None) -> float:
    started = time.perf_counter()
    with _server(name, pinned=False, environment=environment):
        return time.perf_counter() - started


def _foreign_start_seconds(times: int) -> tuple[float, float]:
    """The median time to the first answer with a folder of foreign documents: never read before, and read before."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
            subprocess.run([sys.executable, str(HERE / "folder.py"), folder], check=True)
            before = {"XDG_CACHE_HOME": cache, "MODELSLAB_MOCK_SPEC": folder}
            for each in taken:
                each.append(_start_seconds("ours", before))
    return statistics.median(taken[0]), statistics.median(taken[1])


def _wait(url: str) -> None:
    for _ in range(4_000):
        try:
            urllib.request.urlopen(urllib.request.Request(url, b"{}", {"Content-Type": "application/json"}), timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError(f"no answer from {url}")


def _wrk(url: str, body: Path, seconds: int) -> float:
    """Requests per second over 32 keep-alive connections."""
    pin = ["taskset", "-c", "1"] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
    command = [*pin, "wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(body.parent / "post.lua"), url]
    said = subprocess.run(command, env={**os.environ, "BODY": str(body)}, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found, said
    return float(found[1])


def _resident_mib(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
