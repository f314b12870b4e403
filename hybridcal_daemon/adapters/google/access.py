"""Who may do what with a calendar: its access control list.

Owns: acl.get, acl.list, acl.insert, acl.delete for single users. Promises: nobody is mailed (Google's default is that
they are); giving again what is there and taking what is gone are both well.
Does not: decide whose rule may be taken back (``domain/access.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.google import wire
from hybridcal_daemon.adapters.google.requests import BAD_ANSWER, Ask, Requests, common, reply
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import AccessRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.values import Secret


class Access(Requests):
    """Access rules of calendars."""

    def access(self, token: Secret[str], quota_user: str, *, who: Plain[str], calendar: Plain[str]) -> str:
        """acl.get of the user ``who``. '' when there is no such rule; a missing calendar looks the same."""
        url = self._calendar(calendar, "acl", f"user:{who.reveal().lower()}")
        params = common(quota_user, wire.ROLE_FIELDS)
        body = self._send_unless_gone(token, Ask(method="GET", url=url, params=params, write=False))
        return "" if body is None else reply(body, wire.RoleReply).role

    def access_list(self, token: Secret[str], quota_user: str, *, calendar: Plain[str]) -> tuple[AccessRule, ...]:
        """acl.list, page after page until there is no next token."""
        pages = self._rule_pages(token, quota_user, calendar)
        return tuple(_rule(rule) for page in pages for rule in page.items)

    def grant_access(
        self, token: Secret[str], quota_user: str, *, who: Plain[str], role: str, calendar: Plain[str]
    ) -> AccessRule:
        """acl.insert; the rule's id is what takes it back."""
        rule = wire.NewRule(role=role, scope=wire.RuleScope(value=who.reveal()))
        params = {"sendNotifications": "false", **common(quota_user, wire.RULE_FIELDS)}
        ask = Ask(method="POST", url=self._calendar(calendar, "acl"), params=params, body=rule, write=True)
        return _rule(reply(self._send(token, ask), wire.RuleReply, written=True))

    def return_access(self, token: Secret[str], quota_user: str, *, rule_id: Plain[str], calendar: Plain[str]) -> None:
        """acl.delete; a rule that is not there is deleted."""
        url = self._calendar(calendar, "acl", rule_id.reveal())
        self._send_unless_gone(token, Ask(method="DELETE", url=url, params=common(quota_user), write=True))

    def _rule_pages(self, token: Secret[str], quota_user: str, calendar: Plain[str]) -> Iterator[wire.RulesPage]:
        url, params = self._calendar(calendar, "acl"), {"maxResults": "250", **common(quota_user, wire.RULES_FIELDS)}
        seen = set()
        while True:
            page = reply(self._send(token, Ask(method="GET", url=url, params=params, write=False)), wire.RulesPage)
            yield page
            if page.next_page_token is None:
                return
            if page.next_page_token in seen:  # it would go round for ever
                raise CallError(Kind.TRANSIENT, BAD_ANSWER)
            seen.add(page.next_page_token)
            params = {**params, "pageToken": page.next_page_token}


def _rule(read: wire.RuleReply) -> AccessRule:
    return AccessRule(rule_id=Plain(read.id), role=read.role)
