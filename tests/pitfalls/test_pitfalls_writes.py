"""Known traps of writing into invitations: text, loops, concurrency, who is mailed (google.md D)."""

import pytest
from pitfall_house import ALICE, BOB, CAROL, NOW, OUTSIDE, House, timed

from actors.served import AlarmBook
from hybridcal_daemon.domain.effects import Note
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.joinblock import BEGIN, END, LIMIT, find, same, strip
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from hybridcal_daemon.shell import log_events
from hybridcal_daemon.shell.config_table import SETTINGS
from tests.work.fakes import ROOM

RULER = "-::~:~::" + "~:" * 40 + "~::~:~::-"
REGION = f"{RULER}\nJoin with Google Meet: https://meet.google.com/abc-defg-hij\n{RULER}"
WISH = {"location": "@webex"}
MEET = {"conferenceData": {"createRequest": {"requestId": "r1"}}}


@pytest.fixture
def house():
    return House()


def written(house, **fields):
    """An event that asks, after everything has come to rest."""
    event_id = house.make(timed(**(WISH | fields)))
    house.begin()
    return event_id


# ---- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line_end"),
    [("Bring tea\n<TBC> & more", "\n"), ("<b>Bring</b> tea<br>now", "<br>"), ("<p>Tea</p>", "<br>"), ("", "\n")],
)
def test_d_text_html_or_plain_as_the_text_already_is(house, text, line_end):
    event_id = written(house, description=text)
    now = house.text(event_id)
    assert strip(now) == text
    assert now.startswith(text)
    assert now[now.index(BEGIN) + len(BEGIN) :].startswith(line_end)
    assert find(now).link == ROOM.link.reveal()


def test_d_text_what_is_escaped_in_html_is_not_in_plain_text(house):
    event_id = written(house, description="<b>Tea</b>")
    block = house.text(event_id).partition(BEGIN)[2]
    assert f'<a href="{ROOM.link.reveal()}">' in block
    assert "\n" not in block


@pytest.mark.parametrize("length", [7000, LIMIT - 200, LIMIT - 120])
def test_d_text_the_block_gives_way_and_never_the_users_words(house, length):
    event_id = written(house, description="x" * length)
    assert strip(house.text(event_id)) == "x" * length
    assert len(house.text(event_id)) <= LIMIT
    assert find(house.text(event_id)).link == ROOM.link.reveal()


def test_d_text_without_room_for_a_block_nothing_is_written_and_that_is_said(house):
    event_id = written(house, description="x" * LIMIT)
    house.run(3 * HOUR)
    assert (house.writes(), house.text(event_id)) == ([], "x" * LIMIT)
    assert Note(event="event.left-alone", fields=(("code", "description-full"),)) in house.notes
    assert house.asked("GET", event_id) == 1


def test_d_text_what_google_put_there_goes_back_as_it_came(house):
    text = f"Agenda\n{REGION}\nBring tea"
    event_id = house.make(timed(**WISH, **MEET), conferenceDataVersion=1)
    house.google.update_event(ALICE, event_id, {"description": text})
    house.begin()
    assert house.writes() == [event_id]
    assert house.bodies[0]["description"].startswith(text)
    assert house.text(event_id).startswith(text)


def test_d_text_google_takes_its_region_away_and_nobody_writes_in_circles(house):
    event_id = house.make(timed(**WISH, **MEET), conferenceDataVersion=1)
    house.google.update_event(ALICE, event_id, {"description": f"Agenda\n{REGION}\nBring tea"})
    house.google.update_event(ALICE, event_id, {"conferenceData": None}, conferenceDataVersion=1)
    house.begin()
    house.run(DAY)
    assert REGION in house.bodies[0]["description"]
    assert REGION not in house.text(event_id)
    assert house.writes() == [event_id]
    assert same(house.bodies[0]["description"], house.text(event_id))
    assert house.fact(event_id).has_block


def test_d_text_our_delimiter_is_none_that_google_removes(house):
    event_id = written(house)
    house.edit(event_id, description=house.text(event_id))  # no conference: Google looks for its region
    assert BEGIN in house.text(event_id)
    assert END in house.text(event_id)
    assert house.writes() == [event_id]


RULERS = ["_" * 80, "\u2500" * 10, "-::~:~::~:~:~::~:~::-", "\u00bb\u00bb\u00bb notes \u00bb\u00bb\u00bb"]


@pytest.mark.parametrize("ruler", RULERS)
def test_d_text_other_rulers_are_words_like_any(house, ruler):
    text = f"{ruler}\nSomebody's agenda\n{ruler}"
    event_id = written(house, description=text)
    assert find(text) is None
    assert strip(house.text(event_id)) == text


def test_d_text_a_block_is_known_by_what_is_seen_of_it(house):
    """Editors change the markup: as long as the words are the same, it is the same block."""
    event_id = written(house, description="<b>Tea</b>")
    text = house.text(event_id).replace("<br>", "<br />\n").replace("<a ", "<span><a ").replace("</a>", "</a></span>")
    house.edit(event_id, description=text.replace(BEGIN, BEGIN.replace(" ", "&nbsp;")))
    house.run(HOUR)
    assert house.writes() == [event_id]
    assert not house.fact(event_id).unmarked
    assert house.asked("GET", event_id) == 1


# ---- concurrency ----------------------------------------------------------------------------------------------------


def interrupt(house, event_id, times):
    """Let somebody write just before each of the first writes."""
    left = iter(range(times))

    def before(method, _path):
        number = next(left, None) if method == "PATCH" else None
        if number is not None:
            house.google.update_event(ALICE, event_id, {"description": f"Bring {number}"})

    house.before = before


