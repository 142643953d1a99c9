"""MockServer as a decorator of functions, coroutine functions, methods, TestCases and other classes."""

from __future__ import annotations

import asyncio
import inspect
import unittest
from collections.abc import Iterator

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerError, MockServerFailure

from .asking import HOST, submit


def test_each_call_of_a_function_has_a_scope_of_its_own() -> None:
    @MockServer("processing")
    def generate(prompt: str) -> tuple[str, int]:
        answer = submit(prompt=prompt)
        return answer["status"], answer["id"]

    assert generate("a fox") == generate("a fox")
    assert generate("a cat")[0] == "processing"
    with pytest.raises(MockServerFailure, match="width"):
        MockServer()(lambda: submit(width=9_999))()


def test_who_has_a_parameter_called_mock_is_given_it_and_no_test_runner_looks_for_it() -> None:
    @MockServer()
    def count(prompt: str, mock: MockScope) -> int:
        submit(prompt=prompt)
        return len(mock.jobs)

    assert count("a fox") == 1  # type: ignore[call-arg] # given by the decorator
    assert list(inspect.signature(count).parameters) == ["prompt"]
    assert list(inspect.signature(MockServer()(submit)).parameters) == ["key", "more"]


def test_a_coroutine_function() -> None:
    @MockServer("processing eta=3600", tied=True)
    async def wait(mock: MockScope) -> float:
        await asyncio.to_thread(submit)
        await asyncio.sleep(3_600)
        assert mock.jobs[0].status == "success"
        return mock.clock.elapsed

    assert inspect.iscoroutinefunction(wait)
    assert asyncio.run(wait()) >= 3_600  # type: ignore[call-arg]


def test_a_scope_for_async_with() -> None:
    async def within() -> str:
        async with MockServer("success") as mock:
            return str((await asyncio.to_thread(submit))["status"]) + mock.key

    assert asyncio.run(within()) == "successtest-key"


def result_of(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_test_case_with_its_set_up() -> None:
    @MockServer()
    class Good(unittest.TestCase):
        mock: MockScope

        def setUp(self) -> None:
            self.made = submit()

        def test_what_set_up_did_is_in_the_scope(self) -> None:
            assert [each.id for each in self.mock.jobs] == [self.made["id"]]

        def test_and_each_test_has_its_own(self) -> None:
            assert len(self.mock.journal) == 1

    result = result_of(Good)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])


def test_methods_of_a_test_case() -> None:
    class BadMethods(unittest.TestCase):
        @MockServer("processing")
        def test_unused(self) -> None: ...

        @MockServer("processing")
        def test_by_hand(self, mock: MockScope) -> None:
            assert mock.url == HOST
            submit(width=9_999)

    result = result_of(BadMethods)
    assert (result.testsRun, len(result.failures), result.errors) == (2, 2, [])
    assert all("MockServerFailure: story 1 was never used" in text for _, text in result.failures)


def test_a_test_case_that_enters_a_scope_by_hand() -> None:
    class ByHand(unittest.TestCase):
        def setUp(self) -> None:
            self.mock = self.enterContext(MockServer())

        def test_good(self) -> None:
            assert submit()["status"] == "success"

        def test_unused(self) -> None:
            self.mock.story("processing")

    result = result_of(ByHand)
    assert [str(case).split()[0] for case, _ in result.failures] == ["test_unused"]
    assert result.errors == []


def test_a_test_of_a_test_case_that_failed_is_not_judged_again() -> None:
    @MockServer("processing")
    class Bad(unittest.TestCase):
        def test_fails(self) -> None:
            self.fail("by itself")

        def test_unused(self) -> None: ...

    result = result_of(Bad)
    assert result.errors == []
    said = {case._testMethodName: text for case, text in result.failures}
    assert len(result.failures) == 2
    assert "by itself" in said["test_fails"]
    assert "never used" not in said["test_fails"]
    assert "never used" in said["test_unused"]


def test_the_subclasses_of_a_test_case_and_what_their_tests_carry_for_the_runner() -> None:
    @MockServer("processing")
    class Base(unittest.TestCase): ...

    class Worse(Base):
        @unittest.skip("not now")
        def test_skipped(self) -> None: ...

        @unittest.expectedFailure
        def test_expected(self) -> None: ...

        def test_unused(self) -> None: ...

    result = result_of(Worse)
    assert [len(each) for each in (result.failures, result.errors, result.skipped, result.expectedFailures)] == [1, 0, 1, 1]
    assert "never used" in result.failures[0][1]


def test_an_asyncio_test_case() -> None:
    @MockServer("processing eta=3600")
    class Waits(unittest.IsolatedAsyncioTestCase):
        mock: MockScope

        async def test_an_hour(self) -> None:
            await asyncio.to_thread(submit)
            await asyncio.sleep(3_600)
            assert self.mock.jobs[0].status == "success"

    result = result_of(Waits)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])


def test_the_tests_of_another_class() -> None:
    @MockServer()
    class Tests:
        def helper(self) -> str:
            return "left alone"

        def test_one(self, mock: MockScope) -> int:
            submit()
            return len(mock.jobs)

    assert Tests().test_one() == 1  # type: ignore[call-arg]
    assert Tests().helper() == "left alone"


def test_what_cannot_be_decorated_says_so() -> None:
    def fixture() -> Iterator[int]:
        yield 1

    with pytest.raises(MockServerError, match=r"fixture is a generator.*use `with MockServer"):
        MockServer()(fixture)
    with pytest.raises(MockServerError, match="a function or a class can be decorated, not 5"):
        MockServer()(5)  # type: ignore[type-var]
