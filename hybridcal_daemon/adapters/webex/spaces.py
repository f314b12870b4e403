"""Spaces (Webex' rooms) and their members.

Owns: which call; the integration speaks. Promises: as ``requests.py``; the integration's own membership, without which
a space would be out of reach, is shown to nobody and therefore never removed. Does not: delete a space.

A space has no field for keys of other programs, so its tag stands in its description, where its members see it; a
member who takes it out of there takes the space away from us. Only a space that our account made is found by it.

Source: rooms and memberships as in the public OpenAPI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.webex.exchange import decoded
from hybridcal_daemon.adapters.webex.meeting_bodies import title_of
from hybridcal_daemon.adapters.webex.requests import Requests, suppress_missing, within
from hybridcal_daemon.adapters.webex.wire import WirePerson, identity_uuid
from hybridcal_daemon.adapters.webex.wire_meetings import WireMemberships, WireSpace, WireSpaces
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import SpaceMember

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK: Final = "hybridcal:"
_SPACES: Final[Mapping[str, str]] = {"type": "group", "sortBy": "created", "max": "1000"}


class Spaces(Requests):
    """See ``ports.WebexApi``."""

    _own_id: str = ""

    def open_space(self, *, tag: str, title: Plain[str]) -> str:
        """``POST /rooms``."""
        ask = self._post("/rooms", {"title": title_of(title), "description": f"{MARK}{tag}"})
        return decoded(self._as_integration(ask), WireSpace, in_doubt=True).id

    def find_space(self, *, tag: str) -> str | None:
        """``GET /rooms`` page by page, the newest first, until one that we made carries the tag.

        Members can read the tag, and anybody can put it into a space of their own and our account into that.
        """
        for page in self._pages(self._as_integration, "/rooms", _SPACES, WireSpaces):
            for space in page.items:
                if f"{MARK}{tag}" in space.description.split() and self._is_ours(space):
                    return space.id
        return None

    def _is_ours(self, space: WireSpace) -> bool:
        """Say whether our account made it."""
        made_by = identity_uuid(space.creator_id)
        return made_by is not None and made_by == identity_uuid(self._me())

    def _me(self) -> str:
        if not self._own_id:
            self._own_id = decoded(self._as_integration(self._get("/people/me", {})), WirePerson).id
        return self._own_id

    def rename_space(self, space_id: str, title: Plain[str]) -> None:
        """``PUT /rooms/{id}`` where the title differs, since everybody in the space is told of each renaming."""
        path, name = within("/rooms", space_id), title_of(title)
        if decoded(self._as_integration(self._get(path, {})), WireSpace).title != name:
            self._as_integration(self._with_body("PUT", path, {"title": name}))

    def space_members(self, space_id: str) -> list[SpaceMember]:
        """``GET /memberships?roomId=``, all pages, without the integration's own."""
        own, query = self._me(), {"roomId": space_id, "max": "1000"}
        pages = self._pages(self._as_integration, "/memberships", query, WireMemberships)
        return [
            SpaceMember(membership_id=each.id, address=Plain(each.person_email))
            for page in pages
            for each in page.items
            if each.person_id != own
        ]

    def add_member(self, space_id: str, address: Plain[str]) -> None:
        """``POST /memberships``; 409: they are a member already."""
        try:
            self._as_integration(self._post("/memberships", {"roomId": space_id, "personEmail": address.reveal()}))
        except CallError as failure:
            if failure.kind is not Kind.CONFLICT:
                raise

    def remove_member(self, membership_id: str) -> None:
        """``DELETE /memberships/{id}``."""
        with suppress_missing():
            self._as_integration(self._delete(within("/memberships", membership_id), {}))
