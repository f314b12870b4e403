"""What goes wrong at Webex with meetings, spaces and devices.

Owns: these troubles, one method each. Promises: as ``troubles.py``. Does not: choose when (``weather.py``) or judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation.outside import MARK
from tests.simulation.troubles import MINUTE, Troubles

if TYPE_CHECKING:
    from tests.simulation.devices import Devices
    from tests.simulation.meetings import Meetings

_FATES: Final = (
    {"kind": "ambiguous", "status": 503},
    {"kind": "ambiguous", "status": 503},
    {"kind": "ambiguous", "status": 0},
    {"kind": "drop"},
    {"kind": "garbage"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 429, "retry_after": 7},
)
_MAKING: Final = (("POST", "/v1/meetings$"), ("POST", "/v1/rooms$"))
_FOLLOWING: Final = (
    ("PATCH", "/v1/meetings/"),
    ("DELETE", "/v1/meetings/"),
    ("POST", "/v1/memberships$"),
    ("DELETE", "/v1/memberships/"),
    ("PUT", "/v1/rooms/"),
)
_LOOKING: Final = (("GET", "/v1/meetings"), ("GET", "/v1/rooms"), ("GET", "/v1/memberships"))
VISITOR: Final = f"visitor.{MARK}@acme.example"
_LONG_AGO: Final = -1e9


class WebexTroubles(Troubles):
    """Of Webex. ``meetings``, ``devices``: set before the first trouble."""

    meetings: Meetings
    devices: Devices
    _renewed_at = _LONG_AGO

    def _webex_fault(self, method: str, path: str, **fate: Any) -> None:
        self._outside.webex.add_fault({"match": {"method": method, "path_regex": path}, **fate})

    def _makings_in_doubt(self) -> None:
        """The next meetings and spaces: made or not, nobody says so."""
        for _ in range(self.random.randint(1, 3)):
            self._webex_fault(*self.random.choice(_MAKING), **self.random.choice(_FATES))
        self.arm_sometimes("answered.FindMeeting", "answered.FindSpace", "answered.HoldMeeting", "answered.OpenSpace")

    def _followings_in_doubt(self) -> None:
        """The next changes and deletions: done or not, nobody says so."""
        for method, path in self.random.sample(_FOLLOWING, 2):
            self._webex_fault(method, path, **self.random.choice(_FATES))
        self.arm_sometimes("webex.meeting-end.leaving", "webex.member-remove.done", "answered.ChangeMeeting")

    def _webex_looks_fail(self) -> None:
        """Nothing can be looked for, for some minutes."""
        method, path = self.random.choice(_LOOKING)
        seconds = self.random.uniform(20, 600)
        match = {"method": method, "path_regex": path}
        self._fault(self._outside.webex, seconds, match=match, kind="status", status=502)

    def _integration_revoked(self) -> None:
        """The access token of the account that opens spaces ends before its time."""
        if self._scheduler.clock.elapsed > self._referee.app_token_at + 2 * MINUTE:
            tokens = self._outside.webex.world.tokens
            mine = self._outside.integration.client_id
            for text in [text for text, token in tokens.items() if token.client_id == mine]:
                self._outside.webex.revoke(text)
            self._referee.trouble()

    # ---- what people do at Webex

    def _meeting_deleted(self) -> None:
        """Somebody deletes a meeting in the Webex app; it is seen when the event is changed, a little later."""
        living = self._outside.webex.world.meetings.living()
        whose = {tag: event for tag, (_, event) in self._house.tags.items() if self._people.can_touch(event)}
        known = [meeting for meeting in living if any(tag in whose for tag in meeting.tags)]
        if not known:
            return
        meeting = self.random.choice(known)
        self._outside.webex.delete_meeting(meeting.id)
        self._scheduler.reached["meeting deleted by hand"] += 1
        event_id = next(whose[tag] for tag in meeting.tags if tag in whose)
        self._scheduler.after(self.random.uniform(1, 60), lambda: self._people.touch(event_id))

    def _space_migrates(self) -> None:
        """A space moves to another geography, and a little later its event is changed."""
        spaces = self.meetings.spaces()
        if spaces:
            space = self.random.choice(spaces)
            self._outside.webex.migrate(space.rest_id)
            self._scheduler.reached["space migrated"] += 1
            event_id = self.meetings.event_in(space)
            self._scheduler.after(self.random.uniform(1, 60), lambda: self._people.touch(event_id))

    def _joins_by_hand(self) -> None:
        """Somebody who was not invited is made a member of a space, and a little later its event is changed."""
        spaces = self.meetings.spaces()
        if spaces:
            space = self.random.choice(spaces)
            self.meetings.enters(space, VISITOR)
            self._scheduler.reached["member by hand"] += 1
            event_id = self.meetings.event_in(space)
            self._scheduler.after(self.random.uniform(1, 60), lambda: self._people.touch(event_id))

    # ---- devices

    def _device_reboots(self) -> None:
        self.devices.reboot()

    def _device_cut_off(self) -> None:
        self._referee.trouble()
        self.devices.cut_off(self.random.choice((20.0, 300.0, 2000.0)))

    def _devices_fail(self) -> None:
        """Nothing can be said to a device, or asked of it, for some minutes; or what was said has no answer."""
        path = self.random.choice(("/xapi/command/", "/v1/devices", "/xapi/"))
        seconds = self.random.uniform(20, 400)
        fate = self.random.choice(
            ({"kind": "status", "status": 502}, {"kind": "drop"}, {"kind": "ambiguous", "status": 503})
        )
        self._fault(self._outside.webex, seconds, match={"path_regex": path}, **fate)
