"""Reports in the forms of others: annotations of GitHub, Markdown for a job's summary, JUnit for whoever shows tests."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.exchange import masked_findings
from modelslab_contracts.findings import RULES, Finding, Severity
from modelslab_contracts.report import FORMATS, as_github, as_junit, as_markdown, counted, one_line
from modelslab_mock.cli import main

WRONG = Finding("request/above-maximum", "/width", "at most 1024", "2048", "000 width", "see there")
NOTED = Finding("request/unknown-field", "/widht", "a field of the page", "1", "realtime-v6", "nearest: width")
findings = st.builds(Finding, st.sampled_from(sorted(RULES)), st.text(), st.text(), st.text(), st.text(), st.text())

#: element -> (attributes that it must have, those that it may have, elements in it), as junit-10.xsd of Jenkins' xunit plugin.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname"},
        {"time", "group", "file", "line", "assertions"},
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": (set(), {"message", "type"}, set()),
    "skipped": (set(), {"message"}, set()),
    "system-out": (set(), set(), set()),
}


def test_a_severity_is_counted_with_the_worst_first() -> None:
    assert counted([NOTED, WRONG, NOTED]) == "1 error, 2 notes"
    assert counted([]) == "no findings"


# --- github ------------------------------------------------------------------------------------------------------------


def test_an_annotation_says_everything_with_the_rule_as_its_title() -> None:
    assert as_github([WRONG, NOTED]) == (
        "::error title=request/above-maximum::/width: must be at most 1024, got 2048 (000 width; see there)\n"
        "::notice title=request/unknown-field::/widht: must be a field of the page, got 1 (realtime-v6; nearest: width)\n"
    )
    assert as_github([]) == ""


def test_what_was_found_in_a_document_is_shown_at_its_line() -> None:
    found = Finding("spec/missing-example", "my: specs,1.yaml:12 /paths/~1draw", "there", "nothing", "")
    found = found._replace(rule=next(rule for rule in RULES if rule.startswith("spec/")))
    (shown,) = as_github([found]).splitlines()
    assert " file=my%3A specs%2C1.yaml,line=12,title=spec/" in shown
    assert "file=" not in as_github([WRONG._replace(where="POST /a:12 #/b")]), "a path of a request is no file"


@given(findings)
def test_nothing_that_a_client_sends_ends_an_annotation_or_begins_another(finding: Finding) -> None:
    told = as_github([finding])
    (line,) = told.splitlines()
    head, said = re.fullmatch(r"::(error|warning|notice) [^:]*::(.*)", line).groups()  # type: ignore[union-attr] # or fail
    assert head == {"note": "notice"}.get(finding.severity.label, finding.severity.label)
    assert set(re.findall("%..?", said)) <= {"%25"}
    assert one_line(finding.got) in said.replace("%25", "%")


# --- markdown ----------------------------------------------------------------------------------------------------------


def test_a_summary_counts_and_lists() -> None:
    assert as_markdown([WRONG, NOTED]) == (
        "### modelslab-mock: 1 error, 1 note\n\n"
        "| severity | where | must be | got | rule | source and hint |\n"
        "|---|---|---|---|---|---|\n"
        "| error | `/width` | at most 1024 | `2048` | `request/above-maximum` | 000 width; see there |\n"
        "| note | `/widht` | a field of the page | `1` | `request/unknown-field` | realtime-v6; nearest: width |\n"
    )
    assert as_markdown([]) == "### modelslab-mock: no findings\n"


HOSTILE = (
    "a|b",
    "`x`",
    "``",
    "<img src=x onerror=alert(1)>",
    "[a](http://b)",
    "http://c.example",
    "www.d.example",
    "\\",
    "*b*",
)


def cells(row: str) -> list[str]:
    """The cells of a row, as GitHub splits it: at bars that no backslash escapes, before anything else is read."""
    found = re.fullmatch(r"\| (?:(?:\\[!-/:-@\[-`{-~]|[^|])*\|)+", row)
    assert found, row
    return [each.strip() for each in re.findall(r"((?:\\[!-/:-@\[-`{-~]|[^|])+)\|", row[1:])]


@pytest.mark.parametrize("text", HOSTILE)
def test_marks_in_a_value_are_shown_and_not_obeyed(text: str) -> None:
    row = as_markdown([WRONG._replace(where=text, expected=text, got=text, source=text, hint="")]).splitlines()[-1]
    _, where, expected, got, _, source = cells(row)
    assert (where, source) == (got, expected)
    code = re.fullmatch(r"`([^`\\|]+)`|<code>(.*)</code>", got)
    assert code
    assert text == (code[1] or unescape(code[2]))
    for plain in (expected, code[2] or ""):
        assert unescape(plain) in {text, ""}
        assert not re.search(r"[`*<>|\[\]\\]|://|www\.", plain)


@given(findings)
def test_a_finding_stays_one_row_of_six_cells(finding: Finding) -> None:
    lines = as_markdown([finding]).split("\n")
    assert len(lines) == 6
    assert lines[-1] == ""
    assert lines[-2].isprintable()
    assert len(cells(lines[-2])) == 6


# --- junit -------------------------------------------------------------------------------------------------------------


def read(text: str) -> ET.Element:
    """The suite in a report, whose elements and attributes are those that readers know."""
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    for each in root.iter():
        needed, allowed, within = JUNIT[each.tag]
        assert needed <= set(each.attrib) <= needed | allowed, each.tag
        assert {child.tag for child in each} <= within, each.tag
    (suite,) = root
    cases = suite.findall("testcase")
    for told in (root, suite):
        assert told.get("tests") == str(len(cases))
        assert told.get("failures") == str(len(suite.findall("testcase/failure")))
        assert told.get("skipped", "0") == str(len(suite.findall("testcase/skipped")) if told is suite else 0)
        assert told.get("errors") == "0"
    return suite


def test_errors_are_cases_that_failed_and_the_rest_passed_with_output() -> None:
    wrong, noted = read(as_junit([WRONG, NOTED]))
    assert (wrong.get("classname"), wrong.get("name")) == (
        "request/above-maximum",
        "/width must be at most 1024, got 2048; see there",
    )
    assert wrong.find("failure") is not None
    assert wrong.findtext("failure") == (
        "error request/above-maximum  /width: must be at most 1024, got 2048 (000 width; see there)"
    )
    assert [each.tag for each in noted] == ["system-out"]


def test_no_findings_are_one_case_that_passed() -> None:
    (case,) = read(as_junit([]))
    assert (case.get("name"), list(case)) == ("no findings", [])


@given(st.lists(findings, max_size=3))
def test_whatever_a_client_sends_the_report_is_xml_that_says_it(found: list[Finding]) -> None:
    text = as_junit(found)
    text.encode()
    suite = read(text)
    assert len(suite.findall("testcase/failure")) == sum(each.severity is Severity.ERROR for each in found)
    for case, each in zip(suite, found, strict=False):
        assert one_line(each.got) in str(case.get("name"))


# --- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_masked_key_stays_masked(form: str) -> None:
    key = "s3cr3t-key-0123456789"
    found = masked_findings((WRONG._replace(got=f'"{key}"', hint=f"like {key}"),), key)
    told = FORMATS[form](found)
    assert key not in told
    assert "above-maximum" in told


def test_a_document_is_linted_into_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str], tiny: str) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(tiny.replace("certainty: stated}\n      requestBody", "certainty: sure}\n      requestBody", 1))
    told = {}
    for form in FORMATS:
        assert main(["specs", "lint", "--report", form, str(file)]) == 1, form
        told[form] = capsys.readouterr().out
    (found, *_) = json.loads(told["json"])
    assert f"file={file},line=" in told["github"]
    assert found["rule"] in told["markdown"]
    assert read(told["junit"])[0].get("classname") == found["rule"]
