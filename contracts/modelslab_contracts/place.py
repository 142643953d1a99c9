"""Where a finding is: in which file and line, if in one; and as 16 characters that stay the same from run to run."""

from __future__ import annotations

import re
from typing import NamedTuple

from .findings import Finding

#: Rooms of what is found in files.
_OF_FILES = ("spec/", "diff/", "sources/", "accepted/")
#: `where` of what was found in a file: its name, the line, and perhaps a place in the document.
_PLACE = re.compile(r"(.+?):([0-9]+)(?: ((?:/|webhook ).*))?$", re.DOTALL)
#: The beginning of what was read from a git revision, `git:REV:PATH`.
_REVISION = re.compile(r"git:[^:]*:(?=.)", re.DOTALL)


class Place(NamedTuple):
    """A file, a line in it, and the place in the document, such as `/draw POST body application/json /width`."""

    file: str
    line: int
    within: str = ""

    @property
    def path(self) -> str:
        """The file as it lies in the folder, also where a revision of it was read."""
        return _REVISION.sub("", self.file)


def place_of(finding: Finding) -> Place | None:
    """The place of what was found in a file; None for what was not."""
    found = _PLACE.match(finding.where) if finding.rule.startswith(_OF_FILES) else None
    return Place(found[1], int(found[2]), found[3] or "") if found else None


def fingerprint(finding: Finding) -> str:
    """Of the rule and the place in the document, whatever its line; of a change, also what was and what came. What a client
    does is known by its rule and endpoint alone: the rest is drawn.
    """
    if finding.rule.startswith("client/"):
        return fingerprint_of(finding.rule, finding.where.partition(": ")[0])
    place = place_of(finding)
    effect = (finding.expected, finding.got) if finding.rule.startswith("diff/") else ()
    return fingerprint_of(finding.rule, place.within if place else finding.where, *effect)


def fingerprint_of(*parts: str) -> str:
    """That of parts which are known without a finding."""
    from hashlib import sha256

    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
