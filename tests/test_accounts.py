"""Accounts: slots, credits, plans, revoked keys, repeated orders, totals; below the socket, at a time we name."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.accounts import FILE, plan_only_fields, plans
from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import read_data
from modelslab_contracts.story import story_from_text
from modelslab_contracts.vocabulary import CERTAINTIES
from modelslab_mock.app import App
from modelslab_mock.engine.account import UNLIMITED, Account, AccountError, account_as_json, account_of
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import Outcome
from modelslab_mock.engine.sandbox import ClockMoved
from modelslab_mock.engine.usage import credits_left, totals, unfinished
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.steer import SteerError, account_view, queue_story, set_account

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
SUBMIT = {name: endpoint.submit.path for name, endpoint in endpoints().items()}
FIELDS = {each.name for endpoint in endpoints().values() for each in endpoint.fields}
each_endpoint = pytest.mark.parametrize("name", sorted(SUBMIT))


def app_of(account: Mapping[str, Any] | None = None, **chosen: Any) -> App:
    """An emulator whose clocks stand still at 0; the tests' key has the account."""
    given = Settings(**{"clock": "frozen", **chosen})
    app = make_app(given, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    if account is not None:
        set_account(app, KEY, account)
    return app


def post(app: App, path: str, **fields: Any) -> Response:
    body = json.dumps({"key": KEY, **fields}).encode()
    return app.handle(Request("POST", path, {"content-type": "application/json"}, body), 0.0)


def order(app: App, prompt: str = "a fox", name: str = "realtime-v6", **fields: Any) -> Response:
    model = "pony_realism" if name == "images-pony-v6" else "flux"
    return post(app, SUBMIT[name], prompt=prompt, model_id=model, **fields)


def said(response: Response) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(response.body))


def statuses(*responses: Response) -> list[int]:
    return [each.status for each in responses]


def advance(app: App, seconds: float) -> None:
    app.commit(NAME, lambda held: Outcome([ClockMoved(held.clock.moved_to(held.clock.now(0.0) + seconds, 0.0))], None, []))


# --- the data ----------------------------------------------------------------------------------------------------------


def test_the_plans_have_the_figures_of_the_vendor_s_page() -> None:
    assert {plan.name: plan.queue_slots for plan in plans().values()} == {"basic": 5, "standard": 10, "premium": 15}
    assert all(plan.source and plan.certainty in CERTAINTIES for plan in plans().values())


def test_every_field_that_a_plan_can_lack_is_one_of_a_contract_and_says_why() -> None:
    rows = read_data(FILE)["plan-only"]
    assert set(plan_only_fields()) == set(rows) <= FIELDS
    assert all(row["source"] and row["why"] and row["certainty"] in CERTAINTIES for row in rows.values())


def test_the_examples_of_the_docs_are_accounts() -> None:
    page = (Path(__file__).parent.parent / "docs" / "accounts.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 4
    assert all(account_of(json.loads(each), FIELDS) != UNLIMITED for each in examples)
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(account_as_json(UNLIMITED))


# --- an account as a value ---------------------------------------------------------------------------------------------


def test_an_account_of_nothing_has_no_limits() -> None:
    assert account_of({}, FIELDS) == UNLIMITED


def test_a_plan_brings_its_slots_unless_they_are_given() -> None:
    assert account_of({"plan": "standard"}, FIELDS).queue_slots == 10
    assert account_of({"plan": "standard", "queue_slots": 2}, FIELDS).queue_slots == 2
    assert account_of({"plan": "standard", "queue_slots": None}, FIELDS).queue_slots is None


accounts = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.none() | st.sampled_from(sorted(plans())),
        "queue_slots": st.none() | st.integers(0, 20),
        "credits": st.none() | st.integers(0, 10**12),
        "plan_only": st.booleans() | st.lists(st.sampled_from(sorted(FIELDS)), unique=True),
        "revoked": st.booleans(),
        "same_order_within_s": st.none() | st.booleans() | st.integers(1, 86_400),
    },
)


