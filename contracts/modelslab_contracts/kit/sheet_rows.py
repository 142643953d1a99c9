"""Rows that every check puts on the sheet of its report."""

from __future__ import annotations

from collections.abc import Mapping

from ..findings import Finding
from ..report import Row

#: Reasons that are told in one line.
_REASONS = 2


def nothing_verified(place: str, not_verified: Mapping[str, str]) -> Row:
    """That no rule was verified at a place; `not_verified` says of each why."""
    reasons = [*dict.fromkeys(not_verified.values())]
    more = f"; and {len(reasons) - _REASONS} more reasons" if len(reasons) > _REASONS else ""
    why = "; ".join(reasons[:_REASONS]) + more
    got = "none that was exercised and kept"
    return Row(Finding("check/nothing-verified", place, "verified by at least one rule", got, "", why))
