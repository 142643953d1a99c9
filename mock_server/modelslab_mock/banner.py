"""What a person sees first: where to point a client, how this server behaves, what to try."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from modelslab_contracts.profiles import PROFILES

from .settings import Settings
from .settings_check import OFF
from .version import __version__


def banner(
    settings: Settings,
    origin: str,
    seed: int,
    contracts: tuple[int, int],
    authority: str,
    environment: Mapping[str, str],
    made_up_token: str = "",
) -> str:
    """What a person sees first: where to point a client, how this server behaves, what to try.

    `contracts` counts ours, and the endpoints that come from documents named with --spec.
    `made_up_token` is the token of the control API when nobody set one; a token that was set is not shown.
    """
    rows = [
        ("API", f"{origin}   set this as your client's base URL, instead of https://modelslab.com"),
        ("Contracts", _contracts(*contracts)),
        ("Profile", f"{settings.profile}: {PROFILES[settings.profile].sentence}"),
        ("Clock", f"{settings.clock}      seed {seed}"),
        ("Control", f"{origin}/__mock"),
        ("Keys", _keys(settings) if not settings.replay else "any; each plays the recording from its beginning"),
    ]
    if settings.replay:
        rows.append(("Replay", f"{settings.replay}   only what it holds is answered"))
    if made_up_token:
        rows.append(("Token", f"{made_up_token}   asked for by {origin}/__mock (Authorization: Bearer …); shown only here"))
    if authority:
        rows.append(
            ("Trust", f"{authority}   the certificate authority of this run (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, --cacert)")
        )
    if hint := proxy_hint(environment, origin):
        rows.append(("Proxy", hint))
    if not settings.is_on_loopback:
        rows.append(("Open", f"listening on {settings.host}: whoever reaches this address can {_what_is_open(settings)}"))
    if not settings.is_on_loopback and not (settings.link_host or settings.public_base_url):
        rows.append(("Links", f"point at {origin}; start with --link-host NAME if clients know this server by a name"))
    width = max(len(name) for name, _ in rows)
    lines = [
        f"modelslab-mock {__version__}   offline emulator with placeholder pictures; no model runs, no credits are spent",
        "",
    ]
    lines += [f"  {name:<{width}}  {text}" for name, text in rows]
    return "\n".join([*lines, "", "  Ctrl-C stops it. One line per request follows.", "", ""])


def _contracts(own: int, inferred: int) -> str:
    pages = f"{own} of 5 vendor pages" + (": realtime v6 · images v6 (flux, pony) · v3 · enterprise v1" if not inferred else "")
    if not inferred:
        return pages
    endpoints = f"{inferred} endpoint{'s' if inferred > 1 else ''} from --spec"
    return f"{pages}, and {endpoints} (what was guessed: modelslab-mock specs infer)"


def _what_is_open(settings: Settings) -> str:
    if settings.control_token == OFF:
        return "use it and steer it (control-token is off); prompt directives are off"
    return "use it, and who knows the control token can steer it; prompt directives are off"


def _keys(settings: Settings) -> str:
    if settings.accept_key:
        return "only those given with --accept-key; any other, also one for bad days such as mock-failed, is refused"
    return "any non-empty key works; for bad days: mock-processing  mock-failed  mock-no-credits  mock-rate-limited …"


def proxy_hint(environment: Mapping[str, str], origin: str) -> str:
    """A hint when a proxy is set for the scheme of `origin` and its host is not excepted; "" otherwise."""
    parts = urlsplit(origin)
    names = (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    proxy = next((name for name in names if environment.get(name)), None)
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if proxy is None or {"*", parts.hostname} & {each.strip().strip("[]") for each in excepted.split(",")}:
        return ""
    return f"{proxy} is set: set NO_PROXY=localhost,127.0.0.1,::1 as well, or clients may go to the proxy instead of here"
