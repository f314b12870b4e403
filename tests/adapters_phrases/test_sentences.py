"""What the bot says to people, in each language."""

import re
import string
from collections import Counter
from threading import Barrier, Thread

import pytest

from hybridcal_daemon.adapters.phrases import say
from hybridcal_daemon.domain.languages import LANGUAGES, RIGHT_TO_LEFT
from hybridcal_daemon.domain.wordings import (
    HELP,
    NOTICES,
    PRIVATE,
    SENTENCES,
    STARTS_IN_ZONE,
    TODAY_WORD,
    TOMORROW_WORD,
    UNTITLED,
)

OTHERS = [language for language in LANGUAGES if language != "en"]
AS_IN_ENGLISH = {("de", UNTITLED)}
"""German companies say "Meeting", as the words of the join block do."""

HOLE = re.compile(r"\{[^}]*\}")
KEYWORD = re.compile(r"@webex(?::[a-z]+)?")
ISOLATED = re.compile("[\u2066\u2068]([^\u2066-\u2069]*)\u2069")
DIRECTIONS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
STRAIGHT = '"'


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said_in_the_language(language):
    for sentence in SENTENCES:
        said = say(language, sentence)
        assert (said == sentence) == ((language, sentence) in AS_IN_ENGLISH), sentence
        assert said == said.strip()
        assert "  " not in said
        assert STRAIGHT not in said


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_and_what_is_typed_stays_as_it_is(language):
    for sentence in SENTENCES:
        said = say(language, sentence)
        assert Counter(HOLE.findall(said)) == Counter(HOLE.findall(sentence))
        assert Counter(KEYWORD.findall(said)) == Counter(KEYWORD.findall(sentence))
        if language != "lv":  # a Latvian space is a "Webex place", for a place alone is where people sit
            assert ("Webex" in said) == ("Webex" in sentence)
    assert {"today", "tomorrow"} <= set(re.findall("[a-z]+", say(language, HELP)))


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_stands_for_two_things(language):
    assert len({say(language, sentence) for sentence in SENTENCES}) == len(SENTENCES)


@pytest.mark.parametrize("language", OTHERS)
def test_the_words_that_are_understood_are_bare_and_small(language):
    for word in (TODAY_WORD, TOMORROW_WORD):
        said = say(language, word)
        assert said == said.lower()
        assert not set(string.punctuation) & set(said)


@pytest.mark.parametrize("language", OTHERS)
def test_a_title_stands_between_quotation_marks_of_the_language(language):
    english = "\u201c{title}\u201d"
    for sentence in NOTICES.values():
        before, after = DIRECTIONS.sub("", say(language, sentence)).split("{title}")
        pair = before.strip("\u00a0")[-1] + after.strip("\u00a0")[0]
        assert pair in {"„“", "„”", "«»", "””", "“”", "\u2018\u2019", "「」"}
        assert english.format(title="{title}") in sentence


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_what_is_of_another_direction_is_set_apart_in_languages_from_right_to_left(language):
    for sentence in (*NOTICES.values(), STARTS_IN_ZONE, HELP):
        said = say(language, sentence)
        apart = ISOLATED.findall(said)
        needed = [*KEYWORD.findall(said), *(hole for hole in HOLE.findall(said) if hole in {"{title}", "{zone}"})]
        assert sorted(apart) == sorted(needed or ["today", "tomorrow"])
        assert not DIRECTIONS.search(ISOLATED.sub("", said))


def test_other_languages_have_no_signs_of_direction():
    for language in set(OTHERS) - RIGHT_TO_LEFT:
        assert not DIRECTIONS.search("".join(say(language, sentence) for sentence in SENTENCES))


def test_english_is_said_where_a_language_or_a_sentence_is_unknown():
    assert say("en", PRIVATE) == PRIVATE
    for language in ("xx", "", "../de", "iw"):
        assert say(language, PRIVATE) == PRIVATE
    assert say("de", "Never written down") == "Never written down"


def test_threads_may_ask_at_the_same_time():
    begin, said = Barrier(8), []

    def ask():
        begin.wait(timeout=10)
        said.extend(say(language, PRIVATE) for language in LANGUAGES)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert Counter(said) == Counter([say(language, PRIVATE) for language in LANGUAGES] * 8)
