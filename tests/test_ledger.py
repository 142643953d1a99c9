"""Every contradiction in the ledger still holds, and an entry that no longer does is caught."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts.body import Body, parse_body
from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError, Document, parse_yaml
from modelslab_contracts.ledger import FILE, PROBES, Entry, Probe, assumptions, ledger, read_ledger
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_contracts.situations import rows, situation

FIXTURES = Path(__file__).parent.parent / "fixtures"
ABSENT = "nothing there"
Minimal = Callable[[str], dict[str, Any]]


# --- what a probe asks --------------------------------------------------------------------------------------------------


def wrong_with(probe: Probe, minimal: Minimal) -> str:
    """What a probe found otherwise than it says; "" when it holds."""
    found = {"endpoint": reading, "situation": said}.get(probe.kind, fact)(probe.words, minimal)
    return "; ".join(f"{what} is {got!r}, not {want!r}" for what, (got, want) in found.items() if not same(got, want))


def same(got: Any, want: Any) -> bool:
    """Equal as JSON: true is not 1."""
    return bool(got == want) and isinstance(got, bool) is isinstance(want, bool)


def fact(words: Mapping[str, Any], _: Minimal) -> dict[str, tuple[Any, Any]]:
    if "constant" in words:
        module, _, name = words["constant"].partition(":")
        return {name: (getattr(importlib.import_module(module), name), words["equals"])}
    if "contract" in words:
        document = endpoints()[words["contract"]].document
    else:
        text = (FIXTURES / words["fixture"]).read_bytes()
        document = Document("", words["fixture"], text, parse_yaml(text, words["fixture"]))
    try:
        value = document.at("#" + words["pointer"])
    except ContractError:
        value = ABSENT
    return {words["pointer"]: (value, ABSENT if words.get("absent") else words["equals"])}


def reading(words: Mapping[str, Any], minimal: Minimal) -> dict[str, tuple[Any, Any]]:
    profile = PROFILES[words["profile"]]
    body: Any = Body({**minimal(words["endpoint"]), **words.get("body", {})}, False)
    if "sent" in words:
        body = parse_body("application/json", (FIXTURES / words["sent"]).read_bytes(), "", profile)
    if not isinstance(body, Body):
        return {"outcome": ("refused", words["outcome"]), "notice": (body.rule, words.get("notice", body.rule))}
    read = read_request(endpoints()[words["endpoint"]], {**body.fields, "key": "some-key"}, profile)
    noticed = {each.rule for each in (*read.problems, *read.noticed)}
    found = {"outcome": ("accepted" if read.order else "refused", words["outcome"].replace("value", "accepted"))}
    if "field" in words and read.order:
        found[words["field"]] = (read.order.values[words["field"]], words["value"])
    if "notice" in words:
        found["notice"] = (words["notice"] if words["notice"] in noticed else str(sorted(noticed)), words["notice"])
    return found


def said(words: Mapping[str, Any], _: Minimal) -> dict[str, tuple[Any, Any]]:
    row = situation(words["situation"], PROFILES[words["profile"]])
    endpoint = endpoints()[words["endpoint"]] if "endpoint" in words else None
    found = {"status": row.status_for(endpoint), "text": row.text}
    return {word: (found[word], words[word]) for word in found if word in words}


# --- the entries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ledger(), ids=lambda entry: str(entry.id))
def test_every_probe_of_an_entry_holds(entry: Entry, minimal: Minimal) -> None:
    assert [f"{probe}: {wrong}" for probe in entry.holds if (wrong := wrong_with(probe, minimal))] == []


@pytest.mark.parametrize("entry", ledger(), ids=lambda entry: str(entry.id))
def test_a_probe_with_a_wrong_value_fails(entry: Entry, minimal: Minimal) -> None:
    """The runner really looks: every probe of every entry, turned into its opposite, is caught."""
    unmoved = [probe for probe in entry.holds if not wrong_with(turned(probe), minimal)]
    assert [str(each) for each in unmoved] == []


def turned(probe: Probe) -> Probe:
    """The same probe, saying something else."""
    words = dict(probe.words)
    if words.pop("absent", False):
        words["equals"] = "something"
    elif "equals" in words:
        words["equals"] = "something else"
    elif "value" in words:
        words["value"] = "something else"
    elif probe.kind == "endpoint":
        words["outcome"] = "refused" if words["outcome"] == "accepted" else "accepted"
    else:
        words["status" if "status" in words else "text"] = 999
    return replace(probe, words=words)


def test_every_kind_of_probe_is_in_use() -> None:
    assert {probe.kind for entry in ledger() for probe in entry.holds} == set(PROBES)


def test_ids_are_sentences_in_kebab_case() -> None:
    for entry in ledger():
        assert entry.id == entry.id.lower()
        assert len(entry.id.split("-")) >= 3, entry.id


def test_every_endpoint_has_entries() -> None:
    assert {name for entry in ledger() for name in entry.endpoints} == set(endpoints())


def test_a_probe_only_asks_about_endpoints_that_its_entry_touches() -> None:
    """Except to show, beside them, what is otherwise elsewhere."""
    for entry in ledger():
        asked = {str(probe.words.get("contract") or probe.words.get("endpoint") or "") for probe in entry.holds}
        assert asked & {*entry.endpoints, ""}, entry.id


def test_every_assumed_row_of_the_situations_is_in_the_ledger() -> None:
    assumed = {name for name, row in rows().items() if row["certainty"] == "assumed"}
    assert assumed <= {probe.words.get("situation") for entry in ledger() for probe in entry.holds}


def test_every_excused_value_is_in_the_ledger() -> None:
    excused = {(endpoint.name, field.name) for endpoint in endpoints().values() for field in endpoint.fields if field.excused}
    probed = {
        (probe.words["endpoint"], probe.words.get("field"))
        for entry in ledger()
        for probe in entry.holds
        if probe.words.get("notice") == "request/value-excused"
    }
    assert excused == probed


def test_an_entry_says_what_each_profile_does() -> None:
    entry = next(each for each in ledger() if each.id == "flux-steps-are-capped-at-20-but-samples-send-31")
    assert [entry.under(profile)[:5] for profile in PROFILES] == ["lower", "refus", "takes"]
    same = next(each for each in ledger() if each.strict == "the same")
    assert same.under("strict") == same.documented


def test_every_assumed_clause_is_listed_with_its_contract() -> None:
    listed = list(assumptions(endpoints().values()))
    minimum = [
        each for each in listed if each.endpoint == "realtime-v6" and each.pointer.endswith("Request/properties/samples")
    ]
    assert [each.keywords for each in minimum] == [("minimum",)]
    assert {each.endpoint for each in listed} == set(endpoints())
    assert all(each.source for each in listed)


# --- files with mistakes ------------------------------------------------------------------------------------------------

ENTRY = """\
some-doubt-of-ours:
  endpoints: [realtime-v6]
  says: {text: this, source: here}
  against: {text: that, source: there}
  documented: does one thing
  strict: does another
  observed: does a third
  certainty: stated
  why: because
  holds:
    - {contract: realtime-v6, pointer: /openapi, equals: 3.1.0}
