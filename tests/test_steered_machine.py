"""Everything that can be done to sandboxes, in any order, over the engine alone, against a model in plain Python.

No socket, no HTTP: orders and fetches go into the engine as values, and a model that knows nothing of facts, versions and
queues says what must come out. All times are sums of halves of halves, so that the model can be exact.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from modelslab_contracts.contract import endpoints
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_contracts.story import Story, story_of
from modelslab_contracts.story_words import WEBHOOKS
from modelslab_mock import steer
from modelslab_mock.emulator import Emulator
from modelslab_mock.engine import fetch as fetch_module
from modelslab_mock.engine.account import Account
from modelslab_mock.engine.asked import asked_of
from modelslab_mock.engine.choose import Choice, Steering
from modelslab_mock.engine.clock import Clock
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import (
    AdvanceInput,
    Deliver,
    Effect,
    FetchInput,
    Input,
    NudgeInput,
    Reply,
    SettleInput,
    SubmitInput,
    TickInput,
)
from modelslab_mock.engine.job import status
from modelslab_mock.engine.links import PictureLink
from modelslab_mock.engine.picture_fates import fate_of
from modelslab_mock.engine.sandbox import Sandbox
from modelslab_mock.engine.step import step
from modelslab_mock.engine.usage import credits_left, totals, unfinished
from modelslab_mock.engine.webhook_fates import LATE_S
from modelslab_mock.pictures import Picture
from modelslab_mock.stores.memory import MemoryStore

ENDPOINT = endpoints()["realtime-v6"]
KEYS = ("key-one", "key-two")
MAX_JOBS = 5
JUST_BEFORE = 2**-10
STARTED = 16.0
FIRST_PICTURE = PictureLink(Picture(64, 64, 0, 0, "", "0" * 16), False, False, "")


@dataclass
class Job:
    """A job of the model."""

    prompt: str
    samples: int
    at: float
    queued: bool
    story: Story
    webhook: bool
    fetches: int = 0
    last_poll: float | None = None
    settled: tuple[str, float] | None = None

    @property
    def polls(self) -> int | None:
        return len(self.story.polls) if isinstance(self.story.polls, tuple) else self.story.polls

    @property
    def end(self) -> float | None:
        """When it ends, as far as that is known."""
        if not self.queued:
            return self.at
        if self.settled:
            return self.settled[1]
        if self.story.ends == "never":
            return None
        if self.polls is not None:
            return self.last_poll
        return self.at if self.story.webhook == "before-reply" else self.at + (self.story.eta or 0)

    @property
    def ends(self) -> str:
        if not self.queued:
            return "success"
        ends = self.settled[0] if self.settled else self.story.ends
        return {"empty": "success", 503: "error"}.get(ends, str(ends))

    def stands(self, now: float) -> str:
        return "processing" if self.end is None or now < self.end else self.ends

    def pictures(self, now: float) -> int:
        """How many there are: a success by hand brings them, an empty one has none."""
        is_empty = self.queued and not self.settled and self.story.ends == "empty"
        return self.samples if self.stands(now) == "success" and not is_empty else 0

    def calls(self, end: float) -> tuple[float, list[tuple[str, str, bool]]]:
        """When its webhook is due, and each call of it: the answer it tells, how it goes, whether it goes ahead."""
        fate, answer = self.story.webhook, "success" if self.ends == "success" else "failed"
        due = end + LATE_S if fate == "late" else end
        if fate == "none" or not self.webhook:
            return due, []
        call = ("failed" if fate == "failed" else answer, "lost" if fate == "lost" else "send", fate == "before-reply")
        return due, [call] * (2 if fate == "twice" else 1)


@dataclass
class SetStory:
    """A story of the model that was set; `left` jobs are to come, None: it stays."""

    n: int
    story: Story
    prompt: str | None
    left: int | None
    answers: int = 0


@dataclass
class Model:
    """A sandbox, as simple as it can be said."""

    real: float
    mode: str = "frozen"
    shown: float = STARTED
    jobs: dict[int, Job] = field(default_factory=dict)
    made: int = 0
    forgotten_pictures: int = 0
    credits_not_spent: int = 0
    account: Account = Account()
    left: int | None = None
    stories: list[SetStory] = field(default_factory=list)
    ever: int = 0
    profile: str = "documented"
    planned: dict[int, float] = field(default_factory=dict)

    def sends(self, job_id: int, end: float) -> list[tuple[Any, ...]]:
        """The calls of a webhook that go out now; those for later are planned."""
        due, calls = self.jobs[job_id].calls(end)
        if calls and due > self.shown:
            self.planned[job_id] = due
            return []
        return [(job_id, due, *call) for call in calls]

    def comes_due(self) -> list[tuple[Any, ...]]:
        """The calls of all webhooks whose time has come."""
        due = sorted((at, job_id) for job_id, at in self.planned.items() if at <= self.shown)
        for _, job_id in due:
            del self.planned[job_id]
        return [(job_id, at, *call) for at, job_id in due for call in self.jobs[job_id].calls(at)[1]]

    def settle(self, job_id: int, how: str) -> list[tuple[Any, ...]]:
        job = self.jobs[job_id]
        if job.stands(self.shown) != "processing":
            return []
        job.settled = (how, self.shown)
        self.planned.pop(job_id, None)
        return [] if job.story.webhook == "before-reply" else self.sends(job_id, self.shown)

    def nudge(self, job_id: int) -> list[tuple[Any, ...]]:
        job = self.jobs[job_id]
        if self.mode != "auto" or job_id not in self.planned or (job.fetches and job.stands(self.shown) == "processing"):
            return []
        self.shown = max(self.shown, self.planned[job_id])
        return self.comes_due()

    def time_passes(self, seconds: float) -> None:
        self.real += seconds
        self.shown += {"real": seconds, "scaled": 2 * seconds}.get(self.mode, 0)

    def becomes(self, mode: str) -> None:
        self.mode = mode
        if mode == "real":
            self.shown = max(self.shown, self.real)

    def story_for(self, prompt: str) -> SetStory | None:
        counted = [each for each in self.stories if each.left is not None]
        staying = [each for each in self.stories if each.left is None]
        return next((each for each in counted + staying[::-1] if each.prompt is None or each.prompt in prompt), None)

    def refusal(self, prompt: str, samples: int, *, webhook: bool) -> str | None:
        account = self.account
        if self.left is not None and self.left < samples:
            return "no-credits"
        order, within = (prompt, samples, webhook), account.same_order_within_s
        if within is not None and any(
            (job.prompt, job.samples, job.webhook) == order and self.shown < job.at + within for job in self.jobs.values()
        ):
            return "repeated-order"
        held = sum(job.stands(self.shown) == "processing" for job in self.jobs.values())
        return "queue-full" if account.queue_slots is not None and held >= account.queue_slots else None

    def submit(self, prompt: str, samples: int, story: Story, *, insists: bool, webhook: bool) -> tuple[str, Job | None]:
        """The answer to a submit, and the job that it makes."""
        if self.account.revoked:
            return "invalid-key", None
        entry, answer = self.story_for(prompt), story.submit[0]
        if entry is not None:
            story, insists = entry.story, True
            answer = story.submit[min(entry.answers, len(story.submit) - 1)]
        if (not insists or answer.word == "default") and (refused := self.refusal(prompt, samples, webhook=webhook)):
            return refused, None
        if entry is not None:
            entry.answers += 1
            if entry.left is not None and entry.answers == len(story.submit):
                entry.left, entry.answers = entry.left - 1, 0
            if entry.left == 0:
                self.stories.remove(entry)
        if answer.word == "unavailable":
            return "unavailable", None
        queued = answer.word == "processing"
        return "processing" if queued else "success", Job(prompt, samples, self.shown, queued, story, webhook)

    def keep(self, job_id: int, job: Job) -> list[tuple[Any, ...]]:
        """The job is there; what of its webhook goes out with that."""
        assert job_id not in self.jobs
        self.jobs[job_id] = job
        self.made += 1
        self.credits_not_spent += job.samples
        if self.left is not None:
            self.left = max(0, self.left - job.samples)
        if len(self.jobs) > MAX_JOBS:
            first = next(iter(self.jobs))
            oldest = self.jobs.pop(first)
            self.planned.pop(first, None)
            self.forgotten_pictures += oldest.pictures(1e300)
        end = job.at if job.story.webhook == "before-reply" and not (job.queued and job.story.ends == "never") else job.end
        return [] if end is None else self.sends(job_id, end)

    def fetch(self, job_id: int) -> tuple[str, list[tuple[Any, ...]]]:
        """The answer to a fetch, and the calls of webhooks that it brings."""
        job = self.jobs[job_id]
        was, end, number = job.stands(self.shown), job.end, job.fetches
        if self.mode == "auto" and was == "processing" and job.polls is None and end is not None:
            self.shown = max(self.shown, end if job.fetches else end - JUST_BEFORE)
        if was == "processing":
            job.fetches += 1
            if job.polls is not None and job.fetches == job.polls + 1:
                job.last_poll = self.shown
        calls, stands = self.comes_due(), job.stands(self.shown)
        if was == "processing" != stands and job.polls is not None and job.story.webhook != "before-reply":
            calls += self.sends(job_id, self.shown)
        if stands == "processing" and isinstance(job.story.polls, tuple) and number < len(job.story.polls):
            poll = job.story.polls[number]
            stands = "unknown-request" if poll.word == "not-found" else f"HTTP {poll.http}" if poll.http else "processing"
        elif stands == "error" and not job.settled and job.story.ends == 503:
            stands = "HTTP 503"
        return stands, calls

    def hangs(self, job: Job) -> int:
        """What a GET for a job's first picture comes to."""
        if not job.story.pictures:
            return 200
        age = 0 if job.end is None else self.shown - job.end
        lasts = job.story.pictures[0].seconds
        return 404 if lasts is not None and age >= lasts else 200


