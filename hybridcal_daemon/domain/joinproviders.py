"""What a meeting service is, and the four that most invitations come from.

Owns: ``Provider`` (hosts, paths that lead into a meeting, passcode parameter) and Webex, Google Meet, Zoom and Teams.
Promises: pure; only a complete path of a known shape on a known host is a join link, so help pages, dial-in pages,
settings and recordings never are. Every pattern is matched once per link, from its beginning, in linear time; none is
compiled before it is needed.
Does not: hold the long tail (``joinservices.py``), find links in text (``joinscan.py``) or unwrap them
(``linkwrappers.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

TAIL: Final = r"/?(?:\?[^#]*)?(?:#.*)?"
_REST: Final = r"(?:[&#].*)?"
_PASSCODE: Final = r"[?&#](?:pwd|pw|psw|p|pin|passcode|password|code|token|key)=[^&#]"

# First labels under which services keep their own pages, not their customers' rooms.
_NOT_ROOMS: Final = frozenset(
    """
    academy account accounts admin api assets blog careers cdn community dashboard dev developer developers docs
    download downloads explore faq feedback forum help idbroker images info investor investors knowledge learn legal
    login mail marketing marketplace news partner partners press resources shop signin static status store support
    training transcripts trust university updates www
    """.split()  # noqa: SIM905 - words read better as words
)
# First segments of paths that are pages of a service's own site where rooms stand directly behind the host.
_PAGES: Final = (
    "about|about-us|accessibility|account|accounts|admin|affiliates?|ai|alternatives|api|app|apps|auth|billing|blog|"
    "book-a-demo|brand|browse|business|calendar|careers?|case-studies|changelog|community|compare|company|contact|"
    "contact-sales|contact-us|cookies?|create|customers?|dashboard|demo|developers?|dial-?in|dial-?in-?numbers|discover|"
    "docs|download|downloads|"
    "education|embed|embedded|en|enterprise|es|faq|faqs|features|fr|de|get-started|guides?|healthcare|help|home|"
    r"index|industries|information|install|integrations?|international|invite-a-friend|jobs|join|landing|learn|legal|login|log-in|logout|"
    "marketplace|meetings?|new|news|newsroom|numbers|oauth|onboarding|overview|partners?|plans|platform|precall-test|press|prices|pricing|"
    "privacy|privacy-policy|products?|profile|purchase|register|releases|request-demo|resources|robots|rooms|sales|schedule|"
    "search|security|session|sessions|settings|sign-in|sign-up|signin|signup|site-map|sitemap|solutions?|start|static|status|"
    "store|subscribe|support|system|system-check|team|teams|templates|terms|terms-of-service|tos|tour|trial|trust|tutorials|"
    "updates|upgrade|use-cases|user|users|videos?|webinars|welcome|why|widget|workspace|"
    "accessibilite|accueil|ai-[a-z-]+|calls|column|datenschutz|feedback|for-[a-z]+|free-conference-call|handbook|hipaa|"
    "impressum|imprint|legal-terms|mentions-legales|messenger|mobile|recordings?|remote-work|resource-?cent(?:er|re)|"
    "resources-guides|sandbox|telehealth(?:-[a-z]+)?|telemedicine|troubleshooting|unsubscribe|video-conferencing|"
    "virtual-events?|virtual-office|web-conferencing|webinar-software"
)
_FILES: Final = r"aspx?|css|gif|html?|ico|jpe?g|js|json|pdf|php|png|svg|txt|xml"
_TOKENS: Final = {
    "{n}": r"\d{3,}",
    "{nn}": r"\d[\d-]{4,}",
    "{x}": rf"(?![^/?#]*\.(?:{_FILES})(?:[/?#]|\Z))[^/?#]+",
    "{room}": rf"(?!(?:{_PAGES})(?:[/?#]|\Z))(?![^/?#]*\.(?:{_FILES})(?:[/?#]|\Z))[^/?#]+",
    "{code}": r"(?=[a-z]*\d)[a-z0-9]{8,13}",
    "{any}": r"[^?#/][^?#]*",
    "{rest}": r".+",
}


@cache
def compiled(source: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed: there are hundreds, and most never are."""
    return re.compile(source, re.ASCII | re.IGNORECASE)