@given(value=accounts)
def test_an_account_written_out_is_the_same_account(value: dict[str, Any]) -> None:
    account = account_of(value, FIELDS)
    assert account_of(json.loads(json.dumps(account_as_json(account))), FIELDS) == account


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "must be a JSON object, got list"),
        ({"credit": 5}, "unknown word 'credit'; did you mean 'credits'?"),
        ({"plan": "premum"}, "unknown plan 'premum'; did you mean 'premium'?"),
        ({"plan": 5}, "unknown plan 5"),
        ({"credits": -1}, "credits must be a whole number from 0"),
        ({"credits": True}, "credits must be a whole number from 0"),
        ({"credits": 1.5}, "credits must be a whole number from 0"),
        ({"queue_slots": "5"}, "queue_slots must be a whole number from 0 to 10000, or null, got '5'"),
        ({"plan_only": ["upscael"]}, "no order has a field 'upscael'; did you mean 'upscale'?"),
        ({"plan_only": "upscale"}, "plan_only must be a list of order fields"),
        ({"plan_only": [["upscale"]]}, "plan_only must be a list of order fields"),
        ({"revoked": "yes"}, "revoked must be true or false, got 'yes'"),
        ({"same_order_within_s": 0}, "must be seconds above 0"),
        ({"same_order_within_s": float("nan")}, "must be seconds above 0"),
        ({5: 5}, "unknown word 5"),
    ],
    ids=str,
)
def test_an_account_that_cannot_be_is_one_sentence_and_changes_nothing(value: Any, says: str) -> None:
    app = app_of({"credits": 7})
    before = app.store.read(NAME).version
    with pytest.raises(SteerError) as caught:
        set_account(app, KEY, value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (app.store.read(NAME).version, app.store.read(NAME).account) == (before, Account(credits=7))
    with pytest.raises(AccountError):
        account_of(value, FIELDS)


def test_the_requests_without_a_key_have_no_account() -> None:
    with pytest.raises(SteerError, match="would never count"):
        set_account(app_of(), "sb-none", {"credits": 5})


# --- queue slots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["documented", "observed"])
@pytest.mark.parametrize("plan", ["basic", "standard", "premium"])
def test_what_exceeds_the_plan_s_slots_is_refused_as_queue_full(plan: str, profile: str) -> None:
    app = app_of({"plan": plan}, profile=profile)
    slots = plans()[plan].queue_slots
    assert statuses(*(order(app, instant_response=True) for _ in range(slots))) == [200] * slots
    full = order(app)
    assert (full.status, dict(full.headers)["retry-after"]) == (429, "30")
    assert said(full)["status"] == "error"
    assert said(full)["message"] == f"Rate limit exceeded. Maximum {slots} queued requests allowed."
    assert said(full)["retry_after"] == 30
    assert full.exchange is not None
    assert full.exchange.reason == f"queue-full: {slots} unfinished jobs hold all {slots} queue slots"


@each_endpoint
def test_every_endpoint_can_be_full_and_all_share_the_slots(name: str) -> None:
    app = app_of({"queue_slots": 1})
    assert said(order(app, instant_response=True))["status"] == "processing"
    assert order(app, name=name).status == 429


def test_a_slot_is_free_when_its_job_s_time_has_come() -> None:
    app = app_of({"queue_slots": 1})
    eta = said(order(app, instant_response=True))["eta"]
    advance(app, eta - 0.001)
    assert order(app).status == 429
    advance(app, 0.001)
    assert order(app).status == 200


def test_a_job_that_was_finished_at_once_holds_no_slot() -> None:
    app = app_of({"queue_slots": 1})
    assert statuses(*(order(app) for _ in range(4))) == [200] * 4


def test_an_account_without_slots_takes_nothing() -> None:
    assert order(app_of({"queue_slots": 0})).status == 429


def test_a_slot_of_a_road_by_polls_is_free_after_its_last_poll() -> None:
    app = app_of({"queue_slots": 1})
    job = said(order(app, "[[mock: polls=1]]"))["id"]
    fetch = f"/api/v6/realtime/fetch/{job}"
    assert [order(app).status, post(app, fetch).status, order(app).status] == [429, 200, 429]
    assert said(post(app, fetch))["status"] == "success"
    assert order(app).status == 200


def test_a_refused_order_leaves_nothing_behind() -> None:
    app = app_of({"queue_slots": 0, "credits": 9})
    before = app.store.read(NAME).version
    order(app)
    held = app.store.read(NAME)
    assert (held.version, held.submitted, held.spent, len(held.jobs)) == (before, 0, 0, 0)


@given(slots=st.integers(0, 4), moves=st.lists(st.sampled_from(["order", "small", "advance", "look"]), max_size=25))
def test_unfinished_jobs_never_exceed_the_slots(slots: int, moves: list[str]) -> None:
    app = app_of({"queue_slots": slots})
    for move in moves:
        if move == "advance":
            advance(app, 0.7)
        elif move != "look":
            order(app, instant_response=move == "order")
        held = app.store.read(NAME)
        assert sum(1 for _ in unfinished(held, held.clock.now(0.0))) <= slots


# --- credits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "status"), [("documented", 402), ("observed", 200)])
def test_credits_run_out_and_an_order_that_still_fits_is_taken(profile: str, status: int) -> None:
    app = app_of({"credits": 5}, profile=profile)
    assert order(app, samples=4).status == 200
    refused = order(app, samples=2)
    assert (refused.status, said(refused)["status"]) == (status, "error")
    assert said(refused)["message"] == "Insufficient credits. Please add more credits to continue."
    assert refused.exchange is not None
    assert refused.exchange.reason == "no-credits: the order costs 2 credits, the account has 1"
    assert said(order(app))["status"] == "success"
    assert account_view(app, KEY, 0.0)["credits_left"] == 0


def test_a_failed_job_costs_what_any_other_does() -> None:
    app = app_of({"credits": 5})
    order(app, "[[mock: eta=0 ends=failed]]")
    assert account_view(app, KEY, 0.0)["credits_left"] == 4


def test_new_credits_count_from_the_moment_they_are_set() -> None:
    app = app_of({"credits": 1})
    assert statuses(order(app), order(app)) == [200, 402]
    set_account(app, KEY, {"credits": 2})
    assert statuses(order(app), order(app), order(app)) == [200, 200, 402]


def test_orders_from_before_the_account_cost_nothing() -> None:
    app = app_of()
    order(app, samples=4)
    set_account(app, KEY, {"credits": 1})
    assert account_view(app, KEY, 0.0)["credits_left"] == 1


@given(held=st.integers(0, 12), orders=st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=12))
def test_credits_are_never_negative_and_go_down_by_what_was_taken(held: int, orders: list[tuple[int, bool]]) -> None:
    app = app_of({"credits": held})
    left = held
    for samples, insists in orders:
        taken = order(app, "[[mock: success]]" if insists else "a fox", samples=samples).status == 200
        assert taken == (insists or samples <= left)
        left = max(0, left - samples) if taken else left
        assert credits_left(app.store.read(NAME)) == left


