"""What is sent to a server, how its jobs are followed, what it costs, and how a finding becomes simple."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.run import PLAIN_PROMPT
from modelslab_contracts.kit.servers.budget import Budget, estimate, pictures_of
from modelslab_contracts.kit.servers.check import check
from modelslab_contracts.kit.servers.drive import LONGEST_WAIT_S, Driver
from modelslab_contracts.kit.servers.judge import judge
from modelslab_contracts.kit.servers.line import Answered
from modelslab_contracts.kit.servers.patience import HURRIED_FETCHES, MAX_FETCHES
from modelslab_contracts.kit.servers.probes import SPELLINGS, Probe, probes_of
from modelslab_contracts.kit.servers.report import ServerReport
from modelslab_contracts.kit.servers.visit import Visit
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request

from .servers import Wrong
from .servers.jobs import NeverEnds
from .servers.line import KEY, InProcessLine
from .servers.orders import FailsOnLargeSeeds, TakesTooWide
from .servers.wrong import JSON, Asked

CONTRACTS = sorted(endpoints())
PLENTY = 10**6
REALTIME = endpoints()["realtime-v6"]


class Listening(InProcessLine):
    """The emulator, with all that came and every wait."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self.bodies.append(body)
        return super().ask(method, url, headers, body)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_round_of_probes_keeps_and_breaks_every_clause_of_every_field(name: str, profile: str) -> None:
    table = probes_of(name, 7, profile)
    drawn = [*table.probes(300)]
    asked = {kind: {each.asked.about for each in drawn if each.asked.kind == kind} for kind in ("edge", "invalid")}
    assert asked["edge"] == {(turn.ways.field.name, way.clause) for turn in table.edges for way in turn.values}
    assert {field for field, _ in asked["invalid"]} == {turn.ways.field.name for turn in table.spoiled}
    assert {each.spelling for each in drawn} == set(SPELLINGS)
    assert drawn == [*probes_of(name, 7, profile).probes(300)]
    assert drawn != [*probes_of(name, 8, profile).probes(300)]


@pytest.mark.parametrize("name", CONTRACTS)
def test_what_a_probe_means_is_what_its_contract_reads(name: str) -> None:
    for each in probes_of(name, 1).probes(200):
        if each.spelling == "plain":
            read = read_request(endpoints()[name], each.asked.request, PROFILES["documented"])
            assert (each.means == "refused") is bool(read.problems), each
        if each.means != "refused":
            assert "webhook" not in each.asked.request, "nobody is called"


def test_no_more_is_sent_and_ordered_than_the_budget_has() -> None:
    line = Listening()
    report = check(line, KEY, Budget(60, PLENTY), contract="realtime-v6", probes=100)
    assert (len(line.bodies), report.requests, report.stopped) == (60, 60, "the bound of 60 requests is reached")
    line = Listening()
    report = check(line, KEY, Budget(PLENTY, 5), contract="realtime-v6", probes=60)
    sent = [json.loads(each) for each in line.bodies if b'"prompt"' in each and each.endswith(b"}")]
    taken = [each for each in sent if isinstance(each, dict) and each.get("key")]
    assert report.pictures == 5
    assert report.left_out > 0
    assert taken, "refused orders cost nothing and go on"


def test_an_estimate_is_near_what_is_sent() -> None:
    for name in ("images-flux-v6", "realtime-v6"):
        drawn = [*probes_of(name, 3).probes(80)]
        told = estimate(endpoints()[name], drawn, "documented", Budget(PLENTY, PLENTY))
        report = check(InProcessLine(), KEY, Budget(PLENTY, PLENTY), contract=name, probes=80, seed=3)
        assert told.pictures == report.pictures == sum(pictures_of(endpoints()[name], each, "documented") for each in drawn)
        assert abs(told.requests - report.requests) < 0.25 * report.requests


def test_a_queued_job_is_fetched_after_its_eta_by_each_call_and_again_after_its_end() -> None:
    endpoint = endpoints()["images-flux-v6"]
    line = Listening()
    big = {"model_id": "flux", "prompt": "a cat", "samples": 4}
    probe = Probe(probes_of(endpoint).probe(0).asked._replace(request=big), number=0)
    visit = Driver(endpoint, line, KEY, Budget(PLENTY, PLENTY)).drive(probe)
    roles = [each.role for each in visit.steps]
    assert roles == ["submit", "fetch", "fetch", "other-key", "again", "again", "picture"]
    assert {each.call for each in visit.of("again")} == set(endpoint.fetches), "by each call"
    assert line.waits[0] == visit.submit.reply["eta"] if visit.submit.reply else False
    assert KEY not in repr(visit)


