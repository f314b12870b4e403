"""The join block's part of the table of settings (``config_table.py``).

Owns: the settings below ``[joinblock]``. Promises and does not: as ``config_table.py``.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.shell.config_kinds import File, Language, Switch
from hybridcal_daemon.shell.config_setting import Setting, live

JOINBLOCK: Final[tuple[Setting, ...]] = (
    live(
        "joinblock.language",
        Language(),
        "",
        "Language of the join details in every invitation. Empty: the organiser's language in Google, English where "
        "that is none of ours. What is already written stays as it is.",
    ),
    live(
        "joinblock.texts_file",
        File(),
        "",
        "TOML file with your own words above and below the join details, for each language; check it with "
        "`hybridcal block lint`, see the outcome with `hybridcal block preview`. Empty: none.",
    ),
    live("joinblock.number", Switch(), default=True, sentence="Give the meeting number."),
    live(
        "joinblock.password",
        Switch(),
        default=False,
        sentence="Give the meeting's password to whoever can read the invitation. The link works without it.",
    ),
    live("joinblock.video", Switch(), default=True, sentence="Give the video (SIP) address."),
    live("joinblock.phone", Switch(), default=True, sentence="Give the numbers to join by telephone."),
    live("joinblock.host", Switch(), default=False, sentence="Give the organiser's name as that of the host."),
)
