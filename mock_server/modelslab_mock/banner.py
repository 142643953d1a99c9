"""What a person sees first: where to point a client, how this server behaves, what to try."""

from __future__ import annotations

from collections.abc import Mapping

from modelslab_contracts.profiles import PROFILES

from .settings import Settings
from .version import __version__


def banner(settings: Settings, origin: str, seed: int, contracts: int, authority: str, environment: Mapping[str, str]) -> str:
    """What a person sees first: where to point a client, how this server behaves, what to try."""
    rows = [
        ("API", f"{origin}   set this as your client's base URL, instead of https://modelslab.com"),
        ("Contracts", f"{contracts} of 5 vendor pages: realtime v6 · images v6 (flux, pony) · v3 · enterprise v1"),
        ("Profile", f"{settings.profile}: {PROFILES[settings.profile].sentence}"),
        ("Clock", f"{settings.clock}      seed {seed}"),
        ("Control", f"{origin}/__mock"),
        ("Keys", "any non-empty key works; for bad days: mock-processing  mock-failed  mock-no-credits  mock-rate-limited …"),
    ]
    if authority:
        rows.append(
            ("Trust", f"{authority}   the certificate authority of this run (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, --cacert)")
        )
    if hint := proxy_hint(environment):
        rows.append(("Proxy", hint))
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        rows.append(
            ("Open", f"listening on {settings.host}: whoever reaches this address can use it; prompt directives are off")
        )
    width = max(len(name) for name, _ in rows)
    lines = [
        f"modelslab-mock {__version__}   offline emulator with placeholder pictures; no model runs, no credits are spent",
        "",
    ]
    lines += [f"  {name:<{width}}  {text}" for name, text in rows]
    return "\n".join([*lines, "", "  Ctrl-C stops it. One line per request follows.", "", ""])


def proxy_hint(environment: Mapping[str, str]) -> str:
    """A hint when a proxy is set for http and loopback is not excepted; "" otherwise."""
    proxy = next((name for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY") if environment.get(name)), None)
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if proxy is None or "*" in excepted or {"localhost", "127.0.0.1"} & {each.strip() for each in excepted.split(",")}:
        return ""
    return f"{proxy} is set: set NO_PROXY=localhost,127.0.0.1,::1 as well, or clients may go to the proxy instead of here"
