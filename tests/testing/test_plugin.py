"""The pytest plugin as its users meet it: each test here is a run of pytest of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import run

FIXTURE = """
def test_plain(modelslab_mock):
    assert submit(modelslab_mock)["status"] == "success"
    assert [each.status for each in modelslab_mock.journal] == [200]

def test_its_own(modelslab_mock):
    assert not modelslab_mock.jobs

@pytest.mark.modelslab(story="processing eta=3600")
def test_an_hour(modelslab_mock):
    began, job = time.monotonic(), submit(modelslab_mock)
    while job["status"] == "processing":
        time.sleep(60)
        job = requests.post(f"{modelslab_mock.url}/api/v6/realtime/fetch/{modelslab_mock.jobs[0].id}", json={"key": "k"}).json()
    assert 3600 <= time.monotonic() - began <= 3700
    assert 3600 <= modelslab_mock.clock.elapsed <= 3700

@pytest.mark.modelslab("processing polls=3")
def test_unused(modelslab_mock):
    pass

@pytest.mark.modelslab("processing", allow_unused=True)
def test_unused_allowed():
    pass

@pytest.mark.modelslab("processing")
def test_the_mark_alone_is_enough():
    said = requests.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x"}).json()
    assert said["status"] == "processing"

def test_refused(modelslab_mock):
    submit(modelslab_mock, key="sk-very-secret", width=9999)

@pytest.mark.modelslab(allow_unexpected=True)
def test_refused_allowed(modelslab_mock):
    submit(modelslab_mock, width=9999)

def test_refused_allowed_from_now(modelslab_mock):
    submit(modelslab_mock, width=9999)
    modelslab_mock.allow_unexpected = True

def test_fails_by_itself(modelslab_mock):
    submit(modelslab_mock, width="64")
    time.sleep(30)
    for n in range(12):
        submit(modelslab_mock, width=9999, prompt="\\x1b[31m" + "x" * 500)
    assert 1 == 2

@pytest.mark.xfail(strict=True)
@pytest.mark.modelslab("processing")
def test_expected_to_fail():
    pass

@pytest.mark.modelslab("processing")
def test_skips():
    pytest.skip("not now")

@pytest.mark.modelslab("processing", clock="frozen")
class TestNearest:
    @pytest.mark.modelslab(story="success")
    def test_the_nearest_mark_wins_word_by_word(self, modelslab_mock):
        assert submit(modelslab_mock)["status"] == "success"
        assert modelslab_mock.clock.mode == "frozen"

@pytest.mark.modelslab(profile="all")
@pytest.mark.parametrize("size", ["64", 64], ids=["text", "number"])
def test_everywhere(modelslab_mock, size):
    submit(modelslab_mock, width=size)

@pytest.mark.modelslab("processing")
class TestCase(unittest.TestCase):
    def test_unused(self):
        pass

    def test_own(self):
        self.fail("by itself")

    def test_good(self):
        requests.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x"})

def test_spins(modelslab_mock):
    modelslab_mock.story("processing ends=never")
    job = submit(modelslab_mock)
    while fetch(modelslab_mock, job)["status"] == "processing":
        pass

@pytest.fixture(scope="class")
def other_clock():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: 0.0)
        yield

class TestBeside:
    def test_another_clock(self, other_clock, modelslab_mock):
        pass

def test_another_clock_within(monkeypatch, modelslab_mock):
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)

def test_nothing_is_left_behind():
    assert abs(time.time() - os.stat(__file__).st_mtime) < 600
    assert type(time.sleep).__name__ == "builtin_function_or_method"
