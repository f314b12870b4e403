"""Google: calendar, vacation responder, access tokens."""

from hybridcal_daemon.adapters.google.calendar import GoogleCalendar
from hybridcal_daemon.adapters.google.keychoice import KeyChoice
from hybridcal_daemon.adapters.google.keyfile import KeyFileError, load_service_account
from hybridcal_daemon.adapters.google.keyless import KeylessMinter
from hybridcal_daemon.adapters.google.requests import GoogleSettings
from hybridcal_daemon.adapters.google.scopes import SCOPE_USES, SCOPES
from hybridcal_daemon.adapters.google.source import load_source
from hybridcal_daemon.adapters.google.tokens import ServiceAccountMinter

__all__ = [
    "SCOPES",
    "SCOPE_USES",
    "GoogleCalendar",
    "GoogleSettings",
    "KeyChoice",
    "KeyFileError",
    "KeylessMinter",
    "ServiceAccountMinter",
    "load_service_account",
    "load_source",
]
