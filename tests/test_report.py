"""Findings in words: one place words and escapes them, for reports, for the log and inside sentences."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.findings import RULES, Finding
from modelslab_contracts.report import as_json, as_value, brief, explanation, line, notes, one_line


def test_a_finding_is_one_line_that_says_everything() -> None:
    finding = Finding("request/above-maximum", "/width", "at most 1024", "2048", "000 width", "see there")
    assert line(finding) == "error request/above-maximum  /width: must be at most 1024, got 2048 (000 width; see there)"


def test_a_finding_of_the_whole_says_so() -> None:
    assert line(Finding("request/not-json", "", "JSON", "x", "")) == "error request/not-json  (root): must be JSON, got x"


@given(st.text())
def test_nothing_that_a_client_sends_breaks_the_line(text: str) -> None:
    shown = line(Finding("request/unknown-field", f"/{text}", text, text, text, text))
    assert shown.isprintable()


def test_findings_are_json_for_programs() -> None:
    found = [Finding("request/unknown-field", "/a", "a field of the page", "\udcff", "page", "")]
    assert [(each["severity"], each["got"]) for each in json.loads(as_json(found))] == [("note", "\udcff")]
    assert as_json([]) == "[]\n"


# --- in the log and in sentences ---------------------------------------------------------------------------------------


def test_notes_of_one_kind_are_folded_and_stand_behind_the_problems() -> None:
    found = [
        Finding("request/text-read-as-number", "/width", "a number, not text", '"512"', "000 width"),
        Finding("request/above-maximum", "/height", "between 256 and 1024", "4096", "000 height"),
        Finding("request/text-read-as-number", "/samples", "a number, not text", '"1"', "000 samples"),
        Finding("request/value-capped", "/steps", "at most 20, so read as 20", "31", "001 steps"),
        Finding("request/unknown-field", "/widht", "a field of the page", "1", "realtime-v6", "nearest: width"),
    ]
    assert list(notes(found)) == [
        "error request/above-maximum  /height must be between 256 and 1024, got 4096 (000 height)",
        "note  request/value-capped  /steps 31: the page says at most 20, so read as 20 (001 steps)",
        "note  widht: not on the page, ignored; nearest: width",
        "note  width, samples: sent as text, read as numbers (refused under strict)",
    ]


def test_a_problem_of_the_whole_body_has_no_line_of_its_own_because_it_is_the_reason() -> None:
    assert list(notes([Finding("request/not-json", "", "JSON", "x", "000")])) == []


def test_a_finding_within_a_sentence_says_what_it_is_about() -> None:
    wrong = Finding("route/wrong-method", "", "POST", "GET", "000")
    assert brief(wrong) == "the method must be POST, got GET"
    assert brief(wrong._replace(rule="request/not-json", hint="see there")) == "the body must be POST, got GET; see there"
    assert brief(wrong._replace(where="/width")) == "/width must be POST, got GET"
    assert brief(wrong._replace(rule="route/unknown-job")) == "the id must be POST, got GET"
    assert explanation(wrong) == ("the method must be POST, got GET", "route/wrong-method; 000")


@given(st.sampled_from(sorted(RULES)), st.text(), st.text())
def test_nothing_that_a_client_sends_breaks_a_note_or_a_sentence(rule: str, where: str, text: str) -> None:
    found = Finding(rule, f"/{where}", text, text, text, text)
    assert all(each.isprintable() for each in [*notes([found]), brief(found)])


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m"), ("\u2028", "\\u2028"), ("é ж", "é ж")]
)
def test_what_cannot_be_printed_is_escaped_and_the_rest_left_alone(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_finding_as_a_value_says_how_bad_it_is() -> None:
    value = as_value(Finding("request/not-json", "", "JSON", "x", "000"))
    assert value == {
        "severity": "error",
        "rule": "request/not-json",
        "where": "",
        "expected": "JSON",
        "got": "x",
        "source": "000",
        "hint": "",
    }
