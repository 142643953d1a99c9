"""What a run says about itself: which lever holds and what that means, what was refused, why nothing came."""

from __future__ import annotations

from collections import Counter

from modelslab_contracts.findings import Finding

from .tally import Tally

_SHOWN = 12

CONTAINED = (
    "contained: a private network namespace. Escape is impossible, whatever the runtime; the vendor's hosts are the emulator "
    "and {others}"
)
LED = (
    "not contained ({why}): preloads and a proxy. Escape is impossible for no runtime; detected, and named at the end, for "
    "Python and Node; not prevented for what ignores HTTPS_PROXY (raw sockets, Java, static binaries); {others}"
)


def first_line(why_not: str, allowed: int, *, contained: bool, block: bool) -> str:
    """Which lever holds, and for which runtimes escape is impossible, detected or not prevented."""
    but = f"but for {allowed} allowed" if allowed else ""
    if contained:
        return CONTAINED.format(others=f"all others are refused {but}".rstrip())
    return LED.format(why=why_not, others=f"other hosts are refused {but}".rstrip() if block else "other hosts pass")


def of_refused(refused: Counter[str]) -> str:
    """One sentence that names every host that was refused; "" for none."""
    return f"refused: {_listed(refused)}; --allow-host HOST lets one pass" if refused else ""


def of_addresses(attempts: int) -> str:
    """One sentence on connections to addresses, in a namespace, where nobody learns which ones."""
    tries = "1 try" if attempts == 1 else f"{attempts} tries"
    return f"refused: {tries} to reach an address outside without asking for a name" if attempts else ""


def of_passed(passed: Counter[str]) -> str:
    """One sentence that names the hosts that were reached; "" for none."""
    return f"let through to other hosts: {_listed(passed)}" if passed else ""


def of_silence(tally: Tally, command: str, *, contained: bool) -> str:
    """One sentence on why the emulator saw no request, as far as that can be told."""
    said = "the emulator saw no request: "
    if tally.begun:
        return (
            f"{said}a client greeted {_listed(tally.begun)} over https and hung up; it does not trust the certificate of this "
            "run (a store of its own, or pinned certificates)"
        )
    if tally.refused:
        return f"{said}{command} asked for other hosts only, and they were refused"
    if contained:
        return (
            f"{said}{command} never connected to one of the vendor's hosts; is it the part of the program that calls the API?"
        )
    return (
        f"{said}{command} never called one of the vendor's hosts, or its runtime ignores preloads and HTTPS_PROXY "
        "and went past; --contain require makes sure"
    )


def nothing_seen(command: str, silence: str) -> Finding:
    """The same for a report, which must not look as if all were well."""
    wanted, why = "a program whose requests reach the emulator", silence.partition(": ")[2]
    return Finding("check/nothing-verified", _printable(command), wanted, "no request", "", why)


def _listed(names: Counter[str]) -> str:
    shown = [_printable(name) for name, _ in names.most_common(_SHOWN)]
    more = len(names) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _printable(name: str) -> str:
    return name if name.isprintable() else name.encode("unicode_escape").decode()
