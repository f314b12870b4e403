"""Every setting of hybridcal: the one table that configuration, its checks and config.toml come from.

Owns: names, kinds, defaults, units and the sentence for each setting. Promises: ``config.toml`` at the top of the
repository is ``default_file()`` and ``Config`` has exactly these fields (tests prove both).
Does not: read files (``config.py`` does).
"""

from __future__ import annotations

import json
import re
import textwrap
from itertools import groupby
from typing import Final

from hybridcal_daemon.shell.config_google import GOOGLE
from hybridcal_daemon.shell.config_joinblock import JOINBLOCK
from hybridcal_daemon.shell.config_kinds import File, Listen, Raw, Span, Switch, Text, Url, Whole, Words
from hybridcal_daemon.shell.config_reaching import CARDS, DEVICES, PRESENCE
from hybridcal_daemon.shell.config_setting import Setting, live, plain, secret

_GROUP: Final = Text("hybridcal", re.compile(r"[a-z_][a-z0-9_-]{0,31}"), says="name of a Unix group, or empty")
_HOST: Final = Text("hybridcal", re.compile(r"(?!-)[A-Za-z0-9.-]{1,253}"), needed=True, says="host name")
_CLIENT: Final = Text("C0ffee0123456789", re.compile(r"[A-Za-z0-9._-]{8,256}"), needed=True, says="client id")
_CLIENT_OR_NONE: Final = Text("C0ffee0123456789", re.compile(r"[A-Za-z0-9._-]{8,256}"), says="client id, or empty")
_SITE: Final = Text(
    "acme.webex.com",
    re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"),
    says="host name of a site, or empty",
)
_DAY: Final = "24 h"

