"""What a fetch comes to: how the job stands at this moment, told in the dialect of the job."""

from __future__ import annotations

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.situations import Situation, situation
from modelslab_contracts.story import MAX_POLLS

from .clock import JUST_BEFORE_S
from .due import due_webhooks
from .inputs import FetchInput, Outcome, Reply
from .job import Job, ended_at, status
from .render import FAILED_TEXT
from .sandbox import ClockMoved, Fact, Fetched, Sandbox


def fetch(sandbox: Sandbox, given: FetchInput, real_now: float) -> Outcome:
    job = sandbox.jobs.get(given.job_id) if given.job_id is not None else None
    endpoint = next((each for each in given.endpoints if job and each.name == job.endpoint), None)
    if job is None or endpoint is None:
        return Outcome([], _unknown(sandbox, given), [])
    facts: list[Fact] = []
    before = sandbox.fetches.get(job.id, [])
    was = status(job, before, sandbox.clock.now(real_now))
    now = _moved_by_fetch(sandbox, job, before, real_now, facts)
    fetches = [*before, now]
    is_now = status(job, fetches, now)
    # Once a job has ended its fetches decide nothing any more, and none does beyond the longest road by polls.
    if was == "processing" and len(before) <= MAX_POLLS:
        facts.append(Fetched(job.id, now))
    due, effects = due_webhooks(
        sandbox, now, just_ended=job if was == "processing" != is_now and job.story.polls is not None else None
    )
    return Outcome(facts + due, _told(endpoint, job, is_now, now, fetches), effects)


def _moved_by_fetch(sandbox: Sandbox, job: Job, before: list[float], real_now: float, facts: list[Fact]) -> float:
    """The time of this fetch; in `auto` a job's first fetch moves the clock to just before its end, the next onto it."""
    now = sandbox.clock.now(real_now)
    if sandbox.clock.mode != "auto" or job.story.polls is not None:
        return now
    end = ended_at(job, before)
    if end is None or now >= end:
        return now
    moment = max(now, end if before else end - JUST_BEFORE_S)
    facts.append(ClockMoved(sandbox.clock.moved_to(moment, real_now)))
    return moment


def _told(endpoint: Endpoint, job: Job, is_now: str, now: float, fetches: list[float]) -> Reply:
    call = endpoint.fetches[0]
    if is_now == "processing":
        end = ended_at(job, fetches)
        left = "it never ends" if job.story.ends == "never" else "" if end is None else f"{end - now:.1f} s to go"
        if job.story.polls is not None and end is None and job.story.ends != "never":
            left = f"{job.story.polls - len(fetches) + 1} more to go"
        return Reply(endpoint, call, "processing", 200, f"processing: fetch {len(fetches)}, {left}", job=job)
    if is_now == "success":
        return Reply(endpoint, call, "success", 200, "success: its time has come", job=job)
    text = job.story.message or FAILED_TEXT
    broken = Situation(is_now, 200, text, is_now, None, None)
    return Reply(endpoint, call, is_now, 200, f"{is_now}, as asked", job=job, situation=broken)


def _unknown(sandbox: Sandbox, given: FetchInput) -> Reply:
    endpoint = given.endpoints[0]
    unknown = situation("unknown-request", sandbox.profile)
    reason = "no id" if given.job_id is None else f"this key has no job {given.job_id}"
    return Reply(endpoint, endpoint.fetches[0], unknown.branch, unknown.status_for(endpoint), reason, situation=unknown)
