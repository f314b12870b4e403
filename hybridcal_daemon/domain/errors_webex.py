"""The part of the catalogue that is about Webex.

Owns: the entries whose code begins with ``webex-``. Promises: as ``errors.py``. Does not: anything else.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.domain.errors_entry import RETRY, Entry

WEBEX: Final[dict[str, Entry]] = {
    "webex-token": Entry(
        "Webex does not accept our token.",
        "Nothing is sent to Webex; it tries again every few minutes.",
        "Renew the bot token or the service app's credentials (webex.* files) and reload.",
    ),
    "webex-no-such-person": Entry(
        "Webex knows nobody with this address.",
        "The meetings list is served; Join cards, join details and presence are not; it looks again every hour.",
        "Create the person in Control Hub with the same e-mail address, or deactivate the user here. If only meetings fail, "
        "see that the person has an account on the site that was chosen (hybridcal users site, webex.site).",
    ),
    "webex-no-room": Entry(
        "This person has no Webex Personal Room.",
        "`@webex` in their events is left alone; it looks again every day.",
        "Control Hub > Users: give the person a licence with a Personal Room; on the site that was chosen for them, if one "
        "was: hybridcal users site.",
    ),
    "webex-presence-refused": Entry(
        "Webex does not permit us to set this person's presence.",
        "Out-of-office presence is off; it asks again once a day.",
        "Give the service app the right to set presence, or set presence.enabled = false.",
    ),
    "webex-rate-limited": Entry("Webex asks us to go slower.", RETRY, "Nothing."),
    "webex-unavailable": Entry(
        "Webex answers with a server error.", RETRY, "Nothing, unless it lasts: status.webex.com."
    ),
    "webex-refused": Entry(
        "Webex refuses this request.", "It does not repeat it.", "Check the scopes of the service app and the bot."
    ),
    "webex-not-found": Entry("Webex does not find the object.", "It goes on without it.", "Nothing."),
    "webex-bad-answer": Entry(
        "Webex's answer was not what its documentation says.",
        RETRY,
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
    "webex-conflict": Entry(
        "Webex says that this stands in conflict with something.", RETRY, "Nothing, unless it lasts."
    ),
    "webex-no-integration": Entry(
        "No Webex integration is configured, so spaces, and meetings in spaces, are out of reach.",
        "`@meet`, `@webex:space` and the like are left alone; everything else goes on.",
        "Create an integration with the scopes that the README lists, authorise it with the account that is to be in each "
        "space, and set webex.integration_client_id and the webex.integration_* files; or set keywords.meet to another word.",
    ),
    "webex-meeting-refused": Entry(
        "Webex refuses to make or change this meeting.",
        "The event gets no meeting of its own until it changes; its organiser is told what is known.",
        "Control Hub > Users: give the host a meetings licence on a site that the service app manages; check its scopes "
        "(meeting:admin_schedule_read and _write), approved by an administrator of organisation and site.",
    ),
    "webex-meeting-quota": Entry(
        "Webex permits no more scheduled meetings at present: 100 for one host and 3,000 in all within 24 hours.",
        "It waits until Webex permits one again; nothing that stands is touched.",
        "Nothing, unless it lasts: see whose events ask for so many; `@webex:myroom` in a location needs none of them.",
    ),
    "webex-no-space": Entry(
        "The Webex space of this event is not there any more, or the integration's account is no longer in it.",
        "It looks for it by its mark, and otherwise opens another one.",
        "Nothing.",
    ),
}
