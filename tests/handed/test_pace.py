"""What is told of a long check, and what a client is handed over by."""

from __future__ import annotations

import pytest

from modelslab_mock.cli import main
from modelslab_mock.commands.pace import Pace


def paced(total: int, took: float, waited: float, ways_out: str = "") -> list[str]:
    told: list[str] = []
    pace = Pace(total, ways_out, told.append)
    for _ in range(total):
        pace.step(took, waited)
    return told


def test_nothing_is_told_of_a_check_that_is_soon_over() -> None:
    assert paced(300, 0.05, 400) == []
    assert paced(10, 30, 30) == []


def test_a_client_that_waits_really_hears_of_it_once_with_the_ways_out() -> None:
    (told,) = paced(300, 3, 2.9)
    assert told == (
        "the first 10 stories took the client 30 s, of which it waited 29 s: 300, and the search for the simplest ones, will "
        "take about 20 min. Ways out: tie its time, so that no sleep takes any (docs/adapters); fewer stories (--stories 10)"
    )


def test_one_that_only_starts_slowly_is_not_told_to_tie_its_time() -> None:
    (told,) = paced(60, 0.4, 70, "; an adapter")
    assert told == (
        "the first 10 stories took the client 4 s: 60, and the search for the simplest ones, will take about 31 s. "
        "Ways out: fewer stories (--stories 38); an adapter"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], 'name the client: MODULE:FUNCTION, --adapter "COMMAND" or -- COMMAND'),
        (["a:b", "--adapter", "x"], 'MODULE:FUNCTION or --adapter "COMMAND", one of them'),
        (["--adapter", "x", "--", "y"], '--adapter "COMMAND" or -- COMMAND, one of them'),
        (["--adapter", ""], '--adapter is empty; it is a command, as in --adapter "node adapter.mjs"'),
        (["--adapter", "'x"], '--adapter "\'x" cannot be read as a shell would: No closing quotation'),
    ],
)
def test_a_client_is_handed_over_in_one_way(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-client", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_client_that_cannot_be_called_is_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-client", "--adapter", "there-is-no-such-program", "--endpoint", "images-flux-v6"]) == 3
    out, err = capsys.readouterr()
    assert (out, err) == ("", "modelslab-mock: the adapter cannot be used: there-is-no-such-program: no such command\n")
    assert main(["check-client", "--stories", "1", "--", "there-is-no-such-program"]) == 3
    assert capsys.readouterr().err == "modelslab-mock: there-is-no-such-program: no such command\n"