TABLE: Final[tuple[Setting, ...]] = (
    plain(
        "state_directory",
        File(),
        "",
        "Directory of the database and the keyring. Empty: $STATE_DIRECTORY, otherwise /var/lib/hybridcal.",
    ),
    plain(
        "admin.socket",
        File(),
        "",
        "Unix socket for the hybridcal command. Empty: admin.sock in $RUNTIME_DIRECTORY, otherwise in /run/hybridcal.",
    ),
    plain("admin.group", _GROUP, "", "Members of this group may use the admin socket. Empty: the daemon's own group."),
    plain(
        "feed.listen",
        Listen(),
        "127.0.0.1:8443",
        "Where the meetings list is served, in plain HTTP: put a TLS proxy in front of it.",
    ),
    plain(
        "feed.public_url",
        Url("https://calendar.acme.example", needed=False),
        "",
        "Address under which readers reach the meetings list, used for links in it. Empty: http:// and feed.listen.",
    ),
    *GOOGLE,
    plain("webex.api_url", Url("https://webexapis.com/v1"), "https://webexapis.com/v1", "Webex REST API."),
    plain(
        "webex.presence_url",
        Url("https://apheleia-a.wbx2.com/apheleia/api/v1"),
        "https://apheleia-a.wbx2.com/apheleia/api/v1",
        "Webex presence service.",
    ),
    secret("webex.bot_token_file", "Access token of the bot that sends Join cards."),
    plain(
        "webex.service_app_client_id",
        _CLIENT,
        "",
        "Client id of the service app that reads people and Personal Rooms and sets presence.",
    ),
    secret("webex.service_app_secret_file", "Client secret of the service app."),
    secret("webex.service_app_refresh_token_file", "Refresh token of the service app."),
    plain(
        "webex.integration_client_id",
        _CLIENT_OR_NONE,
        "",
        "Client id of the integration that opens spaces, authorised by the account that will be a member of each. "
        "Empty: no spaces.",
    ),
    secret("webex.integration_secret_file", "Client secret of the integration.", needed=False),
    secret("webex.integration_refresh_token_file", "Refresh token of the integration.", needed=False),
    live(
        "webex.site",
        _SITE,
        "",
        "Webex site of Personal Rooms and meetings, for whom none was chosen with `hybridcal users site`. Empty: each "
        "person's default site.",
    ),
    live(
        "webex.meetings_per_host",
        Whole(1, 100_000),
        100,
        "How many one-time and space meetings are made for one organiser in 24 hours; Webex allows 100.",
        "meetings",
    ),
    live(
        "webex.meetings_per_day",
        Whole(1, 1_000_000),
        3000,
        "How many are made for all organisers together in 24 hours; Webex allows 3000.",
        "meetings",
    ),
    plain("webex.workers", Whole(1, 64), 8, "How many requests to Webex may be under way at once."),
    live(
        "webex.requests_per_minute",
        Whole(1, 1_000_000),
        600,
        "Budget of requests to Webex for everybody together.",
        "requests per minute",
    ),
    live(
        "webex.room_refresh",
        Span("1 s", "31 d"),
        _DAY,
        "How often a person's Personal Room is looked up again.",
        "seconds",
    ),
    plain(
        "keywords.webex",
        Words(("myroom", "space", "onetime", "off")),
        "myroom",
        "What `@webex` in a location gives: the organiser's Personal Room, a space with its meeting, a meeting of its "
        "own, or nothing. `@webex:space` and the like ask for one of them whatever is set here.",
    ),
    plain(
        "keywords.meet",
        Words(("myroom", "space", "onetime", "off")),
        "space",
        "What `@meet` (and the older `@spark`) gives; as keywords.webex.",
    ),
    live(
        "join.lead", Span("0 s", "1 h"), "5 min", "How long before its start a meeting gets its Join card.", "seconds"
    ),
    live(
        "join.card_doubt",
        Span("1 s", "10 min"),
        "45 s",
        "How long a card that Webex did not confirm may still arrive; longer than network.deadline.",
        "seconds",
    ),
    live(
        "join.rules_file",
        File(),
        "",
        "File of rules for join links that are not known, or to be treated differently; try them with `hybridcal rules "
        "test`. Empty: none.",
        needed=False,
    ),
    *JOINBLOCK,
    *CARDS,
    *PRESENCE,
    *DEVICES,
    live("kms.keyring_file", File(), "", "File of the keys. Empty: keyring.json in the state directory."),
    plain(
        "kms.host",
        _HOST,
        "hybridcal",
        "Name in the kms:// addresses of keys; items that are stored keep the name they were sealed with.",
    ),
    plain(
        "network.proxy",
        Url("http://proxy.acme.example:3128", needed=False, plain=True, says="address, or empty"),
        "",
        "Proxy for all requests to Google and Webex; proxy variables of the environment are ignored.",
    ),
    plain(
        "network.ca_file", File(), "", "Certificates (PEM) to trust instead of the built-in ones. Empty: the built-in."
    ),
    plain(
        "network.deadline",
        Span("1 s", "5 min"),
        "30 s",
        "How long one request to Google or Webex may take as a whole.",
        "seconds",
    ),
    plain(
        "metrics.listen",
        Listen(),
        "127.0.0.1:8445",
        "Where Prometheus finds /metrics, and monitoring /livez and /readyz; nothing of any person is in them.",
    ),
    live("log.level", Words(("debug", "info", "warning", "error")), "info", "Least important lines that are logged."),
    plain(
        "log.format",
        Words(("auto", "json", "console")),
        "auto",
        'How lines are written to standard error; "auto" is console on a terminal and JSON elsewhere.',
    ),
    plain(
        "process.pin_cpu",
        Switch(),
        default=False,
        sentence="Keep the process on one processor core: less CPU per change where other cores are free.",
    ),
)

SETTINGS: Final[dict[str, Setting]] = {setting.name: setting for setting in TABLE}
TABLES: Final[frozenset[str]] = frozenset(
    ".".join(parts[: depth + 1])
    for parts in (setting.table.split(".") for setting in TABLE if setting.table)
    for depth in range(len(parts))
)

_HEAD: Final = """\
# Every setting of hybridcal with its default. Delete what you do not change: the defaults stay the same.
# Durations are text with a unit: ms, s, min, h or d. Relative paths count from this file's directory.
# Changes marked "reload" are carried out by `hybridcal reload` (or SIGHUP); all others wait for a restart.
# Check a file with `hybridcal config check --config FILE`; nothing secret belongs into it.
"""


def literal(value: Raw) -> str:
    """TOML of a default (JSON's text, numbers and switches are TOML's)."""
    return json.dumps(value, ensure_ascii=False)


def _entry(setting: Setting) -> str:
    when = "; reload" if setting.reloadable else ""
    unit = f" {setting.unit}" if setting.unit and not isinstance(setting.type, Span) else ""
    comment = f"{setting.sentence} ({setting.type.says}{unit}{when})"
    lines = textwrap.wrap(comment, 114, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return "\n".join([*lines, f"{setting.key} = {literal(setting.default)}", ""])


def default_file() -> str:
    """Text of a configuration file that shows every setting with its default and its sentence."""
    parts = [_HEAD]
    for table, settings in groupby(TABLE, key=lambda setting: setting.table):
        head = f"[{table}]\n" if table else ""
        parts.append(head + "\n".join(_entry(setting) for setting in settings))
    return "\n".join(parts)