# --- plans -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "status"), [("documented", 403), ("observed", 200)])
def test_an_order_that_uses_what_the_plan_lacks_is_refused(profile: str, status: int) -> None:
    app = app_of({"plan_only": ["upscale"]}, profile=profile)
    refused = order(app, name="text2img-v3", upscale="yes")
    assert (refused.status, said(refused)["status"]) == (status, "error")
    assert "This feature requires a premium subscription" in str(said(refused))
    assert refused.exchange is not None
    assert refused.exchange.reason == "plan: the account's plan lacks upscale"


def test_a_feature_that_is_off_or_as_by_default_is_not_used() -> None:
    app = app_of({"plan_only": ["upscale", "enhance_prompt", "samples", "model_id"]})
    default = endpoints()["text2img-v3"].field["enhance_prompt"].default
    assert default is True, "this test needs a feature that is on by default"
    assert order(app, name="text2img-v3").status == 200
    assert order(app, name="text2img-v3", upscale="no", enhance_prompt="yes", samples=1).status == 200
    assert order(app, name="text2img-v3", samples=2).status == 403


def test_a_plan_alone_refuses_no_feature() -> None:
    assert order(app_of({"plan": "basic"}), name="text2img-v3", upscale="yes").status == 200


def test_plan_only_true_takes_the_assumed_list() -> None:
    app = app_of({"plan_only": True})
    assert order(app, name="enterprise-v1", highres_fix="yes").status == 403


