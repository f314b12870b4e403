"""Known traps of copies, properties, kinds of events and conferences, as the whole daemon meets them (google.md D)."""

import re

import pytest
from pitfall_calls import ASKING, WRITES, Recorded, all_asked, new, refused
from pitfall_house import ALICE, BOB, BOBS_ROOM, CAROL, DAY, HOUR, OUTSIDE, House, timed

from hybridcal_daemon.adapters.google import GoogleCalendar
from hybridcal_daemon.domain.calls import SendCard
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.explaining import Seen, known, reasons
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.joinblock import BEGIN, compose, find, mark, strip
from hybridcal_daemon.domain.values import Plain
from tests.calendars.driver import PERSON
from tests.domain_decisions.facts import meeting
from tests.domain_decisions.world import World
from tests.work.fakes import ROOM

WISH = {"location": "@webex"}
LINK = ROOM.link.reveal()


@pytest.fixture
def house():
    return House()


def own(house, event_id, address=ALICE):
    return house.google.get_event(address, event_id).get("extendedProperties", {})


# ---- copies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [BOB, CAROL])
@pytest.mark.parametrize("rights", [{}, {"guestsCanModify": True}])
def test_d_copies_a_guest_s_copy_is_never_written_to(who, rights):
    house = House(who)
    event_id = house.make(timed(**WISH, **rights, attendees=[{"email": BOB}, {"email": CAROL}]))
    house.begin()
    house.run(DAY)
    assert (house.writes(), house.asked("GET", event_id)) == ([], 0)
    assert not house.fact(event_id).writable


def test_d_copies_the_organiser_s_write_reaches_all_and_nobody_else_reacts(house):
    guests = [{"email": BOB}, {"email": CAROL}]
    event_id = house.make(timed(**WISH, attendees=guests))
    house.begin()
    bob = House(BOB, google=house.google).begin()
    bob.run(HOUR)
    assert (house.writes(), bob.writes()) == ([event_id], [])
    assert (bob.fact(event_id).has_block, bob.fact(event_id).joinable) == (True, True)


def test_d_copies_no_mark_on_a_guest_s_copy_is_needed(house):
    event_id = house.make(timed(**WISH, attendees=[{"email": BOB}]))
    house.begin()
    assert own(house, event_id)["private"] == {"hybridcal": mark(find(house.text(event_id)), PERSON, word="webex")}
    assert own(house, event_id, BOB) == {}
    bob = House(BOB, google=house.google).begin()
    assert bob.asked("GET", event_id) == 0


@pytest.mark.parametrize("kind", ["outOfOffice", "focusTime"])
def test_d_types_what_is_no_meeting_is_never_written_to(house, kind):
    house.make(timed(**WISH, eventType=kind, **{f"{kind}Properties": {}}))
    house.begin()
    house.run(HOUR)
    assert (house.writes(), house.asked("GET")) == ([], 0)


def test_d_types_the_kind_of_an_event_is_never_sent():
    assert [body for body in all_asked(WRITES).bodies() if "eventType" in body] == []


# ---- who ------------------------------------------------------------------------------------------------------------


def test_d_who_a_write_carries_no_guests_and_loses_none(house):
    guests = [{"email": f"guest{number}@acme.example", "responseStatus": "accepted"} for number in range(30)]
    event_id = house.make(timed(**WISH, attendees=guests))
    before = house.google.get_event(ALICE, event_id)["attendees"]
    house.begin()
    assert [set(body) for body in house.bodies] == [{"description", "extendedProperties"}]
    assert house.google.get_event(ALICE, event_id)["attendees"] == before


def test_d_who_a_service_account_alone_cannot_invite():
    body = {"error": {"code": 403, "errors": [{"reason": "forbiddenForServiceAccounts"}]}}
    google = GoogleCalendar(Recorded(body, 403))
    assert refused(lambda: google.insert_event(*ASKING, new())) == (Kind.REFUSED, "google-service-account")


def test_d_who_a_room_is_invited_as_one_from_the_start():
    http = Recorded()
    room = Plain("c_188@resource.calendar.google.com")
    GoogleCalendar(http).insert_event(*ASKING, new(rooms=(room,), guests=(Plain(BOB),)))
    assert http.bodies()[0]["attendees"] == [{"email": BOB}, {"email": room.reveal(), "resource": True}]


