"""An adapter, tried step by step: hello, a call that goes well, one that is refused, the end. What is wrong is one sentence."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelslab_contracts.kit.adapter_lines import (
    Hello,
    NoAnswer,
    Result,
    call_line,
    hello_line,
    hello_of,
    object_of,
    result_of,
)
from modelslab_contracts.kit.run import came_to
from modelslab_contracts.kit.stage import Played
from modelslab_contracts.story import Story, story_of

from ..version import __version__
from .child import CannotStart, Child
from .loopback_stage import LoopbackStage
from .program import last_line, read_picture
from .program_stage import plain_request

_REFUSED = story_of({"submit": ["error"]})
#: How long what was held back may take to come once stdin is closed.
_COMES_WITHIN_S = 5.0
#: How programs of a language send a line at once, by how their commands are called.
_FLUSHES: Mapping[str, str] = {
    "python": "print(…, flush=True), or run it as python -u",
    "ruby": "$stdout.sync = true",
    "php": "echo and flush(), without ob_start()",
    "perl": "$| = 1",
    "node": "process.stdout.write(line), and no process.exit() before it is out",
    "java": "System.out.flush() after println",
    "lua": 'io.stdout:setvbuf("line")',
    "sh": "stdbuf -oL in front of what writes, jq --unbuffered, grep --line-buffered, awk with fflush()",
}
_ANY_FLUSH = "fflush(stdout), Flush() or what your language calls it"


class Diagnosis(Exception):
    """What is wrong with an adapter, as one sentence."""


def selftest(command: Sequence[str], environment: Mapping[str, str], within_s: float) -> Iterator[str]:
    """A line for each step that went well. Raises Diagnosis."""
    with LoopbackStage() as stage:
        try:
            child = Child(command, stage.environment(environment))
        except CannotStart as problem:
            raise Diagnosis(str(problem)) from None
        try:
            trial = _Trial(child, command, within_s)
            yield from trial.steps(stage)
        except NoAnswer as problem:
            raise Diagnosis(str(problem)) from None
        finally:
            child.end(politely=False)


class _Trial:
    """One run of an adapter."""

    def __init__(self, child: Child, command: Sequence[str], within_s: float) -> None:
        self._child = child
        self._command = command
        self._within_s = within_s

    def steps(self, stage: LoopbackStage) -> Iterator[str]:
        self._send(hello_line(__version__, stage.time_url, str(stage.time_file)))
        hello = hello_of(self._heard("hello"))
        stage.is_tied = hello.virtual_time == "tied"
        yield f"hello        {_told(hello)}"
        played, result = self._call(stage, Story(), 1)
        _see_that_it_asked(played)
        if result.outcome is None or result.outcome.kind != "images":
            says = result.trouble or (came_to(result.outcome) if result.outcome else "")
            raise Diagnosis(f"the call that goes well: the answer was a success, and the result is none: {says}")
        yield f"happy call   the client {came_to(result.outcome)}"
        _, result = self._call(stage, _REFUSED, 2)
        if result.outcome is None:
            raise Diagnosis(f"the call that is refused: {result.trouble}")
        yield f"error call   the client {came_to(result.outcome)}"
        self._child.close_stdin()
        yield f"end          {self._end()}"

    def _call(self, stage: LoopbackStage, story: Story, seq: int) -> tuple[Played, Result]:
        played = stage.play(story, lambda base_url, key: self._result(seq, base_url, key))
        if played.raised is not None:
            raise played.raised
        return played, played.result

    def _result(self, seq: int, base_url: str, key: str) -> Result:
        self._send(call_line(seq, "", base_url, key, plain_request("")))
        result = result_of(self._heard("result of a call"), read_picture)
        if result.seq != seq:
            raise Diagnosis(f"the result's seq is {result.seq}, and the call's was {seq}: it must be that of the call")
        return result

    def _send(self, told: Mapping[str, Any]) -> None:
        self._child.send(json.dumps(told, separators=(",", ":")).encode() + b"\n")

    def _heard(self, what: str) -> Mapping[str, Any]:
        """Its next line. Raises Diagnosis or NoAnswer."""
        try:
            line = self._child.next(self._within_s)
        except queue.Empty:
            raise Diagnosis(self._why_silent(what)) from None
        if line is None:
            how = self._child.ended()
            raise Diagnosis(f"it ended before its {what}: {how}, {last_line(self._child.printed())}")
        told = object_of(line)
        if not line.endswith(b"\n"):
            raise Diagnosis(f"its {what} came without a newline at its end, and then it ended")
        return told

    def _why_silent(self, what: str) -> str:
        silent = f"no {what} came within {self._within_s:g} s"
        self._child.close_stdin()
        try:
            line = self._child.next(_COMES_WITHIN_S)
        except queue.Empty:
            line = None
        if line is None:
            said = last_line(self._child.printed())
            return f"{silent}, nor when its stdin was closed: does it read stdin line by line? ({said})"
        if not line.endswith(b"\n"):
            return f"{silent}: it was written without a newline at its end, so nobody can know that it is whole"
        return f"{silent}, but when its stdin was closed: stdout is buffered. Flush after each line: {self._flush()}"

    def _flush(self) -> str:
        """How the language of the command flushes."""
        names = [Path(each).name.lower() for each in self._command]
        ends = {".py": "python", ".rb": "ruby", ".php": "php", ".pl": "perl", ".js": "node", ".mjs": "node", ".sh": "sh"}
        names += [language for each in names for end, language in ends.items() if each.endswith(end)]
        return next(
            (says for language, says in _FLUSHES.items() if any(each.startswith(language) for each in names)), _ANY_FLUSH
        )

    def _end(self) -> str:
        code = self._child.end()
        if code is None or code < 0:
            raise Diagnosis("it does not end when its stdin is closed: it had to be killed")
        if code:
            raise Diagnosis(f"it ends with exit code {code} when its stdin is closed: {last_line(self._child.printed())}")
        return "exit code 0"


def _see_that_it_asked(played: Played) -> None:
    if not played.exchanges:
        raise Diagnosis(
            "the call that goes well: the client asked nothing of base_url; one with https://modelslab.com written into it "
            "is checked with check-client --exec"
        )


def _told(hello: Hello) -> str:
    does = [name for name in ("polls", "downloads", "webhooks") if getattr(hello.capabilities, name)]
    parts = [f"{hello.name} {hello.version}".strip(), hello.language, f"time {hello.virtual_time}", *does]
    return ", ".join(each for each in parts if each)
