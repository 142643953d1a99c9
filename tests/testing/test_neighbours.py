"""The fixture beside other plugins and libraries that have a say in loops, clocks, sockets and processes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import command, environment, run

CLIENT = """
async def an_hour():
    async with httpx.AsyncClient() as client:
        job = (await client.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "a fox"})).json()
        url = job["fetch_result"]
        while job["status"] == "processing":
            await asyncio.sleep(60)
            job = (await client.post(url, json={"key": "any"})).json()
        return job["status"]
"""
#: package → its options, and the tests that are run under it.
PLUGINS = {
    "pytest_asyncio": (
        ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"],
        CLIENT
        + """
@pytest.mark.asyncio
@pytest.mark.modelslab("processing eta=3600")
async def test_an_hour(modelslab_mock):
    assert await an_hour() == "success"
    assert modelslab_mock.clock.elapsed >= 3600

@pytest.mark.asyncio
@pytest.mark.modelslab("processing ends=never")
async def test_a_deadline():
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(an_hour(), 600)
""",
    ),
    "anyio": (
        ["-p", "anyio"],
        """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.modelslab("processing eta=3600")
async def test_an_hour(modelslab_mock, anyio_backend):
    import anyio
    await anyio.to_thread.run_sync(lambda: submit(modelslab_mock))
    with anyio.fail_after(7200):
        await anyio.sleep(3600)
    assert modelslab_mock.jobs[0].status == "success"

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_trio_keeps_its_own_time(modelslab_mock, anyio_backend):
    pytest.importorskip("trio")
    async with httpx.AsyncClient() as client:
        said = await client.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "a fox"})
    assert said.json()["status"] == "success"
""",
    ),
    "pytest_timeout": (
        ["-p", "pytest_timeout", "--timeout", "60", "--timeout-method", "thread", "-o", "timeout_func_only=true"],
        """
@pytest.mark.modelslab("processing eta=3600")
@pytest.mark.parametrize("threads", [0, 1])
def test_a_watchdog_does_not_bark_at_tied_time(modelslab_mock, threads):
    submit(modelslab_mock)
    if threads:
        thread = threading.Thread(target=time.sleep, args=(3600,))
        thread.start()
        thread.join()
    else:
        time.sleep(3600)
    assert modelslab_mock.jobs[0].status == "success"

@pytest.mark.timeout(60, method="signal")
def test_nor_does_a_signal(modelslab_mock):
    submit(modelslab_mock)
    time.sleep(3600)
""",
    ),
    "pytest_socket": (
        ["-p", "pytest_socket", "--disable-socket"],
        """
@pytest.mark.modelslab("processing eta=3600")
def test_no_socket_is_needed(modelslab_mock):
    submit(modelslab_mock)
    time.sleep(3600)
    assert modelslab_mock.wait_for("job").status == "success"
""",
    ),
    "xdist": (
        ["-p", "xdist", "-n", "2"],
        """
@pytest.mark.modelslab("processing eta=3600")
@pytest.mark.parametrize("number", range(10))
def test_many(modelslab_mock, number):
    submit(modelslab_mock)
    time.sleep(3600)
    assert [each.status for each in modelslab_mock.jobs] == ["success"]

@pytest.mark.parametrize("number", range(10))
def test_many_on_a_port(modelslab_mock_server, number):
    modelslab_mock_server.story("success")
    submit(modelslab_mock_server)
    assert len(modelslab_mock_server.journal) == 1
""",
    ),
    "pytest_cov": (
        ["-p", "pytest_cov", "--cov", "test_it", "--cov-report", "term"],
        """
@pytest.mark.modelslab("processing eta=3600")
def test_covered(modelslab_mock):
    submit(modelslab_mock)
    time.sleep(3600)
""",
    ),
    "pytest_httpx": (
        ["-p", "pytest_httpx"],
        """
@pytest.mark.parametrize("order", [0, 1])
def test_both(order, request):
    for name in (["modelslab_mock", "httpx_mock"], ["httpx_mock", "modelslab_mock"])[order]:
        request.getfixturevalue(name)
    mock = request.getfixturevalue("httpx_mock")
    mock.add_response(url="https://storage.test/", text="stored")
    assert httpx.get("https://storage.test/").text == "stored"
    assert httpx.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x"}).json()["status"] == "success"
""",
    ),
    "freezegun": (
        [],
        """
import freezegun

@freezegun.freeze_time("2020-02-02")
@pytest.mark.modelslab("processing eta=3600")
def test_frozen_within(modelslab_mock):
    submit(modelslab_mock)
    assert time.gmtime().tm_year == 2020
    time.sleep(3600)  # which freezegun leaves alone
    assert modelslab_mock.jobs[0].status == "success"

