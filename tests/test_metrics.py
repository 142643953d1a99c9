"""Metrics: numbers that are right, in text that a Prometheus server reads."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_mock import metrics
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.metrics import NOT_LOOKED_AT, Measured, as_prometheus, measure
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.stores.counts import MAX_KINDS, OTHER, Counts
from modelslab_mock.stores.memory import MemoryStore

SUBMIT = "/api/v6/realtime/text2img"
counts = st.integers(0, 2**63)
words = st.text(max_size=10)

SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\d+(?:\.\d+)?(?:e[+-]\d+)?)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def parsed(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The samples of a text, read as the format's page says; fails for a line that is none."""
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    described: set[str] = set()
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# "):
            _, what, name, _ = line.split(" ", 3)
            assert what in ("HELP", "TYPE")
            described.add(name)
            continue
        found = SAMPLE.fullmatch(line)
        assert found, line
        assert found[1] in described
        labels = tuple(
            (name, re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value))
            for name, value in LABEL.findall(found[2] or "")
        )
        assert (found[1], labels) not in samples, "the same sample twice"
        samples[found[1], labels] = int(found[3]) if found[3].isdigit() else float(found[3])
    return samples


exchanges = st.dictionaries(st.tuples(words, words, st.integers(100, 599)), counts)
by_word = st.dictionaries(words, counts)


@given(
    st.builds(Measured, words, exchanges, by_word, counts, counts, by_word, counts, counts, counts, counts, st.floats(0, 1e300))
)
def test_every_number_can_be_read_back(measured: Measured) -> None:
    samples = parsed(as_prometheus(measured))
    for (endpoint, answer, status), count in measured.exchanges.items():
        labels = (("endpoint", endpoint), ("answer", answer), ("status", str(status)))
        assert samples["modelslab_mock_exchanges_total", labels] == count
    for word, count in measured.webhooks.items():
        assert samples["modelslab_mock_webhooks_total", (("outcome", word),)] == count
    assert samples["modelslab_mock_uptime_seconds", ()] == measured.uptime_s
    assert samples["modelslab_mock_info", (("version", measured.version),)] == 1
    assert samples["modelslab_mock_journal_forgotten_total", ()] == measured.journal_forgotten


def test_a_server_counts_what_it_did() -> None:
    given_ = Settings(clock="frozen", max_exchanges=2, max_sandboxes=2)
    app = make_app(given_, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))

    def post(key: str, prompt: str, path: str = SUBMIT) -> None:
        body = json.dumps({"key": key, "prompt": prompt}).encode()
        app.handle(Request("POST", path, {"content-type": "application/json"}, body), 0.0)

    for prompt in ("a fox", "[[mock: processing]]", "[[mock: unavailable]]"):
        post("first-key", prompt)
    post("second-key", "[[mock: processing]]")
    store = app.store
    assert isinstance(store, MemoryStore)
    measured = measure(store, 0.0, version="1", pictures_drawn=3, webhooks={"delivered": 4})
    assert measured.exchanges == {
        ("realtime-v6", "success", 200): 1,
        ("realtime-v6", "processing", 200): 2,
        ("realtime-v6", "error", 503): 1,
    }
    assert (measured.jobs, measured.jobs_submitted) == ({"success": 1, "processing": 2}, 3)
    assert (measured.sandboxes, measured.journal, measured.journal_forgotten) == (2, 3, 1)
    post("third-key", "a fox")
    post("third-key", "a fox", "/nowhere")
    measured = measure(store, 0.0, version="1")
    assert sandbox_name("first-key") not in store.journals()
    assert (measured.sandboxes, measured.sandboxes_forgotten) == (2, 2), "sb-none took the place of another"
    assert measured.jobs_submitted == 4
    assert measured.journal + measured.journal_forgotten == 6 == sum(measured.exchanges.values())
    assert parsed(as_prometheus(measured))["modelslab_mock_jobs", (("status", "failed"),)] == 0


def test_only_so_many_jobs_are_looked_at_and_the_sum_is_still_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    for key, count in (("first-key", 3), ("second-key", 4), ("third-key", 2)):
        for _ in range(count):
            body = json.dumps({"key": key, "prompt": "a fox"}).encode()
            app.handle(Request("POST", SUBMIT, {"content-type": "application/json"}, body), 0.0)
    store = app.store
    assert isinstance(store, MemoryStore)
    for bound, told in (
        (9, {"success": 9}),
        (6, {"success": 6, NOT_LOOKED_AT: 3}),
        (3, {"success": 3, NOT_LOOKED_AT: 6}),
        (2, {"success": 2, NOT_LOOKED_AT: 7}),
    ):
        monkeypatch.setattr(metrics, "MAX_JOBS_LOOKED_AT", bound)
        assert measure(store, 0.0, version="1").jobs == told


def test_measuring_uses_no_sandbox() -> None:
    app = make_app(Settings(), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    store = app.store
    assert isinstance(store, MemoryStore)
    for name in ("sb-1", "sb-2"):
        store.read(name)
    measure(store, 0.0, version="1")
    assert [each.name for each in store.held()] == ["sb-2", "sb-1"]


def test_kinds_without_end_are_one_kind() -> None:
    kept = Counts()
    for n in range(MAX_KINDS + 5):
        kept.exchange("realtime-v6", f"invented {n}", 200)
    assert len(kept.exchanges) == MAX_KINDS + 1
    assert kept.exchanges[OTHER] == 5
