"""The environment variables that hybridcal reads, and the paths that follow from them.

Owns: the one place where ``os.environ`` is read. Promises: a variable that is empty counts as not set; of a list of
directories (systemd joins them with ``:``) the first one is taken. Does not: read files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET_VARIABLE: Final = "HYBRIDCAL_SOCKET"
CONFIG_VARIABLE: Final = "HYBRIDCAL_CONFIG"
OUTPUT_VARIABLE: Final = "HYBRIDCAL_OUTPUT"


def environment() -> Mapping[str, str]:
    """Give the process's environment."""
    return os.environ  # noqa: TID251 - the shell's one reader of it


def directory(variable: str, fallback: str, env: Mapping[str, str]) -> Path:
    """First directory named by a systemd ``*_DIRECTORY`` variable, or ``fallback`` (systemd.exec(5))."""
    return Path(env.get(variable, "").split(":")[0] or fallback)


def default_state_directory(env: Mapping[str, str]) -> Path:
    """Where the database and the keyring live when the configuration does not say."""
    return directory("STATE_DIRECTORY", "/var/lib/hybridcal", env)


def default_socket(env: Mapping[str, str]) -> Path:
    """Where the admin socket is when the configuration does not say."""
    return directory("RUNTIME_DIRECTORY", "/run/hybridcal", env) / "admin.sock"


def default_config(env: Mapping[str, str]) -> Path:
    """Where the configuration file is when the command line does not say."""
    return directory("CONFIGURATION_DIRECTORY", "/etc/hybridcal", env) / "config.toml"
