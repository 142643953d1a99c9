"""`@client_contract`: what becomes of functions, methods and classes under pytest, and what a person is told."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

import modelslab_mock
from modelslab_contracts.kit.check_client import CheckError
from modelslab_contracts.kit.client_report import ClientBroken
from modelslab_mock import StaleEntryWarning, client_contract

from .inner import run

FLUX = "images-flux-v6"
HEAD = """
import asyncio, time
import pytest, requests
from modelslab_mock import check_client, client_contract

class Failed(Exception):
    pass

def read(reply):
    try:
        told = reply.json()
    except ValueError:
        raise Failed(f"{reply.status_code}: no JSON") from None
    if not isinstance(told, dict) or told.get("status") not in ("success", "processing", "error", "failed"):
        raise Failed(f"{reply.status_code}: {told}")
    return told

def generate(base_url, key, request):
    url = f"{base_url}/api/v6/images/text2img"
    reply = read(requests.post(url, json={"key": key, **request}, timeout=30, allow_redirects=False))
    at = None
    for _ in range(200):
        if reply["status"] == "success":
            return reply["output"]
        if reply["status"] in ("error", "failed"):
            raise Failed(reply.get("message") or reply.get("messege") or "failed")
        at = at or f"{base_url}/api/v6/images/fetch/{reply['id']}"
        time.sleep(3)
        reply = read(requests.post(at, json={"key": key}, timeout=30, allow_redirects=False))
    raise TimeoutError("the job did not end")

flux = client_contract(endpoint="images-flux-v6", stories=6)
more = client_contract(endpoint="images-flux-v6", stories=60)
"""
MANY = """
calls = []

@pytest.fixture
def folder(tmp_path):
    return tmp_path

@flux
def test_a_function(base_url, key, request):
    calls.append(key)
    return generate(base_url, key, request)

def test_it_was_played_so_many_stories():
    assert len(calls) >= 6 and len(set(calls)) == len(calls)

@flux
async def test_a_coroutine(base_url, key, request):
    return await asyncio.to_thread(generate, base_url, key, request)

@flux
def test_with_fixtures(a, b, c, folder):
    assert folder.is_dir()
    return generate(a, b, c)

@pytest.mark.parametrize("n", [1, 2])
@flux
def test_with_parameters(base_url, key, request, n, *, folder):
    assert n and folder.is_dir()
    return generate(base_url, key, request)

@flux
@pytest.mark.skip(reason="a mark below is kept")
def test_skipped(base_url, key, request):
    raise AssertionError

class TestOne:
    @flux
    def test_a_method(self, base_url, key, request, folder):
        assert isinstance(self, TestOne) and folder
        return generate(base_url, key, request)

@flux
class TestAll:
    def test_in_a_class(self, base_url, key, request):
        return generate(base_url, key, request)

    def helper(self):
        return 7

test_the_client_itself = flux(generate)

@more
def test_first_only(base_url, key, request):
    return generate(base_url, key, request)[:1]

@pytest.mark.modelslab("success")
@flux
def test_in_another_time(base_url, key, request):
    return generate(base_url, key, request)

def test_by_hand():
    check_client(lambda *given: generate(*given)[:1], endpoint="images-flux-v6", stories=60).raise_for_findings()
"""
GOOD = {
    *(
        "test_a_function",
        "test_it_was_played_so_many_stories",
        "test_a_coroutine",
        "test_with_fixtures",
        "TestOne::test_a_method",
    ),
    *("test_with_parameters[1]", "test_with_parameters[2]", "TestAll::test_in_a_class", "test_the_client_itself"),
}


def test_whatever_is_decorated_is_a_test_and_a_broken_rule_fails_it_with_the_report(tmp_path: Path) -> None:
    ran = run(tmp_path, MANY, head=HEAD)
    assert {name for name, outcome in ran.outcomes.items() if outcome == "passed"} == GOOD, ran.output
    assert {name for name, outcome in ran.outcomes.items() if outcome == "failed"} == {
        "test_first_only",
        "test_in_another_time",
        "test_by_hand",
    }
    told = ran.section("test_first_only")
    assert told.startswith("\nMUST  client/loses-pictures  (")
    assert re.search(r"  Story: the job goes well. Asked for: model_id='[^']+', 'a fox', samples=4\n", told)
    assert "images-flux-v6: 1 rule broken, " in told
    assert told.count("client/loses-pictures") == 1, "once, and without lines of ours"
    assert ".py" not in told.partition("----")[0]
    assert ran.section("test_in_another_time").startswith(
        "\na client is checked in a time of its own, without modelslab_mock or its mark: time is tied already"
    )
    by_hand = ran.section("test_by_hand")
    assert ">       check_client(lambda *given: " in by_hand
    assert "client_report.py" not in by_hand


def test_with_workers_they_are_spread_and_told_alike(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    body = (
        MANY[: MANY.index("def test_it_was_played")]
        + MANY[MANY.index("test_the_client_itself") : MANY.index("@pytest.mark.mod")]
    )
    ran = run(tmp_path, body, "-p", "xdist", "-n", "2", head=HEAD)
    assert "test_first_only" in ran.output
    assert "MUST  client/loses-pictures  (" in ran.output
    assert "2 passed" in ran.output.splitlines()[-1]
    assert "1 failed" in ran.output.splitlines()[-1]


ENTRY = '[[accepted]]\nrule = "client/loses-pictures"\nreason = "first only, on purpose"\n'
KNOWN = """
@client_contract(endpoint="images-flux-v6", stories=60, known="known.toml")
def test_first_only(base_url, key, request):
    return generate(base_url, key, request)[:1]
