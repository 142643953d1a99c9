"""Findings as JUnit XML, as CI systems read test results: every finding is a test case; from the bar on it failed.

Where it is known which rules were tried, those that were kept are cases that passed; those that were not tried are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sheet import Item, Row, Told, sheet_of
from .words import brief, one_line, row_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SUITE = "modelslab-mock"


def as_junit(told: Told) -> str:
    """One suite; without findings it holds one case that passed, because an empty suite is a fault to some readers.

    The words come on one line with control characters escaped, so nothing is left that XML cannot hold.
    """
    from xml.etree import ElementTree as ET

    sheet = sheet_of(told)
    suite = ET.Element("testsuite", {"name": _SUITE})
    for row in sheet.rows:
        _finding(suite, row, fails=sheet.fails(row))
    for row in sheet.flaky:
        _skipped(_case(suite, row.finding.rule, brief(row.finding)), "flaky: found once, and not again")
    for item in sheet.verified:
        _case(suite, item.rule, _name(item))
    for item in sheet.unverified:
        _skipped(_case(suite, item.rule, _name(item)), f"not verified: {item.why}")
    if not len(suite):
        _case(suite, _SUITE, "no findings")
    counts = {"tests": str(len(suite)), "failures": str(len(suite.findall("testcase/failure"))), "errors": "0"}
    suite.attrib |= {**counts, "skipped": str(len(suite.findall("testcase/skipped"))), "time": "0"}
    root = ET.Element("testsuites", {"name": _SUITE, **counts})
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _finding(suite: Element, row: Row, *, fails: bool) -> None:
    from xml.etree import ElementTree as ET

    says = brief(row.finding)
    case = _case(suite, row.finding.rule, says)
    if fails:
        ET.SubElement(case, "failure", {"message": says, "type": row.finding.rule}).text = row_line(row)
        return
    if row.accepted:
        _skipped(case, f"accepted: {row.accepted.because}")
    ET.SubElement(case, "system-out").text = row_line(row)


def _case(suite: Element, rule: str, name: str) -> Element:
    from xml.etree import ElementTree as ET

    return ET.SubElement(suite, "testcase", {"classname": rule, "name": name, "time": "0"})


def _skipped(case: Element, why: str) -> None:
    from xml.etree import ElementTree as ET

    ET.SubElement(case, "skipped", {"message": one_line(why)})


def _name(item: Item) -> str:
    return one_line(item.where or item.rule)
