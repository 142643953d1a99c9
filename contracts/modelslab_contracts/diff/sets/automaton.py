"""The texts in which some patterns are found and others are not: the shortest, or a proof of none.

A pattern becomes a nondeterministic automaton, walked by sets of states. `$` leaves the ordinary states for the ending
ones, from which only the end follows, or (as one engine reads it) one line break and then the end.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from .letters import ALL, READINGS, Letters, Reading, alphabet
from .patterns import Anchor, Choice, Letter, Node, Repeat, Sequence, Unsupported, parsed

_MOST_STATES = 3_000
_MOST_STEPS = 60_000
_GOING, _ENDING, _ENDED = 0, 1, 2

#: A state of the automaton and how near the end it has to be.
Spot = tuple[int, int]
Spots = frozenset[Spot]
#: A pattern as one engine reads it.
Found = tuple[str, Reading]


class Limit(Exception):
    """More states than anyone wants to walk."""


class Machine:
    """The automaton of one pattern: `jumps` cost nothing, `moves` cost a letter."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.jumps: list[list[tuple[int, str]]] = []
        self.moves: list[list[tuple[Letters, int]]] = []
        self.start = self.state()
        self.accepting = self.state()

    def state(self) -> int:
        """A fresh state."""
        if len(self.jumps) >= _MOST_STATES:
            raise Unsupported(f"it needs more than {_MOST_STATES:,} states")
        self.jumps.append([])
        self.moves.append([])
        return len(self.jumps) - 1

    def build(self, node: Node, start: int, end: int) -> None:
        """Lay a road for a node from one state to another."""
        match node:
            case Letter(letters):
                self.moves[start].append((letters, end))
            case Anchor(sign):
                self.jumps[start].append((end, sign))
            case Choice(parts):
                for part in parts:
                    self.build(part, start, end)
            case Sequence(parts):
                at = start
                for part in parts:
                    following = self.state()
                    self.build(part, at, following)
                    at = following
                self.jumps[at].append((end, ""))
            case Repeat():
                self._repeat(node, start, end)

    def _repeat(self, node: Repeat, start: int, end: int) -> None:
        at = start
        for _ in range(node.least):
            following = self.state()
            self.build(node.part, at, following)
            at = following
        if node.most is None:
            # Its own pair of states: a loop on `at` itself would be open to whatever else leads there.
            inner, back = self.state(), self.state()
            self.jumps[at].append((inner, ""))
            self.build(node.part, inner, back)
            self.jumps[back].append((inner, ""))
            self.jumps[inner].append((end, ""))
            return
        for _ in range(node.most - node.least):
            self.jumps[at].append((end, ""))
            following = self.state()
            self.build(node.part, at, following)
            at = following
        self.jumps[at].append((end, ""))

    def closure(self, spots: set[Spot], *, at_start: bool) -> Spots:
        """All spots that are reached without a letter."""
        todo, found = list(spots), set(spots)
        while todo:
            state, mode = todo.pop()
            for target, sign in self.jumps[state]:
                if sign == "^" and not at_start:
                    continue
                near = max(mode, _ENDING if self.reading.ends_before_newline else _ENDED) if sign == "$" else mode
                if (target, near) not in found:
                    found.add((target, near))
                    todo.append((target, near))
        return frozenset(found)


class _Ready(NamedTuple):
    """A machine and where it begins; the letters that it tells apart, by number."""

    machine: Machine
    begin: Spots
    sets: tuple[Letters, ...]


@lru_cache(maxsize=1_024)
def _ready(pattern: str | tuple[str, ...], reading: Reading) -> _Ready:
    machine = Machine(reading)
    if isinstance(pattern, str):
        # Found anywhere: any letters before it, and any after.
        before = machine.state()
        machine.jumps[machine.start].append((before, ""))
        machine.moves[before].append((ALL, before))
        machine.build(parsed(pattern, reading), before, machine.accepting)
        machine.moves[machine.accepting].append((ALL, machine.accepting))
    else:
        for text in pattern:
            at = machine.start
            for letter in text:
                following = machine.state()
                machine.moves[at].append((((ord(letter), ord(letter)),), following))
                at = following
            machine.jumps[at].append((machine.accepting, ""))
    sets = tuple(dict.fromkeys(letters for moves in machine.moves for letters, _ in moves))
    return _Ready(machine, machine.closure({(machine.start, _GOING)}, at_start=True), sets)


