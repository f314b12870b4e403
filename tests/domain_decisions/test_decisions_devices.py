"""What devices show follows the calendar, whatever becomes of devices, requests and the process."""

import random
from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import CheckBookings, FindDevices, PutBookings
from hybridcal_daemon.domain.devices import EMPTY
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Sealed
from tests.domain_decisions.device_house import LINK, PERSON, ROOM, Box, House
from tests.domain_decisions.facts import T0, meeting


def served(*facts, **more):
    house = House(facts=facts, **more)
    house.run()
    return house


# ---- putting it


def test_a_linked_room_is_looked_for_and_gets_its_list():
    house = House(facts=(meeting(),))
    (look,) = house.pending(FindDevices)
    assert look.link == LINK
    house.run()
    assert house.shows() == ["m1"]
    (device,) = house.report.devices
    assert (device.online, device.capable, device.code, device.put_at) == (True, True, "", T0)
    house.later(10 * MINUTE)
    assert house.boxes["d1"].puts == 1


def test_the_list_follows_the_calendar():
    house = served(meeting())
    house.edit(meeting("m2", T0 + 2 * HOUR))
    house.run()
    assert house.shows() == ["m1", "m2"]
    house.edit(meeting(response="declined"))
    house.run()
    assert house.shows() == ["m2"]
    house.edit(removed=["m2"])
    house.run()
    assert house.boxes["d1"].shows == ()


def test_nothing_is_put_before_the_calendar_was_read():
    first = House()
    unread = replace(first.disk, synced_at=0.0)
    assert House(durable=unread).open == []


def test_what_ends_leaves_the_list_and_what_comes_near_joins_it():
    house = served(meeting("first", T0, 20), meeting("far", T0 + 7 * DAY + 30 * MINUTE))
    assert house.shows() == ["first"]
    house.later(20 * MINUTE)
    assert house.shows() == []
    house.later(70 * MINUTE)
    assert house.shows() == ["far"]


def test_the_order_says_what_the_worker_needs():
    house = House(facts=(meeting(),), settings={"join_lead": 600.0, "card_language": "de"})
    house.answer(FindDevices)
    (put,) = house.pending(PutBookings)
    assert (put.lead, put.language, put.link, put.device_id) == (600, "de", LINK, "d1")


def test_a_change_of_settings_that_the_list_depends_on_puts_it_anew():
    house = served(meeting())
    house.configure(join_lead=60.0)
    house.run()
    assert house.boxes["d1"].puts == 2


def test_a_list_is_put_anew_every_so_often_whatever_is_known():
    house = served(meeting(start=T0 + 5 * DAY), settings={"devices_check": DAY, "devices_refresh": 6 * HOUR})
    house.later(8 * HOUR)
    assert house.boxes["d1"].puts == 2


def test_a_device_that_lost_its_list_gets_it_again():
    house = served(meeting(start=T0 + DAY))
    house.boxes["d1"].shows = None
    house.later(20 * MINUTE)
    assert house.shows() == ["m1"]
    assert "device.lost" in house.notes


def test_a_device_that_does_not_tell_is_not_asked():
    house = House(facts=(meeting(start=T0 + DAY),), boxes={"d1": Box(listable=False)})
    house.run()
    house.later(2 * HOUR, run=False)
    assert house.pending(CheckBookings) == []


def test_an_offline_device_waits_and_gets_its_list_once_it_is_back():
    house = House(facts=(meeting(start=T0 + DAY),), boxes={"d1": Box(online=False)})
    house.run()
    assert house.boxes["d1"].puts == 0
    assert house.report.devices[0].code == "device-offline"
    house.boxes["d1"].online = True
    house.later(20 * MINUTE)
    assert house.shows() == ["m1"]


def test_after_a_time_offline_what_a_device_has_is_not_known():
    house = served(meeting(start=T0 + DAY), boxes={"d1": Box(listable=False)})
    house.boxes["d1"].online = False
    house.later(20 * MINUTE)
    house.boxes["d1"].online, house.boxes["d1"].shows = True, None
    house.later(20 * MINUTE)
    assert house.shows() == ["m1"]
    assert "device.back" in house.notes


