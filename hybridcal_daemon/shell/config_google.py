"""Google's part of the table of settings (``config_table.py``).

Owns: the settings below ``[google]``. Promises and does not: as ``config_table.py``.
"""

from __future__ import annotations

import re
from typing import Final

from hybridcal_daemon.shell.config_kinds import Listen, Span, Switch, Text, Url, Whole, Words
from hybridcal_daemon.shell.config_setting import Setting, live, plain, secret

_MAILBOX: Final = Text(
    "rooms@acme.example", re.compile(r"[^\s@,;<>]{1,64}@[A-Za-z0-9.-]{1,253}"), says="address, or empty"
)
_ACCOUNT: Final = Text(
    "hybridcal@project.iam.gserviceaccount.com",
    re.compile(r"[a-z0-9-]{1,63}@[a-z0-9.-]{1,253}"),
    says="address of a service account, or empty",
)
_DAY: Final = "24 h"

GOOGLE: Final[tuple[Setting, ...]] = (
    secret(
        "google.service_account_file",
        "JSON key of the Google service account with domain-wide delegation.",
        needed=False,
    ),
    secret(
        "google.next_service_account_file",
        "Another JSON key of the same service account that is tried first, the old one when Google does not take it.",
        needed=False,
    ),
    live(
        "google.impersonate_service_account",
        _ACCOUNT,
        "",
        "Service account with domain-wide delegation to sign for without a key of it, by google.credentials_file.",
    ),
    secret(
        "google.credentials_file",
        "JSON of credentials that may sign for google.impersonate_service_account, such as workload identity.",
        needed=False,
    ),
    plain(
        "google.calendar_url",
        Url("https://www.googleapis.com/calendar/v3"),
        "https://www.googleapis.com/calendar/v3",
        "Google Calendar API.",
    ),
    plain(
        "google.gmail_url",
        Url("https://gmail.googleapis.com/gmail/v1"),
        "https://gmail.googleapis.com/gmail/v1",
        "Gmail API, asked for the vacation responder only.",
    ),
    plain(
        "google.token_url",
        Url("https://oauth2.googleapis.com/token"),
        "https://oauth2.googleapis.com/token",
        "Where Google issues access tokens.",
    ),
    plain(
        "google.iam_url",
        Url("https://iamcredentials.googleapis.com/v1"),
        "https://iamcredentials.googleapis.com/v1",
        "Where Google signs for google.impersonate_service_account.",
    ),
    plain("google.workers", Whole(1, 64), 16, "How many requests to Google may be under way at once."),
    live(
        "google.requests_per_minute",
        Whole(1, 1_000_000),
        8000,
        "Budget of Calendar requests for everybody together; Google's usual quota for a project is 10000, and a new "
        "project's may be lower: look it up in the Cloud console. A PATCH counts three.",
        "requests per minute",
    ),
    live(
        "google.user_requests_per_minute",
        Whole(1, 1_000_000),
        300,
        "Budget of Calendar requests for each person; Google's usual quota is 600.",
        "requests per minute",
    ),
    live(
        "google.gmail_units_per_minute",
        Whole(1, 1_000_000),
        4500,
        "Budget of Gmail quota units for everybody together; Google may count the service account as one user, "
        "whose usual quota is 6000. Reading a vacation responder takes one.",
        "units per minute",
    ),
    live(
        "google.writes_per_second",
        Whole(1, 100),
        1,
        "How often one and the same calendar is written to; Google refuses fast writes below its quotas.",
        "writes per second",
    ),
    plain(
        "google.send_updates",
        Words(("none", "externalOnly", "all")),
        "externalOnly",
        "Whom Google mails about what is written (join details, answers, meetings made or deleted over the feed). "
        "externalOnly: guests outside the organiser's domain, one mail for each write, for nothing else would tell "
        "them the link. none: nobody, not even them. all: every guest.",
    ),
    live(
        "google.poll_interval",
        Span("1 s", _DAY),
        "45 min",
        "How often each calendar is asked for changes, push or not.",
        "seconds",
    ),
    live(
        "google.debounce",
        Span("0 s", "1 min"),
        "1 s",
        "How long to wait after a push for more of them before the calendar is read.",
        "seconds",
    ),
    live(
        "google.resync_interval",
        Span("1 min", "31 d"),
        "7 d",
        "How often each calendar is read anew as a whole, to find and mend what was lost.",
        "seconds",
    ),
    plain("google.push.enabled", Switch(), default=False, sentence="Let Google tell about changes at once."),
    plain(
        "google.push.public_url",
        Url("https://push.acme.example/google/push", needed=False),
        "",
        "Address that Google sends notices to; it must lead to /google/push on google.push.listen.",
    ),
    plain(
        "google.push.listen",
        Listen(),
        "127.0.0.1:8444",
        "Where notices are received, in plain HTTP: put a TLS proxy in front of it. Used when push is enabled.",
    ),
    live(
        "google.push.ttl",
        Span("10 s", "30 d"),
        "7 d",
        "How long a push channel is asked for; it is renewed before it ends.",
        "seconds",
    ),
    live(
        "google.rooms.account",
        _MAILBOX,
        "",
        "Account that reads and books rooms, since nobody can be impersonated for a room. Empty: rooms are off.",
    ),
    live(
        "google.rooms.owner",
        _MAILBOX,
        "",
        "Account that may change the access rules of the rooms' calendars. Empty: google.rooms.account.",
    ),
)