def _stepped(ready: _Ready, spots: Spots, letter: str) -> Spots:
    point = ord(letter)
    reached: set[Spot] = set()
    for state, mode in spots:
        if mode == _ENDED or (mode == _ENDING and letter != "\n"):
            continue
        near = _ENDED if mode == _ENDING else _GOING
        for letters, target in ready.machine.moves[state]:
            if any(first <= point <= last for first, last in letters):
                reached.add((target, near))
    return ready.machine.closure(reached, at_start=False)


def _accepted(ready: _Ready, spots: Spots) -> bool:
    return any(state == ready.machine.accepting for state, _ in spots)


@lru_cache(maxsize=16_384)
def accepts(pattern: str, reading: Reading, text: str) -> bool:
    """Whether the pattern is found in the text, as one engine reads it. Raises Unsupported."""
    ready = _ready(pattern, reading)
    spots = ready.begin
    for letter in text:
        spots = _stepped(ready, spots, letter)
    return _accepted(ready, spots)


def shortest(on: Several[Found], off: Several[Found], never: AbstractSet[str], least: int, most: int | None) -> str | None:
    """The shortest text of `least` to `most` characters in which the patterns `on` are found and `off` are not.

    It is none of `never`; None when there is no such text. Raises Unsupported or Limit.
    """
    machines = [_ready(*each) for each in on]
    refused = [_ready(*each) for each in off]
    if never:
        refused.append(_ready(tuple(sorted(never)), READINGS[0]))
    walk = _Walk([*machines, *refused], len(machines))
    return walk.run(least, most)


class _Walk:
    """All machines side by side, layer by layer: one layer per character."""

    def __init__(self, machines: list[_Ready], wanted: int) -> None:
        self.machines = machines
        self.wanted = wanted
        self.letters = [letter for letter, _ in alphabet([each for machine in machines for each in machine.sets])]
        self.steps = 0
        self._kept: dict[tuple[int, Spots, str], Spots] = {}

    def run(self, least: int, most: int | None) -> str | None:
        begin = tuple(each.begin for each in self.machines)
        layers: list[dict[tuple[Spots, ...], tuple[tuple[Spots, ...], str] | None]] = [{begin: None}]
        seen: set[tuple[Spots, ...]] = set()
        while layers[-1] and (most is None or len(layers) - 1 <= most):
            length = len(layers) - 1
            if length >= least:
                seen.update(layers[-1])
                for spots in layers[-1]:
                    if self._accepted(spots):
                        return self._text(layers, spots)
            following: dict[tuple[Spots, ...], tuple[tuple[Spots, ...], str] | None] = {}
            for spots in layers[-1]:
                for letter in self.letters:
                    reached = self._step(spots, letter)
                    if reached is not None and reached not in following and reached not in seen:
                        following[reached] = spots, letter
            layers.append(following)
        return None

    def _step(self, spots: tuple[Spots, ...], letter: str) -> tuple[Spots, ...] | None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise Limit(f"patterns: more than {_MOST_STEPS:,} steps")
        reached = []
        for number, each in enumerate(spots):
            key = number, each, letter
            if key not in self._kept:
                self._kept[key] = _stepped(self.machines[number], each, letter)
            if not self._kept[key] and number < self.wanted:
                return None  # a pattern that can no longer be found
            reached.append(self._kept[key])
        return tuple(reached)

    def _accepted(self, spots: tuple[Spots, ...]) -> bool:
        answers = [_accepted(machine, each) for machine, each in zip(self.machines, spots, strict=True)]
        return all(answers[: self.wanted]) and not any(answers[self.wanted :])

    @staticmethod
    def _text(layers: list[dict[tuple[Spots, ...], tuple[tuple[Spots, ...], str] | None]], spots: tuple[Spots, ...]) -> str:
        letters = []
        for layer in reversed(layers):
            came = layer[spots]
            if came is None:
                break
            spots, letter = came
            letters.append(letter)
        return "".join(reversed(letters))
