"""Webex over REST: ``WebexApi`` for the real service.

Owns: the one object that has every operation. Promises: those of its parts. Does not: have anything of its own.
"""

from __future__ import annotations

from hybridcal_daemon.adapters.webex.meetings import Meetings
from hybridcal_daemon.adapters.webex.messages import Messages
from hybridcal_daemon.adapters.webex.people import People
from hybridcal_daemon.adapters.webex.presence import PresenceEvents
from hybridcal_daemon.adapters.webex.probes import Probes
from hybridcal_daemon.adapters.webex.spaces import Spaces


class WebexRest(People, Messages, Meetings, Spaces, PresenceEvents, Probes):
    """``ports.WebexApi`` and ``WebexProbe`` for one thread (its HTTP client's)."""