@cache
def template(text: str) -> str:
    """Turn a template of ``joinservices.py`` into a pattern with the meeting in the group ``id``.

    ``{n}`` a number, ``{nn}`` one that may have dashes, ``{x}`` one segment that is no file, ``{room}`` one that is no
    page of the service's own site either, ``{code}`` letters and digits, ``{any}`` one segment or more, ``{rest}`` what
    follows whatever it is; ``?name`` at the end: that parameter is there and not empty.
    """
    path, _, parameter = text.partition("?")
    parts = re.split(r"(\{\w+\})", path.rstrip("/") if path != "/" else "")
    body = "".join(_TOKENS[part] if part in _TOKENS else re.escape(part) for part in parts)
    if parameter:
        return rf"(?P<id>{body}/?\?(?:[^#]*&)?{parameter}=[^&#]+){_REST}"
    return rf"(?P<id>{body}){TAIL}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One service, or one kind of link of it.

    ``name``: as it is printed. ``hosts``: ``a.b`` that host (and ``www.a.b``), ``.a.b`` that and everything below,
    ``*.a.b`` everything below. ``paths``: patterns for all that follows the host, with the meeting in the group
    ``id``; ``templates``: the same in the short form of :func:`template`. ``passcode``: found in links that need no
    typing of a code. ``personal``: pattern of links whose ``id`` is also the name in the video address.
    ``not_meetings``: hosts left out. ``bare``: the name for addresses written without a scheme. ``weak``: loses
    against any other link in the same text, because such links stand in many invitations to something else.
    """

    name: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    passcode: str = _PASSCODE
    personal: str = r"(?!)"
    not_meetings: frozenset[str] = frozenset()
    bare: str = ""
    family: str = ""
    weak: bool = False

    def owns(self, host: str) -> bool:
        """Say whether ``host`` (lower case) belongs to this service's meetings."""
        return host not in self.not_meetings and any(_covers(pattern, host) for pattern in self.hosts)

    def meeting(self, target: str) -> str | None:
        """Give the id of the meeting that ``target`` (path, query, fragment) leads to; None when it leads to none."""
        sources = (*self.paths, *map(template, self.templates))
        found = next(filter(None, (compiled(source).fullmatch(target) for source in sources)), None)
        return found["id"].lower() if found else None

    def has_passcode(self, target: str) -> bool:
        """Say whether nobody has to type a passcode after following the link."""
        return compiled(self.passcode).search(target) is not None

    @property
    def kin(self) -> str:
        """The service itself, which several kinds of link may lead to."""
        return self.family or self.name


def _covers(pattern: str, host: str) -> bool:
    bare = pattern.lstrip("*.")
    if host in {bare, f"www.{bare}"}:
        return pattern[0] != "*"
    return pattern != bare and host.endswith(f".{bare}") and host.partition(".")[0] not in _NOT_ROOMS


# Webex: Personal Rooms (developer.webex.com, personalMeetingRoomLink), classic j.php, g.php and e.php links, the newer
# web application's links, links of spaces and of Instant Connect; the clouds of China and of the US government.
WEBEX: Final = Provider(
    name="webex",
    hosts=("*.webex.com", "*.webex.com.cn", "*.webexgov.us", "*.webexgov.com"),
    not_meetings=frozenset({"www.webex.com", "teams.webex.com", "m.webex.com", "go.webex.com"}),
    bare="webex_pmr",
    paths=(
        rf"/(?:[\w.-]+/)?(?:meet|join)/(?P<id>[\w.~%+@-]+){TAIL}",
        rf"/(?:[\w.-]+/){{1,5}}[jge]\.php\?(?:[^#]*&)?(?:MTID|AT=JM&MK|MK|ED)=(?P<id>\w{{4,}}){_REST}",
        rf"/collabs/meetings/join\?(?:[^#]*&)?uuid=(?P<id>[\w-]+){_REST}",
        rf"/webappng/sites/[\w.-]+/(?:meeting|webinar)/(?:info|download|webinarSeries/info)/(?P<id>\w+){TAIL}",
        rf"/wbxmjs/joinservice/sites/[\w.-]+/meeting/(?:download|info|join)/(?P<id>\w+){TAIL}",
        rf"/(?:m|visit)/(?P<id>[\w-]{{8,}}){TAIL}",
    ),
    passcode=r"[?&](?:pwd|PW)=[^&#]",
    personal=rf"/(?:[\w.-]+/)?meet/(?P<id>[\w.-]+){TAIL}",
)

