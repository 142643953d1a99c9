"""Stories: what was set for a sandbox, setting one or many, the schema, and reading words as a story."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from modelslab_contracts.nearest import meant
from modelslab_contracts.story import StoryError, as_json, as_sentence, json_schema, story_from_text

from ..emulator import Emulator
from ..engine.story_queue import MAX_STORIES, SetStory, StoryQueue
from ..steer import MAX_PROMPT, MAX_TIMES, SteerError, queue_stories, read_entry
from .errors import Refused
from .names import SandboxName
from .panel import Panel

MAX_TEXT = 100_000
MAX_PAGE = 1_000
#: Stories of a posted list that are read at a stretch: in between others are served.
_AT_A_STRETCH = 100

_TIMES = "For so many jobs; null stays until it is replaced."
_ENDPOINT = "Only for orders of this endpoint."
_PROMPT = "Only for orders whose prompt holds this text."


class NewStory(BaseModel, extra="forbid"):
    """A story, and whom it is for."""

    story: Any = Field(
        description="A JSON value as `GET /__mock/stories/schema` describes it, or the same in words.",
        examples=["unavailable processing+slow=2"],
    )
    times: int | None = Field(None, ge=1, le=MAX_TIMES, strict=True, description=_TIMES, examples=[1])
    endpoint: str | None = Field(None, min_length=1, max_length=100, description=_ENDPOINT)
    prompt: str | None = Field(None, min_length=1, max_length=MAX_PROMPT, description=_PROMPT)


class NewStories(NewStory):
    """One story and whom it is for; or many under `stories` and nothing else, which are all set or none."""

    story: Any = Field(
        None,
        description="A JSON value as `GET /__mock/stories/schema` describes it, or the same in words.",
        examples=["unavailable processing+slow=2"],
    )
    stories: list[NewStory] | None = Field(
        None, min_length=1, max_length=MAX_STORIES, description="Many at once, in the order in which they are to be used up."
    )


class StoryView(BaseModel):
    """A story that was set and is not used up."""

    n: int = Field(description="Counts the stories that were set for the sandbox, from 1.", examples=[1])
    story: dict[str, Any] = Field(description="The smallest JSON value that tells it.")
    sentence: str = Field(description="It in one sentence.")
    times: int | None = Field(description=_TIMES, examples=[1])
    endpoint: str | None = Field(description=_ENDPOINT)
    prompt: str | None = Field(description=_PROMPT)
    jobs_done: int = Field(description="Jobs that it is done with.", examples=[0])
    answers_given: int = Field(
        description="Answers of its `submit` that were given to the present job; over all submits, where the story stays.",
        examples=[0],
    )


class StoryList(BaseModel):
    """Stories by their numbers. Those for so many jobs are looked at first, then those that stay, the newest first."""

    waiting: int = Field(description="How many match in all, also on other pages.", examples=[1])
    stories: list[StoryView]
    next: int | None = Field(description="The `after` of the next page; null when this is the last one.")


class StoriesGone(BaseModel):
    """What was let go."""

    stories: int = Field(examples=[1])


class StoryText(BaseModel, extra="forbid"):
    """A story as text."""

    text: str = Field(max_length=MAX_TEXT, description="JSON, or words.", examples=["processing polls=3 ends=failed"])


class StoryRead(BaseModel):
    """A story as it was understood."""

    story: dict[str, Any] = Field(description="The smallest JSON value that tells it.")
    sentence: str = Field(description="It in one sentence.", examples=["the submit is queued; 3 fetches say processing"])


def room(panel: Panel) -> APIRouter:
    """List, set, let go; the schema; read."""
    router = APIRouter(tags=["stories"])
    emulator = panel.emulator

    @router.get("/stories/schema", summary="JSON Schema of a story")
    async def schema() -> dict[str, Any]:
        return json_schema()

    @router.post("/stories/read", summary="Read a story and tell it back; nothing is set")
    async def read(given: StoryText) -> StoryRead:
        try:
            story = story_from_text(given.text)
        except StoryError as problem:
            raise _refused(problem) from None
        return StoryRead(story=as_json(story), sentence=as_sentence(story))

    @router.get("/sandboxes/{name}/stories", summary="The stories that wait, by number, page by page")
    async def stories(
        name: SandboxName,
        unused: Annotated[bool, Query(description="Only those not used (up): a test that ends should have none.")] = False,
        after: Annotated[int, Query(ge=0, description="Only those with a number above this one.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="At most so many.")] = 100,
    ) -> StoryList:
        queue = panel.store.look(name).stories or StoryQueue()
        return _page(queue.unused() if unused else list(queue), after, limit)

    @router.post("/sandboxes/{name}/stories", summary="Set a story, or many: all or none; answers with the first 100 of them")
    async def post(name: SandboxName, given: NewStories) -> StoryList:
        entries = await _entries(emulator, given)
        try:
            numbers = queue_stories(emulator, name, entries)
        except SteerError as problem:
            raise _refused(problem) from None
        return _page([each._replace(n=n) for n, each in zip(numbers, entries, strict=True)], 0, 100)

    @router.delete("/sandboxes/{name}/stories", summary="Let all stories go, and forget how far any was played")
    async def delete(name: SandboxName) -> StoriesGone:
        return StoriesGone(stories=panel.resets.reset("stories", name)["stories"])

    return router


async def _entries(emulator: Emulator, given: NewStories) -> list[SetStory]:
    """All stories of a body, read and checked. Raises Refused for the first that cannot be set."""
    said = given.model_fields_set - {"stories"}
    if given.stories is None and "story" not in said:
        raise Refused(422, "/story is needed, or /stories", "story")
    if given.stories is not None and said:
        raise Refused(422, f"/{min(said)} cannot stand beside /stories: each of these says it for itself")
    stories: Sequence[NewStory] = [given] if given.stories is None else given.stories
    entries = []
    for at, each in enumerate(stories):
        if at and not at % _AT_A_STRETCH:
            await asyncio.sleep(0)
        try:
            entries.append(read_entry(emulator, each.story, times=each.times, endpoint=each.endpoint, prompt=each.prompt))
        except SteerError as problem:
            raise _refused(problem, "" if given.stories is None else f"/stories/{at}: ") from None
    return entries


def _page(entries: Sequence[SetStory], after: int, limit: int) -> StoryList:
    found = sorted((each for each in entries if each.n > after), key=lambda each: each.n)
    shown = [*islice(found, limit)]
    return StoryList(
        waiting=len(entries),
        stories=[
            StoryView(
                n=each.n,
                story=as_json(each.story),
                sentence=as_sentence(each.story),
                times=each.times,
                endpoint=each.endpoint,
                prompt=each.prompt,
                jobs_done=each.turns,
                answers_given=each.answers,
            )
            for each in shown
        ],
        next=shown[-1].n if len(found) > limit else None,
    )


def _refused(problem: ValueError, where: str = "") -> Refused:
    return Refused(422, f"{where}{problem}", meant(str(problem)))
