"""Reports that hold more than findings: what is accepted, what was kept, where it stands; as SARIF and as a page to read."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.accepted import Entry
from modelslab_contracts.findings import RULES, Finding, Severity
from modelslab_contracts.place import Place
from modelslab_contracts.report import FORMATS, Fact, Item, Row, Sheet, as_html, as_sarif, one_line

WRONG = Finding("client/never-polls", "images-flux-v6: the queued job", "fetched until it ends", "never fetched", "the page")
CHANGE = Finding("diff/operation-removed", "git:HEAD~1:a b/api.yaml:12 /draw POST", "", "the call was removed", "")
ENTRY = Entry("client/hammers", "as ever; ticket 71", until=dt.date(2027, 3, 31), at="known.toml:3")
SAID = "as ever; ticket 71 (known.toml:3, until 2027-03-31)"
KNOWN = Row(WRONG._replace(rule="client/hammers"), ENTRY)
SHEET = Sheet(
    rows=(Row(WRONG, before=(Fact("Seen", ("0.0 s  POST /a", "1.0 s  <b>bold</b>")),)), KNOWN),
    title="check-client client:generate",
    head="the client breaks 1 rule",
    sentences=("images-flux-v6: 1 rule broken",),
    verified=(Item("client/loses-pictures", "images-flux-v6"),),
    unverified=(Item("client/shows-its-key", "images-flux-v6", "nobody looked"),),
    flaky=(Row(WRONG._replace(rule="client/invents-pictures")),),
    home=Place("src/client.py", 7),
)
findings = st.builds(Finding, st.sampled_from(sorted(RULES)), st.text(), st.text(), st.text(), st.text(), st.text())


# --- accepted ones -----------------------------------------------------------------------------------------------------


def test_what_is_accepted_is_told_in_every_form_with_its_reason_and_counts_in_none() -> None:
    only = Sheet(rows=(KNOWN,))
    assert only.counts == "1 accepted"
    assert SHEET.counts == "1 error, 1 accepted"
    for form, make in FORMATS.items():
        told = make(only)
        assert "as ever; ticket 71" in told, form
        assert "2027-03-31" in told, form
        assert "client/hammers" in told, form
    assert FORMATS["text"](only).startswith("accepted client/hammers  images-flux-v6: ")
    assert FORMATS["text"](only).endswith(f"; because: {SAID}\n")
    (value,) = json.loads(FORMATS["json"](only))
    assert [value[each] for each in ("accepted", "until", "entry")] == ["as ever; ticket 71", "2027-03-31", "known.toml:3"]
    assert FORMATS["github"](only).startswith("::notice ")
    assert FORMATS["markdown"](only).startswith("### modelslab-mock: 1 accepted\n\n|")
    root = ET.fromstring(FORMATS["junit"](only))
    assert (root.get("failures"), root.findall(".//skipped")[0].get("message")) == ("0", f"accepted: {SAID}")


@pytest.mark.parametrize(("bar", "fails"), [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.NOTE, 2), (None, 0)])
def test_what_fails_in_junit_is_what_the_command_fails_for(bar: Severity | None, fails: int) -> None:
    rules = ("client/never-polls", "client/obeys-any-eta", "accepted/expired")
    sheet = Sheet(rows=tuple(Row(WRONG._replace(rule=each)) for each in rules), bar=bar)
    assert ET.fromstring(FORMATS["junit"](sheet)).get("failures") == str(fails)


def test_rules_that_were_kept_are_cases_that_passed_and_others_are_skipped() -> None:
    (suite,) = ET.fromstring(FORMATS["junit"](SHEET))
    assert [(case.get("classname"), [each.tag for each in case]) for case in suite] == [
        ("client/never-polls", ["failure"]),
        ("client/hammers", ["skipped", "system-out"]),
        ("client/invents-pictures", ["skipped"]),
        ("client/loses-pictures", []),
        ("client/shows-its-key", ["skipped"]),
    ]
    assert [suite.get(each) for each in ("tests", "failures", "skipped")] == ["5", "1", "3"]
    assert suite[4][0].get("message") == "not verified: nobody looked"


def test_a_summary_ends_with_what_there_is_to_say_beside_the_findings() -> None:
    assert FORMATS["markdown"](SHEET).endswith(" |\n\n- images-flux-v6: 1 rule broken\n")
    assert FORMATS["markdown"](Sheet(sentences=("all is well",))) == "### modelslab-mock: no findings\n\n- all is well\n"


# --- places ------------------------------------------------------------------------------------------------------------


def test_what_has_no_place_of_its_own_stands_where_the_client_is() -> None:
    assert FORMATS["github"](SHEET).startswith("::error file=src/client.py,line=7,title=client/never-polls::")
    remark = Sheet(rows=(Row(Finding("accepted/expired", "known.toml:6", "", "", "")),), home=SHEET.home)
    assert FORMATS["github"](remark).startswith("::warning file=known.toml,line=6,")


def test_a_file_of_a_revision_is_the_file_in_the_folder() -> None:
    assert FORMATS["github"]([CHANGE]).startswith("::error file=a b/api.yaml,line=12,")
    (result,) = json.loads(as_sarif([CHANGE]))["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "a%20b/api.yaml", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 12}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "/draw POST"}]


# --- sarif -------------------------------------------------------------------------------------------------------------


def _object(needed: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed.split(), "properties": members, "additionalProperties": False}


TEXT, LEVEL = {"type": "string", "minLength": 1}, {"enum": ["none", "note", "warning", "error"]}
MESSAGE = _object("text", text=TEXT)
LOCATION = _object(
    "",
    physicalLocation=_object(
        "artifactLocation region",
        artifactLocation=_object("uri", uri={"type": "string", "pattern": "^[!-~]+$"}, uriBaseId=TEXT),
        region=_object("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations={"type": "array", "minItems": 1, "items": _object("fullyQualifiedName", fullyQualifiedName=TEXT)},
)
RESULT = _object(
    "ruleId ruleIndex level message locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "maxItems": 1, "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions={
        "type": "array",
        "items": _object("kind", kind={"enum": ["inSource", "external"]}, status={"const": "accepted"}, justification=TEXT),
    },
)
RULE = _object("id", id=TEXT, name=TEXT, shortDescription=MESSAGE, help=MESSAGE, defaultConfiguration=_object("", level=LEVEL))
#: What we use of sarif-schema-2.1.0.json, copied by hand: names, types and words of the standard, and nothing else.
SARIF = _object(
    "$schema version runs",
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "minItems": 1,
        "items": _object(
            "tool results",
            tool=_object("driver", driver=_object("name rules", name=TEXT, rules={"type": "array", "items": RULE})),
            automationDetails=_object("", id=TEXT),
            invocations={"type": "array", "items": _object("executionSuccessful", executionSuccessful={"type": "boolean"})},
            results={"type": "array", "items": RESULT},
        ),
    },
)
SARIF["properties"]["$schema"] = TEXT
VALID_SARIF = jsonschema_rs.validator_for(SARIF)


def run_of(text: str) -> Any:
    """The run of a SARIF log that is made as the standard wants it."""
    log = json.loads(text)
    VALID_SARIF.validate(log)
    (run,) = log["runs"]
    return run


def test_a_log_has_a_rule_and_a_place_for_each_result() -> None:
    run = run_of(as_sarif(SHEET))
    wrong, known = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in (wrong, known)] == [each["ruleId"] for each in (wrong, known)]
    assert rules[0]["shortDescription"]["text"] == RULES["client/never-polls"].sentence
    assert wrong["level"] == rules[0]["defaultConfiguration"]["level"] == "error"
    assert wrong["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/client.py"
    assert wrong["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": WRONG.where}]
    assert "suppressions" not in wrong
    assert known["suppressions"] == [{"kind": "external", "status": "accepted", "justification": SAID}]
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_the_same_finding_is_known_again_and_two_alike_are_told_apart() -> None:
    def known(*found: Finding) -> list[str]:
        return [each["partialFingerprints"]["primaryLocationLineHash"] for each in run_of(as_sarif(found))["results"]]

    moved = CHANGE._replace(where="git:main:api.yaml:99 /draw POST")
    assert known(CHANGE) == known(moved)
    first, second = known(CHANGE, moved)
    assert first != second
    assert known(CHANGE)[0] != known(CHANGE._replace(rule="diff/operation-added"))[0]


def test_a_run_that_could_not_judge_says_that_it_did_not_succeed() -> None:
    run = run_of(as_sarif([Finding("check/not-judged", "images-flux-v6", "judged", "nothing", "", "why")]))
    assert run["invocations"] == [{"executionSuccessful": False}]


@given(st.lists(findings, max_size=3))
def test_whatever_a_client_sends_it_is_a_log_that_says_it(found: list[Finding]) -> None:
    run = run_of(as_sarif(found))
    assert [each["ruleId"] for each in run["results"]] == [each.rule for each in found]
    assert all(one_line(each.got) in result["message"]["text"] for each, result in zip(found, run["results"], strict=True))


# --- a page ------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a browser makes of a page: its tags and its text, and that every tag is closed where it must be."""

    VOID = ("meta", "link", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.words = list[str](), list[tuple[str, dict[str, str | None]]](), list[str]()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def test_a_page_tells_everything_and_loads_nothing() -> None:
    told = as_html(SHEET)
    page = Page(told)
    for part in (
        "The client breaks 1 rule",
        "check-client client:generate",
        "images-flux-v6: 1 rule broken",
        RULES["client/never-polls"].sentence,
        "1.0 s  <b>bold</b>",
        "fetched until it ends",
        f"Accepted{SAID}",
        "Verified: 1 rule at images-flux-v6client/loses-pictures",
        "client/shows-its-keyimages-flux-v6nobody looked",
        "Flaky: found once",
    ):
        assert part in page.text, part
    assert "prefers-color-scheme: dark" in told
    assert "@media print" in told
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "form"}
    links = {value for _, attrs in page.tags for name, value in attrs.items() if name in ("href", "src")}
    assert links == {"data:,"}
    assert not re.search(r"url\(|@import|https?:", told)