"""


def test_the_fixture_and_the_mark(tmp_path: Path) -> None:
    ran = run(tmp_path, FIXTURE)
    assert ran.code == 1, ran.output
    bad = {name for name, outcome in ran.outcomes.items() if outcome in ("failed", "error")}
    assert bad == {
        "test_unused", "test_refused", "test_fails_by_itself", "TestCase::test_unused", "TestCase::test_own", "test_spins",
        "test_everywhere[strict-text]", "TestBeside::test_another_clock",
    }, ran.output  # fmt: skip
    assert ran.outcomes["TestBeside::test_another_clock"] == "error"
    assert ran.outcomes["test_everywhere[documented-text]"] == ran.outcomes["test_everywhere[strict-number]"] == "passed"
    assert ran.outcomes["test_expected_to_fail"] == "xfail"
    assert "1 skipped" in ran.output

    assert "modelslab-mock: story 1 was never used: the submit is queued; 3 fetches say processing" in ran.section(
        "test_unused"
    )
    refused = ran.section("test_refused")
    assert "/width must be between 1 and 1024, got 9999\n      request/above-maximum; 000 " in refused
    assert "--- modelslab-mock ---" in refused
    assert "sk-very-secret" not in ran.output
    assert "\x1b[31m" not in ran.output

    own = ran.section("test_fails_by_itself")
    assert "assert 1 == 2" in own
    assert "was refused by" not in own
    assert "… 3 before" in own
    assert "+0.0 s" not in own
    assert "+30.0 s  400 POST /api/v6/realtime/text2img  error" in own
    assert "by itself" in ran.section("TestCase.test_own")
    assert "never used" not in ran.section("TestCase.test_own")
    assert "never used" in ran.section("TestCase.test_unused")
    assert "modelslab_mock.clock" not in ran.section("test_spins")
    assert ".clock.advance(seconds)" in ran.section("test_spins")
    assert "tied=False" in ran.section("TestBeside.test_another_clock")


EARLY = """
@pytest.fixture(scope="session")
def session():
    return time.sleep

@pytest.fixture
def made(session):
    assert session is not time.sleep, "what lives longer than a test begins before it"
    yield requests.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x"}).json()
    requests.post("https://modelslab.com/api/v6/realtime/fetch/1", json={"key": "any"})

@pytest.mark.modelslab("processing")
def test_the_mark_alone(made):
    assert made["status"] == "processing"

@pytest.mark.modelslab("processing")
def test_named_behind(made, modelslab_mock):
    assert len(modelslab_mock.jobs) == 1

class TestAutomatic:
    @pytest.fixture(autouse=True)
    def automatic(self, made):
        self.made = made

    def test_it(self, modelslab_mock):
        assert self.made["status"] == "success"

class TestCase(unittest.TestCase):
    def setUp(self):
        self.made = requests.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x"}).json()

    @pytest.mark.modelslab("processing")
    def test_it(self):
        self.assertEqual(self.made["status"], "processing")
"""


def test_the_emulator_is_there_before_the_other_fixtures_of_its_test(tmp_path: Path) -> None:
    ran = run(tmp_path, EARLY)
    assert (ran.code, [*ran.outcomes.values()]) == (0, ["passed"] * 4), ran.output


UNRELATED = """
def test_with_the_server(modelslab_mock_server):
    submit(modelslab_mock_server)

def test_of_something_else():
    raise ZeroDivisionError

def test_that_asks_nobody(modelslab_mock):
    raise ZeroDivisionError

@pytest.fixture
def broken():
    requests.post("https://modelslab.com" + SUBMIT, json={"key": "any", "prompt": "x", "width": 9999}).raise_for_status()

def test_whose_fixture_fails(broken, modelslab_mock):
    pass

def test_asks_for_what_cannot_be(modelslab_mock):
    modelslab_mock.wait_for("jbo")

def test_waits_in_vain(modelslab_mock):
    modelslab_mock.wait_for("webhook", within=0)

def test_a_mistake_of_ours(modelslab_mock):
    modelslab_mock.reach.set_profile = None
    modelslab_mock.profile("strict")
"""


def test_only_tests_that_use_the_emulator_are_told_of_it(tmp_path: Path) -> None:
    ran = run(tmp_path, UNRELATED)
    assert "modelslab-mock" not in ran.section("test_of_something_else")
    assert ran.section("test_that_asks_nobody").count("no request came for https://modelslab.com; met are requests, ") == 1
    assert "/width must be between 1 and 1024" in ran.section("test_whose_fixture_fails")
    assert "127.0.0.1" not in ran.output
    for name, says in {
        "test_asks_for_what_cannot_be": "cannot wait for 'jbo'; did you mean 'job'? There are exchange, job, webhook, message",
        "test_waits_in_vain": "waited 0 s in vain for a webhook that is settled; no order had a webhook",
    }.items():
        told = ran.section(name)
        assert f"modelslab_mock.MockServerError: {says}\n" in told
        assert "scope.py" not in told
        assert "near.py" not in told
    assert "scope.py" in ran.section("test_a_mistake_of_ours")


SERVER = """
KEYS = []

