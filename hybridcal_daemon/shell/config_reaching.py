"""How people and devices are reached: cards, presence and devices in the table of settings (``config_table.py``).

Owns: the settings below ``[cards]``, ``[presence]`` and ``[devices]``. Promises and does not: as ``config_table.py``.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.shell.config_kinds import File, Language, Span, Switch, Whole, Words
from hybridcal_daemon.shell.config_setting import Setting, live, plain

_DAY: Final = "24 h"
_STATUS: Final = Words(("off", "ooo", "dnd"))

CARDS: Final[tuple[Setting, ...]] = (
    live(
        "cards.language",
        Language(),
        "",
        "Language of Join cards and of what the bot says. Empty: each person's own in Google.",
    ),
    live(
        "cards.private",
        Words(("show", "hide", "none")),
        "hide",
        "Join cards of events that Google marks as private: like any other, without the title, or none.",
    ),
    live(
        "cards.agenda_poll",
        Span("0 s", "1 h"),
        "30 s",
        'How often the bot looks whether somebody wrote "today" to it, to answer with the day\'s meetings. 0 s: never.',
        "seconds",
    ),
)
PRESENCE: Final[tuple[Setting, ...]] = (
    live(
        "presence.enabled",
        Switch(),
        default=True,
        sentence="Show absences as presence in Webex. Of several sources the first of this order counts: vacation "
        "responder, out-of-office event, focus time, working location.",
    ),
    live("presence.vacation", Switch(), default=True, sentence="Gmail's vacation responder shows as out of office."),
    live(
        "presence.out_of_office",
        _STATUS,
        "off",
        "What an out-of-office event in the calendar shows: out of office, do not disturb, or nothing.",
    ),
    live("presence.focus_time", _STATUS, "off", "What focus time in the calendar shows."),
    live(
        "presence.elsewhere",
        _STATUS,
        "off",
        "What a working location that is neither home nor office shows.",
    ),
    live(
        "presence.vacation_interval",
        Span("1 s", _DAY),
        "15 min",
        "How often each person's vacation responder is read.",
        "seconds",
    ),
    live(
        "presence.ttl",
        Span("1 s", _DAY),
        "30 min",
        "How long Webex shows an absence without hearing from the daemon; it is renewed before.",
        "seconds",
    ),
)
DEVICES: Final[tuple[Setting, ...]] = (
    live(
        "devices.enabled",
        Switch(),
        default=True,
        sentence="Put the meetings of rooms on their devices, see `hybridcal devices`.",
    ),
    live(
        "devices.personal",
        Switch(),
        default=True,
        sentence="Also on devices in personal mode, for the people they belong to.",
    ),
    live("devices.ahead", Span("1 h", "31 d"), "7 d", "How far ahead a device's list reaches.", "seconds"),
    live(
        "devices.refresh",
        Span("1 min", "7 d"),
        "6 h",
        "How often a list is put anew although nothing changed.",
        "seconds",
    ),
    live(
        "devices.check",
        Span("1 s", _DAY),
        "15 min",
        "How often devices are looked for, and asked whether they still have their list.",
        "seconds",
    ),
    live(
        "devices.others",
        Switch(),
        default=True,
        sentence="Show also meetings that cannot be joined, without a button.",
    ),
    plain("devices.workers", Whole(1, 64), 4, "How many devices may be spoken to at once."),
    plain(
        "devices.ca_file",
        File(),
        "",
        "Certificates (PEM) to trust at devices that are reached directly. Empty: those of network.ca_file.",
    ),
)
