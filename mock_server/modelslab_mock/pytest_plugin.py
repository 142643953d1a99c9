"""The pytest plugin: two fixtures and a mark. It imports nothing of ours before a test uses one of them.

A test with `modelslab_mock` owns all traffic for the vendor's hosts; one with `modelslab_mock_server` gets a key of its own
on a server of the session; `@pytest.mark.modelslab(story=…)` says what happens, and by itself means the first of the two.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from .testing.scope import MockScope
    from .testing.shared import SharedScope

MARK = "modelslab"
INTERCEPTING, SERVING = "modelslab_mock", "modelslab_mock_server"
_INI_SPEC = "modelslab_mock_spec"
_EXEC_URL = "MODELSLAB_EXEC_URL"


class Judged(Protocol):
    """What a test used, and what is to be said about it at its end."""

    def judgement(self) -> str:
        """What went otherwise than the test said; "" when nothing did."""


#: What a test uses: the scope to tell of, and who judges it.
_USED = pytest.StashKey[list[tuple["MockScope", Judged]]]()
_SHARED = pytest.StashKey["SharedScope"]()
_PRESENT = pytest.StashKey[pytest.Item | None]()
_WRONG = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """An ini option for what all tests have in common."""
    text = "modelslab-mock: documents, saved pages or folders whose calls the emulator answers as well (a mark's spec wins)"
    parser.addini(_INI_SPEC, text, type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(story, profile, clock, seed, tied, spec, allow_unused, allow_unexpected): what the ModelsLab emulator does in "
        "this test; profile='all' runs it once per profile (modelslab-mock)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with `profile="all"` is run once per profile."""
    marks = [*metafunc.definition.iter_markers(MARK)]
    if marks:
        from modelslab_contracts.profiles import PROFILES

        from .testing.marker import PROFILE, is_for_all

        if is_for_all(marks):
            metafunc.fixturenames.append(PROFILE)
            metafunc.parametrize(PROFILE, list(PROFILES), indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check every mark, let a test that only has the mark use the fixture, and let the emulator be there before others."""
    wrong = []
    registered = {str(line).partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if says := _misspelt(item, registered) or _wrong_with(item, names):
            item.stash[_WRONG] = says
            wrong.append(f"{item.nodeid}: {says}")
            continue
        if INTERCEPTING not in names and SERVING not in names and item.get_closest_marker(MARK) is not None:
            names.append(INTERCEPTING)
        if INTERCEPTING in names:
            _put_first(item, names)
    # In a worker of xdist nobody would hear it: there each of those tests says it for itself.
    if wrong and not hasattr(config, "workerinput"):
        raise pytest.UsageError(*dict.fromkeys(wrong))


@pytest.fixture
def modelslab_mock(request: pytest.FixtureRequest) -> Iterator[MockScope]:
    """The ModelsLab emulator in this process: whatever the test asks of the vendor's hosts, it answers."""
    from .testing.marker import PROFILE, options_of
    from .testing.mock_server import MockServer
    from .testing.problems import MockServerError

    item: Any = request.node
    try:
        options = options_of(item.iter_markers(MARK), _parameters(item).get(PROFILE), _documents(request.config))
        server = MockServer.of(options)
        scope = server.__enter__()
    except MockServerError as problem:
        pytest.fail(f"{INTERCEPTING}: {problem}", pytrace=False)
    item.stash.setdefault(_USED, []).append((scope, server))
    yield scope
    server.leave()


@pytest.fixture(scope="session")
def modelslab_mock_server(request: pytest.FixtureRequest) -> Iterator[MockScope]:
    """The ModelsLab emulator on a real port, for the whole session; `key` and what belongs to it are new for each test.

    Within `modelslab-mock exec` it is that one's.
    """
    from .testing.options import read_spec
    from .testing.problems import MockServerError
    from .testing.shared import AnotherProcess, SharedScope, ThisProcess

    origin = os.environ.get(_EXEC_URL)
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    try:
        spec = read_spec(_documents(request.config))
        shared = SharedScope(AnotherProcess(origin, alone=alone, spec=spec) if origin else ThisProcess(spec))
    except MockServerError as problem:
        pytest.fail(f"{SERVING}: {problem}", pytrace=False)
    request.config.stash[_SHARED] = shared
    if (item := request.config.stash.get(_PRESENT, None)) is not None:
        _begin(item, shared)
    yield shared
    del request.config.stash[_SHARED]
    shared.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin the test's scope on the server of the session, once there is one."""
    item.config.stash[_PRESENT] = item
    if _USED in item.stash:  # it is run once more
        del item.stash[_USED]
    if (wrong := item.stash.get(_WRONG, None)) is not None:
        pytest.fail(wrong, pytrace=False)
    if (shared := item.config.stash.get(_SHARED, None)) is not None:
        _begin(item, shared)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that went well is judged, and fails when something went otherwise than it said."""
    says = ""
    try:
        result = yield
    except (AssertionError, ValueError, UserWarning) as problem:
        if not getattr(problem, "speaks_for_itself", False):
            raise
        says = str(problem).strip()  # the report on a client, or why there is none
    if says:
        pytest.fail(says, pytrace=False)
    for _, judged in item.stash.get(_USED, ()):
        if failure := judged.judgement():
            pytest.fail(f"modelslab-mock: {failure}", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of a failed test tells of its last requests."""
    report = yield
    if report.failed and report.when != "teardown":
        from .testing.telling import last_requests

        names, shared = getattr(item, "fixturenames", ()), item.config.stash.get(_SHARED, None)
        for scope, judged in item.stash.get(_USED, ()):
            if judged is shared and SERVING not in names and not scope.journal:
                continue  # the server of the session, and none of this test's business
            report.sections.append(("modelslab-mock", last_requests(scope)))
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End the test's scope on the server of the session."""
    item.config.stash[_PRESENT] = None
    if (shared := item.config.stash.get(_SHARED, None)) is not None:
        shared.end()


def _begin(item: pytest.Item, shared: SharedScope) -> None:
    from .testing.marker import PROFILE, options_of, words_of
    from .testing.problems import MockServerError

    marks = [*item.iter_markers(MARK)] if SERVING in getattr(item, "fixturenames", ()) else []
    try:
        options = options_of(marks, _parameters(item).get(PROFILE))
        shared.begin(item.nodeid, options, profile="profile" in words_of(marks))
    except MockServerError as problem:
        pytest.fail(f"{SERVING}: {problem}", pytrace=False)
    item.stash.setdefault(_USED, []).append((shared, shared))


def _wrong_with(item: pytest.Item, names: list[str]) -> str:
    marks = [*item.iter_markers(MARK)]
    if not marks:
        return ""
    from .testing.marker import wrong_with

    says = wrong_with(marks, names, _parameters(item))
    return f"@pytest.mark.{MARK}: {says}" if says else ""


def _misspelt(item: pytest.Item, registered: set[str]) -> str:
    """That a mark which nobody registered is probably meant to be ours; pytest would only warn, and nothing would be mocked."""
    for name in {mark.name for mark in item.iter_markers()} - registered:
        import difflib

        if difflib.get_close_matches(name.lower(), (MARK, INTERCEPTING, SERVING), n=1, cutoff=0.8):
            return f"@pytest.mark.{name}: there is no such mark; did you mean @pytest.mark.{MARK}?"
    return ""


def _put_first(item: pytest.Item, names: list[str]) -> None:
    """Set the emulator up before every other fixture of the test itself: what those ask is for it, too."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    others = [name for name in names if name != INTERCEPTING]
    scopes = [known[name][-1].scope if known.get(name) else "" for name in others]
    at = scopes.index("function") if "function" in scopes else len(others)
    names[:] = [*others[:at], INTERCEPTING, *others[at:]]


def _documents(config: pytest.Config) -> list[str]:
    return [str(each) for each in config.getini(_INI_SPEC)]


def _parameters(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return dict(callspec.params) if callspec is not None else {}
