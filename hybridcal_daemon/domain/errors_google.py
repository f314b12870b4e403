"""Google's part of the catalogue of troubles (``errors.py``).

Owns: the entries whose cause or cure is at Google. Promises and does not: as ``errors.py``.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.domain.errors_entry import RETRY, Entry

_ADMIN_CONSOLE: Final = (
    "admin.google.com > Security > Access and data control > API controls > Domain-wide delegation: add the numeric client "
    "id of the service account with exactly the scopes that `hybridcal config check` lists. Google needs minutes, at most 24 h, to apply it."
)

GOOGLE: Final[dict[str, Entry]] = {
    # ---- access to Google
    "google-unauthorized-client": Entry(
        "Google refuses the service account: domain-wide delegation is missing, or one of the scopes is not granted.",
        "What needs the missing scope stays off, without calendar.events everything; it asks again every few minutes.",
        _ADMIN_CONSOLE,
    ),
    "google-no-such-user": Entry(
        "Google knows no account with this address, or the account is suspended.",
        "This user is not served; it is checked again after 60 minutes, later once a day.",
        "Check the address in the Google admin console, or deactivate the user here.",
    ),
    "google-key-invalid": Entry(
        "Google does not accept the signature of the service account's key: the key was deleted or belongs to another account.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Create a new key for the service account, name it in google.next_service_account_file (or put it in place of "
        "google.service_account_file), and reload.",
    ),
    "google-clock-skew": Entry(
        "Google says that the time in our request is off: this machine's clock is wrong.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Set the clock (timedatectl set-ntp true) and look at `timedatectl status`.",
    ),
    "google-impersonation-refused": Entry(
        "Google does not let our source credentials sign for the service account google.impersonate_service_account.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Grant the principal of google.credentials_file the role roles/iam.serviceAccountTokenCreator on that service "
        "account (IAM & Admin > Service Accounts > Permissions), and check its address. Google needs some minutes to apply it.",
    ),
    "google-iam-disabled": Entry(
        "The IAM Service Account Credentials API is not switched on in the Google Cloud project.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "console.cloud.google.com > APIs & Services > Library: enable IAM Service Account Credentials API.",
    ),
    "google-source-refused": Entry(
        "No access token could be had with the source credentials in google.credentials_file.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Look at what the file leads to: the identity provider's token file must be there and fresh, the workload "
        "identity pool must trust it; a user's credentials may have been revoked. Then reload.",
    ),
    "google-rooms-off": Entry(
        "Rooms are off: google.rooms.account is not set, so no account acts for them.",
        "No room is read or booked; what is stored of those that are activated stays.",
        "Set google.rooms.account to an account for rooms, and google.rooms.owner to one that may share their calendars "
        "(a super admin) unless it is the same; run: hybridcal reload; then activate the room. Or deactivate the room.",
    ),
    "google-rooms-account": Entry(
        "Google knows no account with the address in google.rooms.account or google.rooms.owner, or it is suspended.",
        "Rooms are not served; it asks again every few minutes.",
        "Check both addresses in the Google admin console, correct the configuration and reload.",
    ),
    "google-auth-refused": Entry(
        "Google refuses to issue a token, for a reason that concerns the whole installation.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Check that the service account and its project exist and are enabled in the Google Cloud console.",
    ),
    "google-no-calendar": Entry(
        "This person has no Google Calendar: the service is switched off for them.",
        "This user is not served; it is checked again after 60 minutes, later once a day.",
        "Switch on Google Calendar for the person's organisational unit, or deactivate the user here.",
    ),
    "google-no-mailbox": Entry(
        "This person has no Gmail mailbox, or an admin has switched the settings API off.",
        "The calendar is served; out-of-office presence is not; it is checked again once a day.",
        "Nothing, if that is intended. Otherwise switch on Gmail for the person.",
    ),
    "google-api-disabled": Entry(
        "The Calendar or Gmail API is not switched on in the Google Cloud project of the service account.",
        "It asks again every few minutes.",
        "console.cloud.google.com > APIs & Services > Library: enable Google Calendar API and Gmail API.",
    ),
    "google-scope": Entry(
        "The token lacks a scope that this request needs.",
        "The feature that needs it stays off; it asks again once an hour.",
        _ADMIN_CONSOLE,
    ),
    # ---- the service of Google
    "google-unavailable": Entry(
        "Google answers with a server error.", RETRY, "Nothing, unless it lasts: see workspace status page."
    ),
    "google-rate-limited": Entry(
        "Google asks us to go slower.", RETRY, "If it lasts, raise the project's quota in the Cloud console."
    ),
    "google-user-rate-limited": Entry(
        "Google asks us to go slower with one person's calendar or mailbox.",
        "Requests for this person rest, longer each time; nobody else's do.",
        "If it lasts, lower google.user_requests_per_minute, or raise the quota per user in the Cloud console.",
    ),
    "google-daily-limit": Entry(
        "The daily quota of the Google Cloud project is used up.",
        "It asks again once an hour.",
        "console.cloud.google.com > APIs & Services > Quotas: raise the daily quota, or find out what else uses the project.",
    ),
    "google-domain-policy": Entry(
        "A policy of the Google Workspace domain does not let apps use this service for this person.",
        "This user is not served; it asks again once an hour.",
        "admin.google.com > Security > Access and data control > API controls: let the app use Google Calendar.",
    ),
    "google-service-account": Entry(
        "Google does not let a service account do this in its own name, such as inviting people.",
        "It does not repeat it.",
        _ADMIN_CONSOLE,
    ),
    "google-quota": Entry(
        "Google refuses writes to this person's calendar for some hours (usage limits).",
        "Reading goes on; writing is tried again after hours.",
        "Nothing; if it comes back, find out which program floods this calendar.",
    ),
    "google-sync-token": Entry("Google no longer accepts our sync token.", "The calendar is listed anew.", "Nothing."),
    "google-not-found": Entry(
        "Google does not find the calendar or event.",
        "It goes on without it.",
        "Check the address and the event's id; nothing, if it was deleted.",
    ),
    "google-conflict": Entry(
        "Somebody changed the event at the same moment.", "It reads again and writes again.", "Nothing."
    ),
    "google-duplicate": Entry(
        "An event with this id is there already, or was once: Google gives no id twice.",
        "It looks whether that event is the one it meant to make.",
        "Nothing.",
    ),
    "google-read-only": Entry(
        "The event may not be changed by its organiser.", "The event stays as it is.", "Nothing."
    ),
    "google-push-refused": Entry(
        "Google refuses to send push notifications to google.push.public_url.",
        "It polls instead; push is tried again after about a week, and when the configuration is reloaded.",
        "The address must be https with a certificate of a public authority and reachable from the internet; or set google.push.enabled = false.",
    ),
    "google-push-unsupported": Entry(
        "Google does not send push notifications for this calendar; it does not for all kinds of them.",
        "The calendar is polled instead; push is tried again after about a week, and when the configuration is reloaded.",
        "Nothing.",
    ),
    "google-bad-request": Entry(
        "Google does not understand our request.", "It does not repeat it.", "Please report this, with the version."
    ),
    "google-bad-answer": Entry(
        "Google's answer was not what its documentation says.",
        RETRY,
        "If it lasts, check proxies between here and Google.",
    ),
}
