"""The fixture beside other plugins and libraries that have a say in loops, clocks, sockets and processes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import run

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