answers = st.sampled_from(story_of({"submit": ["success", "processing", "processing", "unavailable", "default"]}).submit)
polls = st.sampled_from([story_of({"polls": [each]}).polls[0] for each in ("processing", {"http": 502}, "not-found")])  # type: ignore[index]
stories = st.builds(
    Story,
    submit=st.lists(answers, min_size=1, max_size=3).map(tuple),
    eta=st.integers(0, 4).map(float),
    polls=st.none() | st.none() | st.integers(0, 2) | st.lists(polls, max_size=2).map(tuple),
    ends=st.sampled_from(["success", "success", "empty", "failed", "error", "never", 503]),
    webhook=st.sampled_from(["once", *WEBHOOKS]),
    pictures=st.sampled_from([(), story_of({"pictures": [{"expires": 2}]}).pictures]),
)
accounts = st.builds(
    Account,
    queue_slots=st.none() | st.integers(0, 3),
    credits=st.none() | st.integers(0, 9),
    revoked=st.sampled_from([False] * 5 + [True]),
    same_order_within_s=st.none() | st.none() | st.integers(1, 4).map(float),
)
prompts = st.sampled_from(["a fox", "a cat", "a cat and a fox"])
keys = st.sampled_from(KEYS)
modes = st.sampled_from(["real", "scaled:2", "frozen", "auto"])


