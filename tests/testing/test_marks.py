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
    "test_it.py::test_word: @pytest.mark.modelslab: unknown word 'stroy'; did you mean 'story'?",
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