class SaysLater(Wrong):
    """A server whose eta is a day. No liar: only for how long one waits."""

    def told(self, asked: Asked, told: dict[str, object], status: int) -> dict[str, object] | None:
        return {**told, "eta": 86_400} if "eta" in told else None


def test_nobody_waits_as_long_as_a_server_says_nor_for_ever() -> None:
    line = Listening()
    server = NeverEnds(SaysLater(line, REALTIME), REALTIME)
    request = {"prompt": "a cat", "instant_response": True}
    probe = Probe(probes_of(REALTIME).probe(0).asked._replace(request=request), number=1)
    visit = Driver(REALTIME, server, KEY, Budget(PLENTY, PLENTY)).drive(probe)
    assert max(line.waits) == LONGEST_WAIT_S
    assert len([*visit.of("fetch")]) <= MAX_FETCHES
    assert sum(line.waits) < 12 * 60


class SaysSoon(Listening):
    """The emulator on a clock that the waits move, as a stub's would."""

    def now(self) -> float:
        return super().now() + sum(self.waits)


def test_once_a_job_had_no_end_the_next_ones_are_given_up_sooner_and_that_is_told() -> None:
    line = SaysSoon()
    report = check(
        NeverEnds(line, REALTIME), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=60, level="may", seed=3
    )
    found = next(each for each in report.findings if each.rule == NeverEnds.breaks)
    assert report.given_up > 5
    assert found.times == 1, "it is proved by a job that was waited for in earnest, and counted where it is proved"
    assert sum(line.waits) < 200, "the first, two more to be sure of it, and a little for each of the next three"
    assert found.finding.got.startswith("processing after ")
    assert len([*found.reduced.visit.of("fetch")]) > HURRIED_FETCHES
    assert f"\n  given up: {report.given_up} jobs that had not ended: the first after all its wait, " in str(report)


class EndsTheSecond(NeverEnds):
    """Has one job without an end, the first. No liar: only for how the next ones are waited for."""

    breaks = ""

    def retold(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any] | None:
        return super().retold(asked, told) if asked.job_id == next(iter(self.processing), "") else None


def test_jobs_that_end_after_one_that_did_not_are_followed_to_their_end() -> None:
    report = check(
        EndsTheSecond(SaysSoon(), REALTIME), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=60, level="may"
    )
    assert report.given_up == 1
    assert "\n  given up: 1 job that had not ended after all its wait" in str(report)
    assert report.exercised["server/never-ends-a-job"] > 3
    assert [each.rule for each in report.flaky] == [NeverEnds.breaks], "which did not come back"
    assert not report.findings


class Busy(Wrong):
    """Refuses every second order with 429. No liar: a server may."""

    count = 0

    def answer(self, asked: Asked) -> Answered:
        self.count += 1
        if self.count % 2:
            return Answered(429, (*JSON, ("retry-after", "7")), b'{"status":"error","message":"Rate limit exceeded"}')
        return self.pass_on(asked)


def test_a_refusal_that_passes_is_waited_for_and_is_no_finding() -> None:
    line = Listening()
    report = check(Busy(line, REALTIME), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=20)
    assert report.ok, report
    assert 7 in line.waits


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "the server does not accept the key"), (402, "no credits left"), (429, "refuses orders for now"), (0, "not answer")],
)
def test_what_makes_no_sense_to_go_on_with_is_trouble_and_no_finding(status: int, says: str) -> None:
    class Refusing(Wrong):
        def answer(self, asked: Asked) -> Answered:
            told = Answered(status, JSON, b'{"status":"error","message":"no"}', "" if status else "connection refused")
            return told if asked.role == "submit" else self.pass_on(asked)

    report = check(Refusing(Listening(), REALTIME), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=20)
    assert says in report.trouble
    assert report.exit_code == 3
    assert says in str(report)


