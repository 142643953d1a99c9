"""The pages on servers, made from the rules and from the zoo; `make.py` writes them with the others."""

from __future__ import annotations

import sys
from pathlib import Path

from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.kit.servers.rules import DRIVEN_RULES, all_rules

_RULES = """\
# The rules of a server

What `check-server` judges a server by. Each rule has a guard: it judges only where the right answer is beyond doubt. A rule
whose guard never held was *not verified*; it never counts as passed. Each rule has a wrong server that trips it
(`server-liars.md`). `check-trace` judges recordings by those of them that need nobody to drive the server."""

_LIARS = """\
# The zoo of wrong servers

Wrong servers, each one small difference to the emulator (`tests/liars/servers/`). Drawn requests find each of them at the
default budget in at least 19 of 20 seeds; ● is the rule that does. ○ are rules that the same mistake breaks in other requests.
No other rule fires on one, and none at all on the emulator, by 2,000 drawn requests on each of the five contracts."""


def server_rules() -> str:
    """The rules that a server is judged by, from their rows."""
    lines = [_RULES]
    for level in LEVELS:
        found = [each for each in all_rules().values() if each.level == level]
        lines += ["", f"## {level.capitalize()}: {len(found)} rule{'s' if len(found) != 1 else ''}"]
        for each in found:
            masks = f" Explained by {', '.join(f'`{other}`' for other in each.masked_by)}." if each.masked_by else ""
            only = " Only of a server that is driven." if each.id in DRIVEN_RULES else ""
            lines += [
                "",
                f"**`{each.id}`** {each.sentence}  ",
                f"Judged when {each.guard}. Rests on {each.basis}.{only}{masks}",
            ]
    return "\n".join(lines) + "\n"


def server_liars() -> str:
    """Which rule finds which wrong server, from what the servers say of themselves; a test drives them all."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    try:
        from tests.liars.servers import SERVERS
    finally:
        sys.path.pop(0)
    lines = [_LIARS, "", "| | server | what it does wrong | found by |", "|---|---|---|---|"]
    for n, each in enumerate(SERVERS, 1):
        does = " ".join((each.__doc__ or "").split())
        lines.append(f"| {n} | `{each.__name__}` | {does} | `{each.breaks}` |")
    head = "".join(f" {n} |" for n in range(1, len(SERVERS) + 1))
    lines += ["", "## Rule by server", "", f"| rule |{head}", "|---" * (len(SERVERS) + 1) + "|"]
    for rule in all_rules():
        cells = "".join(" ● |" if each.breaks == rule else " ○ |" if rule in each.also else "  |" for each in SERVERS)
        lines.append(f"| `{rule}` |{cells}")
    return "\n".join(lines) + "\n"


PAGES = {"server-rules.md": server_rules, "server-liars.md": server_liars}