# ---- visibility -----------------------------------------------------------------------------------------------------


def test_d_visibility_an_event_without_words_is_an_event(house):
    event_id = house.make(timed())
    private = house.make(timed(visibility="private", summary="Surgery at Doctor Grey's", **WISH))
    house.begin()
    assert {event_id, private} <= house.state.events.keys()
    assert house.writes() == [private]


def test_d_visibility_no_word_of_an_event_is_ever_logged(house):
    words = {"summary": "Sommerfest", "description": "Geheimnis", "location": "@webex Kellerbar"}
    house.make(timed(**words, attendees=[{"email": OUTSIDE, "displayName": "Dorothea"}]))
    house.make(timed(hours=3, recurrence=["RRULE:FREQ=DAILY;BYHOUR=9;COUNT=3"], **words))
    house.make(timed(hours=4, location=words["location"], description="Geheimnis" + "x" * 8180))
    house.begin()
    house.run(DAY)
    said = repr(house.notes)
    assert {"event.decorated", "event.left-alone"} <= {note.event for note in house.notes}
    assert re.findall(r"Sommerfest|Geheimnis|Kellerbar|Dorothea|@|webex\.com", said) == []


@pytest.mark.parametrize(("response", "cards"), [("declined", 0), ("accepted", 1), ("needsAction", 1)])
def test_d_visibility_what_was_declined_takes_nobody_s_time(response, cards):
    world = World()
    world.google.put(meeting(response=response))
    world.start()
    world.run(2 * HOUR)
    assert len(world.ordered(SendCard)) == cards


# ---- conferences ----------------------------------------------------------------------------------------------------


def conference(kind, uri):
    solution = {"key": {"type": kind}, "name": "Some meeting"}
    points = [{"entryPointType": "video", "uri": uri}]
    return {"conferenceData": {"entryPoints": points, "conferenceSolution": solution}}


ZOOM = conference("addOn", "https://acme.zoom.us/j/123456789")


def test_d_conference_another_provider_s_meeting_means_that_there_is_one(house):
    event_id = house.make(timed(**WISH, **ZOOM), conferenceDataVersion=1)
    house.begin()
    house.run(HOUR)
    assert (house.writes(), house.asked("GET", event_id)) == ([], 0)
    seen = Seen(fact=house.fact(event_id), meeting=True, kept=False)
    now = house.clock.now()
    codes = [each.code for each in reasons(seen, known(Draft(house.state, now), event_id), now)]
    assert "details-conference" in codes


def test_d_conference_one_that_is_added_while_we_write_is_respected(house):
    event_id = house.make(timed(**WISH))

    def before(method, _path):
        if method == "PATCH" and not house.bodies[1:]:
            house.google.update_event(ALICE, event_id, ZOOM, conferenceDataVersion=1)

    house.before = before
    house.begin()
    assert house.text(event_id) == ""
    assert len(house.bodies) == 1


MEET = conference("hangoutsMeet", "https://meet.google.com/abc-defg-hij")["conferenceData"]


@pytest.mark.parametrize("made", [{"createRequest": {"requestId": "r1"}}, MEET])
def test_d_conference_what_google_adds_by_itself_does_not_stand_in_the_way(house, made):
    event_id = house.make(timed(**WISH, conferenceData=made), conferenceDataVersion=1)
    before = house.google.get_event(ALICE, event_id)["conferenceData"]
    house.begin()
    assert house.writes() == [event_id]
    assert house.google.get_event(ALICE, event_id)["conferenceData"] == before


# ---- properties -----------------------------------------------------------------------------------------------------


def test_d_properties_the_mark_goes_with_the_block_in_one_request(house):
    others = {"private": {"crm": "7"}, "shared": {"team": "blue"}}
    event_id = house.make(timed(**WISH, extendedProperties=others))
    house.begin()
    assert (house.asked("GET", event_id), house.asked("PATCH", event_id)) == (1, 1)
    assert own(house, event_id)["shared"] == others["shared"]
    assert own(house, event_id)["private"].keys() == {"crm", "hybridcal"}
    ours = {"hybridcal": own(house, event_id)["private"]["hybridcal"]}
    assert house.bodies[0]["extendedProperties"] == {"private": ours}