"""


def test_a_file_beside_the_test_accepts_findings(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(ENTRY)
    ran = run(tmp_path, KNOWN, head=HEAD)
    assert ran.outcomes == {"test_first_only": "passed"}, ran.output
    assert "ACCEPTED  client/loses-pictures" in ran.output


def test_a_wrong_word_is_told_when_tests_are_collected(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(ENTRY.replace("loses-p", "looses-p"))
    ran = run(tmp_path, KNOWN, head=HEAD)
    assert ran.code == 2
    assert "known.toml:2: unknown rule 'client/looses-pictures'; did you mean 'client/loses-pictures'?" in ran.output


# --- without a run of pytest -------------------------------------------------------------------------------------------


def refuses(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    raise RuntimeError("not today")


def never_looks(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    requests.post(f"{base_url}/api/v6/images/text2img", json={"key": key, **request}, timeout=9)
    return ["https://a.example/b.png"]


def test_nothing_verified_fails_too() -> None:
    test = client_contract(endpoint=FLUX, stories=2)(refuses)
    with pytest.raises(ClientBroken, match="0 rules broken, 0 verified"):
        test()  # type: ignore[call-arg] # a test has no parameters any more


def test_an_entry_that_is_not_needed_any_more_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text('[[accepted]]\nrule = "client/*"\nreason = "so"\nuntil = 2001-01-01\n')
    test = client_contract(endpoint=FLUX, stories=10, known=file)(never_looks)
    with pytest.warns(StaleEntryWarning, match=r"known\.toml:1: .*accepted until 2001-01-01"), pytest.raises(ClientBroken):
        test()  # type: ignore[call-arg]


def test_it_takes_every_word_of_a_check_but_the_client_and_the_replay() -> None:
    def words(of: Callable[..., Any]) -> dict[str, Any]:
        return {name: each.default for name, each in inspect.signature(of).parameters.items()}

    mine = words(modelslab_mock.check_client)
    theirs = words(client_contract)
    assert (theirs.pop("bare"), theirs.pop("endpoint")) == (None, ""), "for one sentence where neither is said"
    assert theirs == {name: each for name, each in mine.items() if name not in ("generate", "replay", "endpoint")}


def test_without_parentheses_or_an_endpoint_it_is_one_sentence() -> None:
    says = r"^client_contract takes parentheses and an endpoint, as in @client_contract\(endpoint='images-flux-v6'\)$"
    with pytest.raises(CheckError, match=says):
        client_contract(keyless)  # type: ignore[arg-type] # as @client_contract alone does it
    with pytest.raises(CheckError, match=says):
        client_contract()


def keyless(base_url: str) -> list[str]:
    return []


def pictures() -> Any:
    yield "https://a.example/b.png"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (
            keyless,
            "keyless(base_url: 'str') -> 'list[str]' is to be called with (base_url, key, request), and does not take that",
        ),
        (pictures, "pictures is a generator: a client returns its pictures, or raises"),
        (7, "a function can be decorated, or a class of tests, not 7"),
        (type("Client", (), {"generate": refuses}), "Client has no method whose name begins with 'test'"),
    ],
)
def test_what_is_no_client_is_told_where_it_is_decorated(what: Any, says: str) -> None:
    with pytest.raises(CheckError) as raised:
        client_contract(endpoint=FLUX)(what)
    assert says in str(raised.value)


def test_words_are_checked_before_anything_runs() -> None:
    with pytest.raises(CheckError, match="unknown endpoint 'image-flux-v6'; did you mean 'images-flux-v6'"):
        client_contract(endpoint="image-flux-v6")
    with pytest.raises(CheckError, match=r"known\.toml: No such file"):
        client_contract(endpoint=FLUX, known="known.toml")(refuses)


class Client:
    """A client that is called itself."""

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
        return refuses(base_url, key, request)


@pytest.mark.parametrize("what", [Client(), Client().__call__, functools.partial(refuses)])
def test_any_callable_will_do(what: Any) -> None:
    test = client_contract(endpoint=FLUX, stories=1)(what)
    assert not inspect.signature(test).parameters
    with pytest.raises(ClientBroken):
        test()
