"""A calendar with devices: one actor's decisions, a lane that answers when told to, devices that keep lists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hybridcal_daemon.domain.calls import CheckBookings, FindDevices, PutBookings
from hybridcal_daemon.domain.effects import Goodbye, Report, Save, Submit, WakeAt
from hybridcal_daemon.domain.messages import (
    BookingsChecked,
    BookingsPut,
    CallFailed,
    Deactivated,
    DevicesFound,
    Linked,
    Saved,
    SeenDevice,
    SettingsChanged,
    Started,
    Woke,
)
from hybridcal_daemon.domain.state import Access, Device, Durable, Snapshot, Standing, UserSettings
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import Instant, Sealed, UserId
from tests.domain_decisions.facts import T0

ROOM = UserId("r0123456789abcdef0123")
PERSON = UserId("u0123456789abcdef0123")
LINK = Sealed(b"link")
ACTING = "hash of an account"
KINDS = (FindDevices, PutBookings, CheckBookings)


@dataclass
class Box:
    """A device. ``shows``: its list, None since its last start."""

    online: bool = True
    capable: bool = True
    listable: bool = True
    shows: tuple | None = None
    puts: int = 0

    def seen(self, device_id):
        return SeenDevice(device_id=device_id, online=self.online, capable=self.capable, listable=self.listable)


@dataclass
class House:
    """``boxes``: the devices that a look finds. Calls about devices wait in ``open``; all others are never answered."""

    user: UserId = ROOM
    boxes: dict = field(default_factory=lambda: {"d1": Box()})
    link: Sealed | None = LINK
    facts: tuple = ()
    durable: Durable | None = None
    settings: dict = field(default_factory=dict)
    now: float = T0
    lives: int = 0
    open: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    report: Report | None = None
    others: dict = field(default_factory=dict)
    """Devices that a look does not find."""
    gone: bool = False
    hold: bool = False
    saves: int = 0

    def __post_init__(self):
        base = {"push": False, "presence": False, "acting": ACTING, **self.settings}
        self.rule = UserSettings(**base)
        synced = Instant(self.now)
        self.disk = self.durable or Durable(
            standing=Standing(state="active"),
            sync_token="token",
            synced_at=synced,
            full_at=synced,
            window_at=synced,
            access=Access(state="found", checked_at=synced, account=ACTING),
            link=self.link if self.user == ROOM else None,
        )
        self.rows = {fact.event_id: fact for fact in self.facts}
        self.begin()

    def begin(self):
        self.lives += 1
        self.state, self.open = blank(self.user), []
        snapshot = Snapshot(user=self.user, durable=self.disk, events=tuple(self.rows.values()))
        entropy = f"{self.lives:032x}"
        self.tell(Started(incarnation=self.lives, entropy=entropy, snapshot=snapshot, settings=self.rule))

    def tell(self, message):
        self.state, effects = decide(self.state, message, Instant(self.now))
        saved = None
        for effect in effects:
            match effect:
                case Save():
                    assert effect.version == self.disk.version + 1
                    self.disk, saved = effect.durable, effect.version
                    self.saves += 1
                case Submit() if isinstance(effect.call, KINDS):
                    self._check(effect)
                    self.open.append(effect.call)
                case Report():
                    self.report = effect
                case Goodbye():
                    self.gone = True
                case WakeAt():
                    assert effect.at > self.now
                case _:
                    self.notes.append(getattr(effect, "event", ""))
        if saved is not None and not self.hold:
            self.tell(Saved(version=saved))

    def _check(self, order):
        assert order.lane == "devices"
        if isinstance(order.call, PutBookings):
            states = {device.device_id: device for device in self.disk.devices}
            assert states[order.call.device_id].offered, "a list left before that was on disk"

    @property
    def troubles(self) -> dict:
        """Codes of what is wrong with devices."""
        names = ("devices", "bookings")
        found = self.state.durable.troubles
        return {name: trouble.code for name, trouble in found if name.partition(":")[0] in names}

    # ---- what devices do

    def device(self, device_id="d1") -> Device:
        return next(each for each in self.state.durable.devices if each.device_id == device_id)

    def pending(self, kind):
        return [call for call in self.open if isinstance(call, kind)]

    def run(self):
        """Answer everything that is open, until nothing is."""
        for _ in range(50):
            if not self.open:
                return
            self.answer()
        raise AssertionError("orders without end")

    def answer(self, kind=KINDS):
        call = next(call for call in self.open if isinstance(call, kind))
        self.open.remove(call)
        ids = {"request_id": call.request_id, "user": self.user}
        if isinstance(call, FindDevices):
            self.tell(DevicesFound(**ids, devices=tuple(box.seen(name) for name, box in self.boxes.items())))
            return
        box = self.boxes.get(call.device_id) or self.others.setdefault(call.device_id, Box())
        if isinstance(call, PutBookings):
            box.shows, box.puts = call.bookings, box.puts + 1
            self.tell(BookingsPut(**ids, device_id=call.device_id, digest=call.digest))
        else:
            self.tell(BookingsChecked(**ids, device_id=call.device_id, same=box.shows == call.bookings))

    def fail(self, kind, failure, code="device-unreachable", **rest):
        call = next(call for call in self.open if isinstance(call, kind))
        self.open.remove(call)
        ids = {"request_id": call.request_id, "user": self.user}
        self.tell(CallFailed(**ids, kind=failure, code=code, **rest))

    # ---- what happens

    def later(self, seconds, *, run=True):
        """Let time pass, ringing whenever the actor wished to be woken."""
        end = self.now + seconds
        while (alarm := self.state.flight.alarm) is not None and alarm <= end:
            self.now = alarm
            self.tell(Woke())
            if run:
                self.run()
        self.now = end

    def edit(self, *facts, removed=()):
        """Google tells of changes."""
        self.rows |= {fact.event_id: fact for fact in facts}
        for event_id in removed:
            self.rows.pop(event_id)
        flight = replace(self.state.flight, booked=None)
        self.state = replace(self.state, events=dict(self.rows), flight=flight)
        self.tell(Woke())

    def shows(self, name="d1"):
        return [booking.event_id for booking in self.boxes[name].shows or ()]

    def relink(self, link):
        self.tell(Linked(link=link))

    def configure(self, **settings):
        self.rule = replace(self.rule, **settings)
        self.tell(SettingsChanged(settings=self.rule))

    def leave(self):
        self.tell(Deactivated())