def test_d_properties_keys_and_values_are_short_and_say_nothing():
    value = mark(find(compose("", ROOM)), PERSON)
    assert re.fullmatch(r"1 [0-9a-f]{16}", value)
    assert len("hybridcal") <= 44
    assert value != mark(find(compose("", BOBS_ROOM)), PERSON)
    assert value != mark(find(compose("", ROOM)), "u00000000000000000002")
    assert value == mark(find(compose("<b>x</b>", ROOM)), PERSON)


def test_d_properties_an_event_that_takes_no_more_of_them_gets_its_block_all_the_same(house):
    event_id = house.make(timed(**WISH, extendedProperties={"private": {f"k{n}": "v" for n in range(300)}}))
    house.begin()
    house.run(3 * HOUR)
    assert find(house.text(event_id)).link == LINK
    assert house.asked("PATCH", event_id) == 2
    assert house.fact(event_id).unmarked


def copied(house, event_id, address=ALICE, **changes):
    """An event made after another one, as "Duplicate" does: with its text, place and private properties."""
    event = house.google.get_event(ALICE, event_id)
    kept = {name: event[name] for name in ("description", "location", "extendedProperties") if name in event}
    return house.make(timed(hours=5) | kept | changes, address)


def test_d_properties_a_duplicate_in_the_same_calendar_is_right_as_it_is(house):
    event_id = house.make(timed(**WISH, description="Bring tea"))
    house.begin()
    second = copied(house, event_id)
    house.run(HOUR)
    assert house.writes() == [event_id]
    assert house.asked("GET", second) == 0
    assert not house.fact(second).unmarked


@pytest.mark.parametrize("changes", [{}, {"extendedProperties": {}}], ids=["marked", "unmarked"])
def test_d_properties_a_copy_of_somebody_else_s_event_gets_the_right_room(changes):
    """Otherwise Bob's guests would go to Alice's room."""
    house = House()
    event_id = house.make(timed(**WISH, description="Bring tea"))
    house.begin()
    bob = House(BOB, google=house.google, room=BOBS_ROOM)
    second = copied(house, event_id, BOB, **changes)
    other = mark(find(house.text(event_id)), "u00000000000000000002")
    if not changes:
        house.google.update_event(BOB, second, {"extendedProperties": {"private": {"hybridcal": other}}})
    bob.begin()
    bob.run(HOUR)
    assert (bob.asked("GET", second), bob.asked("PATCH", second)) == (1, 1)
    text = bob.text(second, BOB)
    assert (find(text).link, text.count(BEGIN), strip(text)) == (BOBS_ROOM.link.reveal(), 1, "Bring tea")


def test_d_properties_a_pasted_block_of_one_s_own_is_looked_at_once(house):
    house.begin()
    event_id = house.make(timed(**WISH, description=compose("Bring tea", ROOM), attendees=[{"email": BOB}]))
    house.run(HOUR)
    assert (house.asked("GET", event_id), house.writes()) == (1, [])
    answer = {"attendees": [{"email": BOB, "responseStatus": "accepted"}], "attendeesOmitted": True}
    house.google.update_event(BOB, event_id, answer)
    house.edit(event_id, summary="Plan")
    house.run(HOUR)
    house.restart()
    house.run(HOUR)
    assert house.asked("GET", event_id) == 1


def test_d_properties_a_lost_mark_loses_nothing(house):
    event_id = house.make(timed(**WISH))
    house.begin()
    text = house.text(event_id)
    house.edit(event_id, extendedProperties={"private": None})
    house.run(DAY)
    assert (house.text(event_id), house.writes()) == (text, [event_id])
    assert house.asked("GET", event_id) == 2


def test_d_properties_who_shortens_the_block_may_have_it_short(house):
    event_id = house.make(timed(**WISH))
    house.begin()
    lines = house.text(event_id).split("\n")
    short = "\n".join([*lines[:3], lines[-1]])
    house.edit(event_id, description=short)
    house.run(HOUR)
    assert find(short).link == LINK
    assert (house.text(event_id), house.writes()) == (short, [event_id])


def test_d_properties_without_a_wish_a_pasted_block_is_nobody_s_business(house):
    event_id = house.make(timed(description=compose("", BOBS_ROOM)))
    house.begin()
    house.run(HOUR)
    assert (house.asked("GET", event_id), house.writes()) == (0, [])
