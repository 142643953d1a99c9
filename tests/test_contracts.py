"""The five contracts: valid, complete, of one closed vocabulary, and agreed with what was copied from the pages by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from modelslab_contracts import document as document_module
from modelslab_contracts.contract import SPECS, endpoint_of, endpoints
from modelslab_contracts.document import ContractError, parse_yaml, read_data, read_document
from modelslab_contracts.endpoint import Answer, AnswerField, Endpoint
from modelslab_contracts.lint import lint
from modelslab_contracts.vocabulary import WORDS

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = sorted(endpoints())
ANSWERS: Mapping[str, Any] = parse_yaml((FIXTURES / "answers.yaml").read_bytes(), "answers.yaml")
#: Fields that are only there when a refusal has something to say in them.
SOMETIMES = {("situation", "tip"), ("situation", "retry_after")}
Reader = Callable[[str], Any]


# --- each by itself -----------------------------------------------------------------------------------------------------


def test_there_are_five() -> None:
    assert NAMES == ["enterprise-v1", "images-flux-v6", "images-pony-v6", "realtime-v6", "text2img-v3"]


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_validator_accepts_it(name: str) -> None:
    OpenAPIV31SpecValidator(dict(endpoints()[name].document.root)).validate()


@pytest.mark.parametrize("name", NAMES)
def test_lint_finds_nothing_in_it(name: str) -> None:
    assert lint(SPECS / f"{name}.yaml") == []


@pytest.mark.parametrize("name", NAMES)
def test_it_declares_its_lifecycle(name: str) -> None:
    endpoint = endpoints()[name]
    assert endpoint.fetches, "links lead from the submit to its fetches"
    assert set(endpoint.webhook) == {"success", "failed"}, "a callback says what the webhook gets"
    assert set(endpoint.submit.answers) == {"success", "processing", "error"}
    assert all(set(each.answers) == {"success", "processing", "failed", "error"} for each in endpoint.fetches)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_can_be_refused_in_every_way(name: str) -> None:
    for call in endpoints()[name].calls:
        assert {200, 400, 401, 402, 403, 405, 413, 429, 500, 503} <= set(call.statuses), call.operation_id


@pytest.mark.parametrize("name", NAMES)
def test_what_no_sample_shows_of_a_field_that_only_samples_show_is_assumed(name: str) -> None:
    """A sample is a value: it shows neither which other words there are, nor a type of which it sends no value."""
    samples = [json.loads(file.read_text()) for file in sorted((FIXTURES / "pages" / name / "requests").glob("*.json"))]
    kinds = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    for field in endpoints()[name].fields:
        if field.clause.certainty != "example":
            continue
        sent = [sample[field.name] for sample in samples if field.name in sample]
        assumed = field.schema["x-mock"].get("assumed", [])
        types = field.schema["type"] if isinstance(field.schema["type"], list) else [field.schema["type"]]
        if set(field.schema.get("enum", [])) - set(sent):
            assert "enum" in assumed, field.name
        elif set(types) - {"null"} - {kinds[type(each)] for each in sent}:
            assert "type" in assumed, field.name


@pytest.mark.parametrize("name", NAMES)
def test_it_comes_with_a_server_to_try(name: str) -> None:
    servers = [each["url"] for each in endpoints()[name].document.root["servers"]]
    assert servers[0].startswith("https://")
    assert servers[-1].startswith("http://127.0.0.1:")


def test_every_word_of_the_vocabulary_is_used() -> None:
    used = {
        word for each in endpoints().values() for _, words in document_module.words_in(each.document.root) for word in words
    }
    assert used == set(WORDS)


def test_the_vocabulary_stays_a_dozen() -> None:
    assert len(WORDS) <= 12


# --- against the fixtures -----------------------------------------------------------------------------------------------


def test_bounds_and_contracts_have_the_same_parameters(read_fixture: Reader) -> None:
    copied = {name: set(fields) for name, fields in read_fixture("bounds.yaml").items()}
    assert copied == {name: set(endpoint.field) for name, endpoint in endpoints().items()}


def branches(endpoint: Endpoint) -> dict[str, Answer]:
    """The answers of an endpoint under the names that the fixtures give them."""
    submit, fetch = endpoint.submit.answers, endpoint.fetches[0].answers
    return {
        "submit_success": submit["success"],
        "submit_processing": submit["processing"],
        "error": submit["error"],
        "fetch_success": fetch["success"],
        "fetch_processing": fetch["processing"],
        "fetch_failed": fetch["failed"],
        "fetch_not_found": fetch["failed"],
        "webhook_success": endpoint.webhook["success"],
        "webhook_failed": endpoint.webhook["failed"],
    }


def sent(fields: tuple[AnswerField, ...], dialect: str) -> list[str]:
    """The names that are always sent in a dialect, in order."""
    return [each.name for each in fields if each.dialect in (None, dialect) and (each.space, each.fact) not in SOMETIMES]


def copied_keys() -> Iterator[Any]:
    for name, row in ANSWERS.items():
        for branch, found in row["answers"].items():
            for part in ("keys", "meta"):
                if not found.get("unknown") and not found.get(part, {"unknown": True}).get("unknown"):
                    yield pytest.param(name, branch, part, found[part], id=f"{name}-{branch}-{part}")


@pytest.mark.parametrize(("name", "branch", "part", "copied"), list(copied_keys()))
def test_an_answer_has_the_keys_that_were_copied(name: str, branch: str, part: str, copied: Mapping[str, Any]) -> None:
    answer = branches(endpoints()[name])[branch]
    fields = answer.fields
    if part == "meta":
        fields = next(each.children for each in fields if each.name == "meta" and each.children)
    if copied["exact"]:
        assert sent(fields, "documented") == copied["list"]
    else:
        assert set(copied["list"]) <= {each.name for each in fields}


def test_every_copied_branch_is_looked_at() -> None:
    assert {branch for row in ANSWERS.values() for branch in row["answers"]} == set(branches(endpoints()["realtime-v6"]))


@pytest.mark.parametrize("profile", ["documented", "strict", "observed"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("table", "status"), [("error_spelling", "error"), ("processing_spelling", "processing")])
def test_the_text_is_spelled_as_copied(name: str, profile: str, table: str, status: str) -> None:
    dialect = "observed" if profile == "observed" else "documented"
    names = sent(endpoints()[name].submit.answers[status].fields, dialect)
    assert [each for each in names if each in ("message", "messege")] == [ANSWERS[name][table][profile]]


def printed_answers() -> list[Any]:
    return [
        pytest.param(file, id=f"{file.parts[-3]}-{file.stem}") for file in sorted(FIXTURES.glob("pages/*/responses/*.json"))
    ]


@pytest.mark.parametrize("file", printed_answers())
def test_an_answer_printed_on_a_page_is_valid_under_its_contract(file: Path) -> None:
    """As JSON Schema reads it: the second opinion on the shapes that our own code fills."""
    root = dict(endpoints()[file.parts[-3]].document.root)
    schema = {"$ref": f"#/components/schemas/{file.stem.title()}", "components": root["components"]}
    problems = [each.message for each in Draft202012Validator(schema).iter_errors(parse_yaml(file.read_bytes(), file.name))]
    assert problems == []


# --- how a document is read ---------------------------------------------------------------------------------------------


def written(folder: Path, text: str, name: str = "tiny.yaml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_an_unknown_word_names_file_line_and_the_nearest(tmp_path: Path, tiny: str) -> None:
    file = written(tmp_path, tiny.replace("x-mock: {source: page,", "x-mock: {sauce: page,", 1))
    with pytest.raises(ContractError) as caught:
        read_document(file)
    assert str(caught.value) == f"{file}:7: unknown x-mock word 'sauce'; did you mean 'source'?"


def test_a_word_with_a_wrong_value_is_refused(tmp_path: Path, tiny: str) -> None:
    file = written(tmp_path, tiny.replace("certainty: stated", "certainty: certain", 1))
    with pytest.raises(ContractError, match="'certainty' must be one of stated, example, observed, assumed"):
        read_document(file)


def test_words_are_yaml_1_2(tmp_path: Path) -> None:
    file = written(tmp_path, "openapi: 3.1.0\nflags: [yes, no, on, off, true, FALSE]\ndate: 2024-01-01\n")
    root = read_document(file, cache=False).root
    assert root["flags"] == ["yes", "no", "on", "off", True, False]
    assert root["date"] == "2024-01-01"


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.1.0", "title": "\\ud83d\\ude00 \\/ x"}',
        '{\n\t"openapi": "3.1.0",\n\t"title": "\\ud83d\\ude00 \\/ x"\n}',
    ],
    ids=["one-line", "with-tabs"],
)
def test_json_is_read_as_json(tmp_path: Path, text: str) -> None:
    """YAML 1.1 takes neither pairs of surrogates nor every tab."""
    document = read_document(written(tmp_path, text, "tiny.json"), cache=False)
    assert document.root["title"] == "😀 / x"
    assert document.line_of("/title") >= 1


#: Eight lists, each of eight times the one before: short to write, long to walk.
BOMB = "openapi: 3.1.0\na: &a [1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no `openapi` version"),
        ("- a list", "no `openapi` version"),
        ("swagger: '2.0'", "no `openapi` version"),
        ("openapi: [", "not YAML"),
        ("openapi: 3.1.0\nloop: &loop [*loop]", "inside itself"),
        ("openapi: 3.1.0\ndeep: " + "[" * 3000 + "]" * 3000, "nested deeper"),
        ("openapi: 3.1.0\nnumber: !!int x", "not of its own type"),
        ("openapi: 3.1.0\ndate: !!timestamp x", "not of its own type"),
        ("openapi: 3.1.0\nnumber: " + "1" * 5000, "not of its own type"),
        (BOMB, "aliases unfold"),
    ],
    ids=["empty", "list", "swagger", "broken", "loop", "deep", "tag", "date", "long-number", "bomb"],
)  # fmt: skip
def test_an_unreadable_file_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        read_document(written(tmp_path, text))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        read_document(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("ref", ["#/list/1/name", "#/a~1b/c", "#/%7Bid%7D/c"])
def test_a_reference_leads_into_lists_and_odd_names(tmp_path: Path, ref: str) -> None:
    file = written(tmp_path, "openapi: 3.1.0\nlist: [{}, {name: here}]\na/b: {c: here}\n'{id}': {c: here}\n")
    assert read_document(file).at(ref) == "here"


@pytest.mark.parametrize("ref", ["#/list/2", "#/list/x", "#/nowhere", "other.yaml#/a", "#/round"])
def test_a_reference_to_nothing_is_one_sentence(tmp_path: Path, ref: str) -> None:
    file = written(tmp_path, "openapi: 3.1.0\nlist: [1]\nround: {$ref: '#/round'}\n")
    with pytest.raises(ContractError, match=r"leads nowhere|leaves the document|refers to itself"):
        read_document(file).resolve({"$ref": ref})


def test_an_answer_without_a_constant_status_is_refused(tmp_path: Path, tiny: str) -> None:
    file = written(tmp_path, tiny.replace("const: error", "type: string"))
    with pytest.raises(ContractError, match="no constant status") as caught:
        endpoint_of(read_document(file))
    assert caught.value.rule == "spec/answer-without-status"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("job.linkz", "number is filled from job.linkz, which there is not; did you mean 'links'?"),
        ("order.feild", "number is filled from order.feild, which there is not; did you mean 'field'?"),
        ("order.key", "number is filled from order.key, which there is not"),
        ("situation.word", "number is filled from situation.word, which there is not"),
    ],
)
def test_a_binding_that_leads_nowhere_is_refused_before_the_first_answer(
    tmp_path: Path, tiny: str, wrong: str, says: str
) -> None:
    file = written(tmp_path, tiny.replace("order.field", wrong))
    with pytest.raises(ContractError) as caught:
        endpoint_of(read_document(file))
    assert re.fullmatch(rf"{re.escape(str(file))}:[0-9]+: Success: {re.escape(says)}.*", str(caught.value))
    assert caught.value.rule == "spec/binding-leads-nowhere"


def test_a_contract_without_links_is_refused(tmp_path: Path, tiny: str) -> None:
    file = written(tmp_path, tiny.replace("          links:\n            fetch: {operationId: fetch}\n", ""))
    with pytest.raises(ContractError, match="one is needed") as caught:
        endpoint_of(read_document(file))
    assert caught.value.rule == "spec/no-lifecycle"


# --- the cache ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for cached documents."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "modelslab-mock"


@pytest.mark.parametrize("name", NAMES)
def test_a_cached_document_equals_a_fresh_one(cache: Path, name: str) -> None:
    file = SPECS / f"{name}.yaml"
    fresh = read_document(file, cache=False).root
    assert read_document(file).root == fresh
    assert len(list(cache.iterdir())) == 1
    assert read_document(file).root == fresh


def test_a_cached_document_is_read_from_the_cache(
    cache: Path, tmp_path: Path, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, tiny)
    read_document(file)
    monkeypatch.setattr(document_module, "parse_yaml", lambda *_: pytest.fail("read again"))
    assert read_document(file).root["info"]["title"] == "Tiny"


@pytest.mark.parametrize(
    "damage", [b"", b"\n", b"not a digest\n{}", b"{}", None], ids=["empty", "line", "digest", "bare", "planted"]
)
def test_a_damaged_cache_entry_is_ignored(cache: Path, tmp_path: Path, tiny: str, damage: bytes | None) -> None:
    file = written(tmp_path, tiny)
    fresh = read_document(file).root
    entry = next(cache.iterdir())
    entry.write_bytes(entry.read_bytes().replace(b"Tiny", b"Tony") if damage is None else damage)
    assert read_document(file).root == fresh


def test_a_home_that_cannot_be_written_is_fine(tmp_path: Path, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file where the folder should be stops even those whom permissions do not stop.
    monkeypatch.setenv("XDG_CACHE_HOME", str(written(tmp_path, "", "a-file")))
    assert read_document(written(tmp_path, tiny)).root["info"]["title"] == "Tiny"


def test_a_relative_cache_folder_is_not_used(tmp_path: Path, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.chdir(tmp_path)
    read_document(written(tmp_path, tiny))
    assert [each.name for each in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_document_with_an_unknown_word_is_not_cached(cache: Path, tmp_path: Path, tiny: str) -> None:
    file = written(tmp_path, tiny.replace("source: page", "sauce: page", 1))
    for _ in range(2):
        with pytest.raises(ContractError):
            read_document(file)
    assert not cache.exists()


def test_a_document_that_json_cannot_hold_is_not_cached(cache: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "openapi: 3.1.0\n200: a number as key\n")
    assert read_document(file).root == {"openapi": "3.1.0", 200: "a number as key"}
    assert not cache.exists()


def test_data_files_are_cached_like_documents(cache: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "a: {b: yes}\n")
    assert read_data(file) == read_data(file) == {"a": {"b": "yes"}}
    assert len(list(cache.iterdir())) == 1
