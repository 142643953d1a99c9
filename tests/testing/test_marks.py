"""Marks are checked while tests are collected: each test here is a run of pytest of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from .inner import run

BAD_MARKS = """
@pytest.mark.modelslab(story="procesing")
def test_story(modelslab_mock): pass

@pytest.mark.modelslab(stroy="processing")
def test_word(): pass

@pytest.mark.modelslab(profile="strct")
def test_profile(): pass

@pytest.mark.modelslab(clock="froze")
def test_clock(): pass

@pytest.mark.modelslab("processing", "auto")
def test_two(modelslab_mock): pass

@pytest.mark.modelslab("processing", story="success")
def test_twice(modelslab_mock): pass

@pytest.mark.modelslab("processing")
def test_which(modelslab_mock, modelslab_mock_server): pass

class TestCase(unittest.TestCase):
    @pytest.mark.modelslab(profile="all")
    def test_all(self): pass

def test_good(modelslab_mock): pass
"""
SAID = (
    "test_it.py::test_story: @pytest.mark.modelslab: story element 'submit': unknown word 'procesing'; did you mean",
    "test_it.py::test_word: @pytest.mark.modelslab: unknown word 'stroy'; did you mean 'story'? There are story, profile",
    "test_it.py::test_profile: @pytest.mark.modelslab: unknown profile 'strct'; did you mean 'strict'?",
    "test_it.py::test_clock: @pytest.mark.modelslab: clock 'froze' is not one of real, scaled:FACTOR, frozen, auto; did you",
    "test_it.py::test_two: @pytest.mark.modelslab: only the story goes without a name",
    "test_it.py::test_twice: @pytest.mark.modelslab: the story is given twice",
    "test_it.py::test_which: @pytest.mark.modelslab: it uses both modelslab_mock and modelslab_mock_server",
    "test_it.py::TestCase::test_all: @pytest.mark.modelslab: profile='all' is for test functions",
)


def test_marks_are_checked_before_anything_runs(tmp_path: Path) -> None:
    ran = run(tmp_path, BAD_MARKS)
    assert ran.code == pytest.ExitCode.USAGE_ERROR, ran.output
    for each in SAID:
        assert f"ERROR: {each}" in ran.output
    assert "Traceback" not in ran.output
    assert len([*filter(None, ran.output.splitlines())]) < len(SAID) + 5
    assert run(tmp_path, BAD_MARKS, "--collect-only").code == pytest.ExitCode.USAGE_ERROR


def test_marks_are_checked_in_the_workers_of_xdist_too(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    ran = run(tmp_path, BAD_MARKS, "-p", "xdist", "-n", "1")
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert {name for name, outcome in ran.outcomes.items() if outcome == "error"} == ran.outcomes.keys() - {"test_good"}
    for each in SAID:
        assert each.partition(": ")[2] in ran.output


MISSPELT = """
@pytest.mark.modelslabs("processing")
def test_one_letter(): pass

@pytest.mark.modelslab_mock("processing")
class TestIt:
    def test_as_the_fixture(self): pass

@pytest.mark.modelslab_live
@pytest.mark.model
@pytest.mark.slow
def test_of_others(): pass
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "1"]], ids=["alone", "xdist"])
def test_a_mark_that_is_nearly_ours_is_an_error_and_others_are_not(tmp_path: Path, workers: list[str]) -> None:
    if workers:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    (tmp_path / "conftest.py").write_text("""
def pytest_configure(config):
    config.addinivalue_line("markers", "modelslab_live(x): the project's own, with the real API")
""")
    ran = run(tmp_path, MISSPELT, *workers, "-W", "default", strict=False)
    assert ran.code == (pytest.ExitCode.TESTS_FAILED if workers else pytest.ExitCode.USAGE_ERROR), ran.output
    assert "@pytest.mark.modelslabs: there is no such mark; did you mean @pytest.mark.modelslab?" in ran.output
    assert "@pytest.mark.modelslab_mock: there is no such mark; did you mean @pytest.mark.modelslab?" in ran.output
    assert "modelslab_live: there" not in ran.output
    assert ran.outcomes.get("test_of_others", "passed") == "passed"
