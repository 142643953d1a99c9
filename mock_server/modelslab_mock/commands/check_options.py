"""The options of `modelslab-mock check-client`, checked: everything that can be wrong is found before a story is played."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.profiles import PROFILES

from ..spec_endpoints import known_endpoints
from .command_line import AS_WRITTEN, tell
from .contract_options import add_profile, add_spec
from .option_values import OptionsError, folder, known, number, replay_of
from .report_option import Reports, add_report, opened_beside_text

if TYPE_CHECKING:
    from ..handed.doors import Door
    from .hands import Hand

ALL = "all"
RANDOM = "random"
#: Stories that are drawn unless somebody says how many; each run of a command is a new process.
STORIES, STORIES_OF_A_COMMAND = 300, 60
MOST_STORIES = 1_000_000
#: Whether a program that is led here gets a private network: where there is one, without fail, or never.
CONTAIN = ("auto", "require", "off")
#: The ways to hand over a client, as they stand on the command line.
_WAYS = ("MODULE:FUNCTION", '--adapter "COMMAND"', "-- COMMAND")
#: How a function is called.
CALLED_WITH = "base_url, key, request"
_DESCRIPTION = f"""\
Play drawn stories to a client and report the rules that it breaks, each with the simplest story that shows it.

A Python function is called as function({CALLED_WITH}), returns pictures as addresses or bytes, or raises; it may
be async, and may call https://modelslab.com whatever base_url says. Nothing leaves the process, and no sleep takes time.
An adapter is a program in any language that speaks lines of JSON (docs/adapters; modelslab-mock adapter-selftest tries it).
A command is run once for each picture: MODELSLAB_BASE_URL and MODELSLAB_API_KEY say where to ask and with which key, the
request is on stdin and in MODELSLAB_REQUEST, and its last line is {{"images": [ADDRESS, …]}} or {{"error": "…"}}."""
_EPILOG = """\
exit codes: 0 fine · 1 findings · 2 usage, or the function cannot be imported · 3 not judged · 5 nothing verified

for a start:
  modelslab-mock check-client client:generate
  modelslab-mock check-client src/client.py:generate --endpoint realtime-v6 --level should --stories 1000
  modelslab-mock check-client client:generate --report junit=client.xml --replays found --known known.toml
  modelslab-mock check-client client:generate --story found/client-does-not-know-failed.json
  modelslab-mock check-client --adapter "node adapter.mjs" --endpoint images-flux-v6
  modelslab-mock check-client --stories 30 -- php draw.php"""


#: What a client may do beside polling, each an option: rules about it are verified only then.
DOES = {
    "downloads": "fetches the pictures and returns their bytes",
    "webhooks": "listens for webhooks, on loopback",
    "retries": "orders again after a refusal that passes",
    "flags": "tells of pictures that are not safe for work, by an error or by {'images': [...], 'nsfw': ...}",
    "files": "stores the pictures and returns the paths of files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a check. No endpoint is that of the client's own call; a report without a file goes to stdout."""

    hand: Hand
    is_led: bool
    endpoints: tuple[str, ...]
    there: Mapping[str, Endpoint]
    spec: tuple[str, ...]
    profiles: tuple[str, ...]
    stories: int
    seed: int | None
    level: str
    polls: bool
    does: tuple[str, ...]
    replay: Mapping[str, Any] | None
    reports: Reports
    replays: Path | None
    known: str | None


def add_parser(commands: Any) -> None:
    """Add `check-client` to the command line."""
    parser = commands.add_parser(
        "check-client",
        help="play hundreds of drawn stories to a client, and report what it gets wrong",
        allow_abbrev=False,
        usage="modelslab-mock check-client MODULE:FUNCTION | --adapter COMMAND [options]\n"
        "       modelslab-mock check-client [options] -- COMMAND [ARGUMENT ...]",
        formatter_class=AS_WRITTEN,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    text = "such as client:generate or src/client.py:generate"
    parser.add_argument("target", metavar="MODULE:FUNCTION", nargs="?", help=text)
    parser.add_argument("--adapter", metavar="COMMAND", help='a program that speaks lines of JSON, as "node adapter.mjs"')
    text = "a program that has https://modelslab.com written into it: led here, as exec does it (auto, require or off)"
    parser.add_argument("--exec", metavar="HOW", nargs="?", const=CONTAIN[0], help=text)
    text = f"{', '.join(endpoints())} or {ALL} (default: the one that the client calls)"
    parser.add_argument("--endpoint", metavar="NAME", help=text)
    add_spec(parser, what="endpoints can be named")
    text = f"how many are drawn (default: {STORIES}; of a command {STORIES_OF_A_COMMAND}, because each is a process)"
    parser.add_argument("--stories", metavar="N", help=text)
    parser.add_argument("--seed", metavar="S", default="0", help=f"the same draws the same stories; or {RANDOM} (default: 0)")
    text = "report rules of this level and above: must, should or may (default: must; with --story: may)"
    parser.add_argument("--level", metavar="LEVEL", help=text)
    add_profile(parser, ALL)
    text = "the client never polls: rules about that are not verified"
    parser.add_argument("--no-polls", dest="polls", action="store_false", help=text)
    for name, text in DOES.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"the client {text}")
    text = "play this story alone: a file of --replays, or the JSON itself; what the client prints is then shown"
    parser.add_argument("--story", metavar="FILE", help=text)
    add_report(parser)
    text = "a TOML file of findings that are accepted, each with its reason: they are shown and do not count"
    parser.add_argument("--known", metavar="FILE", help=text)
    parser.add_argument("--replays", metavar="FOLDER", help="write a file for each finding that plays its story again")


