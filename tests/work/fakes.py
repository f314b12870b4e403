"""Services by hand: calendars, Webex and a vault that keep everything in dictionaries."""

import json
from dataclasses import replace

from hybridcal_daemon.domain.events import CalendarEvent, Person
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Instant, Plain, Sealed, Secret, Timed, UserId
from hybridcal_daemon.ports import PRIMARY, ChannelGrant, EventsPage, SealedContent, VacationSettings, WebexPerson

ALICE = UserId("u00000000000000000001")
ROOM = Room(
    link=Plain("https://acme.webex.com/meet/alice"),
    sip_address=Plain("alice@acme.webex.com"),
    meeting_number=Plain("2345 678 9012"),
    dial_in=(("Oslo", "+47 21 00 00 00"), ("", "+1 555 0100")),
)


def meeting(event_id="e1", **fields):
    return CalendarEvent(
        **{
            "event_id": event_id,
            "etag": '"1"',
            "status": "confirmed",
            "summary": Plain("Plan"),
            "description": Plain("Bring tea"),
            "location": Plain("@webex"),
            "start": Timed(at=1_795_338_000, tz="Europe/Berlin"),
            "end": Timed(at=1_795_341_600, tz="Europe/Berlin"),
            "organizer": Person(email=Plain("alice@acme.example"), name=Plain("Alice"), response="organizer"),
            "organizer_self": True,
            **fields,
        }
    )


class Vault:
    """Seals by writing the place in front; opens only at the same place."""

    def seal(self, user, place, content):
        return Sealed(f"{user}|{place}|".encode() + content.reveal())

    def open(self, user, place, cell):
        head, _, content = bytes(cell).rpartition(f"{user}|{place}|".encode())
        if head or not bytes(cell).startswith(f"{user}|{place}|".encode()):
            raise CallError(Kind.SEALED, "kms-tampered")
        return Plain(content)

    def seal_events(self, user, contents):
        return [self._seal_event(user, content) for content in contents]

    def _seal_event(self, user, content):
        url = content.join_url.reveal()
        join = Plain(json.dumps({"title": content.subject.reveal(), "url": url}).encode())
        return SealedContent(
            item=f"sealed {content.event_id}".encode(),
            join=self.seal(user, f"event/{content.event_id}/join", join),
            digest=f"digest {content.event_id} {len(content.notes.reveal())}",
            join_digest=f"join {content.event_id}" if url else "",
        )


def elsewhere(calendar):
    """Whose calendar is named, unless it is the token's subject's own."""
    return {} if calendar == PRIMARY else {"calendar": calendar}


class Calendar:
    """A CalendarApi over a dictionary of events. ``before_patch`` is called before each patch, ``refuse`` tokens."""

    def __init__(self):
        self.events = {}
        self.page = EventsPage(events=(), removed=(), quarantined=(), next_page=None, next_token="s2")
        self.asked = []
        self.good_tokens = {"held"}
        self.before_patch = lambda: None
        self.fails = {}

    def _ask(self, token, user, what, **details):
        if token.reveal() not in self.good_tokens:
            raise CallError(Kind.USER, "google-token")
        self.asked.append((what, user, details))
        if what in self.fails:
            raise self.fails[what]

    def list_events(self, token, quota_user, *, sync_token, page_token, window, calendar=PRIMARY):
        where = elsewhere(calendar)
        self._ask(token, quota_user, "list", sync_token=sync_token, page_token=page_token, window=window, **where)
        return self.page

    def get_event(self, token, quota_user, event_id, *, calendar=PRIMARY):
        self._ask(token, quota_user, "get", event_id=event_id, **elsewhere(calendar))
        return self.events.get(event_id)

    def patch_description(self, token, quota_user, event_id, *, etag, description, mark=""):
        self._ask(token, quota_user, "patch", event_id=event_id, etag=etag, description=description, mark=mark)
        self.before_patch()
        current = self.events[event_id]
        if current.etag != etag:
            raise CallError(Kind.CONFLICT, "google-conflict")
        kept = {None: "", "": current.mark}.get(mark, mark)
        self.events[event_id] = replace(current, description=description, mark=kept, etag=f"{etag}+")
        return self.events[event_id]

    def watch(self, token, quota_user, *, channel_id, channel_token, ttl, calendar=PRIMARY):
        where = elsewhere(calendar)
        self._ask(token, quota_user, "watch", channel_id=channel_id, channel_token=channel_token, ttl=ttl, **where)
        return ChannelGrant(resource_id="r1", expires_at=Instant(1_795_341_600.0))

    def stop_channel(self, token, quota_user, *, channel_id, resource_id):
        self._ask(token, quota_user, "stop", channel_id=channel_id, resource_id=resource_id)

    def vacation(self, token, quota_user):
        self._ask(token, quota_user, "vacation")
        return VacationSettings(enabled=True, start=Instant(1.0), end=None)

    def count(self, what):
        return sum(1 for asked, *_ in self.asked if asked == what)


class Tokens:
    """Gives the held token, or a fresh one after force."""

    def __init__(self):
        self.asked = []

    def __call__(self, user, purpose, force):
        self.asked.append((user, purpose, force))
        return Secret("fresh" if force else "held")


class Webex:
    """A WebexApi that keeps what it was told."""

    def __init__(self):
        self.people = {
            "alice@acme.example": WebexPerson(
                person_id="P-alice", uuid="U-alice", emails=(Plain("alice@acme.example"),)
            )
        }
        self.rooms = {"alice@acme.example": ROOM}
        self.looked_up = 0
        self.sites = []
        self.said = []
        self.fails = {}

    def person(self, address):
        self.looked_up += 1
        if address.reveal() not in self.people:
            raise CallError(Kind.NOT_FOUND, "webex-no-such-person")
        return self.people[address.reveal()]

    def whoami(self, bearer):
        raise NotImplementedError

    def personal_room(self, address, *, site=""):
        self.sites.append(site)
        return self.rooms.get(address.reveal())

    def _say(self, what, *details):
        self.said.append((what, *details))
        if what in self.fails:
            raise self.fails[what]

    def send_card(self, person_id, *, key, title, url, starts, words):
        self._say("send", person_id, key, title, url, starts, words)
        return "M-1"

    def send_text(self, person_id, text):
        self._say("text", person_id, text)
        return "M-2"

    def send_agenda(self, person_id, agenda):
        self._say("agenda", person_id, agenda)
        return "M-3"

    def find_card(self, person_id, *, key, since):
        self._say("find", person_id, key, since)
        return None if key == "lost" else "M-1"

    def delete_message(self, message_id):
        self._say("delete", message_id)

    def set_presence(self, uuid, *, status, ttl):
        self._say("presence", uuid, status, ttl)