def statuses(house, method="PATCH"):
    return [entry.status for entry in house.google.journal() if entry.method == method]


@pytest.mark.parametrize("times", [1, 2])
def test_d_concurrency_what_somebody_wrote_in_between_is_kept(house, times):
    event_id = house.make(timed(**WISH, description="Bring tea"))
    interrupt(house, event_id, times)
    house.begin()
    assert strip(house.text(event_id)) == f"Bring {times - 1}"
    assert statuses(house) == [412] * times + [200]
    assert house.asked("GET", event_id) == times + 1


def test_d_concurrency_rounds_are_bounded_and_then_it_waits(house):
    event_id = house.make(timed(hours=48, **WISH))
    interrupt(house, event_id, 3)
    house.start()
    house.run(0.0)
    assert statuses(house) == [412] * 3
    assert dict(house.state.durable.troubles)[f"decorate:{event_id}"].code == "google-conflict"
    assert find(house.text(event_id)) is None
    house.run(HOUR)
    assert statuses(house) == [412] * 3 + [200]


def test_d_concurrency_without_end_it_gets_slower_and_slower(house):
    event_id = house.make(timed(hours=72, **WISH))
    interrupt(house, event_id, 10_000)
    house.start()
    house.run(HOUR)
    first = len(statuses(house))
    house.run(HOUR)
    assert 3 <= len(statuses(house)) - first < first
    assert first <= 60


def test_d_concurrency_who_withdraws_the_wish_in_between_is_obeyed(house):
    event_id = house.make(timed(**WISH))

    def before(method, _path):
        if method == "PATCH" and not statuses(house):
            house.google.update_event(ALICE, event_id, {"location": "Room 7"})

    house.before = before
    house.begin()
    assert (statuses(house), house.text(event_id)) == ([412], "")


# ---- who is mailed --------------------------------------------------------------------------------------------------

GUESTS = [{"email": BOB}, {"email": OUTSIDE}]


@pytest.mark.parametrize(("whom", "mailed"), [("none", []), ("externalOnly", [[OUTSIDE]]), ("all", [[BOB, OUTSIDE]])])
def test_d_updates_who_hears_of_the_link_is_a_setting(whom, mailed):
    house = House(send_updates=whom)
    house.make(timed(**WISH, attendees=GUESTS))
    house.begin()
    house.run(3 * HOUR)
    assert [mail["to"] for mail in house.google.mails()] == mailed


def test_d_updates_guests_elsewhere_hear_of_the_link_unless_somebody_says_no():
    setting = SETTINGS["google.send_updates"]
    assert setting.default == "externalOnly"
    assert "outside the organiser's domain" in setting.sentence


# ---- loops ----------------------------------------------------------------------------------------------------------


def test_d_loops_one_write_and_then_rest(house):
    event_id = written(house)
    house.run(2 * DAY)  # pushes of our own write, polls, the daily edge
    assert (house.writes(), house.asked("GET", event_id)) == ([event_id], 1)
    assert house.text(event_id).count(BEGIN) == 1


def test_d_loops_a_keyword_costs_one_get_and_one_patch(house):
    house.begin()
    house.requests.clear()
    event_id = house.make(timed(**WISH))
    house.run(1.5)
    lists = [path for how, path in house.requests if how == "GET" and path.endswith("/events")]
    assert len(lists) == 1
    house.run(MINUTE)
    assert (house.asked("GET", event_id), house.asked("PATCH", event_id)) == (1, 1)


def test_d_loops_our_own_echo_is_nothing_new(house):
    """The list that our own write causes shows the etag that the write was answered with."""
    house.begin()
    event_id = house.make(timed(**WISH))
    house.run(1.5)
    assert house.saved.count(event_id) == 2  # as it was made, as we wrote it
    house.run(HOUR)
    assert house.saved.count(event_id) == 2
    assert house.fact(event_id).etag == house.google.get_event(ALICE, event_id)["etag"]


def test_d_loops_what_does_not_matter_to_the_wish_asks_for_nothing(house):
    event_id = written(house, attendees=[{"email": BOB}, {"email": CAROL}])
    for status in ("accepted", "declined", "tentative"):
        answer = {"attendees": [{"email": BOB, "responseStatus": status}], "attendeesOmitted": True}
        house.google.update_event(BOB, event_id, answer)
        house.edit(event_id, reminders={"useDefault": False, "overrides": []})
        house.edit(event_id, summary=f"Plan {status}")
    assert (house.asked("GET", event_id), house.writes()) == (1, [event_id])


def war(house, event_id, text="Bring tea"):
    """A second program takes the block out whenever it is there."""

    def before(method, path):
        if method == "GET" and path.endswith("/events") and BEGIN in house.text(event_id):
            house.google.update_event(ALICE, event_id, {"description": text})

    house.before = before


def test_d_loops_a_write_war_ends_and_an_admin_hears_of_it(house):
    event_id = house.make(timed(hours=60, **WISH, description="Bring tea"))
    war(house, event_id)
    house.start()
    house.run(50 * MINUTE)
    assert len(house.writes()) == 5
    (line,) = [note for note in house.notes if note.event == "event.write-war"]
    assert line.level == "warning"
    assert dict(line.fields) == {"writes": 5, "seconds": HOUR}
    assert dict(house.state.durable.troubles)[f"decorate:{event_id}"].code == "write-budget"


def test_d_loops_the_alarm_names_a_second_program_as_the_likely_cause():
    assert AlarmBook().enter("write-budget", NOW)
    assert "another program" in CATALOGUE["write-budget"].means
    assert "another program" in log_events.EVENTS["event.write-war"].sentence
    assert log_events.misuse("event.write-war", {"writes": 5, "seconds": 3600.0, "user": "u1"}) == ""
