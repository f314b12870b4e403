"""What the tests of the calendar adapter share."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.values import Instant, Secret, Window

TOKEN = Secret("ya29.token")
USER = "u0123456789abcdef0123"
ASKING = (TOKEN, USER)
WINDOW = Window(start=Instant(1_700_000_000.9), end=Instant(1_702_000_000.0))
COMMON = {"quotaUser": USER, "prettyPrint": "false"}
ROOM = "c_188@resource.calendar.google.com"
TIMED = {
    "id": "e1",
    "etag": '"1"',
    "start": {"dateTime": "2026-11-22T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-22T11:00:00+01:00"},
}


def asked(wire, index=-1):
    """(method and path, parameters) of a request."""
    request = wire.asked[index]
    parts = urlsplit(request.url)
    assert request.headers["Authorization"] == "Bearer ya29.token"
    pairs = parse_qsl(parts.query, strict_parsing=True, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return f"{request.method} {parts.netloc}{parts.path}", dict(pairs)


def listed(google, **how):
    return google.list_events(TOKEN, USER, **{"sync_token": None, "page_token": None, "window": None, **how})


def failing(call):
    with pytest.raises(CallError) as caught:
        call()
    return caught.value.kind, caught.value.code, caught.value.in_doubt
