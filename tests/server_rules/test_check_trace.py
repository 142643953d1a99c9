"""The command `check-trace`: recordings of any kind, judged; what is told, and with which code it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts import har, json_lines
from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.check_trace import check_trace
from modelslab_contracts.kit.trace_report import in_form
from modelslab_contracts.recordings import vcr
from modelslab_contracts.report import FORMATS
from modelslab_mock.routes import Routes

from .emulated import Emulated, answering, asking

Check = Callable[..., tuple[int, str, str]]


def job() -> list[Exchange]:
    """A polled job, its order with a number as text."""
    emulated = Emulated()
    order = {"key": "mock-processing", "prompt": "a fox", "width": "64", "height": 64}
    emulated.job(endpoints()["realtime-v6"], order, fetches=3)
    return emulated.exchanges


#: A disk that is full, where there is such a thing.
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@pytest.fixture
def check(command: Check, in_a_folder: Path) -> Check:
    """Run the command in an empty folder: exit code, stdout, stderr."""
    assert in_a_folder
    return partial(command, "check-trace")


def write(name: str, exchanges: list[Exchange]) -> str:
    form = name.rpartition(".")[2]
    if form == "har":
        pieces = har.write(exchanges, version="1")
    else:
        pieces = vcr.write(exchanges) if form == "yaml" else json_lines.write(exchanges)
    Path(name).write_text("".join(pieces), encoding="utf-8")
    return name


@pytest.mark.parametrize("name", ["a.jsonl", "a.har", "a.yaml"])
def test_a_right_recording_of_any_kind_is_fine(check: Check, name: str) -> None:
    code, out, err = check(write(name, job()))
    assert (code, err) == (0, "")
    head, *unmet = out.splitlines()
    assert head.startswith(f"{name}: 0 rules broken, ")
    assert head.endswith("in 4 calls on 1 job (level must): 4 of realtime-v6")
    assert all(each.startswith("  not verified: server/") for each in unmet)


@pytest.mark.parametrize("name", ["a.jsonl", "a.har", "a.yaml"])
def test_a_wrong_one_of_any_kind_is_told_in_which_exchange_and_who_promised(check: Check, name: str) -> None:
    exchanges = job()
    exchanges[0] = answering(exchanges[0], lambda body: body.pop("eta"))
    code, out, _ = check(write(name, exchanges))
    assert code == 1
    assert out.startswith(
        "MUST  server/leaves-out-a-required-member  (once)\n"
        "  An answer lacks a member that it always has.\n"
        "  Seen : #1 POST /api/v6/realtime/text2img → 200 processing\n"
        "  Want : /eta must be present; got absent\n"
        "  Why  : 000 OpenAPI RealtimeImageGenerationProcessingResponse\n"
    )


def test_what_a_request_breaks_is_told_once_however_often_it_is_sent(check: Check) -> None:
    exchanges = [asking(each, width=9999)._replace(status=400) for each in job()[:1] * 3]
    exchanges = [each._replace(reply_body=b'{"status": "error", "message": "width is too large"}') for each in exchanges]
    code, out, _ = check(write("a.jsonl", exchanges))
    assert code == 1
    assert "MUST  request/above-maximum  (3 times)\n" in out
    assert "server/accepts" not in out.partition("not verified")[0]


def test_an_order_that_is_taken_though_it_breaks_the_contract_is_one_finding(check: Check) -> None:
    exchanges = job()
    exchanges[0] = asking(exchanges[0], width=9999)
    _, out, _ = check(write("a.jsonl", exchanges), "--level", "may")
    assert [line.split()[1] for line in out.splitlines() if line.startswith(("MUST", "SHOULD", "MAY"))] == [
        "server/accepts-what-the-contract-refuses"
    ]


def test_the_profile_and_the_level_decide_what_counts(check: Check) -> None:
    file = write("a.jsonl", job())
    assert check(file)[0] == 0
    code, out, _ = check(file, "--level", "may")
    assert (code, "MAY  request/text-read-as-number" in out) == (1, True)
    code, out, _ = check(file, "--profile", "strict")
    assert (code, 'got "64" taken' in out) == (1, True)  # fmt: skip


def test_only_the_contracts_that_are_named_count_and_none_at_all_is_nothing_verified(check: Check) -> None:
    file = write("a.jsonl", job())
    assert check(file, "--contract", "realtime-v6")[0] == 0
    code, out, _ = check(file, "--contract", "text2img-v3", "--contract", "enterprise-v1")
    assert code == 5
    assert out.startswith("a.jsonl: nothing verified, no exchange is a call of a contract; 4 of none (POST /api/v6/realtime/")
    empty = write("b.jsonl", [])
    assert check(empty, "--report", "junit=b.xml", "--report", "markdown=b.md")[0] == 5
    for report in ("b.xml", "b.md"):
        told = Path(report).read_text()
        assert "check/nothing-verified" in told
        assert "no findings" not in told
    assert check(empty, file)[0] == 5


def test_reports_go_where_they_are_told_to(check: Check) -> None:
    exchanges = job()
    exchanges[2] = answering(exchanges[2], lambda body: body.pop("id"))
    file = write("a.jsonl", exchanges)
    code, out, err = check(file, "--report", "json=a.json", "--report", "github", "--report", "junit=a.xml")
    assert (code, err) == (1, "")
    assert out.startswith("::error title=server/leaves-out-a-required-member::a.jsonl #3 POST /api/v6/realtime/fetch/")
    (value,) = json.loads(Path("a.json").read_text())
    (found,) = value["findings"]
    assert (value["calls"], found["n"], found["finding"]["where"]) == ({"realtime-v6": 4}, 3, "/id")
    assert 'failures="1"' in Path("a.xml").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.har"], "none.har: No such file or directory"),
        (["a.jsonl", "--contract", "flux"], "--contract 'flux' is not one of enterprise-v1, images-flux-v6,"),
        (["a.jsonl", "--profile", "stric"], "did you mean 'strict'?"),
        (["a.jsonl", "--level", "shoud"], "did you mean 'should'?"),
        (["a.jsonl", "--report", "jsno"], "did you mean 'json'?"),
        (["broken.jsonl"], "broken.jsonl:1: "),
        pytest.param(["a.jsonl", "--report", "json=/dev/full", "--report", "text=-"], "json: No space left", marks=FULL),
    ],
)
def test_what_cannot_be_is_one_sentence(check: Check, words: list[str], says: str) -> None:
    write("a.jsonl", [])
    Path("broken.jsonl").write_text('{"edition": 1')
    code, out, err = check(*words)
    assert (code, out) == (2, "")
    assert err.startswith("modelslab-mock check-trace: ")
    assert says in err
    assert err.count("\n") == 1


def test_pictures_and_other_addresses_are_counted_apart(check: Check) -> None:
    picture: dict[str, Any] = {"method": "GET", "path": "/generations/a.png", "answer": "picture", "reply_body": b"\x89PNG"}
    exchanges = job()
    _, out, _ = check(write("a.jsonl", [*exchanges, exchanges[0]._replace(**picture)]))
    assert "4 of realtime-v6; 1 of none (GET /generations/a.png)" in out


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["success", "processing", "failed", "error", "http://[", "https://x.test/api/v6/realtime/fetch/7", "7"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
names = "status id eta output future_links fetch_result meta message request_id key"
members = st.dictionaries(st.sampled_from(names.split()), values)
bodies = members.map(lambda each: json.dumps(each).encode()) | st.binary(max_size=9)
paths = [call.path.replace("{id}", "7") for endpoint in endpoints().values() for call in endpoint.calls]
odd = st.builds(
    Exchange,
    real_at=st.floats(0, 2**32), at=st.floats(0, 2**32), sandbox=st.sampled_from(["sb-none", "sb-0", "sb-1"]),
    endpoint=st.just(""), job_id=st.none() | st.integers(0, 9), answer=st.sampled_from(["", "success", "reset", "garbled"]),
    method=st.sampled_from(["POST", "POST", "GET"]), path=st.sampled_from(paths), reason=st.just(""),
    status=st.sampled_from([0, 200, 302, 400, 404, 999]), request_body=bodies, reply_body=bodies,
    request_headers=st.sampled_from([(), (("content-type", "application/json"),), (("content-type", "multipart/form-data"),)]),
    reply_headers=st.sampled_from([(), (("content-type", "text/html"),)]),
)  # fmt: skip


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(odd, max_size=4))
def test_no_recording_however_odd_stops_the_judge_or_any_report(exchanges: list[Exchange]) -> None:
    report = check_trace("x", exchanges, Routes(endpoints().values()).find, level="may")
    for form in FORMATS:
        in_form(form, [report])
    assert sum(report.calls.values()) + len(report.strays) == len(exchanges)
