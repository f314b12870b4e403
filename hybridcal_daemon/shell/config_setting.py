"""The shape of one setting, and short ways to write one down.

Owns: ``Setting``. Does not: hold settings (``config_table.py``, ``config_google.py`` do).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hybridcal_daemon.shell.config_kinds import File, Kind, Raw


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    ``name``: dotted path in the file. ``default``: as written in the file. ``unit``: of the value in ``Config``, ''
    when it has none. ``reloadable``: a reload carries a change out, otherwise it waits for a restart. ``secret``: the
    file that is named must not be readable by everybody. ``needed``: of a file, there must be one in any case.
    """

    name: str
    type: Kind
    default: Raw
    unit: str
    reloadable: bool
    secret: bool
    sentence: str
    needed: bool = True

    @property
    def table(self) -> str:
        """Table of the file that the setting stands in, '' for the top."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """Last part of the name."""
        return self.name.rpartition(".")[2]


def plain(name: str, kind: Kind, default: Raw, sentence: str, unit: str = "") -> Setting:
    """Write down a setting whose change waits for a restart."""
    return Setting(name, kind, default, unit, reloadable=False, secret=False, sentence=sentence)


def live(name: str, kind: Kind, default: Raw, sentence: str, unit: str = "", *, needed: bool = True) -> Setting:
    """Write down a setting that a reload changes."""
    return Setting(name, kind, default, unit, reloadable=True, secret=False, sentence=sentence, needed=needed)


def secret(name: str, sentence: str, *, needed: bool = True) -> Setting:
    """Write down the name of a file that nobody else may read."""
    where = f" Empty: the file {credential(name)} in $CREDENTIALS_DIRECTORY{'' if needed else ', or none'}."
    return Setting(name, File(), "", "", reloadable=True, secret=True, sentence=sentence + where, needed=needed)


def credential(name: str) -> str:
    """Name of the systemd credential of a ``*_file`` setting: ``webex.bot_token_file`` -> ``webex-bot-token``."""
    return re.sub(r"[._]", "-", name.removesuffix("_file"))
