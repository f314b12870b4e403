"""A hand-written daemon, clock and log, and values for the tests of the shell."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, Secret, Timed, UserId, is_room
from hybridcal_daemon.ports import Alarmed, Blocks, ItemRow, Outcome, StatusView, UnknownUser, UserView
from hybridcal_daemon.shell.log_events import misuse

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC).timestamp()
ALICE_TOKEN = "alice-bearer"
KEY_URL = "kms://hybridcal/keys/11111111-2222-4333-8444-555555555555"


class ManualClock:
    def __init__(self, at=NOW):
        self.at = at

    def now(self):
        return Instant(self.at)

    def monotonic(self):
        return self.at


class RecordingLog:
    """Keeps lines; strict like the real one in tests."""

    def __init__(self):
        self.lines = []

    def emit(self, level, event, **fields):
        wrong = misuse(event, fields)
        assert not wrong, wrong
        self.lines.append((level, event, fields))

    def named(self, event):
        return [fields for _, name, fields in self.lines if name == event]


@dataclass
class FakeDaemon:
    """Does what the Protocol says, on dictionaries."""

    pushes: list = field(default_factory=list)
    acts: list = field(default_factory=list)
    people: dict = field(default_factory=dict)
    wishes: list = field(default_factory=list)
    outcome: dict | None = None
    reasons: tuple = ()
    errand_fault: Exception | None = None
    rows: list = field(default_factory=list)
    alarms: tuple = ()
    sealed: str = ""
    config_error: str = ""
    refuse_reload: str = ""
    well: bool = True
    fault: Exception | None = None
    push_fault: Exception | None = None
    can_note: bool = True
    clock_skew: float | None = None
    webex: tuple = ()
    restart: tuple = ()
    gate: threading.Event | None = None
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    heard: threading.Event = field(default_factory=threading.Event)

    def push(self, *, channel_id, token, resource_id, first):
        self.pushes.append((channel_id, token, resource_id, first))
        self.heard.set()
        if self.push_fault is not None:
            raise self.push_fault
        return self.can_note

    def _enter(self):
        self.entered.release()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fault is not None:
            raise self.fault

    def status(self):
        self._enter()
        states = [view.state for view in self.people.values() if not is_room(view.user)]
        rooms = [view.state for view in self.people.values() if is_room(view.user)]
        return StatusView(
            version="0.1.0",
            up_seconds=754.5,
            sealed=self.sealed,
            users={state: states.count(state) for state in sorted(set(states))},
            rooms={state: rooms.count(state) for state in sorted(set(rooms))},
            lanes={"google": ("ok", 0, 3), "webex": ("waiting", 12, 0)},
            store="ok",
            alarms=self.alarms,
            config_file="/etc/hybridcal/config.toml",
            config_loaded_at=Instant(NOW),
            config_error=self.config_error,
            clock_skew=self.clock_skew,
            webex=self.webex,
            restart=self.restart,
        )

    def users(self, *, reveal, room=False):
        self._enter()
        some = [address for address, view in self.people.items() if is_room(view.user) == room]
        return [self._view(address, reveal=reveal) for address in some]

    def _view(self, address, *, reveal=True):
        view = self.people[address]
        return UserView(
            user=view.user,
            state=view.state,
            code=view.code,
            since=view.since,
            synced_at=view.synced_at,
            meetings=view.meetings,
            address=Plain(address) if reveal else None,
            clock_skew=self.clock_skew,
            about=view.about,
        )

    def add(self, address, state="active", code="", meetings=14, *, room=False, about=()):
        number = len(self.people) + 1
        self.people[address] = UserView(
            user=UserId(f"{'r' if room else 'u'}{number:020x}"),
            state=state,
            code=code,
            since=Instant(NOW - 3600),
            synced_at=Instant(NOW - 12 if state == "active" else 0),
            meetings=meetings,
            about=about,
        )

    def activate(self, address, *, by, wait, room=False):
        self._enter()
        if address.reveal() in self.people:
            self._known(address, room)
        self.acts.append(("activate", address.reveal(), by, wait))
        if address.reveal() not in self.people:
            self.add(address.reveal(), room=room)
        return self._view(address.reveal())

    def deactivate(self, address, *, by, wait, room=False, undecorate=False):
        self._enter()
        self._known(address, room)
        self.acts.append(("deactivate", address.reveal(), by, wait, *(["undecorate"] if undecorate else [])))
        del self.people[address.reveal()]

    def redecorate(self, address, *, dry, by, wait):
        self._enter()
        self._known(address, room=False)
        assert wait > 0
        self.acts.append(("redecorate", address.reveal(), by, "dry" if dry else "anew"))
        return Blocks(blocks=3, redone=2)

    def choose_site(self, address, site, *, by):
        self._enter()
        self._known(address, room=False)
        self.acts.append(("site", address.reveal(), by, site))

    def user(self, address, *, room=False):
        self._enter()
        return self._view(self._known(address, room))

    def resync(self, address, *, room=False):
        self._enter()
        self.acts.append(("resync", self._known(address, room)))

    def _known(self, address, room=None):
        """``room`` None: whichever it is."""
        if address.reveal() not in self.people:
            raise UnknownUser
        if room not in {None, is_room(self.people[address.reveal()].user)}:
            raise CallError(Kind.CONFLICT, "activated-as-person" if room else "activated-as-room")
        return address.reveal()

    def items(self, bearer):
        self._enter()
        if bearer != Secret(ALICE_TOKEN):
            raise CallError(Kind.USER, "bearer-invalid")
        return list(self.rows)

    def item_key(self, bearer, key_url):
        self._enter()
        if bearer != Secret(ALICE_TOKEN):
            raise CallError(Kind.USER, "bearer-invalid")
        if key_url != KEY_URL:
            raise CallError(Kind.NOT_FOUND, "webex-not-found")
        return Secret(bytes(range(32)))

    def errand(self, address, wish, *, by, key, wait):
        self._enter()
        self._known(address)
        return self._errand(wish, by, key, wait)

    def reader_errand(self, bearer, wish, *, key, wait):
        self._enter()
        if bearer != Secret(ALICE_TOKEN):
            raise CallError(Kind.USER, "bearer-invalid")
        return self._errand(wish, "reader", key, wait)

    def _errand(self, wish, by, key, wait):
        self.wishes.append((wish, by, key, wait))
        if self.errand_fault is not None:
            raise self.errand_fault
        if self.reasons:
            return Outcome(key="k-made", state="done", answer=Plain(b"{}"), reasons=self.reasons)
        answer = None if self.outcome is None else Plain(json.dumps(self.outcome).encode())
        return Outcome(key=key or "k-made", state="pending" if answer is None else "done", answer=answer)

    def ready(self):
        self._enter()
        return self.well

    def reload(self):
        self._enter()
        self.acts.append(("reload",))
        return self.refuse_reload


def at(text):
    return int(datetime.fromisoformat(text).timestamp())


def row(event_id="ev1", start="2026-11-30T10:00:00+00:00", minutes=45, **more):
    begin = at(start)
    tz = more.pop("tz", "UTC")
    fact = EventFact(
        event_id=event_id,
        etag="e",
        start=Timed(at=begin, tz=tz),
        end=Timed(at=begin + int(minutes * 60), tz=tz),
        **more,
    )
    return ItemRow(fact=fact, item=item_json(event_id))


def day_row(event_id, first, after):
    fact = EventFact(
        event_id=event_id,
        etag="e",
        start=AllDay(day=date.fromisoformat(first)),
        end=AllDay(day=date.fromisoformat(after)),
    )
    return ItemRow(fact=fact, item=item_json(event_id))


def item_json(event_id):
    return json.dumps(
        {
            "encryptionKeyUrl": KEY_URL,
            "encryptedSubject": f"jwe-subject-{event_id}",
            "encryptedNotes": f"jwe-notes-{event_id}",
            "encryptedParticipants": [{"id": "p1", "type": "PERSON", "encryptedName": f"jwe-name-{event_id}"}],
        }
    ).encode()


def alarm(code, about=()):
    return Alarmed(code=code, since=Instant(NOW - 60), about=about)


def write_private(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def service_account(key, **changes):
    account = {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "k1",
        "private_key": key,
        "client_email": "hybridcal@acme.iam.gserviceaccount.example",
        "client_id": "109812345678901234342",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps({**account, **changes})
