"""The Protocols at which actors and adapters meet.

Owns: the shape of everything outside. Promises: every method of an outside service raises only
:class:`~hybridcal_daemon.domain.failures.CallError`; addresses and texts cross as ``Plain``, tokens and keys as
``Secret``. Does not: implement any of it (``adapters/`` does; ``tests/simulation`` and ``sandbox`` have others).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import CalendarEvent, EventContent, EventFact, Quarantined, Removed
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.state import Snapshot, Standing
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Plain, Sealed, Secret, UserId, Window

# ---- HTTP -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. ``url`` is complete and already percent-encoded; ``deadline`` and ``max_body`` bound the answer."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline: float = 30.0
    max_body: int = 16 * 1024 * 1024

    def __repr__(self) -> str:
        return f"<HttpRequest {self.method}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """The answer; header names are lower case; redirects are answers, never followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status}>"


class HttpFailure(Exception):  # noqa: N818 - a failure of the wire, always turned into a CallError by the adapter
    """No (whole) answer.

    ``code``: unreachable, tls, deadline, too-large, protocol. ``sent``: the request may have reached the server.
    """

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent


class HttpClient(Protocol):
    """A bounded HTTP client; one instance is used by one thread at a time."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Raise HttpFailure when there is no whole answer in time and size."""
        ...


# ---- Google ---------------------------------------------------------------------------------------------------------


class TokenMinter(Protocol):
    """Domain-wide delegation: a token for one subject."""

    def mint(self, subject: Plain[str], purpose: Purpose) -> MintedToken:
        """RFC 7523 grant. CallError USER (invalid_grant), CONFIG (unauthorized_client ...), TRANSIENT."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """One decoded page of events.list."""

    events: tuple[CalendarEvent, ...]
    removed: tuple[Removed, ...]
    quarantined: tuple[Quarantined, ...]
    next_page: str | None
    next_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGrant:
    """events.watch's answer."""

    resource_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class VacationSettings:
    """The three fields of Gmail's vacation settings that we ask for; bounds in epoch seconds."""

    enabled: bool
    start: Instant | None
    end: Instant | None


class CalendarApi(Protocol):
    """Google Calendar v3 and Gmail v1, the part in use. ``quota_user`` is the user's surrogate id."""

    def list_events(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        sync_token: str | None,
        page_token: str | None,
        window: Window | None,
    ) -> EventsPage: ...

    def get_event(self, token: Secret[str], quota_user: str, event_id: str) -> CalendarEvent | None:
        """None when cancelled or gone."""
        ...

    def patch_description(
        self, token: Secret[str], quota_user: str, event_id: str, *, etag: str, description: Plain[str]
    ) -> CalendarEvent:
        """PATCH with If-Match, nobody is mailed unless the adapter is set so. CONFLICT on 412."""
        ...

    def watch(
        self, token: Secret[str], quota_user: str, *, channel_id: str, channel_token: Secret[str], ttl: int
    ) -> ChannelGrant: ...

    def stop_channel(self, token: Secret[str], quota_user: str, *, channel_id: str, resource_id: str) -> None:
        """404 counts as done."""
        ...

    def vacation(self, token: Secret[str], quota_user: str) -> VacationSettings: ...


# ---- Webex ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexPerson:
    """``person_id``: the REST id; ``uuid``: the identity UUID inside it (webex.md B)."""

    person_id: str
    uuid: str
    emails: tuple[Plain[str], ...]


class WebexApi(Protocol):
    """Webex REST and presence, the part in use; the adapter holds its own tokens."""

    def person(self, address: Plain[str]) -> WebexPerson:
        """CallError NOT_FOUND when nobody has that address."""
        ...

    def whoami(self, bearer: Secret[str]) -> WebexPerson:
        """GET /people/me with somebody's own token. CallError USER when it is not valid."""
        ...

    def personal_room(self, address: Plain[str]) -> Room | None:
        """None when the person has none."""
        ...

    def send_card(self, person_id: str, *, key: str, title: Plain[str], url: Plain[str], starts: str) -> str:
        """Post the Join card to the 1:1 room of bot and person; ``starts`` is shown text. Gives the message id."""
        ...

    def find_card(self, person_id: str, *, key: str, since: Instant) -> str | None:
        """Message id of the card that carries ``key``, read back from the 1:1 room; None when there is none."""
        ...

    def delete_message(self, message_id: str) -> None:
        """404 counts as done."""
        ...

    def set_presence(self, uuid: str, *, ooo: bool, ttl: int) -> None:
        """``ooo`` for ``ttl`` seconds, or clear. CallError REFUSED when the cloud does not permit it."""
        ...


