"""Google: calendar, vacation responder, access tokens."""

from hybridcal_daemon.adapters.google.calendar import GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.google.keyfile import KeyFileError, load_service_account
from hybridcal_daemon.adapters.google.tokens import SCOPES, ServiceAccountMinter

__all__ = ["SCOPES", "GoogleCalendar", "GoogleSettings", "KeyFileError", "ServiceAccountMinter", "load_service_account"]
