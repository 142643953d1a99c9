"""What the vendor says when things go wrong, by situation and dialect: the typed view of `situations.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .document import read_data
from .endpoint import Endpoint
from .profiles import Profile

FILE = Path(__file__).parent / "situations.yaml"
#: Situations that a story or a magic key can ask for by name.
CAN_BE_ASKED = ("invalid-key", "no-credits", "plan", "rate-limited", "server-error", "unavailable", "error")


class Situation(NamedTuple):
    """One refusal as one dialect puts it. `status` None means: as the endpoint's fetch call declares."""

    name: str
    status: int | None
    text: Any
    branch: str
    tip: str | None
    retry_after: int | None

    def with_text(self, text: Any) -> Situation:
        """The same situation with its text filled in."""
        return self._replace(text=text)

    def status_for(self, endpoint: Endpoint | None) -> int:
        """The HTTP status, asking the endpoint where that decides."""
        if self.status is not None:
            return self.status
        return endpoint.unknown_id_status if endpoint else 404


def situation(name: str, profile: Profile) -> Situation:
    """The situation `name` in the dialect of `profile`. Raises KeyError for a name that is no row."""
    return _table()[name, profile.dialect]


@lru_cache(maxsize=1)
def rows() -> Mapping[str, Mapping[str, Any]]:
    """The table as data: name -> {documented, observed, source, certainty}."""
    return read_data(FILE)


@lru_cache(maxsize=1)
def _table() -> Mapping[tuple[str, str], Situation]:
    table = {}
    for name, row in rows().items():
        for dialect in ("documented", "observed"):
            cell = row[dialect]
            status = None if cell["status"] == "by-contract" else cell["status"]
            table[name, dialect] = Situation(
                name, status, cell["text"], cell.get("branch", "error"), cell.get("tip"), cell.get("retry_after")
            )
    return table
