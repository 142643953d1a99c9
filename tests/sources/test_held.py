"""Pages held against the contract that cites them: quiet as long as they say the same, and one finding for what they do not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.findings import Finding
from modelslab_contracts.sources.citations import citations, clauses_of, page_of
from modelslab_contracts.sources.held import digests, hold
from modelslab_contracts.sources.matching import contract_of
from modelslab_contracts.sources.page import read_page
from modelslab_contracts.sources.sentences import read_sentences

from .pages import ELEMENTS, PAGES, lanterns

#: Of one page, and good for all of them that cite the same place: a sentence is the same however it is marked up.
SENTENCES: dict[str, Mapping[str, str]] = {
    kind: digests(read_page(PAGES[page].encode(), "page"), lanterns(kind))
    for kind, page in (("elements", "elements"), ("table", "elements"), ("html", "elements"), ("openapi", "openapi"))
}


#: What a page may be damaged with.
JUNK = ["", "\n", "{", "}", '"', "|", "<", "```", "https://[x/", "$ref: '#/'", "- - ", ": ", "\x00", "&#x22;", "<pre>", "null"]


def held(kind: str, before: str = "", after: str = "") -> list[Finding]:
    """The findings on a page on which something reads otherwise."""
    assert before in PAGES[kind]
    page = read_page(PAGES[kind].replace(before, after).encode() if before else PAGES[kind].encode(), "page.md")
    return hold(page, lanterns(kind), SENTENCES[kind]).findings


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_that_says_what_the_contract_says_is_quiet(kind: str) -> None:
    assert held(kind) == []
    assert len(SENTENCES[kind]) >= 5


EDITS = [
    # what became of a page, how, the rule, and where
    ("elements", "lanterns/light'", "lanterns/kindle/light'", "call-moved", "page.md:4"),
    ("elements", 'path="wind"', 'path="breeze"', "parameter-gone parameter-unknown", "page.md:1 /wind"),
    ("elements", 'max="90"', 'max="60"', "value-gone", "page.md:20 /oil"),
    ("elements", 'max="90" ', "", "value-gone", "page.md:20 /oil"),
    ("elements", 'default="30"', 'default="30" step="5"', "value-unknown", "page.md:20 /oil"),
    ("elements", 'path="oil" type="integer"', 'path="oil" type="number"', "value-gone", "page.md:20 /oil"),
    ("elements", "clear&#x22;,", "clear&#x22;,&#x22;blue&#x22;,", "value-unknown", "page.md:24 /glass"),
    ("elements", "&#x22;clear&#x22;,", "", "value-gone", "page.md:24 /glass"),
    ("elements", 'prompt" type="string" required', 'prompt" type="string"', "value-gone", "page.md:18 /prompt"),
    ("elements", "for each 10", "for each 20", "sentence-changed", "page.md:20 /oil"),
    ("elements", "* Round", "* Plaited", "value-gone value-unknown", "page.md:9 /wick"),
    ("elements", "## Wicks", "## Kinds", "cited-place-gone", "page.md:1"),
    ("elements", '"smoke"', '"soot"', "parameter-gone parameter-unknown", "page.md:1 /smoke"),
    ("elements", '"oil": 40,\n', '"oil": 0,\n', "sample-refused", "page.md:37 /oil"),
    ("elements", '"Mind the wind."', '"Mind the gap."', "value-gone", "page.md:49 /hint"),
    ("elements", '"id": 7, ', "", "parameter-gone", "page.md:49 /id"),
    ("elements", '"id": 7', '"id": 7, "tip": ""', "answer-field-unknown", "page.md:49 /tip"),
    ("elements", '{"oil": 40}', '{"oil": 40, "wick": 1}', "answer-field-unknown", "page.md:49 /meta/wick"),
    ("elements", '"success"', '"done"', "cited-place-gone", "page.md:1"),
    ("table", "| **wind** |", "| **breeze** |", "parameter-gone parameter-unknown", "page.md:1 /wind"),
    ("table", "clear or red", "plain or red", "value-gone", "page.md:19 /glass"),
    ("table", "10\\. | integer", "10\\. | string", "value-gone", "page.md:18 /oil"),
    ("table", "| Parameter |", "| Was |", "cited-place-gone", "page.md:1"),
    ("html", "<td>wind</td>", "<td>breeze</td>", "parameter-gone parameter-unknown", "page.md:1 /wind"),
    ("html", "<br>Pass null for none", "", "value-gone", "page.md:14 /wind"),
    ("html", "for each 10", "for each 20", "sentence-changed", "page.md:12 /oil"),
    ("html", ": 40,", ": 0,", "sample-refused", "page.md:17 /oil"),
    ("openapi", "maximum: 90", "maximum: 60", "value-gone", "page.md:55 /oil"),
    ("openapi", "          maximum: 90\n", "", "value-gone", "page.md:55 /oil"),
    ("openapi", "enum: [clear, ", "enum: [clear, blue, ", "value-unknown", "page.md:62 /glass"),
    ("openapi", "required: [key, prompt]", "required: [key, prompt, oil]", "value-gone", "page.md:55 /oil"),
    ("openapi", "        wind: {oneOf", "        breeze: {oneOf", "parameter-gone parameter-unknown", "page.md:1 /wind"),
    ("openapi", "hour for each 10", "hour for each 20", "sentence-changed", "page.md:55 /oil"),
    ("openapi", "enum: [success]", "enum: [done]", "value-gone value-unknown", "page.md:68 /status"),
    ("openapi", "id: {type: integer}", "id: {type: string}", "value-gone", "page.md:69 /id"),
    ("openapi", "        id: {type: integer}\n", "", "parameter-gone", "page.md:1 /id"),
    ("openapi", "id: {type: integer}", "id: {type: integer}\n        eta: {}", "answer-field-unknown", "page.md:70 /eta"),
    ("openapi", "'200':", "'201':", "parameter-gone", "page.md:1"),
    ("openapi", "openapi: 3.1.0", "swagger: 2", "cited-place-gone", "page.md:1"),
    ("openapi", "Lit:", "Burning:", "cited-place-gone", "page.md:1"),
    ("openapi", "Common", "Shared", "cited-place-gone", "page.md:1"),
]


@pytest.mark.parametrize(("kind", "before", "after", "rules", "where"), EDITS, ids=lambda each: each[:40])
def test_what_reads_otherwise_is_found_and_nothing_else(kind: str, before: str, after: str, rules: str, where: str) -> None:
    found = held(kind, before, after)
    assert sorted({each.rule.removeprefix("sources/") for each in found}) == rules.split()
    assert where in {each.where for each in found}


def test_a_finding_says_both_sides_and_who_says_so() -> None:
    (finding,) = held("elements", 'max="90"', 'max="60"')
    assert (finding.expected, finding.got) == ("maximum 90", "maximum 60")
    assert finding.source == "lanterns.yaml:33, 900 Body Attributes: oil"


def test_marks_are_no_words() -> None:
    assert held("elements", "How much oil.", "How *much* [oil](/oil).") == []
    assert held("table", "| **oil** |", "| `oil` |") == []


def test_a_page_without_any_marks_is_read_too() -> None:
    text = PAGES["table"].replace("```", "").replace("**", "").replace("## ", "").replace("| --- | --- | --- |", "---|---|---|")
    rows = [line.removeprefix("| ").removesuffix(" |") if line.startswith("|") else line for line in text.splitlines()]
    assert hold(read_page("\n".join(rows).encode(), "page.txt"), lanterns("table"), SENTENCES["table"]).findings == []


def test_samples_of_other_languages_are_read() -> None:
    php = '$payload = [\n "key" => "any",\n "prompt" => "x",\n "oil" => 0,\n];'
    java = r'RequestBody.create(type, "{\n \"key\": \"any\",\n \"prompt\": \"x\",\n \"oil\": 0\n}");'
    broken = r'create("{\n \"key\": \"any\",\n \"prompt\" \n \"oil\": 0\n}");'
    for sample, count in ((php, 1), (java, 1), (broken, 0)):
        page = read_page(f"{ELEMENTS}\n{sample}\n".encode(), "page.md")
        found = hold(page, lanterns("elements"), {}).findings
        assert [each.rule for each in found] == ["sources/sample-refused"] * count


def test_no_text_at_all_is_a_page_of_no_contract() -> None:
    for text in (
        b"",
        b"\xff\xfe\x00",
        b"<html><body>404 Not Found</body></html>",
        b"{" * 5000,
        b"[" * 5000,
        b"|||\n<ParamField",
    ):
        assert contract_of(read_page(text, "x"), [lanterns("elements")]) is None


@given(
    st.sampled_from(sorted(PAGES)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(JUNK)), max_size=6)
)
def test_no_page_however_damaged_stops_it(kind: str, damage: list[tuple[float, int, str]]) -> None:
    text = PAGES[kind]
    for share, length, junk in damage:
        at = int(share * len(text))
        text = text[:at] + junk + text[at + length :]
    page = read_page(text.encode(), "page.md")
    found = hold(page, lanterns(kind), SENTENCES[kind]).findings
    assert all(each.where.startswith("page.md:") for each in found)
    digests(page, lanterns(kind))


def test_a_page_belongs_to_the_contract_that_it_says_most_of() -> None:
    both = [*endpoints().values(), lanterns("elements")]
    for page in PAGES.values():
        assert contract_of(read_page(page.encode(), "x"), both) is lanterns("elements")
    moved = ELEMENTS.replace("api/v1/lanterns/light", "api/v2/light")
    assert contract_of(read_page(moved.encode(), "x"), both) is lanterns("elements")
    elsewhere = ELEMENTS.replace("lanterns/light", "lanterns/snuff")
    assert contract_of(read_page(elsewhere.encode(), "x"), both) is None


def test_two_contracts_of_one_path_are_told_apart_by_their_parameters() -> None:
    for name in ("images-flux-v6", "images-pony-v6"):
        rows = "".join(f"| {each.name} | What it is. |\n" for each in endpoints()[name].fields)
        text = f"POST https://modelslab.com/api/v6/images/text2img\n| Parameter | Description |\n|---|---|\n{rows}"
        assert contract_of(read_page(text.encode(), "x"), endpoints().values()) is endpoints()[name]


def test_a_source_is_read_as_what_it_cites() -> None:
    told = [str(each) for each in citations("003 OpenAPI X: width (8; in words); webhook page; 000 and 003 OpenAPI: 400")]
    assert told == ["003 OpenAPI X: width", "000 OpenAPI: 400", "003 OpenAPI: 400"]
    assert [str(each) for each in citations("webhook page; 000 parameter webhook")] == ["000 parameter webhook"]
    assert list(citations("earlier edition of 000: success sample; captures of images processing")) == []


@pytest.mark.parametrize("name", endpoints())
def test_the_sentences_of_our_pages_are_known_for_every_clause_that_cites_one(name: str) -> None:
    document = endpoints()[name].document
    number = page_of(document)
    cited = {each.cited for each in clauses_of(document) if each.cited.page == number and each.cited.place}
    needed = {f"{each.place}: {each.name}" for each in cited if each.name and not each.name.isdecimal()}
    needed = {each for each in needed if not each.startswith("Response") and " sample: " not in each}
    kept = read_sentences()[name].keys()
    assert needed <= kept
    assert {each.partition(": ")[0] for each in kept} <= {each.place for each in cited}
