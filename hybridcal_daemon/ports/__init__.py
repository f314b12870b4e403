"""The Protocols at which actors and adapters meet.

Owns: the shape of everything outside. Promises: every method of an outside service raises only
:class:`~hybridcal_daemon.domain.failures.CallError`; addresses and texts cross as ``Plain``, tokens and keys as
``Secret``. Does not: implement any of it (``adapters/`` does; ``tests/simulation`` and ``sandbox`` have others).
"""

from __future__ import annotations

from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.ports.daemon import (
    Alarmed,
    Daemon,
    Outcome,
    StatusView,
    UnknownUser,
    UserView,
)
from hybridcal_daemon.ports.google import (
    PRIMARY,
    AccessRule,
    Availability,
    CalendarApi,
    ChannelGrant,
    EventsPage,
    NewEvent,
    Reply,
    TokenMinter,
    VacationSettings,
)
from hybridcal_daemon.ports.http import (
    HttpClient,
    HttpFailure,
    HttpRequest,
    HttpResponse,
)
from hybridcal_daemon.ports.keys import (
    KeyService,
    NewUser,
    SealedContent,
    Vault,
)
from hybridcal_daemon.ports.store import (
    AddUser,
    Audit,
    EraseUser,
    ItemRow,
    LeaveUser,
    Store,
    StoreBroken,
    StoreFull,
    UserRow,
    Write,
)
from hybridcal_daemon.ports.webex import (
    WebexApi,
    WebexPerson,
)
from hybridcal_daemon.ports.world import (
    Alarm,
    AlarmFactory,
    Clock,
    Log,
    Random,
)

__all__ = [  # noqa: RUF022 - in the order of the file
    "PRIMARY",
    "AccessRule",
    "Availability",
    "NewEvent",
    "Reply",
    "HttpRequest",
    "HttpResponse",
    "HttpFailure",
    "HttpClient",
    "Purpose",
    "MintedToken",
    "TokenMinter",
    "EventsPage",
    "ChannelGrant",
    "VacationSettings",
    "CalendarApi",
    "WebexPerson",
    "WebexApi",
    "KeyService",
    "NewUser",
    "SealedContent",
    "Vault",
    "StoreFull",
    "StoreBroken",
    "UserRow",
    "ItemRow",
    "AddUser",
    "LeaveUser",
    "EraseUser",
    "Audit",
    "Write",
    "Store",
    "Clock",
    "Random",
    "Log",
    "Alarm",
    "AlarmFactory",
    "UserView",
    "Alarmed",
    "StatusView",
    "UnknownUser",
    "Outcome",
    "Daemon",
]
