"""Options that say which contracts there are, and how they are applied."""

from __future__ import annotations

import argparse

from modelslab_contracts.profiles import PROFILES


def add_spec(parser: argparse.ArgumentParser, *, what: str) -> None:
    """`--spec`: documents of somebody else, for `what` of theirs."""
    text = f"a document, saved page or folder whose {what} as well, as for serve; repeatable"
    parser.add_argument("--spec", metavar="PATH", action="append", default=[], help=text)


def add_profile(parser: argparse.ArgumentParser, *more: str, default: str | None = None) -> None:
    """`--profile`: one of them, or one of `more` words."""
    known = " or ".join((", ".join(PROFILES), *more))
    text = f"how clauses are applied: {known} (default: documented)"
    parser.add_argument("--profile", metavar="NAME", default=default, help=text)
