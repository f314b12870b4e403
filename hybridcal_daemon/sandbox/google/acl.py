"""acl.insert, acl.get, acl.list and acl.delete.

Owns: these four calls. Promises: a refused one changes nothing; pages and sync tokens as for events (``paging.py``).
Does not: decide what a role allows (``access.py`` does) or check scopes.

Based on:
* the body's fields and words, page sizes (100, 250 at most), deleted rules as role ``none`` with ``showDeleted`` or a
  sync token, ``sendNotifications`` true unless said otherwise [discovery document]; the mail goes to the person or
  group of the rule [Google guide]; deleting tells nobody [discovery document: no such parameter].
* the id is ``user:<address>``, ``domain:<name>`` or ``default``, etags are microseconds in twenty digits, the owner's
  own all zeros [recorded responses]. Inserting for a scope that has a rule replaces its role [unconfirmed].
* 400 "Invalid resource id value." for what is no rule id, 404 for none of that id [table of errors].
* nobody changes their own rule: 403 ``cannotChangeOwnAcl`` [issue reports], nor the owner's: ``cannotChangeOwnerAcl``
  [source of GAM]. That an admin may, on a room's calendar, since not the rule makes the admin its owner: unconfirmed.
* the public scope gets no role above reader: ``illegalAccessRoleForDefault`` [source of GAM; status and the border are
  unconfirmed]; a value that fits no scope: ``invalidScopeValue`` [source of GAM; the status is unconfirmed].
* a deleted rule answers 404 to get and delete [unconfirmed].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.access import RANK, ROLES, AccessRule, Seat
from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.paging import (
    RULES,
    Place,
    Traversal,
    page_token,
    read_page_token,
    read_sync_token,
    sync_token,
)

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields, World

DEFAULT_SIZE: Final = 100
LARGEST_SIZE: Final = 250
SCOPE: Final = "/acl"
"""Marks page tokens of rules; no event has such an id."""
MAILED: Final = frozenset({"user", "group"})
_ADDRESS: Final = r"[^@\s:]+@[^@\s:]+"
_DOMAIN: Final = r"[^@\s:]+"
_RULE_ID: Final = re.compile(rf"default|(?:user|group):{_ADDRESS}|domain:{_DOMAIN}")


class Acl:
    """The rules of calendars. ``short_pages``: chance that a page is cut short (0 to 1), for the seed."""

    def __init__(self, world: World, short_pages: float) -> None:
        self._world = world
        self._short_pages = short_pages

    def insert(self, seat: Seat, body: Fields, query: dict[str, Any]) -> Fields:
        """Make a rule, or replace the role of the one for the same scope. Refused (400, 403)."""
        kind, value, role = _read(body)
        access = seat.calendar.access
        old = access.living(AccessRule(kind, value, 0).id)
        if old is not None and old.role != role:
            self._check_change(seat, old)
        rule = access.write(kind, value, role, self._world.now_ms() * 1000)
        if query.get("sendNotifications", True) and role != "none":
            self._mail(seat, rule)
        return _shown(rule)

    def get(self, seat: Seat, rule_id: str) -> Fields:
        """Give a rule. Refused (400, 404)."""
        return _shown(self._find(seat, rule_id))

    def delete(self, seat: Seat, rule_id: str) -> None:
        """Take a rule away. Refused (400, 403, 404)."""
        rule = self._find(seat, rule_id)
        self._check_change(seat, rule)
        seat.calendar.access.write(rule.kind, rule.value, "none", self._world.now_ms() * 1000)

    def list_rules(self, seat: Seat, query: dict[str, Any]) -> Fields:
        """Answer acl.list for one page. Refused (400, 410)."""
        calendar, access, now = seat.calendar, seat.calendar.access, self._world.now_ms()
        since = read_sync_token(calendar, query, now, RULES) if "syncToken" in query else None
        place = Place(Traversal(access.revision, calendar.epoch, now), (), was_empty=False)
        if "pageToken" in query:
            place = read_page_token(calendar, query, SCOPE)
        size = self._size(query, place)
        wanted = [rule for rule in access.rules.values() if _fits(rule, query, since) and (rule.number,) > place.after]
        taken = wanted[:size]
        answer: Fields = {"kind": "calendar#acl", "etag": f'"p{access.revision:x}"'}
        answer["items"] = [_shown(rule) for rule in taken]
        if len(wanted) > size:
            after = (taken[-1].number,) if taken else place.after
            answer["nextPageToken"] = page_token(calendar, Place(place.traversal, after, not taken), query, SCOPE)
        else:
            answer["nextSyncToken"] = sync_token(calendar, place.traversal, query, RULES)
        return answer

    def _size(self, query: dict[str, Any], place: Place) -> int:
        size = min(int(query.get("maxResults", DEFAULT_SIZE)), LARGEST_SIZE)
        if self._short_pages and self._world.random.random() < self._short_pages:
            return self._world.random.randint(1 if place.was_empty else 0, size)
        return size

    def _find(self, seat: Seat, rule_id: str) -> AccessRule:
        if not _RULE_ID.fullmatch(rule_id):
            raise calendar_refusal(400, "invalid", "Invalid resource id value.", parameter="ruleId")
        rule = seat.calendar.access.living(rule_id.lower())
        if rule is None:
            raise calendar_refusal(404, "notFound")
        return rule

    def _check_change(self, seat: Seat, rule: AccessRule) -> None:
        """Nobody changes their own access, or the owner's; an admin of rooms has theirs from elsewhere."""
        if rule.kind != "user":
            return
        user = self._world.user(seat.address)
        by_office = seat.calendar.is_room and user is not None and user.admin
        if rule.value == seat.address and not by_office:
            raise calendar_refusal(403, "cannotChangeOwnAcl")
        if rule.value == seat.calendar.address:
            raise calendar_refusal(403, "cannotChangeOwnerAcl")

    def _mail(self, seat: Seat, rule: AccessRule) -> None:
        if rule.kind in MAILED:
            self._world.mails.append({"event": "", "action": "acl.insert", "by": seat.address, "to": [rule.value]})


def _read(body: Fields) -> tuple[str, str, str]:
    """Give kind, value and role of a rule to be made. Refused (400)."""
    schema.check(schema.ACL_RULE, body)
    scope, role = body.get("scope") or {}, str(body.get("role") or "")
    kind, value = str(scope.get("type") or ""), str(scope.get("value") or "").lower()
    for name, given in (("role", role), ("scope.type", kind)):
        if not given:
            raise calendar_refusal(400, "required", "Required", parameter=f"resource.{name}")
    if role not in ROLES:
        raise calendar_refusal(400, "invalid", f"Invalid value for role: {role}", parameter="resource.role")
    if not _RULE_ID.fullmatch(kind if kind == "default" else f"{kind}:{value}") or (kind == "default" and value):
        raise calendar_refusal(400, "invalidScopeValue", "Invalid scope value.", parameter="resource.scope.value")
    if kind == "default" and RANK[role] > RANK["reader"]:
        raise calendar_refusal(400, "illegalAccessRoleForDefault", "Illegal access role for the default scope.")
    return kind, value, role


def _fits(rule: AccessRule, query: dict[str, Any], since: int | None) -> bool:
    if since is not None:
        return rule.revision > since
    return rule.role != "none" or bool(query.get("showDeleted"))


def _shown(rule: AccessRule) -> Fields:
    scope = {"type": rule.kind} if rule.kind == "default" else {"type": rule.kind, "value": rule.value}
    return {"kind": "calendar#aclRule", "etag": rule.etag, "id": rule.id, "scope": scope, "role": rule.role}
