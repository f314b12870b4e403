"""Known traps of writing in the organiser's language (google.md A.1 and D "Text")."""

from dataclasses import replace

import pytest
from pitfall_house import ALICE, SETTINGS, House, timed

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.blocklines import Style
from hybridcal_daemon.domain.joinblock import BEGIN, find, strip
from hybridcal_daemon.domain.languages import is_right_to_left
from hybridcal_daemon.domain.messages import SettingsChanged
from hybridcal_daemon.domain.values import DAY, HOUR
from tests.work.fakes import ROOM

WISH = {"location": "@webex"}


def style(language):
    return Style(phrases=phrases(language), right_to_left=is_right_to_left(language))


def house_of(locale, **settings):
    """A daemon of somebody who set this locale in Google Calendar."""
    house = House(settings=replace(SETTINGS, **settings))
    house.google.add_user(ALICE, timezone="Europe/Berlin", locale=locale)
    house.tools = replace(house.tools, style=style)
    return house


@pytest.mark.parametrize(
    ("locale", "language"),
    [("iw", "he"), ("in", "id"), ("no", "nb"), ("tl", "fil"), ("en_GB", "en"), ("zh_TW", "zh_TW"), ("eo", "en")],
)
def test_d_text_googles_own_names_of_languages_are_understood(locale, language):
    house = house_of(locale)
    event_id = house.make(timed(**WISH, description="Bring tea"))
    house.begin()
    assert find(house.text(event_id)).lines[0] == phrases(language).join
    assert strip(house.text(event_id)) == "Bring tea"


@pytest.mark.parametrize("description", ["Bring tea", "<b>Bring</b> tea"])
@pytest.mark.parametrize(("old", "new"), [("ar", "ja"), ("en", "de"), ("fr", "fa")])
def test_d_text_a_language_that_changes_rewrites_nothing(old, new, description):
    house = house_of(old)
    event_id = house.make(timed(72.0, **WISH, description=description))
    house.begin()
    before = house.text(event_id)
    house.google.add_user(ALICE, locale=new)
    house.run(2.5 * DAY)
    assert house.state.durable.profile.locale == new
    house.edit(event_id, summary="Another title")
    assert house.text(event_id) == before
    assert house.writes() == [event_id]
    second = house.make(timed(80.0, **WISH, description=description))
    house.run(HOUR)
    assert find(house.text(second)).lines[0] == phrases(new).join


def test_d_text_the_organisations_language_counts_more_and_changes_nothing_either():
    house = house_of("ar", block_language="ja")
    event_id = house.make(timed(24.0, **WISH))
    house.begin()
    assert find(house.text(event_id)).lines[0] == phrases("ja").join
    before = house.text(event_id)
    house.tell(SettingsChanged(settings=replace(house.state.settings, block_language="de")))
    house.run(3 * HOUR)
    assert (house.writes(), house.text(event_id)) == ([event_id], before)


@pytest.mark.parametrize("description", ["Bring tea", "<b>Bring</b> tea", ""])
def test_d_loops_a_block_that_runs_from_right_to_left_is_written_once(description):
    house = house_of("ar")
    event_id = house.make(timed(24.0, **WISH, description=description))
    house.begin()
    house.run(12 * HOUR)
    assert house.writes() == [event_id]
    text = house.text(event_id)
    assert text.count(BEGIN) == 1
    assert text.startswith(description)
    assert find(text).link == ROOM.link.reveal()
    assert not house.fact(event_id).unmarked