"""


@pytest.fixture
def ledger_of(tmp_path: Path) -> Callable[[str], tuple[Entry, ...]]:
    def read(text: str) -> tuple[Entry, ...]:
        file = tmp_path / "ledger.yaml"
        file.write_text(text)
        return read_ledger(file)

    return read


def test_the_entry_of_these_tests_is_right(ledger_of: Callable[[str], tuple[Entry, ...]]) -> None:
    assert [each.id for each in ledger_of(ENTRY)] == ["some-doubt-of-ours"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("  against:", "  againts:", 4, "unknown word 'againts'; did you mean 'against'?"),
        ("realtime-v6]", "realtime-v7]", 2, "unknown endpoint 'realtime-v7'; did you mean 'realtime-v6'?"),
        ("certainty: stated", "certainty: sure", 8, "unknown certainty 'sure'"),
        ("source: there", "sources: there", 4, "unknown word 'sources'; did you mean 'source'?"),
        ("equals: 3", "equal: 3", 11, "unknown word 'equal'; did you mean 'equals'?"),
        ("contract: realtime-v6", "contracts: realtime-v6", 11, "a probe has one of fixture, contract"),
        (
            "contract: realtime-v6, pointer: /openapi, equals: 3.1.0",
            "situation: no-credit, profile: strict",
            11,
            "'no-credits'?",
        ),
        ("contract: realtime-v6, pointer: /openapi, equals: 3.1.0", "situation: plan, profile: strikt", 11, "'strict'?"),
        ("  why: because\n", "", 1, "the word 'why' is missing"),
        ("why: because", "why: 5", 9, "must be a text"),
        ("  holds:\n    - {contract: realtime-v6, pointer: /openapi, equals: 3.1.0}", "  holds: []", 10, "no probe holds up"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_mistake_names_file_line_and_the_nearest_word(
    ledger_of: Callable[[str], tuple[Entry, ...]], right: str, wrong: str, line: int, says: str
) -> None:
    assert right in ENTRY
    with pytest.raises(ContractError) as caught:
        ledger_of(ENTRY.replace(right, wrong, 1))
    assert f"ledger.yaml:{line}: " in str(caught.value)
    assert says in str(caught.value)


def test_a_file_that_is_no_mapping_is_refused(ledger_of: Callable[[str], tuple[Entry, ...]]) -> None:
    with pytest.raises(ContractError, match="a mapping of entries"):
        ledger_of("- a\n- b\n")


def test_a_copy_of_a_shipped_entry_with_a_wrong_value_fails(
    minimal: Minimal, ledger_of: Callable[[str], tuple[Entry, ...]]
) -> None:
    shipped = FILE.read_text()
    changed = shipped.replace('pointer: /num_inference_steps, equals: "31"', 'pointer: /num_inference_steps, equals: "32"')
    assert changed != shipped
    broken = [entry.id for entry in ledger_of(changed) if any(wrong_with(probe, minimal) for probe in entry.holds)]
    assert broken == ["flux-steps-are-capped-at-20-but-samples-send-31"]
