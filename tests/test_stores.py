"""Where sandboxes are kept: a store may be slow, distant or contested, and the answers stay the same."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import Exchange, Journal, Raw
from modelslab_contracts.near_miss import JobSeen
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.story import Story
from modelslab_mock.app import App
from modelslab_mock.emulator import MAX_COMMIT_TRIES
from modelslab_mock.engine import sandbox as sandbox_module
from modelslab_mock.engine.account import Account
from modelslab_mock.engine.clock import clock_from_text
from modelslab_mock.engine.ids import NO_SANDBOX, sandbox_name
from modelslab_mock.engine.inputs import Deliver, Effect, Input, NudgeInput, Outcome, TickInput
from modelslab_mock.engine.job import Job, Settled
from modelslab_mock.engine.sandbox import (
    AccountSet,
    Attempted,
    ClockMoved,
    Fact,
    Fetched,
    JobForgotten,
    JobSettled,
    JobsReset,
    JobSubmitted,
    ProfileSet,
    Sandbox,
    StoriesReset,
    StoryPlayed,
    StoryQueued,
    WebhookPlanned,
    WebhookSent,
    apply,
)
from modelslab_mock.engine.step import step
from modelslab_mock.engine.story_queue import SetStory
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.outbox import Outbox
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.stores import Conflict, Store
from modelslab_mock.stores.counts import Counts
from modelslab_mock.stores.memory import MemoryStore

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
SOMEBODY_ELSE = Attempted("somebody else")


def fresh(name: str) -> Sandbox:
    return Sandbox(name, clock_from_text("frozen", 0.0))


class FirstCommitFails:
    """A store in which somebody else is always faster: the first commit of every step comes too late.

    Catches an engine that decides outside of its step, or that does something twice when it has to decide again.
    """

    def __init__(self, inner: MemoryStore, meanwhile: Callable[[Sandbox], Sequence[Fact]] = lambda _: [SOMEBODY_ELSE]) -> None:
        self._inner = inner
        self.told: Callable[[str, Sequence[object]], None] | None = None
        self._meanwhile = meanwhile
        self._was_late = False
        self.conflicts = 0

    def read(self, name: str) -> Sandbox:
        return self._inner.read(name)

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        if not self._was_late:
            self._was_late = True
            self.conflicts += 1
            self._inner.commit(name, expected_version, self._meanwhile(self._inner.read(name)))
        else:
            self._was_late = False
        self._inner.commit(name, expected_version, facts)

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        self._inner.record(name, exchange, raw)

    def journal(self, name: str) -> Journal:
        return self._inner.journal(name)

    def outbox(self, name: str) -> Outbox:
        return self._inner.outbox(name)

    def holds(self, name: str) -> bool:
        return self._inner.holds(name)

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        return self._inner.job_of_file(file_prefix)

    def look(self, name: str) -> Sandbox:
        return self._inner.look(name)

    def held(self) -> list[Sandbox]:
        return self._inner.held()

    def journals(self) -> dict[str, Journal]:
        return self._inner.journals()

    def outboxes(self) -> dict[str, Outbox]:
        return self._inner.outboxes()

    def job_seen(self, job_id: int) -> JobSeen | None:
        return self._inner.job_seen(job_id)

    @property
    def counts(self) -> Counts:
        return self._inner.counts

    def last_used_at(self, name: str) -> float | None:
        return self._inner.last_used_at(name)


class CopiesEverything:
    """A store that hands out copies, as one in another process does: what is done to them is lost."""

    def __init__(self, inner: MemoryStore) -> None:
        self._inner = inner
        self.told: Callable[[str, Sequence[object]], None] | None = None

    def read(self, name: str) -> Sandbox:
        return copy.deepcopy(self._inner.read(name))

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        self._inner.commit(name, expected_version, copy.deepcopy(list(facts)))

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        self._inner.record(name, exchange, raw)

    def journal(self, name: str) -> Journal:
        return self._inner.journal(name)

    def outbox(self, name: str) -> Outbox:
        return self._inner.outbox(name)

    def holds(self, name: str) -> bool:
        return self._inner.holds(name)

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        return copy.deepcopy(self._inner.job_of_file(file_prefix))

    def look(self, name: str) -> Sandbox:
        return copy.deepcopy(self._inner.look(name))

    def held(self) -> list[Sandbox]:
        return copy.deepcopy(self._inner.held())

    def journals(self) -> dict[str, Journal]:
        return self._inner.journals()

    def outboxes(self) -> dict[str, Outbox]:
        return self._inner.outboxes()

    def job_seen(self, job_id: int) -> JobSeen | None:
        return self._inner.job_seen(job_id)

    @property
    def counts(self) -> Counts:
        return self._inner.counts

    def last_used_at(self, name: str) -> float | None:
        return self._inner.last_used_at(name)


def app_over(store: Callable[[MemoryStore], Store] = lambda inner: inner, **chosen: Any) -> App:
    given = Settings(**{"clock": "frozen", **chosen})
    app = make_app(given, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    return replace(app, store=store(cast("MemoryStore", app.store)))


def post(app: App, path: str, body: Any, now: float = 0.0) -> Response:
    return app.handle(Request("POST", path, {"content-type": "application/json"}, json.dumps(body).encode()), now)


def order(prompt: str = "a fox", **fields: Any) -> dict[str, Any]:
    return {"key": KEY, "prompt": prompt, **fields}


def submit(app: App, prompt: str = "a fox", **fields: Any) -> dict[str, Any]:
    said = json.loads(post(app, "/api/v6/realtime/text2img", order(prompt, **fields)).body)
    return cast("dict[str, Any]", said)


def exchange_of(app: App, prompt: str = "a fox") -> Exchange:
    told = post(app, "/api/v6/realtime/text2img", order(prompt)).exchange
    assert told is not None
    return list(app.store.journal(told.sandbox))[-1]


# --- the same answers over every store ---------------------------------------------------------------------------------

endpoint_names = st.sampled_from(sorted(endpoints()))
prompts = st.sampled_from(
    [
        "a fox",
        "[[mock: processing]]",
        "[[mock: polls=2 ends=failed]]",
        "[[mock: eta=0 ends=error]]",
        "[[mock: unavailable rate-limited default]]",
        "[[mock: success nsfw]]",
        "[[mock: wrong]]",
    ]
)
hooks = st.sampled_from([None, "http://localhost:9000/hook"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), endpoint_names, prompts, hooks),
        st.tuples(st.just("fetch"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.integers(0, 5)),
        st.tuples(st.just("move"), st.integers(0, 5)),
        st.tuples(st.just("nudge"), st.integers(0, 5)),
    ),
    max_size=15,
)


def moved_on(app: App, seconds: float) -> Sequence[Effect]:
    app.commit(NAME, lambda held: Outcome([ClockMoved(held.clock.moved_to(held.clock.anchor + seconds, 0.0))], None, []))
    return app.tick(NAME, TickInput(), 0.0)


def played(app: App, moves: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """What a client sees and what is sent, move by move."""
    submitted: list[dict[str, Any]] = []
    for move in moves:
        response = None
        if move[0] == "submit":
            _, name, prompt, hook = move
            body = order(prompt, model_id="pony" if "pony" in name else "flux", webhook=hook)
            response = post(app, endpoints()[name].submit.path, body)
            said = json.loads(response.body)
            if "id" in said:
                submitted.append(said)
        elif move[0] in ("move", "nudge"):
            if move[0] == "move":
                effects = moved_on(app, move[1])
            else:
                job_id = submitted[move[1] % len(submitted)]["id"] if submitted else 1
                effects = app.tick(NAME, NudgeInput(job_id), 0.0)
            yield [(each.job.id, each.answer) for each in effects if isinstance(each, Deliver)], app.store.read(NAME).clock
        elif submitted:
            said = submitted[move[1] % len(submitted)]
            if move[0] == "fetch":
                path = urlsplit(said.get("fetch_result", f"/api/v6/images/fetch/{said['id']}")).path
                response = post(app, path, {"key": KEY})
            else:
                for link in said.get("future_links") or said["output"] or []:
                    yield app.handle(Request("GET", urlsplit(link).path), 0.0)[:2]
        if response is not None:
            yield response.status, response.headers, response.body, response.effects, response.exchange


@pytest.mark.parametrize("clock", ["frozen", "auto"])
@pytest.mark.parametrize("store", [FirstCommitFails, CopiesEverything])
@settings(deadline=None)
@given(moves=steps)
def test_the_answers_are_the_same_over_every_store(store: Callable[[MemoryStore], Store], clock: str, moves: list[Any]) -> None:
    contested, plain = app_over(store, clock=clock), app_over(clock=clock)
    assert list(played(contested, moves)) == list(played(plain, moves))
    assert list(contested.store.journal(NAME)) == list(plain.store.journal(NAME))


def test_a_step_that_came_too_late_decides_anew_and_commits_once() -> None:
    contested = app_over(FirstCommitFails)
    submit(contested)
    store = cast("FirstCommitFails", contested.store)
    assert store.conflicts == 1
    held = store.read(NAME)
    assert (held.version, held.submitted, len(held.jobs)) == (2, 1, 1)
    assert held.attempts == {"somebody else": 1}


def test_a_job_of_somebody_elses_takes_its_number_first() -> None:
    plain = app_over()
    theirs, ours = submit(plain)["id"], submit(plain)["id"]
    job = plain.store.read(NAME).jobs[theirs]
    once = iter([[JobSubmitted(job)]])
    contested = app_over(lambda inner: FirstCommitFails(inner, lambda _: next(once, [])))
    assert submit(contested)["id"] == ours
    assert list(contested.store.read(NAME).jobs) == [theirs, ours]


def test_a_job_that_somebody_else_ends_meanwhile_is_ended_for_us() -> None:
    later = clock_from_text("frozen", 1000.0)
    contested = app_over(lambda inner: FirstCommitFails(inner, lambda held: [ClockMoved(later)] if held.jobs else []))
    said = submit(contested, "[[mock: processing eta=5]]")
    told = json.loads(post(contested, f"/api/v6/realtime/fetch/{said['id']}", {"key": KEY}).body)
    assert told["status"] == "success"


def test_commits_that_always_come_too_late_are_given_up() -> None:
    class AlwaysLate(FirstCommitFails):
        tries = 0

        def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
            self.tries += 1
            raise Conflict(f"{name}: {len(facts)} facts on version {expected_version}")

    app = app_over(AlwaysLate)
    with pytest.raises(Conflict, match="in a row came too late"):
        submit(app)
    assert cast("AlwaysLate", app.store).tries == MAX_COMMIT_TRIES


# --- a step only looks -------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(moves=steps)
def test_a_step_leaves_the_sandbox_as_it_was(moves: list[Any]) -> None:
    app = app_over(clock="auto")
    for _ in played(app, moves):
        pass
    held = app.store.read(NAME)
    before = copy.deepcopy(held)
    inputs: list[Input] = [TickInput(), *map(NudgeInput, held.jobs)]
    for given_input in inputs:
        step(held, given_input, 5.0, app.steering)
    deciding: list[Sandbox] = []

    class NothingIsCommitted(CopiesEverything):
        def read(self, name: str) -> Sandbox:
            sandbox = self._inner.read(name)
            deciding.append(sandbox)
            return sandbox

        def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
            """Forget what was decided."""

    looking = replace(app, store=NothingIsCommitted(cast("MemoryStore", app.store)))
    submit(looking, "[[mock: unavailable default]]")
    submit(looking, "[[mock: processing]]", webhook="http://localhost/hook")
    for job_id in held.jobs:
        for path in ("/api/v6/images/fetch", "/api/v6/realtime/fetch"):
            post(looking, f"{path}/{job_id}", {"key": KEY})
    assert held == before
    assert any(each is held for each in deciding)


def facts_about(job: Job) -> list[Fact]:
    return [
        JobSubmitted(job),
        Fetched(job.id, 1.0),
        Attempted("a story"),
        WebhookPlanned(job.id, 2.0),
        WebhookSent(job.id),
        ClockMoved(clock_from_text("frozen", 9.0)),
        JobSettled(job.id, Settled("failed", 3.0, "by hand")),
        JobForgotten(job),
        ProfileSet(PROFILES["strict"]),
        AccountSet(Account(credits=3)),
        StoryQueued(SetStory(1, Story(), times=1)),
        StoryPlayed(1),
        StoriesReset(),
        JobsReset(),
    ]


def a_job() -> Job:
    app = app_over()
    return app.store.read(NAME).jobs[submit(app)["id"]]


def test_every_fact_changes_a_sandbox() -> None:
    held = fresh(NAME)
    told = facts_about(a_job())
    assert {type(each) for each in told} == set(sandbox_module.Fact.__args__)
    for fact in told:
        before = copy.deepcopy(held)
        apply(held, fact)
        assert held != before, fact


def test_a_forgotten_job_leaves_nothing_behind() -> None:
    held = fresh(NAME)
    job = a_job()
    for fact in (JobSubmitted(job), Fetched(job.id, 1.0), WebhookPlanned(job.id, 2.0), JobForgotten(job)):
        apply(held, fact)
    assert (dict(held.jobs), held.fetches, held.pending) == ({}, {}, {})
    assert held.submitted == 1, "the number of a forgotten job is never given again"


# --- the memory store --------------------------------------------------------------------------------------------------


def test_the_memory_store_is_a_store() -> None:
    store: Store = MemoryStore(fresh)
    assert store.read("sb-1").name == "sb-1"


def test_a_commit_to_the_version_that_was_read_is_applied_and_counted() -> None:
    store = MemoryStore(fresh)
    store.commit(NAME, store.read(NAME).version, [Attempted("a story"), Attempted("a story")])
    assert (store.read(NAME).version, store.read(NAME).attempts) == (1, {"a story": 2})


@pytest.mark.parametrize("expected", [-1, 1, 7])
def test_a_commit_to_another_version_is_a_conflict_and_changes_nothing(expected: int) -> None:
    store = MemoryStore(fresh)
    store.read(NAME)
    with pytest.raises(Conflict):
        store.commit(NAME, expected, [Attempted("a story")])
    assert store.read(NAME) == fresh(NAME)


def test_a_commit_to_a_sandbox_that_was_let_go_is_a_conflict() -> None:
    store = MemoryStore(fresh, max_sandboxes=1)
    version = store.read("sb-1").version
    store.read("sb-2")
    with pytest.raises(Conflict):
        store.commit("sb-1", version, [Attempted("a story")])


def test_sandboxes_do_not_share_what_happens() -> None:
    store = MemoryStore(fresh)
    store.commit("sb-1", store.read("sb-1").version, [Attempted("a story")])
    assert store.read("sb-2") == fresh("sb-2")


def test_the_least_recently_read_sandbox_goes_first() -> None:
    let_go: list[str] = []
    store = MemoryStore(fresh, max_sandboxes=2, on_forget=let_go.append)
    for name in ("sb-1", "sb-2", "sb-1", "sb-3", "sb-4"):
        store.read(name)
    assert let_go == ["sb-2", "sb-1"]


def test_a_sandbox_that_was_let_go_takes_its_journal_and_files_along() -> None:
    app = app_over(max_sandboxes=1)
    said = submit(app)
    prefix = said["meta"]["file_prefix"]
    assert app.store.job_of_file(prefix) is not None
    app.store.read("sb-other")
    assert app.store.job_of_file(prefix) is None
    assert len(app.store.journal(NAME)) == 0


def test_a_file_leads_to_its_job_until_the_job_is_forgotten() -> None:
    app = app_over(max_jobs=1)
    first = submit(app)["meta"]["file_prefix"]
    found = app.store.job_of_file(first)
    assert found is not None
    assert (found[0].name, found[1].file_prefix) == (NAME, first)
    submit(app)
    assert app.store.job_of_file(first) is None
    assert app.store.job_of_file("nobody's") is None


def test_requests_without_a_key_belong_to_a_sandbox_of_their_own() -> None:
    app = app_over()
    post(app, "/api/v6/realtime/text2img", {"prompt": "a fox"})
    post(app, "/nowhere", {})
    assert [each.status for each in app.store.journal(NO_SANDBOX)] == [401, 404]


# --- the journal -------------------------------------------------------------------------------------------------------


def test_a_journal_holds_what_came_and_what_went_in_order() -> None:
    app = app_over()
    told = [exchange_of(app, f"fox {n}") for n in range(3)]
    assert list(app.store.journal(NAME)) == told
    assert [json.loads(each.request_body)["prompt"] for each in told] == ["fox 0", "fox 1", "fox 2"]


@given(bound=st.integers(1, 10), count=st.integers(0, 30))
def test_a_journal_keeps_the_last_ones_and_counts_the_rest(bound: int, count: int) -> None:
    template = exchange_of(app_over())
    journal = Journal(bound)
    for n in range(count):
        journal.record(template._replace(job_id=n))
    assert [each.job_id for each in journal] == list(range(count))[-bound:]
    assert len(journal) + journal.forgotten == count


def test_each_sandbox_has_a_journal_of_its_own() -> None:
    app = app_over()
    exchange_of(app)
    assert len(app.store.journal("sb-other")) == 0