# ---- keys -----------------------------------------------------------------------------------------------------------


class KeyService(Protocol):
    """The KMS contract: AEAD wrapping only, key id inside the blob. CallError SEALED when keys are not available."""

    def wrap(self, key: Secret[bytearray], aad: bytes) -> bytes: ...

    def unwrap(self, blob: bytes, aad: bytes) -> Secret[bytearray]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What the vault makes for an address: all that the store may keep of it."""

    user: UserId
    address: Sealed
    index: bytes
    wrapped_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContent:
    """The vault's answer for one EventContent: see ``domain.events.SealedEvent`` and ``EventFact.digest``."""

    item: bytes
    join: Sealed | None
    digest: str
    join_digest: str


class Vault(Protocol):
    """Everything done with keys; owned by the Kms actor, used by one thread. CallError SEALED when it cannot."""

    def unlock(self) -> None:
        """Open (or, on a new installation, make) the keyring and the index key."""
        ...

    @property
    def sealed(self) -> str:
        """'' when keys are available, else the error code why not."""
        ...

    def admit(self, user: UserId, wrapped_key: bytes) -> None: ...

    def forget(self, user: UserId) -> None: ...

    def new_user(self, address: Plain[str]) -> NewUser: ...

    def index(self, address: Plain[str]) -> bytes:
        """Blind index (keyed HMAC, 16 bytes) of a normalised address."""
        ...

    def channel_token(self, channel_id: str) -> Secret[str]:
        """The push channel's token: keyed HMAC of its id, so that nothing need be stored."""
        ...

    def seal_events(self, user: UserId, contents: Sequence[EventContent]) -> list[SealedContent]: ...

    def seal(self, user: UserId, place: str, plain: Plain[bytes]) -> Sealed:
        """Own cell; ``place`` (for example 'room' or 'event/<id>/join') is bound into it."""
        ...

    def open(self, user: UserId, place: str, cell: Sealed) -> Plain[bytes]: ...

    def item_key(self, user: UserId, key_url: str) -> Secret[bytes]:
        """The 256-bit key that ``encryptionKeyUrl`` names, for the user's own readers."""
        ...


# ---- store ----------------------------------------------------------------------------------------------------------


class StoreFull(Exception):  # noqa: N818 - a state of the disk that passes, not an error of the program
    """No space: nothing was written; the same commit may be tried again."""


class StoreBroken(Exception):  # noqa: N818 - see above
    """I/O error or corruption: nothing may be acknowledged any more; the process must end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """An activated user as stored."""

    user: UserId
    address: Sealed
    index: bytes
    wrapped_key: bytes
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One stored event for readers."""

    fact: EventFact
    item: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """Write: activate."""

    row: NewUser
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveUser:
    """Write: deactivation has begun (survives a restart)."""

    user: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseUser:
    """Write: remove every row of the user, keep a tombstone."""

    user: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Write: one line of the audit log (who did what; ids only)."""

    at: Instant
    actor: str
    action: str
    user: str
    outcome: str


Write = Save | AddUser | LeaveUser | EraseUser | Audit


class Store(Protocol):
    """The one database connection; owned by the Store actor, used by one thread."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, durable when it returns. StoreFull, StoreBroken."""
        ...

    def users(self) -> list[UserRow]: ...

    def user_by_index(self, index: bytes) -> UserRow | None: ...

    def snapshot(self, user: UserId) -> Snapshot: ...

    def items(self, user: UserId) -> list[ItemRow]: ...

    def join_cell(self, user: UserId, event_id: str) -> Sealed | None: ...

    def wrapped_index_key(self) -> bytes | None: ...

    def put_wrapped_index_key(self, blob: bytes) -> None: ...

    def wipe_free_pages(self) -> None:
        """TRUNCATE checkpoint, after an erase."""
        ...


