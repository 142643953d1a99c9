"""Drawn stories: every word is reachable and has its say, nothing that a reader refuses is drawn, and the plain one is near."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from statistics import mean
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.chance import Dice, DrawError, Simplest
from modelslab_contracts.kit.deviations import deviations
from modelslab_contracts.kit.moves import MOVES
from modelslab_contracts.kit.stories import WORDS, StoryTable, draw_story, story_table, words_for
from modelslab_contracts.story import (
    ELEMENTS,
    Story,
    as_json,
    as_sentence,
    json_schema,
    story_from_text,
    story_from_words,
    story_of,
)
from modelslab_contracts.story_words import ALPHABET, WEBHOOKS
from modelslab_mock.engine.shape import PARTS, TURN_PARTS

NAMES = sorted(endpoints())
DRAWS = 6_000
#: Words that change nothing by themselves, or stand for what is there anyway.
UNREMARKABLE = {
    "submit: default",
    "submit: to: same-host",
    "polls: to: same-host",
    "ends: success",
    "pictures: ok",
    "webhook: once",
}
#: Words that others say better: a job with a road is queued, and a number of fetches comes after a list of them.
SAID_OTHERWISE = {"submit: processing", "polls: number"}
#: Words that another one brings along, because it says nothing without.
COMPANIONS = {
    "message: text": {"ends: failed", "ends: error"},
    "submit: default": {"submit: unavailable", "submit: rate-limited", "submit: http 502"},
    "pictures: ok": {"pictures: 404", "pictures: 403"},
    "pictures: mirror": {"submit: success"},
    "submit: to: same-host": {
        "submit: redirect: 301",
        "submit: redirect: 302",
        "submit: redirect: 307",
        "submit: redirect: 308",
    },
    "polls: to: same-host": {"polls: redirect: 301", "polls: redirect: 302", "polls: redirect: 307", "polls: redirect: 308"},
    "shape: drop": {"submit: processing", "submit: success"},
    "shape: null": {"submit: processing", "submit: success"},
    "shape: nsfw": {"submit: success"},
    "nsfw: flag": {"submit: success"},
    "shape: eta": {"submit: processing"},
    "shape: fetch_id": {"submit: processing"},
    "ends: success": {"submit: processing"},
}
each_endpoint = pytest.mark.parametrize("name", NAMES)


def drawn(table: StoryTable, count: int = DRAWS, seed: int = 1) -> Iterator[Story]:
    return (table.draw(Dice(seed, number)) for number in range(count))


def in_words(story: Story) -> str:
    """The story in words: each element with its JSON value."""
    plain = {"ends": str, "message": str, "webhook": str}
    told = as_json(story).items()
    return " ".join(shlex.quote(f"{name}={plain.get(name, json.dumps)(value)}") for name, value in told)


def brought_by(word: str) -> set[str]:
    """What may be in a story for which only this word was asked."""
    return next((held for beginning, held in COMPANIONS.items() if word.startswith(beginning)), set())


# --- the alphabet -------------------------------------------------------------------------------------------------------


def test_there_is_a_row_of_moves_for_every_element_and_a_move_for_every_word() -> None:
    assert set(MOVES) == set(ELEMENTS)
    for element, words in ALPHABET.items():
        assert set(words) <= set(MOVES[element])


def test_the_words_that_a_story_departs_with_are_those_of_the_alphabet() -> None:
    for element, words in ALPHABET.items():
        for word, row in words.items():
            found = {each.partition(": ")[2] for each in deviations(story_of(row.story))}
            assert word in found or f"{element}: {word}" in UNREMARKABLE, f"{element}: {word}"


def test_every_word_has_a_say_about_some_endpoint() -> None:
    assert words_for() == WORDS
    assert {word for name in NAMES for word in words_for(name)} == set(WORDS)


def test_a_part_of_the_shape_is_drawn_where_some_answer_has_such_a_field() -> None:
    """As the engine finds them: by what fills them."""
    assert {f"shape: {each}" for each in PARTS} == {each.rpartition(": ")[0] for each in WORDS if each.startswith("shape: ")}
    assert all(any(each.startswith(f"polls: {part}") for each in WORDS) for part in TURN_PARTS)
    for name in NAMES:
        shown = {field.fact for call in endpoints()[name].calls for answer in call.answers.values() for field in answer.fields}
        words = words_for(name)
        assert ("shape: proxy_links: absent" in words) == bool(shown & {"proxy_links", "future_proxy_links"})
        assert ("shape: nsfw: list" in words) == ("nsfw" in shown)
        assert ("shape: base64: inline" in words) == ("base64" in endpoints()[name].field)
        assert "shape: eta: huge" in words


@each_endpoint
def test_every_word_comes_in_drawn_stories_and_none_that_has_no_say(name: str) -> None:
    table = story_table(name)
    met = {word for story in drawn(table) for word in deviations(story)}
    assert met == set(table.words) - UNREMARKABLE


@each_endpoint
def test_a_word_that_must_come_does_and_has_its_say(name: str) -> None:
    table = story_table(name)
    for word in table.words:
        for number in range(5):
            alone = table.draw(Dice(1, number), must=word, most=0)
            assert word in deviations(alone) or word in UNREMARKABLE, word
            assert len(deviations(alone)) == (word not in UNREMARKABLE) + bool(brought_by(word) & set(deviations(alone))), word
            in_company = deviations(table.draw(Dice(2, number), must=word))
            assert word in in_company or word in UNREMARKABLE | SAID_OTHERWISE, word
            if deviations(alone):
                assert as_sentence(alone) != as_sentence(Story())


# --- what is drawn is a story -------------------------------------------------------------------------------------------


@each_endpoint
def test_a_drawn_story_survives_json_text_and_words(name: str) -> None:
    for story in drawn(story_table(name), 1_000):
        told = as_json(story)
        assert story_of(told) == story
        assert story_from_text(json.dumps(told)) == story
        assert story_from_words(in_words(story)) == story


def test_a_drawn_story_fits_the_schema() -> None:
    schema = Draft202012Validator(json_schema())
    for story in drawn(story_table(), 300):
        assert [each.message for each in schema.iter_errors(as_json(story))] == []


def test_what_is_drawn_agrees_with_itself() -> None:
    """No picture of a job that failed has a fate, and no text is lost that nobody would say."""
    for story in drawn(story_table()):
        taken = story.submit[-1].word in ("default", "success", "processing") and story.submit[-1].http is None
        is_queued = story.submit[-1].word == "processing"
        if (
            story.polls is not None
            or story.eta is not None
            or story.ends != "success"
            or story.shape.eta
            or story.shape.fetch_id
        ):
            assert is_queued, story
        if story.message is not None:
            assert story.ends in ("failed", "error") or isinstance(story.ends, int), story
        if story.pictures or story.shape.output or story.shape.base64 or story.nsfw is not None:
            assert taken, story
            assert story.ends == "success", story
        if story.webhook != "once" or story.shape.id:
            assert taken, story


def test_a_story_speaks_of_no_more_pictures_than_there_are() -> None:
    for count in range(5):
        for number in range(500):
            assert len(draw_story(Dice(1, number), only=["pictures"], pictures=count).pictures) <= count


def test_etas_are_those_of_jobs_and_seldom_long() -> None:
    etas = [story.eta for story in drawn(story_table(only=["eta"])) if story.eta is not None]
    assert {0, 0.5, 86_400} <= set(etas)
    assert sum(each <= 10 for each in etas) > 0.8 * len(etas)


# --- how far it is from the plain one -----------------------------------------------------------------------------------


def test_the_plain_story_departs_with_nothing_and_is_the_simplest() -> None:
    assert deviations(Story()) == ()
    assert draw_story(Simplest()) == Story()


def test_a_sentence_grows_with_what_it_departs_with() -> None:
    lengths: dict[int, list[int]] = {}
    for story in drawn(story_table()):
        lengths.setdefault(len(deviations(story)), []).append(len(as_sentence(story)))
    means = [mean(lengths[count]) for count in range(6)]
    assert means == sorted(means)
    assert set(lengths[0]) <= {len("the job goes well"), len("every picture is there")}


def test_stories_are_of_all_sizes() -> None:
    sizes = [len(deviations(story)) for story in drawn(story_table())]
    assert {0, 1, 2, 3, 4, 5, 6} <= set(sizes)


def test_a_swarm_brings_runs_of_one_fault() -> None:
    runs = [
        story
        for story in drawn(story_table())
        if len(story.submit) > 2 and all(each == story.submit[0] for each in story.submit[:-1])
    ]
    assert len(runs) > DRAWS / 200


# --- limits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [*MOVES, "submit: garbled", "polls: http", "shape: eta", *WORDS])
def test_only_and_without_are_kept(word: str) -> None:
    def belongs(each: str) -> bool:
        return each == word or each.startswith((f"{word}: ", f"{word} "))

    allowed = {held for each in WORDS if belongs(each) for held in brought_by(each)}
    assert all(belongs(each) or each in allowed for s in drawn(story_table(only=[word]), 40) for each in deviations(s))
    assert not any(belongs(each) for s in drawn(story_table(without=[word]), 40) for each in deviations(s))


def test_without_queued_jobs_every_job_is_finished_at_once() -> None:
    for story in drawn(story_table(without=["submit: processing"]), 1_000):
        assert story.submit[-1].word != "processing"
        assert story.polls is None


def test_a_mask_is_what_every_story_draws_from() -> None:
    met = {word for story in drawn(story_table(mask=["webhook", "nsfw"]), 300) for word in deviations(story)}
    assert met == {"nsfw: flag", "submit: success", *(f"webhook: {each}" for each in WEBHOOKS if each != "once")}
    assert set(drawn(story_table(mask=[]), 50)) == {Story()}


@pytest.mark.parametrize(
    ("asking", "says"),
    [
        ({"endpoint": "pony"}, "unknown endpoint 'pony'"),
        ({"only": ["webhok"]}, "unknown word of stories 'webhok'; did you mean 'webhook'?"),
        ({"without": ["submit: http 504"]}, "unknown word of stories 'submit: http 504'; did you mean 'submit: http 5"),
        ({"mask": ["ends: fail"]}, "unknown word of stories 'ends: fail'; did you mean 'ends: failed'?"),
        ({"only": "webhook"}, "only takes a list of words, as in only=['webhook']"),
        (
            {"endpoint": "images-pony-v6", "only": ["shape: base64"]},
            "nothing that was asked for has a say in a story of images-pony-v6",
        ),
        ({"only": ["nsfw"], "without": ["nsfw"]}, "nothing that was asked for has a say in a story"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence(asking: dict[str, Any], says: str) -> None:
    with pytest.raises(DrawError) as caught:
        draw_story(Simplest(), **asking)
    assert str(caught.value).startswith(says)
