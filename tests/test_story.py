"""A story: every element with its default, schema, reading and sentence; words, texts and JSON say the same."""

import json
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
    Story,
    StoryError,
    Submit,
    as_json,
    as_sentence,
    directive_in,
    json_schema,
    story_from_text,
    story_from_words,
    story_of,
)

SCHEMA = Draft202012Validator(json_schema())
#: A value of each element that is not its default, and what its sentence has to speak of.
TELLING: dict[str, tuple[Any, str]] = {
    "submit": (["unavailable", "processing"], "the submit is refused as unavailable, then is queued"),
    "eta": (4.5, "the job takes 4.5 s"),
    "polls": (1, "1 fetch says processing"),
    "ends": ("failed", "the job ends in failed"),
    "message": ("out of paint", "the text is 'out of paint'"),
    "nsfw": (True, "the pictures are flagged"),
}
each_element = pytest.mark.parametrize("name", ELEMENTS)

seconds = st.floats(0, 86_400) | st.integers(0, 86_400)
answers = st.sampled_from(sorted(SUBMIT_WORDS)).map(Submit) | st.one_of(
    st.builds(Submit, st.just("default"), st.none(), seconds, st.none()),
    st.builds(Submit, st.just("default"), st.integers(200, 599), st.none() | seconds, st.none() | st.integers(0, 86_400)),
)
stories = st.builds(
    Story,
    submit=st.lists(answers, min_size=1, max_size=4).map(tuple),
    eta=st.none() | seconds,
    polls=st.none() | st.integers(0, 1_000),
    ends=st.sampled_from(sorted(ENDS)),
    message=st.none() | st.text(min_size=1, max_size=50),
    nsfw=st.none() | st.booleans(),
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
    [("procesing", "processing"), ("pols=3", "polls"), ("retry=3", "retry_after"), ("ends=nevr", "never"), ("sloww=2", "slow")],
)
def test_an_unknown_word_in_a_text_is_an_error_that_names_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(StoryError, match=f"did you mean '{nearest}'"):
        story_from_words(text)


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
    one_of = json_schema()["properties"]["submit"]["items"]["oneOf"]
    assert key in one_of[1]["properties"]


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
        ("[[mock: success]] [[mock: error]]", "success"),
        ("[[mock: message='a ] b']]", "message='a ] b'"),
        ("[[mock: open", None),
        ("[[MOCK: success]]", None),
    ],
)
def test_a_directive_stands_anywhere_in_a_prompt(prompt: str, words: str | None) -> None:
    assert directive_in(prompt) == words
