"""Room devices: those that are registered with Webex and those that are spoken to directly, behind one port.

Owns: which of the two ways is taken, and the direct one (``putxml.py``). Promises: see there. Does not: know Webex'
REST (``adapters/webex/devices.py`` does).
"""

from __future__ import annotations

from hybridcal_daemon.adapters.devices.both import Devices
from hybridcal_daemon.adapters.devices.putxml import PutXml

__all__ = ["Devices", "PutXml"]
