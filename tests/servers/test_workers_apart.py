"""Sixteen parallel workers on one server: each sees what it would see alone, and nothing of the others."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from modelslab_mock.engine.ids import draw, sandbox_name

if TYPE_CHECKING:
    from .conftest import Server, StartServer

WORKERS = 16
SEED = 7
ROUNDS = 4
SERVE = ("--seed", str(SEED), "--clock", "frozen", "--log-format", "json", "--public-base-url", "http://links.test")
PROFILES = ("documented", "strict", "observed")
#: How each worker's clock runs; what a clock of the other two modes shows depends on the second in which it is asked.
CLOCKS: tuple[dict[str, Any], ...] = ({"mode": "frozen"}, {"mode": "auto"}, {"mode": "scaled", "factor": 50}, {"mode": "real"})
#: Roads by polls, by time (for clocks that are moved by hand or by fetches), and refusals: no two workers play the same.
ENDS = ("success", "failed", "error", "empty")


class Worker(NamedTuple):
    """One client with a key, a story, a profile and a clock of its own."""

    n: int

    @property
    def key(self) -> str:
        return f"k-worker-{self.n}"

    @property
    def sandbox(self) -> str:
        return sandbox_name(self.key)

    @property
    def clock(self) -> dict[str, Any]:
        return CLOCKS[self.n % 4]

    @property
    def stands_still(self) -> bool:
        return self.clock["mode"] in ("frozen", "auto")

    @property
    def story(self) -> str:
        first = ("", "rate-limited ", "unavailable ", "garbled ")[self.n // 4]
        return f"{first}processing polls={1 + self.n % 5} ends={ENDS[self.n // 4]} webhook=lost"


class Account(NamedTuple):
    """What a worker saw: every answer, and each time relative to what its clock showed at first."""

    answers: list[Any]
    times: list[float]
    journal: list[Any]


def work(server: Server, worker: Worker, start: threading.Barrier) -> tuple[list[Any], list[float], float]:
    """Set profile and clock, then submit, fetch and move the clock; the answers, the times, and the first time of all."""
    answers: list[Any] = []
    times: list[float] = []
    place = f"/__mock/sandboxes/{worker.sandbox}"
    with httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:

        def look() -> float:
            shown = client.get(f"{place}/clock").json()
            assert shown["mode"] == worker.clock["mode"]
            return float(shown["now"])

        def ask(path: str, body: Any) -> Any:
            said = client.post(path, json=body)
            answers.append((said.status_code, said.headers.get("retry-after"), said.text))
            times.append(look())
            return said

        start.wait(20)
        client.put(f"{place}/profile", json={"profile": PROFILES[worker.n % 3]}).raise_for_status()
        begun = float(client.get(f"{place}/clock").json()["now"])
        client.put(f"{place}/clock", json=worker.clock).raise_for_status()
        client.post(f"{place}/stories", json={"story": worker.story, "times": ROUNDS}).raise_for_status()
        for turn in range(ROUNDS):
            prompt = f"worker {worker.n}, turn {turn}"
            order = {"key": worker.key, "prompt": prompt, "width": 64, "height": 64, "webhook": "http://localhost:9/"}
            said: Any = {}
            for _ in range(3):
                reply = ask("/api/v6/realtime/text2img", order)
                if reply.status_code == 200 and reply.text.endswith("}"):
                    said = reply.json()
                    if said.get("fetch_result"):
                        break
            for _ in range(7):
                ask(urlsplit(said["fetch_result"]).path, {"key": worker.key})
            if worker.clock["mode"] != "real":
                client.post(f"{place}/clock/advance", json={"seconds": 1000 * (worker.n + 1)}).raise_for_status()
                times.append(look())
        for other in range(1, 4):  # a neighbour's first job, there or not, is nobody's here
            neighbour = Worker((worker.n + other) % WORKERS)
            job = draw(SEED, neighbour.sandbox, 0, 0).job_id
            assert "success" not in ask(f"/api/v6/realtime/fetch/{job}", {"key": worker.key}).text
        jobs = client.get(f"{place}/jobs").json()["jobs"]
        answers.append([(each["id"], each["status"]) for each in jobs])
    return answers, times, begun


def account_of(server: Server, worker: Worker, seen: tuple[list[Any], list[float], float]) -> Account:
    """What the worker saw and what the server wrote down of it."""
    answers, times, begun = seen
    assert times == sorted(times), "time never runs backwards"
    told = server.client.get(f"/__mock/sandboxes/{worker.sandbox}/journal?order=oldest&limit=1000").json()
    lines = told["exchanges"]
    assert told["matched"] == len(lines)
    for each in lines:
        del each["real_at"]
        at = each.pop("at")
        if worker.stands_still:
            each["at"] = round(at - begun, 3)
    return Account(answers, [round(each - begun, 3) for each in times] if worker.stands_still else [], lines)


def together(server: Server, workers: list[Worker]) -> list[Account]:
    start = threading.Barrier(len(workers))
    with ThreadPoolExecutor(len(workers)) as threads:
        seen = [each.result() for each in [threads.submit(work, server, worker, start) for worker in workers]]
    return [account_of(server, worker, each) for worker, each in zip(workers, seen, strict=True)]


def test_sixteen_workers_never_see_one_another(start_server: StartServer) -> None:
    workers = [Worker(n) for n in range(WORKERS)]
    at_once = together(start_server(*SERVE), workers)
    alone = start_server(*SERVE)
    for worker, seen in zip(workers, at_once, strict=True):
        # One after the other on a fresh server: before this one, its sandbox was never used.
        (expected,) = together(alone, [worker])
        assert seen.answers == expected.answers, worker
        assert seen.times == expected.times, worker
        for line, wanted in zip(seen.journal, expected.journal, strict=True):
            assert line == wanted, worker
        assert len(seen.journal) == len(seen.answers) - 1
        assert len({each["job_id"] for each in seen.journal if each["job_id"]}) >= ROUNDS
    assert len({json.dumps(each.answers) for each in at_once}) == WORKERS, "no two saw the same"


def test_a_worker_alone_on_a_server_of_its_own_sees_the_same(start_server: StartServer) -> None:
    """The first test shares its second server; here nobody was there before."""
    (alone,) = together(start_server(*SERVE), [Worker(5)])
    assert alone == together(start_server(*SERVE), [Worker(each) for each in (5, 4, 1, 9)])[0]