def read(given: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """The options, the function imported and files opened. Raises OptionsError."""
    replay = None if given.story is None else replay_of("--story", given.story)
    told = replay or {}
    if replay is not None and ALL in (given.endpoint, given.profile):
        raise OptionsError(f"--story plays one story: {ALL} is not for it")
    endpoint = given.endpoint or told.get("endpoint")
    profile = given.profile or told.get("profile") or "documented"
    level = known("--level", given.level or (LEVELS[0] if replay is None else LEVELS[-1]), LEVELS)
    there = known_endpoints(given.spec)
    chosen = _several("--endpoint", endpoint, there) if endpoint is not None else ()
    profiles = _several("--profile", profile, PROFILES)
    stories = None if given.stories is None else number("--stories", given.stories, 1, MOST_STORIES)
    seed = None if given.seed == RANDOM else number("--seed", given.seed, 0, 2**64 - 1)
    replays = folder("--replays", given.replays) if given.replays else None
    hand = _hand(given, environment)
    reports = opened_beside_text(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
    return Options(
        hand=hand,
        is_led=given.exec is not None,
        endpoints=chosen,
        there=there,
        spec=tuple(given.spec),
        profiles=profiles,
        stories=stories or (STORIES_OF_A_COMMAND if given.program else STORIES),
        seed=seed,
        level=level,
        polls=given.polls,
        does=tuple(each for each in DOES if getattr(given, each)),
        replay=replay,
        reports=reports,
        replays=replays,
        known=given.known,
    )


def _hand(given: argparse.Namespace, environment: Mapping[str, str]) -> Hand:
    """The client, in whichever way it is handed over. Raises OptionsError."""
    ways = (given.target is not None, given.adapter is not None, bool(given.program))
    if sum(ways) != 1:
        several = " or ".join(each for each, is_given in zip(_WAYS, ways, strict=True) if is_given)
        which = f"{several}, one of them" if several else f"name the client: {', '.join(_WAYS[:2])} or {_WAYS[2]}"
        raise OptionsError(which)
    from .hands import ACommand, AnAdapter, Function

    if given.exec is not None and given.target is not None:
        raise OptionsError("--exec is for programs: a Python function finds the emulator at https://modelslab.com anyway")
    if given.program:
        return ACommand(given.program, environment, tell, _door(given, environment))
    if given.adapter is not None:
        try:
            if shlex.split(given.adapter):
                return AnAdapter(given.adapter, environment, tell, _door(given, environment))
        except ValueError as problem:
            raise OptionsError(f"--adapter {given.adapter!r} cannot be read as a shell would: {problem}") from None
        raise OptionsError('--adapter is empty; it is a command, as in --adapter "node adapter.mjs"')
    from .callable_at import CannotImport, callable_at

    try:
        return Function(given.target, callable_at(given.target, CALLED_WITH))
    except CannotImport as problem:
        raise OptionsError(str(problem)) from None


def _door(given: argparse.Namespace, environment: Mapping[str, str]) -> Door:
    """How a program comes to the emulator. Raises OptionsError."""
    from ..handed.doors import Loopback, VendorsHosts

    if given.exec is None:
        return Loopback()
    from ..ways.exec.namespace import CannotContain

    try:
        door = VendorsHosts(environment, known("--exec", given.exec, CONTAIN))
    except CannotContain as problem:
        raise OptionsError(str(problem)) from None
    if door.why_not:
        tell(f"https://modelslab.com leads here by preloads and a proxy ({door.why_not}): not for Java and static programs")
    return door


def _several(option: str, word: Any, words: Collection[str]) -> tuple[str, ...]:
    return tuple(words) if word == ALL else (known(option, str(word), (*words, ALL)),)
