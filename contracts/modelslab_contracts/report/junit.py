"""Findings as JUnit XML, as CI systems read test results: every finding is a test case, and those of severity error failed."""

from __future__ import annotations

from collections.abc import Iterable

from ..findings import Finding, Severity
from .words import brief, line

_SUITE = "modelslab-mock"


def as_junit(findings: Iterable[Finding]) -> str:
    """One suite; without findings it holds one case that passed, because an empty suite is a fault to some readers.

    The words come on one line with control characters escaped, so nothing is left that XML cannot hold.
    """
    from xml.etree import ElementTree as ET

    listed = list(findings)
    failed = sum(each.severity is Severity.ERROR for each in listed)
    counts = {"tests": str(len(listed) or 1), "failures": str(failed), "errors": "0"}
    root = ET.Element("testsuites", {"name": _SUITE, **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _SUITE, **counts, "skipped": "0", "time": "0"})
    for each in listed:
        case = ET.SubElement(suite, "testcase", {"classname": each.rule, "name": brief(each), "time": "0"})
        if each.severity is Severity.ERROR:
            ET.SubElement(case, "failure", {"message": brief(each), "type": each.rule}).text = line(each)
        else:
            ET.SubElement(case, "system-out").text = line(each)
    if not listed:
        ET.SubElement(suite, "testcase", {"classname": _SUITE, "name": "no findings", "time": "0"})
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
