"""kill -9 at random moments against the running stand-ins: nothing acknowledged is lost, nothing is sent twice.

``python -m tests.crash.run --kills 1000 --seed 7``: people create, move, cancel and decline meetings all the time while
the daemon is started and killed; afterwards it is left alone, and what people see must be what it should be.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from hybridcal_daemon.domain.values import DAY, HOUR
from hybridcal_daemon.shell.demo_play import LEAD
from hybridcal_daemon.shell.stage import DOMAIN, Stage
from hybridcal_daemon.shell.stage_daemon import NotStarted
from hybridcal_daemon.shell.times import rfc3339

PEOPLE = {"ann": "Ann A", "ben": "Ben B", "cem": "Cem C", "dan": "Dan D"}
QUIET = 60.0
_OWN = 0.3


@dataclass
class Meeting:
    """A meeting and what has become of it."""

    event_id: str
    title: str
    organiser: str
    start: float
    guests: list[str]
    own: bool = False
    """It asks for a Webex meeting of its own."""
    declined: set[str] = field(default_factory=set)
    cancelled: bool = False
    moved: bool = False


class CrashTest:
    """One run. ``ahead``: seconds up to which Join cards are due after an edit."""

    def __init__(self, stage: Stage, seed: int, ahead: float = 25.0) -> None:
        self.stage = stage
        self.ahead = ahead
        self.random = Random(seed)
        self.meetings: list[Meeting] = []
        self.pause = threading.Event()
        self.started = self.killed_early = 0

    # ---- chaos

    def run(self, kills: int) -> list[str]:
        """Kill that often, then look; gives what is wrong."""
        self._activate()
        for number in range(kills):
            self._round()
            if (number + 1) % 50 == 0:
                print(f"{number + 1} kills, {len(self.meetings)} meetings", flush=True)
        self.stage.daemon.start()
        return self._wait_until_right()

    def _activate(self) -> None:
        self.stage.daemon.start()
        for person in self.stage.people.values():
            view = self.stage.daemon.admin.activate(person.address, 10.0)
            assert view["state"] == "active", view
        self.stage.daemon.kill()

    def _round(self) -> None:
        """One life of the daemon."""
        self._edit()
        self.stage.daemon.launch()
        if self.random.random() < 0.15:
            self.killed_early += 1  # somewhere in its start
            self.pause.wait(self.random.uniform(0.0, 0.5))
        else:
            self._live()
        self.stage.daemon.kill()

    def _live(self) -> None:
        try:
            self.stage.daemon.wait_ready()
        except NotStarted as error:
            raise AssertionError(str(error)) from None
        self.started += 1
        for _ in range(self.random.randint(0, 3)):
            self._edit()
            self.pause.wait(self.random.uniform(0.0, 0.15))
        self.pause.wait(self.random.uniform(0.0, 0.5))

    def _edit(self) -> None:
        standing = [m for m in self.meetings if not m.cancelled and m.start > self.stage.clock.now() + 1]
        chance = self.random.random()
        if chance < 0.5 or not standing:
            self._create()
        elif chance < 0.65:
            self._move(self.random.choice(standing))
        elif chance < 0.8:
            self._cancel(self.random.choice(standing))
        else:
            self._decline(self.random.choice(standing))

    def _create(self) -> None:
        organiser, *others = self.random.sample(sorted(self.stage.people), 3)
        start = float(int(self.stage.clock.now() + LEAD + self.random.uniform(2, self.ahead)))
        title, own = f"Meeting-{len(self.meetings):05d}", self.random.random() < _OWN
        body = {
            "summary": title,
            "location": "@webex:onetime" if own else "@webex",
            "description": "Own words.",
            "start": {"dateTime": rfc3339(start)},
            "end": {"dateTime": rfc3339(start + HOUR)},
            "attendees": [{"email": f"{key}@{DOMAIN}"} for key in others],
        }
        made = self.stage.google.create_event(f"{organiser}@{DOMAIN}", body)
        self.meetings.append(Meeting(made["id"], title, organiser, start, others, own))

    def _move(self, meeting: Meeting) -> None:
        meeting.start = float(int(self.stage.clock.now() + LEAD + self.random.uniform(2, self.ahead)))
        meeting.moved = True
        times = {"start": meeting.start, "end": meeting.start + HOUR}
        body = {name: {"dateTime": rfc3339(at)} for name, at in times.items()}
        self.stage.google.update_event(f"{meeting.organiser}@{DOMAIN}", meeting.event_id, body)

    def _cancel(self, meeting: Meeting) -> None:
        meeting.cancelled = True
        self.stage.google.delete_event(f"{meeting.organiser}@{DOMAIN}", meeting.event_id)

    def _decline(self, meeting: Meeting) -> None:
        guest = self.random.choice(meeting.guests)
        meeting.declined.add(guest)
        me = {"attendees": [{"email": f"{guest}@{DOMAIN}", "responseStatus": "declined"}], "attendeesOmitted": True}
        self.stage.google.update_event(f"{guest}@{DOMAIN}", meeting.event_id, me)

    # ---- looking

    def _wait_until_right(self) -> list[str]:
        end = self.stage.clock.monotonic() + QUIET + 30.0
        wrong = ["not looked yet"]
        while wrong and self.stage.clock.monotonic() < end:
            self.pause.wait(1.0)
            wrong = [*self._lists(), *self._cards(), *self._blocks(), *self._held(), *self._channels()]
        return wrong

    def _lists(self) -> list[str]:
        wrong = []
        for key, person in self.stage.people.items():
            now = self.stage.clock.now()
            seen = Counter(person.subjects(now - DAY, now + DAY))
            true = Counter(
                (rfc3339(m.start), m.title)
                for m in self.meetings
                if not m.cancelled and (key == m.organiser or key in m.guests)
            )
            if seen != true:
                wrong.append(f"list of {key}: missing {list(true - seen)[:3]}, too many {list(seen - true)[:3]}")
        return wrong

    def _cards(self) -> list[str]:
        wrong = []
        for key, person in self.stage.people.items():
            cards = self.stage.webex.messages_for(person.address)
            keys = Counter(card.key for card in cards)
            wrong += [f"{key}: sent twice: {twice}" for twice, count in keys.items() if count > 1]
            alive = Counter(_title(card.text) for card in cards if card.deleted is None)
            for meeting in self.meetings:
                wanted = int(self._wants_card(meeting, key))
                if alive[meeting.title] != wanted:
                    wrong.append(f"{key}: {alive[meeting.title]} cards instead of {wanted} for {meeting.title}")
        return wrong

    def _wants_card(self, meeting: Meeting, key: str) -> bool:
        invited = key == meeting.organiser or key in meeting.guests
        return invited and not meeting.cancelled and key not in meeting.declined

    def _blocks(self) -> list[str]:
        wrong = []
        writes = Counter(
            entry.path.rsplit("/", 1)[-1]
            for entry in self.stage.google.journal()
            if entry.operation == "calendar.events.patch" and entry.status == 200
        )
        for meeting in self.meetings:
            if meeting.cancelled:
                continue
            text = self.stage.google.get_event(f"{meeting.organiser}@{DOMAIN}", meeting.event_id)["description"]
            if text.count("MTID=" if meeting.own else "/meet/") != 1 or not text.startswith("Own words."):
                wrong.append(f"{meeting.title}: description is {text!r}")
            if writes[meeting.event_id] != 1:
                wrong.append(f"{meeting.title}: written {writes[meeting.event_id]} times")
        return wrong

    def _held(self) -> list[str]:
        """One Webex meeting for each that asks for one, none for what was cancelled."""
        held = Counter(meeting.title for meeting in self.stage.webex.meetings())
        true = Counter(m.title for m in self.meetings if m.own and not m.cancelled)
        return [f"at Webex: missing {list(true - held)[:3]}, too many {list(held - true)[:3]}"] if held != true else []

    def _channels(self) -> list[str]:
        channels = self.stage.google.channels()
        counts = Counter(next(p.address for p in self.stage.people.values() if p.address in str(c)) for c in channels)
        return [f"{who}: {count} channels" for who, count in counts.items() if count > 2]


def _title(text: str) -> str:
    return next((word.strip('*:.,"“”()') for word in text.split() if "Meeting-" in word), text)


def main(kills: int, seed: int) -> int:
    """Exit code 0 when nothing was lost or sent twice."""
    with Stage(seed=seed, people=PEOPLE) as stage:
        test = CrashTest(stage, seed)
        wrong = test.run(kills)
        cards = sum(len(stage.webex.messages_for(p.address)) for p in stage.people.values())
        print(
            f"{kills} kills ({test.killed_early} during start), {len(test.meetings)} meetings, {cards} cards: "
            f"{len(wrong)} wrong"
        )
        for line in wrong[:20]:
            print("  " + line)
        if wrong:
            print(stage.daemon.tail())
            return 1
        stage.close(keep=False)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    sys.exit(main(given.kills, given.seed))
