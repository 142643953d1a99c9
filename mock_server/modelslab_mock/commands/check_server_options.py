"""The options of `modelslab-mock check-server`, checked: everything that can be wrong is found before anything is sent."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.profiles import PROFILES

from .command_line import AS_WRITTEN
from .contract_options import add_profile
from .option_values import OptionsError, folder, known, number, number_or_none, replay_of
from .report_option import Reports, add_report, opened_beside_text

RANDOM = "random"
MOST = 1_000_000
KEY_VARIABLE = "MODELSLAB_API_KEY"
_DESCRIPTION = """\
Send drawn orders to a server (this emulator, another mock, the real API): right ones, ones on a boundary and wrong ones.
Jobs are followed to their end, and fetched again. Answers, jobs and pictures are judged by the contract; each finding is
told with the simplest request that shows it."""
_EPILOG = """\
Beyond this machine a server needs a key, and orders cost what they cost: the number of requests and pictures is told first, and
nothing is sent before you confirm it (--yes, or by hand at a terminal). The key is in no report.

exit codes: 0 fine · 1 findings · 2 usage, or not confirmed · 3 not judged · 5 nothing verified

for a start:
  modelslab-mock check-server http://127.0.0.1:4777
  modelslab-mock check-server http://127.0.0.1:8000 --contract realtime-v6 --requests 1000 --level may
  modelslab-mock check-server https://modelslab.com --contract realtime-v6 --max-images 10
  modelslab-mock check-server http://127.0.0.1:8000 --report junit=server.xml --replays found"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a check. No contracts are those that the server has; None of a number is the usual one."""

    url: str
    contracts: tuple[str, ...]
    profile: str
    key: str
    requests: int | None
    max_requests: int | None
    max_images: int | None
    seed: int | None
    level: str
    yes: bool
    replay: Mapping[str, Any] | None
    reports: Reports
    replays: Path | None


def add_parser(commands: Any) -> None:
    """Add `check-server` to the command line."""
    parser = commands.add_parser(
        "check-server",
        help="send drawn orders to any server, and report what it gets wrong",
        allow_abbrev=False,
        usage="modelslab-mock check-server URL [options]",
        formatter_class=AS_WRITTEN,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("url", metavar="URL", help="the server's origin, such as http://127.0.0.1:4777")
    text = f"{', '.join(endpoints())}; repeatable (default: those that the server has)"
    parser.add_argument("--contract", metavar="NAME", action="append", default=[], help=text)
    add_profile(parser)
    parser.add_argument("--key", metavar="KEY", help=f"the API key (default: that of {KEY_VARIABLE}; on this machine, any)")
    text = "how many are drawn for each contract (default: 300 on this machine, else 40)"
    parser.add_argument("--requests", metavar="N", help=text)
    text = "send no more than so many in all, with fetches and pictures (default: no bound on this machine, else 400)"
    parser.add_argument("--max-requests", metavar="N", help=text)
    text = "order no more pictures than so many in all (default: no bound on this machine, else 40)"
    parser.add_argument("--max-images", metavar="N", help=text)
    parser.add_argument("--seed", metavar="S", default="0", help=f"the same draws the same requests; or {RANDOM} (default: 0)")
    text = "report rules of this level and above: must, should or may (default: must; with --replay: may)"
    parser.add_argument("--level", metavar="LEVEL", help=text)
    parser.add_argument("--yes", action="store_true", help="go on without asking, though orders are paid")
    text = "send the request of this finding alone: a file of --replays, or the JSON itself"
    parser.add_argument("--replay", metavar="FILE", help=text)
    add_report(parser)
    parser.add_argument("--replays", metavar="FOLDER", help="write a file for each finding that sends its request again")


def read(given: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """The options that were given. Raises OptionsError."""
    replay = None if given.replay is None else replay_of("--replay", given.replay)
    told = replay or {}
    named = given.contract or ([str(told["contract"])] if "contract" in told else [])
    if replay is not None and len(named) != 1:
        raise OptionsError("--replay sends one request: name its contract with --contract")
    contracts = tuple(dict.fromkeys(known("--contract", each, endpoints()) for each in named))
    profile = known("--profile", str(given.profile or told.get("profile") or "documented"), PROFILES)
    level = known("--level", given.level or (LEVELS[0] if replay is None else LEVELS[-1]), LEVELS)
    requests = number_or_none("--requests", given.requests, 1, MOST)
    max_requests = number_or_none("--max-requests", given.max_requests, 1, MOST)
    max_images = number_or_none("--max-images", given.max_images, 1, MOST)
    seed = None if given.seed == RANDOM else number("--seed", given.seed, 0, 2**64 - 1)
    replays = folder("--replays", given.replays) if given.replays else None
    reports = opened_beside_text(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
    return Options(
        url=given.url,
        contracts=contracts,
        profile=profile,
        key=_key("--key", given.key) if given.key is not None else _key(KEY_VARIABLE, environment.get(KEY_VARIABLE, "")),
        requests=requests,
        max_requests=max_requests,
        max_images=max_images,
        seed=seed,
        level=level,
        yes=given.yes,
        replay=replay,
        reports=reports,
        replays=replays,
    )


def _key(option: str, key: str) -> str:
    if not all(each.isprintable() for each in key) or key != key.strip():
        raise OptionsError(f"{option} must be plain text without spaces around it")
    return key
