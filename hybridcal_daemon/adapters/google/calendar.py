"""Google Calendar v3 and the one page of Gmail v1 that we read.

Owns: the one object that has every operation. Promises: those of its parts. Does not: have anything of its own.
"""

from __future__ import annotations

from hybridcal_daemon.adapters.google.access import Access
from hybridcal_daemon.adapters.google.channels import Channels
from hybridcal_daemon.adapters.google.events import Events
from hybridcal_daemon.adapters.google.lists import Lists
from hybridcal_daemon.adapters.google.people import People


class GoogleCalendar(Lists, Events, Channels, People, Access):
    """``ports.CalendarApi`` for one thread (its HTTP client's)."""
