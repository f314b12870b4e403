"""The meeting services whose links are known.

Owns: one table: which hosts a service has, which paths on them lead into a meeting, which parameter is its passcode.
Promises: pure; only a complete path of a known shape on a known host is a join link, so help pages, dial-in pages,
settings and recordings never are. Every pattern is matched once per link and in linear time.
Does not: find links in text (``joinlinks.py``) or unwrap them (``linkwrappers.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TAIL: Final = r"/?(?:\?[^#]*)?(?:#.*)?"
_REST: Final = r"(?:[&#].*)?"
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One service.

    ``hosts``: a link's host is one of these or ends with a dot and one of these. ``paths``: patterns for all that
    follows the host, with the meeting in the group ``id``. ``passcode``: found in links that need no typing of a code.
    ``personal``: pattern of links whose ``id`` is also the name in the video address. ``not_meetings``: hosts left out.
    """

    name: str
    hosts: tuple[str, ...]
    paths: tuple[re.Pattern[str], ...]
    passcode: re.Pattern[str] = _NEVER
    personal: re.Pattern[str] = _NEVER
    not_meetings: frozenset[str] = frozenset()

    def owns(self, host: str) -> bool:
        """Say whether ``host`` (lower case) belongs to this service's meetings."""
        ours = any(host == suffix or host.endswith("." + suffix) for suffix in self.hosts)
        return ours and host not in self.not_meetings

    def meeting(self, target: str) -> str | None:
        """Give the id of the meeting that ``target`` (path, query, fragment) leads to; None when it leads to none."""
        found = next(filter(None, (path.fullmatch(target) for path in self.paths)), None)
        return found["id"] if found else None


def _patterns(*sources: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source, re.ASCII) for source in sources)


# Webex: Personal Rooms (developer.webex.com, personalMeetingRoomLink), classic j.php and g.php links, the newer web
# application's links. The bare domain and these hosts have no meetings.
WEBEX: Final = Provider(
    name="webex",
    hosts=("webex.com",),
    not_meetings=frozenset(
        {
            "webex.com",
            "www.webex.com",
            "help.webex.com",
            "signin.webex.com",
            "idbroker.webex.com",
            "developer.webex.com",
            "community.webex.com",
            "status.webex.com",
        }
    ),
    paths=_patterns(
        rf"/(?:[\w-]+/)?(?:meet|join)/(?P<id>[\w.~%+-]+){_TAIL}",
        rf"/(?:[\w-]+/){{1,3}}[jg]\.php\?(?:[^#]*&)?(?i:MTID)=(?P<id>\w{{4,}}){_REST}",
        rf"/collabs/meetings/join\?(?:[^#]*&)?uuid=(?P<id>[\w-]+){_REST}",
        rf"/webappng/sites/[\w.-]+/meeting/(?:info|download)/(?P<id>\w+){_TAIL}",
        rf"/wbxmjs/joinservice/sites/[\w.-]+/meeting/download/(?P<id>\w+){_TAIL}",
    ),
    passcode=re.compile(r"[?&](?:pwd|PW)=[^&#]"),
    personal=re.compile(rf"/(?:[\w-]+/)?meet/(?P<id>[\w.-]+){_TAIL}", re.ASCII),
)

GOOGLE_MEET: Final = Provider(
    name="google_meet",
    hosts=("meet.google.com",),
    paths=_patterns(
        rf"/(?:_meet/)?(?P<id>(?i:[a-z]{{3}}-[a-z]{{4}}-[a-z]{{3}})){_TAIL}",
        rf"/(?:_meet/)?lookup/(?P<id>[\w-]+){_TAIL}",
    ),
)

# Zoom: meetings, webinars, personal links, the web client. /u/ pages list telephone numbers, /s/ starts as the host.
ZOOM: Final = Provider(
    name="zoom",
    hosts=("zoom.us", "zoom.com", "zoomgov.com", "zoom-x.de"),
    paths=_patterns(
        rf"/[jw]/(?P<id>\d+){_TAIL}",
        rf"/wc/(?P<id>\d+)/join{_TAIL}",
        rf"/wc/join/(?P<id>\d+){_TAIL}",
        rf"/my/(?P<id>[\w.-]+){_TAIL}",
        rf"/join\?(?:[^#]*&)?confno=(?P<id>\d+){_REST}",
    ),
    passcode=re.compile(r"[?&]pwd=[^&#]"),
)

# Microsoft Teams: work, personal, government clouds (subdomains of teams.microsoft.us), and the new common domain.
TEAMS: Final = Provider(
    name="teams",
    hosts=("teams.microsoft.com", "teams.live.com", "teams.microsoft.us", "teams.cloud.microsoft"),
    paths=_patterns(
        r"(?:/_#)?/l/meetup-join/(?P<id>[^/?#]+)(?:/[^?#]*)?(?:\?[^#]*)?(?:#.*)?",
        rf"/meet/(?P<id>\d{{6,}}){_TAIL}",
    ),
    passcode=re.compile(r"[?&]p=[^&#]"),
)

PROVIDERS: Final = (WEBEX, GOOGLE_MEET, ZOOM, TEAMS)
