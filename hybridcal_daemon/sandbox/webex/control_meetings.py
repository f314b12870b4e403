"""Control methods about meetings, their hosts and sites.

Owns: meetings as records, quotas, licences. Promises: as ``control.py``. Does not: exist at the real Webex.
"""

from __future__ import annotations

from hybridcal_daemon.sandbox.webex.control_base import ControlBase
from hybridcal_daemon.sandbox.webex.quota import PER_ADMIN, PER_HOST, PER_USER
from hybridcal_daemon.sandbox.webex.records import SeenMail, SeenMeeting, seen_mail, seen_meeting


class MeetingsControl(ControlBase):
    """Who hosts what."""

    def meetings(self, host: str | None = None, *, deleted: bool = False) -> list[SeenMeeting]:
        """Give the meetings of a host (None: of everybody), in the order of their making.

        KeyError when there is no such person.
        """
        with self.lock:
            person = None if host is None else self._person(host)
            book = self.world.meetings
            every = book.by_id.values() if deleted else book.living()
            return [seen_meeting(meeting) for meeting in every if person is None or person is meeting.host]

    def mails(self) -> list[SeenMail]:
        """Give the mails that the meeting calls would have sent."""
        with self.lock:
            return [seen_mail(mail) for mail in self.world.meetings.mails]

    def delete_meeting(self, meeting_id: str) -> None:
        """Let somebody delete a series in the Webex app. KeyError when there is no such meeting."""
        with self.lock:
            self.world.meetings.by_id[meeting_id].deleted = self.clock.now()

    def set_quota(self, *, per_user: int = PER_USER, per_host: int = PER_HOST, per_admin: int = PER_ADMIN) -> None:
        """Limit the meetings that may be ordered in 24 hours (``quota.py``). ValueError for negative ones."""
        with self.lock:
            self.world.meetings.quota.set(per_user=per_user, per_host=per_host, per_admin=per_admin)

    def set_licence(self, address: str, *, present: bool) -> None:
        """Give somebody the licence to host meetings, or take it away. KeyError when there is no such person."""
        with self.lock:
            self._person(address).host = present

    def set_sites(self, address: str, *sites: str) -> None:
        """Say on which sites somebody has an account, the default one first; Personal Rooms elsewhere are gone.

        KeyError when there is no such person.
        """
        with self.lock:
            person = self._person(address)
            person.sites = sites
            person.rooms = {site: room for site, room in person.rooms.items() if site in sites}
