"""Findings of a client that somebody knows: told with the reason, and not counted; and of entries that are over."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import modelslab_mock
from modelslab_contracts.accepted import Entry
from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.accepting import accept
from modelslab_contracts.kit.check_client import CheckError
from modelslab_contracts.kit.client_forms import in_form
from modelslab_contracts.kit.client_report import Report
from modelslab_contracts.place import fingerprint_of

from .careful import Careful
from .zoo import ends

FLUX = endpoints()["images-flux-v6"]
RULE, KEPT = "client/does-not-know-failed", "client/loses-pictures"
DAY = dt.date(2026, 11, 21)
REPLAY = {"story": {"submit": ["processing"], "ends": "failed"}, "request": {"model_id": "flux", "prompt": "a fox"}}
ENTRY = f'[[accepted]]\nrule = "{RULE}"\nwhere = "images-*"\nreason = "the vendor never says failed"\n'


@pytest.fixture(scope="module")
def broken() -> Report:
    """What a client that does not know `failed` comes to, in the story that shows it."""
    return modelslab_mock.check_client(ends.KnowsNoFailed(FLUX), endpoint=FLUX.name, replay=REPLAY)


@pytest.fixture(scope="module")
def drawn() -> Report:
    """What a careful client comes to in a few drawn stories: some rules are exercised, and none is broken."""
    report = modelslab_mock.check_client(Careful(FLUX), endpoint=FLUX.name, stories=30)
    assert KEPT in report.verified
    return report


def accepted(*reports: Report, **words: Any) -> list[Report]:
    entry = Entry(**{"rule": RULE, "reason": "the vendor never says failed", "at": "known.toml:1", **words})
    return accept(reports, [entry], DAY)


def test_an_accepted_finding_is_told_and_does_not_count(broken: Report) -> None:
    assert (broken.exit_code, [each.rule for each in broken.findings]) == (1, [RULE])
    (report,) = accepted(broken, until=DAY)
    assert (report.exit_code, report.ok, report.findings, report.remarks) == (0, True, (), ())
    assert RULE not in report.verified
    assert RULE not in report.not_verified
    report.raise_for_findings()
    text = str(report)
    assert text.startswith(f"ACCEPTED  {RULE}  (1 of 1 stories; known.toml:1, until 2026-11-21)\n")
    assert "  Because: the vendor never says failed\n  Story: the submit is queued; " in text
    assert "images-flux-v6: 0 rules broken, 1 accepted, " in text


@pytest.mark.parametrize(
    ("where", "covers"),
    [
        ("images-flux-v6", True),
        ("*", True),
        (fingerprint_of(RULE, "images-flux-v6"), True),
        ("realtime-v6", False),
        ("images-flux-v6, strict", False),
    ],
)
def test_an_entry_may_be_about_one_endpoint_or_profile(where: str, covers: bool, broken: Report) -> None:
    assert accepted(broken, where=where)[0].ok is covers


def test_under_a_profile_the_endpoint_alone_covers_it_too(broken: Report) -> None:
    (found,) = broken.findings
    reduced = found.reduced._replace(run=replace(found.reduced.run, profile="strict"))
    under_strict = replace(broken, profile="strict", findings=(replace(found, reduced=reduced),))
    for where in ("images-flux-v6", "images-flux-v6, strict", "*strict"):
        assert accepted(under_strict, where=where)[0].ok, where


def test_an_entry_that_is_over_gives_the_finding_back_and_says_so(broken: Report) -> None:
    (report,) = accepted(broken, until=DAY - dt.timedelta(1))
    assert (report.exit_code, report.accepted) == (1, ())
    assert str(report).endswith(
        "\nwarning accepted/expired  known.toml:1: must be an entry that still holds, "
        f"got {RULE}, accepted until 2026-11-20 (it counts again)"
    )


def test_an_entry_for_a_rule_that_is_kept_now_is_told_of_and_one_that_was_not_tried_is_not(drawn: Report) -> None:
    (report,) = accepted(drawn, rule=KEPT)
    assert report.ok
    assert [each.rule for each in report.remarks] == ["accepted/passes-now"]
    assert str(report).splitlines()[-1] == (
        f"warning accepted/passes-now  known.toml:1: must be an entry that accepts something, "
        f"got {KEPT}, which is not found any more (delete it)"
    )
    missed = next(iter(drawn.not_verified))
    assert accepted(drawn, rule=missed)[0].remarks == ()
    assert accepted(drawn, rule=KEPT, where="realtime-v6")[0].remarks == ()


def test_one_story_played_again_says_nothing_of_other_rules(broken: Report) -> None:
    (verified, *_) = broken.verified
    assert accepted(broken, rule=verified)[0].remarks == ()


def test_an_entry_about_several_endpoints_is_needed_while_one_of_them_shows_it(broken: Report, drawn: Report) -> None:
    both = accepted(broken, replace(drawn, exercised={**drawn.exercised, RULE: 5}))
    assert [each.ok for each in both] == [True, True]
    assert [each.remarks for each in both] == [(), ()]


def test_the_form_for_programs_holds_them_with_their_reasons(broken: Report) -> None:
    (told,) = json.loads(in_form("json", accepted(broken, until=DAY), lambda _: "again"))
    (found,) = told["accepted"]
    assert (told["exit_code"], told["findings"], told["remarks"]) == (0, [], [])
    assert (found["rule"], found["reason"], found["until"]) == (RULE, "the vendor never says failed", "2026-11-21")
    assert (found["entry"], found["again"], found["replay"]["rule"]) == ("known.toml:1", "again", RULE)


def test_a_check_takes_the_file_and_refuses_one_that_it_cannot_use(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text(ENTRY)
    client = ends.KnowsNoFailed(FLUX)
    assert modelslab_mock.check_client(client, endpoint=FLUX.name, replay=REPLAY, known=file).ok
    file.write_text(ENTRY + "until = 2001-01-01\n")
    assert not modelslab_mock.check_client(client, endpoint=FLUX.name, replay=REPLAY, known=str(file)).ok
    file.write_text(ENTRY.replace("images-*", "video-*"))
    with pytest.raises(CheckError, match=r"known\.toml:3: there is no 'video-\*'"):
        modelslab_mock.check_client(client, endpoint=FLUX.name, replay=REPLAY, known=file)
