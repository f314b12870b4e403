"""What an operator may be told about devices: their part of the catalogue (``errors.py``).

Owns: these entries. Promises and does not: as ``errors.py``.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.domain.errors_entry import RETRY, Entry

DEVICES: Final[dict[str, Entry]] = {
    "device-offline": Entry(
        "The device is not connected to Webex.",
        "Its list waits; once it is connected again it is put anew.",
        "Look at the device and its network; Control Hub > Devices shows its state.",
    ),
    "device-unreachable": Entry(
        "The device does not answer at its address, or not as a room device would.",
        RETRY,
        "Check the address, that the device is on, and that a firewall lets HTTPS through. Then: hybridcal devices link.",
    ),
    "device-tls": Entry(
        "The certificate of the device is not trusted here.",
        RETRY,
        "Name the authority that signed it in devices.ca_file and reload; the address must be the certificate's.",
    ),
    "device-password": Entry(
        "The device does not accept user name and password.",
        "It does not try again before a day has passed, so that the account is not locked.",
        "Give the right ones with hybridcal devices link; the user needs the role Admin on the device.",
    ),
    "device-not-capable": Entry(
        "The device takes no lists of bookings, or we may give it no commands.",
        "Nothing is put on it; it is looked at again once a day.",
        "Devices in Microsoft Teams Rooms mode never take any. Else grant the service app spark:xapi_commands and access "
        "to the device, and update its software.",
    ),
    "device-schema": Entry(
        "The device does not take entries of the form in which we write them.",
        "Its list stays as it is; it is tried again once a day.",
        "Please report this, with the product and the software version of the device.",
    ),
    "device-not-linked": Entry(
        "The device is not one of those that the room is linked with any more.",
        "It goes on without it.",
        "Nothing.",
    ),
    "device-unknown": Entry(
        "Webex knows no device with this id.",
        "Nothing was changed.",
        "See which there are: hybridcal devices find.",
    ),
    "device-linked-elsewhere": Entry(
        "One of these devices shows the meetings of another room or of a person.",
        "Nothing was changed.",
        "See whose: hybridcal devices list --addresses; unlink that room first.",
    ),
    "device-no-workspace": Entry(
        "Webex knows no workspace with this name or id.",
        "Nothing was changed.",
        "See which there are: hybridcal devices find.",
    ),
    "device-many-workspaces": Entry(
        "Several workspaces have this name.",
        "Nothing was changed.",
        "Give the id of the right one, as hybridcal devices find -o json shows it.",
    ),
    "device-calendar-taken": Entry(
        "A calendar service of Webex' own fills the lists of this workspace's devices; two would undo each other's work.",
        "Nothing was changed.",
        "Control Hub > Workspaces: take the calendar off the workspace, then link it here.",
    ),
}
