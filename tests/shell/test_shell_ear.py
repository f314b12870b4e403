"""What is written to the bot, over the stand-in: who is answered, how often, and what a failing Webex does."""

from collections import Counter

import pytest

from hybridcal_daemon.adapters.phrases import say
from hybridcal_daemon.adapters.webex import WebexRest, WebexSettings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.languages import LANGUAGES
from hybridcal_daemon.domain.values import Plain, Secret, UserId
from hybridcal_daemon.domain.wordings import TODAY_WORD, TOMORROW_WORD
from hybridcal_daemon.sandbox.webex import WebexSandbox
from hybridcal_daemon.shell.agenda import AT_ONCE, SETTLING, SLOWEST, Ear
from hybridcal_daemon.shell.bot_words import BotWords
from tests.shell.shell_fakes import ManualClock, RecordingLog

ALICE, BOB = "alice@acme.example", "bob@acme.example"


class Direct:
    """An HttpClient that calls the stand-in."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def send(self, request):
        return self._sandbox.handle(request)


class House:
    """An ear, and what it passed on."""

    def __init__(self):
        self.clock, self.log = ManualClock(), RecordingLog()
        self.sandbox = WebexSandbox(clock=self.clock, seed=5)
        self.bot = Secret(self.sandbox.add_bot())
        self.users = {ALICE: UserId("u-alice"), BOB: UserId("u-bob")}
        for address in (ALICE, BOB, "eve@acme.example"):
            self.sandbox.add_person(address, address.partition("@")[0].title())
        self.interval, self.told = 30.0, []
        self.refusal = self.refusal_after_telling = None
        self.ear = self.new_ear()

    def new_ear(self):
        return Ear(self.webex, self._who, self._tell, BotWords(say), self.clock, self.log, lambda: self.interval)

    def webex(self):
        settings = WebexSettings(bot_token=lambda: self.bot, api_url="https://webexapis.example/v1")
        return WebexRest(Direct(self.sandbox), settings)

    def _who(self, address):
        if self.refusal is not None:
            raise self.refusal
        return self.users.get(address.reveal())

    def _tell(self, user, asked):
        self.told.append((user, asked.day, asked.key))
        self.refusal = self.refusal_after_telling

    def look(self, seconds=30.0):
        """Look after a while; what was passed on since the last look."""
        self.clock.at += seconds
        before = len(self.told)
        self.ear.look()
        return [(user, day) for user, day, _ in self.told[before:]]

    def say(self, address, text):
        self.clock.at += 0.01
        return self.sandbox.say(address, text).id

    def count(self, path):
        return sum(1 for asked in self.sandbox.journal() if asked.path == path)


@pytest.fixture
def house():
    made = House()
    made.ear.look()
    return made


def test_who_asks_is_answered_once(house):
    key = house.say(ALICE, "today")
    assert house.look() == [("u-alice", 0)]
    assert house.told == [("u-alice", 0, key)]
    assert house.look() == []
    assert house.look(SETTLING * 3) == []


def test_what_was_written_before_the_first_look_is_not_answered():
    house = House()
    house.say(ALICE, "today")
    house.clock.at += 5
    house.say(BOB, "tomorrow")
    assert house.look(5) == []
    assert house.look() == []
    house.say(ALICE, "tomorrow")
    assert house.look() == [("u-alice", 1)]


def test_webexs_clock_counts_not_ours(house):
    """Ours is five minutes ahead, then five behind."""
    for skew in (300, -300):
        ear = house.ear = house.new_ear()
        house.say(ALICE, "today")
        house.clock.at += skew
        ear.look()
        house.clock.at -= skew
        house.say(ALICE, "tomorrow")
        assert house.look() == [("u-alice", 1)]


def test_a_message_that_turns_up_late_is_answered_too(house):
    house.say(ALICE, "today")
    room = next(iter(house.sandbox.world.rooms.values()))
    late = room.messages.pop()
    room_active, room.active = room.active, room.created
    house.say(BOB, "today")
    assert house.look() == [("u-bob", 0)]
    room.messages.append(late)
    room.active = room_active
    assert house.look() == [("u-alice", 0)]
    assert house.look() == []


def test_a_stranger_gets_no_answer_and_is_not_named(house):
    house.say("eve@acme.example", "today")
    assert house.look() == []
    assert house.log.named("bot.stranger") == [{}]
    house.look()
    assert len(house.log.named("bot.stranger")) == 1


def test_something_else_is_answered_once_with_what_one_can_write(house):
    house.say(ALICE, "hello")
    assert house.look() == [("u-alice", None)]
    house.say(ALICE, "are you there?")
    house.say(BOB, "hi")
    assert house.look() == [("u-bob", None)]
    house.say(ALICE, "today")
    assert house.look() == [("u-alice", 0)]


def test_the_newest_of_each_question_counts_and_chatter_beside_it_does_not(house):
    house.say(ALICE, "hello")
    house.say(ALICE, "today")
    house.say(ALICE, "tomorrow")
    newest = house.say(ALICE, "today")
    house.say(ALICE, "thanks")
    assert Counter(house.look()) == Counter([("u-alice", 0), ("u-alice", 1)])
    assert ("u-alice", 0, newest) in house.told
    assert house.look() == []


def test_the_bots_own_messages_are_nothing(house):
    house.say(ALICE, "today")
    assert house.look() == [("u-alice", 0)]
    house.clock.at += 1
    house.webex().send_text(house.sandbox.world.somebody(ALICE).rest_id, Plain("today"))
    assert house.look() == []
    assert house.log.named("bot.stranger") == []


def test_a_quiet_bot_costs_one_request_a_look(house):
    house.say(ALICE, "today")
    house.look()
    house.look(SETTLING * 2)
    house.look()
    before = len(house.sandbox.journal())
    for _ in range(5):
        house.look()
    assert len(house.sandbox.journal()) == before + 5


def test_many_rooms_at_once_have_their_turn_and_the_last_who_wrote_is_first(house):
    """Join cards make all their rooms look active."""
    people = AT_ONCE * 2 + 10
    for number in range(people):
        address = f"p{number}@acme.example"
        house.sandbox.add_person(address, f"P {number}")
        house.users[address] = UserId(f"u-{number}")
        house.say(address, "today")
    house.say(ALICE, "today")
    before = house.count("/v1/messages")
    answered = house.look()
    assert house.count("/v1/messages") == before + AT_ONCE
    assert answered[0] == ("u-alice", 0)
    for _ in range(3):
        answered += house.look()
    assert Counter(answered) == Counter({("u-alice", 0): 1} | {(f"u-{number}", 0): 1 for number in range(people)})


# ---- failures


def test_a_failure_is_told_once_and_makes_looks_rarer(house):
    house.sandbox.add_fault({"kind": "status", "status": 503, "times": 0, "match": {"path_regex": "/rooms"}})
    rests = []
    for _ in range(12):
        house.look()
        rests.append(house.ear.rest)
    assert rests[0] == 60.0
    assert rests == sorted(rests)
    assert rests[-1] == SLOWEST
    assert [fields["code"] for fields in house.log.named("bot.deaf")] == ["webex-unavailable"]
    house.sandbox.clear_faults()
    house.say(ALICE, "today")
    assert house.look() == [("u-alice", 0)]
    assert house.ear.rest == 0.0


def test_a_bot_that_is_throttled_waits_as_long_as_it_is_told(house):
    house.sandbox.add_fault({"kind": "status", "status": 429, "retry_after": 300})
    house.look()
    assert house.ear.rest == 300.0


def test_answers_of_another_shape_do_no_harm(house):
    house.sandbox.add_fault({"kind": "garbage", "match": {"path_regex": "/rooms"}})
    assert house.look() == []
    house.say(ALICE, "today")
    assert house.look() == [("u-alice", 0)]


def test_a_room_that_could_not_be_read_has_another_turn(house):
    house.say(ALICE, "today")
    house.sandbox.add_fault({"kind": "status", "status": 502, "match": {"path_regex": "/messages"}})
    assert house.look() == []
    assert house.look(SETTLING * 3) == [("u-alice", 0)]


def test_who_cannot_be_found_while_the_keys_are_away_is_answered_later(house):
    house.say(ALICE, "today")
    house.say(ALICE, "tomorrow")
    house.refusal = CallError(Kind.SEALED, "kms-sealed")
    assert house.look() == []
    house.refusal = None
    assert Counter(house.look()) == Counter([("u-alice", 0), ("u-alice", 1)])
    assert house.look() == []


def test_a_failure_between_two_answers_repeats_neither(house):
    house.say(ALICE, "today")
    house.say(ALICE, "tomorrow")
    house.refusal_after_telling = CallError(Kind.SEALED, "kms-sealed")
    house.look()
    assert len(house.told) == 1
    house.refusal = house.refusal_after_telling = None
    house.look()
    assert Counter(day for _, day, _ in house.told) == Counter([0, 1])


def test_switched_off_nothing_is_asked_and_nothing_answered_later(house):
    house.interval = 0.0
    house.say(ALICE, "today")
    before = len(house.sandbox.journal())
    house.ear.turn()
    assert len(house.sandbox.journal()) == before
    house.interval = 30.0
    house.ear.turn()
    house.say(ALICE, "tomorrow")
    house.clock.at += 1
    house.ear.turn()
    assert [day for _, day, _ in house.told] == [1]


# ---- words


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_languages_words(language):
    words = BotWords(say)
    assert words.day(say(language, TODAY_WORD)) == 0
    assert words.day(f" {say(language, TOMORROW_WORD).upper()}! ") == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", 0),
        ("Today?", 0),
        ("  TOMORROW...\n", 1),
        ("\N{WAVING HAND SIGN} heute", 0),
        ("manana", 1),
        ("aujourd'hui", 0),
        ("aujourd\N{RIGHT SINGLE QUOTATION MARK}hui", 0),
        ("\N{FULLWIDTH LATIN SMALL LETTER T}oday", 0),
        ("todays", None),
        ("not today", None),
        ("", None),
        ("???", None),
        ("today" + " " * 100, None),
    ],
)
def test_what_counts_as_the_word(text, day):
    assert BotWords(say).day(text) == day


def test_english_needs_no_catalogue():
    asked = []

    def spy(language, sentence):
        asked.append(language)
        return say(language, sentence)

    words = BotWords(spy)
    assert (words.day("today"), words.day("tomorrow"), words.day("!")) == (0, 1, None)
    assert asked == []
    assert words.day("morgen") == 1
    assert words.day("morgen") == 1
    assert len(asked) == 2 * len(LANGUAGES)


def test_a_word_with_two_meanings_has_none():
    words = BotWords(lambda language, sentence: "kal" if language == "hi" else sentence)
    assert words.day("kal") is None