class Steered(RuleBasedStateMachine):
    """Submits, fetches, time, stories, accounts, clocks and resets, of two keys in one store."""

    @initialize()
    def start(self) -> None:
        self.real = STARTED
        fresh = Clock("frozen", STARTED, STARTED)
        self.emulator = Emulator(
            endpoints=endpoints(),
            store=MemoryStore(lambda name: Sandbox(name, fresh)),
            steering=Steering(seed=1, max_jobs=MAX_JOBS),
        )
        self.models = {key: Model(STARTED) for key in KEYS}
        self.latest = dict.fromkeys(KEYS, 0.0)
        self.ended: dict[tuple[str, int], str] = {}
        self.effects: list[Effect] = []  # of the last step

    def held(self, key: str) -> Sandbox:
        return self.emulator.store.read(sandbox_name(key))

    def engine(self, key: str, given: Input) -> Reply:
        with mock.patch.object(fetch_module, "JUST_BEFORE_S", JUST_BEFORE):
            outcome = self.emulator.commit(
                sandbox_name(key), lambda sandbox: step(sandbox, given, self.real, self.emulator.steering)
            )
        assert outcome.reply is not None
        self.effects = list(outcome.effects)
        return outcome.reply

    def tick(self, key: str, given: Input) -> None:
        self.effects = list(self.emulator.tick(sandbox_name(key), given, self.real))

    def drawn(self, data: st.DataObject) -> tuple[str, int]:
        """A job of some key."""
        return data.draw(st.sampled_from([(key, job_id) for key in KEYS for job_id in self.models[key].jobs]))

    def compare(self, wanted: list[tuple[Any, ...]]) -> None:
        """The webhooks that the engine handed out are those of the model."""
        calls = [each for each in self.effects if isinstance(each, Deliver)]
        assert [(each.job_id, each.due_at, each.answer, each.how, each.ahead) for each in calls] == wanted
        for each in calls:
            assert (each.job.id == each.job_id) == (each.job.story.webhook != "foreign")

    @rule(key=keys, prompt=prompts, samples=st.integers(1, 3), story=stories, insists=st.booleans(), webhook=st.booleans())
    def submits(self, key: str, prompt: str, samples: int, story: Story, *, insists: bool, webhook: bool) -> None:
        # What a source apart from the sandbox chose: with one answer, as attempts are another matter.
        story = replace(story, submit=story.submit[:1])
        fields = {"prompt": prompt, "samples": samples, **({"webhook": "http://localhost/"} if webhook else {})}
        order = read_request(ENDPOINT, fields, PROFILES["documented"]).order
        assert order is not None
        choice = Choice(story, "somebody", outranks=insists)
        reply = self.engine(key, SubmitInput(ENDPOINT, order, asked_of(order.values), choice, "http://127.0.0.1"))
        model = self.models[key]
        wanted, job = model.submit(prompt, samples, story, insists=insists, webhook=webhook)
        assert (reply.situation.name if reply.situation else reply.answer) == wanted
        assert (reply.job is None) == (job is None)
        if reply.job is not None and job is not None:
            self.compare(model.keep(reply.job.id, job))
        else:
            self.compare([])

    @precondition(lambda self: any(model.jobs for model in self.models.values()))
    @rule(data=st.data())
    def fetches(self, data: st.DataObject) -> None:
        key, job_id = self.drawn(data)
        reply = self.engine(key, FetchInput((ENDPOINT,), job_id))
        model = self.models[key]
        if model.account.revoked:
            assert reply.situation is not None
            assert reply.situation.name == "invalid-key"
        else:
            wanted, calls = model.fetch(job_id)
            assert (reply.situation.name if reply.situation else reply.answer) == wanted
            self.compare(calls)

    @precondition(lambda self: any(model.jobs for model in self.models.values()))
    @rule(data=st.data(), how=st.sampled_from(["success", "failed", "error"]))
    def ends_by_hand(self, data: st.DataObject, how: Any) -> None:
        key, job_id = self.drawn(data)
        self.tick(key, SettleInput(job_id, how))
        self.compare(self.models[key].settle(job_id, how))

    @precondition(lambda self: any(model.jobs for model in self.models.values()))
    @rule(data=st.data())
    def is_nudged(self, data: st.DataObject) -> None:
        key, job_id = self.drawn(data)
        self.tick(key, NudgeInput(job_id))
        self.compare(self.models[key].nudge(job_id))

    @rule(key=keys)
    def ticks(self, key: str) -> None:
        self.tick(key, TickInput())
        self.compare(self.models[key].comes_due())

    @rule(key=keys, profile=st.sampled_from(sorted(PROFILES)))
    def changes_the_profile(self, key: str, profile: str) -> None:
        steer.set_profile(self.emulator, key, profile)
        self.models[key].profile = profile

    @rule(key=keys, job_id=st.integers(1, 10**8 - 1))
    def fetches_what_is_not_there(self, key: str, job_id: int) -> None:
        assert self.engine(key, FetchInput((ENDPOINT,), job_id)).job is None

    @rule(seconds=st.integers(1, 5))
    def time_passes(self, seconds: int) -> None:
        self.real += seconds
        for model in self.models.values():
            model.time_passes(seconds)

    @rule(key=keys, seconds=st.integers(0, 5) | st.just(int(LATE_S)))
    def advances(self, key: str, seconds: int) -> None:
        """From due webhook to due webhook, as a clock is moved: each goes out at its own moment."""
        model = self.models[key]
        moment = model.shown + seconds
        while True:
            stop = max(model.shown, min([moment, *model.planned.values()]))
            self.tick(key, AdvanceInput(moment))
            if model.mode != "real":
                model.shown = stop
            self.compare(model.comes_due())
            if model.mode == "real" or model.shown >= moment:
                break

    @rule(key=keys, mode=modes)
    def changes_the_clock(self, key: str, mode: str) -> None:
        self.effects = list(steer.set_clock(self.emulator, key, mode, self.real))
        self.models[key].becomes(mode.partition(":")[0])
        self.compare(self.models[key].comes_due())

    @rule(key=keys, story=stories, times=st.none() | st.integers(1, 3), prompt=st.none() | st.sampled_from(["cat", "fox"]))
    def sets_a_story(self, key: str, story: Story, times: int | None, prompt: str | None) -> None:
        model = self.models[key]
        model.ever += 1
        if times is None:
            model.stories = [each for each in model.stories if each.left is not None or each.prompt != prompt]
        model.stories.append(SetStory(model.ever, story, prompt, times))
        assert steer.queue_story(self.emulator, key, story, times=times, prompt=prompt) == model.ever

    @rule(key=keys, account=accounts)
    def changes_the_account(self, key: str, account: Account) -> None:
        steer.set_account(self.emulator, key, account)
        self.models[key].account, self.models[key].left = account, account.credits

    @rule(key=keys, parts=st.sets(st.sampled_from(steer.PARTS), min_size=1))
    def resets(self, key: str, parts: set[str]) -> None:
        steer.reset(self.emulator, key, parts, self.real)
        model, new = self.models[key], Model(self.real)
        if "jobs" in parts:
            for name in ("jobs", "made", "forgotten_pictures", "credits_not_spent", "planned"):
                setattr(model, name, getattr(new, name))
            self.ended = {who: how for who, how in self.ended.items() if who[0] != key}
        if "stories" in parts:
            model.stories, model.ever = [], 0
        if "account" in parts:
            model.account, model.left = new.account, new.left
        if "profile" in parts:
            model.profile = new.profile
        if "clock" in parts:
            model.mode = new.mode
            if not model.jobs:  # nothing is left that could see time run backwards
                model.shown = self.latest[key] = STARTED

    @invariant()
    def engine_and_model_agree(self) -> None:
        for key, model in self.models.items():
            held = self.held(key)
            now = held.clock.now(self.real)
            assert (held.clock.mode, now) == (model.mode, model.shown)
            assert (held.profile, held.pending) == (PROFILES[model.profile], model.planned)
            for job in held.jobs.values():
                assert fate_of(FIRST_PICTURE, held, job, now).status == model.hangs(model.jobs[job.id])
            stands = {job.id: status(job, held.fetches.get(job.id, []), now) for job in held.jobs.values()}
            assert stands == {job_id: job.stands(now) for job_id, job in model.jobs.items()}
            assert list(stands) == list(model.jobs)
            assert {job.id for job in unfinished(held, now)} == {each for each in stands if stands[each] == "processing"}
            assert credits_left(held) == model.left
            pictures = sum(job.pictures(now) for job in model.jobs.values())
            assert totals(held, now) == (model.made, pictures + model.forgotten_pictures, model.credits_not_spent)

    @invariant()
    def the_same_stories_wait(self) -> None:
        for key, model in self.models.items():
            told = [(each["n"], each["answers_given"]) for each in steer.stories_of(self.emulator, key)]
            in_order = sorted(model.stories, key=lambda each: (each.left is None, each.n if each.left else -each.n))
            assert told == [(each.n, each.answers) for each in in_order]
            left = [
                each["times"] - each["jobs_done"]
                for each in steer.stories_of(self.emulator, key, unused=True)
                if each["times"] is not None
            ]
            assert left == [each.left for each in in_order if each.left is not None]

    @invariant()
    def time_never_runs_backwards(self) -> None:
        for key in KEYS:
            now = self.held(key).clock.now(self.real)
            assert now >= self.latest[key]
            self.latest[key] = now

    @invariant()
    def an_ended_job_stays_as_it_ended(self) -> None:
        for key in KEYS:
            held = self.held(key)
            now = held.clock.now(self.real)
            for job in held.jobs.values():
                stands: Any = status(job, held.fetches.get(job.id, []), now)
                assert self.ended.get((key, job.id), stands) == stands
                if stands != "processing":
                    self.ended[key, job.id] = stands


_MORE = 8 if settings().max_examples > 1_000 else 1  # HYPOTHESIS_PROFILE=thorough
Steered.TestCase.settings = settings(max_examples=120 * _MORE, stateful_step_count=30, deadline=None)
TestSteered = Steered.TestCase
