"""A client behind a long-lived adapter, which is called by lines of JSON: see kit/adapter_lines.py."""

from __future__ import annotations

import json
import queue
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from modelslab_contracts.kit.adapter_lines import Hello, NoAnswer, call_line, hello_line, hello_of, object_of, result_of
from modelslab_contracts.kit.outcome import CameTo
from modelslab_contracts.kit.stage import Gone, NotJudged, Stopped

from ..version import __version__
from ..wire.wall_clock import real_now
from .child import ENDS_WITHIN_S, CannotStart, Child
from .loopback_stage import LoopbackStage
from .program import LOOK_S, SILENT_REAL_S, SILENT_S, died, last_line, read_picture

#: Real seconds for the hello.
GREETS_WITHIN_S = 60.0
#: Calls in a row that an adapter cannot answer in an orderly way, after which it is not called again.
_TOO_OFTEN = 3
WHY_OVER = {
    "spun": "the client polled 1000 times while its clock stood still: it sleeps by something that the kit cannot see",
    "slept": "the client's sleeps are real, though its time was taken to be tied",
}


class Adapter:
    """See Program. It is started when it is first called, and again after it has died."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.hello = Hello()
        self.endpoint = ""
        self.deaths = 0
        self._command = command
        self._environment = environment
        self._child: Child | None = None
        self._stage: LoopbackStage | None = None
        self._seq = 0
        self._troubles = 0

    def start(self, stage: LoopbackStage) -> None:
        """See Program."""
        self._stage = stage
        self._greet()

    def stop(self) -> None:
        """Say goodbye, and see to it that it goes."""
        if self._child is not None:
            self._child.send(_line({"op": "bye"}))
            self._child.end()
        self._child = None

    def call(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        """See Program."""
        assert self._stage is not None, "it was started"
        child = self._child if self._child is not None and not self._child.has_ended else self._greet()
        self._seq += 1
        child.printed()
        child.send(_line(call_line(self._seq, self.endpoint, base_url, key, request)))
        try:
            result = self._result(child, self._stage)
        except NoAnswer as problem:
            self._end()
            self._troubles += 1
            raise (Gone if self._troubles >= _TOO_OFTEN else NotJudged)(str(problem)) from None
        self._troubles = self.deaths = 0
        raise CameTo(result, child.printed())

    def _result(self, child: Child, stage: LoopbackStage) -> Any:
        """The outcome of the call that was sent last."""
        while True:
            try:
                line = child.next(LOOK_S)
            except queue.Empty:
                self._see_whether_it_is_over(child, stage)
                continue
            if line is None:
                how = child.ended()
                printed = child.printed()
                self._end()
                self.deaths += 1
                raise CameTo(died(how, printed), printed)
            result = result_of(object_of(line), read_picture)
            if result.seq == self._seq and result.outcome is None:
                raise NotJudged(result.trouble)
            if result.seq == self._seq:
                return result.outcome
            if not 0 < result.seq < self._seq:  # one that was given up may still come
                raise NoAnswer(f"result: seq is {result.seq}, and the call that waits for its result is {self._seq}")

    def _see_whether_it_is_over(self, child: Child, stage: LoopbackStage) -> None:
        over, patience = stage.keeper.over, SILENT_S if stage.is_tied else SILENT_REAL_S
        silent = real_now() - stage.keeper.alive_at > patience
        if not over and not silent:
            return
        self._give_up(child)
        if over == "stopped":
            raise Stopped
        raise NoAnswer(WHY_OVER.get(over) or f"the adapter has neither asked nor answered anything for {patience:g} s")

    def _give_up(self, child: Child) -> None:
        """Cancel the call that is under way, where the adapter can; else it is started anew."""
        if self.hello.cancel and child.send(_line({"op": "cancel", "seq": self._seq})):
            try:
                line = child.next(ENDS_WITHIN_S)
                if line is not None and result_of(object_of(line), read_picture).seq == self._seq:
                    return
            except (queue.Empty, NoAnswer):
                pass
        self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.end(politely=False)
        self._child = None

    def _greet(self) -> Child:
        """Start it, and hear its hello. Raises Gone."""
        assert self._stage is not None, "it was started"
        stage = self._stage
        try:
            self._child = child = Child(self._command, stage.environment(self._environment))
            child.send(_line(hello_line(__version__, stage.time_url, str(stage.time_file))))
            line = child.next(GREETS_WITHIN_S)
            self.hello = hello_of(object_of(line)) if line is not None else _no_hello(child)
        except queue.Empty:
            self._end()
            raise Gone(
                f"the adapter said nothing within {GREETS_WITHIN_S:g} s; modelslab-mock adapter-selftest says why"
            ) from None
        except (CannotStart, NoAnswer) as problem:
            self._end()
            raise Gone(f"the adapter cannot be used: {problem}") from None
        stage.is_tied = stage.is_tied and self.hello.virtual_time == "tied"
        return child


def _no_hello(child: Child) -> NoReturn:
    raise NoAnswer(f"it ended before its hello: {child.ended()}, {last_line(child.printed())}")


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