Order = tuple[str, int, dict[str, Any]]


def _visit(name: str, number: int, request: dict[str, Any]) -> Visit:
    endpoint = endpoints()[name]
    bare = probes_of(endpoint).probe(0).asked
    probe = Probe(bare._replace(request={**bare.request, **request}), number=number)
    return Driver(endpoint, InProcessLine(), KEY, Budget(PLENTY, PLENTY)).drive(probe)


#: A rule, an order (with its probe's number) in which it is judged, and some in which it is not.
GUARDS: dict[str, tuple[Order, list[Order]]] = {
    "server/draws-another-size": (
        ("realtime-v6", 0, {}),
        [("images-flux-v6", 0, {"upscale": "yes"}), ("realtime-v6", 1, {})],
    ),
    "server/names-a-picture-that-cannot-be-had": (("realtime-v6", 0, {}), [("realtime-v6", 1, {})]),
    "server/forgets-a-job": (("realtime-v6", 0, {"instant_response": True}), [("realtime-v6", 0, {})]),
    "server/never-ends-a-job": (("realtime-v6", 0, {"instant_response": True}), [("realtime-v6", 0, {})]),
}


@pytest.mark.parametrize("rule", GUARDS)
def test_a_rule_is_judged_where_the_right_answer_is_beyond_doubt_and_nowhere_else(rule: str) -> None:
    judged, *others = [judge(_visit(*each)) for each in (GUARDS[rule][0], *GUARDS[rule][1])]
    assert rule in judged.exercised
    assert not [each for each in others if rule in each.exercised]
    assert not [found for each in (judged, *others) for found in each.findings]


def _checked(server: type[Wrong], name: str, **words: object) -> ServerReport:
    line = server(InProcessLine(), endpoints()[name])
    return check(line, KEY, Budget(PLENTY, PLENTY), contract=name, **words)  # type: ignore[arg-type] # plain words of check


def test_a_finding_is_reduced_to_what_it_needs_and_plays_again() -> None:
    report = _checked(TakesTooWide, "images-flux-v6", probes=120)
    (found,) = report.findings
    assert set(found.replay["request"]) == {"model_id", "prompt", "width"}
    assert found.replay["request"]["prompt"] == PLAIN_PROMPT
    assert found.finding.where == "/width"
    assert not found.reduced.is_flaky
    again = _checked(TakesTooWide, "images-flux-v6", replay=json.loads(json.dumps(found.replay)))
    assert [each.finding for each in again.findings] == [found.finding]
    mended = check(InProcessLine(), KEY, Budget(PLENTY, PLENTY), contract="images-flux-v6", replay=found.replay)
    assert (mended.exit_code, mended.sent) == (0, 1)


def test_a_rule_that_is_broken_in_many_places_is_one_finding() -> None:
    report = check(InProcessLine(), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=150, profile="strict")
    assert Counter(each.rule for each in report.findings) == {"server/accepts-what-the-contract-refuses": 1}
    assert len(report.findings[0].places) > 3
    assert "  Also : /" in str(report)


class AddsFive(Wrong):
    """Adds five members to every answer. No liar: only for how probes are counted."""

    def told(self, asked: Asked, told: dict[str, object], status: int) -> dict[str, object] | None:
        return {**told, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def test_a_probe_that_breaks_a_rule_in_several_places_is_counted_once() -> None:
    report = check(
        AddsFive(InProcessLine(), REALTIME), KEY, Budget(PLENTY, PLENTY), contract="realtime-v6", probes=20, level="may"
    )
    times = [each.times for each in report.findings if each.rule == "server/adds-a-member-that-no-page-has"]
    assert times
    assert max(times) <= report.sent


class FailsOnce(FailsOnLargeSeeds):
    """Fails on the first large seed alone. No liar: it cannot be shown again."""

    breaks = ""
    failed = False

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked) if self.failed else super().answer(asked)
        self.failed = self.failed or answered.status == 500
        return answered


def test_what_does_not_come_back_is_flaky_and_no_finding() -> None:
    report = _checked(FailsOnce, "realtime-v6", probes=200)
    assert not report.findings
    assert [each.rule for each in report.flaky] == ["server/fails"]
    assert report.exit_code == 0
    assert "FLAKY  server/fails" in str(report)