def test_findings_are_grouped_by_rule_the_worst_first() -> None:
    note = Finding("request/unknown-field", "/a", "a field of the page", "1", "")
    page = Page(as_html([note, WRONG, note._replace(where="/b"), CHANGE]))
    heads = re.findall(r"(error|note)((?:client|diff|request)/[a-z-]+)", page.text)
    assert heads == [("error", "client/never-polls"), ("error", "diff/operation-removed"), ("note", "request/unknown-field")]
    assert "2 errors2 notes" in page.text
    assert "Changethe call was removed" in page.text
    assert "Was21Became31" in Page(as_html([CHANGE._replace(expected="21", got="31")])).text


def test_many_rules_have_a_table_of_contents_whose_links_lead_somewhere() -> None:
    rules = [each for each in RULES if each.startswith("request/")][:5]
    page = Page(as_html([Finding(each, "/a", "x", "y", "") for each in rules]))
    links = {str(attrs["href"])[1:] for tag, attrs in page.tags if tag == "a"}
    assert len(links) == 5
    assert links <= {attrs.get("id") for _, attrs in page.tags}


def test_nothing_found_is_said() -> None:
    assert "No findings" in Page(as_html([])).text


TAGS = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "section", "footer"),
    *("h1", "h3", "p", "code", "pre", "span", "ul", "li", "dl", "dt", "dd"),
}


@given(findings, st.lists(st.text(), max_size=2))
def test_nothing_that_a_client_sends_is_more_than_text(finding: Finding, said: list[str]) -> None:
    page = Page(as_html(Sheet(rows=(Row(finding, before=(Fact("Seen", tuple(said)),)),))))
    assert one_line(finding.got) in page.text
    assert "\n".join(map(one_line, said)) in page.text
    assert {tag for tag, _ in page.tags} <= TAGS
