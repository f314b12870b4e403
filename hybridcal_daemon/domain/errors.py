"""The catalogue of everything that an operator may be told.

Owns: a stable code for each trouble, what it means, what the daemon does about it, what the operator does.
Promises: every code that a ``CallError``, a ``Standing`` or an alarm carries is here (a test proves it).
Does not: contain anything about one person or one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One trouble. ``means`` and ``fix`` are whole sentences for the operator."""

    means: str
    daemon: str
    fix: str


_RETRY: Final = "It tries again by itself, at growing intervals."
_ADMIN_CONSOLE: Final = (
    "admin.google.com > Security > Access and data control > API controls > Domain-wide delegation: add the numeric client "
    "id of the service account with exactly the scopes that `hybridcal status` lists. Google needs minutes, at most 24 h, to apply it."
)

CATALOGUE: Final[dict[str, Entry]] = {
    # ---- access to Google
    "google-unauthorized-client": Entry(
        "Google refuses the service account: domain-wide delegation is missing, or one of the scopes is not granted.",
        "Nobody's calendar is read until this is right; it asks again every few minutes.",
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
        "Create a new key for the service account, put it in place of google.service_account_file, and reload.",
    ),
    "google-clock-skew": Entry(
        "Google says that the time in our request is off: this machine's clock is wrong.",
        "Nobody's calendar is read; it asks again every few minutes.",
        "Set the clock (timedatectl set-ntp true) and look at `timedatectl status`.",
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
        "Google answers with a server error.", _RETRY, "Nothing, unless it lasts: see workspace status page."
    ),
    "google-rate-limited": Entry(
        "Google asks us to go slower.", _RETRY, "If it lasts, raise the project's quota in the Cloud console."
    ),
    "google-quota": Entry(
        "Google refuses writes to this person's calendar for some hours (usage limits).",
        "Reading goes on; writing is tried again after hours.",
        "Nothing; if it comes back, find out which program floods this calendar.",
    ),
    "google-sync-token": Entry("Google no longer accepts our sync token.", "The calendar is listed anew.", "Nothing."),
    "google-not-found": Entry(
        "Google does not find the calendar or event.", "It goes on without it.", "Nothing, if it was deleted."
    ),
    "google-conflict": Entry(
        "Somebody changed the event at the same moment.", "It reads again and writes again.", "Nothing."
    ),
    "google-read-only": Entry(
        "The event may not be changed by its organiser.", "The event stays as it is.", "Nothing."
    ),
    "google-push-refused": Entry(
        "Google refuses to send push notifications to google.push.public_url.",
        "It polls instead; push is tried again once a day.",
        "The address must be https with a certificate of a public authority and reachable from the internet; or set google.push.enabled = false.",
    ),
    "google-bad-request": Entry(
        "Google does not understand our request.", "It does not repeat it.", "Please report this, with the version."
    ),
    "google-bad-answer": Entry(
        "Google's answer was not what its documentation says.",
        _RETRY,
        "If it lasts, check proxies between here and Google.",
    ),
    # Webex
    "webex-token": Entry(
        "Webex does not accept our token.",
        "Nothing is sent to Webex; it tries again every few minutes.",
        "Renew the bot token or the service app's credentials (webex.* files) and reload.",
    ),
    "webex-no-such-person": Entry(
        "Webex knows nobody with this address.",
        "The meetings list is served; Join cards, join details and presence are not; it looks again every hour.",
        "Create the person in Control Hub with the same e-mail address, or deactivate the user here.",
    ),
    "webex-no-room": Entry(
        "This person has no Webex Personal Room.",
        "`@webex` in their events is left alone; it looks again every day.",
        "Control Hub > Users: give the person a licence with a Personal Room.",
    ),
    "webex-presence-refused": Entry(
        "Webex does not permit us to set this person's presence.",
        "Out-of-office presence is off; it asks again once a day.",
        "Give the service app the right to set presence, or set presence.enabled = false.",
    ),
    "webex-rate-limited": Entry("Webex asks us to go slower.", _RETRY, "Nothing."),
    "webex-unavailable": Entry(
        "Webex answers with a server error.", _RETRY, "Nothing, unless it lasts: status.webex.com."
    ),
    "webex-refused": Entry(
        "Webex refuses this request.", "It does not repeat it.", "Check the scopes of the service app and the bot."
    ),
    "webex-not-found": Entry("Webex does not find the object.", "It goes on without it.", "Nothing."),
    "webex-bad-answer": Entry(
        "Webex's answer was not what its documentation says.",
        _RETRY,
        "If it lasts, check proxies between here and Webex.",
    ),
    "webex-bad-request": Entry(
        "Webex does not understand our request.", "It does not repeat it.", "Please report this, with the version."
    ),
    "webex-no-service-app": Entry(
        "No Webex service app is configured, so Personal Rooms and presence are out of reach.",
        "Join cards and meetings lists go on; join details and out-of-office presence are off.",
        "Create a service app, have an administrator authorise it in Control Hub, and set the webex.service_app_* files.",
    ),
    "webex-card-link": Entry(
        "The meeting's join link is not an http or https address, so a Join card cannot open it.",
        "No card is sent for this meeting; it stays in the list.",
        "Nothing; people join with the details in the invitation.",
    ),
    "bearer-invalid": Entry(
        "The bearer token of a reader is not valid at Webex.", "The reader is refused.", "The reader signs in again."
    ),
    # the wire
    "unreachable": Entry("No connection to the service.", _RETRY, "Check network, DNS, proxy and the *_url settings."),
    "tls": Entry(
        "The service's certificate is not trusted here.",
        _RETRY,
        "If a proxy inspects TLS, name its CA in network.ca_file.",
    ),
    "deadline": Entry("The service did not answer in time.", _RETRY, "Nothing, unless it lasts."),
    "too-large": Entry(
        "The service's answer was larger than allowed.", "The answer is dropped.", "Please report this."
    ),
    "protocol": Entry("The service broke the connection in mid-answer.", _RETRY, "Nothing, unless it lasts."),
    # keys and store
    "kms-sealed": Entry(
        "The keys are not available, so nothing may be stored or published.",
        "It waits; calendars are not read meanwhile. Google keeps all meetings.",
        "Restore the keyring file (kms.keyring_file), or remove hybridcal.db to start anew: a resync rebuilds the lists.",
    ),
    "kms-keyring-unreadable": Entry(
        "The keyring file cannot be opened or is damaged.",
        "It stays sealed: nothing is stored or published.",
        "Restore kms.keyring_file from your backup, with owner hybridcal and mode 0600, and reload.",
    ),
    "kms-keyring-missing": Entry(
        "There is a database but no keyring file, so the keys that it was written with are gone.",
        "It stays sealed: nothing is stored or published.",
        "Restore kms.keyring_file; or move the state directory away and activate the users again.",
    ),
    "kms-wrong-keyring": Entry(
        "The keyring file is not the one that the database was written with.",
        "It stays sealed: nothing is stored or published.",
        "Put the right keyring in place and reload.",
    ),
    "kms-tampered": Entry(
        "A stored value does not fit its place: it was damaged or moved.",
        "The value is not used; the calendar is listed anew.",
        "Check the disk and who may write to the state directory.",
    ),
    "kms-keyring-exposed": Entry(
        "The keyring file may be read by others than its owner, so it cannot be trusted to be secret.",
        "It stays sealed: nothing is stored or published.",
        "chown the file to the daemon's user, chmod 600, and reload. If others may have read it, start anew with a new keyring.",
    ),
    "kms-unknown-user": Entry(
        "Something was to be sealed or opened for a user whose key is not loaded: deactivated, or not yet loaded.",
        "Nothing is sealed or opened; for an active user it tries again.",
        "Nothing, unless it lasts: restart the daemon and please report this.",
    ),
    "kms-unknown-key": Entry(
        "A reader asked for a key that is none of this daemon's keys.",
        "The reader is refused.",
        "Nothing. If kms.host was changed, the lists show new keys after the next change of each meeting.",
    ),
    "disk-full": Entry(
        "There is no space on the disk of the state directory.",
        "Nothing is acknowledged until there is; it goes on by itself.",
        "Free space on that file system.",
    ),
    "answer-lost": Entry(
        "A request was never answered inside the daemon.", _RETRY, "Please report this, with the version."
    ),
    "expired": Entry(
        "A request waited too long in its queue.", _RETRY, "If it lasts, raise the *.requests_per_minute settings."
    ),
    "worker-crashed": Entry(
        "Handling an answer failed because of a fault in the program.",
        _RETRY,
        "Please report the log lines `worker.crashed`.",
    ),
    "not-permitted": Entry(
        "Something asked for a calendar of somebody who is not activated.",
        "It was refused and written to the audit log.",
        "Please report this, with the version.",
    ),
    "busy": Entry("An inner service did not answer in time.", _RETRY, "If it lasts, look at the machine's load."),
    "google-channel-exists": Entry(
        "A watch channel of this id exists already.", "It is stopped and opened anew.", "Nothing."
    ),
    # users
    "crashed": Entry(
        "Handling this user's calendar failed again and again because of a fault in the program.",
        "This user is parked; it is tried again every hour. Nobody else is affected.",
        "Please report the log lines `actor.crashed`.",
    ),
    "write-budget": Entry(
        "Another program keeps undoing the join details that we write into an event.",
        "It stops writing to that event for an hour.",
        "Find the other program; or remove the keyword from the event.",
    ),
    "google-token": Entry(
        "Google does not accept an access token that it has just issued: the person was suspended or signed out everywhere.",
        "This user is not served; it is checked again after 60 minutes, later once a day.",
        "Look at the account in the Google admin console, or deactivate the user here.",
    ),
    "google-refused": Entry(
        "Google refuses this request and gives no reason that is known here.",
        "It does not repeat it soon.",
        "If it lasts, please report this, with the version.",
    ),
    "google-wrong-subject": Entry(
        "A token request was about to name another person or other scopes than were meant.",
        "The request was not sent.",
        "Please report this, with the version.",
    ),
    "description-full": Entry(
        "The description of the event is so long that the join details do not fit.",
        "The event stays as it is.",
        "Shorten the description; it is looked at again when the event changes.",
    ),
    "nothing-to-join": Entry(
        "There is nothing to join any more in this meeting.",
        "No Join card is sent.",
        "Nothing.",
    ),
}


def explain(code: str) -> Entry:
    """Entry of a code; KeyError for a code that is not in the catalogue (a test keeps this from happening)."""
    return CATALOGUE[code]
