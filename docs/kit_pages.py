"""The pages on rules of clients and servers and on their zoos, made from what those say; `make.py` writes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.kit.row import Row
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.servers.rules import DrivenRule, all_rules

_ROOT = Path(__file__).parents[1]

_OF_CLIENTS = """\
# The rules of a client

What `check_client` judges a client by. Each rule has a guard: it judges only where the right answer is beyond doubt. A rule
whose guard held in no story was *not verified*; it never counts as passed. Where a rule is broken in the same story as one that
explains it, only that one is told: one root cause, one finding. Each rule has a wrong client that trips it (`liars.md`)."""

_SAYS = {
    "must": "What a page documents, and plain safety: no lost money, no lost key, no lost pictures, no end without an end.",
    "should": "What everybody agrees on, though no page says it.",
    "may": "Style: what good clients do, and others may have reasons not to.",
}

_WRONG_CLIENTS = """\
# The zoo of liars

Wrong clients, each one small difference to a careful one (`tests/liars/`). Drawn stories find each of them at the default
budget in at least 19 of 20 seeds; ● is the rule that does, and the one finding that its report holds. ○ are rules that the
same mistake breaks too, which that one explains. No other rule fires on a liar. On seven careful clients none fires at all, in
2,000 stories for each of them on each of the five endpoints; [how often each rule judged meanwhile, and
when](../benchmarks/careful.md) is a table."""

_OF_SERVERS = """\
# The rules of a server

What `check-server` judges a server by. Each rule has a guard: it judges only where the right answer is beyond doubt. A rule
whose guard never held was *not verified*; it never counts as passed. Each rule has a wrong server that trips it
(`server-liars.md`). `check-trace` judges recordings by those of them that need nobody to drive the server."""

_WRONG_SERVERS = """\
# The zoo of wrong servers

Wrong servers, each one small difference to the emulator (`tests/liars/servers/`). Drawn requests find each of them at the
default budget in at least 19 of 20 seeds; ● is the rule that does. ○ are rules that the same mistake breaks in other requests.
No other rule fires on one, and none at all on the emulator, by 2,000 drawn requests on each of the five contracts."""


def rules() -> str:
    """The rules that a client is judged by, from their rows, and what is not judged."""
    needs = {
        each.id: f" Only of clients with {', '.join(each.needs)}." if each.needs else "" for each in client_rules().values()
    }
    lines = [_OF_CLIENTS, *_by_level(client_rules().values(), needs, _SAYS)]
    mistakes = parse_yaml((_ROOT / "fixtures" / "client_mistakes.yaml").read_bytes(), "client_mistakes.yaml")
    lines += ["", "## What is not judged, and why", "", "| what | why not |", "|---|---|"]
    lines += [f"| {each['what']} | {each['why-not']} |" for each in mistakes if "why-not" in each]
    return "\n".join(lines) + "\n"


def server_rules() -> str:
    """The rules that a server is judged by, from their rows."""
    rows = all_rules().values()
    driven = {each.id: " Only of a server that is driven." for each in rows if isinstance(each, DrivenRule)}
    return "\n".join([_OF_SERVERS, *_by_level(rows, driven, {})]) + "\n"


def _by_level(rows: Iterable[Row[Any, Any]], only: Mapping[str, str], says: Mapping[str, str]) -> list[str]:
    """A heading for each level, with its rules. `only` is of whom a rule is, `says` what a level means."""
    lines, known = list[str](), [*rows]
    for level in LEVELS:
        found = [each for each in known if each.level == level]
        lines += ["", f"## {level.capitalize()}: {len(found)} rule{'s' if len(found) != 1 else ''}"]
        lines += ["", says[level]] if level in says else []
        for each in found:
            masks = f" Explained by {', '.join(f'`{other}`' for other in each.masked_by)}." if each.masked_by else ""
            lines += [
                "",
                f"**`{each.id}`** {each.sentence}  ",
                f"Judged when {each.guard}. Rests on {each.basis}.{only.get(each.id, '')}{masks}",
            ]
    return lines


def liars() -> str:
    """Which rule finds which wrong client; a test plays them all."""
    from tests.liars.zoo import ZOO

    return _zoo(_WRONG_CLIENTS, "liar", ZOO, client_rules())


def server_liars() -> str:
    """Which rule finds which wrong server; a test drives them all."""
    from tests.liars.servers import SERVERS

    return _zoo(_WRONG_SERVERS, "server", SERVERS, all_rules())


def _zoo(head: str, what: str, zoo: Sequence[type[Any]], known: Iterable[str]) -> str:
    """Each wrong one with what it says that it does and the rule that finds it; then every rule by all of them."""
    lines = [head, "", f"| | {what} | what it does wrong | found by |", "|---|---|---|---|"]
    for n, each in enumerate(zoo, 1):
        does = " ".join((each.__doc__ or "").split())
        lines.append(f"| {n} | `{each.__name__}` | {does} | `{each.breaks}` |")
    numbers = "".join(f" {n} |" for n in range(1, len(zoo) + 1))
    lines += ["", f"## Rule by {what}", "", f"| rule |{numbers}", "|---" * (len(zoo) + 1) + "|"]
    for rule in known:
        cells = "".join(" ● |" if each.breaks == rule else " ○ |" if rule in each.also else "  |" for each in zoo)
        lines.append(f"| `{rule}` |{cells}")
    return "\n".join(lines) + "\n"


def _with_tests(make: Callable[[], str]) -> Callable[[], str]:
    """The page of what stands in `tests`, which is no package that anybody installs."""

    def made() -> str:
        sys.path.insert(0, str(_ROOT))
        try:
            return make()
        finally:
            sys.path.pop(0)

    return made


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules,
    "liars.md": _with_tests(liars),
    "server-rules.md": server_rules,
    "server-liars.md": _with_tests(server_liars),
}
