"""A story: every element with its default, schema, reading and sentence; words, texts and JSON say the same."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from modelslab_contracts.situations import CAN_BE_ASKED
from modelslab_contracts.story import (
    ELEMENTS,
    ENDS,
    SUBMIT_KEYS,
    SUBMIT_WORDS,
    Element,
    Fate,
    Shape,
    Story,
    StoryError,
    Submit,
    Turn,
    as_json,
    as_sentence,
    directive_in,
    json_schema,
    story_from_text,
    story_from_words,
    story_of,
)
from modelslab_contracts.story_shape_words import SHAPES
from modelslab_contracts.story_turn_words import FETCH_RESULTS, RETRY_AFTER_AS, SPELLINGS, TARGETS
from modelslab_contracts.story_turns import KINDS, OPTIONS, words_of
from modelslab_contracts.story_words import ALPHABET, WEBHOOKS

SCHEMA = Draft202012Validator(json_schema())
#: A value of each element that is not its default, and what its sentence has to speak of.
TELLING: dict[str, tuple[Any, str]] = {
    "submit": (["unavailable", "processing"], "the submit is refused as unavailable, then is queued"),
    "eta": (4.5, "the job takes 4.5 s"),
    "polls": (1, "1 fetch says processing"),
    "ends": ("failed", "the job ends in failed"),
    "message": ("out of paint", "the text is 'out of paint'"),
    "nsfw": (True, "the pictures are flagged"),
    "shape": ({"drop": ["tip"], "id": "text"}, "answers come without 'tip', the id is a text"),
    "pictures": (["ok", 404, {"expires": 60}], "picture 1 is gone, picture 2 expires 60 s after the job's end"),
    "webhook": ("twice", "the webhook is sent twice"),
}
each_element = pytest.mark.parametrize("name", ELEMENTS)

seconds = st.floats(0, 86_400) | st.integers(0, 86_400)
statuses = st.integers(200, 599)
texts = st.text(min_size=1, max_size=50)
names = st.lists(texts, max_size=3).map(tuple)


def turns(word: st.SearchStrategy[str], **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Turn]:
    """Turns that begin with a word, each with some of the options."""
    drawn = st.fixed_dictionaries({}, optional={"slow": seconds, **options})
    return st.builds(lambda word, more: Turn(word, **more), word, drawn)


def literally(status: int, turn: Turn) -> Turn:
    return turn._replace(http=status)


errors = texts | st.dictionaries(texts, st.lists(texts, min_size=1, max_size=2), min_size=1, max_size=3)
waits = st.sampled_from(list(RETRY_AFTER_AS))
wording: dict[str, st.SearchStrategy[Any]] = {"spelling": st.sampled_from(list(SPELLINGS)), "text": errors}
retries: dict[str, st.SearchStrategy[Any]] = {"retry_after": st.integers(0, 86_400), **wording}
refusals = st.sampled_from([each for each in CAN_BE_ASKED if each != "error"])
says_more: dict[str, st.SearchStrategy[Any]] = {
    "fetch_result": st.sampled_from(list(FETCH_RESULTS)),
    "output": st.just("partial"),
}
in_queue = st.sampled_from(["default", "processing"])
faults = st.one_of(
    turns(refusals, retry_after_as=waits, **retries),
    turns(st.just("error"), http=statuses, **retries),
    st.builds(literally, statuses, turns(st.just("default"), **retries)),
    st.builds(
        lambda status, turn, how: literally(status, turn)._replace(retry_after=9, retry_after_as=how),
        statuses,
        turns(st.just("default"), **wording),
        waits,
    ),
    turns(st.just("garbled"), kind=st.sampled_from(list(KINDS["garbled"])), http=statuses),
    turns(st.just("reset"), kind=st.sampled_from(list(KINDS["reset"]))),
    turns(st.just("redirect"), kind=st.sampled_from(list(KINDS["redirect"])), to=st.sampled_from(list(TARGETS))),
    st.sampled_from(["garbled", "reset", "redirect"]).map(Turn),
)
answers = turns(in_queue, **says_more) | turns(st.just("success")) | faults
polled = st.one_of(
    turns(in_queue, eta=seconds, **says_more),
    turns(st.just("unknown-status"), status=st.none() | st.text(max_size=50)),
    turns(st.just("not-found")),
    faults,
)
shapes = st.builds(
    lambda drop, null, add, parts: Shape(drop, null, add, **parts),
    names,
    names,
    names,
    st.fixed_dictionaries(
        {},
        optional={part: st.sampled_from(list(words)) for part, words in SHAPES.items() if part not in ("drop", "null", "add")},
    ),
)
fates = st.one_of(
    st.sampled_from(["ok", "html", "truncated", "cut", "wrong-type"]).map(Fate),
    st.integers(400, 599).map(lambda status: Fate("http", http=status)),
    st.builds(lambda word, after: Fate(word, seconds=after), st.sampled_from(["expires", "slow"]), seconds),
)
stories = st.builds(
    Story,
    submit=st.lists(answers, min_size=1, max_size=4).map(tuple),
    eta=st.none() | seconds,
    polls=st.none() | st.integers(0, 1_000) | st.lists(polled, min_size=1, max_size=4).map(tuple),
    ends=st.sampled_from(sorted(ENDS)) | st.integers(400, 599),
    message=st.none() | texts,
    nsfw=st.none() | st.booleans(),
    shape=shapes,
    pictures=st.lists(fates, max_size=4).map(tuple),
    webhook=st.sampled_from(list(WEBHOOKS)),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def refusal_of(value: Any) -> str:
    with pytest.raises(StoryError) as caught:
        story_of(value)
    return str(caught.value)


def problem_of(read: Callable[[Any], Story], value: Any) -> StoryError | None:
    try:
        read(value)
    except StoryError as problem:
        return problem
    return None


# --- every element -----------------------------------------------------------------------------------------------------


def test_the_alphabet_is_known_here_to_the_last_element() -> None:
    assert set(TELLING) == set(ELEMENTS) == set(Story.__dataclass_fields__)


@each_element
def test_the_default_of_an_element_is_that_of_a_plain_story(name: str) -> None:
    element: Element = ELEMENTS[name]
    assert element.read(element.default) == getattr(Story(), name)


@each_element
def test_the_default_and_a_telling_value_fit_the_schema(name: str) -> None:
    for value in (ELEMENTS[name].default, TELLING[name][0]):
        assert [each.message for each in SCHEMA.iter_errors({name: value})] == []


@each_element
def test_the_schema_of_an_element_says_its_default_and_describes_it(name: str) -> None:
    schema = json_schema()["properties"][name]
    assert schema["default"] == ELEMENTS[name].default
    assert schema["description"].endswith(".")


@each_element
def test_a_default_is_unremarkable_and_anything_else_has_a_sentence(name: str) -> None:
    value, sentence = TELLING[name]
    element = ELEMENTS[name]
    assert element.sentence(element.read(element.default)) is None
    assert element.sentence(element.read(value)) == sentence


@each_element
def test_an_element_is_read_and_told_again_as_it_was_given(name: str) -> None:
    value, sentence = TELLING[name]
    story = story_of({"submit": ["default"], name: value})
    assert as_json(story)[name] == value
    assert sentence in as_sentence(story)


@each_element
def test_null_is_the_default_of_every_element_that_has_none(name: str) -> None:
    if ELEMENTS[name].default is None:
        assert getattr(story_of({"submit": ["default"], name: None}), name) is None


@each_element
@given(value=json_values)
def test_a_value_is_read_or_refused_in_one_sentence_that_names_its_element(name: str, value: Any) -> None:
    problem = problem_of(story_of, {name: value})
    if problem is not None:
        assert problem.element == name
        assert "\n" not in str(problem)


@each_element
@given(value=json_values)
def test_what_fits_the_schema_is_read(name: str, value: Any) -> None:
    if SCHEMA.is_valid({name: value}) and not isinstance(value, float):  # JSON Schema takes 2.0 for a whole number
        story_of({name: value})


#: Turns right and wrong: any keys together, with values that would each be right somewhere.
jumbled = st.fixed_dictionaries(
    {},
    optional={
        "answer": st.sampled_from(["default", "processing", "success", "error", "plan", "garbled", "unknown-status", "fetch"]),
        **{kind: st.sampled_from([*words, "?"]) for kind, words in KINDS.items()},
        "http": st.sampled_from([200, 503, 199, 503.0, "503"]),
        "slow": st.sampled_from([0, 1.5, -1]),
        "retry_after": st.sampled_from([0, 5, 1.5]),
        "retry_after_as": waits,
        "spelling": st.sampled_from(["messege", "massage"]),
        "text": errors,
        "to": st.sampled_from(list(TARGETS)),
        "fetch_result": st.sampled_from(list(FETCH_RESULTS)),
        "output": st.sampled_from(["partial", "all"]),
        "eta": st.just(3),
        "status": st.sampled_from(["", None, "Queued"]),
    },
)


@pytest.mark.parametrize("place", ["submit", "polls"])
@given(keys=st.sets(st.sampled_from(["answer", *KINDS, *OPTIONS]), max_size=3), turn=jumbled)
def test_a_turn_is_read_exactly_when_it_fits_the_schema(place: str, keys: set[str], turn: Mapping[str, Any]) -> None:
    value = {place: [{key: given for key, given in turn.items() if key in keys}]}
    problem = problem_of(story_of, value)
    assert SCHEMA.is_valid(value) == (problem is None), problem


# --- the whole story ---------------------------------------------------------------------------------------------------


@given(story=stories)
def test_a_story_told_as_json_is_read_as_the_same_story(story: Story) -> None:
    told = as_json(story)
    assert story_of(told) == story
    assert story_of(json.loads(json.dumps(told))) == story
    assert story_from_text(json.dumps(told)) == story


@given(story=stories)
def test_a_story_told_as_json_fits_the_schema(story: Story) -> None:
    assert [each.message for each in SCHEMA.iter_errors(as_json(story))] == []


@given(story=stories)
def test_every_story_has_a_sentence_on_one_line(story: Story) -> None:
    assert as_sentence(story)
    assert "\n" not in as_sentence(story)


@given(story=stories, attempt=st.integers(0, 20))
def test_one_answer_per_attempt_and_the_last_one_stays(story: Story, attempt: int) -> None:
    assert story.answer_to(attempt) == (story.submit + story.submit[-1:] * 21)[attempt]


def test_the_plain_story_is_told_in_nothing() -> None:
    assert as_json(Story()) == {}
    assert story_of({}) == Story()
    assert as_sentence(Story()) == "the job goes well"


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_every_situation_that_can_be_asked_for_is_a_word() -> None:
    assert set(CAN_BE_ASKED) <= set(SUBMIT_WORDS)


@pytest.mark.parametrize("road", [{"eta": 3}, {"polls": 2}, {"ends": "failed"}, {"ends": "success"}])
def test_whoever_speaks_of_the_road_means_a_job_that_has_one(road: Mapping[str, Any]) -> None:
    assert story_of(road).submit == (Submit("processing"),)


def test_a_single_answer_needs_no_list() -> None:
    assert story_of({"submit": "success"}) == story_of({"submit": ["success"]})
    assert story_of({"submit": {"http": 503}}) == story_of({"submit": [{"http": 503}]})


# --- what is not understood --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ({"submitt": "success"}, "submit"),
        ({"poll": 3}, "polls"),
        ({"end": "failed"}, "ends"),
        ({"NSFW": True}, "nsfw"),
        ({"ends": "fail"}, "failed"),
        ({"ends": "Never"}, "never"),
        ({"submit": "procesing"}, "processing"),
        ({"submit": ["success", "unavailible"]}, "unavailable"),
        ({"submit": "no_credits"}, "no-credits"),
        ({"submit": {"htp": 503}}, "http"),
        ({"submit": {"http": 503, "retry-after": 3}}, "retry_after"),
        ({"submit": {"answer": "procesing", "slow": 1}}, "processing"),
        ({"submit": {"garbled": "htlm"}}, "html"),
        ({"submit": {"reset": "midbody"}}, "mid-body"),
        ({"submit": {"redirect": 309}}, "308"),
        ({"submit": {"http": 429, "retry_after": 1, "retry_after_as": "dates"}}, "date"),
        ({"submit": {"answer": "error", "spelling": "mesege"}}, "messege"),
        ({"submit": {"redirect": 301, "to": "other_host"}}, "other-host"),
        ({"polls": ["notfound"]}, "not-found"),
        ({"polls": [{"answer": "processing", "fetch_result": "change"}]}, "changed"),
        ({"shape": {"ids": "text"}}, "id"),
        ({"shape": {"eta": "zeros"}}, "zero"),
        ({"pictures": ["okay"]}, "ok"),
        ({"pictures": [{"expire": 3}]}, "expires"),
        ({"webhook": "twise"}, "twice"),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_nearest(value: Any, nearest: str) -> None:
    assert refusal_of(value).endswith(f"did you mean {nearest!r}?")


def test_a_word_that_is_near_to_none_is_an_error_without_a_guess() -> None:
    assert refusal_of({"xyzzy": 1}) == "story: unknown element 'xyzzy'"


@pytest.mark.parametrize("value", [None, [], "success", 5, True])
def test_a_story_that_is_no_object_is_an_error(value: Any) -> None:
    assert refusal_of(value).startswith("story: must be a JSON object")


@pytest.mark.parametrize(
    "value",
    [
        {"submit": []},
        {"submit": None},
        {"submit": 503},
        {"submit": {}},
        {"submit": [["success"]]},
        {"submit": {"http": 199}},
        {"submit": {"http": 600}},
        {"submit": {"http": "503"}},
        {"submit": {"http": True}},
        {"submit": {"slow": -1}},
        {"submit": {"slow": "2"}},
        {"submit": {"slow": 86_401}},
        {"submit": {"slow": float("nan")}},
        {"submit": {"http": 503, "retry_after": 1.5}},
        {"submit": {"http": 503, "retry_after": -1}},
        {"submit": {"retry_after": 5}},
        {"submit": {"slow": 1, "retry_after": 5}},
        {"submit": ["success"] * 101},
        {"submit": {"answer": "success", "http": 500}},
        {"submit": {"answer": "processing", "garbled": "html"}},
        {"submit": {"garbled": "html", "reset": "before"}},
        {"submit": {"answer": "processing", "eta": 5}},
        {"submit": {"answer": "processing", "retry_after": 5}},
        {"submit": {"http": 503, "retry_after_as": "date"}},
        {"submit": {"http": 503, "to": "other-host"}},
        {"submit": {"http": 503, "fetch_result": "changed"}},
        {"submit": {"answer": "error", "text": ""}},
        {"submit": {"answer": "error", "text": {}}},
        {"submit": {"answer": "error", "text": {"prompt": "no list"}}},
        {"submit": {"answer": "error", "text": {"prompt": []}}},
        {"submit": {"answer": "error", "text": "x" * 1_001}},
        {"submit": {"redirect": "301"}},
        {"submit": {"redirect": True}},
        {"submit": "unknown-status"},
        {"submit": "not-found"},
        {"polls": []},
        {"polls": ["success"]},
        {"polls": ["processing"] * 101},
        {"polls": [{"answer": "unknown-status", "status": 5}]},
        {"polls": [{"answer": "unknown-status", "status": "x" * 51}]},
        {"polls": "3"},
        {"ends": 399},
        {"ends": 600},
        {"ends": True},
        {"ends": "http"},
        {"shape": []},
        {"shape": {"drop": []}},
        {"shape": {"drop": ["x"] * 21}},
        {"shape": {"drop": ["x" * 101]}},
        {"shape": {"drop": [5]}},
        {"shape": {"id": None}},
        {"shape": {"eta": 5}},
        {"pictures": ["ok"] * 17},
        {"pictures": [200]},
        {"pictures": ["404"]},
        {"pictures": ["slow"]},
        {"pictures": [{"slow": 1, "expires": 1}]},
        {"pictures": [{"slow": -1}]},
        {"pictures": [None]},
        {"webhook": None},
        {"webhook": ["once"]},
        {"eta": -1},
        {"eta": 86_401},
        {"eta": "3"},
        {"eta": True},
        {"eta": float("inf")},
        {"polls": -1},
        {"polls": 1_001},
        {"polls": 1.5},
        {"polls": True},
        {"ends": None},
        {"ends": 5},
        {"ends": []},
        {"message": ""},
        {"message": 5},
        {"message": "x" * 1_001},
        {"nsfw": "yes"},
        {"nsfw": 1},
    ],
    ids=repr,
)
def test_a_value_that_cannot_be_is_an_error_and_does_not_fit_the_schema(value: Mapping[str, Any]) -> None:
    assert refusal_of(value).startswith(f"story element {next(iter(value))!r}: ")
    if value != {"submit": {"slow": float("nan")}} and "nan" not in repr(value):  # JSON has no such number
        assert not SCHEMA.is_valid(value)


# --- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("success", {"submit": ["success"]}),
        ("unavailable default", {"submit": ["unavailable", "default"]}),
        ("processing eta=2 polls=3 ends=failed", {"submit": ["processing"], "eta": 2, "polls": 3, "ends": "failed"}),
        ("polls=3", {"submit": ["processing"], "polls": 3}),
        ("nsfw", {"nsfw": True}),
        ("nsfw=false", {"nsfw": False}),
        ("http=503", {"submit": [{"http": 503}]}),
        ("http=503 retry_after=2 success", {"submit": [{"http": 503, "retry_after": 2}, "success"]}),
        ("slow=2.5", {"submit": [{"slow": 2.5}]}),
        ("failed=1", None),
        ("message='out of paint' ends=failed", {"submit": ["processing"], "message": "out of paint", "ends": "failed"}),
        ("message=5", {"message": "5"}),
        ("message=a=b", {"message": "a=b"}),
        ('{"ends": "failed", "polls": 1}', {"submit": ["processing"], "ends": "failed", "polls": 1}),
        ("  {}", {}),
        ("submit=success", {"submit": ["success"]}),
        ("processing+slow=2", {"submit": [{"answer": "processing", "slow": 2}]}),
        ("slow=2+answer=processing", None),
        ("slow=2 processing", {"submit": [{"slow": 2}, "processing"]}),  # two attempts, as it always was
        ("submit=plan,http=503+slow=1", {"submit": ["plan", {"http": 503, "slow": 1}]}),
        ("http=503+retry_after=2", {"submit": [{"http": 503, "retry_after": 2}]}),
        ("error+text='a+b=c'", {"submit": [{"answer": "error", "text": "a+b=c"}]}),
        ("error+text=5", {"submit": [{"answer": "error", "text": "5"}]}),
        ("garbled=bom+http=502 default", {"submit": [{"garbled": "bom", "http": 502}, "default"]}),
        ("polls=http=502,processing+eta=5", {"polls": [{"http": 502}, {"answer": "processing", "eta": 5}]}),
        ("polls='[\"not-found\"]'", {"polls": ["not-found"]}),
        ("polls=null", {"submit": ["processing"]}),
        ("ends=502", {"ends": 502}),
        (
            "ends=success shape=drop:tip,drop:meta,eta:huge",
            {"ends": "success", "shape": {"drop": ["tip", "meta"], "eta": "huge"}},
        ),
        ("shape=eta:huge,eta:zero", None),
        ("polls=1 polls=2", None),
        ("nsfw nsfw=false", None),
        ("submit=success plan", None),
        ("plan submit=success", None),
        ("shape=eta", None),
        ("pictures=ok,410,slow:2.5,cut", {"pictures": ["ok", 410, {"slow": 2.5}, "cut"]}),
        ("webhook=lost", {"webhook": "lost"}),
    ],
)
def test_words_tell_the_same_story_as_json(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(StoryError):
            story_from_text(text)
    else:
        assert story_from_text(text) == story_of(value)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("procesing", "processing"),
        ("procesing+slow=2", "processing"),
        ("pols=3", "polls"),
        ("retry=3", "retry_after"),
        ("ends=nevr", "never"),
        ("sloww=2", "slow"),
        ("garbled=hmtl", "html"),
        ("polls=procesing", "processing"),
        ("shape=idd:text", "id"),
        ("pictures=okk", "ok"),
        ("webhook=loost", "lost"),
        ("never", "ends=never"),
        ("failed", "ends=failed"),
        ("processing twice", "webhook=twice"),
        ("404", "http=404"),
    ],
)
def test_an_unknown_word_in_a_text_is_an_error_that_names_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(StoryError, match=f"did you mean '{nearest}'"):
        story_from_words(text)


@pytest.mark.parametrize("word", sorted({each for rows in ALPHABET.values() for each in rows}))
def test_what_is_said_to_be_meant_by_a_word_of_an_element_can_be_read(word: str) -> None:
    said = re.search(r"did you mean '([^']+=[^']+)'", str(problem_of(story_from_words, word)))
    assert said is None or problem_of(story_from_words, said[1]) is None


@pytest.mark.parametrize("text", ["'open", "{", '{"ends": }', "{} {}", "[]", "polls=", "eta=soon"])
def test_a_text_that_cannot_be_read_is_an_error_in_one_sentence(text: str) -> None:
    with pytest.raises(StoryError) as caught:
        story_from_text(text)
    assert "\n" not in str(caught.value)


@given(text=st.text(max_size=40))
def test_any_text_is_a_story_or_an_error(text: str) -> None:
    problem = problem_of(story_from_text, text)
    assert problem is None or str(problem).startswith("story")


@pytest.mark.parametrize("key", SUBMIT_KEYS)
def test_every_option_of_an_answer_is_in_the_schema(key: str) -> None:
    shapes = json_schema()["properties"]["submit"]["items"]["anyOf"]
    assert any(key in each.get("properties", {}) for each in shapes)


# --- the rows of the words ---------------------------------------------------------------------------------------------

ROWS = [(element, name) for element, rows in ALPHABET.items() for name in rows]
each_row = pytest.mark.parametrize(("element", "name"), ROWS, ids=[f"{element}-{name}" for element, name in ROWS])


@each_row
def test_the_example_of_a_word_says_the_same_as_json_and_in_words(element: str, name: str) -> None:
    row = ALPHABET[element][name]
    story = story_of(row.story)
    assert story_from_words(row.words) == story
    assert story_of(as_json(story)) == story
    assert [each.message for each in SCHEMA.iter_errors(row.story)] == []


@each_row
def test_the_sentence_of_an_example_holds_what_its_word_says(element: str, name: str) -> None:
    row = ALPHABET[element][name]
    story = story_of(row.story)
    unremarkable = story in (Story(), Story((Turn("processing"),)))
    bare = ("shape", "ok", "expires", "text", "to: same-host", "output: partial", "eta", "http", "slow", "never")
    if not unremarkable and element != "shape" and name not in bare:
        assert row.says in as_sentence(story)


@each_row
def test_a_word_exposes_a_bug_of_its_own(element: str, name: str) -> None:
    row = ALPHABET[element][name]
    assert row.exposes
    assert not row.exposes.endswith(".")
    told = [each.exposes for rows in ALPHABET.values() for each in rows.values()]
    assert told.count(row.exposes) == 1


def test_every_word_that_is_read_is_a_row() -> None:
    rows = {name.rpartition(": ")[2].partition(" ")[0] for name in ALPHABET["submit"]}
    assert set(words_of("submit")) - set(KINDS) <= rows
    assert set(words_of("polls")) - set(words_of("submit")) <= set(ALPHABET["polls"])
    for kind, words in KINDS.items():
        assert {f"{kind}: {each}" for each in words} <= set(ALPHABET["submit"])
    assert {each.partition(": ")[0] for each in ALPHABET["shape"]} == set(Shape._fields)
    assert set(ENDS) | {"http"} == set(ALPHABET["ends"])
    assert set(ALPHABET) == set(ELEMENTS)


def test_every_option_of_a_turn_is_in_some_row() -> None:
    used = {key for rows in ALPHABET.values() for row in rows.values() for turn in _turns_of(row.story) for key in turn}
    assert set(OPTIONS) <= used


def _turns_of(story: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = [each for name in ("submit", "polls") if isinstance(story.get(name), list) for each in story[name]]
    return [each for each in listed if isinstance(each, Mapping)]


# --- directives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a fox", None),
        ("", None),
        ("a [[fox]]", None),
        ("[[mock: processing]]", "processing"),
        ("a fox [[mock:processing polls=2]] in snow", "processing polls=2"),
        ("[[ mock :\n eta=2\n]]", "eta=2"),
        ("[[mock:]]", ""),
        ("[[mock: message='a ] b']]", "message='a ] b'"),
        ("[[MOCK: success]]", "success"),
    ],
)
def test_a_directive_stands_anywhere_in_a_prompt(prompt: str, words: str | None) -> None:
    assert directive_in(prompt) == words


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("a fox [[mock: success", "not closed"),
        ("[[mock: success]] a fox [[mock: failed", "not closed"),
        ("[[mock: success]] and [[MOCK: processing]]", "two directives"),
    ],
)
def test_a_directive_is_never_half_read(prompt: str, says: str) -> None:
    with pytest.raises(StoryError, match=says):
        directive_in(prompt)
    assert directive_in("[[ Mock : success ]] a fox") == "success"
