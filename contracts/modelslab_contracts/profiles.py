"""How clauses are applied: a profile is a frozen value, and nobody asks which one it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """How a sandbox applies the clauses of a contract.

    `dialect` is the column of the situations table and the mark on profile-bound answer fields; `strict` answers
    like `documented` and differs only in how it reads. `over_cap` is what happens above a maximum that a page caps.
    """

    name: str
    dialect: str
    coerces: bool
    excuses: bool
    over_cap: Literal["cap", "refuse", "echo"]
    takes_duplicates: bool
    escapes_slashes: bool
    sentence: str

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of a profile is the profile: they are told apart by identity, which costs nothing for each request."""
        return PROFILES.__getitem__, (self.name,)


PROFILES: dict[str, Profile] = {
    each.name: each
    for each in (
        Profile(
            "documented",
            "documented",
            coerces=True,
            excuses=True,
            over_cap="cap",
            takes_duplicates=True,
            escapes_slashes=False,
            sentence="as the pages say, and never refusing what a page's own sample sends",
        ),
        Profile(
            "strict",
            "documented",
            coerces=False,
            excuses=False,
            over_cap="refuse",
            takes_duplicates=False,
            escapes_slashes=False,
            sentence="the schema to the letter: no coercion, no excuses",
        ),
        Profile(
            "observed",
            "observed",
            coerces=True,
            excuses=True,
            over_cap="echo",
            takes_duplicates=True,
            escapes_slashes=True,
            sentence="as public clients and captures show it: HTTP 200 with status error, values echoed",
        ),
    )
}