GOOGLE_MEET: Final = Provider(
    name="google_meet",
    hosts=("meet.google.com",),
    paths=(
        rf"/(?:_meet/)?(?P<id>[a-z]{{3}}-[a-z]{{4}}-[a-z]{{3}}){TAIL}",
        rf"/(?:_meet/)?lookup/(?P<id>[\w-]+){TAIL}",
    ),
)

_ZOOM_HOSTS: Final = (".zoom.us", ".zoom.com", ".zoom.com.cn", ".zoom-x.de", ".zoom.de")
_ZOOM_PASSCODE: Final = r"[?&](?:pwd|tk)=[^&#]"
_ZOOM_PATHS: Final = (
    rf"/[js]/(?P<id>\d+){TAIL}",
    rf"/wc/(?P<id>\d+)(?:/(?:join|start))?{TAIL}",
    rf"/wc/join/(?P<id>\d+){TAIL}",
    rf"/launch/j[cp]?/(?P<id>\d+){TAIL}",
    rf"/my/(?P<id>[\w.-]+){TAIL}",
    rf"/join\?(?:[^#]*&)?confno=(?P<id>\d+){_REST}",
)
# Zoom: meetings, personal links, the web client. /u/ pages list telephone numbers, /meeting/register is a form.
ZOOM: Final = Provider(name="zoom", hosts=_ZOOM_HOSTS, paths=_ZOOM_PATHS, passcode=_ZOOM_PASSCODE)
ZOOM_WEBINAR: Final = Provider(
    name="zoom_webinar",
    family="zoom",
    hosts=_ZOOM_HOSTS,
    paths=(rf"/(?:w|webinar)/(?P<id>\d+){TAIL}",),
    passcode=_ZOOM_PASSCODE,
)
ZOOM_EVENTS: Final = Provider(name="zoom_events", hosts=("events.zoom.us",), templates=("/ejl/{x}", "/el/{x}"))
ZOOMGOV: Final = Provider(
    name="zoomgov",
    hosts=(".zoomgov.com",),
    paths=(*_ZOOM_PATHS, rf"/w/(?P<id>\d+){TAIL}"),
    passcode=_ZOOM_PASSCODE,
)

# Microsoft Teams: work (also in China), personal, government clouds, and the new common domain.
_TEAMS_PATHS: Final = (
    r"(?:/_#|/v2/?(?:\?[^#]*)?#)?/l/meetup-join/(?P<id>[^/?#]+)(?:/[^?#]*)?(?:\?[^#]*)?(?:#.*)?",
    rf"(?:/_#|/v2/?(?:\?[^#]*)?#)?/meet/(?P<id>\d{{6,}}){TAIL}",
    r"/dl/launcher/launcher\.html\?url=(?:%2F_%23)?%2F(?:l%2Fmeetup-join%2F|meet%2F\d)(?P<id>[^&#]+).*",
    rf"/light-meetings/launch\?(?:[^#]*&)?coords=(?P<id>[\w%+/=-]{{8,}}){_REST}",
)
_TEAMS_PASSCODE: Final = r"[?&]p=[^&#]"


def _teams(name: str, *hosts: str) -> Provider:
    return Provider(name=name, family="teams", hosts=hosts, paths=_TEAMS_PATHS, passcode=_TEAMS_PASSCODE)


TEAMS: Final = _teams(
    "teams", "teams.microsoft.com", "teams.cloud.microsoft", "teams.office.com", "teams.microsoftonline.cn"
)
TEAMS_GOV: Final = _teams("teams_gov", "gov.teams.microsoft.com", ".teams.microsoft.us", "dod.teams.microsoft.com")
TEAMS_LIVE: Final = _teams("teams_live", "teams.live.com")

CORE: Final = (
    WEBEX,
    GOOGLE_MEET,
    ZOOM,
    ZOOM_WEBINAR,
    ZOOM_EVENTS,
    ZOOMGOV,
    TEAMS,
    TEAMS_GOV,
    TEAMS_LIVE,
)