# --- revoked keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "status"), [("documented", 401), ("observed", 200)])
@each_endpoint
def test_a_revoked_key_is_refused_on_every_call(name: str, profile: str, status: int) -> None:
    app = app_of(profile=profile)
    job = said(order(app, name=name))["id"]
    set_account(app, KEY, {"revoked": True})
    others = [call.path.replace("{id}", str(job)) for call in endpoints()[name].calls if call.kind != "submit"]
    calls = [order(app, name=name), *(post(app, path, request_id=job) for path in others)]
    assert len(calls) > 1
    for response in calls:
        assert (response.status, said(response)["status"]) == (status, "error")
        assert "Invalid API" in response.body.decode()
        assert response.exchange is not None
        assert response.exchange.reason == "invalid-key: /key must be an API key that was not revoked, got one that was"
    set_account(app, KEY, {})
    assert order(app, name=name).status == 200


def test_nothing_overrides_a_revoked_key() -> None:
    app = app_of({"revoked": True})
    queue_story(app, KEY, "success")
    assert order(app, "[[mock: success]]").status == 401


# --- the same order twice ----------------------------------------------------------------------------------------------


def test_without_the_filter_the_same_order_is_taken_twice() -> None:
    assert statuses(*(order(app_of({"credits": 9})) for _ in range(2))) == [200, 200]


@pytest.mark.parametrize(("profile", "status"), [("documented", 429), ("observed", 200)])
def test_the_same_order_is_refused_within_the_window(profile: str, status: int) -> None:
    app = app_of({"same_order_within_s": True}, profile=profile)
    assert said(order(app))["status"] == "success"
    advance(app, 10.5)
    again = order(app)
    assert (again.status, said(again)["status"], said(again)["message"]) == (status, "error", "Rate limit exceeded")
    assert said(again)["tip"].endswith("please wait for 30 seconds and try again")
    told = ("20", 20) if profile == "documented" else (None, None)
    assert (dict(again.headers).get("retry-after"), said(again).get("retry_after")) == told


def test_waiting_as_told_is_enough() -> None:
    app = app_of({"same_order_within_s": 2})
    order(app)
    advance(app, 0.3)
    wait = said(order(app))["retry_after"]
    advance(app, wait)
    assert order(app).status == 200


def test_asking_again_too_early_makes_nobody_wait_longer() -> None:
    app = app_of({"same_order_within_s": 2})
    order(app)
    for _ in range(3):
        advance(app, 0.5)
        assert order(app).status == 429
    advance(app, 0.5)
    assert order(app).status == 200


def test_another_order_is_not_the_same() -> None:
    app = app_of({"same_order_within_s": True})
    orders = (order(app), order(app, "a cat"), order(app, samples=2), order(app, name="text2img-v3"), order(app, width="512"))
    assert statuses(*orders) == [200, 200, 200, 200, 429], "the last one reads as the first"


# --- who decides -------------------------------------------------------------------------------------------------------