def test_a_device_that_cannot_show_anything_is_said_for_a_room_and_left_alone():
    house = served(meeting(), boxes={"d1": Box(capable=False)})
    assert house.boxes["d1"].puts == 0
    assert (house.report.code, house.report.about) == ("device-not-capable", ("bookings",))
    house.boxes["d1"].capable = True
    house.later(20 * MINUTE)
    assert house.shows() == ["m1"]
    assert house.troubles == {}


def test_a_dead_device_keeps_nobody_waiting():
    house = House(facts=(meeting(),), boxes={"dead": Box(), "d1": Box()})
    house.answer(FindDevices)
    house.fail(PutBookings, Kind.TRANSIENT)
    house.run()
    assert house.shows() == ["m1"]
    assert [device.code for device in house.report.devices] == ["device-unreachable", ""]
    house.edit(meeting("m2", T0 + 2 * HOUR))
    assert [call.device_id for call in house.pending(PutBookings)] == ["d1"]
    house.run()
    house.later(MINUTE)
    assert house.shows("dead") == ["m1", "m2"]
    assert house.troubles == {}


def test_a_device_that_is_said_to_be_gone_is_looked_for_at_once():
    house = House(facts=(meeting(),))
    house.answer(FindDevices)
    house.fail(PutBookings, Kind.NOT_FOUND, "webex-not-found")
    assert len(house.pending(FindDevices)) == 1
    house.boxes.clear()
    house.run()
    assert house.report.devices == ()
    assert house.troubles == {}


def test_a_list_whose_answer_never_came_is_put_again():
    house = House(facts=(meeting(start=T0 + DAY),))
    house.answer(FindDevices)
    house.open.clear()
    house.begin()
    house.run()
    assert house.shows() == ["m1"]
    assert house.boxes["d1"].puts == 1


def test_a_list_leaves_only_when_that_is_on_disk():
    house = House(facts=(meeting(),), hold=True)
    house.answer(FindDevices)
    assert house.pending(PutBookings) == []


def test_a_clock_that_is_set_back_leaves_nothing_waiting():
    house = served(meeting(start=T0 + DAY))
    house.now -= 3 * DAY
    house.edit(meeting(start=T0 - DAY))
    house.run()
    assert house.shows() == ["m1"]
    house.boxes["d1"].shows = None
    house.later(20 * MINUTE)
    assert house.shows() == ["m1"]


# ---- which devices


def test_a_room_without_a_link_asks_nobody():
    house = House(facts=(meeting(),), link=None)
    house.later(DAY)
    assert house.open == []


def test_persons_devices_need_no_link():
    house = served(meeting(response="tentative"), user=PERSON)
    assert house.shows() == ["m1"]
    house.configure(devices_personal=False)
    house.run()
    assert house.boxes["d1"].shows == ()
    assert house.report.devices == ()


def test_people_without_devices_are_looked_at_less_often():
    house = served(user=PERSON, boxes={})
    house.later(4 * HOUR, run=False)
    assert house.open == []
    house.later(5 * HOUR, run=False)
    assert house.pending(FindDevices)


def test_people_whom_webex_does_not_know_are_no_trouble():
    house = House(user=PERSON, boxes={})
    house.fail(FindDevices, Kind.REFUSED, "webex-no-service-app")
    assert house.troubles == {}
    house.later(HOUR, run=False)
    assert house.open == []


def test_a_room_whose_devices_cannot_be_looked_for_is_in_trouble():
    house = House(facts=(meeting(),))
    house.fail(FindDevices, Kind.REFUSED, "webex-refused")
    assert (house.report.code, house.report.about) == ("webex-refused", ("devices",))
    house.relink(Sealed(b"other"))
    house.run()
    assert house.troubles == {}
    assert house.shows() == ["m1"]


def test_a_device_that_webex_has_no_more_is_forgotten():
    house = served(meeting(start=T0 + DAY))
    del house.boxes["d1"]
    house.later(20 * MINUTE)
    assert house.report.devices == ()
    assert house.pending(PutBookings) == []