@pytest.fixture(scope="session")
def settings(modelslab_mock_server):
    return modelslab_mock_server.url

@pytest.fixture
def story(modelslab_mock_server):
    modelslab_mock_server.story("processing eta=5")

def test_a_fixture_of_the_test_is_in_its_scope(settings, story, modelslab_mock_server):
    KEYS.append(modelslab_mock_server.key)
    assert (settings, modelslab_mock_server.key != "test-session") == (modelslab_mock_server.url, True)
    job = submit(modelslab_mock_server)
    assert job["status"] == "processing"
    modelslab_mock_server.clock.advance(5)
    assert modelslab_mock_server.jobs[0].status == "success"

@pytest.mark.modelslab("processing ends=failed", clock="frozen", profile="observed")
def test_the_mark(modelslab_mock_server):
    KEYS.append(modelslab_mock_server.key)
    assert not modelslab_mock_server.jobs
    submit(modelslab_mock_server)
    modelslab_mock_server.clock.advance(60)
    assert modelslab_mock_server.wait_for("job").status == "failed"

@pytest.mark.modelslab("processing eta=3600", tied=True)
def test_tied(modelslab_mock_server):
    submit(modelslab_mock_server)
    time.sleep(3600)
    assert modelslab_mock_server.jobs[0].status == "success"

def test_both(modelslab_mock_server, modelslab_mock):
    submit(modelslab_mock)
    submit(modelslab_mock_server)
    assert len(modelslab_mock.jobs) == len(modelslab_mock_server.jobs) == 1

@pytest.mark.modelslab(profile="all")
def test_everywhere(modelslab_mock_server):
    submit(modelslab_mock_server, width="64")

def test_refused(modelslab_mock_server):
    submit(modelslab_mock_server, width=9999)

def test_without_a_key(modelslab_mock_server):
    requests.post(modelslab_mock_server.url + SUBMIT, json={"prompt": "x"})

@pytest.mark.modelslab("processing")
def test_unused(modelslab_mock_server):
    pass

def test_not_listed(request):
    mock = request.getfixturevalue("modelslab_mock_server")
    mock.story("processing")

def test_webhooks(modelslab_mock_server):
    submit(modelslab_mock_server, webhook=modelslab_mock_server.inbox.url)
    assert modelslab_mock_server.inbox.wait().as_json()["json"]["status"] == "success"

def test_keys():
    assert len(set(KEYS)) == len(KEYS)
"""
SERVER_FAILS = {"test_refused", "test_without_a_key", "test_unused", "test_everywhere[strict]", "test_not_listed"}


def test_the_server_of_a_session(tmp_path: Path) -> None:
    ran = run(tmp_path, SERVER)
    bad = {name for name, outcome in ran.outcomes.items() if outcome in ("failed", "error")}
    assert bad == SERVER_FAILS, ran.output
    assert "error" not in ran.outcomes.values()
    assert "/key must be a non-empty API key" in ran.section("test_without_a_key")


INERT = """
def test_nothing_of_ours_was_loaded():
    ours = {each for each in sys.modules if each.startswith("modelslab")}
    assert ours == {"modelslab_mock", "modelslab_mock.version", "modelslab_mock.pytest_plugin"}
    slow = {"fastapi", "uvicorn", "yaml", "orjson", "time_machine", "PIL", "jsonschema", "starlette", "pydantic"}
    assert not slow & set(sys.modules)

@pytest.mark.parametrize("x", [1, 2])
class TestCase:
    def test_time_is_as_ever(self, x):
        assert type(time.sleep).__name__ == "builtin_function_or_method"
"""


def test_the_plugin_imports_nothing_and_does_nothing_before_it_is_used(tmp_path: Path) -> None:
    assert run(tmp_path, INERT).code == 0


def test_the_fixtures_and_the_mark_are_explained(tmp_path: Path) -> None:
    said = run(tmp_path, "", "--fixtures").output
    assert "modelslab_mock -- " in said
    assert "modelslab_mock_server [session scope] -- " in said
    assert "@pytest.mark.modelslab(story, profile, clock, seed, tied" in run(tmp_path, "", "--markers").output