def test_it_is_over():
    assert time.gmtime().tm_year > 2020

@pytest.fixture
def frozen():
    with freezegun.freeze_time("2020-02-02"):
        yield

@pytest.mark.modelslab("processing eta=3600", tied=False)
def test_frozen_without(frozen, modelslab_mock):
    submit(modelslab_mock)
    assert modelslab_mock.clock.advance(3600) == 3600
    assert modelslab_mock.jobs[0].status == "success"
""",
    ),
    "responses": (
        [],
        """
import responses

@responses.activate
def test_both(modelslab_mock):
    responses.add("PUT", "https://storage.test/x", body="stored")
    assert requests.put("https://storage.test/x").text == "stored"
    assert submit(modelslab_mock)["status"] == "success"
""",
    ),
}


@pytest.mark.parametrize("package", PLUGINS)
def test_beside(package: str, tmp_path: Path) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed", exc_type=ImportError)
    options, body = PLUGINS[package]
    ran = run(tmp_path, body, *options)
    assert ran.code == 0, ran.output
    assert set(ran.outcomes.values()) <= {"passed", "skipped"}


TWO_HUNDRED = """
STORIES = ["success", "processing eta=3600", "processing polls=2", "processing ends=failed", "unavailable success",
           "rate-limited processing eta=60", "processing ends=never", "garbled", "error", "processing polls=1 ends=empty"]

def client(mock, patience=7200, nap=30):
    began = time.monotonic()
    while time.monotonic() - began < patience:
        reply = requests.post(mock.url + SUBMIT, json={"key": "any", "prompt": "a fox", "width": 64, "height": 64})
        if reply.status_code in (429, 503):
            time.sleep(int(reply.headers.get("retry-after", 5)))
            continue
        try:
            job = reply.json()
        except ValueError:
            return "garbled"
        url = job.get("fetch_result")
        while job["status"] == "processing" and time.monotonic() - began < patience:
            time.sleep(nap)
            job = requests.post(url, json={"key": "any"}).json()
        return job["status"]

ENDS = dict(zip(STORIES, ["success", "success", "success", "failed", "success", "success", "processing", "garbled", "error",
                          "success"]))

@pytest.mark.parametrize("number", range(200))
def test_one_of_many(modelslab_mock, number):
    story = STORIES[number % len(STORIES)]
    modelslab_mock.story(story)
    assert client(modelslab_mock) == ENDS[story]
    assert len(modelslab_mock.jobs) <= 1
"""


def test_two_hundred_tests_with_different_stories_in_two_workers(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    ran = run(tmp_path, TWO_HUNDRED, "-p", "xdist", "-n", "2")
    assert ran.code == 0, ran.output
    assert list(ran.outcomes.values()) == ["passed"] * 200


IN_EXEC = """
def test_it_is_the_emulator_of_the_run(modelslab_mock_server):
    assert modelslab_mock_server.url == os.environ["MODELSLAB_EXEC_URL"]
    assert modelslab_mock_server.clock.mode == "auto"

@pytest.mark.parametrize("number", range(6))
def test_stories_are_per_test(modelslab_mock_server, number):
    story = ["processing", "success", "error"][number % 3]
    modelslab_mock_server.story(story)
    assert submit(modelslab_mock_server)["status"] == story
    assert len(modelslab_mock_server.journal) == 1

@pytest.mark.modelslab("processing eta=5", clock="frozen")
def test_time(modelslab_mock_server):
    submit(modelslab_mock_server)
    modelslab_mock_server.clock.advance(5)
    assert modelslab_mock_server.wait_for("job").status == "success"

def test_in_process(modelslab_mock):
    assert submit(modelslab_mock)["status"] == "success"

@pytest.mark.modelslab("processing")
def test_unused(modelslab_mock_server):
    pass

def test_refused(modelslab_mock_server):
    submit(modelslab_mock_server, width=9999)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_within_exec_the_server_is_the_one_of_the_run(tmp_path: Path, workers: int) -> None:
    import sys

    from .inner import HEAD, ran

    if workers:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    (tmp_path / "test_it.py").write_text(HEAD + IN_EXEC)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    inner = command(*(["-p", "xdist", "-n", str(workers)] if workers else []), "test_it.py")
    outer = [sys.executable, "-m", "modelslab_mock", "exec", "--contain", "off", "--quiet", "--", *inner]
    done = subprocess.run(outer, capture_output=True, text=True, cwd=tmp_path, env=environment(), check=False)
    end = ran(done.returncode, done.stdout + done.stderr)
    assert end.code == 1, end.output
    assert {name for name, outcome in end.outcomes.items() if outcome != "passed"} == {"test_unused", "test_refused"}, (
        end.output
    )
