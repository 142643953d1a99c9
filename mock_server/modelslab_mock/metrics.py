"""What a server counts, in the text format of Prometheus: a pure function of numbers that were kept or are looked up.

Counters only grow and outlive what they count; gauges say what is there at the moment they are asked for.
Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal, NamedTuple, Protocol

from modelslab_contracts.exchange import Journal

from .engine.job import status
from .engine.sandbox import Sandbox
from .stores.counts import Counts

#: How a webhook call can have gone.
OUTCOMES = ("delivered", "failed", "lost", "refused")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "modelslab_mock_"
#: Jobs whose status is worked out for one answer, the newest of the most recently used sandboxes; about a tenth of a second.
MAX_JOBS_LOOKED_AT = 100_000
#: What the others are counted as, so that the sum is always that of all jobs that are kept.
NOT_LOOKED_AT = "not-looked-at"
Labels = tuple[tuple[str, str], ...]


class Measured(NamedTuple):
    """The numbers of a server at one moment. `exchanges` is by (endpoint, answer, HTTP status), `jobs` by status."""

    version: str
    exchanges: Mapping[tuple[str, str, int], int]
    jobs: Mapping[str, int]
    jobs_submitted: int
    pictures_drawn: int
    webhooks: Mapping[str, int]
    sandboxes: int
    sandboxes_forgotten: int
    journal: int
    journal_forgotten: int
    uptime_s: float = 0.0


class Metric(NamedTuple):
    """One metric: its name without the prefix, and a value for each set of labels."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    values: tuple[tuple[Labels, float], ...]


class Counting(Protocol):
    """A store that counts."""

    @property
    def counts(self) -> Counts:
        """What it counted."""

    def held(self) -> list[Sandbox]:
        """The sandboxes that are kept."""

    def journals(self) -> dict[str, Journal]:
        """Their journals."""


def measure(
    store: Counting,
    real_now: float,
    *,
    version: str,
    pictures_drawn: int = 0,
    webhooks: Mapping[str, int] | None = None,
    started: float | None = None,
) -> Measured:
    """The numbers of a store now, with those that others count: pictures, and webhooks by how they went.

    At most MAX_JOBS_LOOKED_AT jobs are looked at. It changes nothing and may run beside the server, in another thread.
    """
    counts, held, journals = store.counts, store.held(), store.journals().values()
    jobs: Counter[str] = Counter()
    left = MAX_JOBS_LOOKED_AT
    for sandbox in held:
        now = sandbox.clock.now(real_now)
        newest = [*islice(reversed(sandbox.jobs.values()), left)]
        left -= len(newest)
        jobs.update(status(job, sandbox.fetches.get(job.id, []), now) for job in newest)
        if not left and len(sandbox.jobs) > len(newest):
            jobs[NOT_LOOKED_AT] += len(sandbox.jobs) - len(newest)
    return Measured(
        version=version,
        exchanges=counts.exchanges.copy(),
        jobs=jobs,
        jobs_submitted=counts.jobs_submitted,
        pictures_drawn=pictures_drawn,
        webhooks=webhooks or {},
        sandboxes=len(held),
        sandboxes_forgotten=counts.sandboxes_forgotten,
        journal=sum(len(each) for each in journals),
        journal_forgotten=counts.exchanges_forgotten + sum(each.forgotten for each in journals),
        uptime_s=0.0 if started is None else round(real_now - started, 3),
    )


def as_prometheus(measured: Measured) -> str:
    """The numbers as text that a Prometheus server reads."""
    return "".join(line + "\n" for metric in _metrics(measured) for line in _lines(metric))


def _metrics(m: Measured) -> Iterator[Metric]:
    exchanges = tuple(
        ((("endpoint", endpoint), ("answer", answer), ("status", str(status))), count)
        for (endpoint, answer, status), count in sorted(m.exchanges.items())
    )
    yield Metric("info", "gauge", "The version that runs.", (((("version", m.version),), 1),))
    yield _one("uptime_seconds", "gauge", "Seconds since the server started.", m.uptime_s)
    yield Metric("exchanges_total", "counter", "Requests answered, by endpoint, answer and HTTP status.", exchanges)
    states = {**dict.fromkeys(("processing", "success", "failed", "error"), 0), **m.jobs}
    says = f"Jobs that are kept, by the status a fetch would tell; {NOT_LOOKED_AT}: those beyond {MAX_JOBS_LOOKED_AT}."
    yield Metric("jobs", "gauge", says, _by("status", states))
    yield _one("jobs_submitted_total", "counter", "Jobs submitted.", m.jobs_submitted)
    yield _one("pictures_drawn_total", "counter", "Pictures drawn; those from the cache do not count.", m.pictures_drawn)
    yield Metric(
        "webhooks_total",
        "counter",
        "Webhook calls, by how they went.",
        _by("outcome", {**dict.fromkeys(OUTCOMES, 0), **m.webhooks}),
    )
    yield _one("sandboxes", "gauge", "Sandboxes that are kept.", m.sandboxes)
    yield _one("sandboxes_forgotten_total", "counter", "Sandboxes let go to make room.", m.sandboxes_forgotten)
    yield _one("journal_exchanges", "gauge", "Exchanges that the journals hold.", m.journal)
    yield _one("journal_forgotten_total", "counter", "Exchanges that the journals let go to make room.", m.journal_forgotten)


def _one(name: str, kind: Literal["counter", "gauge"], help_: str, value: float) -> Metric:
    return Metric(name, kind, help_, (((), value),))


def _by(label: str, values: Mapping[str, int]) -> tuple[tuple[Labels, int], ...]:
    return tuple((((label, word),), count) for word, count in sorted(values.items()))


def _lines(metric: Metric) -> Iterable[str]:
    name = _PREFIX + metric.name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for labels, value in metric.values:
        given = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"{name}{{{given}}} {value}" if given else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
