"""A loopback stage with a program on it, which is started when the stage is entered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from modelslab_contracts.kit.chance import Simplest
from modelslab_contracts.kit.orders import order_table
from modelslab_contracts.kit.stage import Gone, Played
from modelslab_contracts.story import Story

from ..spec_endpoints import known_endpoints
from .doors import Door
from .loopback_stage import LoopbackStage
from .program import Program

#: Stories in a row in which a program died, after which the plainest one is tried.
_DIED_IN_A_ROW = 3


class ProgramStage(LoopbackStage):
    """See LoopbackStage. `tell` hears, in a sentence, that the client's sleeps turned out to be real."""

    def __init__(
        self,
        program: Program,
        tell: Callable[[str], None],
        *,
        seed: int = 0,
        profile: str = "documented",
        door: Door | None = None,
        spec: Sequence[str] = (),
    ) -> None:
        super().__init__(seed=seed, profile=profile, door=door, spec=spec)
        self._spec = spec
        self._program = program
        self._tell = tell

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._program.start(self)
        except BaseException:
            super().__exit__()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        try:
            self._program.stop()
        finally:
            super().__exit__(*problem)

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        played = super().play(story, act)
        if self.keeper.over == "slept":
            self._tell("the client's sleeps are real: from now on its clock is the real one, and every story takes its time")
            self.is_tied = False
            played = super().play(story, act)
        deaths = self._program.deaths
        if deaths and deaths % _DIED_IN_A_ROW == 0:
            self._see_whether_it_works_at_all()
        return played

    def _see_whether_it_works_at_all(self) -> None:
        deaths = self._program.deaths
        played = super().play(Story(), self.call_plainly)
        if self._program.deaths > deaths:
            why = str(played.raised).strip().splitlines()[-1:] or ["it said nothing on stderr"]
            raise Gone(f"the client died in {deaths} calls in a row, and in the plainest one as well: {why[0]}")

    def call_plainly(self, base_url: str, key: str) -> Any:
        """Ask for the simplest picture."""
        return self._program.call(base_url, key, plain_request(self._program.endpoint, self._spec))


def plain_request(endpoint: str, spec: Sequence[str] = ()) -> dict[str, Any]:
    """The smallest request that an endpoint takes; for "", one that any of them takes."""
    known = known_endpoints(spec)
    # Of two values for a field, that of the first endpoint stays.
    asked = [known[endpoint]] if endpoint else [*reversed([*known.values()])]
    return {name: value for each in asked for name, value in order_table(each).draw(Simplest()).request.items()}
