"""Known traps of taking a block out again: the user's own text, series, marks, somebody who writes at the same time."""

from dataclasses import replace

import pytest
from pitfall_house import ALICE, House, timed

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.blocklines import Style
from hybridcal_daemon.domain.joinblock import BEGIN, strip
from hybridcal_daemon.domain.messages import Deactivated, RedecorateAsked
from hybridcal_daemon.domain.values import DAY, HOUR

WISH = {"location": "@webex"}
DAILY = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=5"]}


@pytest.fixture
def house():
    return House()


def written(house, **fields):
    """An event that asks, after everything has come to rest."""
    event_id = house.make(timed(**(WISH | fields)))
    house.begin()
    return event_id


@pytest.mark.parametrize("text", ["", "Bring tea", "Bring tea\n\n", "<b>Bring</b> tea<br>", "\n \ntea"])
def test_d_text_taken_out_leaves_the_text_as_it_was(house, text):
    event_id = written(house, description=text)
    assert BEGIN in house.text(event_id)
    house.edit(event_id, location="Room 7")
    house.run(DAY)
    assert house.text(event_id) == text
    assert house.writes() == [event_id] * 2
    assert not house.fact(event_id).has_block


def test_d_properties_the_mark_goes_with_its_block(house):
    event_id = house.make(timed(**WISH, extendedProperties={"private": {"crm": "7"}}))
    house.begin()
    house.edit(event_id, location="Room 7")
    private = house.google.get_event(ALICE, event_id)["extendedProperties"]["private"]
    assert private == {"crm": "7"}


def test_d_loops_a_block_comes_and_goes_with_the_keyword(house):
    event_id = written(house)
    for location in ("", "@webex", "", "@webex"):
        house.edit(event_id, location=location)
        assert (BEGIN in house.text(event_id)) is (location != "")
    house.run(DAY)
    assert len(house.writes()) == 5


def test_d_loops_a_series_is_stripped_by_one_writer(house):
    series = house.make(timed(**WISH, **DAILY, description="Bring tea"))
    instances = [one["id"] for one in house.happenings()]
    house.google.update_event(ALICE, instances[1], timed(hours=30))
    house.begin()
    house.edit(series, location="Room 7")
    house.run(DAY)
    assert house.writes() == [series, series]
    assert [one["description"] for one in house.happenings()] == ["Bring tea"] * 5


def test_d_loops_an_exception_with_words_of_its_own_is_stripped_by_itself(house):
    series = house.make(timed(**WISH, **DAILY, description="Bring tea"))
    second = house.happenings()[1]["id"]
    house.google.update_event(ALICE, second, {"description": "Bring cake"})
    house.begin()
    assert house.writes() == [series, second]
    house.edit(series, location="Room 7")
    house.run(DAY)
    assert house.writes() == [series, second, series, second]
    assert [BEGIN in one["description"] for one in house.happenings()] == [False] * 5
    assert house.text(second) == "Bring cake"


def test_d_loops_one_instance_whose_keyword_went_is_stripped_alone(house):
    series = written(house, **DAILY, description="Bring tea")
    second = house.happenings()[1]["id"]
    house.edit(second, location="Room 7")
    house.run(DAY)
    assert house.writes() == [series, second]
    assert [BEGIN in one["description"] for one in house.happenings()] == [True, False, True, True, True]
    assert house.text(second) == "Bring tea"


def test_d_text_taken_out_is_nothing_that_somebody_edited(house):
    event_id = written(house, description="Bring tea")
    house.edit(event_id, description=house.text(event_id).replace("Video address", "Dial"))
    house.edit(event_id, location="Room 7")
    house.run(DAY)
    assert house.writes() == [event_id]
    assert "Dial" in house.text(event_id)


def test_d_concurrency_who_wishes_again_while_we_strip_is_respected(house):
    event_id = written(house)
    again = [True]

    def before(method, _path):
        if method == "PATCH" and again:
            again.clear()
            house.google.update_event(ALICE, event_id, {"location": "@webex"})

    house.before = before
    house.edit(event_id, location="")
    house.run(HOUR)
    assert BEGIN in house.text(event_id)


@pytest.mark.parametrize(
    ("location", "theirs"),
    [
        ("https://acme.webex.com/meet/alice", False),
        ("acme.webex.com/meet/Alice, 3rd floor", False),
        ("alice@acme.webex.com", False),
        ("sip:alice@acme.webex.com", False),
        ("https://acme.webex.com/meet/bob", True),
        ("bob@acme.webex.com", True),
        ("alice@other.webex.com", True),
    ],
)
def test_d_who_an_address_in_the_location_is_a_keyword_for_its_owner_only(house, location, theirs):
    event_id = house.make(timed(location=location, description="Bring tea"))
    house.begin()
    house.run(DAY)
    assert (BEGIN in house.text(event_id)) is not theirs
    assert house.asked("GET", event_id) == 1


def test_d_loops_what_is_written_anew_is_written_once_and_only_what_is_ours(house):
    kept = written(house, hours=100, description="Bring tea")
    edited = house.make(timed(**WISH, hours=100))
    house.run(HOUR)
    house.edit(edited, description=house.text(edited).replace("Video address", "Dial"))
    before = [house.text(kept), house.text(edited)]
    german = Style(phrases=phrases("de"))
    house.tools = replace(house.tools, style=lambda _language: german)
    house.tell(RedecorateAsked(key="k", dry=True))
    house.run(DAY)
    assert [house.text(kept), house.text(edited)] == before  # neither a new setting nor a dry run writes
    house.tell(RedecorateAsked(key="k", dry=False))
    house.run(DAY)
    assert german.phrases.join in house.text(kept)
    assert strip(house.text(kept)) == "Bring tea"
    assert house.text(edited) == before[1]
    assert house.writes() == [kept, edited, kept]


@pytest.mark.parametrize("undecorate", [True, False])
def test_d_text_taken_out_for_who_leaves_is_a_choice(house, undecorate):
    single = written(house, description="Bring tea")
    series = house.make(timed(**WISH, **DAILY))
    second = house.happenings()[1]["id"]
    house.google.update_event(ALICE, second, {"description": "Bring cake"})
    house.run(HOUR)
    house.tell(Deactivated(undecorate=undecorate))
    house.run(HOUR)
    texts = [house.text(single), house.text(series), house.text(second)]
    assert [BEGIN in text for text in texts] == [not undecorate] * 3
    if undecorate:
        assert texts == ["Bring tea", "", "Bring cake"]
