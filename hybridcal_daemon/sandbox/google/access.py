"""Who may do what on a calendar.

Owns: the roles, a calendar's access rules, and the seat that somebody takes at a calendar. Promises: pure but for the
rules themselves. Does not: answer the acl calls (``acl.py`` does) or know what an operation does (``api.py`` does).

Based on: the roles and what each may do [discovery document, AclRule.role]: readers and ``writerWithoutPrivateAccess``
see private events without details, writers read the rules, owners change them. Of several rules that fit the widest
counts [unconfirmed]. A person is the owner of their own calendar, with a rule that says so [recorded response]. Super
admins own every room's calendar without a rule [unconfirmed; GAM's admins write rooms' rules without one].
Without a role a calendar is 404; with one that is too low 403 ``requiredAccessLevel`` "You need to have ... access to
this calendar." [issue reports; source of GAM]; ``freeBusyReader`` may not list events [unconfirmed]. A private event's
details stay visible to its participants [discovery document, Event.visibility]. Groups have no members here, so that
a group's rule gives nobody anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hybridcal_daemon.sandbox.google.errors import calendar_refusal

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Calendar, Copy, User, World

ROLES: Final = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")
RANK: Final = {role: rank for rank, role in enumerate(ROLES)}
SECRET: Final = frozenset({"private", "confidential"})


class AccessRule:
    """One rule. ``kind``: user, group, domain or default; ``etag_us``: epoch microseconds, 0 for the owner's own.

    A deleted one stays with the role ``none``; ``number`` is its place in lists.
    """

    __slots__ = ("etag_us", "kind", "number", "revision", "role", "value")

    def __init__(self, kind: str, value: str, number: int) -> None:
        self.kind = kind
        self.value = value
        self.number = number
        self.role = "none"
        self.revision = 0
        self.etag_us = 0

    @property
    def id(self) -> str:
        """The id in the path: ``user:bob@acme.example``, or ``default``."""
        return self.kind if self.kind == "default" else f"{self.kind}:{self.value}"

    @property
    def etag(self) -> str:
        """The entity tag, quotes included: microseconds in twenty digits [recorded response]."""
        return f'"{self.etag_us:020d}"'

    def fits(self, address: str) -> bool:
        """Say whether the rule is about a person."""
        if self.kind == "user":
            return self.value == address
        return self.kind == "default" or (self.kind == "domain" and address.endswith(f"@{self.value}"))


class AccessList:
    """The rules of one calendar, by id, in order of creation."""

    def __init__(self, owner: str) -> None:
        self.revision = 0
        self.rules: dict[str, AccessRule] = {}
        self.write("user", owner, "owner", 0)

    def role_of(self, address: str) -> str:
        """Give the widest role that a person has, ``none`` for nobody in particular."""
        return max(
            (rule.role for rule in self.rules.values() if rule.fits(address)), key=RANK.__getitem__, default="none"
        )

    def living(self, rule_id: str) -> AccessRule | None:
        """Find a rule that is not deleted."""
        rule = self.rules.get(rule_id)
        return None if rule is None or rule.role == "none" else rule

    def write(self, kind: str, value: str, role: str, now_us: int) -> AccessRule:
        """Make a rule, or give the one about the same scope another role; ``none`` deletes."""
        rule = AccessRule(kind, value, len(self.rules))
        rule = self.rules.setdefault(rule.id, rule)
        self.revision += 1
        rule.role, rule.revision = role, self.revision
        rule.etag_us = max(rule.etag_us + 1, now_us) if now_us else 0
        return rule


class Seat(NamedTuple):
    """Somebody at a calendar: ``address`` acts there with ``role``."""

    address: str
    calendar: Calendar
    role: str

    def needs(self, role: str) -> None:
        """Refused (403) for whoever has less than ``role``."""
        if RANK[self.role] < RANK[role]:
            raise calendar_refusal(403, "requiredAccessLevel", f"You need to have {role} access to this calendar.")

    @property
    def guarded(self) -> bool:
        """Whether anything at all is to be kept from who sits here."""
        return RANK[self.role] < RANK["writer"]

    def hides(self, copy: Copy) -> bool:
        """Say whether an event's details are to be kept from who sits here."""
        if not self.guarded or copy.visibility not in SECRET:
            return False
        meeting = copy.meeting
        return self.address != meeting.owner and all(guest["email"] != self.address for guest in meeting.guests)


def own_seat(calendar: Calendar) -> Seat:
    """Give the place of who a calendar belongs to."""
    return Seat(calendar.address, calendar, "owner")


def seat_at(world: World, user: User, calendar_id: str) -> Seat:
    """Give a person's place at the calendar that a path names. Refused (404) when there is none for them."""
    if calendar_id == "primary":
        return Seat(user.address, user.calendar, "owner")
    calendar = world.calendar(calendar_id)
    role = "none" if calendar is None else role_at(world, user, calendar)
    if calendar is None or role == "none":
        raise calendar_refusal(404, "notFound")
    return Seat(user.address, calendar, role)


def role_at(world: World, user: User, calendar: Calendar) -> str:
    """Give a person's role at a calendar; ``none`` also where its person has no calendar service."""
    if calendar is user.calendar or (calendar.is_room and user.admin):
        return "owner"
    holder = world.user(calendar.address)
    if holder is not None and not holder.calendar_on:
        return "none"
    return calendar.access.role_of(user.address)
