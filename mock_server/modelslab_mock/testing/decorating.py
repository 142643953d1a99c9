"""Functions and classes of tests, each call of which runs in a scope of its own."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from .problems import MockServerError
from .scope import MockScope

D = TypeVar("D", bound=Callable[..., Any])
#: Whoever has a parameter of this name is given the scope.
PARAMETER = "mock"
_TEST = "test"


class Scoped(Protocol):
    """A scope that can be entered once."""

    def __enter__(self) -> MockScope: ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def check(self) -> None:
        """Raises MockServerFailure when something went otherwise than was said."""

    def leave(self) -> None:
        """End it without a judgement."""


Make = Callable[[], Scoped]


def decorated(what: D, make: Make) -> D:
    """`what`, in scopes that `make` makes. Raises MockServerError for what cannot be decorated."""
    given: Any = what
    if isinstance(given, type):
        if issubclass(given, unittest.TestCase):
            _around_tests(given, make)
        else:
            for name, each in list(vars(given).items()):
                if name.startswith(_TEST) and inspect.isfunction(each):
                    setattr(given, name, decorated(each, make))
        return what
    if inspect.isgeneratorfunction(given) or inspect.isasyncgenfunction(given):
        name = getattr(given, "__qualname__", given)
        raise MockServerError(
            f"{name} is a generator, which runs after its call has ended: use `with MockServer(…)` inside of it"
        )
    if not callable(given):
        raise MockServerError(f"a function or a class can be decorated, not {given!r}; MockServer takes options by name")
    decorated_function: D = _function(given, make)
    return decorated_function


def _function(function: Any, make: Make) -> Any:
    signature = inspect.signature(function)
    takes_it = PARAMETER in signature.parameters

    def given(scope: MockScope, named: dict[str, Any]) -> dict[str, Any]:
        return {**named, PARAMETER: scope} if takes_it and PARAMETER not in named else named

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run(*args: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            with make() as scope:
                return await function(*args, **given(scope, named))

        result: Any = run
    else:

        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            with make() as scope:
                return function(*args, **given(scope, named))

        result = call
    if takes_it:  # a test runner that fills in parameters must not look for this one
        others = [each for name, each in signature.parameters.items() if name != PARAMETER]
        result.__signature__ = signature.replace(parameters=others)
    return result


def _around_tests(case: type[unittest.TestCase], make: Make) -> None:
    """Every test of a TestCase, with its `setUp` and `tearDown`, in a scope that is judged when the test method returns."""
    run, original = case.run, case.setUp

    @functools.wraps(original)
    def set_up(self: Any) -> None:
        scoped = self.modelslab_scoped = make()
        self.mock = scoped.__enter__()
        self.addCleanup(scoped.leave)
        original(self)

    @functools.wraps(run)
    def run_judged(self: Any, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        name = self.id().rpartition(".")[2]
        own = vars(self).get(name)  # pytest puts a function of its own there
        setattr(self, name, _judged(getattr(self, name), self))
        try:
            return run(self, result)
        finally:
            delattr(self, name)
            if own is not None:
                setattr(self, name, own)

    case.setUp = set_up  # type: ignore[method-assign]
    case.run = run_judged  # type: ignore[method-assign]


def _judged(method: Any, case: Any) -> Any:
    """A test method, judged when it went well. What it carries for its runner (skips and such) is kept."""
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def run(*args: Any) -> None:
            __tracebackhide__ = True
            await method(*args)
            case.modelslab_scoped.check()

        return run

    @functools.wraps(method)
    def call(*args: Any) -> None:
        __tracebackhide__ = True
        method(*args)
        case.modelslab_scoped.check()

    return call
