"""`@client_contract(…)`: a function that is a client becomes a test that checks it.

Nothing here knows pytest: what a decorated function is called with is what its signature says, and a client that breaks rules
is an AssertionError whose text is the report.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from modelslab_contracts.accepted import AcceptedError
from modelslab_contracts.kit.accepting import read_known
from modelslab_contracts.kit.check_client import DEFAULT_STORIES, CheckError, endpoint_to_check
from modelslab_contracts.kit.client_report import ClientBroken
from modelslab_contracts.report import line

from .checking import check_client, endpoint_named
from .commands.callable_at import place_of_callable
from .spec_endpoints import paths_of

D = TypeVar("D", bound=Callable[..., Any])
#: What a client is called with; parameters beyond these are whoever runs the test's.
GIVEN = ("base_url", "key", "request")
_TEST = "test"
_EXAMPLE = "images-flux-v6"


class StaleEntryWarning(UserWarning):
    """An entry of a file of accepted findings that is over, or that nothing is found for any more."""

    __module__ = "modelslab_mock"  # where it is imported from
    speaks_for_itself = True  # where warnings are errors


def client_contract(
    bare: None = None,
    /,
    *,
    endpoint: str = "",
    spec: str | Path | Sequence[str | Path] = (),
    stories: int = DEFAULT_STORIES,
    seed: int = 0,
    level: str = "must",
    profile: str = "documented",
    polls: bool = True,
    downloads: bool = False,
    webhooks: bool = False,
    retries: bool = False,
    flags: bool = False,
    files: bool = False,
    defaults: Mapping[str, Any] | None = None,
    known: str | Path | None = None,
) -> Callable[[D], D]:
    """A decorator: the function, called with base URL, key and request as `check_client` does it, is a test of what it returns.

    The three come first, under whatever names; a test runner fills in what comes after them, for all stories at once. It may be
    a coroutine function, or any callable: `test_it = client_contract(endpoint=…)(Client())`. Of a class, every method
    whose name begins with "test" is decorated. `known` is a file beside the test. Raises CheckError.
    """
    if bare is not None or not endpoint:
        raise CheckError(f"client_contract takes parentheses and an endpoint, as in @client_contract(endpoint={_EXAMPLE!r})")
    endpoint_to_check(endpoint_named(endpoint, paths_of(spec)), stories, level, profile)
    words: dict[str, Any] = {
        "endpoint": endpoint, "spec": spec, "stories": stories, "seed": seed, "level": level, "profile": profile,
        "polls": polls, "downloads": downloads, "webhooks": webhooks, "retries": retries, "flags": flags, "files": files,
        "defaults": defaults,
    }  # fmt: skip
    return lambda what: _decorated(what, words, known)


def _decorated(what: Any, words: Mapping[str, Any], known: str | Path | None) -> Any:
    if isinstance(what, type):
        tests = {name: each for name, each in vars(what).items() if name.startswith(_TEST) and inspect.isfunction(each)}
        if not tests:
            raise CheckError(f"{what.__name__} has no method whose name begins with {_TEST!r}, so there is nothing to check")
        for name, each in tests.items():
            setattr(what, name, _test(each, words, known))
        return what
    if not callable(what):
        raise CheckError(f"a function can be decorated, or a class of tests, not {what!r}")
    return _test(what, words, known)


def _test(client: Any, words: Mapping[str, Any], known: str | Path | None) -> Any:
    """The test that checks a client."""
    signature, own = _signature(client)
    home = place_of_callable(client)
    file = _beside(known, home.file if home else "")

    @functools.wraps(client, updated=("__dict__",) if inspect.isroutine(client) else ())
    def test(*args: Any, **named: Any) -> None:
        __tracebackhide__ = True

        def generate(base_url: str, key: str, request: Mapping[str, Any]) -> Any:
            return client(*args[:own], base_url, key, request, *args[own:], **named)

        try:
            report = check_client(generate, **words, known=file)
        except CheckError as problem:
            problem.speaks_for_itself = True
            raise
        for remark in report.remarks:
            warnings.warn_explicit(line(remark), StaleEntryWarning, home.file if home else "", home.line if home else 1)
        if not report.ok:
            broken = ClientBroken(report)
            broken.speaks_for_itself = True
            raise broken
        print(report)

    test.__signature__ = signature  # type: ignore[attr-defined] # which inspect and pytest read
    return test


def _signature(client: Any) -> tuple[inspect.Signature, int]:
    """What is left to be filled in, and how many parameters stand before those of a client. Raises CheckError."""
    name = getattr(client, "__qualname__", type(client).__qualname__)
    own = int(inspect.isfunction(client) and "." in name.rpartition("<locals>.")[2])
    if inspect.isgeneratorfunction(client) or inspect.isasyncgenfunction(client):
        raise CheckError(f"{name} is a generator: a client returns its pictures, or raises")
    signature = inspect.signature(client)
    parameters = [*signature.parameters.values()]
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    takes = [each for each in parameters[own : own + len(GIVEN)] if each.kind in positional]
    rest = parameters[own + len(GIVEN) :]
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters[own : own + len(GIVEN)]):
        takes, rest = [*GIVEN], []  # type: ignore[list-item] # it takes whatever comes
    if len(takes) < len(GIVEN):
        raise CheckError(f"{name}{signature} is to be called with ({', '.join(GIVEN)}), and does not take that")
    left = [each for each in (*parameters[:own], *rest) if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    return signature.replace(parameters=left, return_annotation=inspect.Signature.empty), own


def _beside(known: str | Path | None, file: str) -> Path | None:
    """A file of accepted findings, looked for where the test is. Raises CheckError."""
    if known is None:
        return None
    found = Path(file).parent / known
    try:
        read_known(str(found))
    except AcceptedError as problem:
        raise CheckError(str(problem)) from None
    return found
