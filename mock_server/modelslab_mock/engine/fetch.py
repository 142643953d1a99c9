"""What a fetch comes to: how the job stands at this moment, told in the dialect of the job."""

from __future__ import annotations

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.situations import Situation, situation
from modelslab_contracts.story import MAX_POLLS, PLAIN_TURN, Turn

from .choose import PLAIN
from .clock import JUST_BEFORE_S
from .due import due_webhooks, webhook_of_ended
from .ids import id_behind
from .inputs import FetchInput, Outcome, Reply, Staging
from .job import ENDLESS, Job, ended_at, is_odd, status
from .refuse import literal, turned_away
from .render import FAILED_TEXT
from .sandbox import ClockMoved, Fact, Fetched, Sandbox

#: What every fetch gets of a job that ends in a status that nobody knows.
_ODD = Turn("unknown-status")


def fetch(sandbox: Sandbox, given: FetchInput, real_now: float) -> Outcome:
    job = _job(sandbox, given.job_id)
    endpoint = next((each for each in given.endpoints if job and each.name == job.endpoint), None)
    if job is None or endpoint is None:
        return Outcome([], _unknown(sandbox, given, job), [])
    facts: list[Fact] = []
    before = sandbox.fetches.get(job.id, [])
    was = status(job, before, sandbox.clock.now(real_now))
    now = _moved_by_fetch(sandbox, job, before, real_now, facts)
    fetches = [*before, now]
    is_now = status(job, fetches, now)
    # Once a job has ended its fetches decide nothing any more, and none does beyond the longest road by polls.
    if was == "processing" and len(before) <= MAX_POLLS:
        facts.append(Fetched(job.id, now))
    due, effects = due_webhooks(sandbox, now)
    if was == "processing" != is_now and job.values.get("webhook"):
        planned, more = webhook_of_ended(sandbox, job, now)
        due += planned
        effects += more
    reply = _told(endpoint, job, is_now, now, fetches)
    if job.story is not PLAIN:
        reply = _staged(reply, sandbox, job, is_now, fetches)
    return Outcome(facts + due, reply, effects)


def _job(sandbox: Sandbox, job_id: int | None) -> Job | None:
    """The job with this id, or with this other id when its story gave it one."""
    if job_id is None:
        return None
    job = sandbox.jobs.get(job_id)
    if job is None and (job := sandbox.jobs.get(id_behind(job_id))) is not None and not job.story.names_another_id:
        return None
    return job


def _staged(reply: Reply, sandbox: Sandbox, job: Job, is_now: str, fetches: list[float]) -> Reply:
    """The reply as the story of the job wants it; the last of the `fetches` is the one to answer."""
    story, now = job.story, fetches[-1]
    turn = story.fetch(len(fetches) - 1) if is_now == "processing" else PLAIN_TURN
    if is_odd(job, fetches, now):
        turn = _ODD
    said = reply._replace(delay_s=turn.slow or 0.0, staging=Staging(turn, story, now))
    away = turned_away(turn, story, sandbox.profile)
    if turn.word == "not-found":
        away = situation("unknown-request", sandbox.profile)
    elif is_now != "processing" and isinstance(job.ends, int) and job.is_queued:
        away = literal(job.ends, job.message, turn)
    if away is None:
        return said if turn == PLAIN_TURN else said._replace(reason=f"{said.reason}, {turn.word} as asked")
    status = away.status_for(reply.endpoint)
    return said._replace(answer=away.branch, status=status, reason=f"{away.name}, as asked: {reply.reason}", situation=away)


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
        left = "it never ends" if job.ends in ENDLESS else "" if end is None else f"{end - now:.1f} s to go"
        if (polls := job.story.polls_before_end) is not None and end is None and job.ends not in ENDLESS:
            left = f"{polls - len(fetches) + 1} more to go"
        return Reply(endpoint, call, "processing", 200, f"processing: fetch {len(fetches)}, {left}", job=job)
    if is_now == "success":
        why = "completed by hand" if job.settled else "its time has come"
        return Reply(endpoint, call, "success", 200, f"success: {why}", job=job)
    text = job.message or FAILED_TEXT
    broken = Situation(is_now, 200, text, is_now, None, None)
    return Reply(
        endpoint, call, is_now, 200, f"{is_now}, {'by hand' if job.settled else 'as asked'}", job=job, situation=broken
    )


def _unknown(sandbox: Sandbox, given: FetchInput, elsewhere: Job | None) -> Reply:
    """The refusal of a fetch; `elsewhere` is the key's job of that id when it is fetched by another call."""
    endpoint = given.endpoints[0]
    unknown = situation("unknown-request", sandbox.profile)
    if given.job_id is None:
        reason = "no id came" if given.came is None else "no id that a job could have (a whole number)"
    elif elsewhere is None:
        reason = f"this key has no job {given.job_id}"
    else:
        reason = f"job {given.job_id} is one of {elsewhere.endpoint}, which is fetched elsewhere"
    return Reply(endpoint, endpoint.fetches[0], unknown.branch, unknown.status_for(endpoint), reason, situation=unknown)
