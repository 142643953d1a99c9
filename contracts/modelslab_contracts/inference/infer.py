"""Foreign documents as endpoints: the same frozen values that our own contracts make, and a table of what was guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..contract import endpoint_of
from ..document import check_words
from ..endpoint import Endpoint
from ..findings import Finding
from ..loading import Loaded
from .builder import Builder, Guess
from .drafts import Draft, bare, drafts
from .fetches import fetches_of
from .urls import settled


class Inferred(NamedTuple):
    """What foreign documents came to."""

    endpoints: Mapping[str, Endpoint]
    guesses: tuple[Guess, ...]
    findings: tuple[Finding, ...]


def infer(documents: Sequence[Loaded], ours: Mapping[str, Endpoint] | None = None) -> Inferred:
    """The endpoints of foreign documents. `ours` are contracts whose fetch calls may serve their jobs as well.

    A document that uses our own words declares all of this itself, and is taken at its word. Raises ContractError.
    """
    declared = {each.name: endpoint_of(each.document) for each in documents if check_words(each.document)}
    found = drafts(each for each in documents if each.name not in declared)
    fetches = [each for each in found if each.kind == "fetch"]
    ours = {**(ours or {}), **declared}
    guesses: list[Guess] = []
    made: list[tuple[Draft, Endpoint]] = []
    used: set[int] = set()
    names = set(declared)
    for draft in found:
        if draft.kind == "fetch":
            continue
        builder = Builder(draft, _name(draft, found, names), guesses)
        if draft.kind == "submit":
            of_it = fetches_of(draft, fetches, ours.values())
            used.update(map(id, of_it.drafts))
            made.append((draft, builder.job(of_it)))
        else:
            made.append((draft, builder.plain()))
    asked_by_ours = {bare(call.path) for each in ours.values() for call in each.fetches}
    for draft in fetches:
        if id(draft) in used or bare(draft.operation.path) in {bare(call.path) for _, each in made for call in each.fetches}:
            continue
        name = _name(draft, found, names)
        if bare(draft.operation.path) in asked_by_ours:
            why = "it is the fetch call of a contract of ours, and no document named here has a submit for it"
            guesses.append(Guess(name, "left out", draft.operation.path, "inferred", why))
        else:
            guesses.append(Guess(name, "plain call", draft.operation.path, "guessed", "a fetch call that no submit belongs to"))
            made.append((draft, Builder(draft, name, guesses).plain()))
    endpoints, findings = settled(made)
    for each in endpoints:
        if each.selector is not None:
            taken = (
                f"{each.selector[0]} {'is there' if not each.selector[1].pattern else 'matches ' + each.selector[1].pattern}"
            )
            guesses.append(Guess(each.name, "chosen by", taken, "inferred", "another document has the same address"))
    kept = {each.name for each in endpoints} | {each.endpoint for each in guesses if each.about == "left out"}
    return Inferred(
        {**declared, **{each.name: each for each in endpoints}},
        tuple(each for each in guesses if each.endpoint in kept),
        findings,
    )


def served(ours: Mapping[str, Endpoint], inferred: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """Ours and the inferred ones together: an address that a foreign document names is no longer ours."""
    taken = {(each.submit.method, bare(each.submit.path)) for each in inferred.values()}
    kept = {}
    for name, each in ours.items():
        if (each.submit.method, bare(each.submit.path)) not in taken:
            plain = tuple(call for call in each.plain if (call.method, bare(call.path)) not in taken)
            kept[name] = each if len(plain) == len(each.plain) else replace(each, plain=plain)
    return {**kept, **inferred}


def _name(draft: Draft, found: Iterable[Draft], names: set[str]) -> str:
    several = sum(each.of == draft.of and each.kind != "fetch" for each in found) > 1
    plain = f"{draft.of}-{draft.operation.name}" if several else draft.of
    name, n = plain, 1
    while name in names:
        name, n = f"{plain}-{n + 1}", n + 1
    names.add(name)
    return name
