"""Webex: ``WebexRest`` implements ``ports.WebexApi`` over HTTPS.

Owns: everything that is Webex' own wording of things. Promises: see ``rest.py``, ``tokens.py``, ``card.py``. Does
not: use any Webex SDK.
"""

from __future__ import annotations

from hybridcal_daemon.adapters.webex.devices import Schemas, WebexDevices
from hybridcal_daemon.adapters.webex.rest import WebexRest
from hybridcal_daemon.adapters.webex.settings import API_URL, PRESENCE_URL, ServiceApp, WebexSettings
from hybridcal_daemon.adapters.webex.tokens import ServiceAppTokens

__all__ = [
    "API_URL",
    "PRESENCE_URL",
    "Schemas",
    "ServiceApp",
    "ServiceAppTokens",
    "WebexDevices",
    "WebexRest",
    "WebexSettings",
]