def test_unlinking_empties_the_list_with_the_old_link():
    house = served(meeting())
    house.relink(None)
    (put,) = house.pending(PutBookings)
    assert (put.bookings, put.digest, put.link) == ((), EMPTY, LINK)
    house.run()
    assert house.boxes["d1"].shows == ()
    assert house.report.devices == ()
    assert "device.cleared" in house.notes
    house.later(DAY, run=False)
    assert house.open == []


def test_unlinking_while_a_list_is_under_way_empties_it_afterwards():
    house = House(facts=(meeting(),))
    house.answer(FindDevices)
    house.relink(None)
    house.run()
    assert house.boxes["d1"].shows == ()
    assert house.report.devices == ()


def test_another_link_empties_who_is_not_in_it_and_spares_who_is():
    house = served(meeting(), boxes={"d1": Box(), "d2": Box()})
    house.others["d1"], house.boxes["d3"] = house.boxes.pop("d1"), Box()
    house.relink(Sealed(b"other"))
    house.run()
    assert house.others["d1"].shows == ()
    assert (house.shows("d2"), house.boxes["d2"].puts) == (["m1"], 1)
    assert house.shows("d3") == ["m1"]


def test_a_link_that_cannot_be_followed_does_not_keep_the_old_lists():
    house = served(meeting())
    house.others["d1"] = house.boxes.pop("d1")
    house.relink(Sealed(b"other"))
    assert house.pending(PutBookings) == []
    house.fail(FindDevices, Kind.REFUSED, "webex-refused")
    house.run()
    assert house.others["d1"].shows == ()


def test_a_list_that_cannot_be_emptied_is_left_in_the_end():
    house = served(meeting())
    house.relink(None)
    house.fail(PutBookings, Kind.REFUSED, "device-password")
    assert house.report.devices == ()
    assert house.troubles == {}


def test_devices_off_by_setting_and_on_again():
    house = served(meeting())
    house.configure(devices=False)
    house.run()
    assert house.boxes["d1"].shows == ()
    house.configure(devices=True)
    house.run()
    assert house.shows() == ["m1"]


def test_who_leaves_takes_the_list_off():
    house = served(meeting())
    house.leave()
    assert not house.gone
    house.run()
    assert house.boxes["d1"].shows == ()


def test_who_leaves_does_not_wait_for_a_device_that_is_off():
    house = served(meeting(), user=PERSON, boxes={"d1": Box()})
    house.boxes["d1"].online = False
    house.later(20 * MINUTE)
    house.leave()
    assert house.gone


# ---- whatever happens


@pytest.mark.parametrize("seed", range(40))
def test_after_any_history_devices_show_the_calendar(seed):
    chance = random.Random(seed)
    house = House(facts=(meeting(),), user=chance.choice([ROOM, PERSON]), boxes={"d1": Box(), "d2": Box()})
    for _ in range(60):
        _something(house, chance)
    for box in house.boxes.values():
        box.online = True
    house.run()
    house.later(3 * HOUR)
    wanted = [one.event_id for one in house.state.flight.booked.bookings]
    for name, box in house.boxes.items():
        assert [one.event_id for one in box.shows] == wanted, name


def _something(house, chance):
    box = chance.choice(list(house.boxes.values()))
    match chance.randrange(9):
        case 0:
            house.edit(meeting(f"m{chance.randrange(4)}", house.now + chance.randrange(90) * MINUTE))
        case 1:
            box.online = not box.online
        case 2:
            box.shows = None
        case 3 if house.open:
            kind = chance.choice([Kind.TRANSIENT, Kind.THROTTLED])
            house.fail((FindDevices, PutBookings, CheckBookings), kind, in_doubt=True)
        case 4:
            house.begin()
        case 5 | 6 if house.open:
            house.answer()
        case 7:
            house.later(chance.choice([1.0, 20 * MINUTE]), run=chance.random() < 0.8)
        case _:
            house.later(MINUTE)
