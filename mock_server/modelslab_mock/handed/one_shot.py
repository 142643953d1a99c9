"""A client that is a command, run once for each picture: the request goes in, the last line that comes out is the result."""

from __future__ import annotations

import json
import queue
from collections.abc import Mapping, Sequence
from typing import Any

from modelslab_contracts.kit.adapter_lines import NoAnswer, outcome_of_error, pictures_of
from modelslab_contracts.kit.outcome import CameTo
from modelslab_contracts.kit.run import Outcome
from modelslab_contracts.kit.stage import NeverRan, NotJudged, Stopped

from ..wire.wall_clock import real_now
from .adapter import WHY_OVER
from .child import CannotStart, Child
from .loopback_stage import LoopbackStage
from .program import LOOK_S, SILENT_REAL_S, SILENT_S, died, ended_by, last_line, read_picture

FORM = '{"images": [ADDRESS, …]} or {"error": "…"}'


class OneShot:
    """See Program."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.endpoint = ""
        self.deaths = 0
        self._command = command
        self._environment = environment
        self._stage: LoopbackStage | None = None

    def start(self, stage: LoopbackStage) -> None:
        """See Program."""
        self._stage = stage

    def stop(self) -> None:
        """See Program."""

    def call(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        """See Program."""
        assert self._stage is not None, "it was started"
        stage, told = self._stage, json.dumps(request, ensure_ascii=False)
        environment = stage.environment(self._environment) | {
            "MODELSLAB_BASE_URL": base_url,
            "MODELSLAB_API_KEY": key,
            "MODELSLAB_REQUEST": json.dumps(request),
            "MODELSLAB_ENDPOINT": self.endpoint,
        }
        try:
            child = Child(self._command, environment)
        except CannotStart as problem:
            raise NeverRan(str(problem)) from None
        try:
            child.send(told.encode("utf-8", "surrogatepass") + b"\n")
            child.close_stdin()
            last = self._last_line(child, stage)
            how = child.ended()
            printed = child.printed()
        finally:
            child.end(politely=False)
        raise CameTo(self._outcome(last, how, printed), printed)

    def _last_line(self, child: Child, stage: LoopbackStage) -> bytes:
        last = b""
        while True:
            try:
                line = child.next(LOOK_S)
            except queue.Empty:
                over, patience = stage.keeper.over, SILENT_S if stage.is_tied else SILENT_REAL_S
                if over == "stopped":
                    raise Stopped from None
                if over or real_now() - stage.keeper.alive_at > patience:
                    why = WHY_OVER.get(over) or f"the command has neither asked nor ended for {patience:g} s"
                    raise NotJudged(why) from None
                continue
            if line is None:
                return last
            last = line if line.strip() else last

    def _outcome(self, last: bytes, how: str, printed: str) -> Outcome:
        told = _object(last)
        try:
            if "images" in told:
                return pictures_of(told["images"], read_picture)
        except NoAnswer as problem:
            raise NotJudged(str(problem)) from None
        if "error" in told:
            error = told["error"]
            message = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
            return outcome_of_error("error", message, str(told.get("class", "")))
        if how == "exit code 0":
            said = f"; on stderr: {last_line(printed)}" if printed.strip() else ""
            raise NotJudged(f"the command ended well without a last line on stdout that is {FORM}{said}")
        self.deaths = self.deaths + 1 if how == "exit code 127" else 0
        if how.startswith("SIG"):
            return died(how, printed)
        type_, says = ended_by(printed)
        return outcome_of_error("error", says, type_ or how)


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