# ---- world ----------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """``now``: wall clock, epoch seconds (dates, due times). ``monotonic``: seconds, for durations only."""

    def now(self) -> Instant: ...

    def monotonic(self) -> float: ...


class Random(Protocol):
    """Randomness: ``token`` for ids (cryptographic), ``unit`` for jitter in [0, 1)."""

    def token(self, size: int) -> str: ...

    def unit(self) -> float: ...


class Log(Protocol):
    """The log: registered event names and typed safe fields only."""

    def emit(self, level: str, event: str, **fields: str | float | bool) -> None: ...


class Alarm(Protocol):
    """Wakes somebody once at a wall-clock time; setting it again replaces it; None disarms."""

    def set(self, at: Instant | None) -> None: ...


AlarmFactory = Callable[[Callable[[], None]], Alarm]


# ---- the daemon, as its surfaces see it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user for admins. ``address`` only when asked for; ``code`` as in ``domain/errors.py``, '' when well."""

    user: UserId
    state: str
    code: str
    since: Instant
    synced_at: Instant
    meetings: int
    address: Plain[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed:
    """A trouble of the whole installation that an operator must know."""

    code: str
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """One screen of health. ``lanes``: name -> (state word, queued, in flight)."""

    version: str
    up_seconds: float
    sealed: str
    users: Mapping[str, int]
    lanes: Mapping[str, tuple[str, int, int]]
    store: str
    alarms: tuple[Alarmed, ...]
    config_file: str
    config_loaded_at: Instant
    config_error: str


class UnknownUser(Exception):  # noqa: N818 - an answer, turned into 404
    """Nobody with that address is activated here."""


class Daemon(Protocol):
    """What admin socket, feed and push receiver may ask. All but ``push`` block: call them off the event loop."""

    def push(self, *, channel_id: str, token: str, resource_id: str, first: bool) -> None:
        """A push request came in; unauthentic ones are dropped silently. Never blocks, never raises."""
        ...

    def status(self) -> StatusView: ...

    def users(self, *, reveal: bool) -> list[UserView]: ...

    def activate(self, address: Plain[str], *, by: str, wait: float) -> UserView:
        """Activate (or find already active); waits up to ``wait`` seconds for the calendar's verification."""
        ...

    def deactivate(self, address: Plain[str], *, by: str, wait: float) -> None:
        """UnknownUser. Returns when everything is erased or ``wait`` seconds are over."""
        ...

    def user(self, address: Plain[str]) -> UserView:
        """UnknownUser."""
        ...

    def resync(self, address: Plain[str]) -> None:
        """UnknownUser."""
        ...

    def items(self, bearer: Secret[str]) -> list[ItemRow]:
        """Stored events of the person whose Webex token this is. CallError USER code bearer-invalid; UnknownUser."""
        ...

    def item_key(self, bearer: Secret[str], key_url: str) -> Secret[bytes]:
        """The item's 256-bit key for its own reader. CallError, UnknownUser."""
        ...

    def ready(self) -> bool: ...

    def reload(self) -> str:
        """Reload the configuration; '' or why the old one was kept."""
        ...


__all__ = [  # noqa: RUF022 - in the order of the file
    "HttpRequest",
    "HttpResponse",
    "HttpFailure",
    "HttpClient",
    "Purpose",
    "MintedToken",
    "TokenMinter",
    "EventsPage",
    "ChannelGrant",
    "VacationSettings",
    "CalendarApi",
    "WebexPerson",
    "WebexApi",
    "KeyService",
    "NewUser",
    "SealedContent",
    "Vault",
    "StoreFull",
    "StoreBroken",
    "UserRow",
    "ItemRow",
    "AddUser",
    "LeaveUser",
    "EraseUser",
    "Audit",
    "Write",
    "Store",
    "Clock",
    "Random",
    "Log",
    "Alarm",
    "AlarmFactory",
    "UserView",
    "Alarmed",
    "StatusView",
    "UnknownUser",
    "Daemon",
]
