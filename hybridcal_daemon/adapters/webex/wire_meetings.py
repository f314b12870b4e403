"""The shapes of Webex' meetings, spaces and members, as much of them as is used.

Owns: wire types. Promises: as ``wire.py``; the host's key is never turned into a value. Does not: know what a meeting
ought to be (``meeting_bodies.py`` does).

Source: public OpenAPI, ``MeetingSeriesObject``, ``MeetingObjectForListMeeting``, ``Room``, ``Membership``.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated

import msgspec

from hybridcal_daemon.adapters.webex.wire import Telephony
from hybridcal_daemon.domain.values import Instant

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WireMeeting(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A meeting series, or with ``meeting_series_id`` one occurrence of a series."""

    id: str
    title: str
    start: Moment
    end: Moment
    web_link: str
    recurrence: str | None = None
    meeting_number: str = ""
    sip_address: str = ""
    password: str = ""
    telephony: Telephony = Telephony()
    integration_tags: tuple[str, ...] = ()
    is_modified: bool = False

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<WireMeeting>"

    @property
    def original(self) -> Instant:
        """When the rule puts this occurrence, whatever became of it.

        The id of a changed one ends with it: in the OpenAPI's example of such a one the id still says 12:00, and the
        occurrence starts at 12:30. Where an id has no such end, it is taken not to have moved.
        """
        with suppress(ValueError):
            if self.is_modified:
                return Instant(datetime.strptime(self.id.rpartition("_")[2], "%Y%m%dT%H%M%S%z").timestamp())
        return Instant(self.start.timestamp())


class WireMeetings(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /meetings``."""

    items: tuple[WireMeeting, ...]


class WireSpace(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A room of ``GET`` or ``POST /rooms``; only spaces with more than two people have a title of their own."""

    id: str
    title: str = ""
    description: str = ""
    creator_id: str = ""


class WireSpaces(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /rooms``."""

    items: tuple[WireSpace, ...]


class WireMembership(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A membership of ``GET /memberships``."""

    id: str
    person_id: str = ""
    person_email: str = ""


class WireMemberships(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /memberships``."""

    items: tuple[WireMembership, ...]
