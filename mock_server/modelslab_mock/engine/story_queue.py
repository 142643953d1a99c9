"""The stories that were set for a sandbox: those for so many jobs in the order they came, then those that stay.

A story with a count is for so many jobs. For each of them its `submit` list is walked once, one answer per attempt, and
the job's turn is over when the last answer of the list was given: a client that retries after a refusal stays within the
turn. A story without a count stays until it is replaced and plays as `--story` does: its list is walked once, over all
submits, and the last answer stays.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from modelslab_contracts.story import Story, as_json

#: Bounds of one sandbox; a story beyond them is refused, none is dropped.
MAX_STORIES = 10_000
MAX_STORY_BYTES = 4 * 2**20
#: What an entry takes beside its story, roughly.
_ENTRY_BYTES = 100


class SetStory(NamedTuple):
    """A story set for a sandbox, and how far it was played.

    `n` counts the stories that were set for the sandbox, from 1. `times`: for how many jobs; None stays until replaced.
    It is for orders of `endpoint` whose prompt holds `prompt`; None is for any. `turns` are the jobs it is done with,
    `answers` those given in this turn (over all submits, where the story stays).
    """

    n: int
    story: Story
    times: int | None = None
    endpoint: str | None = None
    prompt: str | None = None
    turns: int = 0
    answers: int = 0

    @property
    def size(self) -> int:
        """Bytes that the story counts for."""
        return len(json.dumps(as_json(self.story))) + len(self.prompt or "") + _ENTRY_BYTES

    @property
    def was_played(self) -> bool:
        """Whether any answer of it was given."""
        return bool(self.turns or self.answers)

    def suits(self, endpoint: str, prompt: str) -> bool:
        """Whether it is for such an order."""
        return (self.endpoint is None or self.endpoint == endpoint) and (self.prompt is None or self.prompt in prompt)

    def played(self) -> SetStory:
        """The same after one more of its answers was given."""
        if self.times is not None and self.answers + 1 >= len(self.story.submit):
            return self._replace(turns=self.turns + 1, answers=0)
        return self._replace(answers=self.answers + 1)


@dataclass(slots=True)
class StoryQueue:
    """All that was set for one sandbox and is not used up. Like the sandbox it changes only through facts."""

    counted: OrderedDict[int, SetStory] = field(default_factory=OrderedDict)
    standing: dict[tuple[str | None, str | None], SetStory] = field(default_factory=dict)
    ever: int = 0
    size: int = 0

    def __len__(self) -> int:
        return len(self.counted) + len(self.standing)

    def __iter__(self) -> Iterator[SetStory]:
        """In the order in which they are looked at: those with a count as they came, then those that stay, newest first."""
        yield from self.counted.values()
        yield from reversed(self.standing.values())

    def story_for(self, endpoint: str, prompt: str) -> SetStory | None:
        """The one that an order plays; None when none suits it."""
        return next((each for each in self if each.suits(endpoint, prompt)), None)

    def unused(self) -> list[SetStory]:
        """What was set and is still waiting: stories with a count that jobs are missing for, others never played."""
        return [*self.counted.values(), *(each for each in self.standing.values() if not each.was_played)]

    def add(self, entry: SetStory) -> None:
        """Put a story at its place; one that stays replaces the one for the same orders."""
        self.ever = entry.n
        self.size += entry.size
        if entry.times is not None:
            self.counted[entry.n] = entry
            return
        orders = (entry.endpoint, entry.prompt)
        if (old := self.standing.pop(orders, None)) is not None:
            self.size -= old.size
        self.standing[orders] = entry

    def play(self, n: int) -> None:
        """Give one answer of story `n`; a story that is used up goes."""
        if n not in self.counted:
            for orders, entry in self.standing.items():
                if entry.n == n:
                    self.standing[orders] = entry.played()
                    break
            return
        after = self.counted[n].played()
        if after.turns == after.times:
            del self.counted[n]
            self.size -= after.size
        else:
            self.counted[n] = after