def test_of_several_reasons_the_plan_goes_first_then_credits_then_the_filter_then_the_queue() -> None:
    poor = {"plan_only": ["samples"], "credits": 1, "same_order_within_s": True, "queue_slots": 1}
    app = app_of()
    order(app, samples=2, instant_response=True)
    reasons = []
    for gone in (*poor, None):
        set_account(app, KEY, poor)
        refused = order(app, samples=2, instant_response=True)
        assert refused.exchange is not None
        reasons.append(refused.exchange.reason.partition(":")[0])
        poor.pop(gone or "", None)
    assert reasons[:4] == ["plan", "no-credits", "repeated-order", "queue-full"]
    assert reasons[4] == "processing"


@pytest.mark.parametrize("source", ["set", "directive"])
@pytest.mark.parametrize(
    ("words", "status"), [("success", 200), ("processing eta=3", 200), ("http=503", 503), ("default", 402)]
)
def test_a_story_for_this_order_or_sandbox_outranks_the_account_where_it_says_the_answer(
    source: str, words: str, status: int
) -> None:
    app = app_of({"credits": 0})
    if source == "set":
        queue_story(app, KEY, words)
    assert order(app, f"[[mock: {words}]]" if source == "directive" else "a fox").status == status


def test_a_magic_key_and_the_configured_story_are_played_only_when_the_account_takes_the_order() -> None:
    key = "mock-processing--accounts"
    app = app_of(story=story_from_text("processing"))
    for each in (key, KEY):
        set_account(app, each, {"queue_slots": 1})
        assert statuses(order(app, key=each), order(app, key=each)) == [200, 429]


# --- totals ------------------------------------------------------------------------------------------------------------


@given(
    orders=st.lists(
        st.tuples(
            st.integers(1, 4), st.sampled_from(["success", "eta=1", "eta=9", "ends=never", "eta=0 ends=failed", "error"])
        ),
        max_size=12,
    ),
    moved=st.sampled_from([0, 1, 9]),
)
def test_totals_are_what_a_plain_count_says(orders: list[tuple[int, str]], moved: int) -> None:
    app = app_of()
    made = {"success": 0, "eta=1": 1, "eta=9": 9}
    for samples, words in orders:
        order(app, f"[[mock: {words}]]", samples=samples)
    advance(app, moved)
    jobs = [each for each in orders if each[1] != "error"]
    counted = totals(app.store.read(NAME), moved)
    assert counted.jobs == len(jobs)
    assert counted.credits_not_spent == sum(samples for samples, _ in jobs)
    assert counted.pictures == sum(samples for samples, words in jobs if made.get(words, 10) <= moved)


def test_totals_hold_when_jobs_are_forgotten() -> None:
    app = app_of(max_jobs=2)
    for words in ("success", "ends=never", "success", "eta=0 ends=failed", "success"):
        order(app, f"[[mock: {words}]]", samples=2)
    assert len(app.store.read(NAME).jobs) == 2
    assert account_view(app, KEY, 0.0)["totals"] == {"jobs": 5, "pictures": 6, "credits_not_spent": 10}


def test_looking_at_an_account_changes_nothing() -> None:
    app = app_of({"plan": "basic", "credits": 5})
    order(app, instant_response=True)
    before = app.store.read(NAME).version
    view = account_view(app, NAME, 0.0)
    assert app.store.read(NAME).version == before
    assert view == {
        "plan": "basic",
        "queue_slots": 5,
        "credits": 5,
        "plan_only": [],
        "revoked": False,
        "same_order_within_s": None,
        "slots_used": 1,
        "credits_left": 4,
        "totals": {"jobs": 1, "pictures": 0, "credits_not_spent": 1},
    }


def test_an_account_belongs_to_one_key() -> None:
    app = app_of({"credits": 0})
    assert statuses(order(app), order(app, key="another-key")) == [402, 200]


def test_an_account_without_limits_is_the_default_one_again() -> None:
    app = app_of({"credits": 0})
    set_account(app, KEY, replace(UNLIMITED))
    assert app.store.read(NAME).account is UNLIMITED
